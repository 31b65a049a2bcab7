//! Plain convolution with any stride, padding and dilation, and its two gradients: direct loops over the windows.

use super::CpuBuffer;
use super::number::{Number, Value, with_real};
use crate::backend::kernel::{ConvolutionSizes, shard_bounds};
use crate::error::Result;

/// Calls `visit(out position, in position, weight position)` for every product in one pair of channel planes:
/// positions count within the planes.
fn products(sizes: &ConvolutionSizes, mut visit: impl FnMut(usize, usize, usize)) {
    let (out_height, out_width) = (sizes.out_height(), sizes.out_width());
    for ky in 0..sizes.kernel_height {
        for kx in 0..sizes.kernel_width {
            for y in 0..out_height {
                let row = (y * sizes.stride + ky * sizes.dilation).wrapping_sub(sizes.padding);
                if row >= sizes.height {
                    continue;
                }
                for x in 0..out_width {
                    let column = (x * sizes.stride + kx * sizes.dilation).wrapping_sub(sizes.padding);
                    if column < sizes.width {
                        visit(y * out_width + x, row * sizes.width + column, ky * sizes.kernel_width + kx);
                    }
                }
            }
        }
    }
}

/// Elements of one plane of the input, of the output, of the weight.
fn areas(sizes: &ConvolutionSizes) -> (usize, usize, usize) {
    (sizes.height * sizes.width, sizes.out_height() * sizes.out_width(), sizes.kernel_height * sizes.kernel_width)
}

/// `Kernel::Convolution`
pub fn convolution(sizes: &ConvolutionSizes, x: &CpuBuffer, weight: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    with_real!("Convolution", x, T => {
        forward(sizes, &T::read(x), &T::read(weight), &mut T::write(out));
        Ok(())
    })
}

fn forward<T: Number>(sizes: &ConvolutionSizes, x: &[T], weight: &[T], out: &mut [T]) {
    let (area, out_area, kernel) = areas(sizes);
    out.fill(T::default());
    for image in 0..sizes.batch {
        for o in 0..sizes.out_channels {
            let out = &mut out[(image * sizes.out_channels + o) * out_area..][..out_area];
            for c in 0..sizes.in_channels {
                let x = &x[(image * sizes.in_channels + c) * area..][..area];
                let weight = &weight[(o * sizes.in_channels + c) * kernel..][..kernel];
                products(sizes, |to, from, w| out[to] = out[to].plus(x[from].times(weight[w])));
            }
        }
    }
}

/// `Kernel::ConvolutionInputGradient`
pub fn input_gradient(sizes: &ConvolutionSizes, gradient: &CpuBuffer, weight: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    with_real!("ConvolutionInputGradient", gradient, T => {
        let (gradient, weight, mut out) = (T::read(gradient), T::read(weight), T::write(out));
        backward_input(sizes, &gradient, &weight, &mut out);
        Ok(())
    })
}

fn backward_input<T: Number>(sizes: &ConvolutionSizes, gradient: &[T], weight: &[T], out: &mut [T]) {
    let (area, out_area, kernel) = areas(sizes);
    out.fill(T::default());
    for image in 0..sizes.batch {
        for o in 0..sizes.out_channels {
            let gradient = &gradient[(image * sizes.out_channels + o) * out_area..][..out_area];
            for c in 0..sizes.in_channels {
                let out = &mut out[(image * sizes.in_channels + c) * area..][..area];
                let weight = &weight[(o * sizes.in_channels + c) * kernel..][..kernel];
                products(sizes, |from, to, w| out[to] = out[to].plus(gradient[from].times(weight[w])));
            }
        }
    }
}

/// `Kernel::ConvolutionWeightGradient`
pub fn weight_gradient(
    sizes: &ConvolutionSizes,
    shards: usize,
    x: &CpuBuffer,
    gradient: &CpuBuffer,
    out: &CpuBuffer,
) -> Result<()> {
    with_real!("ConvolutionWeightGradient", x, T => {
        backward_weight(sizes, shards, &T::read(x), &T::read(gradient), &mut T::write(out));
        Ok(())
    })
}

fn backward_weight<T: Number>(sizes: &ConvolutionSizes, shards: usize, x: &[T], gradient: &[T], out: &mut [T]) {
    fn part<T: Number>(sizes: &ConvolutionSizes, x: &[T], gradient: &[T], out: &mut [T], images: (usize, usize)) {
        let (area, out_area, kernel) = areas(sizes);
        out.fill(T::default());
        for image in images.0..images.1 {
            for o in 0..sizes.out_channels {
                let gradient = &gradient[(image * sizes.out_channels + o) * out_area..][..out_area];
                for c in 0..sizes.in_channels {
                    let x = &x[(image * sizes.in_channels + c) * area..][..area];
                    let out = &mut out[(o * sizes.in_channels + c) * kernel..][..kernel];
                    products(sizes, |to, from, w| out[w] = out[w].plus(x[from].times(gradient[to])));
                }
            }
        }
    }
    shard_sums(shards, out, &mut |shard, out| {
        part(sizes, x, gradient, out, shard_bounds(sizes.batch, shards, shard));
    });
}

/// Fills `out` with the sum of what `part` gives for each shard, added pairwise as a balanced tree.
pub fn shard_sums<T: Number>(shards: usize, out: &mut [T], part: &mut dyn FnMut(usize, &mut [T])) {
    fn node<T: Number>(first: usize, count: usize, out: &mut [T], part: &mut dyn FnMut(usize, &mut [T])) {
        if count <= 1 {
            return part(first, out);
        }
        node(first, count / 2, out, part);
        let mut right = vec![T::default(); out.len()];
        node(first + count / 2, count - count / 2, &mut right, part);
        for (out, &right) in out.iter_mut().zip(&right) {
            *out = out.plus(right);
        }
    }
    node(0, shards, out, part);
}
