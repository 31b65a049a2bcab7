//! How a gradient passes a layer without weights: each input hands on what arrived at the output that reads it, times a
//! slope. For activations, pooling and flattening; layers with weights are sums ([`super::products`]).

use super::network_trace::LayerView;
use crate::nn::spec::LayerSpec;

/// The gradient of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passed {
    /// The output that reads it, an index into the row-major numbers of the view.
    pub output: usize,
    /// The gradient that arrived there.
    pub upstream: f64,
    /// The layer's derivative, as the two gradients give it; none where nothing arrived.
    pub slope: Option<f64>,
    /// The gradient that left to the input.
    pub product: f64,
}

/// What passes to an input; none for a layer with weights, and for an input that no window reads.
pub fn passed(view: &LayerView, input: usize) -> Option<Passed> {
    if view.layer.has_parameters() {
        return None;
    }
    let output = match view.layer {
        LayerSpec::MaxPool { kernel } | LayerSpec::AveragePool { kernel } => window_of(view, kernel, input)?,
        _ => input,
    };
    let upstream = f64::from(*view.output_gradient.data.get(output)?);
    let product = f64::from(*view.input_gradient.data.get(input)?);
    Some(Passed { output, upstream, slope: (upstream != 0.0).then(|| product / upstream), product })
}

/// The output of a pooling whose window holds an input.
fn window_of(view: &LayerView, kernel: usize, input: usize) -> Option<usize> {
    let (&[.., height, width], &[.., out_height, out_width]) = (&view.input.shape[..], &view.output.shape[..]) else {
        return None;
    };
    let (plane, row, column) = (input / (height * width), input / width % height / kernel, input % width / kernel);
    (row < out_height && column < out_width).then(|| (plane * out_height + row) * out_width + column)
}
