//! Sizes of a tensor, outermost first, and the broadcasting rule. Data is always contiguous and row-major,
//! so strides follow from sizes; strided reads exist only inside the `Rearrange` and `Binary` kernels.

use crate::error::{Error, Result};
use std::fmt;
use std::ops::Deref;

/// The sizes of a tensor's axes. A scalar has none.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape with these sizes.
    pub fn new(sizes: &[usize]) -> Self {
        Shape(sizes.to_vec())
    }

    /// Number of elements: the product of the sizes, 1 for a scalar. More than can be counted is the largest number, for which
    /// no device has the memory.
    pub fn elements(&self) -> usize {
        self.0.iter().fold(1, |product: usize, &size| product.saturating_mul(size))
    }

    /// Row-major strides, in elements.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1usize; self.0.len()];
        for axis in (1..self.0.len()).rev() {
            strides[axis - 1] = strides[axis].saturating_mul(self.0[axis].max(1));
        }
        strides
    }

    /// A possibly negative axis as an index; an error in PyTorch's words outside `-n..n`.
    /// A scalar accepts 0 and -1, as PyTorch does.
    pub fn axis(&self, axis: i64) -> Result<usize> {
        let rank = self.0.len().max(1) as i64;
        if axis < -rank || axis >= rank {
            return Err(Error::Dimension { low: -rank, high: rank - 1, got: axis });
        }
        Ok(if axis < 0 { axis + rank } else { axis } as usize)
    }

    /// The common shape of two operands, or PyTorch's error that names both sizes and the axis.
    pub fn broadcast(&self, other: &Shape) -> Result<Shape> {
        let rank = self.len().max(other.len());
        let size_at = |shape: &Shape, axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |i| shape[i]);
        let mut sizes = vec![0; rank];
        // From the right, so that the axis named is the one PyTorch names.
        for axis in (0..rank).rev() {
            let (a, b) = (size_at(self, axis), size_at(other, axis));
            sizes[axis] = match (a, b) {
                _ if a == b => a,
                (1, _) => b,
                (_, 1) => a,
                _ => {
                    return Err(Error::Shape(format!(
                        "The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {axis}"
                    )));
                }
            };
        }
        Ok(Shape(sizes))
    }

    /// Strides with which a tensor of this shape is read as if it had shape `target`: 0 on stretched axes.
    /// `self` must broadcast to `target`.
    pub fn broadcast_strides(&self, target: &Shape) -> Vec<usize> {
        let own = self.strides();
        let extra = target.len() - self.len();
        (0..target.len())
            .map(|axis| match axis.checked_sub(extra) {
                Some(i) if self[i] != 1 || target[axis] == 1 => own[i],
                _ => 0,
            })
            .collect()
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl From<&[usize]> for Shape {
    fn from(sizes: &[usize]) -> Self {
        Shape::new(sizes)
    }
}

impl From<Vec<usize>> for Shape {
    fn from(sizes: Vec<usize>) -> Self {
        Shape(sizes)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Self {
        Shape::new(&sizes)
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(sizes: &[usize; N]) -> Self {
        Shape::new(sizes)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}
