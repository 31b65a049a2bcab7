//! "Check this gradient": the same derivative twice, by the rules of autograd and by central differences, both in float64.

use super::network_trace::NetworkTrace;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::nn::network::{Network, Parameter};
use crate::nn::spec::{LayerSpec, NetworkSpec};
use crate::tensor::{Reduction, Tensor, no_grad};

/// Whose derivative is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An element of a parameter, by its name.
    Parameter { name: String, element: usize },
    /// An element of what goes into layer `layer`; 0 is the image.
    Activation { layer: usize, element: usize },
}

/// Two ways to one derivative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Check {
    /// What backward gives, in float64.
    pub autograd: f64,
    /// `(high - low) / (2 step)`
    pub difference: f64,
    /// The loss with the element `step` lower.
    pub low: f64,
    /// The loss with the element `step` higher.
    pub high: f64,
    /// How far the element was moved.
    pub step: f64,
    /// Between low and high some unit changed sides (a ReLU's sign, a pool's maximum): the two need not agree there.
    pub kink: bool,
}

impl Check {
    /// How far the two are apart, relative to their size.
    pub fn error(&self) -> f64 {
        let size = self.autograd.abs().max(self.difference.abs());
        if size == 0.0 { 0.0 } else { (self.autograd - self.difference).abs() / size }
    }

    /// Whether both are smaller than what a difference of two losses can tell in float64.
    pub fn too_small(&self) -> bool {
        self.autograd.abs().max(self.difference.abs()) < 1e-15 / self.step
    }

    /// Whether they agree as closely as differences allow.
    pub fn agrees(&self) -> bool {
        (self.autograd - self.difference).abs() <= 1e-5 * self.autograd.abs().max(self.difference.abs()).max(1e-4)
    }
}

/// Checks one derivative of the mean cross-entropy over the images.
pub fn check(network: &Network, images: &[f32], labels: &[usize], subject: &Subject, step: f64) -> Result<Check> {
    let parameters = network
        .parameters
        .iter()
        .map(|parameter| {
            let tensor = parameter.tensor.detach().to_dtype(DType::Float64)?;
            Ok(Parameter { name: parameter.name.clone(), tensor: tensor.requires_grad_(true)? })
        })
        .collect::<Result<Vec<_>>>()?;
    let exact = Network { spec: network.spec.clone(), parameters };
    let shape = [&[labels.len()], exact.spec.input.as_slice()].concat();
    let image = Tensor::from_vec(images.to_vec(), shape)?.to_dtype(DType::Float64)?;
    let (start, rest) = match subject {
        Subject::Parameter { .. } => (image, exact.clone()),
        Subject::Activation { layer: 0, .. } => (image, exact.clone()),
        Subject::Activation { layer, .. } => (output_of(&exact, &image, layer - 1)?, tail(&exact, *layer)?),
    };
    let (whole, element) = match subject {
        Subject::Parameter { name, element } => {
            let found = rest.parameters.iter().find(|parameter| parameter.name == *name);
            (found.ok_or_else(|| Error::Value(format!("there is no parameter {name}")))?.tensor.clone(), *element)
        }
        Subject::Activation { element, .. } => (start.detach(), *element),
    };
    let values = whole.to_f64_vec()?;
    if element >= values.len() {
        return Err(Error::Index(format!("there is no element {element} of {}", values.len())));
    }
    let run = |offset: f64| {
        let mut moved = values.clone();
        moved[element] += offset;
        let moved = Tensor::from_vec(moved, whole.shape().clone())?.requires_grad_(true)?;
        match subject {
            Subject::Parameter { name, .. } => {
                let mut other = rest.clone();
                for parameter in other.parameters.iter_mut().filter(|parameter| parameter.name == *name) {
                    parameter.tensor = moved.clone();
                }
                Ok((loss(&other, &start, labels)?, moved))
            }
            Subject::Activation { .. } => Ok((loss(&rest, &moved, labels)?, moved)),
        }
    };
    let ((output, _), at) = run(0.0)?;
    let gradients = output.backward()?;
    let autograd = match gradients.get(&at) {
        Some(gradient) => gradient.to_f64_vec()?[element],
        None => 0.0,
    };
    let ((low, low_sides), _) = no_grad(|| run(-step))?;
    let ((high, high_sides), _) = no_grad(|| run(step))?;
    let (low, high) = (low.item()?, high.item()?);
    let difference = (high - low) / (2.0 * step);
    Ok(Check { autograd, difference, low, high, step, kink: low_sides != high_sides })
}

/// The same for a step that is shown: its network, images and labels. An `Err` where dropout was on, see
/// [`NetworkTrace::has_masks`].
pub fn check_step(trace: &NetworkTrace, subject: &Subject, step: f64) -> Result<Check> {
    if trace.has_masks() {
        return Err(Error::Value("dropout was on in this step".to_string()));
    }
    let first = trace.layers.first().ok_or_else(|| Error::Value("the network has no layers".to_string()))?;
    check(&trace.network()?, &first.input.data, &trace.labels, subject, step)
}

/// The loss, and on which side of each kink the units are.
fn loss(network: &Network, input: &Tensor, labels: &[usize]) -> Result<(Tensor, Vec<bool>)> {
    let outputs = network.forward_layers(input)?;
    let mut sides = Vec::new();
    let mut before = input.clone();
    for (layer, output) in network.spec.layers.iter().zip(&outputs) {
        match layer {
            LayerSpec::Relu | LayerSpec::LeakyRelu { .. } | LayerSpec::Elu | LayerSpec::Selu => {
                sides.extend(before.to_f64_vec()?.into_iter().map(|x| x > 0.0));
            }
            LayerSpec::MaxPool { kernel } => sides.extend(winners(&before, output, *kernel)?),
            _ => {}
        }
        before = output.clone();
    }
    let target: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
    let logits = before.flatten(1, -1)?;
    Ok((logits.cross_entropy(&Tensor::from_slice(&target)?, Reduction::Mean)?, sides))
}

/// Which inputs of a pooling are the largest of their window.
fn winners(input: &Tensor, output: &Tensor, kernel: usize) -> Result<Vec<bool>> {
    let (&[.., height, width], &[.., out_height, out_width]) = (&input.shape()[..], &output.shape()[..]) else {
        return Ok(Vec::new());
    };
    let (x, y) = (input.to_f64_vec()?, output.to_f64_vec()?);
    let planes = x.len() / (height * width).max(1);
    let mut winners = Vec::with_capacity(x.len());
    for plane in 0..planes {
        for row in 0..out_height * kernel {
            for column in 0..out_width * kernel {
                let largest = y[(plane * out_height + row / kernel) * out_width + column / kernel];
                winners.push(x[(plane * height + row) * width + column] == largest);
            }
        }
    }
    Ok(winners)
}

fn output_of(network: &Network, input: &Tensor, layer: usize) -> Result<Tensor> {
    let outputs = no_grad(|| network.forward_layers(input))?;
    outputs.get(layer).map(Tensor::detach).ok_or_else(|| Error::Index(format!("there is no layer {layer}")))
}

/// The network from layer `first` on.
fn tail(network: &Network, first: usize) -> Result<Network> {
    let shapes = network.spec.shapes()?;
    let input = shapes.get(first - 1).cloned().unwrap_or_default();
    let layers = network.spec.layers.get(first..).unwrap_or_default().to_vec();
    let parameters = network.parameters.iter().filter_map(|parameter| {
        let (layer, kind) = parameter.name.split_once('.')?;
        let layer = layer.parse::<usize>().ok()?.checked_sub(first)?;
        Some(Parameter { name: format!("{layer}.{kind}"), tensor: parameter.tensor.clone() })
    });
    Ok(Network { spec: NetworkSpec { input, layers }, parameters: parameters.collect() })
}
