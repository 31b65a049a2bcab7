//! Other looks at the same elements: shapes, transpositions, cuts, selections by position.

use super::Tensor;
use crate::backend::{Device, Element, HostData, Kernel, Recording};
use crate::error::{Error, Result};
use crate::op::{Op, ViewKind};
use crate::shape::Shape;

impl Tensor {
    /// The same elements in another shape: `tensor.reshape(...)`, all sizes given.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        if shape.elements() != self.numel() {
            return Err(Error::Shape(format!("shape '{shape}' is invalid for input of size {}", self.numel())));
        }
        let op = Op::Reshape { input: self.clone() };
        Ok(Tensor::result(shape, self.dtype(), self.buffer().clone(), op))
    }

    /// The same elements in another shape, where one size may be -1: it follows from the others.
    pub fn view(&self, sizes: &[i64]) -> Result<Tensor> {
        let known: i64 = sizes.iter().filter(|&&size| size != -1).product();
        let unknown = sizes.iter().filter(|&&size| size == -1).count();
        let invalid = || Error::Shape(format!("shape '{sizes:?}' is invalid for input of size {}", self.numel()));
        if unknown > 1 {
            return Err(Error::Shape("only one dimension can be inferred".to_string()));
        }
        if let Some((i, size)) = sizes.iter().enumerate().find(|&(_, &size)| size < -1) {
            return Err(Error::Shape(format!("invalid shape dimension {size} at index {i} of shape {sizes:?}")));
        }
        let numel = self.numel() as i64;
        if unknown == 1 && (known == 0 || numel % known != 0) {
            return Err(invalid());
        }
        let filled = sizes.iter().map(|&size| if size == -1 { numel / known } else { size } as usize);
        self.reshape(filled.collect::<Vec<_>>()).map_err(|_| invalid())
    }

    /// Axes `start..=end` as one: `torch.flatten`.
    pub fn flatten(&self, start: i64, end: i64) -> Result<Tensor> {
        if self.dim() == 0 {
            return self.reshape([1]);
        }
        let (start, end) = (self.shape().axis(start)?, self.shape().axis(end)?);
        if start > end {
            return Err(Error::Shape("flatten() has invalid args: start_dim cannot come after end_dim".to_string()));
        }
        let mut sizes = self.shape()[..start].to_vec();
        sizes.push(self.shape()[start..=end].iter().product());
        sizes.extend(&self.shape()[end + 1..]);
        self.reshape(sizes)
    }

    /// A new axis of size 1 at `axis`: `torch.unsqueeze`.
    pub fn unsqueeze(&self, axis: i64) -> Result<Tensor> {
        let rank = self.dim() as i64 + 1;
        if axis < -rank || axis >= rank {
            return Err(Error::Dimension { low: -rank, high: rank - 1, got: axis });
        }
        let mut sizes = self.shape().to_vec();
        sizes.insert(if axis < 0 { axis + rank } else { axis } as usize, 1);
        Ok(self.reshape(sizes)?.named("UnsqueezeBackward0"))
    }

    /// Without the axis, if its size is 1: `torch.squeeze(dim)`; `None`: without all such axes.
    pub fn squeeze(&self, axis: Option<i64>) -> Result<Tensor> {
        let only = axis.map(|axis| self.shape().axis(axis)).transpose()?;
        let sizes = self.shape().iter().enumerate().filter(|&(i, &size)| size != 1 || only.is_some_and(|only| only != i));
        let name = if axis.is_some() { "SqueezeBackward1" } else { "SqueezeBackward0" };
        Ok(self.reshape(sizes.map(|(_, &size)| size).collect::<Vec<_>>())?.named(name))
    }

    /// A strided look, copied out.
    pub(crate) fn strided(&self, kind: ViewKind, sizes: Vec<usize>, strides: Vec<isize>, offset: usize) -> Result<Tensor> {
        let shape = Shape::from(sizes);
        let kernel = Kernel::Rearrange { sizes: shape.to_vec(), strides: strides.clone(), offset };
        let buffer = self.run(kernel, &[self], Element::from(self.dtype()), shape.elements())?;
        Ok(Tensor::result(shape, self.dtype(), buffer, Op::View { input: self.clone(), kind, strides, offset }))
    }

    /// The way back from a strided look: zeros of a shape, and each element of this tensor added where the look reads it.
    pub(crate) fn spread(&self, shape: &Shape, strides: &[isize], offset: usize) -> Result<Tensor> {
        let kernel = Kernel::RearrangeAdd { sizes: self.shape().to_vec(), strides: strides.to_vec(), offset };
        let buffer = self.run(kernel, &[self], Element::from(self.dtype()), shape.elements())?;
        let op = Op::Spread { input: self.clone(), strides: strides.to_vec(), offset };
        Ok(Tensor::result(shape.clone(), self.dtype(), buffer, op))
    }

    /// The same for several looks at one tensor: each element added where its look reads it. What a recording must see goes through
    /// kernels, a tensor for each look; else one tensor takes them all.
    pub(crate) fn spread_all(looks: &[(&Tensor, &[isize], usize)], shape: &Shape) -> Result<Tensor> {
        let on_cpu = looks.iter().all(|(gradient, ..)| gradient.device() == Device::Cpu);
        let [(first, strides, offset), others @ ..] = looks else {
            return Err(Error::Value("no look to add up".to_string()));
        };
        if others.is_empty() || !on_cpu || Recording::is_on() {
            let whole = first.spread(shape, strides, *offset)?;
            return others
                .iter()
                .try_fold(whole, |sum, (gradient, strides, offset)| sum.add(&gradient.spread(shape, strides, *offset)?));
        }
        let mut whole = HostData::zeros(Element::from(first.dtype()), shape.elements());
        for (gradient, strides, offset) in looks {
            whole.add_strided(gradient.shape(), strides, *offset, &gradient.host()?);
        }
        Tensor::from_buffer(Device::Cpu.upload(whole)?, shape.clone())
    }

    /// Axes in another order: `torch.permute`.
    pub fn permute(&self, order: &[i64]) -> Result<Tensor> {
        if order.len() != self.dim() {
            return Err(Error::Shape(format!(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of \
                 dimensions i.e. input.dim() = {} is not equal to len(dims) = {}",
                self.dim(),
                order.len()
            )));
        }
        let order: Vec<usize> = order.iter().map(|&axis| self.shape().axis(axis)).collect::<Result<_>>()?;
        let mut seen = vec![false; order.len()];
        if order.iter().any(|&axis| std::mem::replace(&mut seen[axis], true)) {
            return Err(Error::Shape("permute(): duplicate dims are not allowed.".to_string()));
        }
        self.reordered(ViewKind::Permute, &order)
    }

    fn reordered(&self, kind: ViewKind, order: &[usize]) -> Result<Tensor> {
        let strides = self.shape().strides();
        let sizes = order.iter().map(|&axis| self.shape()[axis]).collect();
        self.strided(kind, sizes, order.iter().map(|&axis| strides[axis] as isize).collect(), 0)
    }

    /// Two axes swapped: `torch.transpose`.
    pub fn transpose(&self, a: i64, b: i64) -> Result<Tensor> {
        let (a, b) = (self.shape().axis(a)?, self.shape().axis(b)?);
        let mut order: Vec<usize> = (0..self.dim()).collect();
        if !order.is_empty() {
            order.swap(a, b);
        }
        self.reordered(ViewKind::Transpose, &order)
    }

    /// The transposed matrix: `torch.t`, for at most two axes.
    pub fn t(&self) -> Result<Tensor> {
        match self.dim() {
            0 | 1 => Ok(self.clone()),
            2 => Ok(self.transpose(0, 1)?.named("TBackward0")),
            n => Err(Error::Shape(format!("t() expects a tensor with <= 2 dimensions, but self is {n}D"))),
        }
    }

    /// Stretched to a shape by repeating axes of size 1: `torch.broadcast_to`.
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Result<Tensor> {
        let target = shape.into();
        if &target == self.shape() {
            return Ok(self.clone());
        }
        let Some(extra) = target.len().checked_sub(self.dim()) else {
            return Err(Error::Shape(format!(
                "expand(torch.{}Tensor{{{}}}, size={target}): the number of sizes provided ({}) must be greater or equal to the number of \
                 dimensions in the tensor ({})",
                self.dtype().class_name(),
                self.shape(),
                target.len(),
                self.dim()
            )));
        };
        // From the right, so that the axis named is the one PyTorch names.
        for axis in (extra..target.len()).rev() {
            let (own, wanted) = (self.shape()[axis - extra], target[axis]);
            if own != wanted && own != 1 {
                return Err(Error::Shape(format!(
                    "The expanded size of the tensor ({wanted}) must match the existing size ({own}) at non-singleton dimension {axis}.  \
                     Target sizes: {target}.  Tensor sizes: {}",
                    self.shape()
                )));
            }
        }
        let strides = self.shape().broadcast_strides(&target).into_iter().map(|stride| stride as isize).collect();
        self.strided(ViewKind::Expand, target.to_vec(), strides, 0)
    }

    /// Positions `start..end` in steps of `step` along an axis: `x[start:end:step]`. Bounds are cut to the axis.
    pub fn slice(&self, axis: i64, start: i64, end: i64, step: usize) -> Result<Tensor> {
        let axis = self.shape().axis(axis)?;
        if self.dim() == 0 {
            return Err(Error::Index("slice() cannot be applied to a 0-dim tensor.".to_string()));
        }
        if step == 0 {
            return Err(Error::Value("slice step must be positive".to_string()));
        }
        let size = self.shape()[axis] as i64;
        let bound = |position: i64| if position < 0 { position + size } else { position }.clamp(0, size) as usize;
        let (start, end) = (bound(start), bound(end));
        let strides = self.shape().strides();
        let mut sizes = self.shape().to_vec();
        sizes[axis] = end.saturating_sub(start).div_ceil(step);
        let offset = if sizes[axis] == 0 { 0 } else { start * strides[axis] };
        let mut steps: Vec<isize> = strides.iter().map(|&stride| stride as isize).collect();
        steps[axis] *= step as isize;
        self.strided(ViewKind::Slice, sizes, steps, offset)
    }

    /// One position along an axis, which goes: `x[index]`.
    pub fn select(&self, axis: i64, index: i64) -> Result<Tensor> {
        if self.dim() == 0 {
            return Err(Error::Index(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor \
                 to a number"
                    .to_string(),
            ));
        }
        let axis = self.shape().axis(axis)?;
        let size = self.shape()[axis] as i64;
        if index < -size || index >= size {
            return Err(Error::Index(format!("index {index} is out of bounds for dimension {axis} with size {size}")));
        }
        let position = if index < 0 { index + size } else { index } as usize;
        let mut sizes = self.shape().to_vec();
        let mut strides: Vec<isize> = self.shape().strides().iter().map(|&stride| stride as isize).collect();
        sizes.remove(axis);
        let stride = strides.remove(axis) as usize;
        self.strided(ViewKind::Select, sizes, strides, position * stride)
    }

    /// Slices along an axis by a list of positions, which may be negative and may repeat: `x[:, [2, 1, 0]]`.
    pub fn index_select(&self, axis: i64, positions: &[i64]) -> Result<Tensor> {
        let axis = self.shape().axis(axis)?;
        if self.dim() == 0 {
            return Err(Error::Index("index_select of a 0-dim tensor: it has no axis".to_string()));
        }
        let size = self.shape()[axis];
        let index = positions.iter().map(|&position| {
            let counted = if position < 0 { position + size as i64 } else { position };
            u32::try_from(counted).ok().filter(|&counted| (counted as usize) < size).ok_or_else(|| {
                Error::Index(format!("index {position} is out of bounds for dimension {axis} with size {size}"))
            })
        });
        let index = self.device().upload(HostData::Index(index.collect::<Result<_>>()?))?;
        self.selected(axis, index)
    }
}
