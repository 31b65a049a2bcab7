//! Element-wise functions of one and of two tensors, with PyTorch's promotion and broadcasting.

use super::Tensor;
use crate::backend::Element;
use crate::backend::kernel::{BinaryOp, Kernel, UnaryOp};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::op::Op;

impl Tensor {
    /// An element-wise function, in this dtype. Integers become float32 where the function needs it.
    pub(crate) fn unary(&self, function: UnaryOp) -> Result<Tensor> {
        use UnaryOp::*;
        if self.dtype() == DType::Bool && matches!(function, Negate) {
            return Err(Error::DType(
                "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or \
                 `logical_not()` operator instead."
                    .to_string(),
            ));
        }
        if self.dtype() == DType::Bool && matches!(function, Relu) {
            return Err(Error::DType("Boolean inputs not supported for relu".to_string()));
        }
        if let Some(kernel) = no_kernel(function, self.dtype()) {
            return Err(self.dtype().lacks(kernel));
        }
        if self.dtype() == DType::Bool && matches!(function, Square) {
            return self.to_dtype(DType::Int64)?.unary(function);
        }
        if self.dtype() == DType::Bool && matches!(function, Sign) {
            return Ok(self.clone());
        }
        let keeps_integers = matches!(
            function,
            Negate | Absolute | Sign | Square | Relu | Clamp { .. } | Floor | Ceil | Round | Affine { .. }
        );
        let stays = self.dtype().is_floating() || (keeps_integers && self.dtype() == DType::Int64);
        if !stays {
            return self.to_dtype(DType::Float32)?.unary(function);
        }
        let buffer = self.run(Kernel::Unary(function), &[self], Element::from(self.dtype()), self.numel())?;
        Ok(Tensor::result(self.shape().clone(), self.dtype(), buffer, Op::Unary { input: self.clone(), function }))
    }

    /// An element-wise function of two tensors that broadcast, in their promoted dtype (comparisons: bool).
    pub(crate) fn binary(&self, other: &Tensor, function: BinaryOp) -> Result<Tensor> {
        use BinaryOp::*;
        let mut dtype = promote(self, other);
        if matches!(function, Subtract) {
            refuse_truths(self.dtype() == DType::Bool, other.dtype() == DType::Bool)?;
        }
        if let Some(kernel) = binary_for_numbers(function).filter(|_| dtype == DType::Bool) {
            return Err(dtype.lacks(kernel));
        }
        if dtype == DType::Int64
            && matches!(function, FloorDivide | Remainder)
            && other.host().is_ok_and(|data| data.to_f64().contains(&0.0))
        {
            return Err(Error::Value("ZeroDivisionError".to_string()));
        }
        if matches!(function, Divide) && !dtype.is_floating() {
            dtype = DType::Float32;
        }
        let (left, right) = (self.to_dtype(dtype)?, other.to_dtype(dtype)?);
        let shape = left.shape().broadcast(right.shape())?;
        let compares = matches!(
            function,
            Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | LogicalAnd | LogicalOr | LogicalXor
        );
        let out_dtype = if compares { DType::Bool } else { dtype };
        let kernel = Kernel::Binary {
            op: function,
            sizes: shape.to_vec(),
            left_strides: left.shape().broadcast_strides(&shape),
            right_strides: right.shape().broadcast_strides(&shape),
        };
        let buffer = left.run(kernel, &[&left, &right], Element::from(out_dtype), shape.elements())?;
        Ok(Tensor::result(shape, out_dtype, buffer, Op::Binary { left, right, function }))
    }

    /// `scale * x + shift` for every element, in this dtype.
    pub fn affine(&self, scale: f64, shift: f64) -> Result<Tensor> {
        self.unary(UnaryOp::Affine { scale, shift })
    }

    /// `torch.where(condition, self, other)`; self is the condition (bool).
    pub fn where_(&self, left: &Tensor, right: &Tensor) -> Result<Tensor> {
        let dtype = promote(left, right);
        let condition = self.to_dtype(DType::Bool)?;
        let (left, right) = (left.to_dtype(dtype)?, right.to_dtype(dtype)?);
        let shape = condition.shape().broadcast(left.shape())?.broadcast(right.shape())?;
        let kernel = Kernel::Select {
            sizes: shape.to_vec(),
            condition_strides: condition.shape().broadcast_strides(&shape),
            left_strides: left.shape().broadcast_strides(&shape),
            right_strides: right.shape().broadcast_strides(&shape),
        };
        let buffer = condition.run(kernel, &[&condition, &left, &right], Element::from(dtype), shape.elements())?;
        Ok(Tensor::result(shape, dtype, buffer, Op::Where { condition, left, right }))
    }
}

/// PyTorch's name of the kernel of this function that it does not have for bool.
fn binary_for_numbers(function: BinaryOp) -> Option<&'static str> {
    match function {
        BinaryOp::Power => Some("pow"),
        BinaryOp::Remainder => Some("remainder_cpu"),
        BinaryOp::FloorDivide => Some("div_floor_cpu"),
        _ => None,
    }
}

/// PyTorch's name of the kernel that it does not have for this dtype.
fn no_kernel(function: UnaryOp, dtype: DType) -> Option<&'static str> {
    match function {
        _ if dtype.is_floating() => None,
        UnaryOp::Elu { .. } | UnaryOp::Selu => Some("elu_cpu"),
        UnaryOp::Gelu => Some("GeluKernelImpl"),
        UnaryOp::Softplus { .. } => Some("softplus_cpu"),
        UnaryOp::LeakyRelu { .. } => Some("leaky_relu_cpu"),
        _ if dtype != DType::Bool => None,
        UnaryOp::Floor => Some("floor_vml_cpu"),
        UnaryOp::Ceil => Some("ceil_vml_cpu"),
        UnaryOp::Round => Some("round_vml_cpu"),
        UnaryOp::Absolute => Some("abs_cpu"),
        _ => None,
    }
}

/// PyTorch's error for `-` where a side holds truths.
pub(crate) fn refuse_truths(left: bool, right: bool) -> Result<()> {
    let message = match (left, right) {
        (false, false) => return Ok(()),
        (true, true) => "two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
        _ => {
            "a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        }
    };
    Err(Error::DType(format!("Subtraction, the `-` operator, with {message}")))
}

/// The dtype of a result: a tensor without axes decides only where its kind (bool, integer, floating) is the higher one.
fn promote(left: &Tensor, right: &Tensor) -> DType {
    let kind = |dtype: DType| match dtype {
        DType::Bool => 0,
        DType::Int64 => 1,
        DType::Float32 | DType::Float64 => 2,
    };
    let (a, b) = (left.dtype(), right.dtype());
    match (left.dim(), right.dim()) {
        (1.., 0) if kind(a) >= kind(b) => a,
        (0, 1..) if kind(b) >= kind(a) => b,
        _ => a.promote(b),
    }
}

macro_rules! unary_methods {
    ($($(#[$documentation:meta])* $name:ident => $op:ident;)*) => {
        impl Tensor {
            $($(#[$documentation])* pub fn $name(&self) -> Result<Tensor> {
                self.unary(UnaryOp::$op)
            })*
        }
    };
}

unary_methods! {
    /// `torch.neg`
    neg => Negate;
    /// `torch.abs`
    abs => Absolute;
    /// `torch.sign`
    sign => Sign;
    /// `torch.reciprocal`
    reciprocal => Reciprocal;
    /// `torch.square`
    square => Square;
    /// `torch.sqrt`
    sqrt => SquareRoot;
    /// `torch.exp`
    exp => Exponential;
    /// `torch.expm1`
    expm1 => ExponentialMinusOne;
    /// `torch.log`
    log => Logarithm;
    /// `torch.log2`
    log2 => Logarithm2;
    /// `torch.log1p`
    log1p => LogarithmOnePlus;
    /// `torch.sin`
    sin => Sine;
    /// `torch.cos`
    cos => Cosine;
    /// `torch.atan`
    atan => Arctangent;
    /// `torch.erf`
    erf => ErrorFunction;
    /// `torch.floor`
    floor => Floor;
    /// `torch.ceil`
    ceil => Ceil;
    /// `torch.round`, halves to even
    round => Round;
    /// `torch.tanh`
    tanh => Tanh;
    /// `torch.sigmoid`
    sigmoid => Sigmoid;
    /// `F.relu`
    relu => Relu;
    /// `F.selu`
    selu => Selu;
    /// `F.gelu`
    gelu => Gelu;
}

macro_rules! binary_methods {
    ($($(#[$documentation:meta])* $name:ident => $op:ident;)*) => {
        impl Tensor {
            $($(#[$documentation])* pub fn $name(&self, other: &Tensor) -> Result<Tensor> {
                self.binary(other, BinaryOp::$op)
            })*
        }
    };
}

binary_methods! {
    /// `torch.add`
    add => Add;
    /// `torch.sub`
    sub => Subtract;
    /// `torch.mul`
    mul => Multiply;
    /// `torch.div`; integers divide to float32
    div => Divide;
    /// `torch.pow`
    pow => Power;
    /// `torch.maximum`
    maximum => Maximum;
    /// `torch.minimum`
    minimum => Minimum;
    /// `torch.eq`
    eq => Equal;
    /// `torch.ne`
    ne => NotEqual;
    /// `torch.lt`
    lt => Less;
    /// `torch.le`
    le => LessEqual;
    /// `torch.gt`
    gt => Greater;
    /// `torch.ge`
    ge => GreaterEqual;
    /// `torch.logical_and`
    logical_and => LogicalAnd;
    /// `torch.logical_or`
    logical_or => LogicalOr;
    /// `torch.logical_xor`
    logical_xor => LogicalXor;
    /// `torch.floor_divide`, `//`: the quotient rounded down; not differentiable.
    floor_divide => FloorDivide;
    /// `torch.remainder`, `%`: what is left, with the sign of the divisor.
    remainder => Remainder;
}

impl Tensor {
    /// `torch.pow` with a number as exponent, in this dtype (float32 for integers).
    pub fn pow_scalar(&self, exponent: f64) -> Result<Tensor> {
        Ok(self.unary(UnaryOp::PowerScalar { exponent })?.named("PowBackward0"))
    }

    /// `torch.clamp`; an infinite bound is none.
    pub fn clamp(&self, low: f64, high: f64) -> Result<Tensor> {
        self.unary(UnaryOp::Clamp { low, high })
    }

    /// `F.leaky_relu`
    pub fn leaky_relu(&self, slope: f64) -> Result<Tensor> {
        self.unary(UnaryOp::LeakyRelu { slope })
    }

    /// `F.elu`
    pub fn elu(&self, alpha: f64) -> Result<Tensor> {
        self.unary(UnaryOp::Elu { alpha })
    }

    /// `F.softplus`
    pub fn softplus(&self, beta: f64, threshold: f64) -> Result<Tensor> {
        self.unary(UnaryOp::Softplus { beta, threshold })
    }

    /// `torch.logical_not`: true where the element is 0.
    pub fn logical_not(&self) -> Result<Tensor> {
        self.eq(&self.zeros_like()?)
    }

    /// A tensor without axes, of this dtype and device.
    pub(crate) fn scalar_like(&self, value: f64) -> Result<Tensor> {
        Tensor::full_on(&self.device(), [], value, self.dtype())
    }
}
