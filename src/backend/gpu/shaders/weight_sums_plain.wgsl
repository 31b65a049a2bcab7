// Shared: sums for a convolution's weight gradient, over all positions.
@group(0) @binding(5) var<storage, read> gradient: array<f32>;

// Sums over every `step`th position, for taps from (tap_row, tap_column) on.
fn sums(out_channel: u32, channel: u32, tap_row: u32, tap_column: u32, first: u32, step: u32) -> Taps {
    var taps = Taps();
    let area = OUT_HEIGHT * OUT_WIDTH;
    for (var i = first; i < BATCH * area; i += step) {
        let image = i / area;
        let inside = i % area;
        let value = gradient[(image * OUT_CHANNELS + out_channel) * area + inside];
        let plane = plane_of(image, channel);
        add(&taps, value, plane, corner(inside / OUT_WIDTH, tap_row), corner(inside % OUT_WIDTH, tap_column));
    }
    return taps;
}
