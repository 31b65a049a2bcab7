//! What the kernels need of their elements: reading a buffer (`Value`), arithmetic (`Number`: float32, float64,
//! int64), and the functions of real numbers (`Real`: float32, float64).

use super::CpuBuffer;
use std::cell::{Ref, RefMut};

/// Anything that a buffer can hold.
pub trait Value: Copy + Default + PartialEq + PartialOrd + 'static {
    /// The elements of a buffer of this kind.
    fn read(buffer: &CpuBuffer) -> Ref<'_, [Self]>;
    /// The elements of a buffer of this kind, to be written.
    fn write(buffer: &CpuBuffer) -> RefMut<'_, [Self]>;
    /// The value as a float64.
    fn to_f64(self) -> f64;
    /// The nearest value of this kind; to an integer towards 0, to a bool whether it is not 0.
    fn from_f64(value: f64) -> Self;
    /// The value as an integer, towards 0.
    fn to_i64(self) -> i64;
    /// The integer in this kind.
    fn from_i64(value: i64) -> Self;
    /// Whether it is not 0.
    fn truth(self) -> bool;
    /// Whether it is not a number.
    fn is_nan(self) -> bool;
    /// Whether element-wise functions get a loop each, with vectors, as training needs them. The other kinds share one loop that
    /// calls the function: their loops were most of the backend's program.
    const OWN_LOOPS: bool = false;
}

macro_rules! value {
    ($type:ty, $own_loops:expr, $read:ident, $write:ident, $from_f64:expr, $from_i64:expr, $to_f64:expr, $to_i64:expr, $is_nan:expr) => {
        impl Value for $type {
            const OWN_LOOPS: bool = $own_loops;
            fn read(buffer: &CpuBuffer) -> Ref<'_, [Self]> {
                buffer.$read()
            }
            fn write(buffer: &CpuBuffer) -> RefMut<'_, [Self]> {
                buffer.$write()
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                $to_f64(self)
            }
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                $from_f64(value)
            }
            #[inline(always)]
            fn to_i64(self) -> i64 {
                $to_i64(self)
            }
            #[inline(always)]
            fn from_i64(value: i64) -> Self {
                $from_i64(value)
            }
            #[inline(always)]
            fn truth(self) -> bool {
                self != <$type>::default()
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $is_nan(self)
            }
        }
    };
}

value!(f32, true, float32, float32_mut, |x| x as f32, |x| x as f32, f64::from, |x| x as i64, |x: f32| x.is_nan());
value!(f64, false, float64, float64_mut, |x| x, |x| x as f64, |x| x, |x| x as i64, |x: f64| x.is_nan());
value!(i64, false, int64, int64_mut, |x| x as i64, |x| x, |x| x as f64, |x| x, |_| false);
value!(bool, false, boolean, boolean_mut, |x| x != 0.0, |x| x != 0, |x| f64::from(u8::from(x)), i64::from, |_| false);
value!(u32, false, index, index_mut, |x| x as u32, |x| x as u32, f64::from, i64::from, |_| false);
value!(u8, false, byte, byte_mut, |x| x as u8, |x| x as u8, f64::from, i64::from, |_| false);

/// Elements with arithmetic. Integers wrap around, as PyTorch's do.
pub trait Number: Value {
    const ONE: Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// PyTorch's `/` for floats; towards 0 for integers, whose divisor the caller has checked.
    fn over(self, other: Self) -> Self;
    /// PyTorch's `//`.
    fn floor_divide(self, other: Self) -> Self;
    /// PyTorch's `%`: the sign is the divisor's.
    fn remainder(self, other: Self) -> Self;
    fn power(self, exponent: Self) -> Self;
    fn negate(self) -> Self;
    fn absolute(self) -> Self;
}

impl Number for i64 {
    const ONE: Self = 1;
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }
    fn over(self, other: Self) -> Self {
        self.wrapping_div(other)
    }
    fn floor_divide(self, other: Self) -> Self {
        let quotient = self.wrapping_div(other);
        if self.wrapping_rem(other) != 0 && (self < 0) != (other < 0) { quotient - 1 } else { quotient }
    }
    fn remainder(self, other: Self) -> Self {
        let rest = self.wrapping_rem(other);
        if rest != 0 && (rest < 0) != (other < 0) { rest + other } else { rest }
    }
    fn power(self, exponent: Self) -> Self {
        if exponent < 0 {
            // What integers of PyTorch's C++ core give; its Python front refuses such exponents.
            return match self {
                1 => 1,
                -1 if exponent % 2 == 0 => 1,
                -1 => -1,
                _ => 0,
            };
        }
        let (mut result, mut base, mut rest) = (1_i64, self, exponent);
        while rest > 0 {
            if rest & 1 == 1 {
                result = result.wrapping_mul(base);
            }
            base = base.wrapping_mul(base);
            rest >>= 1;
        }
        result
    }
    fn negate(self) -> Self {
        self.wrapping_neg()
    }
    fn absolute(self) -> Self {
        self.wrapping_abs()
    }
}

/// Floating-point elements.
pub trait Real: Number {
    const NEGATIVE_INFINITY: Self;
    fn recip(self) -> Self;
    fn sqrt(self) -> Self;
    fn exp(self) -> Self;
    fn exp_m1(self) -> Self;
    fn ln(self) -> Self;
    fn log2(self) -> Self;
    fn ln_1p(self) -> Self;
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    fn atan(self) -> Self;
    fn tanh(self) -> Self;
    fn floor(self) -> Self;
    fn ceil(self) -> Self;
    fn round_ties_even(self) -> Self;
    fn erf(self) -> Self;
}

macro_rules! real {
    ($type:ident) => {
        impl Number for $type {
            const ONE: Self = 1.0;
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn over(self, other: Self) -> Self {
                self / other
            }
            // As in PyTorch's c10/util/generic_math.h: exact where floor(a / b) would round up.
            fn floor_divide(self, other: Self) -> Self {
                if other == 0.0 {
                    return self / other;
                }
                let rest = self % other;
                let mut quotient = (self - rest) / other;
                if rest != 0.0 && (other < 0.0) != (rest < 0.0) {
                    quotient -= 1.0;
                }
                if quotient == 0.0 {
                    return (0.0 as $type).copysign(self / other);
                }
                let floor = $type::floor(quotient);
                if quotient - floor > 0.5 { floor + 1.0 } else { floor }
            }
            fn remainder(self, other: Self) -> Self {
                let rest = self % other;
                if rest != 0.0 && (other < 0.0) != (rest < 0.0) { rest + other } else { rest }
            }
            fn power(self, exponent: Self) -> Self {
                self.powf(exponent)
            }
            #[inline(always)]
            fn negate(self) -> Self {
                -self
            }
            #[inline(always)]
            fn absolute(self) -> Self {
                self.abs()
            }
        }

        impl Real for $type {
            const NEGATIVE_INFINITY: Self = $type::NEG_INFINITY;
            #[inline(always)]
            fn recip(self) -> Self {
                1.0 / self
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $type::sqrt(self)
            }
            fn exp(self) -> Self {
                $type::exp(self)
            }
            fn exp_m1(self) -> Self {
                $type::exp_m1(self)
            }
            fn ln(self) -> Self {
                $type::ln(self)
            }
            fn log2(self) -> Self {
                $type::log2(self)
            }
            fn ln_1p(self) -> Self {
                $type::ln_1p(self)
            }
            fn sin(self) -> Self {
                $type::sin(self)
            }
            fn cos(self) -> Self {
                $type::cos(self)
            }
            fn atan(self) -> Self {
                $type::atan(self)
            }
            fn tanh(self) -> Self {
                $type::tanh(self)
            }
            #[inline(always)]
            fn floor(self) -> Self {
                $type::floor(self)
            }
            #[inline(always)]
            fn ceil(self) -> Self {
                $type::ceil(self)
            }
            #[inline(always)]
            fn round_ties_even(self) -> Self {
                $type::round_ties_even(self)
            }
            fn erf(self) -> Self {
                super::erf::erf(f64::from(self)) as $type
            }
        }
    };
}

real!(f32);
real!(f64);

/// Runs the body with `$type` as the Rust type that stands beside the kind of element in `$buffer`; the last arm, if there is one,
/// takes the other kinds.
macro_rules! with_type {
    ($buffer:expr, $type:ident => $body:expr, [$($($element:ident)|+ => $actual:ty),+] $(, $other:ident => $otherwise:expr)?) => {
        match $buffer.element() {
            $($(crate::backend::Element::$element)|+ => {
                type $type = $actual;
                $body
            })+
            $($other => $otherwise,)?
        }
    };
}

/// Runs the body with `$type` as the Rust type of what `$buffer` holds, whatever it is.
macro_rules! with_value {
    ($buffer:expr, $type:ident => $body:expr) => {
        $crate::backend::cpu::number::with_type!(
            $buffer, $type => $body,
            [Float32 => f32, Float64 => f64, Int64 => i64, Bool => bool, Index => u32, Byte => u8]
        )
    };
}

/// Runs the body with `$type` as the unsigned number of the size of what `$buffer` holds: for moving it, half as much program as
/// [`with_value`].
macro_rules! with_cell {
    ($buffer:expr, $type:ident => $body:expr) => {
        $crate::backend::cpu::number::with_type!(
            $buffer, $type => $body,
            [Float32 | Index => u32, Float64 | Int64 => u64, Bool | Byte => u8]
        )
    };
}

/// The same as [`with_value`] for elements with arithmetic; an error for others.
macro_rules! with_number {
    ($kernel:expr, $buffer:expr, $type:ident => $body:expr) => {
        $crate::backend::cpu::number::with_type!(
            $buffer, $type => $body,
            [Float32 => f32, Float64 => f64, Int64 => i64],
            other => Err($crate::backend::cpu::number::unsupported($kernel, other))
        )
    };
}

/// The same for floating-point elements; an error for others.
macro_rules! with_real {
    ($kernel:expr, $buffer:expr, $type:ident => $body:expr) => {
        $crate::backend::cpu::number::with_type!(
            $buffer, $type => $body,
            [Float32 => f32, Float64 => f64],
            other => Err($crate::backend::cpu::number::unsupported($kernel, other))
        )
    };
}

pub(super) use {with_cell, with_number, with_real, with_type, with_value};

/// The error of a kernel that does not exist for a kind of element.
pub fn unsupported(kernel: &str, element: crate::backend::Element) -> crate::Error {
    crate::Error::DType(format!("\"{kernel}\" not implemented for {element:?} on the CPU"))
}
