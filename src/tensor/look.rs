//! What the parts of an index make of a layout: sizes, strides and a first position, and the lists that still select.

use super::{Index, Layout};
use crate::error::{Error, Result};
use crate::op::ViewKind;
use crate::shape::Shape;

/// What is left after the strided part: a look at the tensor, and the lists that still select from its axes.
pub(super) struct Looked {
    pub(super) sizes: Vec<usize>,
    pub(super) strides: Vec<isize>,
    pub(super) offset: usize,
    /// `(axis of the look, positions, shape of the list)`
    pub(super) lists: Vec<(usize, Vec<usize>, Vec<usize>)>,
    pub(super) kind: ViewKind,
}

/// What the parts of an index leave of a layout.
pub(super) fn look(of: &Layout, parts: &[Index]) -> Result<Looked> {
    let (rank, sizes, strides) = (of.sizes.len(), &of.sizes, &of.strides);
    let taken: usize = parts.iter().map(Index::axes).sum();
    match (rank, parts) {
        (0, [Index::At(0)]) => {
            return Err(Error::Index(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor \
                 to a number"
                    .to_string(),
            ));
        }
        (0, [Index::At(position)]) => {
            return Err(Error::Index(format!("index {position} is out of bounds for dimension 0 with size 0")));
        }
        (0, [Index::Range { .. }]) => {
            return Err(Error::Index("slice() cannot be applied to a 0-dim tensor.".to_string()));
        }
        _ => {}
    }
    if taken > rank {
        return Err(Error::Index(format!("too many indices for tensor of dimension {rank}")));
    }
    let mut look = Looked { sizes: vec![], strides: vec![], offset: of.offset, lists: vec![], kind: ViewKind::Slice };
    let mut axis = 0;
    let mut ended = false;
    // An index without an ellipsis ends in one.
    for (number, part) in parts.iter().chain([&Index::Ellipsis]).enumerate() {
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
                // PyTorch's message counts the parts of the index here, not the axes.
                look.offset += at(*position, number, sizes[axis])? * strides[axis];
                look.kind = ViewKind::Select;
                axis += 1;
            }
            Index::Range { start, end, step } => {
                let (start, count, step) = range(*start, *end, *step, sizes[axis])?;
                look.offset += start * strides[axis];
                look.keep(count, strides[axis].saturating_mul(step));
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
        self.strides.push(isize::try_from(stride).unwrap_or(isize::MAX));
    }

    fn list(&mut self, positions: Vec<usize>, shape: Vec<usize>, size: usize, stride: usize) {
        self.lists.push((self.sizes.len(), positions, shape));
        self.keep(size, stride);
    }

    /// Whether the look is the tensor as it is.
    pub(super) fn is_whole(&self, shape: &Shape) -> bool {
        self.strides
            .iter()
            .zip(shape.strides())
            .zip(shape.iter())
            .all(|((&own, full), &size)| own == full as isize || size <= 1)
    }

    #[allow(clippy::type_complexity)] // Used once, taken apart at once: a name would say less than the sentence below.
    /// The order that brings the axes with lists to the front, the positions in these axes taken as one, the shape of the
    /// selection, and how many of the other axes come before it in the result.
    pub(super) fn selection(&self) -> Result<(Vec<usize>, Vec<i64>, Vec<usize>, usize)> {
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
    Ok((start as usize, count.div_ceil(step as u64) as usize, step.min(length.max(1 << 16)) as usize))
}
