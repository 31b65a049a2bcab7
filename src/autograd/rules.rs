//! One gradient rule per op. A rule returns one gradient per input, in the order of `Op::inputs`, and none for an input that
//! needs none; it accumulates nothing. `g` is the gradient of the output, `y` the output, `x` the input.

use super::elementwise::{binary, unary};
use crate::backend::kernel::{Activation, BinaryOp, Kernel, MatmulSizes};
use crate::backend::{Buffer, Element};
use crate::error::{Error, Result};
use crate::op::{Op, ViewKind};
use crate::shape::Shape;
use crate::tensor::Tensor;

pub(super) type Rules = Result<Vec<Option<Tensor>>>;

/// The gradients of the inputs of `op`, which made `y`.
pub(super) fn gradients(op: &Op, y: &Tensor, g: &Tensor, needs: &[bool]) -> Rules {
    match op {
        Op::Unary { input, function } => Ok(vec![Some(unary(*function, input, y, g)?)]),
        Op::Binary { left, right, function } => binary(*function, left, right, y, g, needs),
        Op::Cast { input } => Ok(vec![Some(g.to_dtype(input.dtype())?)]),
        Op::Where { condition, left, right } => {
            let zero = g.zeros_like()?;
            Ok(vec![
                None,
                when(needs[1], || sum_to(&condition.where_(g, &zero)?, left.shape()))?,
                when(needs[2], || sum_to(&condition.where_(&zero, g)?, right.shape()))?,
            ])
        }

        Op::Sum { input, axes } => Ok(vec![Some(stretch(g, input, axes)?)]),
        Op::Mean { input, axes } => {
            let count: usize = axes.iter().map(|&axis| input.shape()[axis]).product();
            Ok(vec![Some(stretch(&g.affine(1.0 / count as f64, 0.0)?, input, axes)?)])
        }
        // Each element is in all sums from its own on.
        Op::CumulativeSum { axis, .. } => {
            let axis = *axis as i64;
            Ok(vec![Some(g.flip(&[axis])?.cumsum(axis)?.flip(&[axis])?)])
        }
        // d prod / dx_i is the product of the others: y / x_i, or computed anew where a zero stands in the way.
        Op::Product { input, axis } => Ok(vec![Some(product(input, *axis, g)?)]),
        Op::Extreme { input, axis, positions, .. } => {
            let (outer, size, inner) = input.split_at_axis(*axis);
            let spread = g.reshape([outer, 1, inner])?.scattered(1, positions.clone(), size)?;
            Ok(vec![Some(spread.reshape(input.shape().clone())?.named("ScatterBackward0"))])
        }
        Op::SharedExtreme { input, of_all, .. } => Ok(vec![Some(shared_extreme(input, *of_all, y, g)?)]),

        Op::Reshape { input } => Ok(vec![Some(g.reshape(input.shape().clone())?)]),
        Op::View { input, strides, offset, .. } => Ok(vec![Some(g.spread(input.shape(), strides, *offset)?)]),
        Op::Spread { input, strides, offset } => {
            Ok(vec![Some(g.strided(ViewKind::Slice, input.shape().to_vec(), strides.clone(), *offset)?)])
        }
        Op::Concatenate { inputs, axis } => {
            let mut start = 0;
            let mut parts = Vec::with_capacity(inputs.len());
            for input in inputs {
                // An empty list of numbers that fitted everywhere.
                if input.dim() != g.dim() {
                    parts.push(Some(input.detach().zeros_like()?));
                    continue;
                }
                let size = input.shape()[*axis] as i64;
                parts.push(Some(g.slice(*axis as i64, start, start + size, 1)?));
                start += size;
            }
            Ok(parts)
        }
        Op::IndexSelect { input, axis, index } => Ok(vec![Some(g.added_at(*axis, index.clone(), input.shape()[*axis])?)]),
        Op::IndexAdd { axis, index, .. } => Ok(vec![Some(g.selected(*axis, index.clone())?)]),
        Op::Overwrite { value, positions, .. } => Ok(vec![
            when(needs[0], || g.overwrite(positions.clone(), &value.zeros_like()?))?,
            when(needs[1], || g.taken(positions, value.shape()))?,
        ]),
        Op::Gather { input, axis, index } => Ok(vec![Some(g.scattered(*axis, index.clone(), input.shape()[*axis])?)]),
        Op::ScatterAdd { input, axis, index } => Ok(vec![Some(g.gathered(*axis, index.clone(), input.shape()[*axis])?)]),

        Op::Matmul { left, right, sizes } => matmul(left, right, *sizes, g, needs),
        Op::Convolution { input, weight, sizes } => Ok(vec![
            when(needs[0], || g.convolution_input_gradient(weight, *sizes))?,
            when(needs[1], || input.convolution_weight_gradient(g, *sizes))?,
        ]),
        // A convolution is linear in each of its two, and so are both of these: what is left of the three makes the third.
        Op::ConvolutionInputGradient { gradient, weight, sizes } => Ok(vec![
            when(needs[0], || g.convolved(weight, *sizes))?,
            when(needs[1], || g.convolution_weight_gradient(gradient, *sizes))?,
        ]),
        Op::ConvolutionWeightGradient { input, gradient, sizes } => Ok(vec![
            when(needs[0], || gradient.convolution_input_gradient(g, *sizes))?,
            when(needs[1], || input.convolved(g, *sizes))?,
        ]),
        Op::MaxPool { input, sizes, positions } => {
            Ok(vec![Some(g.max_pool_gradient(*sizes, positions.clone(), input.shape())?)])
        }
        Op::MaxPoolGradient { gradient, sizes, positions } => {
            Ok(vec![Some(g.at_winners(*sizes, positions.clone(), gradient.shape())?)])
        }
        Op::AveragePool { input, sizes } => Ok(vec![Some(g.average_pool_gradient(*sizes, input.shape())?)]),
        Op::AveragePoolGradient { gradient, sizes } => Ok(vec![Some(g.average_pooled(*sizes, gradient.shape())?)]),
        // J^T g = y (g - sum(g y))
        Op::Softmax { axis, .. } => {
            let weighted = g.mul(y)?.precise_sum(&[*axis as i64], true)?;
            Ok(vec![Some(g.sub(&weighted)?.mul(y)?)])
        }
        // g - softmax(x) sum(g)
        Op::LogSoftmax { axis, .. } => {
            let total = g.sum(&[*axis as i64], true)?;
            Ok(vec![Some(g.sub(&y.exp()?.mul(&total)?)?)])
        }
        Op::Dropout { mask, .. } => Ok(vec![Some(g.mul(mask)?), None]),

        Op::Linear { input, weight, activation, shards, .. } => linear(input, weight, *activation, *shards, y, g, needs),
        Op::ConvolutionBlock { input, weight, bias, sizes, positions, shards } => {
            let input_gradient = when(needs[0], || {
                let buffers = [weight.buffer(), y.buffer(), positions, g.buffer()];
                run(Kernel::ConvolutionBlockInputGradient(*sizes), &buffers, input)
            })?;
            let device = g.device();
            let weight_gradient = device.allocate(Element::Float32, weight.numel())?;
            let bias_gradient = device.allocate(Element::Float32, bias.numel())?;
            let kernel = Kernel::ConvolutionBlockWeightGradient { sizes: *sizes, shards: *shards };
            let buffers = [input.buffer(), y.buffer(), positions, g.buffer()];
            device.run(kernel, &buffers, &[&weight_gradient, &bias_gradient])?;
            Ok(vec![
                input_gradient,
                Some(Tensor::from_buffer(weight_gradient, weight.shape().clone())?),
                Some(Tensor::from_buffer(bias_gradient, bias.shape().clone())?),
            ])
        }
        // The forward pass made the gradient for an output gradient of 1, which a loss at the end of a step has. It is
        // taken as it is, without a multiplication, when the loss itself is what backward() starts from.
        Op::SoftmaxCrossEntropy { logits, gradient } => {
            let gradient = Tensor::from_buffer(gradient.clone(), logits.shape().clone())?;
            Ok(vec![Some(if is_one(g) { gradient } else { gradient.mul(g)? })])
        }
        Op::StepDropout { input, masks, cursor, first, row, scale } => {
            let kernel = Kernel::Dropout { elements: g.numel(), first: *first, row: *row, scale: *scale };
            Ok(vec![Some(run(kernel, &[g.buffer(), masks, cursor], input)?)])
        }
    }
}

/// Whether the rule of this op leaves a graph of its own, which `create_graph` asks for: an error names the op if not.
/// Rules that only move the gradient about do no harm where the gradient has no history.
pub(super) fn traceable(op: &Op, g: &Tensor) -> Result<()> {
    let lost = match op {
        Op::StepDropout { .. } => g.requires_grad(),
        Op::Linear { .. } | Op::ConvolutionBlock { .. } | Op::SoftmaxCrossEntropy { .. } => true,
        _ => false,
    };
    if !lost {
        return Ok(());
    }
    Err(Error::Autograd(format!(
        "derivative for {} is not implemented: with create_graph=True its gradient would have to be differentiated again, which GradLab \
         cannot do for this operation",
        op.grad_fn_name()
    )))
}

pub(super) fn when(needed: bool, rule: impl FnOnce() -> Result<Tensor>) -> Result<Option<Tensor>> {
    needed.then(rule).transpose()
}

/// Runs a kernel whose one output has the shape and dtype of `like`.
fn run(kernel: Kernel, inputs: &[&Buffer], like: &Tensor) -> Result<Tensor> {
    let device = like.device();
    let out = device.allocate(Element::from(like.dtype()), like.numel())?;
    device.run(kernel, inputs, &[&out])?;
    Tensor::from_buffer(out, like.shape().clone())
}

/// Whether the gradient is the single 1 that a backward pass starts from. Only the CPU can tell without waiting; on other devices
/// the training step starts from `SoftmaxCrossEntropy` itself.
fn is_one(g: &Tensor) -> bool {
    g.numel() == 1 && g.item().is_ok_and(|value| value == 1.0)
}

/// A gradient summed over the axes along which its tensor was stretched.
pub(super) fn sum_to(g: &Tensor, shape: &Shape) -> Result<Tensor> {
    if g.shape() == shape {
        return Ok(g.clone());
    }
    let extra = g.dim() - shape.len();
    let axes: Vec<i64> = (0..g.dim())
        .filter(|&axis| axis < extra || (shape[axis - extra] == 1 && g.shape()[axis] != 1))
        .map(|axis| axis as i64)
        .collect();
    let summed = if axes.is_empty() { g.clone() } else { g.sum(&axes, true)? };
    summed.reshape(shape.clone())
}

/// The gradient of a fold, stretched back over the folded axes of the input.
fn stretch(g: &Tensor, input: &Tensor, axes: &[usize]) -> Result<Tensor> {
    let mut sizes = input.shape().to_vec();
    for &axis in axes {
        sizes[axis] = 1;
    }
    g.reshape(sizes)?.broadcast_to(input.shape().clone())
}

/// Equal ones share the gradient. Along axes PyTorch multiplies it by a mask, so that a zero takes its sign; of all elements it fills
/// zeros, and where the extreme is no number, all that are none share.
fn shared_extreme(input: &Tensor, of_all: bool, y: &Tensor, g: &Tensor) -> Result<Tensor> {
    let column = [input.shape()[0], 1];
    let (input, y, g) = (input.detach(), y.detach().reshape(column)?, g.reshape(column)?);
    let equal = input.eq(&y)?;
    let winners = if of_all { equal.logical_or(&input.ne(&input)?.logical_and(&y.ne(&y)?)?)? } else { equal };
    let mask = winners.to_dtype(g.dtype())?;
    let count = mask.sum(&[1], true)?;
    if of_all { winners.where_(&g.div(&count)?, &g.scalar_like(0.0)?) } else { mask.mul(&g)?.div(&count) }
}

fn product(input: &Tensor, axis: usize, g: &Tensor) -> Result<Tensor> {
    let size = input.shape()[axis] as i64;
    let mut parts = Vec::with_capacity(size as usize);
    let ones = input.slice(axis as i64, 0, 1, 1)?.ones_like()?;
    for i in 0..size {
        let (before, after) = (input.slice(axis as i64, 0, i, 1)?, input.slice(axis as i64, i + 1, size, 1)?);
        let others = Tensor::cat(&[ones.clone(), before, after], axis as i64)?;
        parts.push(others.prod(axis as i64, true)?);
    }
    let mut sizes = input.shape().to_vec();
    sizes[axis] = 1;
    Tensor::cat(&parts, axis as i64)?.mul(&g.reshape(sizes)?)
}

/// With `y = op(A) op(B)`: `dA = g op(B)^T` and `dB = op(A)^T g`, each turned as its operand lies.
fn matmul(left: &Tensor, right: &Tensor, sizes: MatmulSizes, g: &Tensor, needs: &[bool]) -> Rules {
    let MatmulSizes { batch, m, k, n, transpose_left, transpose_right, left_batched, right_batched } = sizes;
    let g = g.reshape(if batch == 1 && g.dim() < 3 { vec![m, n] } else { vec![batch, m, n] })?;
    let product =
        |a: &Tensor, b: &Tensor, m: usize, k: usize, n: usize, ta: bool, tb: bool, ab: bool, bb: bool, like: &Tensor| {
            let sizes =
                MatmulSizes { batch, m, k, n, transpose_left: ta, transpose_right: tb, left_batched: ab, right_batched: bb };
            a.matmul_sized(b, sizes, like.shape().clone(), 1)
        };
    let batched = batch > 1;
    Ok(vec![
        when(needs[0], || {
            if transpose_left {
                product(right, &g, k, n, m, transpose_right, true, right_batched, batched, left)
            } else {
                product(&g, right, m, n, k, false, !transpose_right, batched, right_batched, left)
            }
        })?,
        when(needs[1], || {
            if transpose_right {
                product(&g, left, n, m, k, true, transpose_left, batched, left_batched, right)
            } else {
                product(left, &g, k, m, n, !transpose_left, false, left_batched, batched, right)
            }
        })?,
    ])
}

fn linear(
    input: &Tensor,
    weight: &Tensor,
    activation: Activation,
    shards: usize,
    y: &Tensor,
    g: &Tensor,
    needs: &[bool],
) -> Rules {
    let (m, k, n) = (input.shape()[0], input.shape()[1], weight.shape()[0]);
    let g = match activation {
        Activation::Identity => g.clone(),
        Activation::Relu => g.binary(y, BinaryOp::ReluGradient)?,
        // The slope is positive here, so the output has the input's sign.
        Activation::LeakyRelu { slope } => g.binary(y, BinaryOp::LeakyReluGradient { slope })?,
        Activation::Sigmoid => g.binary(y, BinaryOp::SigmoidGradient)?,
        Activation::Tanh => g.binary(y, BinaryOp::TanhGradient)?,
    };
    let single = |m, k, n, transpose_left| MatmulSizes {
        batch: 1,
        m,
        k,
        n,
        transpose_left,
        transpose_right: false,
        left_batched: false,
        right_batched: false,
    };
    Ok(vec![
        when(needs[0], || {
            let kernel = Kernel::Matmul { sizes: single(m, n, k, false), shards: 1 };
            run(kernel, &[g.buffer(), weight.buffer()], input)
        })?,
        when(needs[1], || {
            let kernel = Kernel::Matmul { sizes: single(n, m, k, true), shards };
            run(kernel, &[g.buffer(), input.buffer()], weight)
        })?,
        when(needs[2], || {
            let (_, buffer) = g.sum_buffer(&[0], shards)?;
            Tensor::from_buffer(buffer, [n])
        })?,
    ])
}
