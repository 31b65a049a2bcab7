//! The gradient rules of functions that work element by element: of one tensor, and of two that broadcast.

use super::rules::{Rules, sum_to, when};
use crate::backend::kernel::{BinaryOp, UnaryOp};
use crate::error::{Error, Result};
use crate::tensor::Tensor;

pub(super) fn unary(function: UnaryOp, x: &Tensor, y: &Tensor, g: &Tensor) -> Result<Tensor> {
    use std::f64::consts::{FRAC_2_SQRT_PI, LN_2, PI, SQRT_2};
    let zero = || Tensor::full_on(&x.device(), [], 0.0, x.dtype());
    Ok(match function {
        UnaryOp::Negate => g.neg()?,
        UnaryOp::Absolute => g.mul(&x.sign()?)?,
        UnaryOp::Sign | UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round | UnaryOp::LogicalNot => g.zeros_like()?,
        UnaryOp::Reciprocal => g.mul(&y.square()?)?.neg()?,
        UnaryOp::Square => g.mul(&x.affine(2.0, 0.0)?)?,
        UnaryOp::SquareRoot => g.div(&y.affine(2.0, 0.0)?)?,
        UnaryOp::Exponential => g.mul(y)?,
        UnaryOp::ExponentialMinusOne => g.mul(&y.affine(1.0, 1.0)?)?,
        UnaryOp::Logarithm => g.div(x)?,
        UnaryOp::Logarithm2 => g.div(&x.affine(LN_2, 0.0)?)?,
        UnaryOp::LogarithmOnePlus => g.div(&x.affine(1.0, 1.0)?)?,
        UnaryOp::Sine => g.mul(&x.cos()?)?,
        UnaryOp::Cosine => g.mul(&x.sin()?)?.neg()?,
        UnaryOp::Arctangent => g.div(&x.square()?.affine(1.0, 1.0)?)?,
        UnaryOp::ErrorFunction => g.mul(&x.square()?.neg()?.exp()?.affine(FRAC_2_SQRT_PI, 0.0)?)?,
        UnaryOp::Tanh => g.binary(y, BinaryOp::TanhGradient)?,
        UnaryOp::Sigmoid => g.binary(y, BinaryOp::SigmoidGradient)?,
        UnaryOp::Relu => g.binary(y, BinaryOp::ReluGradient)?,
        // The sign of the input decides: with a negative slope the output would tell it wrong.
        UnaryOp::LeakyRelu { slope } => g.binary(x, BinaryOp::LeakyReluGradient { slope })?,
        UnaryOp::Elu { alpha } => x.gt(&zero()?)?.where_(g, &g.mul(&y.affine(1.0, alpha)?)?)?,
        UnaryOp::Selu => {
            let (alpha, scale) = (1.673_263_242_354_377_2, 1.050_700_987_355_480_5);
            x.gt(&zero()?)?.where_(&g.affine(scale, 0.0)?, &g.mul(&y.affine(1.0, scale * alpha)?)?)?
        }
        // Phi(x) + x phi(x)
        UnaryOp::Gelu => {
            let cumulative = x.affine(1.0 / SQRT_2, 0.0)?.erf()?.affine(0.5, 0.5)?;
            let density = x.square()?.affine(-0.5, 0.0)?.exp()?.affine(1.0 / (2.0 * PI).sqrt(), 0.0)?;
            g.mul(&cumulative.add(&x.mul(&density)?)?)?
        }
        UnaryOp::Softplus { beta, threshold } => {
            let scaled = x.affine(beta, 0.0)?;
            let linear = scaled.gt(&Tensor::full_on(&x.device(), [], threshold, x.dtype())?)?;
            linear.where_(g, &g.mul(&scaled.sigmoid()?)?)?
        }
        // At a bound itself nothing flows, and a bound that is infinite is none.
        UnaryOp::Clamp { low, high } => {
            let bound = |value: f64| Tensor::full_on(&x.device(), [], value, x.dtype());
            let above = if low == f64::NEG_INFINITY { x.eq(x)? } else { x.gt(&bound(low)?)? };
            let below = if high == f64::INFINITY { x.eq(x)? } else { x.lt(&bound(high)?)? };
            above.logical_and(&below)?.where_(g, &zero()?)?
        }
        UnaryOp::PowerScalar { exponent: 0.0 } => g.zeros_like()?,
        UnaryOp::PowerScalar { exponent } => g.mul(&x.pow_scalar(exponent - 1.0)?.affine(exponent, 0.0)?)?,
        UnaryOp::Affine { scale, .. } => g.affine(scale, 0.0)?,
    })
}

pub(super) fn binary(function: BinaryOp, a: &Tensor, b: &Tensor, y: &Tensor, g: &Tensor, needs: &[bool]) -> Rules {
    let both = |left: &dyn Fn() -> Result<Tensor>, right: &dyn Fn() -> Result<Tensor>| -> Rules {
        Ok(vec![when(needs[0], || sum_to(&left()?, a.shape()))?, when(needs[1], || sum_to(&right()?, b.shape()))?])
    };
    let none = || Ok(vec![None, None]);
    match function {
        BinaryOp::Add => both(&|| Ok(g.clone()), &|| Ok(g.clone())),
        BinaryOp::Subtract => both(&|| Ok(g.clone()), &|| g.neg()),
        BinaryOp::Multiply => both(&|| g.mul(b), &|| g.mul(a)),
        BinaryOp::Divide => both(&|| g.div(b), &|| g.mul(&a.div(b)?.div(b)?)?.neg()),
        BinaryOp::Power => both(
            // b a^(b - 1), and 0 where b is 0, whatever a is.
            &|| {
                let zero = b.zeros_like()?;
                let slope = b.mul(&a.pow(&b.affine(1.0, -1.0)?)?)?;
                g.mul(&b.eq(&zero)?.where_(&zero, &slope)?)
            },
            // y ln(a), and 0 where a is 0 and b is not negative.
            &|| {
                let zero = a.zeros_like()?;
                let flat = a.eq(&zero)?.logical_and(&b.ge(&b.zeros_like()?)?)?;
                g.mul(&flat.where_(&zero, &y.mul(&a.log()?)?)?)
            },
        ),
        // Equal values share the gradient, as in PyTorch.
        BinaryOp::Maximum | BinaryOp::Minimum => {
            let share = |mine: &Tensor, other: &Tensor| -> Result<Tensor> {
                let loses = if function == BinaryOp::Maximum { mine.lt(other)? } else { mine.gt(other)? };
                let shared = mine.eq(other)?.where_(&g.affine(0.5, 0.0)?, g)?;
                loses.where_(&g.scalar_like(0.0)?, &shared)
            };
            both(&|| share(a, b), &|| share(b, a))
        }
        BinaryOp::Remainder => both(&|| Ok(g.clone()), &|| g.mul(&a.binary(b, BinaryOp::FloorDivide)?)?.neg()),
        BinaryOp::FloorDivide => Err(Error::Autograd("derivative for aten::floor_divide is not implemented".to_string())),
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterEqual
        | BinaryOp::LogicalAnd
        | BinaryOp::LogicalOr
        | BinaryOp::LogicalXor => none(),
        // Gradient rules make these, of a gradient and an output: a second pass goes through them with `create_graph`.
        BinaryOp::ReluGradient | BinaryOp::LeakyReluGradient { .. } => {
            Ok(vec![when(needs[0], || g.binary(b, function))?, None])
        }
        BinaryOp::SigmoidGradient => both(&|| g.binary(b, function), &|| g.mul(&a.mul(&b.affine(-2.0, 1.0)?)?)),
        BinaryOp::TanhGradient => both(&|| g.binary(b, function), &|| g.mul(&a.mul(&b.affine(-2.0, 0.0)?)?)),
    }
}
