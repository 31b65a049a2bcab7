//! A graph of a typed expression, a softmax, one layer of neurons, and a 2-2-1 network: values and gradients by autograd,
//! beside the same by the formulas of the lessons.

use super::{Numbers, short};
use crate::autograd::{BackwardOptions, grad};
use crate::error::{Error, Result};
use crate::explain::expression::{Operand, Program};
use crate::explain::jacobian::SoftmaxJacobian;
use crate::explain::layout::{Layout, layout};
use crate::explain::scalar_graph::{ScalarGraph, Settings};
use crate::lessons::widgets::Values;
use crate::tensor::Tensor;
use std::sync::Arc;

/// A graph to be drawn.
pub struct Graph {
    pub labels: Vec<String>,
    /// What each node shows: its name or its operation.
    pub captions: Vec<String>,
    pub inputs: Vec<Vec<usize>>,
    pub variable: Vec<bool>,
    pub output: usize,
    pub values: Vec<f64>,
    /// After all backward passes; none where no gradient goes.
    pub gradients: Vec<Option<f64>>,
    pub layout: Layout,
}

/// Width and height of a node.
pub const NODE: (f64, f64) = (84.0, 64.0);

/// Computes the widget `graph`: its expression at its values, with its backward passes added up.
pub fn graph(values: &Values) -> Result<Graph> {
    let source = values.text("expr");
    let program = Program::parse(source)
        .map_err(|problem| Error::Format(format!("{:?}: {}", problem.kind, source.get(problem.span).unwrap_or_default())))?;
    let program = Arc::new(program);
    let set = values.0.iter().filter_map(|(name, value)| Some((name.clone(), value.parse().ok()?))).collect();
    let computed = ScalarGraph::evaluate(&program, &Settings { values: set, ..Settings::default() })?;
    let passes = values.whole("passes") as f64;
    let gradients = match values.whole("passes") {
        0 => vec![None; program.nodes.len()],
        _ => computed.gradients()?,
    };
    // Only the ends of the graph keep what earlier passes left; in the middle each pass starts afresh.
    let variables: Vec<bool> = (0..program.nodes.len()).map(|id| program.variables().any(|other| other == id)).collect();
    let gradients = gradients
        .into_iter()
        .zip(&variables)
        .map(|(gradient, variable)| gradient.map(|gradient| if *variable { gradient * passes } else { gradient }))
        .collect();
    let inputs: Vec<Vec<usize>> = program.nodes.iter().map(|node| node.inputs().collect()).collect();
    let captions = program
        .nodes
        .iter()
        .enumerate()
        .map(|(id, node)| {
            if variables[id] {
                return program.label(id);
            }
            let number = node.operands.iter().find_map(|operand| match operand {
                Operand::Number(number) => Some(format!(" {}", short(*number))),
                Operand::Node(_) => None,
            });
            format!("{}{}", node.operation.sign(), number.unwrap_or_default())
        })
        .collect();
    let sizes = vec![NODE; program.nodes.len()];
    Ok(Graph {
        labels: (0..program.nodes.len()).map(|id| program.label(id)).collect(),
        captions,
        layout: layout(&sizes, &inputs),
        inputs,
        variable: variables,
        output: program.output,
        values: computed.values().to_vec(),
        gradients,
    })
}

impl Graph {
    /// The same graph from top to bottom, for narrow pages.
    pub fn downward(&self) -> Layout {
        let turned = layout(&vec![(NODE.1, NODE.0); self.inputs.len()], &self.inputs);
        let centres = turned.centres.iter().map(|(x, y)| (*y, *x)).collect();
        Layout { centres, width: turned.height, height: turned.width }
    }

    /// The result, each variable and each gradient, for sentences.
    pub fn numbers(&self) -> Vec<(String, String)> {
        let mut numbers = vec![("value".to_owned(), short(self.values[self.output]))];
        for id in (0..self.values.len()).filter(|&id| self.variable[id]) {
            numbers.push((self.labels[id].clone(), short(self.values[id])));
            if let Some(gradient) = self.gradients[id] {
                numbers.push((format!("d{}", self.labels[id]), short(gradient)));
            }
        }
        numbers
    }
}

/// The Jacobian of the widget's logits over its temperature, and the class that is right.
pub fn softmax(values: &Values) -> Result<(SoftmaxJacobian, usize)> {
    let logits = values.numbers("logits");
    let temperature = values.number("temperature").max(0.01);
    let scaled: Vec<f64> = logits.iter().map(|logit| logit / temperature).collect();
    let target = values.whole("target").min(logits.len().saturating_sub(1));
    Ok((SoftmaxJacobian::new(&scaled)?, target))
}

/// A layer of neurons on the same inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Neuron {
    pub inputs: Vec<f64>,
    pub weights: Vec<Vec<f64>>,
    pub targets: Vec<f64>,
    /// `x . w` of each neuron.
    pub sums: Vec<f64>,
    /// `sigmoid(x . w)` of each neuron.
    pub outputs: Vec<f64>,
    /// `1/2 sum (O - t)^2`
    pub error: f64,
    /// `(O_k - t_k) O_k (1 - O_k) x_j`, a row for each neuron.
    pub formula: Vec<Vec<f64>>,
    /// The same by autograd.
    pub autograd: Vec<Vec<f64>>,
}

/// Computes neurons: `x` inputs, a row of weights and a target for each neuron; what is missing is 0.
pub fn neuron(x: &[f64], w: &[Vec<f64>], t: &[f64]) -> Result<Neuron> {
    let at = |numbers: &[f64], i: usize| numbers.get(i).copied().unwrap_or(0.0);
    let (count, width) = (w.len().max(1), x.len().max(1));
    let weights: Vec<Vec<f64>> =
        (0..count).map(|k| (0..width).map(|j| w.get(k).map_or(0.0, |row| at(row, j))).collect()).collect();
    let inputs: Vec<f64> = (0..width).map(|j| at(x, j)).collect();
    let targets: Vec<f64> = (0..count).map(|k| at(t, k)).collect();
    let weight = Tensor::from_vec(weights.concat(), [count, width])?.requires_grad_(true)?;
    let sums = weight.mv(&Tensor::from_slice(&inputs)?)?;
    let outputs = sums.sigmoid()?;
    let error = outputs.sub(&Tensor::from_slice(&targets)?)?.square()?.sum(&[], false)?.affine(0.5, 0.0)?;
    let gradient = grad(&error, &[&weight], BackwardOptions::default())?[0].to_f64_vec()?;
    let outputs = outputs.to_f64_vec()?;
    let formula = (0..count)
        .map(|k| {
            let delta = (outputs[k] - targets[k]) * outputs[k] * (1.0 - outputs[k]);
            inputs.iter().map(|x| delta * x).collect()
        })
        .collect();
    Ok(Neuron {
        sums: sums.to_f64_vec()?,
        error: error.item()?,
        autograd: gradient.chunks(width).map(<[f64]>::to_vec).collect(),
        inputs,
        weights,
        targets,
        outputs,
        formula,
    })
}

/// The weights from the two inputs to the two hidden neurons of the delta walk.
pub const WALK_WEIGHTS: [[f64; 2]; 2] = [[0.2, -0.3], [0.4, 0.1]];

/// A 2-2-1 network with sigmoids and squared error, all its values and deltas.
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaWalk {
    pub inputs: [f64; 2],
    pub hidden: [f64; 2],
    /// Weights from hidden to output.
    pub output_weights: [f64; 2],
    pub output: f64,
    pub target: f64,
    pub loss: f64,
    pub output_delta: f64,
    pub hidden_deltas: [f64; 2],
    /// `dE/dV_j = O_j delta`
    pub output_gradients: [f64; 2],
    /// `dE/dW_ij = x_i delta_j`
    pub hidden_gradients: [[f64; 2]; 2],
    /// Autograd's gradients: of V, then of W row by row.
    pub autograd: Vec<f64>,
}

/// Computes the widget `delta-walk`.
pub fn delta_walk(values: &Values) -> Result<DeltaWalk> {
    let inputs = [values.number("x1"), values.number("x2")];
    let output_weights = [values.number("v1"), values.number("v2")];
    let target = values.number("t");
    let x = Tensor::from_vec(inputs.to_vec(), [1, 2])?;
    let w = Tensor::from_vec(WALK_WEIGHTS.concat(), [2, 2])?.requires_grad_(true)?;
    let v = Tensor::from_vec(output_weights.to_vec(), [2, 1])?.requires_grad_(true)?;
    let hidden = x.mm(&w)?.sigmoid()?;
    let output = hidden.mm(&v)?.sigmoid()?;
    let loss = output.affine(1.0, -target)?.square()?.sum(&[], false)?.affine(0.5, 0.0)?;
    let gradients = grad(&loss, &[&v, &w], BackwardOptions::default())?;
    let mut autograd = gradients[0].to_f64_vec()?;
    autograd.extend(gradients[1].to_f64_vec()?);
    let hidden = hidden.to_f64_vec()?;
    let hidden = [hidden[0], hidden[1]];
    let output = output.item()?;
    let output_delta = output * (1.0 - output) * (output - target);
    let hidden_deltas = std::array::from_fn(|j| hidden[j] * (1.0 - hidden[j]) * output_delta * output_weights[j]);
    Ok(DeltaWalk {
        inputs,
        hidden,
        output_weights,
        output,
        target,
        loss: loss.item()?,
        output_delta,
        hidden_deltas,
        output_gradients: hidden.map(|o| o * output_delta),
        hidden_gradients: inputs.map(|x| hidden_deltas.map(|delta| x * delta)),
        autograd,
    })
}

/// All numbers by name, for tests and sentences.
pub fn as_numbers(pairs: Vec<(String, String)>) -> Numbers {
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::compute::values_of;

    #[test]
    fn passes_add_up_at_the_ends() {
        let once =
            as_numbers(graph(&values_of("graph", &[("expr", "x*x + x"), ("x", "2"), ("passes", "1")])).unwrap().numbers());
        let twice =
            as_numbers(graph(&values_of("graph", &[("expr", "x*x + x"), ("x", "2"), ("passes", "2")])).unwrap().numbers());
        assert_eq!((once["value"].as_str(), once["dx"].as_str(), twice["dx"].as_str()), ("6", "5", "10"));
    }

    #[test]
    fn downward_a_graph_is_as_wide_as_it_was_high() {
        let graph = graph(&values_of("graph", &[("expr", "(x*w1 + b1)*w2 + b2")])).unwrap();
        let down = graph.downward();
        for (id, inputs) in graph.inputs.iter().enumerate() {
            assert!(inputs.iter().all(|input| down.centres[*input].1 + NODE.1 < down.centres[id].1), "inputs stand above");
        }
        assert!(down.width < graph.layout.width && down.centres.iter().all(|(x, _)| (0.0..=down.width).contains(x)));
    }

    #[test]
    fn formulas_agree_with_autograd() {
        let neuron = neuron(&[1.0, 2.0], &[vec![0.5, -0.5], vec![0.3, 0.8]], &[1.0, 0.0]).unwrap();
        for (a, b) in neuron.formula.concat().iter().zip(neuron.autograd.concat()) {
            assert!((a - b).abs() < 1e-15);
        }
        let walk = delta_walk(&values_of("delta-walk", &[])).unwrap();
        let mut formula = walk.output_gradients.to_vec();
        formula.extend(walk.hidden_gradients.concat());
        for (a, b) in formula.iter().zip(&walk.autograd) {
            assert!((a - b).abs() < 1e-15);
        }
        // As the code cell of the chapter prints them.
        assert_eq!((short(walk.output), short(walk.output_delta)), ("0.5459".into(), "0.1353".into()));
    }
}
