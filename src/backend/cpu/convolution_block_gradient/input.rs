//! The gradient of a convolution block's input: each winner adds its kernel, times its gradient, to its patch.

#![allow(unsafe_code)]

use super::{Block, LANES, Layout, area, each_weight};
use crate::backend::cpu::CpuBuffer;
use crate::backend::cpu::convolution_block::is_common;
use crate::backend::cpu::convolution_block_plain as plain;
use crate::backend::cpu::number::Value;
use crate::backend::cpu::scratch::Scratch;
use crate::backend::cpu::simd::{Simd, Task, run_narrow};
use crate::backend::kernel::ConvolutionSizes;
use crate::error::Result;

/// `Kernel::ConvolutionBlockInputGradient`
pub fn input_gradient(
    sizes: &ConvolutionSizes,
    weight: &CpuBuffer,
    out: &CpuBuffer,
    positions: &CpuBuffer,
    gradient: &CpuBuffer,
    result: &CpuBuffer,
) -> Result<()> {
    let (weight, out, positions, gradient) = (f32::read(weight), f32::read(out), u8::read(positions), f32::read(gradient));
    let mut result = f32::write(result);
    if !is_common(sizes) {
        plain::input_gradient(sizes, &weight, &out, &positions, &gradient, &mut result);
        return Ok(());
    }
    let layout = Layout::new(sizes);
    let block = Block { out: &out, positions: &positions, gradient: &gradient };
    block.check(&layout);
    run_narrow(InputGradient { layout, block, weight: &weight, result: &mut result });
    Ok(())
}

struct InputGradient<'a> {
    layout: Layout,
    block: Block<'a>,
    weight: &'a [f32],
    result: &'a mut [f32],
}

impl Task for InputGradient<'_> {
    #[inline(always)]
    fn run<S: Simd>(self) {
        let InputGradient { layout, block, weight, result } = self;
        let sizes = layout.sizes;
        let kernel = layout.kernel();
        let mut memory = Scratch::new(sizes.out_channels * kernel + layout.image + 2 * layout.windows() + 2);
        let (weights, rest) = memory.split_at_mut(sizes.out_channels * kernel);
        let (sums, rest) = rest.split_at_mut(layout.image);
        let (gradients, starts) = rest.split_at_mut(layout.windows() + 1);
        let starts: &mut [u32] = bytemuck::cast_slice_mut(starts);
        weights.fill(0.0);
        for (o, to) in weights.chunks_exact_mut(kernel).enumerate() {
            each_weight(&sizes, |c, ky, kx, w| {
                to[layout.weight(c, ky, kx)] = weight[o * sizes.in_channels * area(&sizes) + w]
            });
        }
        let image_length = sizes.in_channels * sizes.height * sizes.width;
        for (image, result) in result.chunks_exact_mut(image_length).take(sizes.batch).enumerate() {
            sums.fill(0.0);
            for o in 0..sizes.out_channels {
                let count = layout.winners(&block, image * sizes.out_channels + o, 0, starts, gradients);
                for (&start, &gradient) in starts[..count].iter().zip(gradients.iter()) {
                    // SAFETY: a patch starts inside the image so that all its rows lie in it; `image` has room for the
                    // last vector's unused lanes, where the weights are 0.
                    unsafe {
                        let gradient = S::splat(gradient);
                        let mut from = weights.as_ptr().add(o * kernel);
                        let mut to = sums.as_mut_ptr().add(start as usize);
                        for _ in 0..sizes.kernel_height {
                            for v in 0..layout.vectors {
                                let sum = S::load(to.add(v * LANES));
                                let product = S::multiply_add(gradient, S::load(from.add(v * LANES)), sum);
                                S::store(to.add(v * LANES), product);
                            }
                            from = from.add(layout.vectors * LANES);
                            to = to.add(layout.row);
                        }
                    }
                }
            }
            layout.read_back(sums, result);
        }
    }
}
