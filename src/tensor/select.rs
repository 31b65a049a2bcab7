//! Parts of tensors: pieces, diagonals, triangles, mirrored axes, and selection by tensors of positions.

use super::Tensor;
use crate::backend::{Buffer, Device, HostData};
use crate::error::{Error, Result};
use crate::op::ViewKind;
use crate::shape::Shape;

impl Tensor {
    /// `x.expand(sizes)`: axes of size 1 stretched, new ones in front; -1 keeps a size.
    pub fn expand(&self, sizes: &[i64]) -> Result<Tensor> {
        let extra = sizes.len().saturating_sub(self.dim());
        let mut target = Vec::with_capacity(sizes.len());
        for (axis, &size) in sizes.iter().enumerate() {
            let own = axis.checked_sub(extra).map(|i| self.shape()[i]);
            target.push(match (usize::try_from(size), own) {
                (Ok(size), _) => size,
                (Err(_), Some(own)) if size == -1 => own,
                _ => {
                    return Err(Error::Shape(format!(
                        "The expanded size of the tensor ({size}) isn't allowed in a leading, non-existing dimension {axis}"
                    )));
                }
            });
        }
        self.broadcast_to(target)
    }

    /// `x.T`: all axes in reverse order.
    #[expect(non_snake_case, reason = "PyTorch's name")]
    pub fn T(&self) -> Result<Tensor> {
        self.permute(&(0..self.dim() as i64).rev().collect::<Vec<_>>())
    }

    /// `torch.split(x, size, dim)`: pieces of `size`, the last one smaller where it does not divide.
    pub fn split(&self, size: usize, axis: i64) -> Result<Vec<Tensor>> {
        let whole = self.shape()[self.nonempty_axis("split", axis)?];
        if size == 0 {
            return Err(Error::Value(format!(
                "split_size can only be 0 if dimension size is 0, but got dimension size of {whole}"
            )));
        }
        let pieces = whole.div_ceil(size).max(1);
        let sizes: Vec<usize> = (0..pieces).map(|i| size.min(whole - i * size)).collect();
        self.pieces(&sizes, axis, "SplitBackward0")
    }

    /// `torch.split(x, [sizes], dim)`
    pub fn split_with_sizes(&self, sizes: &[usize], axis: i64) -> Result<Vec<Tensor>> {
        let whole = self.shape()[self.nonempty_axis("split", axis)?];
        if sizes.iter().sum::<usize>() != whole {
            return Err(Error::Shape(format!(
                "split_with_sizes expects split_sizes to sum exactly to {whole} (input tensor's size at dimension {axis}), but got split_sizes={sizes:?}"
            )));
        }
        self.pieces(sizes, axis, "SplitWithSizesBackward0")
    }

    fn pieces(&self, sizes: &[usize], axis: i64, name: &'static str) -> Result<Vec<Tensor>> {
        let mut start = 0;
        let pieces = sizes.iter().map(|&size| {
            let piece = self.slice(axis, start, start + size as i64, 1)?;
            start += size as i64;
            Ok(piece.named(name))
        });
        pieces.collect()
    }

    /// `torch.chunk(x, chunks, dim)`
    pub fn chunk(&self, chunks: usize, axis: i64) -> Result<Vec<Tensor>> {
        if chunks == 0 {
            return Err(Error::Value("chunk expects `chunks` to be greater than 0, got: 0".to_string()));
        }
        self.split(self.shape()[self.nonempty_axis("chunk", axis)?].div_ceil(chunks).max(1), axis)
    }

    fn nonempty_axis(&self, function: &str, axis: i64) -> Result<usize> {
        if self.dim() == 0 {
            return Err(Error::Shape(format!("{function} expects at least a 1-dimensional tensor")));
        }
        self.shape().axis(axis)
    }

    /// `torch.flip(x, dims)`: these axes mirrored.
    pub fn flip(&self, axes: &[i64]) -> Result<Tensor> {
        let mut strides: Vec<isize> = self.shape().strides().iter().map(|&stride| stride as isize).collect();
        let mut offset = 0;
        let mut turned = vec![false; self.dim()];
        for &axis in axes {
            let axis = self.shape().axis(axis)?;
            if self.dim() == 0 {
                return Ok(self.clone());
            }
            if std::mem::replace(&mut turned[axis], true) {
                return Err(Error::Shape(format!("dim {axis} appears multiple times in the list of dims")));
            }
            offset += self.shape()[axis].saturating_sub(1) * strides[axis].unsigned_abs();
            strides[axis] = -strides[axis].abs();
        }
        let offset = if self.numel() == 0 { 0 } else { offset };
        Ok(self.strided(ViewKind::Slice, self.shape().to_vec(), strides, offset)?.named("FlipBackward0"))
    }

    /// `torch.diag`: the diagonal of a matrix, or a matrix with this vector as its diagonal.
    pub fn diag(&self) -> Result<Tensor> {
        match self.shape()[..] {
            [size] => {
                let rows = self.broadcast_to([size, size])?;
                let eye = self.cells(size, size, |row, column| row == column)?;
                Ok(eye.where_(&rows, &self.scalar_like(0.0)?)?.named("DiagEmbedBackward0"))
            }
            [rows, columns] => {
                let size = rows.min(columns);
                let strides = vec![columns as isize + 1];
                Ok(self.strided(ViewKind::Slice, vec![size], strides, 0)?.named("DiagonalBackward0_copy"))
            }
            _ => Err(Error::Shape(format!("diag(): Supports 1D or 2D tensors. Got {}D", self.dim()))),
        }
    }

    /// `torch.tril(x, diagonal)`: zeros above the diagonal.
    pub fn tril(&self, diagonal: i64) -> Result<Tensor> {
        Ok(self.triangle("tril", |row, column| column - row <= diagonal)?.named("TrilBackward0"))
    }

    /// `torch.triu(x, diagonal)`: zeros below the diagonal.
    pub fn triu(&self, diagonal: i64) -> Result<Tensor> {
        Ok(self.triangle("triu", |row, column| column - row >= diagonal)?.named("TriuBackward0"))
    }

    fn triangle(&self, name: &str, keep: impl Fn(i64, i64) -> bool) -> Result<Tensor> {
        let &[.., rows, columns] = &self.shape()[..] else {
            return Err(Error::Shape(format!("{name}: input tensor must have at least 2 dimensions")));
        };
        self.cells(rows, columns, keep)?.where_(self, &self.scalar_like(0.0)?)
    }

    /// Which cells of a matrix are meant, on this tensor's device.
    fn cells(&self, rows: usize, columns: usize, meant: impl Fn(i64, i64) -> bool) -> Result<Tensor> {
        let cells = (0..rows as i64).flat_map(|row| (0..columns as i64).map(move |column| (row, column)));
        let truths = HostData::Bool(cells.map(|(row, column)| meant(row, column)).collect());
        Tensor::from_buffer(self.device().upload(truths)?, [rows, columns])
    }

    /// `torch.gather(x, dim, index)`: for each element of `index` (int64, on the CPU), the element of x at that position along
    /// the axis and at the index's own place elsewhere.
    pub fn gather(&self, axis: i64, index: &Tensor) -> Result<Tensor> {
        let axis = self.shape().axis(axis)?;
        if index.dim() != self.dim() {
            return Err(Error::Shape("Index tensor must have the same number of dimensions as input tensor".to_string()));
        }
        if let Some(wrong) = (0..self.dim()).find(|&i| i != axis && index.shape()[i] > self.shape()[i]) {
            return Err(Error::Shape(format!(
                "Size does not match at dimension {wrong} expected index {} to be no larger than self {} apart from dimension {axis}",
                index.shape(),
                self.shape()
            )));
        }
        // The kernel wants equal sizes apart from the axis: cut the rest off first.
        let mut cut = self.clone();
        for i in (0..self.dim()).filter(|&i| i != axis && index.shape()[i] < self.shape()[i]) {
            cut = cut.slice(i as i64, 0, index.shape()[i] as i64, 1)?;
        }
        let positions = index.positions_below(self.shape().get(axis).copied().unwrap_or(1), axis, &self.device())?;
        if self.dim() == 0 {
            return Ok(self.clone());
        }
        cut.gathered(axis, positions, index.shape()[axis])
    }

    /// `torch.index_select(x, dim, index)` with a tensor of positions (int64, one axis, on the CPU).
    pub fn index_select_tensor(&self, axis: i64, index: &Tensor) -> Result<Tensor> {
        match index.host()? {
            HostData::Int64(positions) if index.dim() <= 1 => {
                Ok(self.index_select(axis, &positions)?.named("IndexSelectBackward0"))
            }
            HostData::Int64(_) => Err(Error::Index("index_select(): Index is supposed to be a vector".to_string())),
            _ => Err(Error::DType("index_select(): Expected dtype int32 or int64 for index".to_string())),
        }
    }

    /// `F.one_hot(x, classes)`: int64 with a new last axis, 1 at the class's place. `None`: one more than the largest class.
    pub fn one_hot(&self, classes: Option<usize>) -> Result<Tensor> {
        let HostData::Int64(labels) = self.host()? else {
            return Err(Error::DType("one_hot is only applicable to index tensor of type LongTensor.".to_string()));
        };
        if labels.iter().any(|&label| label < 0) {
            return Err(Error::Value("Class values must be non-negative.".to_string()));
        }
        let needed = labels.iter().max().map_or(0, |&label| label as usize + 1);
        let classes = match classes {
            Some(classes) if needed > classes => {
                return Err(Error::Value("Class values must be smaller than num_classes.".to_string()));
            }
            Some(classes) => classes,
            None if labels.is_empty() => {
                return Err(Error::Value("Can not infer total number of classes from empty tensor.".to_string()));
            }
            None => needed,
        };
        if labels.len().saturating_mul(classes) > 100_000_000 {
            return Err(Error::Value(format!("one_hot of {} labels and {classes} classes is too large", labels.len())));
        }
        let mut data = vec![0i64; labels.len() * classes];
        for (row, &label) in labels.iter().enumerate() {
            data[row * classes + label as usize] = 1;
        }
        Tensor::from_vec(data, Shape::from([&self.shape()[..], &[classes]].concat()))
    }

    /// Int64 positions on the CPU as an Index buffer on `device`; an error names one outside `0..size`.
    fn positions_below(&self, size: usize, axis: usize, device: &Device) -> Result<Buffer> {
        let HostData::Int64(positions) = self.host()? else {
            return Err(Error::DType("gather(): Expected dtype int32/int64 for index".to_string()));
        };
        let checked = positions.iter().map(|&position| {
            u32::try_from(position).ok().filter(|&counted| (counted as usize) < size).ok_or_else(|| {
                Error::Index(format!("index {position} is out of bounds for dimension {axis} with size {size}"))
            })
        });
        device.upload(HostData::Index(checked.collect::<Result<_>>()?))
    }
}
