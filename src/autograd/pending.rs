//! The gradients that a backward pass has gathered so far, for tensors whose turn has not come yet.

use super::Gradients;
use crate::error::Result;
use crate::tensor::{Tensor, TensorId};
use std::collections::HashMap;

/// The gradient of a strided look at a tensor, such as one piece of a split.
pub(super) struct Look {
    pub gradient: Tensor,
    pub strides: Vec<isize>,
    pub offset: usize,
}

/// Sums of gradients, and those of looks, which wait until all are there.
#[derive(Default)]
pub(super) struct Pending {
    sums: Gradients,
    looks: HashMap<TensorId, Vec<Look>>,
}

impl Pending {
    pub fn add(&mut self, tensor: &Tensor, gradient: Tensor) -> Result<()> {
        self.sums.add(tensor, gradient)
    }

    pub fn add_look(&mut self, tensor: &Tensor, look: Look) {
        self.looks.entry(tensor.id()).or_default().push(look);
    }

    /// The whole gradient of a tensor, once every op that used it has had its turn; none if nothing flowed back.
    pub fn take(&mut self, tensor: &Tensor) -> Result<Option<Tensor>> {
        if let Some(looks) = self.looks.remove(&tensor.id()) {
            let looks: Vec<_> = looks.iter().map(|look| (&look.gradient, &look.strides[..], look.offset)).collect();
            self.add(tensor, Tensor::spread_all(&looks, tensor.shape())?)?;
        }
        Ok(self.sums.map.remove(&tensor.id()))
    }
}
