//! The numbers of a step as they are written: wherever the step is shown, said or read aloud, they are these, and they make each
//! other (see [`super::digits`]).

use super::arithmetic;
use super::digits::{DIGITS, agreeing, plain_number, with_digits};
use super::expression::{Operand, Program};
use super::trace::{State, Step};

/// A step in written numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// The operands, in order, and the value that they make.
    Forward { operands: Vec<String>, value: String },
    /// The gradient 1.
    Seed,
    /// What passes along an edge.
    Backward(WrittenEdge),
    /// `before - rate * gradient = after`
    Update { before: String, rate: String, gradient: String, after: String },
}

/// `upstream * slope = product`, and `before + product = after` where another path was there first.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenEdge {
    pub upstream: String,
    pub slope: String,
    pub product: String,
    /// Before and after.
    pub sum: Option<(String, String)>,
    /// How many digits upstream and slope have.
    pub digits: usize,
}

/// The numbers of a step; `state` is what is known at it.
pub fn written(program: &Program, step: &Step, state: &State) -> Written {
    match *step {
        Step::Forward { node, value } => {
            let node = &program.nodes[node];
            let operands: Vec<f64> = node.operands.iter().map(|operand| value_of(*operand, state)).collect();
            let operands = agreeing(&operands, value, DIGITS, |n| arithmetic::value(node.operation, n)).texts;
            Written::Forward { operands, value: plain_number(value) }
        }
        Step::Seed { .. } => Written::Seed,
        Step::Backward { upstream, slope, product, before, after, .. } => {
            let sum = before.map(|before| agreeing(&[before, product], after, DIGITS, |n| n[0] + n[1]));
            let digits = sum.as_ref().map_or(DIGITS, |sum| sum.digits);
            let factors = agreeing(&[upstream, slope], product, digits, |n| n[0] * n[1]);
            Written::Backward(WrittenEdge {
                upstream: factors.texts[0].clone(),
                slope: factors.texts[1].clone(),
                product: with_digits(product, digits),
                sum: sum.map(|sum| (sum.texts[0].clone(), plain_number(after))),
                digits: factors.digits,
            })
        }
        Step::Update { before, gradient, learning_rate, after, .. } => {
            let texts = agreeing(&[before, learning_rate, gradient], after, DIGITS, |n| n[0] - n[1] * n[2]).texts;
            let [before, rate, gradient] = [0, 1, 2].map(|k: usize| texts[k].clone());
            Written::Update { before, rate, gradient, after: plain_number(after) }
        }
    }
}

/// The value of an operand at a place of the walk.
pub fn value_of(operand: Operand, state: &State) -> f64 {
    match operand {
        Operand::Node(id) => state.values[id].unwrap_or(f64::NAN),
        Operand::Number(value) => value,
    }
}
