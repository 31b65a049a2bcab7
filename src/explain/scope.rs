//! What a source has said so far: its names, and the nodes that its operators have made. The parser reads the words and tells
//! this file what they mean; that a name is used before it is set, or set twice, is found here.

use super::arithmetic::value;
use super::expression::{MAXIMUM_NODES, Node, Operand, Program};
use super::operation::Operation;
use super::problem::{Problem, ProblemKind};
use std::collections::HashMap;
use std::ops::Range;

/// Where variables start that no statement sets, in turn.
const FIRST_VALUES: [f64; 6] = [0.5, 1.0, -0.5, 2.0, -1.0, 1.5];

/// A value while parsing, with the source that says it.
#[derive(Clone)]
pub struct Value {
    pub operand: Operand,
    pub span: Range<usize>,
}

struct Binding {
    node: usize,
    /// Set by a statement, not only used by one.
    assigned: bool,
    first_use: Range<usize>,
}

/// Names and nodes.
#[derive(Default)]
pub struct Scope {
    pub program: Program,
    names: HashMap<String, Binding>,
}

/// An `Err` that points at a place.
pub fn problem<T>(kind: ProblemKind, span: Range<usize>) -> Result<T, Problem> {
    Err(Problem { kind, span })
}

impl Scope {
    /// Whether a name has been used or set.
    pub fn knows(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// `name = number`: a variable that starts there.
    pub fn set_variable(&mut self, name: String, number: f64, span: Range<usize>) -> Result<(), Problem> {
        match self.names.get_mut(&name) {
            None => {
                let node = self.push_variable(Some(name.clone()), number, span.clone())?;
                self.names.insert(name, Binding { node, assigned: true, first_use: span });
                Ok(())
            }
            Some(binding) if self.program.nodes[binding.node].operation == Operation::Variable && !binding.assigned => {
                binding.assigned = true;
                self.program.nodes[binding.node].initial = number;
                Ok(())
            }
            Some(_) => problem(ProblemKind::AssignedTwice(name), span),
        }
    }

    /// `name = expression`: the node gets the name.
    pub fn name_node(&mut self, name: String, node: usize, span: Range<usize>) -> Result<usize, Problem> {
        if let Some(binding) = self.names.get(&name)
            && self.program.nodes[binding.node].operation == Operation::Variable
        {
            return match binding.assigned {
                true => problem(ProblemKind::AssignedTwice(name), span),
                false => problem(ProblemKind::UsedBeforeDefined(name), binding.first_use.clone()),
            };
        }
        self.program.nodes[node].name.get_or_insert_with(|| name.clone());
        self.names.insert(name, Binding { node, assigned: true, first_use: span });
        Ok(node)
    }

    /// A name where a value stands: a variable, new or known, or a named node.
    pub fn variable(&mut self, name: String, span: Range<usize>) -> Result<Value, Problem> {
        if let Some(binding) = self.names.get(&name) {
            return Ok(Value { operand: Operand::Node(binding.node), span });
        }
        if matches!(name.as_str(), "pi" | "π") {
            return Ok(Value { operand: Operand::Number(std::f64::consts::PI), span });
        }
        if name.chars().count() > 1 && Operation::function(&name).is_some() {
            return problem(ProblemKind::FunctionWithoutBrackets(name), span);
        }
        let initial = FIRST_VALUES[self.program.variables().count() % FIRST_VALUES.len()];
        let node = self.push_variable(Some(name.clone()), initial, span.clone())?;
        self.names.insert(name, Binding { node, assigned: false, first_use: span.clone() });
        Ok(Value { operand: Operand::Node(node), span })
    }

    /// A node for the operation; a number if every operand is one.
    pub fn apply(&mut self, operation: Operation, arguments: Vec<Value>, span: Range<usize>) -> Result<Value, Problem> {
        let operands: Vec<Operand> = arguments.iter().map(|argument| argument.operand).collect();
        if operation == Operation::Divide && operands[1] == Operand::Number(0.0) {
            return problem(ProblemKind::DivisionByZero, span);
        }
        let number = |operand: &Operand| match operand {
            Operand::Number(number) => Some(*number),
            Operand::Node(_) => None,
        };
        if let Some(numbers) = operands.iter().map(number).collect::<Option<Vec<f64>>>() {
            let folded = value(operation, &numbers);
            if !folded.is_finite() {
                return problem(ProblemKind::NotFinite, span);
            }
            return Ok(Value { operand: Operand::Number(folded), span });
        }
        let node = self.push(Node { operation, operands, name: None, initial: 0.0, span: span.clone() })?;
        Ok(Value { operand: Operand::Node(node), span })
    }

    /// A leaf.
    pub fn push_variable(&mut self, name: Option<String>, initial: f64, span: Range<usize>) -> Result<usize, Problem> {
        self.push(Node { operation: Operation::Variable, operands: Vec::new(), name, initial, span })
    }

    fn push(&mut self, node: Node) -> Result<usize, Problem> {
        if self.program.nodes.len() >= MAXIMUM_NODES {
            return problem(ProblemKind::TooManyNodes { limit: MAXIMUM_NODES }, node.span);
        }
        self.program.nodes.push(node);
        Ok(self.program.nodes.len() - 1)
    }
}
