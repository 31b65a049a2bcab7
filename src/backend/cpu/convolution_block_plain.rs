//! The fused convolution block for unusual strides and dilations: its definition, loop by loop, on the winners only.

use super::convolution::shard_sums;
use crate::backend::kernel::{ConvolutionSizes, shard_bounds};

/// Height and width of the pooled output.
fn pooled(sizes: &ConvolutionSizes) -> (usize, usize) {
    (sizes.out_height() / 2, sizes.out_width() / 2)
}

/// Calls `visit(in position, weight position)` for the products of the output at (y, x), in one pair of planes.
#[inline(always)]
fn window(sizes: &ConvolutionSizes, y: usize, x: usize, mut visit: impl FnMut(usize, usize)) {
    for ky in 0..sizes.kernel_height {
        let row = (y * sizes.stride + ky * sizes.dilation).wrapping_sub(sizes.padding);
        if row >= sizes.height {
            continue;
        }
        for kx in 0..sizes.kernel_width {
            let column = (x * sizes.stride + kx * sizes.dilation).wrapping_sub(sizes.padding);
            if column < sizes.width {
                visit(row * sizes.width + column, ky * sizes.kernel_width + kx);
            }
        }
    }
}

/// `Kernel::ConvolutionBlock`
pub fn forward(sizes: &ConvolutionSizes, x: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32], positions: &mut [u8]) {
    let (height, width) = pooled(sizes);
    let (area, kernel) = (sizes.height * sizes.width, sizes.kernel_height * sizes.kernel_width);
    for image in 0..sizes.batch {
        for o in 0..sizes.out_channels {
            for y in 0..height {
                for column in 0..width {
                    let mut best = f32::NEG_INFINITY;
                    let mut position = 0;
                    for corner in 0..4 {
                        let mut value = 0.0;
                        for c in 0..sizes.in_channels {
                            let x = &x[(image * sizes.in_channels + c) * area..][..area];
                            let weight = &weight[(o * sizes.in_channels + c) * kernel..][..kernel];
                            window(sizes, y * 2 + corner / 2, column * 2 + corner % 2, |at, w| value += x[at] * weight[w]);
                        }
                        value += bias[o];
                        let value = if value < 0.0 { 0.0 } else { value };
                        if value > best || value.is_nan() {
                            (best, position) = (value, corner);
                        }
                    }
                    let to = ((image * sizes.out_channels + o) * height + y) * width + column;
                    (out[to], positions[to]) = (best, position as u8);
                }
            }
        }
    }
}

/// Calls `visit(channel, y, x, gradient)` for every output of the convolution that won its window and passed the ReLU.
fn winners(
    sizes: &ConvolutionSizes,
    image: usize,
    out: &[f32],
    positions: &[u8],
    gradient: &[f32],
    mut visit: impl FnMut(usize, usize, usize, f32),
) {
    let (height, width) = pooled(sizes);
    for o in 0..sizes.out_channels {
        for y in 0..height {
            for x in 0..width {
                let at = ((image * sizes.out_channels + o) * height + y) * width + x;
                if out[at] > 0.0 {
                    let corner = positions[at] as usize;
                    visit(o, y * 2 + corner / 2, x * 2 + corner % 2, gradient[at]);
                }
            }
        }
    }
}

/// `Kernel::ConvolutionBlockInputGradient`
pub fn input_gradient(
    sizes: &ConvolutionSizes,
    weight: &[f32],
    out: &[f32],
    positions: &[u8],
    gradient: &[f32],
    result: &mut [f32],
) {
    let (area, kernel) = (sizes.height * sizes.width, sizes.kernel_height * sizes.kernel_width);
    result.fill(0.0);
    for image in 0..sizes.batch {
        winners(sizes, image, out, positions, gradient, |o, y, x, gradient| {
            for c in 0..sizes.in_channels {
                let result = &mut result[(image * sizes.in_channels + c) * area..][..area];
                let weight = &weight[(o * sizes.in_channels + c) * kernel..][..kernel];
                window(sizes, y, x, |at, w| result[at] += gradient * weight[w]);
            }
        });
    }
}

/// `Kernel::ConvolutionBlockWeightGradient`
pub fn weight_gradient(
    sizes: &ConvolutionSizes,
    shards: usize,
    x: &[f32],
    out: &[f32],
    positions: &[u8],
    gradient: &[f32],
    [weight_gradient, bias_gradient]: [&mut [f32]; 2],
) {
    let (area, kernel) = (sizes.height * sizes.width, sizes.kernel_height * sizes.kernel_width);
    shard_sums(shards, weight_gradient, &mut |shard, sums| {
        sums.fill(0.0);
        let (start, end) = shard_bounds(sizes.batch, shards, shard);
        for image in start..end {
            winners(sizes, image, out, positions, gradient, |o, y, column, gradient| {
                for c in 0..sizes.in_channels {
                    let x = &x[(image * sizes.in_channels + c) * area..][..area];
                    let sums = &mut sums[(o * sizes.in_channels + c) * kernel..][..kernel];
                    window(sizes, y, column, |at, w| sums[w] += gradient * x[at]);
                }
            });
        }
    });
    shard_sums(shards, bias_gradient, &mut |shard, sums| {
        sums.fill(0.0);
        let (start, end) = shard_bounds(sizes.batch, shards, shard);
        for image in start..end {
            winners(sizes, image, out, positions, gradient, |o, _, _, gradient| sums[o] += gradient);
        }
    });
}
