//! Operations on plain numbers, for what is no node of a graph: numbers that the source itself computes (`1/3`), and the proof
//! that numbers as they are shown make the result that is shown. Values and gradients of a graph come from the tensor core.

use super::operation::Operation;

/// What an operation makes of these operands.
pub fn value(operation: Operation, operands: &[f64]) -> f64 {
    let a = operands.first().copied().unwrap_or(f64::NAN);
    let b = operands.get(1).copied().unwrap_or(f64::NAN);
    match operation {
        Operation::Variable | Operation::Detach => a,
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
        Operation::Power => a.powf(b),
        Operation::Negate => -a,
        Operation::Exponential => a.exp(),
        Operation::Logarithm => a.ln(),
        Operation::SquareRoot => a.sqrt(),
        Operation::Square => a * a,
        Operation::Absolute => a.abs(),
        Operation::Sine => a.sin(),
        Operation::Cosine => a.cos(),
        Operation::Tanh => a.tanh(),
        Operation::Sigmoid => sigmoid(a),
        Operation::Relu => a.max(0.0),
        Operation::LeakyRelu => a.max(0.01 * a),
        // Exact for large numbers too, whose exponential is infinite.
        Operation::Softplus => a.max(0.0) + (-a.abs()).exp().ln_1p(),
        Operation::Maximum => a.max(b),
        Operation::Minimum => a.min(b),
    }
}

/// The local derivative by one operand as its formula is written: from the operands and, where the formula has it, from the
/// result `y`. None where the formula holds no numbers to compute with.
pub fn slope(operation: Operation, operand: usize, operands: &[f64], y: f64) -> Option<f64> {
    let a = operands.first().copied().unwrap_or(f64::NAN);
    let b = operands.get(1).copied().unwrap_or(f64::NAN);
    Some(match (operation, operand) {
        (Operation::Divide, 0) => 1.0 / b,
        (Operation::Divide, _) => -a / (b * b),
        (Operation::Power, 0) => b * a.powf(b - 1.0),
        (Operation::Power, _) => y * a.ln(),
        (Operation::Logarithm, _) => 1.0 / a,
        (Operation::SquareRoot, _) => 1.0 / (2.0 * y),
        (Operation::Square, _) => 2.0 * a,
        (Operation::Sine, _) => a.cos(),
        (Operation::Cosine, _) => -a.sin(),
        (Operation::Tanh, _) => 1.0 - y * y,
        (Operation::Sigmoid, _) => y * (1.0 - y),
        (Operation::Softplus, _) => sigmoid(a),
        _ => return None,
    })
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
