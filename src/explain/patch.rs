//! An output of a convolution as pictures: for each input channel the patch it reads, the kernel, and their products.

use super::network_trace::LayerView;
use super::products::{Place, output_sum};
use crate::error::{Error, Result};
use crate::nn::spec::LayerSpec;

/// One input channel's part of an output. Rows of `size` numbers each; what lies beyond the edge is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    pub channel: usize,
    /// Width and height of the kernel.
    pub size: usize,
    pub input: Vec<f64>,
    pub kernel: Vec<f64>,
    /// `input * kernel`, number by number.
    pub products: Vec<f64>,
}

impl Patch {
    /// What this channel adds to the output.
    pub fn sum(&self) -> f64 {
        self.products.iter().sum()
    }
}

/// A patch for each input channel. An error for other layers, and for an output that is not there.
pub fn patches(view: &LayerView, output: usize) -> Result<Vec<Patch>> {
    let LayerSpec::Convolution { kernel: size, .. } = view.layer else {
        return Err(Error::Value(format!("{} has no kernel", view.layer)));
    };
    let sum = output_sum(view, output)?;
    let channels = view.input.shape.get(1).copied().unwrap_or(1);
    let empty = |channel| {
        let zeros = vec![0.0; size * size];
        Patch { channel, size, input: zeros.clone(), kernel: zeros.clone(), products: zeros }
    };
    let mut patches: Vec<Patch> = (0..channels).map(empty).collect();
    for product in &sum.products {
        let Place::Weight(weight) = product.left_place else { continue };
        let (channel, cell) = (weight / (size * size) % channels, weight % (size * size));
        let patch = &mut patches[channel];
        patch.kernel[cell] = product.left;
        patch.input[cell] = product.right;
        patch.products[cell] = product.value();
    }
    Ok(patches)
}
