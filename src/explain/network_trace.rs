//! One training step of a network, layer by layer, with every intermediate kept: what went in and out, the gradient that
//! arrived and those that left. Plain ops, eagerly; for one image or a batch.

use crate::autograd::Gradients;
use crate::backend::Device;
use crate::error::{Error, Result};
use crate::nn::network::Network;
use crate::nn::spec::{LayerSpec, NetworkSpec};
use crate::tensor::{Reduction, Tensor};
use std::sync::Arc;

/// Numbers with their shape, read back for showing. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values {
    /// Sizes, outermost first.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Arc<[f32]>,
}

impl Values {
    /// The numbers of a tensor on the CPU.
    pub fn of(tensor: &Tensor) -> Result<Values> {
        Ok(Values { shape: tensor.shape().to_vec(), data: tensor.to_f32_vec()?.into() })
    }

    /// The part that belongs to one image of the batch.
    pub fn image(&self, image: usize) -> &[f32] {
        let size = self.shape.iter().skip(1).product::<usize>();
        self.data.get(image * size..(image + 1) * size).unwrap_or_default()
    }

    /// Euclidean norm.
    pub fn norm(&self) -> f64 {
        self.data.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt()
    }

    /// The index as one number for each axis.
    pub fn position(&self, mut index: usize) -> Vec<usize> {
        let mut position: Vec<usize> = self
            .shape
            .iter()
            .rev()
            .map(|&size| {
                let at = index % size.max(1);
                index /= size.max(1);
                at
            })
            .collect();
        position.reverse();
        position
    }
}

/// A parameter and its gradient.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterView {
    /// PyTorch's name: `0.weight`.
    pub name: String,
    /// The numbers now.
    pub value: Values,
    /// The loss's derivative by each.
    pub gradient: Values,
}

/// One layer of the step.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerView {
    /// Index in the network's list.
    pub index: usize,
    /// What it is.
    pub layer: LayerSpec,
    /// What went in, `(images, ...)`.
    pub input: Values,
    /// What came out.
    pub output: Values,
    /// The gradient that arrived, of the output's shape.
    pub output_gradient: Values,
    /// The gradient that left towards the input.
    pub input_gradient: Values,
    /// Weight and bias, where it has them.
    pub parameters: Vec<ParameterView>,
}

impl LayerView {
    /// Whether it is a dropout that was on.
    pub fn is_masked(&self) -> bool {
        matches!(self.layer, LayerSpec::Dropout { .. }) && self.input.data != self.output.data
    }
}

/// A whole step.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkTrace {
    /// Classes that the loss asks for, one an image.
    pub labels: Vec<usize>,
    /// First to last.
    pub layers: Vec<LayerView>,
    /// `(images, classes)`; the last layer's output.
    pub logits: Values,
    /// The loss's gradient by the logits.
    pub logits_gradient: Values,
    /// Softmax of the logits.
    pub probabilities: Values,
    /// `log_softmax` of the logits.
    pub log_probabilities: Values,
    /// The loss's gradient by `log_probabilities`.
    pub log_probabilities_gradient: Values,
    /// The loss of each image.
    pub losses: Vec<f32>,
    /// Their mean.
    pub loss: f32,
}

impl NetworkTrace {
    /// The network that was traced, on the CPU.
    pub fn network(&self) -> Result<Network> {
        let input = self.layers.first().map(|first| first.input.shape[1..].to_vec()).unwrap_or_default();
        let spec = NetworkSpec { input, layers: self.layers.iter().map(|view| view.layer).collect() };
        let values = self.parameters().map(|parameter| parameter.value.data.to_vec()).collect();
        Network::with_values(spec, values, &Device::Cpu)
    }

    /// Whether dropout was on: some numbers did not pass as they were.
    pub fn has_masks(&self) -> bool {
        self.layers.iter().any(LayerView::is_masked)
    }

    /// Runs the network over normalised images, row by row, and the mean cross-entropy back through all of it.
    pub fn new(network: &Network, images: &[f32], labels: &[usize]) -> Result<NetworkTrace> {
        NetworkTrace::reading(network, images, Some(labels.to_vec()))
    }

    /// The same; without labels the loss asks for the classes that the network itself reads.
    pub fn reading(network: &Network, images: &[f32], labels: Option<Vec<usize>>) -> Result<NetworkTrace> {
        NetworkTrace::masked(network, images, labels, &[])
    }

    /// The same with dropout on, where masks are given: see [`Network::forward_layers_masked`].
    pub fn masked(network: &Network, images: &[f32], labels: Option<Vec<usize>>, masks: &[u8]) -> Result<NetworkTrace> {
        let size = network.spec.input.iter().product::<usize>().max(1);
        let count = labels.as_ref().map_or(images.len() / size, Vec::len);
        if count == 0 || images.len() != count * size {
            return Err(Error::Shape(format!("{count} labels need {} numbers, got {}", count * size, images.len())));
        }
        let shape = [&[count], network.spec.input.as_slice()].concat();
        let input = Tensor::from_vec(images.to_vec(), shape)?.requires_grad_(true)?;
        let mut outputs = network.forward_layers_masked(&input, masks)?;
        let logits = match outputs.last() {
            Some(last) => last.flatten(1, -1)?,
            None => input.flatten(1, -1)?,
        };
        // A layer such as dropout hands its input through, and one that flattens nothing too: same tensor, same gradient.
        let log_probabilities = logits.log_softmax(1)?;
        let labels = match labels {
            Some(labels) => labels,
            None => logits.argmax(1, false)?.to_f64_vec()?.into_iter().map(|class| class as usize).collect(),
        };
        let target: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
        let target = Tensor::from_slice(&target)?;
        let losses = log_probabilities.nll_loss(&target, Reduction::None)?;
        let loss = losses.mean(&[], false)?;
        for kept in outputs.iter().chain([&logits, &log_probabilities]) {
            kept.retain_grad()?;
        }
        let gradients = loss.backward()?;
        outputs.insert(0, input);
        let mut layers = Vec::with_capacity(network.spec.layers.len());
        for (index, layer) in network.spec.layers.iter().enumerate() {
            let (before, after) = (&outputs[index], &outputs[index + 1]);
            let parameters = network
                .parameters
                .iter()
                .filter(|parameter| parameter.name.split_once('.').is_some_and(|(layer, _)| layer == index.to_string()));
            layers.push(LayerView {
                index,
                layer: *layer,
                input: Values::of(before)?,
                output: Values::of(after)?,
                output_gradient: gradient_of(&gradients, after)?,
                input_gradient: gradient_of(&gradients, before)?,
                parameters: parameters
                    .map(|parameter| {
                        Ok(ParameterView {
                            name: parameter.name.clone(),
                            value: Values::of(&parameter.tensor)?,
                            gradient: gradient_of(&gradients, &parameter.tensor)?,
                        })
                    })
                    .collect::<Result<_>>()?,
            });
        }
        Ok(NetworkTrace {
            labels,
            layers,
            logits: Values::of(&logits)?,
            logits_gradient: gradient_of(&gradients, &logits)?,
            probabilities: Values::of(&logits.softmax(1)?)?,
            log_probabilities: Values::of(&log_probabilities)?,
            log_probabilities_gradient: gradient_of(&gradients, &log_probabilities)?,
            losses: losses.to_f32_vec()?,
            loss: loss.item()? as f32,
        })
    }

    /// How many images it ran over.
    pub fn images(&self) -> usize {
        self.labels.len()
    }

    /// The class with the largest logit, for one image.
    pub fn read(&self, image: usize) -> usize {
        let logits = self.logits.image(image);
        (0..logits.len()).fold(0, |best, k| if logits[k] > logits[best] { k } else { best })
    }

    /// A parameter by its name.
    pub fn parameter(&self, name: &str) -> Option<&ParameterView> {
        self.layers.iter().flat_map(|layer| &layer.parameters).find(|parameter| parameter.name == name)
    }

    /// The place of a parameter among all.
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.parameters().position(|parameter| parameter.name == name)
    }

    /// All parameters, in PyTorch's order.
    pub fn parameters(&self) -> impl Iterator<Item = &ParameterView> {
        self.layers.iter().flat_map(|layer| &layer.parameters)
    }
}

/// The gradient of a tensor; zeros where no path of the loss reaches it.
fn gradient_of(gradients: &Gradients, tensor: &Tensor) -> Result<Values> {
    match gradients.get(tensor) {
        Some(gradient) => Values::of(gradient),
        None => Ok(Values { shape: tensor.shape().to_vec(), data: vec![0.0; tensor.numel()].into() }),
    }
}
