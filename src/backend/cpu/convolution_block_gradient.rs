//! Gradients of the fused convolution block, along the winners of the pooling only. Images are laid out with the channels
//! innermost, so that one row of a window is one run of memory, whole vectors long whatever the channel count.
//!
//! The weight gradient of an output channel and a kernel row stays in registers while all winners of a shard go by.

#![allow(unsafe_code)]

use super::CpuBuffer;
use super::convolution_block::is_common;
use super::convolution_block_plain as plain;
use super::number::Value;
use super::scratch::Scratch;
use super::simd::{Simd, Task, run_narrow};
use crate::backend::kernel::{ConvolutionSizes, shard_bounds};
use crate::error::Result;

const LANES: usize = 4;
/// Images whose winners are gathered before the sums go by; a shard is cut into groups of this many.
const GROUP: usize = 8;

/// An image with the channels innermost, and a kernel's row in whole vectors.
#[derive(Clone, Copy)]
struct Layout {
    sizes: ConvolutionSizes,
    pooled_height: usize,
    pooled_width: usize,
    /// Floats of one row of the padded image.
    row: usize,
    /// Floats of one padded image, and room for a vector that starts in its last element.
    image: usize,
    /// Vectors of one row of the kernel.
    vectors: usize,
}

impl Layout {
    fn new(sizes: &ConvolutionSizes) -> Layout {
        let row = (sizes.width + 2 * sizes.padding) * sizes.in_channels;
        Layout {
            sizes: *sizes,
            pooled_height: sizes.out_height() / 2,
            pooled_width: sizes.out_width() / 2,
            row,
            image: ((sizes.height + 2 * sizes.padding) * row).next_multiple_of(LANES) + LANES,
            vectors: (sizes.kernel_width * sizes.in_channels).div_ceil(LANES),
        }
    }

    /// Floats of the kernel of one output channel in whole vectors.
    fn kernel(&self) -> usize {
        self.sizes.kernel_height * self.vectors * LANES
    }

    fn windows(&self) -> usize {
        self.pooled_height * self.pooled_width
    }

    /// Position of a weight `(c, ky, kx)` in the kernel of its output channel.
    fn weight(&self, c: usize, ky: usize, kx: usize) -> usize {
        ky * self.vectors * LANES + kx * self.sizes.in_channels + c
    }

    /// Writes an image with the channels innermost. The borders were zeroed before and stay so.
    #[inline(always)]
    fn fill(&self, image: &[f32], to: &mut [f32]) {
        let ConvolutionSizes { in_channels, height, width, padding, .. } = self.sizes;
        for (c, plane) in image.chunks_exact(height * width).enumerate() {
            for (y, row) in plane.chunks_exact(width).enumerate() {
                let start = (y + padding) * self.row + padding * in_channels;
                let to = &mut to[start..start + width * in_channels];
                for (to, &value) in to.chunks_exact_mut(in_channels).zip(row) {
                    to[c] = value;
                }
            }
        }
    }

    /// The way back.
    #[inline(always)]
    fn read_back(&self, from: &[f32], image: &mut [f32]) {
        let ConvolutionSizes { in_channels, height, width, padding, .. } = self.sizes;
        for (c, plane) in image.chunks_exact_mut(height * width).enumerate() {
            for (y, row) in plane.chunks_exact_mut(width).enumerate() {
                let start = (y + padding) * self.row + padding * in_channels;
                let from = &from[start..start + width * in_channels];
                for (value, from) in row.iter_mut().zip(from.chunks_exact(in_channels)) {
                    *value = from[c];
                }
            }
        }
    }

    /// Gathers the windows of one plane whose winner passed the ReLU: where its patch starts in the image, and the gradient.
    /// Returns how many there are.
    #[inline(always)]
    fn winners(&self, block: &Block<'_>, plane: usize, base: usize, starts: &mut [u32], gradients: &mut [f32]) -> usize {
        let channels = self.sizes.in_channels;
        let corners = [0, channels as u32, self.row as u32, (self.row + channels) as u32];
        let mut count = 0;
        for y in 0..self.pooled_height {
            let at = plane * self.windows() + y * self.pooled_width;
            let range = at..at + self.pooled_width;
            let mut start = (base + 2 * y * self.row) as u32;
            let row = block.out[range.clone()].iter().zip(&block.positions[range.clone()]).zip(&block.gradient[range]);
            for ((&out, &position), &gradient) in row {
                // Written always, kept only if it counts: no branch to mispredict.
                starts[count] = start + corners[(position & 3) as usize];
                gradients[count] = gradient;
                count += usize::from(out > 0.0);
                start += 2 * channels as u32;
            }
        }
        count
    }
}

/// What the forward pass left, and the gradient that arrives.
#[derive(Clone, Copy)]
struct Block<'a> {
    out: &'a [f32],
    positions: &'a [u8],
    gradient: &'a [f32],
}

impl Block<'_> {
    fn check(&self, layout: &Layout) {
        let length = layout.sizes.batch * layout.sizes.out_channels * layout.windows();
        let shortest = self.out.len().min(self.positions.len()).min(self.gradient.len());
        assert!(shortest >= length, "convolution: a buffer of the block's output is too short");
    }
}

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

/// Elements of one plane of the weight.
fn area(sizes: &ConvolutionSizes) -> usize {
    sizes.kernel_height * sizes.kernel_width
}

/// Calls `visit(c, ky, kx, position)` for every weight of one output channel.
#[inline(always)]
fn each_weight(sizes: &ConvolutionSizes, mut visit: impl FnMut(usize, usize, usize, usize)) {
    for c in 0..sizes.in_channels {
        for ky in 0..sizes.kernel_height {
            for kx in 0..sizes.kernel_width {
                visit(c, ky, kx, c * area(sizes) + ky * sizes.kernel_width + kx);
            }
        }
    }
}

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
        for shard in 0..self.shards {
            let (start, end) = shard_bounds(sizes.batch, self.shards, shard);
            let part = &mut sums[depth * length..(depth + 1) * length];
            part.fill(0.0);
            for first in (start..end).step_by(GROUP) {
                self.group::<S>(&mut group, first, end.min(first + GROUP), part);
            }
            depth += 1;
            for _ in 0..super::gemm::closed_pairs(self.shards, shard) {
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
