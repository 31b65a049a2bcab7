//! Fused ops for training, float32: fewer passes over memory, no intermediates. Each has a plain twin in `functional`;
//! a test shows that they agree. The inspector uses the plain ones.

use super::Tensor;
use crate::backend::kernel::{Activation, Kernel};
use crate::backend::{Buffer, Element};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;
use crate::tensor::Conv2dSize;

impl Tensor {
    /// `activation(x (rows, in) weight^T (in, out) + bias (out))`. `shards` cut the batch in the weight gradient.
    pub fn linear_activated(&self, weight: &Tensor, bias: &Tensor, activation: Activation, shards: usize) -> Result<Tensor> {
        let (&[m, k], &[n, k_weight]) = (&self.shape()[..], &weight.shape()[..]) else {
            return Err(Error::Shape(format!(
                "linear: input {} and weight {} must be matrices",
                self.shape(),
                weight.shape()
            )));
        };
        if k != k_weight || bias.numel() != n {
            return Err(Error::Shape(format!("mm: mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {k_weight}x{n})")));
        }
        let kernel = Kernel::Linear { m, k, n, activation };
        let buffer = self.run(kernel, &[self, weight, bias], Element::Float32, m * n)?;
        let op = Op::Linear { input: self.clone(), weight: weight.clone(), bias: bias.clone(), activation, shards };
        Ok(Tensor::result(Shape::from([m, n]), self.dtype(), buffer, op))
    }

    /// Convolution, bias, ReLU and 2x2 max-pooling: `(n, c, h, w) -> (n, out, h' / 2, w' / 2)`, rounded down.
    pub fn convolution_block(&self, weight: &Tensor, bias: &Tensor, size: Conv2dSize, shards: usize) -> Result<Tensor> {
        let sizes = self.convolution_sizes(weight, size)?;
        let shape = Shape::from([sizes.batch, sizes.out_channels, sizes.out_height() / 2, sizes.out_width() / 2]);
        let device = self.device();
        let out = device.allocate(Element::Float32, shape.elements())?;
        let positions = device.allocate(Element::Byte, shape.elements())?;
        let inputs = [self.buffer(), weight.buffer(), bias.buffer()];
        device.run(Kernel::ConvolutionBlock(sizes), &inputs, &[&out, &positions])?;
        let op = Op::ConvolutionBlock {
            input: self.clone(),
            weight: weight.clone(),
            bias: bias.clone(),
            sizes,
            positions,
            shards,
        };
        Ok(Tensor::result(shape, self.dtype(), out, op))
    }

    /// Cross-entropy of `(rows, classes)` logits with labels (Index), the rows' sum times `scale` (1 / batch for the mean over a
    /// batch of which these rows may be a part).
    pub fn softmax_cross_entropy(&self, labels: &Buffer, scale: f64, shards: usize) -> Result<Tensor> {
        let &[rows, classes] = &self.shape()[..] else {
            return Err(Error::Shape(format!("cross-entropy expects (rows, classes), got {}", self.shape())));
        };
        let device = self.device();
        let loss = device.allocate(Element::Float32, 1)?;
        let gradient = device.allocate(Element::Float32, rows * classes)?;
        let kernel = Kernel::SoftmaxCrossEntropy { rows, classes, scale, shards };
        device.run(kernel, &[self.buffer(), labels], &[&loss, &gradient])?;
        let op = Op::SoftmaxCrossEntropy { logits: self.clone(), gradient };
        Ok(Tensor::result(Shape::default(), self.dtype(), loss, op))
    }

    /// Dropout of a recorded step: row `cursor[0]` of `masks`, of `row` bytes a step, from `first` on, scaled.
    pub fn step_dropout(&self, masks: &Buffer, cursor: &Buffer, first: usize, row: usize, scale: f32) -> Result<Tensor> {
        let device = self.device();
        let elements = self.numel();
        let out = device.allocate(Element::Float32, elements)?;
        let kernel = Kernel::Dropout { elements, first, row, scale };
        device.run(kernel, &[self.buffer(), masks, cursor], &[&out])?;
        let op = Op::StepDropout { input: self.clone(), masks: masks.clone(), cursor: cursor.clone(), first, row, scale };
        Ok(Tensor::result(self.shape().clone(), self.dtype(), out, op))
    }
}
