//! Folding axes away: sums, means, extremes.

use super::Tensor;
use crate::backend::kernel::{Kernel, ReduceOp};
use crate::backend::{Buffer, Device, Element};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// The axes named, sorted; all of them for an empty list. Negative ones count from the end.
    pub(crate) fn axes(&self, axes: &[i64]) -> Result<Vec<usize>> {
        if axes.is_empty() {
            return Ok((0..self.dim()).collect());
        }
        let mut sorted: Vec<usize> = axes.iter().map(|&axis| self.shape().axis(axis)).collect::<Result<_>>()?;
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Error::Value(format!("dim {} appears multiple times in the list of dims", pair[0])));
        }
        // A scalar has no axis to fold, though PyTorch lets one name 0 or -1.
        Ok(if self.dim() == 0 { vec![] } else { sorted })
    }

    /// Sums the axes, which stay with size 1. `shards` as in [`Kernel`].
    pub(crate) fn sum_buffer(&self, axes: &[usize], shards: usize) -> Result<(Shape, Buffer)> {
        let mut sizes = self.shape().to_vec();
        let mut current = self.detach();
        // Neighbouring axes fold in one call.
        let mut end = axes.len();
        while end > 0 {
            let mut start = end - 1;
            while start > 0 && axes[start - 1] + 1 == axes[start] {
                start -= 1;
            }
            let (first, last) = (axes[start], axes[end - 1]);
            let product = |range: &[usize]| range.iter().product::<usize>();
            let (outer, axis, inner) =
                (product(&sizes[..first]), product(&sizes[first..=last]), product(&sizes[last + 1..]));
            let kernel = Kernel::Reduce { op: ReduceOp::Sum, outer, axis, inner, shards };
            let buffer = current.run(kernel, &[&current], Element::from(current.dtype()), outer * inner)?;
            sizes[first..=last].fill(1);
            current = Tensor::from_buffer(buffer, sizes.clone())?;
            end = start;
        }
        Ok((Shape::from(sizes), current.buffer().clone()))
    }

    /// Sum over the axes (all for an empty list): `torch.sum`. Bool sums to int64.
    pub fn sum(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return self.to_dtype(DType::Int64)?.sum(axes, keepdim);
        }
        // PyTorch has one op for all axes, and another for those that are named.
        let name = if axes.is_empty() { "SumBackward0" } else { "SumBackward1" };
        let axes = self.axes(axes)?;
        let (shape, buffer) = self.sum_buffer(&axes, 1)?;
        let shape = kept(&shape, &axes, keepdim);
        Ok(Tensor::result(shape, self.dtype(), buffer, Op::Sum { input: self.clone(), axes }).named(name))
    }

    /// The sum with float64 in between where the device has it: what must add up to 1 then does.
    pub(crate) fn precise_sum(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        if self.dtype() != DType::Float32 || self.device() != Device::Cpu {
            return self.sum(axes, keepdim);
        }
        self.to_dtype(DType::Float64)?.sum(axes, keepdim)?.to_dtype(DType::Float32)
    }

    /// Mean over the axes (all for an empty list): `torch.mean`. Floating dtypes only.
    pub fn mean(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        if !self.dtype().is_floating() {
            return Err(Error::DType(format!(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
                if self.dtype() == DType::Bool { "Bool" } else { "Long" }
            )));
        }
        let name = if axes.is_empty() { "MeanBackward0" } else { "MeanBackward1" };
        let axes = self.axes(axes)?;
        let count: usize = axes.iter().map(|&axis| self.shape()[axis]).product();
        let (shape, buffer) = self.sum_buffer(&axes, 1)?;
        let sum = Tensor::from_buffer(buffer, shape.clone())?;
        let mean = sum.affine(1.0 / count as f64, 0.0)?;
        let shape = kept(&shape, &axes, keepdim);
        let op = Op::Mean { input: self.clone(), axes };
        Ok(Tensor::result(shape, self.dtype(), mean.buffer().clone(), op).named(name))
    }

    /// Product along an axis: `torch.prod(x, dim)`. Bool gives int64.
    pub fn prod(&self, axis: i64, keepdim: bool) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return self.to_dtype(DType::Int64)?.prod(axis, keepdim);
        }
        let axis = self.shape().axis(axis)?;
        if self.dim() == 0 {
            return self.reshape([1])?.prod(0, false);
        }
        let (outer, size, inner) = self.split_at_axis(axis);
        let kernel = Kernel::Reduce { op: ReduceOp::Product, outer, axis: size, inner, shards: 1 };
        let buffer = self.run(kernel, &[self], Element::from(self.dtype()), outer * inner)?;
        let mut sizes = self.shape().to_vec();
        sizes[axis] = 1;
        let shape = kept(&Shape::from(sizes), &[axis], keepdim);
        Ok(Tensor::result(shape, self.dtype(), buffer, Op::Product { input: self.clone(), axis }))
    }

    fn extreme(&self, axis: i64, keepdim: bool, largest: bool) -> Result<(Tensor, Tensor)> {
        let axis = self.shape().axis(axis)?;
        if self.dim() == 0 {
            return self.reshape([1])?.extreme(0, false, largest);
        }
        let (outer, size, inner) = self.split_at_axis(axis);
        if size == 0 {
            return Err(Error::Index(format!(
                "{}(): Expected reduction dim {axis} to have non-zero size.",
                if largest { "max" } else { "min" }
            )));
        }
        let op = if largest { ReduceOp::Maximum } else { ReduceOp::Minimum };
        let device = self.device();
        let values = device.allocate(Element::from(self.dtype()), outer * inner)?;
        let positions = device.allocate(Element::Index, outer * inner)?;
        let kernel = Kernel::Reduce { op, outer, axis: size, inner, shards: 1 };
        device.run(kernel, &[self.buffer()], &[&values, &positions])?;
        let mut sizes = self.shape().to_vec();
        sizes[axis] = 1;
        let index = device.allocate(Element::Int64, outer * inner)?;
        device.run(Kernel::Cast, &[&positions], &[&index])?;
        let shape = kept(&Shape::from(sizes), &[axis], keepdim);
        let index = Tensor::from_buffer(index, shape.clone())?;
        let op = Op::Extreme { input: self.clone(), axis, largest, positions };
        Ok((Tensor::result(shape, self.dtype(), values, op), index))
    }

    /// The largest along an axis and where it stands (int64): `torch.max(x, dim)`.
    pub fn max_along(&self, axis: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme(axis, keepdim, true)
    }

    /// The smallest along an axis and where it stands (int64): `torch.min(x, dim)`.
    pub fn min_along(&self, axis: i64, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme(axis, keepdim, false)
    }

    /// Position of the largest along an axis (int64): `torch.argmax(x, dim)`.
    pub fn argmax(&self, axis: i64, keepdim: bool) -> Result<Tensor> {
        self.position("argmax", axis, keepdim, true)
    }

    /// Position of the smallest along an axis (int64): `torch.argmin(x, dim)`.
    pub fn argmin(&self, axis: i64, keepdim: bool) -> Result<Tensor> {
        self.position("argmin", axis, keepdim, false)
    }

    fn position(&self, name: &str, axis: i64, keepdim: bool, largest: bool) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return Err(Error::DType(format!("{name}(): does not support bool input")));
        }
        let at = self.shape().axis(axis)?;
        if self.dim() > 0 && self.shape()[at] == 0 {
            return Err(Error::Index(format!("{name}(): Expected reduction dim {at} to have non-zero size.")));
        }
        Ok(self.extreme(axis, keepdim, largest)?.1)
    }

    /// The largest or smallest of each row of a matrix, in this shape; equal ones will share the gradient.
    pub(crate) fn shared_extreme(&self, largest: bool, of_all: bool, shape: Shape) -> Result<Tensor> {
        let values = self.detach().extreme(1, false, largest)?.0;
        let op = Op::SharedExtreme { input: self.clone(), largest, of_all };
        Ok(Tensor::result(shape, self.dtype(), values.buffer().clone(), op))
    }

    /// Elements before, along and after an axis: how kernels see a tensor.
    pub(crate) fn split_at_axis(&self, axis: usize) -> (usize, usize, usize) {
        let sizes = self.shape();
        (sizes[..axis].iter().product(), sizes[axis], sizes[axis + 1..].iter().product())
    }
}

/// A shape without the folded axes, unless they stay with size 1.
fn kept(shape: &Shape, axes: &[usize], keepdim: bool) -> Shape {
    if keepdim {
        return shape.clone();
    }
    let sizes = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
    Shape::from(sizes.map(|(_, &size)| size).collect::<Vec<_>>())
}
