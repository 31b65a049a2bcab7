//! Indexing as in Python: `x[0, 1:3, ..., None, [2, 0], mask]`, for reading and for assignment. Integers, ranges, new
//! axes and the ellipsis are strided looks; lists and masks become one list of positions for all their axes together.

use super::{Layout, Tensor};
use crate::backend::HostData;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::op::ViewKind;
use crate::shape::Shape;

/// One part of an index, between two commas.
#[derive(Debug, Clone, PartialEq)]
pub enum Index {
    /// `3`, `-1`: one position; the axis goes.
    At(i64),
    /// `start:end:step`, each of which may be left out; the step is positive.
    Range { start: Option<i64>, end: Option<i64>, step: Option<i64> },
    /// `...`: as many whole axes as are left.
    Ellipsis,
    /// `None`: a new axis of size 1.
    NewAxis,
    /// `[2, 0]` or a tensor of integers, of any shape: the positions along one axis.
    List { positions: Vec<i64>, shape: Vec<usize> },
    /// Truths in the shape of the axes that it covers: where they are true.
    Mask { truths: Vec<bool>, shape: Vec<usize> },
}

impl Index {
    /// `:`, the whole axis.
    pub const ALL: Index = Index::Range { start: None, end: None, step: None };

    /// `start:end`
    pub fn range(start: i64, end: i64) -> Index {
        Index::Range { start: Some(start), end: Some(end), step: None }
    }

    /// `[2, 1, 0]`
    pub fn list(positions: &[i64]) -> Index {
        Index::List { positions: positions.to_vec(), shape: vec![positions.len()] }
    }

    /// A tensor of int64 or bool on the CPU as a part of an index.
    pub fn tensor(tensor: &Tensor) -> Result<Index> {
        let shape = tensor.shape().to_vec();
        match tensor.host()? {
            HostData::Int64(positions) => Ok(Index::List { positions, shape }),
            HostData::Bool(truths) => Ok(Index::Mask { truths, shape }),
            _ => Err(Error::Index("tensors used as indices must be long, int, byte or bool tensors".to_string())),
        }
    }

    /// How many axes of the tensor it takes.
    fn axes(&self) -> usize {
        match self {
            Index::At(_) | Index::Range { .. } | Index::List { .. } => 1,
            Index::Ellipsis | Index::NewAxis => 0,
            Index::Mask { shape, .. } => shape.len(),
        }
    }
}

/// What is left after the strided part: a look at the tensor, and the lists that still select from its axes.
pub(super) struct Looked {
    pub(super) sizes: Vec<usize>,
    pub(super) strides: Vec<isize>,
    pub(super) offset: usize,
    /// `(axis of the look, positions, shape of the list)`
    lists: Vec<(usize, Vec<usize>, Vec<usize>)>,
    kind: ViewKind,
}

impl Tensor {
    /// `x[parts]`, differentiable. A view in PyTorch is a copy here.
    ///
    /// ```
    /// use gradlab::{DType, tensor::{Index, Tensor}};
    /// let x = Tensor::from_vec(vec![1i64, 2, 3, 4, 5, 6], [2, 3])?;
    /// let column = x.index(&[Index::ALL, Index::At(1)])?;
    /// assert_eq!(column.to_f64_vec()?, [2.0, 5.0]);
    /// # Ok::<(), gradlab::Error>(())
    /// ```
    pub fn index(&self, parts: &[Index]) -> Result<Tensor> {
        let look = look(&Layout::contiguous(self.shape()), parts)?;
        // A look at the whole is a look all the same: only lists may select from the tensor itself.
        let whole = !look.lists.is_empty() && look.sizes == self.shape().to_vec();
        let viewed = if whole && look.offset == 0 && look.is_whole(self.shape()) {
            self.clone()
        } else {
            self.strided(look.kind, look.sizes.clone(), look.strides.clone(), look.offset)?
        };
        if look.lists.is_empty() {
            return Ok(viewed);
        }
        let (order, positions, selected, front) = look.selection()?;
        // The axes with lists come first, as one; then a plain selection does it.
        let turned = viewed.permute(&order.iter().map(|&axis| axis as i64).collect::<Vec<_>>())?;
        let listed = look.lists.len();
        let rest: Vec<usize> = turned.shape()[listed..].to_vec();
        let flat = turned.reshape([&[turned.shape()[..listed].iter().product::<usize>()], &rest[..]].concat())?;
        let picked = flat.index_select(0, &positions)?.reshape([&selected[..], &rest[..]].concat())?;
        // The lists' own axes go to where the first list stood, if they stood together.
        let (count, rank) = (selected.len(), selected.len() + rest.len());
        let order: Vec<i64> = (count..count + front).chain(0..count).chain(count + front..rank).map(|i| i as i64).collect();
        let placed = if front == 0 { picked } else { picked.permute(&order)? };
        Ok(placed.named("IndexBackward0"))
    }

    /// The tensor after `x[parts] = value`, differentiable for both; `self` stays as it is. The value broadcasts to the
    /// chosen cells and takes this dtype. Where a list names a cell twice, the later value stays.
    pub fn index_put(&self, parts: &[Index], value: &Tensor) -> Result<Tensor> {
        let numbers: Vec<i64> = (0..self.numel() as i64).collect();
        let chosen = Tensor::from_vec(numbers, self.shape().clone())?.index(parts)?;
        // Lists and masks scatter, everything else is a look that is written to: PyTorch words the two differently.
        let scatters = parts.iter().any(|part| matches!(part, Index::List { .. } | Index::Mask { .. }));
        let misfit = |error: Error| match scatters {
            true => Error::Shape(format!(
                "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape {}",
                value.shape(),
                chosen.shape()
            )),
            false => error,
        };
        // Leading axes of size 1 may be too many: x[0] = [[1, 2, 3]] is allowed.
        let extra = value.dim().saturating_sub(chosen.dim());
        let extra = if value.shape()[..extra].iter().all(|&size| size == 1) { extra } else { 0 };
        let fitted = value.reshape(value.shape()[extra..].to_vec())?.to_dtype(self.dtype())?;
        let value = fitted.broadcast_to(chosen.shape().clone()).map_err(misfit)?;
        let HostData::Int64(cells) = chosen.host()? else {
            return Err(Error::Index("positions are integers".to_string()));
        };
        self.overwrite(cells.into_iter().map(|cell| cell as usize).collect(), &value)
    }

    /// The elements where the mask (bool, this shape) is true, in one axis: `torch.masked_select`, `x[mask]`.
    pub fn masked_select(&self, mask: &Tensor) -> Result<Tensor> {
        if mask.dtype() != DType::Bool {
            return Err(Error::DType("masked_select: expected BoolTensor for mask".to_string()));
        }
        let shape = self.shape().broadcast(mask.shape())?;
        let mask = mask.broadcast_to(shape.clone())?;
        Ok(self.broadcast_to(shape)?.index(&[Index::tensor(&mask)?])?.named("MaskedSelectBackward0"))
    }

    /// Positions of the elements that are not 0, one row each, `(count, dim)` int64: `torch.nonzero`.
    pub fn nonzero(&self) -> Result<Tensor> {
        let strides = self.shape().strides();
        let data = self.to_f64_vec()?;
        let found = data.iter().enumerate().filter(|(_, value)| **value != 0.0);
        let rows: Vec<i64> = found
            .flat_map(|(i, _)| strides.iter().zip(self.shape().iter()).map(move |(stride, size)| (i / stride % size) as i64))
            .collect();
        let count = data.iter().filter(|value| **value != 0.0).count();
        Tensor::from_vec(rows, [count, self.dim()])
    }
}

/// What the parts of an index leave of a layout.
pub(super) fn look(of: &Layout, parts: &[Index]) -> Result<Looked> {
    let (rank, sizes, strides) = (of.sizes.len(), &of.sizes, &of.strides);
    let taken: usize = parts.iter().map(Index::axes).sum();
    if rank == 0 && parts.iter().any(|part| matches!(part, Index::At(_))) {
        return Err(Error::Index(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor \
             to a number"
                .to_string(),
        ));
    }
    if taken > rank {
        return Err(Error::Index(format!("too many indices for tensor of dimension {rank}")));
    }
    let mut look = Looked { sizes: vec![], strides: vec![], offset: of.offset, lists: vec![], kind: ViewKind::Slice };
    let mut axis = 0;
    let mut ended = false;
    // An index without an ellipsis ends in one.
    for part in parts.iter().chain([&Index::Ellipsis]) {
        match part {
            Index::Ellipsis => {
                if ended {
                    continue;
                }
                ended = true;
                for _ in 0..rank - taken {
                    look.keep(sizes[axis], strides[axis]);
                    axis += 1;
                }
            }
            Index::NewAxis => look.keep(1, 0),
            Index::At(position) => {
                look.offset += at(*position, axis, sizes[axis])? * strides[axis];
                look.kind = ViewKind::Select;
                axis += 1;
            }
            Index::Range { start, end, step } => {
                let (start, count, step) = range(*start, *end, *step, sizes[axis])?;
                look.offset += if count == 0 { 0 } else { start * strides[axis] };
                look.keep(count, strides[axis] * step);
                axis += 1;
            }
            Index::List { positions, shape } => {
                let size = sizes[axis];
                let positions = positions.iter().map(|&position| at(position, axis, size)).collect::<Result<_>>()?;
                look.list(positions, shape.clone(), size, strides[axis]);
                axis += 1;
            }
            Index::Mask { truths, shape } => {
                for (i, &size) in shape.iter().enumerate() {
                    if size != sizes[axis + i] {
                        return Err(Error::Index(format!(
                            "The shape of the mask {shape:?} at index {i} does not match the shape of the indexed tensor {} at index {}",
                            Shape::new(sizes),
                            axis + i
                        )));
                    }
                }
                let own = Shape::new(shape).strides();
                let hits: Vec<usize> = (0..truths.len()).filter(|&i| truths[i]).collect();
                if shape.is_empty() {
                    // x[True] has a new axis of size 1, x[False] one of size 0.
                    look.list(vec![0; hits.len()], vec![hits.len()], 1, 0);
                }
                for (i, &size) in shape.iter().enumerate() {
                    let positions = hits.iter().map(|hit| hit / own[i] % size).collect();
                    look.list(positions, vec![hits.len()], size, strides[axis]);
                    axis += 1;
                }
            }
        }
    }
    Ok(look)
}

impl Looked {
    fn keep(&mut self, size: usize, stride: usize) {
        self.sizes.push(size);
        self.strides.push(stride as isize);
    }

    fn list(&mut self, positions: Vec<usize>, shape: Vec<usize>, size: usize, stride: usize) {
        self.lists.push((self.sizes.len(), positions, shape));
        self.keep(size, stride);
    }

    /// Whether the look is the tensor as it is.
    fn is_whole(&self, shape: &Shape) -> bool {
        self.strides
            .iter()
            .zip(shape.strides())
            .zip(shape.iter())
            .all(|((&own, full), &size)| own == full as isize || size <= 1)
    }

    #[allow(clippy::type_complexity)] // Used once, taken apart at once: a name would say less than the sentence below.
    /// The order that brings the axes with lists to the front, the positions in these axes taken as one, the shape of the
    /// selection, and how many of the other axes come before it in the result.
    fn selection(&self) -> Result<(Vec<usize>, Vec<i64>, Vec<usize>, usize)> {
        let mut shape = Shape::default();
        for (_, _, own) in &self.lists {
            shape = shape.broadcast(&Shape::new(own)).map_err(|_| {
                let shapes: Vec<String> = self.lists.iter().map(|(_, _, shape)| format!("{shape:?}")).collect();
                Error::Index(format!(
                    "shape mismatch: indexing tensors could not be broadcast together with shapes {}",
                    shapes.join(", ")
                ))
            })?;
        }
        let mut positions = vec![0i64; shape.elements()];
        for (axis, own, own_shape) in &self.lists {
            let own_strides = Shape::new(own_shape).broadcast_strides(&shape);
            for (i, position) in positions.iter_mut().enumerate() {
                let read: usize = (shape.strides().iter().zip(shape.iter()).zip(&own_strides))
                    .map(|((stride, size), own)| i / stride % size * own)
                    .sum();
                *position = *position * self.sizes[*axis] as i64 + own[read] as i64;
            }
        }
        let listed: Vec<usize> = self.lists.iter().map(|list| list.0).collect();
        let others = (0..self.sizes.len()).filter(|axis| !listed.contains(axis));
        let order: Vec<usize> = listed.iter().copied().chain(others).collect();
        // Lists next to each other leave their axes in place, others bring them to the front.
        let adjacent = listed.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        let front = if adjacent { listed.first().copied().unwrap_or(0) } else { 0 };
        Ok((order, positions, shape.to_vec(), front))
    }
}

/// A possibly negative position as a number below `size`.
fn at(position: i64, axis: usize, size: usize) -> Result<usize> {
    let counted = if position < 0 { position.saturating_add(size as i64) } else { position };
    if (0..size as i64).contains(&counted) {
        return Ok(counted as usize);
    }
    Err(Error::Index(format!("index {position} is out of bounds for dimension {axis} with size {size}")))
}

/// First position, count and step of a range cut to an axis, by Python's rules.
fn range(start: Option<i64>, end: Option<i64>, step: Option<i64>, size: usize) -> Result<(usize, usize, usize)> {
    let step = step.unwrap_or(1);
    if step <= 0 {
        return Err(Error::Value("step must be greater than zero".to_string()));
    }
    let length = size as i64;
    let bound = |position: i64| if position < 0 { position.saturating_add(length) } else { position }.clamp(0, length);
    let (start, end) = (bound(start.unwrap_or(0)), bound(end.unwrap_or(length)));
    let count = (end - start).max(0) as u64;
    Ok((start as usize, count.div_ceil(step as u64) as usize, step.min(length.max(1)) as usize))
}
