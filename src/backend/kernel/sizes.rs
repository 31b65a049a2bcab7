//! Sizes of convolutions, poolings and matrix products.

/// Sizes of a two-dimensional convolution: input `(batch, in_channels, height, width)`, weight
/// `(out_channels, in_channels, kernel_height, kernel_width)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvolutionSizes {
    pub batch: usize,
    pub in_channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub kernel_height: usize,
    pub kernel_width: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl ConvolutionSizes {
    /// Height of the output, rounded down: `(height + 2 padding - dilation (kernel - 1) - 1) / stride + 1`.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding - self.dilation * (self.kernel_height - 1) - 1) / self.stride + 1
    }

    /// Width of the output, rounded down.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding - self.dilation * (self.kernel_width - 1) - 1) / self.stride + 1
    }

    /// `(batch, in_channels, height, width)`
    pub fn input_shape(&self) -> [usize; 4] {
        [self.batch, self.in_channels, self.height, self.width]
    }

    /// `(out_channels, in_channels, kernel_height, kernel_width)`
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.out_channels, self.in_channels, self.kernel_height, self.kernel_width]
    }

    /// `(batch, out_channels, out_height, out_width)`
    pub fn out_shape(&self) -> [usize; 4] {
        [self.batch, self.out_channels, self.out_height(), self.out_width()]
    }
}

/// Sizes of a pooling over `(planes, height, width)`, planes being batch times channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolSizes {
    pub planes: usize,
    pub height: usize,
    pub width: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl PoolSizes {
    /// Height of the output, rounded down.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Width of the output, rounded down.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding - self.kernel) / self.stride + 1
    }
}

/// Sizes of a matrix product `out (m, n) = left (m, k) x right (k, n)`, repeated over `batch`.
/// A transposed operand is stored the other way round: left as `(k, m)`, right as `(n, k)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatmulSizes {
    pub batch: usize,
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub transpose_left: bool,
    pub transpose_right: bool,
    /// False: the one left matrix serves the whole batch.
    pub left_batched: bool,
    /// False: the one right matrix serves the whole batch.
    pub right_batched: bool,
}
