//! Typed expressions, `L = (sigmoid(w*x + b) - t)^2 / 2`, as a list of nodes in the order of computation; `parser` reads them.
//!
//! Statements are separated by `;` or new lines; a name that no statement computes is a variable, `w = 0.5` sets where it
//! starts. Every occurrence of an operator is its own node, every variable only one. The list holds no values beyond those:
//! `scalar_graph` computes them with the tensor core. Mistakes are [`Problem`]s that point at the place.

use super::operation::Operation;
use super::parser::parse;
use super::problem::{Problem, ProblemKind};
use std::ops::Range;

/// Brackets and powers may nest this deep.
pub const MAXIMUM_DEPTH: usize = 100;
/// A drawing of more nodes helps nobody.
pub const MAXIMUM_NODES: usize = 1000;
/// Bytes of source.
pub const MAXIMUM_LENGTH: usize = 20_000;

/// What an operation reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operand {
    /// The value of an earlier node.
    Node(usize),
    /// A number written in the source.
    Number(f64),
}

/// One value of the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What computes it.
    pub operation: Operation,
    /// What it reads, in order.
    pub operands: Vec<Operand>,
    /// The name that a statement gives it.
    pub name: Option<String>,
    /// For a variable: where it starts.
    pub initial: f64,
    /// The bytes of the source that say it.
    pub span: Range<usize>,
}

impl Node {
    /// The earlier nodes that it reads, in order; a node that is read twice is listed twice.
    pub fn inputs(&self) -> impl Iterator<Item = usize> + '_ {
        self.operands.iter().filter_map(|operand| match operand {
            Operand::Node(id) => Some(*id),
            Operand::Number(_) => None,
        })
    }

    /// The name of its node in PyTorch's graph; `1 - x`, `2 / x` and `x ** 2` leave others than with two tensors.
    pub fn grad_fn(&self) -> Option<&'static str> {
        match (self.operation, &self.operands[..]) {
            (Operation::Subtract, [Operand::Number(_), _]) => Some("RsubBackward1"),
            (Operation::Divide, [Operand::Number(_), _]) => Some("MulBackward0"),
            (Operation::Power, [_, Operand::Number(_)]) => Some("PowBackward0"),
            _ => self.operation.grad_fn(),
        }
    }
}

/// A parsed expression: nodes in the order of computation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// Each reads only earlier ones.
    pub nodes: Vec<Node>,
    /// The node that backward starts from: the value of the last statement that computes something.
    pub output: usize,
    /// What nodes without a name are called, before their number.
    tag: &'static str,
}

impl Program {
    /// Reads statements. See the top of this file.
    pub fn parse(source: &str) -> Result<Program, Problem> {
        if source.len() > MAXIMUM_LENGTH {
            let kind = ProblemKind::TooLong { limit: MAXIMUM_LENGTH };
            let mut start = MAXIMUM_LENGTH;
            while !source.is_char_boundary(start) {
                start -= 1;
            }
            return Err(Problem { kind, span: start..source.len() });
        }
        parse(source)
    }

    /// The nodes that are variables, in the order in which they first appear.
    pub fn variables(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|&id| self.nodes[id].operation == Operation::Variable)
    }

    /// The name of a node, or `n3` for one without (`node3` where the source has such names itself).
    pub fn label(&self, id: usize) -> String {
        self.nodes[id].name.clone().unwrap_or_else(|| format!("{}{id}", self.tag))
    }

    /// Calls nodes without a name so that none is called like one that has a name.
    pub(super) fn choose_tags(&mut self) {
        let numbered = |tag: &str, name: &str| {
            let number = name.strip_prefix(tag);
            number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let names = || self.nodes.iter().filter_map(|node| node.name.as_deref());
        let free = ["n", "node", "op", "value"].into_iter().find(|tag| !names().any(|name| numbered(tag, name)));
        self.tag = free.unwrap_or("n");
    }
}
