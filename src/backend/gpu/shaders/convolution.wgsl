// Convolution, direct. A thread makes 2 rows x 4 columns for 5 channels in registers: each pixel that it reads serves them all. `plain` stores
// the eight values; `block` adds the bias, applies ReLU, and keeps the largest of each 2 x 2 window with its place (0 to 3).

@group(0) @binding(1) var<storage, read> weight: array<f32>;

// For each channel two windows of (row 0: column 0, column 1; row 1: column 0, column 1).
struct Tile {
    a0: vec4<f32>,
    b0: vec4<f32>,
    a1: vec4<f32>,
    b1: vec4<f32>,
    a2: vec4<f32>,
    b2: vec4<f32>,
    a3: vec4<f32>,
    b3: vec4<f32>,
    a4: vec4<f32>,
    b4: vec4<f32>,
}

struct Place {
    image: u32,
    channel: u32,
    row: u32,
    column: u32,
}

// `rows` and `columns` are those that tiles must cover.
fn place(index: u32, rows: u32, columns: u32) -> Place {
    let row_tiles = (rows + 1u) / 2u;
    let column_tiles = (columns + 3u) / 4u;
    let channel_tiles = (OUT_CHANNELS + 4u) / 5u;
    return Place(
        index / (column_tiles * row_tiles * channel_tiles),
        ((index / (column_tiles * row_tiles)) % channel_tiles) * 5u,
        ((index / column_tiles) % row_tiles) * 2u,
        (index % column_tiles) * 4u,
    );
}

// The two pixels of a tile column: of output rows 0 and 1.
fn pixels(plane: u32, row: i32, column: i32) -> vec2<f32> {
    return vec2<f32>(pixel(plane, row, column), pixel(plane, row + i32(STRIDE), column));
}

fn convolve(at: Place) -> Tile {
    var a0 = vec4<f32>();
    var b0 = vec4<f32>();
    var a1 = vec4<f32>();
    var b1 = vec4<f32>();
    var a2 = vec4<f32>();
    var b2 = vec4<f32>();
    var a3 = vec4<f32>();
    var b3 = vec4<f32>();
    var a4 = vec4<f32>();
    var b4 = vec4<f32>();
    let w0 = min(at.channel + 0u, OUT_CHANNELS - 1u) * IN_CHANNELS * KERNEL_HEIGHT * KERNEL_WIDTH;
    let w1 = min(at.channel + 1u, OUT_CHANNELS - 1u) * IN_CHANNELS * KERNEL_HEIGHT * KERNEL_WIDTH;
    let w2 = min(at.channel + 2u, OUT_CHANNELS - 1u) * IN_CHANNELS * KERNEL_HEIGHT * KERNEL_WIDTH;
    let w3 = min(at.channel + 3u, OUT_CHANNELS - 1u) * IN_CHANNELS * KERNEL_HEIGHT * KERNEL_WIDTH;
    let w4 = min(at.channel + 4u, OUT_CHANNELS - 1u) * IN_CHANNELS * KERNEL_HEIGHT * KERNEL_WIDTH;
    let top = i32(at.row * STRIDE) - i32(PADDING);
    let left = i32(at.column * STRIDE) - i32(PADDING);
    let sliding = STRIDE == 1u && DILATION == 1u;
    var tap = 0u;
    for (var channel = 0u; channel < IN_CHANNELS; channel++) {
        let plane = plane_of(at.image, channel);
        for (var ky = 0u; ky < KERNEL_HEIGHT; ky++) {
            let row = top + i32(ky * DILATION);
            var p0 = vec2<f32>();
            var p1 = pixels(plane, row, left);
            var p2 = pixels(plane, row, left + 1);
            var p3 = pixels(plane, row, left + 2);
            for (var kx = 0u; kx < KERNEL_WIDTH; kx++) {
                let column = left + i32(kx * DILATION);
                if (sliding) {
                    p0 = p1;
                    p1 = p2;
                    p2 = p3;
                    p3 = pixels(plane, row, column + 3);
                } else {
                    p0 = pixels(plane, row, column);
                    p1 = pixels(plane, row, column + i32(STRIDE));
                    p2 = pixels(plane, row, column + 2 * i32(STRIDE));
                    p3 = pixels(plane, row, column + 3 * i32(STRIDE));
                }
                let first = vec4<f32>(p0.x, p1.x, p0.y, p1.y);
                let second = vec4<f32>(p2.x, p3.x, p2.y, p3.y);
                let f0 = weight[w0 + tap];
                a0 += f0 * first;
                b0 += f0 * second;
                let f1 = weight[w1 + tap];
                a1 += f1 * first;
                b1 += f1 * second;
                let f2 = weight[w2 + tap];
                a2 += f2 * first;
                b2 += f2 * second;
                let f3 = weight[w3 + tap];
                a3 += f3 * first;
                b3 += f3 * second;
                let f4 = weight[w4 + tap];
                a4 += f4 * first;
                b4 += f4 * second;
                tap++;
            }
        }
    }
    return Tile(a0, b0, a1, b1, a2, b2, a3, b3, a4, b4);
}

fn plain_one(at: Place, channel: u32, row: u32, column: u32, value: f32) {
    if (channel < OUT_CHANNELS && row < OUT_HEIGHT && column < OUT_WIDTH) {
        out[((at.image * OUT_CHANNELS + channel) * OUT_HEIGHT + row) * OUT_WIDTH + column] = value;
    }
}

fn plain_window(at: Place, channel: u32, column: u32, values: vec4<f32>) {
    plain_one(at, channel, at.row, column, values.x);
    plain_one(at, channel, at.row, column + 1u, values.y);
    plain_one(at, channel, at.row + 1u, column, values.z);
    plain_one(at, channel, at.row + 1u, column + 1u, values.w);
}

@compute @workgroup_size(64)
fn plain(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = thread_number(group, local, 64u);
    copy_share(index, threads_of(group, 64u));
    let at = place(index, OUT_HEIGHT, OUT_WIDTH);
    if (at.image >= BATCH) {
        return;
    }
    let tile = convolve(at);
    plain_window(at, at.channel + 0u, at.column, tile.a0);
    plain_window(at, at.channel + 0u, at.column + 2u, tile.b0);
    plain_window(at, at.channel + 1u, at.column, tile.a1);
    plain_window(at, at.channel + 1u, at.column + 2u, tile.b1);
    plain_window(at, at.channel + 2u, at.column, tile.a2);
    plain_window(at, at.channel + 2u, at.column + 2u, tile.b2);
    plain_window(at, at.channel + 3u, at.column, tile.a3);
    plain_window(at, at.channel + 3u, at.column + 2u, tile.b3);
    plain_window(at, at.channel + 4u, at.column, tile.a4);
    plain_window(at, at.channel + 4u, at.column + 2u, tile.b4);
}

@compute @workgroup_size(64)
fn block(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = thread_number(group, local, 64u);
    copy_share(index, threads_of(group, 64u));
    let at = place(index, OUT_HEIGHT / 2u * 2u, OUT_WIDTH / 2u * 2u);
    if (at.image >= BATCH) {
        return;
    }
    let tile = convolve(at);
    keep_window(at.image, at.channel + 0u, at.row / 2u, at.column / 2u, tile.a0);
    keep_window(at.image, at.channel + 0u, at.row / 2u, at.column / 2u + 1u, tile.b0);
    keep_window(at.image, at.channel + 1u, at.row / 2u, at.column / 2u, tile.a1);
    keep_window(at.image, at.channel + 1u, at.row / 2u, at.column / 2u + 1u, tile.b1);
    keep_window(at.image, at.channel + 2u, at.row / 2u, at.column / 2u, tile.a2);
    keep_window(at.image, at.channel + 2u, at.row / 2u, at.column / 2u + 1u, tile.b2);
    keep_window(at.image, at.channel + 3u, at.row / 2u, at.column / 2u, tile.a3);
    keep_window(at.image, at.channel + 3u, at.row / 2u, at.column / 2u + 1u, tile.b3);
    keep_window(at.image, at.channel + 4u, at.row / 2u, at.column / 2u, tile.a4);
    keep_window(at.image, at.channel + 4u, at.row / 2u, at.column / 2u + 1u, tile.b4);
}
