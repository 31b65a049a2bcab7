//! The fused block of a convolutional network: convolution, bias, ReLU and 2x2 max-pooling in one pass that keeps which of
//! the four won. Only winners carry gradient, so the backward pass does a quarter of the work.
//!
//! Forward, an image at a time: even and odd columns are laid apart, so that one vector holds the same corner of four
//! neighbouring windows. Two output channels times the four corners stay in eight registers; the maximum needs no shuffle.

#![allow(unsafe_code)]

use super::CpuBuffer;
use super::convolution_block_plain as plain;
use super::number::Value;
use super::scratch::Scratch;
use super::simd::{Simd, Task, run_narrow};
use crate::backend::kernel::ConvolutionSizes;
use crate::error::Result;

/// The vectors' width: pooled rows are short, wider ones would stay half empty.
const LANES: usize = 4;

/// 2^23: a small whole number added to it stands in the lowest byte of the sum, which saves converting it.
const ZEROTH: f32 = 8_388_608.0;

/// Whether the fast path fits; other strides and dilations go the plain way.
pub(super) fn is_common(sizes: &ConvolutionSizes) -> bool {
    sizes.stride == 1 && sizes.dilation == 1 && sizes.out_height() >= 2 && sizes.out_width() >= 2
}

/// `Kernel::ConvolutionBlock`
pub fn forward(
    sizes: &ConvolutionSizes,
    x: &CpuBuffer,
    weight: &CpuBuffer,
    bias: &CpuBuffer,
    out: &CpuBuffer,
    positions: &CpuBuffer,
) -> Result<()> {
    let (x, weight, bias) = (f32::read(x), f32::read(weight), f32::read(bias));
    let (mut out, mut positions) = (f32::write(out), u8::write(positions));
    if !is_common(sizes) {
        plain::forward(sizes, &x, &weight, &bias, &mut out, &mut positions);
        return Ok(());
    }
    let planes = Planes::new(sizes);
    let pooled = sizes.batch * sizes.out_channels * planes.pooled_height * planes.pooled_width;
    let kernel = sizes.kernel_height * sizes.kernel_width;
    assert!(x.len() >= sizes.batch * sizes.in_channels * sizes.height * sizes.width, "convolution: x is too short");
    assert!(weight.len() >= sizes.out_channels * sizes.in_channels * kernel, "convolution: the weight is too short");
    assert!(bias.len() >= sizes.out_channels, "convolution: the bias is too short");
    assert!(out.len() >= pooled && positions.len() >= pooled, "convolution: the result is too short");
    run_narrow(Forward { sizes, planes, x: &x, weight: &weight, bias: &bias, out: &mut out, positions: &mut positions });
    Ok(())
}

/// Where the elements of an image lie once even and odd columns are apart: `(channel, row, parity, half of the column)`.
#[derive(Clone, Copy)]
struct Planes {
    pooled_height: usize,
    pooled_width: usize,
    /// Floats between the even and the odd columns of a row: enough for a whole vector at the last window.
    half: usize,
    rows: usize,
}

impl Planes {
    fn new(sizes: &ConvolutionSizes) -> Planes {
        let (pooled_height, pooled_width) = (sizes.out_height() / 2, sizes.out_width() / 2);
        let read = pooled_width.next_multiple_of(LANES) + sizes.kernel_width.div_ceil(2) + 1;
        let held = (sizes.width + 2 * sizes.padding).div_ceil(2);
        Planes { pooled_height, pooled_width, half: read.max(held), rows: sizes.height + 2 * sizes.padding }
    }

    fn channel(self) -> usize {
        self.rows * 2 * self.half
    }

    /// Lays one image out. The borders were zeroed before and stay so.
    #[inline(always)]
    fn fill(self, sizes: &ConvolutionSizes, image: &[f32], to: &mut [f32]) {
        let padding = sizes.padding;
        for (c, plane) in image.chunks_exact(sizes.height * sizes.width).enumerate() {
            for (y, row) in plane.chunks_exact(sizes.width).enumerate() {
                let start = c * self.channel() + (y + padding) * 2 * self.half;
                let (even, odd) = to[start..start + 2 * self.half].split_at_mut(self.half);
                // Column x of the image is column x + padding of the padded one.
                let (first, second) = if padding.is_multiple_of(2) { (even, odd) } else { (odd, even) };
                let first = &mut first[padding / 2..];
                let second = &mut second[padding.div_ceil(2)..];
                let pairs = row.chunks_exact(2);
                if let [last] = pairs.remainder() {
                    first[row.len() / 2] = *last;
                }
                for ((pair, first), second) in pairs.zip(first.iter_mut()).zip(second.iter_mut()) {
                    (*first, *second) = (pair[0], pair[1]);
                }
            }
        }
    }
}

struct Forward<'a> {
    sizes: &'a ConvolutionSizes,
    planes: Planes,
    x: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [f32],
    positions: &'a mut [u8],
}

impl Task for Forward<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self) {
        let (sizes, planes) = (self.sizes, self.planes);
        let image_length = sizes.in_channels * sizes.height * sizes.width;
        let mut memory = Scratch::new(sizes.in_channels * planes.channel());
        memory.fill(0.0);
        for image in 0..sizes.batch {
            planes.fill(sizes, &self.x[image * image_length..(image + 1) * image_length], &mut memory);
            let mut o = 0;
            while o < sizes.out_channels {
                let pair = o + 2 <= sizes.out_channels;
                // SAFETY: `forward` has checked the lengths; the planes have room for whole vectors.
                unsafe {
                    match (pair, sizes.kernel_width) {
                        (true, 5) => self.channels::<S, 2, 5>(&memory, image, o),
                        (true, 3) => self.channels::<S, 2, 3>(&memory, image, o),
                        (true, _) => self.channels::<S, 2, 0>(&memory, image, o),
                        (false, _) => self.channels::<S, 1, 0>(&memory, image, o),
                    }
                }
                o += 2;
            }
        }
    }
}

/// Sums of `C` output channels at the four corners of each of four windows.
type Corners<S, const C: usize> = [[[<S as Simd>::Vector; 2]; 2]; C];

impl Forward<'_> {
    /// `C` output channels of one image. `WIDTH` is the kernel's width, 0 for one that is known only now.
    #[inline(always)]
    unsafe fn channels<S: Simd, const C: usize, const WIDTH: usize>(&mut self, planes: &[f32], image: usize, o: usize) {
        let (sizes, layout) = (self.sizes, self.planes);
        let area = layout.pooled_height * layout.pooled_width;
        for y in 0..layout.pooled_height {
            for x in (0..layout.pooled_width).step_by(LANES) {
                unsafe {
                    let sums = self.corners::<S, C, WIDTH>(planes, o, y, x);
                    let count = LANES.min(layout.pooled_width - x);
                    for (c, sums) in sums.into_iter().enumerate() {
                        let bias = S::splat(self.bias[o + c]);
                        let [[first, second], [third, fourth]] = sums;
                        let mut best = S::add(first, bias);
                        let mut position = S::splat(ZEROTH);
                        for (corner, sum) in [second, third, fourth].into_iter().enumerate() {
                            let sum = S::add(sum, bias);
                            position = S::where_greater(sum, best, S::splat(ZEROTH + corner as f32 + 1.0), position);
                            best = S::larger(best, sum);
                        }
                        best = S::larger(best, S::splat(0.0));
                        let to = (image * sizes.out_channels + o + c) * area + y * layout.pooled_width + x;
                        let (mut values, mut corners) = ([0.0_f32; LANES], [0.0_f32; LANES]);
                        S::store(corners.as_mut_ptr(), position);
                        // A copy of a length that is known only now would be a call, dearer than what it copies.
                        if count == LANES {
                            S::store(self.out[to..to + LANES].as_mut_ptr(), best);
                            let positions = &mut self.positions[to..to + LANES];
                            for (position, corner) in positions.iter_mut().zip(corners) {
                                *position = corner.to_bits() as u8;
                            }
                            continue;
                        }
                        S::store(values.as_mut_ptr(), best);
                        for i in 0..count {
                            self.out[to + i] = values[i];
                            self.positions[to + i] = corners[i].to_bits() as u8;
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn corners<S: Simd, const C: usize, const WIDTH: usize>(
        &self,
        planes: &[f32],
        o: usize,
        y: usize,
        x: usize,
    ) -> Corners<S, C> {
        let (sizes, layout) = (self.sizes, self.planes);
        let kernel_width = if WIDTH == 0 { sizes.kernel_width } else { WIDTH };
        let kernel = sizes.kernel_height * kernel_width;
        unsafe {
            let mut sums: Corners<S, C> = [[[S::splat(0.0); 2]; 2]; C];
            for c in 0..sizes.in_channels {
                let mut row = planes.as_ptr().add(c * layout.channel() + 2 * y * 2 * layout.half + x);
                let mut weights = [self.weight.as_ptr(); C];
                for (i, weights) in weights.iter_mut().enumerate() {
                    *weights = weights.add(((o + i) * sizes.in_channels + c) * kernel);
                }
                // Row r of the patch meets row r of the kernel at the upper corners and row r - 1 at the lower ones.
                step::<S, C, WIDTH, true, false>(&mut sums, row, layout.half, weights, kernel_width);
                for _ in 1..sizes.kernel_height {
                    row = row.add(2 * layout.half);
                    step::<S, C, WIDTH, true, true>(&mut sums, row, layout.half, weights, kernel_width);
                    for weights in &mut weights {
                        *weights = weights.add(kernel_width);
                    }
                }
                row = row.add(2 * layout.half);
                step::<S, C, WIDTH, false, true>(&mut sums, row, layout.half, weights, kernel_width);
            }
            sums
        }
    }
}

/// One row of the patch. `weights` point at the kernel's row for the lower corners where those take part; the upper
/// corners use the row after it.
#[inline(always)]
unsafe fn step<S: Simd, const C: usize, const WIDTH: usize, const UPPER: bool, const LOWER: bool>(
    sums: &mut Corners<S, C>,
    row: *const f32,
    half: usize,
    weights: [*const f32; C],
    kernel_width: usize,
) {
    let kernel_width = if WIDTH == 0 { kernel_width } else { WIDTH };
    unsafe {
        let mut left = S::load(row);
        for kx in 0..kernel_width {
            let column = kx + 1;
            let right = S::load(row.add((column & 1) * half + column / 2));
            for (sums, &weights) in sums.iter_mut().zip(&weights) {
                if UPPER {
                    let weight = S::load_splat(weights.add(kx + if LOWER { kernel_width } else { 0 }));
                    sums[0][0] = S::multiply_add(weight, left, sums[0][0]);
                    sums[0][1] = S::multiply_add(weight, right, sums[0][1]);
                }
                if LOWER {
                    let weight = S::load_splat(weights.add(kx));
                    sums[1][0] = S::multiply_add(weight, left, sums[1][0]);
                    sums[1][1] = S::multiply_add(weight, right, sums[1][1]);
                }
            }
            left = right;
        }
    }
}
