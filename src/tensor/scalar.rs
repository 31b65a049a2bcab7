//! Arithmetic with a number of the program, as `x + 1` in Python: the number's kind (truth, integer, floating) can raise
//! the dtype's kind, never its width.

use super::Tensor;
use super::arithmetic::refuse_truths;
use crate::backend::{HostData, Kernel};
use crate::dtype::DType;
use crate::error::{Error, Result};

/// A number of the program: whether it is whole decides about the dtype of the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Scalar::Bool(value)
    }
}

impl From<i32> for Scalar {
    fn from(value: i32) -> Self {
        Scalar::Int(i64::from(value))
    }
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Scalar::Int(value)
    }
}

impl From<f32> for Scalar {
    fn from(value: f32) -> Self {
        Scalar::Float(f64::from(value))
    }
}

impl From<f64> for Scalar {
    fn from(value: f64) -> Self {
        Scalar::Float(value)
    }
}

impl Scalar {
    /// The number, whatever its kind.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(value) => f64::from(u8::from(value)),
            Scalar::Int(value) => value as f64,
            Scalar::Float(value) => value,
        }
    }
}

impl Tensor {
    /// Both operands in the dtype of the result; the number as a tensor without axes.
    fn with_number(&self, number: Scalar) -> Result<(Tensor, Tensor)> {
        let own = match (self.dtype(), number) {
            (DType::Bool | DType::Int64, Scalar::Float(_)) => DType::Float32,
            (DType::Bool, Scalar::Int(_)) => DType::Int64,
            (dtype, _) => dtype,
        };
        let tensor = self.to_dtype(own)?;
        let number = match number {
            Scalar::Int(value) if own == DType::Int64 => {
                Tensor::from_buffer(self.device().upload(HostData::Int64(vec![value]))?, [])?
            }
            other => tensor.scalar_like(other.to_f64())?,
        };
        Ok((tensor, number))
    }

    /// `x + value`
    pub fn add_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let (x, value) = self.with_number(value.into())?;
        x.add(&value)
    }

    /// `x - value`
    pub fn sub_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = value.into();
        refuse_truths(self.dtype() == DType::Bool, matches!(value, Scalar::Bool(_)))?;
        let (x, value) = self.with_number(value)?;
        x.sub(&value)
    }

    /// `value - x`
    pub fn rsub_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = value.into();
        refuse_truths(matches!(value, Scalar::Bool(_)), self.dtype() == DType::Bool)?;
        let (x, value) = self.with_number(value)?;
        Ok(value.sub(&x)?.named("RsubBackward1"))
    }

    /// `x * value`
    pub fn mul_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let (x, value) = self.with_number(value.into())?;
        x.mul(&value)
    }

    /// `x / value`
    pub fn div_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let (x, value) = self.with_number(value.into())?;
        x.div(&value)
    }

    /// `value / x`, as PyTorch computes it: `value` times the reciprocal.
    pub fn rdiv_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        self.reciprocal()?.mul_scalar(value)
    }

    /// `x ** value`. Whole powers of integers are integers, negative ones are an error for them; truths stay truths for True and False.
    pub fn power(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = value.into();
        match (self.dtype(), value) {
            // PyTorch has no kernel for powers of truths, but copies for an exponent of 1 and fills for 0.
            (DType::Bool, Scalar::Bool(true)) => Ok(self.detach()),
            (DType::Bool, Scalar::Bool(false)) => self.ones_like(),
            (DType::Int64 | DType::Bool, Scalar::Int(exponent)) if exponent < 0 => {
                Err(Error::Value("Integers to negative integer powers are not allowed.".to_string()))
            }
            (DType::Int64 | DType::Bool, Scalar::Int(_)) | (DType::Int64, Scalar::Bool(_)) => {
                let (x, value) = self.with_number(value)?;
                x.pow(&value)
            }
            _ => self.pow_scalar(value.to_f64()),
        }
    }

    /// `value ** x`
    pub fn rpow_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let (x, value) = self.with_number(value.into())?;
        Ok(value.pow(&x)?.named("PowBackward2"))
    }

    /// `x // value`
    pub fn floor_divide_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let (x, value) = self.with_number(value.into())?;
        x.floor_divide(&value)
    }

    /// `x % value`
    pub fn remainder_scalar(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let (x, value) = self.with_number(value.into())?;
        Ok(x.remainder(&value)?.named("RemainderBackward0"))
    }

    /// Every element set to a number, in this dtype and shape: what `x.fill_(value)` leaves.
    pub fn filled(&self, value: impl Into<Scalar>) -> Result<Tensor> {
        let out = self.zeros_like()?;
        let value = value.into().to_f64();
        self.device().run(Kernel::Fill { value }, &[], &[out.buffer()])?;
        Ok(out)
    }
}
