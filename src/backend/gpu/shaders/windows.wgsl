// Shared: a window of a convolution block on its way out, through bias, ReLU and 2 x 2 max-pooling.
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
// One word each.
@group(0) @binding(4) var<storage, read_write> positions: array<u32>;

// The largest of a window's values and its place: row 0, column 0 and 1; row 1, column 0 and 1. Windows over the edge are left out.
fn keep_window(image: u32, channel: u32, row: u32, column: u32, values: vec4<f32>) {
    if (channel >= OUT_CHANNELS || row >= OUT_HEIGHT / 2u || column >= OUT_WIDTH / 2u) {
        return;
    }
    let second = values.y > values.x;
    let upper = select(values.x, values.y, second);
    let third = values.z > upper;
    let three = select(upper, values.z, third);
    let fourth = values.w > three;
    let best = select(three, values.w, fourth);
    let position = select(select(select(0u, 1u, second), 2u, third), 3u, fourth);
    let shifted = best + bias[channel];
    // Where ReLU makes all four 0, the first of the equals is kept, as in PyTorch. No gradient passes there.
    let alive = shifted > 0.0;
    let i = ((image * OUT_CHANNELS + channel) * (OUT_HEIGHT / 2u) + row) * (OUT_WIDTH / 2u) + column;
    out[i] = select(0.0, shifted, alive);
    positions[i] = select(0u, position, alive);
}
