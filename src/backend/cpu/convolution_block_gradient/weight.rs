//! The gradient of a convolution block's weight and bias: that of an output channel and a kernel row stays in registers while all
//! winners of a shard go by.

#![allow(unsafe_code)]

use super::{Block, LANES, Layout, area, each_weight};
use crate::backend::cpu::CpuBuffer;
use crate::backend::cpu::convolution_block::is_common;
use crate::backend::cpu::convolution_block_plain as plain;
use crate::backend::cpu::number::Value;
use crate::backend::cpu::scratch::Scratch;
use crate::backend::cpu::shard_tree::Plan;
use crate::backend::cpu::simd::{Simd, Task, run_narrow};
use crate::backend::kernel::ConvolutionSizes;
use crate::error::Result;

/// Images whose winners are gathered before the sums go by; a shard is cut into groups of this many.
const GROUP: usize = 8;

/// `Kernel::ConvolutionBlockWeightGradient`
pub fn weight_gradient(
    sizes: &ConvolutionSizes,
    shards: usize,
    inputs: [&CpuBuffer; 4],
    weight_gradient: &CpuBuffer,
    bias_gradient: &CpuBuffer,
) -> Result<()> {
    let [x, out, positions, gradient] = inputs;
    let (x, out, positions, gradient) = (f32::read(x), f32::read(out), u8::read(positions), f32::read(gradient));
    let (mut weight_gradient, mut bias_gradient) = (f32::write(weight_gradient), f32::write(bias_gradient));
    if !is_common(sizes) {
        let results = [&mut weight_gradient[..], &mut bias_gradient[..]];
        plain::weight_gradient(sizes, shards, &x, &out, &positions, &gradient, results);
        return Ok(());
    }
    let layout = Layout::new(sizes);
    let block = Block { out: &out, positions: &positions, gradient: &gradient };
    block.check(&layout);
    run_narrow(WeightGradient {
        layout,
        block,
        shards: shards.max(1),
        x: &x,
        weight_gradient: &mut weight_gradient,
        bias_gradient: &mut bias_gradient,
    });
    Ok(())
}

struct WeightGradient<'a> {
    layout: Layout,
    block: Block<'a>,
    shards: usize,
    x: &'a [f32],
    weight_gradient: &'a mut [f32],
    bias_gradient: &'a mut [f32],
}

/// Memory for one group of images.
struct Group<'a> {
    images: &'a mut [f32],
    gradients: &'a mut [f32],
    starts: &'a mut [u32],
}

impl Task for WeightGradient<'_> {
    #[inline(always)]
    fn run<S: Simd>(self) {
        let layout = self.layout;
        let sizes = layout.sizes;
        // The sums of a shard: the kernels in whole vectors, then the bias.
        let length = sizes.out_channels * (layout.kernel() + 1);
        let levels = self.shards.next_power_of_two().trailing_zeros() as usize + 1;
        let winners = GROUP * layout.windows() + 1;
        let mut memory = Scratch::new(levels * length + GROUP * layout.image + 2 * winners);
        let (sums, rest) = memory.split_at_mut(levels * length);
        let (images, rest) = rest.split_at_mut(GROUP * layout.image);
        let (gradients, starts) = rest.split_at_mut(winners);
        images.fill(0.0);
        let mut group = Group { images, gradients, starts: bytemuck::cast_slice_mut(starts) };
        // The balanced tree, without recursion: a part waits until its sibling is summed.
        let mut depth = 0;
        for shard in Plan::new(sizes.batch, self.shards).shards() {
            let part = &mut sums[depth * length..(depth + 1) * length];
            part.fill(0.0);
            for first in (shard.start..shard.end).step_by(GROUP) {
                self.group::<S>(&mut group, first, shard.end.min(first + GROUP), part);
            }
            depth += 1;
            for _ in 0..shard.pairs {
                let (left, right) = sums[(depth - 2) * length..depth * length].split_at_mut(length);
                for (left, &right) in left.iter_mut().zip(right.iter()) {
                    *left += right;
                }
                depth -= 1;
            }
        }
        let (kernels, bias) = sums[..length].split_at(sizes.out_channels * layout.kernel());
        let weights = sizes.in_channels * area(&sizes);
        for (o, kernel) in kernels.chunks_exact(layout.kernel()).enumerate() {
            let to = &mut self.weight_gradient[o * weights..(o + 1) * weights];
            each_weight(&sizes, |c, ky, kx, w| to[w] = kernel[layout.weight(c, ky, kx)]);
        }
        self.bias_gradient[..sizes.out_channels].copy_from_slice(bias);
    }
}

impl WeightGradient<'_> {
    /// Adds the images `first..end` to the sums of their shard.
    #[inline(always)]
    fn group<S: Simd>(&self, group: &mut Group<'_>, first: usize, end: usize, sums: &mut [f32]) {
        let layout = &self.layout;
        let sizes = &layout.sizes;
        let image_length = sizes.in_channels * sizes.height * sizes.width;
        for image in first..end {
            let to = &mut group.images[(image - first) * layout.image..][..layout.image];
            layout.fill(&self.x[image * image_length..(image + 1) * image_length], to);
        }
        let (kernels, bias) = sums.split_at_mut(sizes.out_channels * layout.kernel());
        for o in 0..sizes.out_channels {
            let mut count = 0;
            for image in first..end {
                let base = (image - first) * layout.image;
                let (starts, gradients) = (&mut group.starts[count..], &mut group.gradients[count..]);
                count += layout.winners(&self.block, image * sizes.out_channels + o, base, starts, gradients);
            }
            let winners = Winners {
                images: group.images,
                starts: &group.starts[..count],
                gradients: &group.gradients[..count],
                row: layout.row,
                vectors: layout.vectors,
            };
            bias[o] = winners.gradients.iter().fold(bias[o], |sum, gradient| sum + gradient);
            let kernel = &mut kernels[o * layout.kernel()..(o + 1) * layout.kernel()];
            // SAFETY: patches lie inside their images, which have room for a last vector; the sums hold whole vectors.
            unsafe {
                let (mut ky, height) = (0, sizes.kernel_height);
                if layout.vectors == 2 {
                    while ky + 5 <= height {
                        winners.accumulate::<S, 5, 2>(kernel, ky, 0);
                        ky += 5;
                    }
                }
                for ky in ky..height {
                    let mut v = 0;
                    while v + 13 <= layout.vectors {
                        winners.accumulate::<S, 1, 13>(kernel, ky, v);
                        v += 13;
                    }
                    while v + 4 <= layout.vectors {
                        winners.accumulate::<S, 1, 4>(kernel, ky, v);
                        v += 4;
                    }
                    for v in v..layout.vectors {
                        winners.accumulate::<S, 1, 1>(kernel, ky, v);
                    }
                }
            }
        }
    }
}

/// The winners of one output channel in a group of images.
struct Winners<'a> {
    images: &'a [f32],
    starts: &'a [u32],
    gradients: &'a [f32],
    row: usize,
    vectors: usize,
}

impl Winners<'_> {
    /// Adds gradient times patch to `R` rows of the kernel, `V` vectors of each from vector `first` on.
    #[inline(always)]
    unsafe fn accumulate<S: Simd, const R: usize, const V: usize>(&self, kernel: &mut [f32], ky: usize, first: usize) {
        unsafe {
            let to = kernel.as_mut_ptr().add((ky * self.vectors + first) * LANES);
            let mut sums = [[S::splat(0.0); V]; R];
            for (r, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = S::load(to.add((r * self.vectors + v) * LANES));
                }
            }
            let images = self.images.as_ptr().add(ky * self.row + first * LANES);
            for (&start, gradient) in self.starts.iter().zip(self.gradients) {
                let gradient = S::load_splat(gradient);
                let patch = images.add(start as usize);
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = S::multiply_add(gradient, S::load(patch.add(r * self.row + v * LANES)), *sum);
                    }
                }
            }
            for (r, sums) in sums.into_iter().enumerate() {
                for (v, sum) in sums.into_iter().enumerate() {
                    S::store(to.add((r * self.vectors + v) * LANES), sum);
                }
            }
        }
    }
}
