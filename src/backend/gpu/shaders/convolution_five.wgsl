// A convolution block, twin of convolution.wgsl for 5 x 5 taps: a thread makes 4 x 4 values (2 x 2 windows) of five channels from 8 x 8 pixels.
// Better on software adapters, where a load costs as much as a dozen multiplications; a trial at start picks.
const EDGE: u32 = 4u;

// Four values of a row.
fn slide(row: Eight, taps: Five) -> vec4<f32> {
    let l = row.low;
    let h = row.high;
    return taps.first.x * l + taps.first.y * vec4<f32>(l.yzw, h.x) + taps.first.z * vec4<f32>(l.zw, h.xy)
        + taps.first.w * vec4<f32>(l.w, h.xyz) + taps.last * h;
}

// Column r holds the values of row r.
fn convolve(p: Patch, k: Kernel) -> mat4x4<f32> {
    return mat4x4<f32>(
        slide(p.row0, k.row0) + slide(p.row1, k.row1) + slide(p.row2, k.row2) + slide(p.row3, k.row3) + slide(p.row4, k.row4),
        slide(p.row1, k.row0) + slide(p.row2, k.row1) + slide(p.row3, k.row2) + slide(p.row4, k.row3) + slide(p.row5, k.row4),
        slide(p.row2, k.row0) + slide(p.row3, k.row1) + slide(p.row4, k.row2) + slide(p.row5, k.row3) + slide(p.row6, k.row4),
        slide(p.row3, k.row0) + slide(p.row4, k.row1) + slide(p.row5, k.row2) + slide(p.row6, k.row3) + slide(p.row7, k.row4),
    );
}

fn keep_windows(image: u32, channel: u32, row: u32, column: u32, values: mat4x4<f32>) {
    keep_window(image, channel, row, column, vec4<f32>(values[0].xy, values[1].xy));
    keep_window(image, channel, row, column + 1u, vec4<f32>(values[0].zw, values[1].zw));
    keep_window(image, channel, row + 1u, column, vec4<f32>(values[2].xy, values[3].xy));
    keep_window(image, channel, row + 1u, column + 1u, vec4<f32>(values[2].zw, values[3].zw));
}

@compute @workgroup_size(16)
fn main(group: Group, @builtin(local_invocation_index) local: u32) {
    let index = thread_number(group, local, 16u);
    copy_share(index, threads_of(group, 16u));
    let rows = (OUT_HEIGHT + EDGE - 1u) / EDGE;
    let columns = (OUT_WIDTH + EDGE - 1u) / EDGE;
    let fives = (OUT_CHANNELS + 4u) / 5u;
    let image = index / (rows * columns * fives);
    let first = index / (rows * columns) % fives * 5u;
    let row = index / columns % rows * EDGE;
    let column = index % columns * EDGE;
    if (image >= BATCH) {
        return;
    }
    let last = OUT_CHANNELS - 1u;
    var sum0 = mat4x4<f32>();
    var sum1 = mat4x4<f32>();
    var sum2 = mat4x4<f32>();
    var sum3 = mat4x4<f32>();
    var sum4 = mat4x4<f32>();
    for (var channel = 0u; channel < IN_CHANNELS; channel++) {
        let pixels = patch_of(x_row(image) + channel * HEIGHT * WIDTH, row, column);
        sum0 += convolve(pixels, kernel_of(first, channel));
        sum1 += convolve(pixels, kernel_of(min(first + 1u, last), channel));
        sum2 += convolve(pixels, kernel_of(min(first + 2u, last), channel));
        sum3 += convolve(pixels, kernel_of(min(first + 3u, last), channel));
        sum4 += convolve(pixels, kernel_of(min(first + 4u, last), channel));
    }
    keep_windows(image, first, row / 2u, column / 2u, sum0);
    keep_windows(image, first + 1u, row / 2u, column / 2u, sum1);
    keep_windows(image, first + 2u, row / 2u, column / 2u, sum2);
    keep_windows(image, first + 3u, row / 2u, column / 2u, sum3);
    keep_windows(image, first + 4u, row / 2u, column / 2u, sum4);
}
