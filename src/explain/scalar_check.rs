//! "Check this gradient" for a typed expression: what the output does when one node, a variable or not, is moved a little.

use super::check::Check;
use super::expression::{Node, Operand, Program};
use super::operation::Operation;
use super::scalar_graph::ScalarGraph;
use super::trace::Trace;
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Compares the gradient of a node that the whole backward pass of `trace` gives with central differences.
pub fn check_node(program: &Arc<Program>, trace: &Trace, node: usize, step: f64) -> Result<Check> {
    let starts: Vec<f64> = program.variables().map(|id| trace.values()[id]).collect();
    let run = |offset: f64| ScalarGraph::evaluate_moved(program, &starts, &BTreeSet::new(), Some((node, offset)));
    let (low, high) = (run(-step)?, run(step)?);
    let autograd = trace.gradient(node).ok_or_else(|| Error::Value(format!("{} has no gradient", program.label(node))))?;
    let of = |graph: &ScalarGraph| graph.values()[program.output];
    let difference = (of(&high) - of(&low)) / (2.0 * step);
    let kink = sides(program, low.values()) != sides(program, high.values());
    Ok(Check { autograd, difference, low: of(&low), high: of(&high), step, kink })
}

/// On which side of its kink each node is that has one.
fn sides(program: &Program, values: &[f64]) -> Vec<bool> {
    let side = |node: &Node| {
        let value = |k: usize| match *node.operands.get(k)? {
            Operand::Node(id) => values.get(id).copied(),
            Operand::Number(number) => Some(number),
        };
        match node.operation {
            Operation::Relu | Operation::LeakyRelu | Operation::Absolute => Some(value(0)? > 0.0),
            Operation::Maximum | Operation::Minimum => Some(value(0)? > value(1)?),
            _ => None,
        }
    };
    program.nodes.iter().filter_map(side).collect()
}
