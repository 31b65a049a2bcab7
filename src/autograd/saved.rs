//! Which tensors an op keeps for its gradient, as PyTorch does, and the error where one of them was written to in between.

use crate::backend::kernel::{BinaryOp, UnaryOp};
use crate::error::{Error, Result};
use crate::op::{Op, ViewKind};
use crate::tensor::Tensor;

/// The tensors that the gradients of `op`, which made `output`, are computed from; `needs` says which inputs need one.
fn saved<'a>(op: &'a Op, output: &'a Tensor, needs: &[bool]) -> Vec<&'a Tensor> {
    let pick = |wanted: &[(bool, &'a Tensor)]| wanted.iter().filter(|(wanted, _)| *wanted).map(|&(_, x)| x).collect();
    match op {
        Op::Unary { input, function } => match function {
            UnaryOp::Negate
            | UnaryOp::Affine { .. }
            | UnaryOp::Sign
            | UnaryOp::Floor
            | UnaryOp::Ceil
            | UnaryOp::Round
            | UnaryOp::LogicalNot => vec![],
            UnaryOp::Reciprocal
            | UnaryOp::SquareRoot
            | UnaryOp::Exponential
            | UnaryOp::ExponentialMinusOne
            | UnaryOp::Tanh
            | UnaryOp::Sigmoid
            | UnaryOp::Relu => vec![output],
            _ => vec![input],
        },
        Op::Binary { left, right, function } => match function {
            BinaryOp::Add | BinaryOp::Subtract => vec![],
            BinaryOp::Multiply => pick(&[(needs[1], left), (needs[0], right)]),
            BinaryOp::Divide => pick(&[(needs[1], left), (true, right)]),
            BinaryOp::Power => pick(&[(true, left), (true, right), (needs[1], output)]),
            _ => vec![left, right],
        },
        Op::Product { input, .. } => vec![unshaped(input), output],
        Op::SharedExtreme { input, .. } => vec![unshaped(input), output],
        // Of the whole: where it was found is not what PyTorch keeps.
        Op::Extreme { input, .. } if matches!(input.op(), Some(Op::Reshape { .. })) => vec![unshaped(input)],
        Op::MaxPool { input, .. } | Op::AveragePool { input, .. } => vec![input],
        Op::Matmul { left, right, .. } => pick(&[(needs[1], left), (needs[0], right)]),
        Op::Convolution { input, weight, .. } => vec![input, weight],
        Op::Softmax { .. } | Op::LogSoftmax { .. } => vec![output],
        _ => vec![],
    }
}

/// The tensor that an op was given, where the core turned it or gave it another shape first. What a program made so has a version.
fn unshaped(mut tensor: &Tensor) -> &Tensor {
    while !tensor.has_version()
        && let Some(Op::Reshape { input } | Op::View { input, kind: ViewKind::Permute, .. }) = tensor.op()
    {
        tensor = input;
    }
    tensor
}

/// An error in PyTorch's words if a tensor that the gradients of `op` need was written to in place since.
pub(super) fn check(op: &Op, output: &Tensor, needs: &[bool]) -> Result<()> {
    for tensor in saved(op, output, needs) {
        let Some(written) = tensor.overwritten(tensor.id() == output.id()) else { continue };
        // An in-place op keeps a copy of what it is about to overwrite.
        if output.wrote_over(tensor) {
            continue;
        }
        let which = written.grad_fn.map_or(String::new(), |name| format!(", which is output 0 of {},", node_name(name)));
        return Err(Error::Autograd(format!(
            "one of the variables needed for gradient computation has been modified by an inplace operation: [torch.{}Tensor {}]{which} is \
             at version {}; expected version {} instead. Hint: enable anomaly detection to find the operation that failed to compute \
             its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).",
            tensor.dtype().class_name(),
            tensor.shape(),
            written.present,
            written.expected
        )));
    }
    Ok(())
}

/// As PyTorch's message names a gradient function: `Exp` for `ExpBackward0`, `Max1` for `MaxBackward1`.
fn node_name(grad_fn: &str) -> String {
    match grad_fn {
        "CopySlices" | "CopyBackwards" => format!("torch::autograd::{grad_fn}"),
        name => name.replace("Backward0", "").replace("Backward", ""),
    }
}
