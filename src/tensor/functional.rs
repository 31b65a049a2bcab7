//! What `torch.nn.functional` offers for networks, as plain ops: every intermediate can be looked at.

use super::Tensor;
use crate::backend::Element;
use crate::backend::kernel::{BinaryOp, ConvolutionSizes, Kernel, PoolSizes};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;

/// Stride, padding and dilation of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2dSize {
    /// Step of the window.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
    /// Distance between the elements that the kernel reads.
    pub dilation: usize,
}

impl Default for Conv2dSize {
    fn default() -> Self {
        Conv2dSize { stride: 1, padding: 0, dilation: 1 }
    }
}

/// What a loss does with its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// Their mean, PyTorch's default.
    Mean,
    /// Their sum.
    Sum,
    /// Leaves them.
    None,
}

impl Tensor {
    /// `F.softmax(x, dim)`
    pub fn softmax(&self, axis: i64) -> Result<Tensor> {
        let axis = self.shape().axis(axis)?;
        let probabilities = super::no_grad(|| {
            let x = self.floating("softmax")?.detach();
            if x.numel() == 0 || x.dim() == 0 {
                return x.ones_like();
            }
            // The largest becomes 0, so that nothing overflows.
            let powers = x.sub(&x.max_along(axis as i64, true)?.0)?.exp()?;
            powers.div(&powers.precise_sum(&[axis as i64], true)?)
        })?;
        let op = Op::Softmax { input: self.clone(), axis };
        Ok(Tensor::result(self.shape().clone(), self.dtype(), probabilities.buffer().clone(), op))
    }

    /// `F.log_softmax(x, dim)`: stable for large inputs.
    pub fn log_softmax(&self, axis: i64) -> Result<Tensor> {
        let axis = self.shape().axis(axis)?;
        let buffer = self.log_softmax_buffer(axis)?;
        Ok(Tensor::result(self.shape().clone(), self.dtype(), buffer, Op::LogSoftmax { input: self.clone(), axis }))
    }

    fn log_softmax_buffer(&self, axis: usize) -> Result<crate::backend::Buffer> {
        self.floating("log_softmax")?;
        let (outer, size, inner) = if self.dim() == 0 { (1, 1, 1) } else { self.split_at_axis(axis) };
        self.run(Kernel::LogSoftmax { outer, axis: size, inner }, &[self], Element::from(self.dtype()), self.numel())
    }

    fn floating(&self, function: &str) -> Result<&Tensor> {
        if self.dtype().is_floating() {
            return Ok(self);
        }
        Err(self.dtype().lacks(&format!("{function}_lastdim_kernel_impl")))
    }

    /// `F.linear(x, weight, bias)`: `x (..., in) weight^T (in, out) + bias (out)`.
    pub fn linear(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let inputs = *self.shape().last().ok_or_else(|| Error::Shape("linear needs at least one axis".to_string()))?;
        let rows = self.numel().checked_div(inputs).unwrap_or(0);
        if let Some(bias) = bias.filter(|bias| weight.dim() == 2 && bias.numel() != weight.shape()[0]) {
            return Err(Error::Shape(format!(
                "The expanded size of the tensor ({}) must match the existing size ({}) at non-singleton dimension 1.  Target sizes: {:?}.  \
                 Tensor sizes: {}",
                weight.shape()[0],
                bias.numel(),
                [rows, weight.shape()[0]],
                bias.shape()
            )));
        }
        if weight.dim() != 2 {
            return Err(Error::Shape(format!("mm: mat2 must be a matrix, got {}-D tensor", weight.dim())));
        }
        let flat = self.reshape([rows, inputs])?;
        let out = flat.matrix_product(weight, false, true)?;
        let out = match (bias, self.dim()) {
            (Some(bias), 2) => return Ok(out.add(bias)?.named("AddmmBackward0")),
            (Some(bias), _) => out.add(bias)?,
            (None, 2) => return Ok(out),
            (None, _) => out,
        };
        let mut sizes = self.shape().to_vec();
        sizes.pop();
        sizes.push(weight.shape()[0]);
        out.reshape(sizes)
    }

    /// `F.conv2d`: input `(n, c, h, w)` or `(c, h, w)`, weight `(out, c, kh, kw)`, bias `(out)`.
    pub fn conv2d(&self, weight: &Tensor, bias: Option<&Tensor>, size: Conv2dSize) -> Result<Tensor> {
        if self.dim() == 3 {
            return Ok(self.unsqueeze(0)?.conv2d(weight, bias, size)?.squeeze(Some(0))?.named("SqueezeBackward1"));
        }
        let sizes = self.convolution_sizes(weight, size)?;
        if let Some(bias) = bias.filter(|bias| bias.shape()[..] != [sizes.out_channels]) {
            return Err(Error::Shape(format!(
                "Given weight of size {}, expected bias to be 1-dimensional with {} elements, but got bias of size {} instead",
                weight.shape(),
                sizes.out_channels,
                bias.shape()
            )));
        }
        let out = self.convolved(weight, sizes)?;
        match bias {
            Some(bias) => Ok(out.add(&bias.reshape([sizes.out_channels, 1, 1])?)?.named("ConvolutionBackward0")),
            None => Ok(out),
        }
    }

    pub(crate) fn convolution_sizes(&self, weight: &Tensor, size: Conv2dSize) -> Result<ConvolutionSizes> {
        let (&[batch, in_channels, height, width], &[out_channels, weight_channels, kernel_height, kernel_width]) =
            (&self.shape()[..], &weight.shape()[..])
        else {
            return Err(Error::Shape(format!(
                "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: {}",
                self.shape()
            )));
        };
        if in_channels != weight_channels {
            return Err(Error::Shape(format!(
                "Given groups=1, weight of size {}, expected input{} to have {weight_channels} channels, but got {in_channels} channels instead",
                weight.shape(),
                self.shape()
            )));
        }
        if size.stride == 0 || size.dilation == 0 {
            return Err(Error::Value("non-positive stride is not supported".to_string()));
        }
        let reach = |kernel: usize| size.dilation * (kernel.max(1) - 1) + 1;
        let (padded_height, padded_width) = (height + 2 * size.padding, width + 2 * size.padding);
        if kernel_height == 0
            || kernel_width == 0
            || reach(kernel_height) > padded_height
            || reach(kernel_width) > padded_width
        {
            return Err(Error::Shape(format!(
                "Calculated padded input size per channel: ({padded_height} x {padded_width}). Kernel size: ({} x {}). Kernel size can't be \
                 greater than actual input size",
                reach(kernel_height),
                reach(kernel_width)
            )));
        }
        Ok(ConvolutionSizes {
            batch,
            in_channels,
            height,
            width,
            out_channels,
            kernel_height,
            kernel_width,
            stride: size.stride,
            padding: size.padding,
            dilation: size.dilation,
        })
    }

    fn pool_sizes(&self, kernel: usize, stride: usize, padding: usize) -> Result<(PoolSizes, Shape)> {
        let &[.., height, width] = &self.shape()[..] else {
            return Err(Error::Shape("non-empty 3D or 4D (batch mode) tensor expected for input".to_string()));
        };
        if !(3..=4).contains(&self.dim()) {
            return Err(Error::Shape("non-empty 3D or 4D (batch mode) tensor expected for input".to_string()));
        }
        if kernel == 0 || stride == 0 {
            return Err(Error::Value("kernel size and stride should be greater than zero".to_string()));
        }
        if padding * 2 > kernel {
            return Err(Error::Value(format!(
                "pad should be at most half of effective kernel size, but got pad={padding}, kernel_size={kernel} and dilation=1"
            )));
        }
        if height + 2 * padding < kernel || width + 2 * padding < kernel {
            let channels = self.shape()[self.dim() - 3];
            let steps = |size: usize| (size + 2 * padding) as i64 - kernel as i64;
            let out = |size: usize| steps(size).div_euclid(stride as i64) + 1;
            return Err(Error::Shape(format!(
                "Given input size: ({channels}x{height}x{width}). Calculated output size: ({channels}x{}x{}). Output size is too small",
                out(height),
                out(width)
            )));
        }
        let planes = self.shape()[..self.dim() - 2].iter().product();
        let sizes = PoolSizes { planes, height, width, kernel, stride, padding };
        let mut shape = self.shape()[..self.dim() - 2].to_vec();
        shape.extend([sizes.out_height(), sizes.out_width()]);
        Ok((sizes, Shape::from(shape)))
    }

    /// `F.max_pool2d(x, kernel, stride, padding)`, rounding down.
    pub fn max_pool2d(&self, kernel: usize, stride: usize, padding: usize) -> Result<Tensor> {
        let (sizes, shape) = self.pool_sizes(kernel, stride, padding)?;
        let device = self.device();
        let out = device.allocate(Element::from(self.dtype()), shape.elements())?;
        let positions = device.allocate(Element::Index, shape.elements())?;
        device.run(Kernel::MaxPool(sizes), &[self.buffer()], &[&out, &positions])?;
        Ok(Tensor::result(shape, self.dtype(), out, Op::MaxPool { input: self.clone(), sizes, positions }))
    }

    /// `F.avg_pool2d(x, kernel, stride, padding)`, rounding down, padding counted.
    pub fn avg_pool2d(&self, kernel: usize, stride: usize, padding: usize) -> Result<Tensor> {
        let (sizes, shape) = self.pool_sizes(kernel, stride, padding)?;
        self.average_pooled(sizes, &shape)
    }

    /// The input times a mask of 0 and `1 / (1 - p)`, of this shape and dtype: what a dropout with that mask gives.
    pub fn dropout_with_mask(&self, mask: &Tensor) -> Result<Tensor> {
        if mask.shape() != self.shape() || mask.dtype() != self.dtype() {
            return Err(Error::Shape(format!("a mask of shape {} for an input of shape {}", mask.shape(), self.shape())));
        }
        let kernel = Kernel::Binary {
            op: BinaryOp::Multiply,
            sizes: self.shape().to_vec(),
            left_strides: self.shape().strides(),
            right_strides: self.shape().strides(),
        };
        let buffer = self.run(kernel, &[self, mask], Element::from(self.dtype()), self.numel())?;
        let op = Op::Dropout { input: self.clone(), mask: mask.clone() };
        Ok(Tensor::result(self.shape().clone(), self.dtype(), buffer, op).named("MulBackward0"))
    }
}
