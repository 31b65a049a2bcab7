//! Indexing as in Python: `x[0, 1:3, ..., None, [2, 0], mask]`, for reading and for assignment. Integers, ranges, new
//! axes and the ellipsis are strided looks; lists and masks become one list of positions for all their axes together.

use super::look::look;
use super::{Layout, Tensor};
use crate::backend::HostData;
use crate::dtype::DType;
use crate::error::{Error, Result};

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
    pub(super) fn axes(&self) -> usize {
        match self {
            Index::At(_) | Index::Range { .. } | Index::List { .. } => 1,
            Index::Ellipsis | Index::NewAxis => 0,
            Index::Mask { shape, .. } => shape.len(),
        }
    }
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
            // Where nothing is looked at, the first position may lie behind the end.
            let offset = if look.sizes.contains(&0) { 0 } else { look.offset };
            self.strided(look.kind, look.sizes.clone(), look.strides.clone(), offset)?
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
        let fitted = value.reshape(value.shape()[extra..].to_vec())?;
        let value = fitted.broadcast_to(chosen.shape().clone()).map_err(misfit)?.to_dtype(self.dtype())?;
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
