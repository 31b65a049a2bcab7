//! Convolution and pooling with the kernels' own sizes, and their gradients. A gradient is an op as any other, so it can be
//! differentiated again: those of a convolution are convolutions of the same sizes, those of a pooling move elements there and back.

use super::Tensor;
use crate::backend::kernel::{ConvolutionSizes, PoolSizes};
use crate::backend::{Buffer, Element, Kernel};
use crate::error::Result;
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// The convolution of this input `(batch, in, height, width)` with a weight `(out, in, kernel height, kernel width)`:
    /// `(batch, out, out height, out width)`. Both must have the shapes that `sizes` says.
    pub(crate) fn convolved(&self, weight: &Tensor, sizes: ConvolutionSizes) -> Result<Tensor> {
        let op = Op::Convolution { input: self.clone(), weight: weight.clone(), sizes };
        self.with_window(Kernel::Convolution(sizes), weight, sizes.out_shape(), op)
    }

    /// What reaches the input of a convolution from the gradient of its result, which `self` is: of the input's shape.
    pub(crate) fn convolution_input_gradient(&self, weight: &Tensor, sizes: ConvolutionSizes) -> Result<Tensor> {
        let op = Op::ConvolutionInputGradient { gradient: self.clone(), weight: weight.clone(), sizes };
        self.with_window(Kernel::ConvolutionInputGradient(sizes), weight, sizes.input_shape(), op)
    }

    /// What reaches the weight of a convolution of this input from the gradient of its result: of the weight's shape.
    pub(crate) fn convolution_weight_gradient(&self, gradient: &Tensor, sizes: ConvolutionSizes) -> Result<Tensor> {
        let op = Op::ConvolutionWeightGradient { input: self.clone(), gradient: gradient.clone(), sizes };
        let kernel = Kernel::ConvolutionWeightGradient { sizes, shards: 1 };
        self.with_window(kernel, gradient, sizes.weight_shape(), op)
    }

    fn with_window(&self, kernel: Kernel, other: &Tensor, shape: [usize; 4], op: Op) -> Result<Tensor> {
        let shape = Shape::from(shape);
        let buffer = self.run(kernel, &[self, other], Element::from(self.dtype()), shape.elements())?;
        Ok(Tensor::result(shape, self.dtype(), buffer, op))
    }

    /// What reaches the input of a max-pooling, which has this shape, from the gradient of its result: each element goes to where
    /// the largest of its window was.
    pub(crate) fn max_pool_gradient(&self, sizes: PoolSizes, positions: Buffer, shape: &Shape) -> Result<Tensor> {
        let device = self.device();
        let out = device.allocate(Element::from(self.dtype()), shape.elements())?;
        device.run(Kernel::MaxPoolGradient(sizes), &[self.buffer(), &positions], &[&out])?;
        let op = Op::MaxPoolGradient { gradient: self.clone(), sizes, positions };
        Ok(Tensor::result(shape.clone(), self.dtype(), out, op))
    }

    /// The elements where the largest of each window was found in another tensor of this shape: `shape` is that of the result.
    pub(crate) fn at_winners(&self, sizes: PoolSizes, positions: Buffer, shape: &Shape) -> Result<Tensor> {
        let planes = self.reshape([sizes.planes, sizes.height * sizes.width])?;
        planes.gathered(1, positions, sizes.out_height() * sizes.out_width())?.reshape(shape.clone())
    }

    /// The mean of each window; `shape` is that of the result.
    pub(crate) fn average_pooled(&self, sizes: PoolSizes, shape: &Shape) -> Result<Tensor> {
        let buffer = self.run(Kernel::AveragePool(sizes), &[self], Element::from(self.dtype()), shape.elements())?;
        Ok(Tensor::result(shape.clone(), self.dtype(), buffer, Op::AveragePool { input: self.clone(), sizes }))
    }

    /// What reaches the input of an average-pooling, which has this shape, from the gradient of its result.
    pub(crate) fn average_pool_gradient(&self, sizes: PoolSizes, shape: &Shape) -> Result<Tensor> {
        let kernel = Kernel::AveragePoolGradient(sizes);
        let buffer = self.run(kernel, &[self], Element::from(self.dtype()), shape.elements())?;
        let op = Op::AveragePoolGradient { gradient: self.clone(), sizes };
        Ok(Tensor::result(shape.clone(), self.dtype(), buffer, op))
    }
}
