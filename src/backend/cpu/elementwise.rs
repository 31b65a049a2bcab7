//! Kernels that work an element at a time: fill, cast, functions of one value, select. Of two: `binary.rs`.

use super::CpuBuffer;
use super::number::{Number, Real, Value, unsupported, with_cell, with_value};
use super::strided::rows;
use crate::backend::Element;
use crate::backend::kernel::UnaryOp;
use crate::error::Result;

/// `Kernel::Fill`
pub fn fill(value: f64, out: &CpuBuffer) -> Result<()> {
    with_value!(out, T => T::write(out).fill(T::from_f64(value)));
    Ok(())
}

/// As many elements as are worked on at once where they pass through other memory: these stay in the first-level cache.
pub(super) const BLOCK: usize = 256;

/// `Kernel::Cast`: through int64 between whole numbers, so that large ones stay exact; else through float64.
pub fn cast(x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let floating = |buffer: &CpuBuffer| matches!(buffer.element(), Element::Float32 | Element::Float64);
    // A block at a time, so that there is a loop for each kind, not for each pair of kinds.
    if floating(x) || floating(out) {
        let mut block = [0.0_f64; BLOCK];
        for (start, length) in blocks(x.len()) {
            with_value!(x, From => map(&From::read(x)[start..start + length], &mut block, From::to_f64));
            with_value!(out, To => map(&block[..length], &mut To::write(out)[start..], To::from_f64));
        }
    } else {
        let mut block = [0_i64; BLOCK];
        for (start, length) in blocks(x.len()) {
            with_value!(x, From => map(&From::read(x)[start..start + length], &mut block, From::to_i64));
            with_value!(out, To => map(&block[..length], &mut To::write(out)[start..], To::from_i64));
        }
    }
    Ok(())
}

/// Where the blocks of so many elements start, and how long they are.
pub(super) fn blocks(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length).step_by(BLOCK).map(move |start| (start, BLOCK.min(length - start)))
}

fn map<T: Value, U>(x: &[T], out: &mut [U], function: impl Fn(T) -> U) {
    if !T::OWN_LOOPS {
        return map_calling(x, out, &function);
    }
    for (out, &x) in out.iter_mut().zip(x) {
        *out = function(x);
    }
}

#[inline(never)]
fn map_calling<T: Copy, U>(x: &[T], out: &mut [U], function: &dyn Fn(T) -> U) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = function(x);
    }
}

/// `Kernel::Unary`
pub fn unary(op: UnaryOp, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    if op == UnaryOp::LogicalNot {
        let mut block = [false; BLOCK];
        for (start, length) in blocks(x.len()) {
            with_value!(x, From => map(&From::read(x)[start..start + length], &mut block, |x| !x.truth()));
            with_value!(out, To => map(&block[..length], &mut To::write(out)[start..], |x| To::from_i64(i64::from(x))));
        }
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

/// `Kernel::Select`
pub fn select(
    sizes: &[usize],
    strides: [&[usize]; 3],
    condition: &CpuBuffer,
    a: &CpuBuffer,
    b: &CpuBuffer,
    out: &CpuBuffer,
) -> Result<()> {
    with_cell!(a, C => {
        let (condition, mut out) = (bool::read(condition), out.cells_from::<C>(a));
        let (a, b) = (a.cells::<C>(), b.cells::<C>());
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
