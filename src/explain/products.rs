//! One number of a network as the list of products that sum to it: an output as weights times inputs, a weight's gradient as
//! deltas times activations by image and position, an input's gradient as deltas times weights. For linear layers and
//! convolutions.

use super::connections::Connections;
use super::network_trace::LayerView;
use crate::error::{Error, Result};

/// Where a number of a [`LayerView`] stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// An element of the layer's input.
    Input(usize),
    /// An element of the weight.
    Weight(usize),
    /// An element of the output.
    Output(usize),
    /// The constant 1 that a bias is multiplied by.
    One,
}

/// One product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Product {
    /// The first factor: a weight, or the gradient that arrived at an output.
    pub left: f64,
    /// Where the first factor stands.
    pub left_place: Place,
    /// The second factor: an input, or a weight.
    pub right: f64,
    /// Where the second factor stands.
    pub right_place: Place,
}

impl Product {
    /// What the two factors make.
    pub fn value(&self) -> f64 {
        self.left * self.right
    }
}

/// A number and what it is the sum of.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// In the order of images and positions.
    pub products: Vec<Product>,
    /// Added at the end: a forward sum's bias.
    pub bias: Option<f64>,
    /// Of the products and the bias, in float64.
    pub total: f64,
    /// The number that the network has, in float32.
    pub shown: f32,
}

impl Sum {
    fn new(products: Vec<Product>, bias: Option<f64>, shown: f32) -> Sum {
        let total = products.iter().map(Product::value).sum::<f64>() + bias.unwrap_or(0.0);
        Sum { products, bias, total, shown }
    }

    /// The products that matter most, largest first, at most `count`.
    pub fn largest(&self, count: usize) -> Vec<Product> {
        let mut products = self.products.clone();
        products.sort_by(|a, b| b.value().abs().total_cmp(&a.value().abs()));
        products.truncate(count);
        products
    }
}

fn at(values: &[f32], index: usize) -> Result<f32> {
    values.get(index).copied().ok_or_else(|| Error::Index(format!("there is no element {index} of {}", values.len())))
}

/// An output of a layer with weights: weights times inputs, and the bias.
pub fn output_sum(view: &LayerView, output: usize) -> Result<Sum> {
    let connections = Connections::new(view)?;
    let shown = at(&view.output.data, output)?;
    let weights = &view.parameters[0].value.data;
    let products = connections.of_output(output).into_iter().map(|(weight, input)| Product {
        left: f64::from(weights[weight]),
        left_place: Place::Weight(weight),
        right: f64::from(view.input.data[input]),
        right_place: Place::Input(input),
    });
    let bias = view.parameters.get(1).map(|bias| f64::from(bias.value.data[connections.bias_of(output)]));
    Ok(Sum::new(products.collect(), bias, shown))
}

/// The gradient of a weight: for every image and position, the gradient that arrived times the input that was read.
pub fn weight_gradient_sum(view: &LayerView, weight: usize) -> Result<Sum> {
    let connections = Connections::new(view)?;
    let shown = at(&view.parameters[0].gradient.data, weight)?;
    let products = connections.of_weight(weight).into_iter().map(|(output, input)| Product {
        left: f64::from(view.output_gradient.data[output]),
        left_place: Place::Output(output),
        right: f64::from(view.input.data[input]),
        right_place: Place::Input(input),
    });
    Ok(Sum::new(products.collect(), None, shown))
}

/// The gradient of a bias: the gradients that arrived at its unit or channel, each times 1.
pub fn bias_gradient_sum(view: &LayerView, bias: usize) -> Result<Sum> {
    let connections = Connections::new(view)?;
    let parameter = view.parameters.get(1).ok_or_else(|| Error::Value(format!("{} has no bias", view.layer)))?;
    let shown = at(&parameter.gradient.data, bias)?;
    let outputs = (0..view.output.data.len()).filter(|&output| connections.bias_of(output) == bias);
    let products = outputs.map(|output| Product {
        left: f64::from(view.output_gradient.data[output]),
        left_place: Place::Output(output),
        right: 1.0,
        right_place: Place::One,
    });
    Ok(Sum::new(products.collect(), None, shown))
}

/// The gradient of an input: the gradients that arrived, each times the weight that read it.
pub fn input_gradient_sum(view: &LayerView, input: usize) -> Result<Sum> {
    let connections = Connections::new(view)?;
    let shown = at(&view.input_gradient.data, input)?;
    let weights = &view.parameters[0].value.data;
    let products = connections.of_input(input).into_iter().map(|(output, weight)| Product {
        left: f64::from(view.output_gradient.data[output]),
        left_place: Place::Output(output),
        right: f64::from(weights[weight]),
        right_place: Place::Weight(weight),
    });
    Ok(Sum::new(products.collect(), None, shown))
}
