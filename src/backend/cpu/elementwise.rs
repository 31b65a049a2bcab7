//! Kernels that work an element at a time: fill, cast, functions of one and of two values, select.

use super::CpuBuffer;
use super::number::{Number, Real, Value, unsupported, with_value};
use super::strided::rows;
use crate::backend::Element;
use crate::backend::kernel::{BinaryOp, UnaryOp};
use crate::error::{Error, Result};

/// `Kernel::Fill`
pub fn fill(value: f64, out: &CpuBuffer) -> Result<()> {
    with_value!(out, T => T::write(out).fill(T::from_f64(value)));
    Ok(())
}

/// `Kernel::Cast`
pub fn cast(x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let floating = |buffer: &CpuBuffer| matches!(buffer.element(), Element::Float32 | Element::Float64);
    let whole = !floating(x) && !floating(out);
    with_value!(x, From => {
        let x = From::read(x);
        with_value!(out, To => {
            let mut out = To::write(out);
            // Whole numbers go through int64, so that large ones stay exact.
            if whole {
                map(&x, &mut out, |x| To::from_i64(x.to_i64()));
            } else {
                map(&x, &mut out, |x| To::from_f64(x.to_f64()));
            }
        })
    });
    Ok(())
}

fn map<T: Copy, U>(x: &[T], out: &mut [U], function: impl Fn(T) -> U) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = function(x);
    }
}

/// `Kernel::Unary`
pub fn unary(op: UnaryOp, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    if op == UnaryOp::LogicalNot {
        with_value!(x, From => {
            let x = From::read(x);
            with_value!(out, To => map(&x, &mut To::write(out), |x| To::from_i64(i64::from(!x.truth()))))
        });
        return Ok(());
    }
    match x.element() {
        Element::Float32 => real_unary(op, &f32::read(x), &mut f32::write(out)),
        Element::Float64 => real_unary(op, &f64::read(x), &mut f64::write(out)),
        Element::Int64 => return whole_unary(op, &i64::read(x), &mut i64::write(out)),
        other => return Err(unsupported(&format!("{op:?}"), other)),
    }
    Ok(())
}

fn whole_unary(op: UnaryOp, x: &[i64], out: &mut [i64]) -> Result<()> {
    match op {
        UnaryOp::Negate => map(x, out, i64::negate),
        UnaryOp::Absolute => map(x, out, i64::absolute),
        UnaryOp::Sign => map(x, out, i64::signum),
        UnaryOp::Square => map(x, out, |x| x.times(x)),
        UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round => out.copy_from_slice(x),
        UnaryOp::Relu => map(x, out, |x| x.max(0)),
        UnaryOp::Clamp { low, high } => map(x, out, |x| x.max(low as i64).min(high as i64)),
        UnaryOp::PowerScalar { exponent } => map(x, out, |x| x.power(exponent as i64)),
        UnaryOp::Affine { scale, shift } => map(x, out, |x| x.times(scale as i64).plus(shift as i64)),
        other => return Err(unsupported(&format!("{other:?}"), Element::Int64)),
    }
    Ok(())
}

fn real_unary<T: Real>(op: UnaryOp, x: &[T], out: &mut [T]) {
    let zero = T::default();
    let one = T::ONE;
    let half = T::from_f64(0.5);
    match op {
        UnaryOp::Negate => map(x, out, T::negate),
        UnaryOp::Absolute => map(x, out, T::absolute),
        UnaryOp::Sign => map(x, out, |x| {
            if x > zero {
                one
            } else if x < zero {
                one.negate()
            } else {
                zero
            }
        }),
        UnaryOp::Reciprocal => map(x, out, T::recip),
        UnaryOp::Square => map(x, out, |x| x.times(x)),
        UnaryOp::SquareRoot => map(x, out, T::sqrt),
        UnaryOp::Exponential => map(x, out, T::exp),
        UnaryOp::ExponentialMinusOne => map(x, out, T::exp_m1),
        UnaryOp::Logarithm => map(x, out, T::ln),
        UnaryOp::Logarithm2 => map(x, out, T::log2),
        UnaryOp::LogarithmOnePlus => map(x, out, T::ln_1p),
        UnaryOp::Sine => map(x, out, T::sin),
        UnaryOp::Cosine => map(x, out, T::cos),
        UnaryOp::Arctangent => map(x, out, T::atan),
        UnaryOp::ErrorFunction => map(x, out, T::erf),
        UnaryOp::Floor => map(x, out, T::floor),
        UnaryOp::Ceil => map(x, out, T::ceil),
        UnaryOp::Round => map(x, out, T::round_ties_even),
        UnaryOp::Tanh => map(x, out, T::tanh),
        UnaryOp::Sigmoid => map(x, out, sigmoid),
        // Comparisons are written so that NaN goes through.
        UnaryOp::Relu => map(x, out, |x| if x < zero { zero } else { x }),
        UnaryOp::LeakyRelu { slope } => {
            let slope = T::from_f64(slope);
            map(x, out, |x| if x > zero { x } else { x.times(slope) });
        }
        UnaryOp::Elu { alpha } => {
            let alpha = T::from_f64(alpha);
            map(x, out, |x| if x > zero { x } else { alpha.times(x.exp_m1()) });
        }
        UnaryOp::Selu => {
            let scale = T::from_f64(1.050_700_987_355_480_5);
            let alpha = T::from_f64(1.673_263_242_354_377_2);
            map(x, out, |x| scale.times(if x > zero { x } else { alpha.times(x.exp_m1()) }));
        }
        UnaryOp::Gelu => {
            let root = T::from_f64(std::f64::consts::FRAC_1_SQRT_2);
            map(x, out, |x| x.times(half).times(one.plus(x.times(root).erf())));
        }
        UnaryOp::Softplus { beta, threshold } => {
            let (beta, threshold) = (T::from_f64(beta), T::from_f64(threshold));
            map(x, out, |x| if x.times(beta) > threshold { x } else { x.times(beta).exp().ln_1p().over(beta) });
        }
        UnaryOp::Clamp { low, high } => {
            let (low, high) = (T::from_f64(low), T::from_f64(high));
            map(x, out, |x| {
                let raised = if x < low { low } else { x };
                if raised > high { high } else { raised }
            });
        }
        UnaryOp::PowerScalar { exponent } => power_scalar(exponent, x, out),
        UnaryOp::Affine { scale, shift } => {
            let (scale, shift) = (T::from_f64(scale), T::from_f64(shift));
            map(x, out, |x| x.times(scale).plus(shift));
        }
        UnaryOp::LogicalNot => map(x, out, |x| if x.truth() { zero } else { one }),
    }
}

pub(super) fn sigmoid<T: Real>(x: T) -> T {
    T::ONE.over(T::ONE.plus(x.negate().exp()))
}

/// The exponents that PyTorch computes without `pow`, computed so here too.
fn power_scalar<T: Real>(exponent: f64, x: &[T], out: &mut [T]) {
    if exponent == 2.0 {
        map(x, out, |x| x.times(x));
    } else if exponent == 3.0 {
        map(x, out, |x| x.times(x).times(x));
    } else if exponent == 0.5 {
        map(x, out, T::sqrt);
    } else if exponent == -0.5 {
        map(x, out, |x| x.sqrt().recip());
    } else if exponent == -1.0 {
        map(x, out, T::recip);
    } else if exponent == -2.0 {
        map(x, out, |x| x.times(x).recip());
    } else {
        let exponent = T::from_f64(exponent);
        map(x, out, |x| x.power(exponent));
    }
}

/// The layout of the two operands of `Kernel::Binary`.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    pub sizes: &'a [usize],
    pub left: &'a [usize],
    pub right: &'a [usize],
}

impl Layout<'_> {
    /// Applies the function; `out` is written in order.
    fn apply<T: Copy, U>(self, a: &[T], b: &[T], out: &mut [U], function: impl Fn(T, T) -> U) -> Result<()> {
        let mut done = 0;
        rows(
            self.sizes,
            |operand, axis| if operand == 0 { self.left[axis] as isize } else { self.right[axis] as isize },
            [0, 0],
            |[left, right], [left_stride, right_stride], length| {
                let out = &mut out[done..done + length];
                done += length;
                let (left, right) = (left as usize, right as usize);
                match (left_stride, right_stride) {
                    (1, 1) => {
                        let (a, b) = (&a[left..left + length], &b[right..right + length]);
                        for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                            *out = function(a, b);
                        }
                    }
                    (1, 0) => {
                        let b = b[right];
                        map(&a[left..left + length], out, |a| function(a, b));
                    }
                    (0, 1) => {
                        let a = a[left];
                        map(&b[right..right + length], out, |b| function(a, b));
                    }
                    _ => {
                        for (i, out) in out.iter_mut().enumerate() {
                            *out = function(a[left + i * left_stride as usize], b[right + i * right_stride as usize]);
                        }
                    }
                }
            },
        )
    }
}

/// `Kernel::Binary`
pub fn binary(op: BinaryOp, layout: Layout<'_>, a: &CpuBuffer, b: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    if is_predicate(op) {
        return with_value!(a, T => predicate(op, layout, &T::read(a), &T::read(b), &mut bool::write(out)));
    }
    match a.element() {
        Element::Float32 => real_binary(op, layout, &f32::read(a), &f32::read(b), &mut f32::write(out)),
        Element::Float64 => real_binary(op, layout, &f64::read(a), &f64::read(b), &mut f64::write(out)),
        Element::Int64 => whole_binary(op, layout, &i64::read(a), &i64::read(b), &mut i64::write(out)),
        Element::Bool => {
            let (a, b, mut out) = (bool::read(a), bool::read(b), bool::write(out));
            match op {
                BinaryOp::Add | BinaryOp::Maximum => layout.apply(&a, &b, &mut out, |a, b| a | b),
                BinaryOp::Multiply | BinaryOp::Minimum => layout.apply(&a, &b, &mut out, |a, b| a & b),
                other => Err(unsupported(&format!("{other:?}"), Element::Bool)),
            }
        }
        other => Err(unsupported(&format!("{op:?}"), other)),
    }
}

fn is_predicate(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(op, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual | LogicalAnd | LogicalOr | LogicalXor)
}

fn predicate<T: Value>(op: BinaryOp, layout: Layout<'_>, a: &[T], b: &[T], out: &mut [bool]) -> Result<()> {
    match op {
        BinaryOp::Equal => layout.apply(a, b, out, |a, b| a == b),
        BinaryOp::NotEqual => layout.apply(a, b, out, |a, b| a != b),
        BinaryOp::Less => layout.apply(a, b, out, |a, b| a < b),
        BinaryOp::LessEqual => layout.apply(a, b, out, |a, b| a <= b),
        BinaryOp::Greater => layout.apply(a, b, out, |a, b| a > b),
        BinaryOp::GreaterEqual => layout.apply(a, b, out, |a, b| a >= b),
        BinaryOp::LogicalAnd => layout.apply(a, b, out, |a, b| a.truth() & b.truth()),
        BinaryOp::LogicalOr => layout.apply(a, b, out, |a, b| a.truth() | b.truth()),
        BinaryOp::LogicalXor => layout.apply(a, b, out, |a, b| a.truth() ^ b.truth()),
        other => Err(Error::DType(format!("{other:?} is not a predicate"))),
    }
}

/// The ops that floats and integers share; `None` for the others.
fn number_binary<T: Number>(op: BinaryOp, layout: Layout<'_>, a: &[T], b: &[T], out: &mut [T]) -> Option<Result<()>> {
    let zero = T::default();
    Some(match op {
        BinaryOp::Add => layout.apply(a, b, out, T::plus),
        BinaryOp::Subtract => layout.apply(a, b, out, T::minus),
        BinaryOp::Multiply => layout.apply(a, b, out, T::times),
        BinaryOp::Divide => layout.apply(a, b, out, T::over),
        BinaryOp::FloorDivide => layout.apply(a, b, out, T::floor_divide),
        BinaryOp::Remainder => layout.apply(a, b, out, T::remainder),
        BinaryOp::Power => layout.apply(a, b, out, T::power),
        BinaryOp::Maximum => layout.apply(a, b, out, |a, b| if a > b || a.is_nan() { a } else { b }),
        BinaryOp::Minimum => layout.apply(a, b, out, |a, b| if a < b || a.is_nan() { a } else { b }),
        BinaryOp::ReluGradient => layout.apply(a, b, out, |a, b| if b > zero { a } else { zero }),
        _ => return None,
    })
}

fn whole_binary(op: BinaryOp, layout: Layout<'_>, a: &[i64], b: &[i64], out: &mut [i64]) -> Result<()> {
    if matches!(op, BinaryOp::Divide | BinaryOp::FloorDivide | BinaryOp::Remainder) && !out.is_empty() && b.contains(&0) {
        return Err(Error::Value("ZeroDivisionError".into()));
    }
    number_binary(op, layout, a, b, out).unwrap_or_else(|| Err(unsupported(&format!("{op:?}"), Element::Int64)))
}

fn real_binary<T: Real>(op: BinaryOp, layout: Layout<'_>, a: &[T], b: &[T], out: &mut [T]) -> Result<()> {
    if let Some(done) = number_binary(op, layout, a, b, out) {
        return done;
    }
    let (zero, one) = (T::default(), T::ONE);
    match op {
        BinaryOp::LeakyReluGradient { slope } => {
            let slope = T::from_f64(slope);
            layout.apply(a, b, out, |a, b| if b > zero { a } else { a.times(slope) })
        }
        BinaryOp::SigmoidGradient => layout.apply(a, b, out, |a, b| a.times(b.times(one.minus(b)))),
        BinaryOp::TanhGradient => layout.apply(a, b, out, |a, b| a.times(one.minus(b.times(b)))),
        other => Err(Error::DType(format!("{other:?} gives a Bool buffer"))),
    }
}

/// `Kernel::Select`
pub fn select(
    sizes: &[usize],
    strides: [&[usize]; 3],
    condition: &CpuBuffer,
    a: &CpuBuffer,
    b: &CpuBuffer,
    out: &CpuBuffer,
) -> Result<()> {
    with_value!(a, T => {
        let (condition, a, b, mut out) = (bool::read(condition), T::read(a), T::read(b), T::write(out));
        let mut done = 0;
        rows(sizes, |operand, axis| strides[operand][axis] as isize, [0; 3], |starts, steps, length| {
            for (i, out) in out[done..done + length].iter_mut().enumerate() {
                let [at, left, right] = std::array::from_fn(|operand| (starts[operand] + i as isize * steps[operand]) as usize);
                *out = if condition[at] { a[left] } else { b[right] };
            }
            done += length;
        })
    })
}
