// Shared: the taps of a convolution's weight that a thread holds in registers, 5 x 5 of them. Larger kernels are walked in pieces of that size.
// Rows and columns of taps.
const SPAN: u32 = 5u;

// 5 x 5 taps, and the sum of the gradient itself.
struct Taps {
    row0: vec4<f32>,
    last0: f32,
    row1: vec4<f32>,
    last1: f32,
    row2: vec4<f32>,
    last2: f32,
    row3: vec4<f32>,
    last3: f32,
    row4: vec4<f32>,
    last4: f32,
    bias: f32,
}

// Taps over the kernel's edge are summed from a pixel nearby, and not stored.
fn four(plane: u32, row: i32, column: i32) -> vec4<f32> {
    let step = i32(DILATION);
    var values = vec4<f32>(pixel(plane, row, column), 0.0, 0.0, 0.0);
    if (KERNEL_WIDTH > 1u) {
        values.y = pixel(plane, row, column + step);
    }
    if (KERNEL_WIDTH > 2u) {
        values.z = pixel(plane, row, column + 2 * step);
    }
    if (KERNEL_WIDTH > 3u) {
        values.w = pixel(plane, row, column + 3 * step);
    }
    return values;
}

fn fifth(plane: u32, row: i32, column: i32) -> f32 {
    if (KERNEL_WIDTH > 4u) {
        return pixel(plane, row, column + 4 * i32(DILATION));
    }
    return 0.0;
}

// Adds one position's value times the pixels under the taps.
fn add(taps: ptr<function, Taps>, value: f32, plane: u32, top: i32, left: i32) {
    (*taps).bias += value;
    if (KERNEL_HEIGHT > 0u) {
        (*taps).row0 += value * four(plane, top + 0 * i32(DILATION), left);
        (*taps).last0 += value * fifth(plane, top + 0 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 1u) {
        (*taps).row1 += value * four(plane, top + 1 * i32(DILATION), left);
        (*taps).last1 += value * fifth(plane, top + 1 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 2u) {
        (*taps).row2 += value * four(plane, top + 2 * i32(DILATION), left);
        (*taps).last2 += value * fifth(plane, top + 2 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 3u) {
        (*taps).row3 += value * four(plane, top + 3 * i32(DILATION), left);
        (*taps).last3 += value * fifth(plane, top + 3 * i32(DILATION), left);
    }
    if (KERNEL_HEIGHT > 4u) {
        (*taps).row4 += value * four(plane, top + 4 * i32(DILATION), left);
        (*taps).last4 += value * fifth(plane, top + 4 * i32(DILATION), left);
    }
}

// The upper (or left) pixel under the first tap, for an output position.
fn corner(position: u32, tap: u32) -> i32 {
    return i32(position * STRIDE + tap * DILATION) - i32(PADDING);
}
