//! What feeds a number most: for an output the inputs whose products with their weights are largest, for a gradient the
//! gradients that it is made of. For drawing lines from layer to layer.

use super::connections::reads;
use super::network_trace::LayerView;
use super::passing::passed;
use super::products::{Place, Sum, input_gradient_sum, output_sum};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feeder {
    /// Which element, an index into the row-major numbers of the view.
    pub element: usize,
    /// What it adds.
    pub product: f64,
}

/// The inputs of a layer that feed an output most, largest first, at most `most`.
pub fn feeders(view: &LayerView, output: usize, most: usize) -> Vec<Feeder> {
    if let Ok(sum) = output_sum(view, output) {
        return strongest(&sum, most);
    }
    let value = |input: usize| view.input.data.get(input).copied().map(f64::from);
    let inputs = reads(view, output).into_iter();
    let mut all: Vec<Feeder> = inputs.filter_map(|input| Some(Feeder { element: input, product: value(input)? })).collect();
    all.sort_by(|a, b| b.product.abs().total_cmp(&a.product.abs()));
    all.truncate(most);
    all
}

/// The outputs of a layer whose gradients make that of an input, largest first, at most `most`.
pub fn gradient_feeders(view: &LayerView, input: usize, most: usize) -> Vec<Feeder> {
    match input_gradient_sum(view, input) {
        Ok(sum) => strongest(&sum, most),
        Err(_) => passed(view, input)
            .map(|passed| Feeder { element: passed.output, product: passed.product })
            .into_iter()
            .collect(),
    }
}

/// An output's factors are a weight and an input, a gradient's an output's gradient and a weight.
fn strongest(sum: &Sum, most: usize) -> Vec<Feeder> {
    let of = |product: &super::products::Product| {
        let element = match (product.left_place, product.right_place) {
            (_, Place::Input(element)) | (Place::Output(element), _) => element,
            _ => return None,
        };
        Some(Feeder { element, product: product.value() })
    };
    sum.largest(most).iter().filter_map(of).collect()
}
