//! A typed expression as a graph of our own autograd: float64 tensors without axes, one for each node. Values, slopes and
//! contributions below are what the tensor core computes, not a second implementation of calculus.

use super::expression::{Operand, Program};
use super::operation::Operation;
use crate::autograd::{BackwardOptions, Gradients, local_gradients};
use crate::error::{Error, Result};
use crate::tensor::Tensor;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the learner has set, by the names of variables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Values that are not where the expression starts them.
    pub values: BTreeMap<String, f64>,
    /// Variables with `requires_grad=False`.
    pub without_gradient: BTreeSet<String>,
}

/// A program whose values are computed.
#[derive(Debug, Clone)]
pub struct ScalarGraph {
    program: Arc<Program>,
    tensors: Vec<Tensor>,
    values: Vec<f64>,
}

/// What passes along one edge of the backward pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// Which operand of the node it flows to.
    pub operand: usize,
    /// The node at that operand.
    pub input: usize,
    /// The local derivative: how much the node's value moves for each unit of the operand's.
    pub slope: f64,
    /// What the gradient rule returns for the gradient that arrived.
    pub product: f64,
}

impl ScalarGraph {
    /// Computes every node of the program with these settings.
    pub fn evaluate(program: &Arc<Program>, settings: &Settings) -> Result<ScalarGraph> {
        let starts: Vec<f64> = program
            .variables()
            .map(|id| *settings.values.get(&program.label(id)).unwrap_or(&program.nodes[id].initial))
            .collect();
        ScalarGraph::evaluate_at(program, &starts, &settings.without_gradient)
    }

    /// Computes every node, with a value for each variable in the order of [`Program::variables`].
    pub fn evaluate_at(program: &Arc<Program>, starts: &[f64], without_gradient: &BTreeSet<String>) -> Result<ScalarGraph> {
        ScalarGraph::evaluate_moved(program, starts, without_gradient, None)
    }

    /// The same with one node moved by an offset, for those that read it.
    pub fn evaluate_moved(
        program: &Arc<Program>,
        starts: &[f64],
        without_gradient: &BTreeSet<String>,
        moved: Option<(usize, f64)>,
    ) -> Result<ScalarGraph> {
        let mut tensors: Vec<Tensor> = Vec::with_capacity(program.nodes.len());
        let mut starts = starts.iter();
        for (id, node) in program.nodes.iter().enumerate() {
            let tensor = if node.operation == Operation::Variable {
                let start = starts.next().ok_or_else(|| Error::Value(format!("{} has no value", program.label(id))))?;
                Tensor::scalar(*start)?.requires_grad_(!without_gradient.contains(&program.label(id)))?
            } else {
                let operand = |k: usize| match node.operands[k] {
                    Operand::Node(input) => Ok(tensors[input].clone()),
                    Operand::Number(number) => Tensor::scalar(number),
                };
                apply(node.operation, &node.operands, operand)?
            };
            tensors.push(match moved {
                Some((node, offset)) if node == id => Tensor::scalar(tensor.item()? + offset)?,
                _ => tensor,
            });
        }
        let values = tensors.iter().map(Tensor::item).collect::<Result<_>>()?;
        Ok(ScalarGraph { program: program.clone(), tensors, values })
    }

    /// The program it computes.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The value of every node.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values of the variables, in their order.
    pub fn starts(&self) -> Vec<f64> {
        self.program.variables().map(|id| self.values[id]).collect()
    }

    /// Whether gradients flow to a node.
    pub fn requires_grad(&self, node: usize) -> bool {
        self.tensors[node].requires_grad()
    }

    /// The first node in the order of computation whose value is infinite or not a number.
    pub fn first_not_finite(&self) -> Option<usize> {
        self.values.iter().position(|value| !value.is_finite())
    }

    /// What the gradient rule of a node sends to each operand that needs a gradient, for the gradient that arrived at it.
    pub fn contributions(&self, node: usize, upstream: f64) -> Result<Vec<Contribution>> {
        let tensor = &self.tensors[node];
        if self.program.nodes[node].operation == Operation::Variable || tensor.op().is_none() {
            return Ok(Vec::new());
        }
        let slopes = local_gradients(tensor, &Tensor::scalar(1.0f64)?)?;
        let products = local_gradients(tensor, &Tensor::scalar(upstream)?)?;
        let mut contributions = Vec::new();
        for (k, operand) in self.program.nodes[node].operands.iter().enumerate() {
            let Operand::Node(input) = *operand else { continue };
            if !self.requires_grad(input) {
                continue;
            }
            // A power with a number as exponent is an op of one input; all others list operands as the source does.
            let at = k.min(slopes.len() - 1);
            if let (Some(slope), Some(product)) = (&slopes[at], &products[at]) {
                contributions.push(Contribution { operand: k, input, slope: slope.item()?, product: product.item()? });
            }
        }
        Ok(contributions)
    }

    /// The gradients of all nodes by `output.backward()`, in one go; none for nodes that it does not reach.
    pub fn gradients(&self) -> Result<Vec<Option<f64>>> {
        for tensor in self.tensors.iter().filter(|tensor| tensor.requires_grad()) {
            tensor.retain_grad()?;
        }
        let mut gradients = Gradients::new();
        let options = BackwardOptions { retain_graph: true, ..BackwardOptions::default() };
        self.tensors[self.program.output].backward_into(&mut gradients, options)?;
        self.tensors.iter().map(|tensor| gradients.get(tensor).map(Tensor::item).transpose()).collect()
    }
}

fn apply(operation: Operation, operands: &[Operand], operand: impl Fn(usize) -> Result<Tensor>) -> Result<Tensor> {
    let a = || operand(0);
    let b = || operand(1);
    match operation {
        Operation::Variable => a(),
        Operation::Add => a()?.add(&b()?),
        Operation::Subtract => a()?.sub(&b()?),
        Operation::Multiply => a()?.mul(&b()?),
        Operation::Divide => a()?.div(&b()?),
        Operation::Power => match operands[1] {
            Operand::Number(exponent) => a()?.pow_scalar(exponent),
            Operand::Node(_) => a()?.pow(&b()?),
        },
        Operation::Negate => a()?.neg(),
        Operation::Exponential => a()?.exp(),
        Operation::Logarithm => a()?.log(),
        Operation::SquareRoot => a()?.sqrt(),
        Operation::Square => a()?.square(),
        Operation::Absolute => a()?.abs(),
        Operation::Sine => a()?.sin(),
        Operation::Cosine => a()?.cos(),
        Operation::Tanh => a()?.tanh(),
        Operation::Sigmoid => a()?.sigmoid(),
        Operation::Relu => a()?.relu(),
        Operation::LeakyRelu => a()?.leaky_relu(0.01),
        Operation::Softplus => a()?.softplus(1.0, 20.0),
        Operation::Maximum => a()?.maximum(&b()?),
        Operation::Minimum => a()?.minimum(&b()?),
        Operation::Detach => Ok(a()?.detach()),
    }
}
