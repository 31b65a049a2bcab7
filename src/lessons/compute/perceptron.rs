//! A small multi-layer perceptron that trains on the page's own thread: eager tensors, autograd, plain SGD. For the widgets
//! that show training on points; MNIST trains in the worker.

use crate::autograd::Gradients;
use crate::data::points::Points;
use crate::error::Result;
use crate::random::Generator;
use crate::tensor::{Reduction, Tensor, no_grad};

/// Weights and biases, layer by layer, with their velocities.
#[derive(Clone)]
pub struct Perceptron {
    parameters: Vec<Tensor>,
    velocities: Vec<Option<Tensor>>,
    last: Last,
}

/// What stands after the last layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Nothing: logits are free.
    None,
    /// ReLU, which cuts logits off at zero.
    Relu,
    /// Leaky ReLU.
    Leaky,
}

/// The numbers of one update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    pub rate: f64,
    pub momentum: f64,
    /// L1 penalty: `l1 * sign(w)` is added to the gradient of weights, not of biases.
    pub l1: f64,
    /// L2 penalty: `l2 * w` is added to the gradient of weights, not of biases.
    pub l2: f64,
}

/// Examples as tensors: inputs `(count, 2)`, labels `(count)`.
#[derive(Clone)]
pub struct Examples {
    pub inputs: Tensor,
    pub labels: Tensor,
}

impl Examples {
    /// These points.
    pub fn of(points: &Points) -> Result<Examples> {
        let count = points.places.len();
        Ok(Examples {
            inputs: Tensor::from_vec(points.places.concat(), [count, 2])?,
            labels: Tensor::from_vec(points.classes.iter().map(|class| i64::from(*class)).collect(), [count])?,
        })
    }

    /// Those at these positions.
    pub fn pick(&self, positions: &[usize]) -> Result<Examples> {
        let positions: Vec<i64> = positions.iter().map(|position| *position as i64).collect();
        Ok(Examples { inputs: self.inputs.index_select(0, &positions)?, labels: self.labels.index_select(0, &positions)? })
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.labels.numel()
    }
}

impl Perceptron {
    /// Layers of these sizes, initialised as `nn.Linear` is.
    pub fn new(sizes: &[usize], last: Last, generator: &mut Generator) -> Result<Perceptron> {
        let mut parameters = Vec::new();
        for pair in sizes.windows(2) {
            let bound = (1.0 / (pair[0] as f64).sqrt()) as f32;
            for shape in [vec![pair[1], pair[0]], vec![pair[1]]] {
                let numbers = generator.uniform_f32(shape.iter().product(), -bound, bound);
                parameters.push(Tensor::from_vec(numbers, shape)?.requires_grad_(true)?);
            }
        }
        let velocities = vec![None; parameters.len()];
        Ok(Perceptron { parameters, velocities, last })
    }

    /// The logits before what stands after the last layer. `masks`, one for each hidden layer, switch neurons off.
    fn scores(&self, inputs: &Tensor, masks: &[Tensor]) -> Result<Tensor> {
        let layers = self.parameters.len() / 2;
        let mut x = inputs.clone();
        for layer in 0..layers {
            x = x.linear(&self.parameters[2 * layer], Some(&self.parameters[2 * layer + 1]))?;
            if layer + 1 < layers {
                x = x.relu()?;
                if let Some(mask) = masks.get(layer) {
                    x = x.mul(mask)?;
                }
            }
        }
        Ok(x)
    }

    /// The logits.
    pub fn logits(&self, inputs: &Tensor, masks: &[Tensor]) -> Result<Tensor> {
        let scores = self.scores(inputs, masks)?;
        match self.last {
            Last::None => Ok(scores),
            Last::Relu => scores.relu(),
            Last::Leaky => scores.leaky_relu(0.01),
        }
    }

    /// One step downhill on these examples; the loss before it.
    pub fn step(&mut self, examples: &Examples, masks: &[Tensor], update: Update) -> Result<f64> {
        let loss = self.logits(&examples.inputs, masks)?.cross_entropy(&examples.labels, Reduction::Mean)?;
        let mut gradients = Gradients::new();
        loss.backward_into(&mut gradients, Default::default())?;
        for (at, parameter) in self.parameters.iter_mut().enumerate() {
            let Some(gradient) = gradients.get(parameter) else { continue };
            let (new, velocity) = no_grad(|| {
                let weight = parameter.detach();
                let mut direction = gradient.clone();
                if weight.dim() == 2 && update.l2 > 0.0 {
                    direction = direction.add(&weight.affine(update.l2, 0.0)?)?;
                }
                if weight.dim() == 2 && update.l1 > 0.0 {
                    direction = direction.add(&weight.sign()?.affine(update.l1, 0.0)?)?;
                }
                if let Some(velocity) = &self.velocities[at] {
                    direction = velocity.affine(update.momentum, 0.0)?.add(&direction)?;
                }
                Ok::<_, crate::Error>((weight.sub(&direction.affine(update.rate, 0.0)?)?, direction))
            })?;
            *parameter = new.requires_grad_(true)?;
            self.velocities[at] = (update.momentum > 0.0).then_some(velocity);
        }
        loss.item()
    }

    /// Mean loss and accuracy on these examples.
    pub fn judge(&self, examples: &Examples) -> Result<(f64, f64)> {
        if examples.count() == 0 {
            return Ok((f64::NAN, f64::NAN));
        }
        no_grad(|| {
            let logits = self.logits(&examples.inputs, &[])?;
            let loss = logits.cross_entropy(&examples.labels, Reduction::Mean)?.item()?;
            let right = logits.argmax(1, false)?.eq(&examples.labels)?.to_dtype(crate::DType::Float32)?;
            Ok((loss, right.mean(&[], false)?.item()?))
        })
    }

    /// The largest score of each output over these inputs, before what stands after the last layer: an output whose largest
    /// is not above zero is dead behind a ReLU.
    pub fn largest_scores(&self, inputs: &Tensor) -> Result<Vec<f64>> {
        no_grad(|| self.scores(inputs, &[])?.max_along(0, false)?.0.to_f64_vec())
    }

    /// The probability of class 1 over a square from -1.6 to 1.6, row by row from the top.
    pub fn map(&self, size: usize) -> Result<Vec<f32>> {
        let at = |i: usize| (i as f32 + 0.5) / size as f32 * 3.2 - 1.6;
        let places: Vec<f32> = (0..size * size).flat_map(|cell| [at(cell % size), -at(cell / size)]).collect();
        no_grad(|| {
            let inputs = Tensor::from_vec(places, [size * size, 2])?;
            self.logits(&inputs, &[])?.softmax(1)?.select(1, 1)?.to_f32_vec()
        })
    }

    /// Sizes of the weights, all in one: how many are nearly zero, and their root of the mean of squares.
    pub fn weight_sizes(&self) -> Result<(usize, f64)> {
        let mut all = Vec::new();
        for weight in self.parameters.iter().filter(|parameter| parameter.dim() == 2) {
            all.extend(weight.to_f64_vec()?);
        }
        let zero = all.iter().filter(|weight| weight.abs() < 1e-3).count();
        Ok((zero, (all.iter().map(|weight| weight * weight).sum::<f64>() / all.len().max(1) as f64).sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::points::{make, ten_clusters};

    const UPDATE: Update = Update { rate: 0.1, momentum: 0.9, l1: 0.0, l2: 0.0 };

    #[test]
    fn it_learns_moons() {
        let examples = Examples::of(&make("moons", 100, 0.05, 0)).unwrap();
        let mut network = Perceptron::new(&[2, 16, 2], Last::None, &mut Generator::new(0)).unwrap();
        for _ in 0..200 {
            network.step(&examples, &[], UPDATE).unwrap();
        }
        assert!(network.judge(&examples).unwrap().1 > 0.95);
        assert_eq!(network.map(4).unwrap().len(), 16);
    }

    #[test]
    fn a_last_relu_kills_outputs_and_a_leaky_one_does_not() {
        let examples = Examples::of(&ten_clusters(200, 0)).unwrap();
        let dead = |last| {
            let mut network = Perceptron::new(&[2, 32, 10], last, &mut Generator::new(0)).unwrap();
            for _ in 0..150 {
                network.step(&examples, &[], Update { rate: 0.3, momentum: 0.5, l1: 0.0, l2: 0.0 }).unwrap();
            }
            (
                network.largest_scores(&examples.inputs).unwrap().iter().filter(|score| **score <= 0.0).count(),
                network.judge(&examples).unwrap().1,
            )
        };
        let ((relu, relu_accuracy), (leaky, leaky_accuracy), none) = (dead(Last::Relu), dead(Last::Leaky), dead(Last::None));
        assert!(
            relu > leaky && relu_accuracy < leaky_accuracy,
            "relu {relu} {relu_accuracy}, leaky {leaky} {leaky_accuracy}, none {none:?}"
        );
    }
}
