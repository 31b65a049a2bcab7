// Shared: sums for a convolution's weight gradient through ReLU and 2 x 2 max-pooling: only the place that won in each window counts.
// The gradient is 0 already where ReLU was: then `pooled` need not be read.
override MASKED: bool = false;

@group(0) @binding(5) var<storage, read> gradient: array<f32>;
@group(0) @binding(6) var<storage, read> pooled: array<f32>;
// One word each.
@group(0) @binding(7) var<storage, read> positions: array<u32>;

// Sums over every `step`th position, for taps from (tap_row, tap_column) on.
fn sums(out_channel: u32, channel: u32, tap_row: u32, tap_column: u32, first: u32, step: u32) -> Taps {
    var taps = Taps();
    let columns = OUT_WIDTH / 2u;
    let area = OUT_HEIGHT / 2u * columns;
    for (var i = first; i < BATCH * area; i += step) {
        let image = i / area;
        let inside = i % area;
        let place = (image * OUT_CHANNELS + out_channel) * area + inside;
        let value = gradient[place];
        if (value == 0.0) {
            continue;
        }
        if (!MASKED) {
            if (pooled[place] <= 0.0) {
                continue;
            }
        }
        let position = positions[place];
        let row = inside / columns * 2u + position / 2u;
        let column = inside % columns * 2u + position % 2u;
        let plane = plane_of(image, channel);
        add(&taps, value, plane, corner(row, tap_row), corner(column, tap_column));
    }
    return taps;
}
