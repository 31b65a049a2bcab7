//! Where the elements of a view lie in the memory that it shares: sizes, strides and a first position, all in elements. The core's
//! own tensors are contiguous; this is the account that lets a write through one view show in the others.

use super::look::look;
use super::{Index, Tensor, no_grad};
use crate::backend::Device;
use crate::error::{Error, Result};
use crate::op::{Op, ViewKind};
use crate::shape::Shape;
use std::rc::Rc;

/// The place of a view in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The sizes of the view.
    pub sizes: Vec<usize>,
    /// How far the next element along each axis is: `tensor.stride()`.
    pub strides: Vec<usize>,
    /// Where the first element is: `tensor.storage_offset()`.
    pub offset: usize,
}

impl Layout {
    /// A whole tensor in memory of its own.
    pub fn contiguous(shape: &Shape) -> Layout {
        Layout { sizes: shape.to_vec(), strides: shape.strides(), offset: 0 }
    }

    /// Whether the elements follow each other row by row: `tensor.is_contiguous()`.
    pub fn is_contiguous(&self) -> bool {
        let full = Shape::new(&self.sizes).strides();
        let axes = self.sizes.iter().zip(self.strides.iter().zip(&full));
        self.sizes.contains(&0) || axes.into_iter().all(|(&size, (own, full))| size == 1 || own == full)
    }

    /// Whether two elements of the view are one in memory, as in an expanded tensor.
    pub fn overlaps_itself(&self) -> bool {
        self.sizes.iter().zip(&self.strides).any(|(&size, &stride)| size > 1 && stride == 0)
    }

    /// Whether two views of the same memory share some elements without being the same view: what an operation that reads one and
    /// writes the other must not be given.
    pub fn overlaps_in_part(&self, other: &Layout) -> bool {
        let dense = |layout: &Layout| layout.end() - layout.offset == layout.sizes.iter().product::<usize>();
        let meets = self.offset < other.end() && other.offset < self.end();
        let single = |layout: &Layout| layout.sizes.iter().all(|&size| size == 1);
        meets
            && !(single(self) && single(other))
            && dense(self)
            && dense(other)
            && (self.strides != other.strides || (self.offset, self.end()) != (other.offset, other.end()))
    }

    /// One behind the last element.
    fn end(&self) -> usize {
        match self.sizes.contains(&0) {
            true => self.offset,
            false => {
                self.offset
                    + 1
                    + self.sizes.iter().zip(&self.strides).map(|(size, stride)| (size - 1) * stride).sum::<usize>()
            }
        }
    }

    /// Where each element lies, in the order of the view.
    pub fn positions(&self) -> Vec<usize> {
        let mut positions = vec![self.offset];
        for (&size, &stride) in self.sizes.iter().zip(&self.strides) {
            positions = positions.iter().flat_map(|&start| (0..size).map(move |i| start + i * stride)).collect();
        }
        positions
    }

    /// The same elements in another shape, if they can be reached with strides: `tensor.view(...)`.
    pub fn reshaped(&self, sizes: &[usize]) -> Option<Layout> {
        let of = |strides: Vec<usize>| Some(Layout { sizes: sizes.to_vec(), strides, offset: self.offset });
        if self.is_contiguous() || sizes.contains(&0) {
            return of(Shape::new(sizes).strides());
        }
        // From the right: axes that lie evenly in memory are one run, which the new sizes must fill exactly.
        let mut strides = vec![0; sizes.len()];
        let mut to = sizes.len();
        let mut run = 1;
        let mut base = *self.strides.last()?;
        for axis in (0..self.sizes.len()).rev() {
            run *= self.sizes[axis];
            let ends = axis == 0 || (self.sizes[axis - 1] != 1 && self.strides[axis - 1] != run * base);
            if !ends {
                continue;
            }
            let mut filled = 1;
            while to > 0 && (filled < run || sizes[to - 1] == 1) {
                to -= 1;
                strides[to] = filled * base;
                filled *= sizes[to];
            }
            if filled != run {
                return None;
            }
            if axis > 0 {
                (run, base) = (1, self.strides[axis - 1]);
            }
        }
        if to == 0 { of(strides) } else { None }
    }

    /// The axes in another order.
    pub fn permuted(&self, order: &[usize]) -> Layout {
        let pick = |from: &[usize]| order.iter().map(|&axis| from[axis]).collect();
        Layout { sizes: pick(&self.sizes), strides: pick(&self.strides), offset: self.offset }
    }

    /// Stretched to sizes that it broadcasts to. A new axis of size 1 lies beyond those to its right.
    pub fn expanded(&self, sizes: &[usize]) -> Layout {
        let extra = sizes.len() - self.sizes.len();
        let mut strides = vec![0; sizes.len()];
        for axis in (0..sizes.len()).rev() {
            strides[axis] = match axis.checked_sub(extra) {
                Some(own) if self.sizes[own] == sizes[axis] => self.strides[own],
                None if sizes[axis] == 1 => sizes.get(axis + 1).map_or(1, |size| size * strides[axis + 1]),
                _ => 0,
            };
        }
        Layout { sizes: sizes.to_vec(), strides, offset: self.offset }
    }

    /// With a new axis of size 1.
    pub fn unsqueezed(&self, axis: usize) -> Layout {
        let mut layout = self.clone();
        let stride = if axis < self.sizes.len() { self.sizes[axis] * self.strides[axis] } else { 1 };
        layout.sizes.insert(axis, 1);
        layout.strides.insert(axis, stride);
        layout
    }

    /// Without these axes, each of size 1.
    pub fn squeezed(&self, axes: &[usize]) -> Layout {
        let kept: Vec<usize> = (0..self.sizes.len()).filter(|axis| !axes.contains(axis)).collect();
        self.permuted(&kept)
    }

    /// `x[parts]`, where no part is a list or a mask.
    pub fn at(&self, parts: &[Index]) -> Result<Layout> {
        let look = look(self, parts)?;
        let strides = look.strides.iter().map(|&stride| stride.unsigned_abs()).collect();
        Ok(Layout { sizes: look.sizes, strides, offset: look.offset })
    }
}

impl Tensor {
    /// This tensor with the elements at these positions (row-major) replaced by those of `value`, in order; differentiable for
    /// both. `torch.as_strided_scatter`, for any positions.
    pub(crate) fn overwrite(&self, positions: Rc<[usize]>, value: &Tensor) -> Result<Tensor> {
        if positions.len() != value.numel() || positions.iter().any(|&position| position >= self.numel()) {
            return Err(Error::Index(format!("{} values for {} places", value.numel(), positions.len())));
        }
        let buffer = match self.device() {
            Device::Cpu => {
                let mut data = self.host()?;
                data.put(&positions, &value.host()?);
                Device::Cpu.upload(data)?
            }
            Device::Gpu(_) => no_grad(|| self.picked_over(&positions, value))?.buffer().clone(),
        };
        let op = Op::Overwrite { input: self.clone(), value: value.clone(), positions };
        Ok(Tensor::result(self.shape().clone(), self.dtype(), buffer, op))
    }

    /// The same where elements cannot be had at once: each is picked from the old ones or from the value, laid one behind the other.
    fn picked_over(&self, positions: &[usize], value: &Tensor) -> Result<Tensor> {
        let mut source: Vec<i64> = (0..self.numel() as i64).collect();
        for (from, &position) in positions.iter().enumerate() {
            source[position] = (self.numel() + from) as i64;
        }
        let both = Tensor::cat(&[self.reshape([self.numel()])?, value.reshape([value.numel()])?], 0)?;
        both.index_select(0, &source)
    }

    /// The elements at these positions (row-major), in a shape: `torch.as_strided`, for any positions.
    pub(crate) fn taken(&self, positions: &[usize], shape: &Shape) -> Result<Tensor> {
        let index: Vec<i64> = positions.iter().map(|&position| position as i64).collect();
        self.reshape([self.numel()])?.index_select(0, &index)?.reshape(shape.clone())
    }

    /// The elements of contiguous memory that a view shows, without history; `self` is the memory.
    pub(crate) fn shown(&self, layout: &Layout) -> Result<Tensor> {
        let strides = layout.strides.iter().map(|&stride| stride as isize).collect();
        let offset = if layout.sizes.contains(&0) { 0 } else { layout.offset };
        self.detach().strided(ViewKind::Slice, layout.sizes.clone(), strides, offset)
    }
}
