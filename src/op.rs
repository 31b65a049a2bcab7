//! What made a tensor. The graph is data: an op owns its inputs, and the backward walk, the picture of the graph, the
//! stepper and the tests all go through [`Op::inputs`].
//!
//! Adding an op touches five places:
//! 1. the variant here, with its `inputs` and `name`;
//! 2. the tensor method (`tensor/`);
//! 3. the gradient rule (`autograd/rules.rs`, `autograd/elementwise.rs`);
//! 4. the kernels, where no present one serves (`backend/kernel/`, `backend/cpu/`, `backend/gpu/`);
//! 5. the row in the op table of the tests (`tests/op_table/`).

use crate::backend::Buffer;
use crate::backend::kernel::{Activation, BinaryOp, ConvolutionSizes, MatmulSizes, PoolSizes, UnaryOp};
use crate::tensor::Tensor;
use std::rc::Rc;

/// The operation that made a tensor, with the tensors that went in.
#[derive(Debug, Clone)]
pub enum Op {
    /// An element-wise function.
    Unary { input: Tensor, function: UnaryOp },
    /// An element-wise function of two tensors, with broadcasting.
    Binary { left: Tensor, right: Tensor, function: BinaryOp },
    /// Another dtype.
    Cast { input: Tensor },
    /// `torch.where`, with broadcasting.
    Where { condition: Tensor, left: Tensor, right: Tensor },

    /// The sum over some axes, which stay with size 1 or go.
    Sum { input: Tensor, axes: Vec<usize> },
    /// The mean over some axes, which stay with size 1 or go.
    Mean { input: Tensor, axes: Vec<usize> },
    /// Running sums along an axis.
    CumulativeSum { input: Tensor, axis: usize },
    /// The product over an axis, which stays with size 1 or goes.
    Product { input: Tensor, axis: usize },
    /// The largest or smallest along an axis, which stays with size 1 or goes, and where it was found (Index).
    Extreme { input: Tensor, axis: usize, largest: bool, positions: Buffer },
    /// The largest or smallest of each row of a matrix; equal ones share the gradient. Of all elements of a tensor, or along axes.
    SharedExtreme { input: Tensor, largest: bool, of_all: bool },

    /// The same elements in another shape.
    Reshape { input: Tensor },
    /// A strided look at the input: transposed, stretched, cut out.
    View { input: Tensor, kind: ViewKind, strides: Vec<isize>, offset: usize },
    /// What such a look gives back: each element added, in a tensor of zeros, where the look would read it.
    Spread { input: Tensor, strides: Vec<isize>, offset: usize },
    /// Tensors one behind the other along an axis.
    Concatenate { inputs: Vec<Tensor>, axis: usize },
    /// Slices along an axis, by a list of positions (Index).
    IndexSelect { input: Tensor, axis: usize, index: Buffer },
    /// What such a selection gives back: each slice added, in a tensor of zeros, at its position (Index).
    IndexAdd { input: Tensor, axis: usize, index: Buffer },
    /// The input with some elements replaced: those at these positions by the values, in order.
    Overwrite { input: Tensor, value: Tensor, positions: Rc<[usize]> },
    /// `torch.gather`: one position (Index) for each element of the result.
    Gather { input: Tensor, axis: usize, index: Buffer },
    /// What that gives back: each element added, in a tensor of zeros, at its position (Index).
    ScatterAdd { input: Tensor, axis: usize, index: Buffer },

    /// A matrix product, batched or not; transposed operands are read as such.
    Matmul { left: Tensor, right: Tensor, sizes: MatmulSizes },
    /// A convolution without bias.
    Convolution { input: Tensor, weight: Tensor, sizes: ConvolutionSizes },
    /// What a convolution gives back to its input.
    ConvolutionInputGradient { gradient: Tensor, weight: Tensor, sizes: ConvolutionSizes },
    /// What a convolution gives back to its weight.
    ConvolutionWeightGradient { input: Tensor, gradient: Tensor, sizes: ConvolutionSizes },
    /// The largest in each window, and where it was (Index).
    MaxPool { input: Tensor, sizes: PoolSizes, positions: Buffer },
    /// What that gives back: each element goes to where the largest was (Index).
    MaxPoolGradient { gradient: Tensor, sizes: PoolSizes, positions: Buffer },
    /// The mean of each window.
    AveragePool { input: Tensor, sizes: PoolSizes },
    /// What that gives back: each element is shared by its window.
    AveragePoolGradient { gradient: Tensor, sizes: PoolSizes },
    /// The softmax over an axis.
    Softmax { input: Tensor, axis: usize },
    /// The logarithm of the softmax over an axis.
    LogSoftmax { input: Tensor, axis: usize },
    /// The input times a mask of 0 and `1 / (1 - p)`.
    Dropout { input: Tensor, mask: Tensor },

    // Fused, for training; each has a plain twin of the ops above.
    /// `activation(input weight^T + bias)`
    Linear { input: Tensor, weight: Tensor, bias: Tensor, activation: Activation, shards: usize },
    /// Convolution, bias, ReLU and 2x2 max-pooling; positions (Byte) in each window.
    ConvolutionBlock {
        input: Tensor,
        weight: Tensor,
        bias: Tensor,
        sizes: ConvolutionSizes,
        positions: Buffer,
        shards: usize,
    },
    /// Mean cross-entropy of the softmax, which makes its gradient on the way.
    SoftmaxCrossEntropy { logits: Tensor, gradient: Buffer },
    /// Dropout of a recorded step: row `cursor[0]` of the masks (Byte), from `first`, times `scale`.
    StepDropout { input: Tensor, masks: Buffer, cursor: Buffer, first: usize, row: usize, scale: f32 },
}

/// Which of PyTorch's views a strided look is; decides the name only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    Permute,
    Transpose,
    Expand,
    Slice,
    Select,
}

impl Op {
    /// The tensors that went in, in order.
    pub fn inputs(&self) -> Vec<&Tensor> {
        match self {
            Op::Unary { input, .. }
            | Op::Cast { input }
            | Op::Sum { input, .. }
            | Op::Mean { input, .. }
            | Op::CumulativeSum { input, .. }
            | Op::Product { input, .. }
            | Op::Extreme { input, .. }
            | Op::SharedExtreme { input, .. }
            | Op::Reshape { input }
            | Op::View { input, .. }
            | Op::Spread { input, .. }
            | Op::IndexSelect { input, .. }
            | Op::IndexAdd { input, .. }
            | Op::Gather { input, .. }
            | Op::ScatterAdd { input, .. }
            | Op::MaxPool { input, .. }
            | Op::AveragePool { input, .. }
            | Op::Softmax { input, .. }
            | Op::LogSoftmax { input, .. }
            | Op::StepDropout { input, .. } => vec![input],
            Op::MaxPoolGradient { gradient, .. } | Op::AveragePoolGradient { gradient, .. } => vec![gradient],
            Op::SoftmaxCrossEntropy { logits, .. } => vec![logits],
            Op::Binary { left, right, .. } | Op::Matmul { left, right, .. } => vec![left, right],
            Op::Where { condition, left, right } => vec![condition, left, right],
            Op::Concatenate { inputs, .. } => inputs.iter().collect(),
            Op::Convolution { input, weight, .. } => vec![input, weight],
            Op::ConvolutionInputGradient { gradient, weight, .. } => vec![gradient, weight],
            Op::ConvolutionWeightGradient { input, gradient, .. } => vec![input, gradient],
            Op::Overwrite { input, value, .. } => vec![input, value],
            Op::Dropout { input, mask } => vec![input, mask],
            Op::Linear { input, weight, bias, .. } | Op::ConvolutionBlock { input, weight, bias, .. } => {
                vec![input, weight, bias]
            }
        }
    }

    /// The inputs by value: what dropping a long graph without recursion needs.
    pub(crate) fn into_inputs(self) -> Vec<Tensor> {
        self.inputs().into_iter().cloned().collect()
    }

    /// Whether the backward pass reads a tensor that the forward pass kept; such a graph is freed after one pass.
    pub fn saves_tensors(&self) -> bool {
        match self {
            Op::Unary { function, .. } => !matches!(
                function,
                UnaryOp::Negate | UnaryOp::Affine { .. } | UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round
            ),
            Op::Binary { function, .. } => !matches!(function, BinaryOp::Add | BinaryOp::Subtract),
            Op::Cast { .. }
            | Op::Sum { .. }
            | Op::Mean { .. }
            | Op::CumulativeSum { .. }
            | Op::Reshape { .. }
            | Op::View { .. }
            | Op::Spread { .. }
            | Op::Overwrite { .. }
            | Op::Concatenate { .. } => false,
            _ => true,
        }
    }

    /// PyTorch's name of the gradient function, as `grad_fn=<...>` shows it.
    pub fn grad_fn_name(&self) -> &'static str {
        match self {
            Op::Unary { function, .. } => match function {
                UnaryOp::Negate => "NegBackward0",
                UnaryOp::Absolute => "AbsBackward0",
                UnaryOp::Sign => "SignBackward0",
                UnaryOp::Reciprocal => "ReciprocalBackward0",
                UnaryOp::Square | UnaryOp::PowerScalar { .. } => "PowBackward0",
                UnaryOp::SquareRoot => "SqrtBackward0",
                UnaryOp::Exponential => "ExpBackward0",
                UnaryOp::ExponentialMinusOne => "Expm1Backward0",
                UnaryOp::Logarithm => "LogBackward0",
                UnaryOp::Logarithm2 => "Log2Backward0",
                UnaryOp::LogarithmOnePlus => "Log1PBackward0",
                UnaryOp::Sine => "SinBackward0",
                UnaryOp::Cosine => "CosBackward0",
                UnaryOp::Arctangent => "AtanBackward0",
                UnaryOp::ErrorFunction => "ErfBackward0",
                UnaryOp::Floor => "FloorBackward0",
                UnaryOp::Ceil => "CeilBackward0",
                UnaryOp::Round => "RoundBackward0",
                UnaryOp::Tanh => "TanhBackward0",
                UnaryOp::Sigmoid => "SigmoidBackward0",
                UnaryOp::Relu => "ReluBackward0",
                UnaryOp::LeakyRelu { .. } => "LeakyReluBackward0",
                UnaryOp::Elu { .. } | UnaryOp::Selu => "EluBackward0",
                UnaryOp::Gelu => "GeluBackward0",
                UnaryOp::Softplus { .. } => "SoftplusBackward0",
                UnaryOp::Clamp { .. } => "ClampBackward1",
                // Multiplied or added by a number: PyTorch names whichever was written.
                UnaryOp::Affine { scale: 1.0, .. } => "AddBackward0",
                UnaryOp::Affine { .. } => "MulBackward0",
                UnaryOp::LogicalNot => "LogicalNotBackward0",
            },
            Op::Binary { function, .. } => match function {
                BinaryOp::Add => "AddBackward0",
                BinaryOp::Subtract => "SubBackward0",
                BinaryOp::Multiply => "MulBackward0",
                BinaryOp::Divide => "DivBackward0",
                BinaryOp::Power => "PowBackward1",
                BinaryOp::Maximum => "MaximumBackward0",
                BinaryOp::Minimum => "MinimumBackward0",
                BinaryOp::Remainder => "RemainderBackward1",
                _ => "NotImplemented",
            },
            Op::Cast { .. } => "ToCopyBackward0",
            Op::Where { .. } => "WhereBackward0",
            Op::Sum { input, axes } if axes.len() == input.dim() => "SumBackward0",
            Op::Sum { .. } => "SumBackward1",
            Op::Mean { input, axes } if axes.len() == input.dim() => "MeanBackward0",
            Op::Mean { .. } => "MeanBackward1",
            Op::CumulativeSum { .. } => "CumsumBackward0",
            Op::Product { .. } => "ProdBackward1",
            Op::Extreme { largest: true, .. } => "MaxBackward0",
            Op::Extreme { largest: false, .. } => "MinBackward0",
            Op::SharedExtreme { largest: true, of_all: false, .. } => "AmaxBackward0",
            Op::SharedExtreme { largest: false, of_all: false, .. } => "AminBackward0",
            Op::SharedExtreme { largest: true, .. } => "MaxBackward1",
            Op::SharedExtreme { largest: false, .. } => "MinBackward1",
            Op::Reshape { .. } => "ViewBackward0",
            Op::View { kind, .. } => match kind {
                ViewKind::Permute => "PermuteBackward0",
                ViewKind::Transpose => "TransposeBackward0",
                ViewKind::Expand => "ExpandBackward0",
                ViewKind::Slice => "SliceBackward0",
                ViewKind::Select => "SelectBackward0",
            },
            Op::Spread { .. } => "AsStridedBackward0",
            Op::Concatenate { .. } => "CatBackward0",
            Op::IndexSelect { .. } => "IndexBackward0",
            Op::IndexAdd { .. } => "IndexPutImplBackward0",
            Op::Overwrite { .. } => "IndexPutBackward0",
            Op::Gather { .. } => "GatherBackward0",
            Op::ScatterAdd { .. } => "ScatterAddBackward0",
            Op::Matmul { sizes, .. } if sizes.left_batched || sizes.right_batched => "BmmBackward0",
            Op::Matmul { .. } => "MmBackward0",
            Op::Convolution { .. } => "ConvolutionBackward0",
            Op::ConvolutionInputGradient { .. } | Op::ConvolutionWeightGradient { .. } => "ConvolutionBackwardBackward0",
            Op::MaxPool { .. } => "MaxPool2DWithIndicesBackward0",
            Op::MaxPoolGradient { .. } => "MaxPool2DWithIndicesBackwardBackward0",
            Op::AveragePool { .. } => "AvgPool2DBackward0",
            Op::AveragePoolGradient { .. } => "AvgPool2DBackwardBackward0",
            Op::Softmax { .. } => "SoftmaxBackward0",
            Op::LogSoftmax { .. } => "LogSoftmaxBackward0",
            Op::Dropout { .. } | Op::StepDropout { .. } => "NativeDropoutBackward0",
            Op::Linear { activation: Activation::Identity, .. } => "AddmmBackward0",
            Op::Linear { .. } => "ReluBackward0",
            Op::ConvolutionBlock { .. } => "MaxPool2DWithIndicesBackward0",
            Op::SoftmaxCrossEntropy { .. } => "NllLossBackward0",
        }
    }
}
