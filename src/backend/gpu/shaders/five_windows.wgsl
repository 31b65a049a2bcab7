// Shared: the gradient of a convolution block's output before its pooling, of which one in four is not 0 at most.
// The gradient is 0 already where ReLU was: then `pooled` need not be read.
override MASKED: bool = false;

@group(0) @binding(5) var<storage, read> gradient: array<f32>;
@group(0) @binding(6) var<storage, read> pooled: array<f32>;
// One word each.
@group(0) @binding(7) var<storage, read> positions: array<u32>;

// The four places of a window: row 0, column 0 and 1; row 1, column 0 and 1. All 0 over the edge.
fn window(start: u32, row: u32, column: u32) -> vec4<f32> {
    let rows = OUT_HEIGHT / 2u;
    let columns = OUT_WIDTH / 2u;
    let at = start + min(row, rows - 1u) * columns + min(column, columns - 1u);
    // Without branches, which stand twenty times in a kernel and would take long to compile.
    var value = select(0.0, gradient[at], (row < rows) & (column < columns));
    if (!MASKED) {
        value = select(0.0, value, pooled[at] > 0.0);
    }
    return select(vec4<f32>(), vec4<f32>(value), vec4<u32>(positions[at]) == vec4<u32>(0u, 1u, 2u, 3u));
}

// Of 2 x 2 windows from (row, column) on: 4 x 4 places, each column of the matrix a row of them.
fn places_of(image: u32, out_channel: u32, row: u32, column: u32) -> mat4x4<f32> {
    let start = (image * OUT_CHANNELS + out_channel) * (OUT_HEIGHT / 2u) * (OUT_WIDTH / 2u);
    let a = window(start, row, column);
    let b = window(start, row, column + 1u);
    let c = window(start, row + 1u, column);
    let d = window(start, row + 1u, column + 1u);
    return mat4x4<f32>(vec4<f32>(a.xy, b.xy), vec4<f32>(a.zw, b.zw), vec4<f32>(c.xy, d.xy), vec4<f32>(c.zw, d.zw));
}
