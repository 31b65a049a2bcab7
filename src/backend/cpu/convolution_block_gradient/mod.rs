//! Gradients of the fused convolution block, along the winners of the pooling only. Images are laid out with the channels
//! innermost, so that one row of a window is one run of memory, whole vectors long whatever the channel count.

mod input;
mod weight;

pub use input::input_gradient;
pub use weight::weight_gradient;

use crate::backend::kernel::ConvolutionSizes;

const LANES: usize = 4;

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
