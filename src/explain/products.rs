//! One number of a network as the list of products that sum to it: an output as weights times inputs, a weight's gradient as
//! deltas times activations by image and position, an input's gradient as deltas times weights. For linear layers and
//! convolutions; pooling gives its window.

use super::network_trace::LayerView;
use crate::error::{Error, Result};
use crate::nn::spec::LayerSpec;

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

/// How a layer's outputs read its inputs. All positions are indices into the row-major numbers of the view.
struct Connections<'a> {
    view: &'a LayerView,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Linear { inputs: usize, outputs: usize },
    Convolution(Convolution),
}

/// Sizes of a convolution of one image.
#[derive(Clone, Copy)]
struct Convolution {
    channels: usize,
    height: usize,
    width: usize,
    out_channels: usize,
    out_height: usize,
    out_width: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

impl<'a> Connections<'a> {
    fn new(view: &'a LayerView) -> Result<Connections<'a>> {
        let kind = match (view.layer, &view.input.shape[..], &view.output.shape[..]) {
            (LayerSpec::Linear { units }, input, _) => Kind::Linear { inputs: input[1..].iter().product(), outputs: units },
            (
                LayerSpec::Convolution { kernel, stride, padding, .. },
                &[_, channels, height, width],
                &[_, out_channels, out_height, out_width],
            ) => Kind::Convolution(Convolution {
                channels,
                height,
                width,
                out_channels,
                out_height,
                out_width,
                kernel,
                stride,
                padding,
            }),
            _ => return Err(Error::Value(format!("{} has no weights", view.layer))),
        };
        Ok(Connections { view, kind })
    }

    fn images(&self) -> usize {
        self.view.input.shape[0]
    }

    /// `(weight, input)` of every product of an output, in the order of the weight.
    fn of_output(&self, output: usize) -> Vec<(usize, usize)> {
        match self.kind {
            Kind::Linear { inputs, outputs } => {
                let (image, unit) = (output / outputs, output % outputs);
                (0..inputs).map(|k| (unit * inputs + k, image * inputs + k)).collect()
            }
            Kind::Convolution(sizes) => {
                let Convolution { channels, height, width, out_channels, out_height, out_width, kernel, stride, padding } =
                    sizes;
                let x = output % out_width;
                let y = output / out_width % out_height;
                let channel = output / (out_width * out_height) % out_channels;
                let image = output / (out_width * out_height * out_channels);
                let mut pairs = Vec::with_capacity(channels * kernel * kernel);
                for (c, ky, kx) in cube(channels, kernel, kernel) {
                    let (Some(row), Some(column)) =
                        ((y * stride + ky).checked_sub(padding), (x * stride + kx).checked_sub(padding))
                    else {
                        continue;
                    };
                    if row < height && column < width {
                        let weight = ((channel * channels + c) * kernel + ky) * kernel + kx;
                        pairs.push((weight, ((image * channels + c) * height + row) * width + column));
                    }
                }
                pairs
            }
        }
    }

    /// `(output, input)` of every product in which a weight takes part, by image and position.
    fn of_weight(&self, weight: usize) -> Vec<(usize, usize)> {
        match self.kind {
            Kind::Linear { inputs, outputs } => {
                let (unit, k) = (weight / inputs, weight % inputs);
                (0..self.images()).map(|image| (image * outputs + unit, image * inputs + k)).collect()
            }
            Kind::Convolution(sizes) => {
                let Convolution { channels, height, width, out_channels, out_height, out_width, kernel, stride, padding } =
                    sizes;
                let kx = weight % kernel;
                let ky = weight / kernel % kernel;
                let c = weight / (kernel * kernel) % channels;
                let channel = weight / (kernel * kernel * channels);
                let mut pairs = Vec::with_capacity(self.images() * out_height * out_width);
                for (image, y, x) in cube(self.images(), out_height, out_width) {
                    let (Some(row), Some(column)) =
                        ((y * stride + ky).checked_sub(padding), (x * stride + kx).checked_sub(padding))
                    else {
                        continue;
                    };
                    if row < height && column < width {
                        let output = ((image * out_channels + channel) * out_height + y) * out_width + x;
                        pairs.push((output, ((image * channels + c) * height + row) * width + column));
                    }
                }
                pairs
            }
        }
    }

    /// `(output, weight)` of every product in which an input takes part.
    fn of_input(&self, input: usize) -> Vec<(usize, usize)> {
        match self.kind {
            Kind::Linear { inputs, outputs } => {
                let (image, k) = (input / inputs, input % inputs);
                (0..outputs).map(|unit| (image * outputs + unit, unit * inputs + k)).collect()
            }
            Kind::Convolution(sizes) => {
                let Convolution { channels, height, width, out_channels, out_height, out_width, kernel, stride, padding } =
                    sizes;
                let column = input % width;
                let row = input / width % height;
                let c = input / (width * height) % channels;
                let image = input / (width * height * channels);
                let mut pairs = Vec::new();
                for (channel, ky, kx) in cube(out_channels, kernel, kernel) {
                    let place = |at: usize, k: usize, size: usize| {
                        let moved = (at + padding).checked_sub(k)?;
                        (moved % stride == 0 && moved / stride < size).then_some(moved / stride)
                    };
                    if let (Some(y), Some(x)) = (place(row, ky, out_height), place(column, kx, out_width)) {
                        let output = ((image * out_channels + channel) * out_height + y) * out_width + x;
                        pairs.push((output, ((channel * channels + c) * kernel + ky) * kernel + kx));
                    }
                }
                pairs
            }
        }
    }

    /// Which output unit or channel an output belongs to: the index of its bias.
    fn bias_of(&self, output: usize) -> usize {
        match self.kind {
            Kind::Linear { outputs, .. } => output % outputs,
            Kind::Convolution(sizes) => output / (sizes.out_width * sizes.out_height) % sizes.out_channels,
        }
    }
}

fn cube(a: usize, b: usize, c: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..a).flat_map(move |i| (0..b).flat_map(move |j| (0..c).map(move |k| (i, j, k))))
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

/// The inputs that an output of a layer reads, as indices into the input: a window, a row, or the one element.
pub fn reads(view: &LayerView, output: usize) -> Vec<usize> {
    if let Ok(connections) = Connections::new(view) {
        return connections.of_output(output).into_iter().map(|(_, input)| input).collect();
    }
    match (view.layer, &view.input.shape[..], &view.output.shape[..]) {
        (
            LayerSpec::MaxPool { kernel } | LayerSpec::AveragePool { kernel },
            &[.., height, width],
            &[.., out_height, out_width],
        ) => {
            let (plane, y, x) = (output / (out_height * out_width), output / out_width % out_height, output % out_width);
            cube(1, kernel, kernel).map(|(_, ky, kx)| (plane * height + y * kernel + ky) * width + x * kernel + kx).collect()
        }
        _ => vec![output],
    }
}

/// The pixels of the network's input that can reach an output of layer `layer`: its receptive field, as indices into the
/// first layer's input, ascending.
pub fn receptive_field(layers: &[LayerView], layer: usize, output: usize) -> Vec<usize> {
    let mut reached = vec![output];
    for view in layers[..=layer.min(layers.len().saturating_sub(1))].iter().rev() {
        let whole = matches!(view.layer, LayerSpec::Linear { .. });
        let mut before: Vec<usize> = match (whole, reached.first()) {
            // Every unit of a linear layer reads the same.
            (true, Some(&first)) => reads(view, first),
            _ => reached.iter().flat_map(|&output| reads(view, output)).collect(),
        };
        before.sort_unstable();
        before.dedup();
        reached = before;
    }
    reached
}
