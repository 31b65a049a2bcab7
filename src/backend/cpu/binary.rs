//! `Kernel::Binary`: functions of two values, with broadcasting. The walk over strided operands is compiled once for a type; each
//! function is one plain loop over blocks that lie side by side. A loop for every function, type and pattern of strides would
//! be a sixth of the program.

use super::CpuBuffer;
use super::elementwise::{BLOCK, blocks};
use super::number::{Number, Real, Value, unsupported};
use super::strided::rows;
use crate::backend::Element;
use crate::backend::kernel::BinaryOp;
use crate::error::{Error, Result};

/// The layout of the two operands of `Kernel::Binary`.
#[derive(Clone, Copy)]
pub struct Layout<'a> {
    pub sizes: &'a [usize],
    pub left: &'a [usize],
    pub right: &'a [usize],
}

/// A function of two values, over a block of each.
type Blocks<'a, T, U> = &'a dyn Fn(&[T], &[T], &mut [U]);

impl Layout<'_> {
    /// Applies the function; `out` is written in order.
    fn apply<T: Value, U>(self, a: &[T], b: &[T], out: &mut [U], function: impl Fn(T, T) -> U) -> Result<()> {
        if !T::OWN_LOOPS {
            let function: &dyn Fn(T, T) -> U = &function;
            return self.walk(a, b, out, &|a, b, out| calling(a, b, out, function));
        }
        self.walk(a, b, out, &|a, b, out| {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = function(a, b);
            }
        })
    }

    fn walk<T: Value, U>(self, a: &[T], b: &[T], out: &mut [U], function: Blocks<'_, T, U>) -> Result<()> {
        let mut spread = [[T::default(); BLOCK]; 2];
        let mut done = 0;
        rows(
            self.sizes,
            |operand, axis| if operand == 0 { self.left[axis] as isize } else { self.right[axis] as isize },
            [0, 0],
            |[left, right], [left_stride, right_stride], length| {
                let out = &mut out[done..done + length];
                done += length;
                let (a, b) = (&a[left as usize..], &b[right as usize..]);
                if (left_stride, right_stride) == (1, 1) {
                    return function(&a[..length], &b[..length], out);
                }
                let [spread_left, spread_right] = &mut spread;
                for (start, length) in blocks(length) {
                    let left = side_by_side(a, start, left_stride as usize, &mut spread_left[..length]);
                    let right = side_by_side(b, start, right_stride as usize, &mut spread_right[..length]);
                    function(left, right, &mut out[start..start + length]);
                }
            },
        )
    }
}

#[inline(never)]
fn calling<T: Copy, U>(a: &[T], b: &[T], out: &mut [U], function: &dyn Fn(T, T) -> U) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = function(a, b);
    }
}

/// A block of an operand: where it lies if its elements lie side by side, else copied there.
fn side_by_side<'a, T: Copy>(x: &'a [T], start: usize, stride: usize, spread: &'a mut [T]) -> &'a [T] {
    match stride {
        1 => &x[start..start + spread.len()],
        0 => {
            spread.fill(x[0]);
            spread
        }
        _ => {
            for (i, place) in spread.iter_mut().enumerate() {
                *place = x[(start + i) * stride];
            }
            spread
        }
    }
}

/// `Kernel::Binary`
pub fn binary(op: BinaryOp, layout: Layout<'_>, a: &CpuBuffer, b: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    if is_predicate(op) {
        let out = &mut bool::write(out);
        return match a.element() {
            Element::Float32 => predicate(op, layout, &f32::read(a), &f32::read(b), out),
            Element::Float64 => predicate(op, layout, &f64::read(a), &f64::read(b), out),
            Element::Int64 => predicate(op, layout, &i64::read(a), &i64::read(b), out),
            Element::Bool => predicate(op, layout, &bool::read(a), &bool::read(b), out),
            other => Err(unsupported(&format!("{op:?}"), other)),
        };
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
