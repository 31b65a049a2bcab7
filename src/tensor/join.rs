//! Tensors put together along an axis.

use super::Tensor;
use crate::backend::{Buffer, Device, Element, HostData, Kernel, affordable};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// Tensors one behind the other along an axis: `torch.cat`.
    pub fn cat(tensors: &[Tensor], axis: i64) -> Result<Tensor> {
        // As in PyTorch, an empty list of numbers fits everywhere.
        let counts = |tensor: &&Tensor| tensor.shape()[..] != [0];
        let first = tensors.iter().find(counts).or(tensors.first());
        let first = first.ok_or_else(|| Error::Value("torch.cat(): expected a non-empty list of Tensors".to_string()))?;
        if first.dim() == 0 {
            return Err(Error::Shape("zero-dimensional tensor (at position 0) cannot be concatenated".to_string()));
        }
        let axis = first.shape().axis(axis)?;
        let dtype = tensors.iter().fold(first.dtype(), |dtype, tensor| dtype.promote(tensor.dtype()));
        let tensors: Vec<Tensor> = tensors.iter().map(|tensor| tensor.to_dtype(dtype)).collect::<Result<_>>()?;
        let mut sizes = first.shape().to_vec();
        sizes[axis] = 0;
        for (number, tensor) in tensors.iter().enumerate().filter(|(_, tensor)| counts(tensor) || first.dim() == 1) {
            if tensor.dim() != first.dim() {
                return Err(Error::Shape(format!(
                    "Tensors must have same number of dimensions: got {} and {}",
                    first.dim(),
                    tensor.dim()
                )));
            }
            if let Some(i) = (0..sizes.len()).find(|&i| i != axis && tensor.shape()[i] != sizes[i]) {
                return Err(Error::Shape(format!(
                    "Sizes of tensors must match except in dimension {axis}. Expected size {} but got size {} for tensor number {number} in \
                     the list.",
                    sizes[i],
                    tensor.shape()[i]
                )));
            }
            sizes[axis] += tensor.shape()[axis];
        }
        let shape = Shape::from(sizes);
        let buffer = concatenate(&tensors, axis, &shape)?;
        Ok(Tensor::result(shape, dtype, buffer, Op::Concatenate { inputs: tensors, axis }))
    }

    /// Tensors of one shape along a new axis: `torch.stack`.
    pub fn stack(tensors: &[Tensor], axis: i64) -> Result<Tensor> {
        if tensors.is_empty() {
            return Err(Error::Value("stack expects a non-empty TensorList".to_string()));
        }
        let expanded: Vec<Tensor> = tensors.iter().map(|tensor| tensor.unsqueeze(axis)).collect::<Result<_>>()?;
        if let Some(other) = tensors.iter().find(|tensor| tensor.shape() != tensors[0].shape()) {
            return Err(Error::Shape(format!(
                "stack expects each tensor to be equal size, but got {} at entry 0 and {} at entry {}",
                tensors[0].shape(),
                other.shape(),
                tensors.iter().position(|tensor| tensor.id() == other.id()).unwrap_or_default()
            )));
        }
        Ok(Tensor::cat(&expanded, axis)?.named("StackBackward0"))
    }

    /// `x.repeat(times)`: so many copies along each axis; further axes come in front.
    pub fn repeat(&self, times: &[usize]) -> Result<Tensor> {
        let Some(extra) = times.len().checked_sub(self.dim()) else {
            let what = "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor";
            return Err(Error::Shape(what.to_string()));
        };
        let own = |axis: usize| axis.checked_sub(extra).map_or(1, |axis| self.shape()[axis]);
        // Each axis gets one before it, which is stretched.
        let apart: Vec<usize> = (0..times.len()).flat_map(|axis| [1, own(axis)]).collect();
        let stretched: Vec<usize> = (0..times.len()).flat_map(|axis| [times[axis], own(axis)]).collect();
        let sizes: Vec<usize> = (0..times.len()).map(|axis| times[axis] * own(axis)).collect();
        Ok(self.reshape(apart)?.broadcast_to(stretched)?.reshape(sizes)?.named("RepeatBackward0"))
    }

    /// `torch.roll(x, shift, dim)`: moved along an axis; what falls off comes back at the other end.
    pub fn roll(&self, shift: i64, axis: i64) -> Result<Tensor> {
        let size = self.shape().get(self.shape().axis(axis)?).copied().unwrap_or(0) as i64;
        if size == 0 {
            return self.affine(1.0, 0.0);
        }
        let start = size - shift.rem_euclid(size);
        let parts = [self.slice(axis, start, size, 1)?, self.slice(axis, 0, start, 1)?];
        Ok(Tensor::cat(&parts, axis)?.named("RollBackward0"))
    }
}

/// The elements of all, in memory of this shape.
fn concatenate(tensors: &[Tensor], axis: usize, shape: &Shape) -> Result<Buffer> {
    let device = tensors.first().map_or(Device::Cpu, Tensor::device);
    if device != Device::Cpu {
        return concatenate_by_adding(tensors, axis, shape);
    }
    let inner: usize = shape[axis + 1..].iter().product();
    let row = shape[axis] * inner;
    let outer: usize = shape[..axis].iter().product();
    let element = tensors.first().map_or(Element::Float32, |tensor| Element::from(tensor.dtype()));
    affordable(element, shape.elements())?;
    let mut whole = HostData::zeros(element, shape.elements());
    let mut offset = 0;
    for tensor in tensors.iter().filter(|tensor| tensor.dim() == shape.len()) {
        let part = tensor.shape()[axis] * inner;
        whole.put_runs((0..outer).map(|block| block * row + offset), part, &tensor.host()?);
        offset += part;
    }
    device.upload(whole)
}

/// The same on a device whose kernels can only add: each part is written where `RearrangeAdd` of the gradient of a cut would write
/// it; the parts do not overlap.
fn concatenate_by_adding(tensors: &[Tensor], axis: usize, shape: &Shape) -> Result<Buffer> {
    let mut total: Option<Tensor> = None;
    let strides: Vec<isize> = shape.strides().iter().map(|&stride| stride as isize).collect();
    let mut offset = 0;
    for tensor in tensors.iter().filter(|tensor| tensor.dim() == shape.len()).map(Tensor::detach) {
        let sizes = tensor.shape().to_vec();
        let kernel = Kernel::RearrangeAdd { sizes, strides: strides.clone(), offset };
        offset += tensor.shape()[axis] * shape.strides()[axis];
        let part = tensor.run(kernel, &[&tensor], Element::from(tensor.dtype()), shape.elements())?;
        let part = Tensor::from_buffer(part, shape.clone())?;
        total = Some(match total {
            Some(total) if total.dtype() == crate::DType::Bool => total.logical_or(&part)?,
            Some(total) => total.add(&part)?,
            None => part,
        });
    }
    total.map(|tensor| tensor.buffer().clone()).ok_or_else(|| Error::Value("nothing to concatenate".to_string()))
}
