//! `&`, `|`, `^` and `~` of whole numbers, bit by bit, and of truths. On the CPU: they make masks and flags, not gradients.

use super::Tensor;
use crate::backend::HostData;
use crate::dtype::DType;
use crate::error::{Error, Result};

/// Which bits of two numbers stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bitwise {
    /// `a & b`
    And,
    /// `a | b`
    Or,
    /// `a ^ b`
    Xor,
}

impl Bitwise {
    fn of(self, a: i64, b: i64) -> i64 {
        match self {
            Bitwise::And => a & b,
            Bitwise::Or => a | b,
            Bitwise::Xor => a ^ b,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Bitwise::And => "and",
            Bitwise::Or => "or",
            Bitwise::Xor => "xor",
        }
    }
}

impl Tensor {
    /// `torch.bitwise_and`, `torch.bitwise_or`, `torch.bitwise_xor`, with broadcasting; truths count as 0 and 1 beside whole numbers.
    pub fn bitwise(&self, other: &Tensor, function: Bitwise) -> Result<Tensor> {
        let dtype = self.dtype().promote(other.dtype());
        if dtype.is_floating() {
            return Err(dtype.lacks(&format!("bitwise_{}_cpu", function.name())));
        }
        let shape = self.shape().broadcast(other.shape())?;
        let numbers = |tensor: &Tensor| tensor.to_dtype(DType::Int64)?.broadcast_to(shape.clone())?.host();
        let (HostData::Int64(a), HostData::Int64(b)) = (numbers(self)?, numbers(other)?) else {
            return Err(Error::DType("whole numbers are int64".to_string()));
        };
        let bits: Vec<i64> = a.iter().zip(&b).map(|(&a, &b)| function.of(a, b)).collect();
        Tensor::from_vec(bits, shape)?.to_dtype(dtype)
    }

    /// `torch.bitwise_not`: every bit turned over, or every truth.
    pub fn bitwise_not(&self) -> Result<Tensor> {
        match self.dtype() {
            DType::Bool => self.logical_not(),
            DType::Int64 => self.bitwise(&Tensor::scalar(-1i64)?, Bitwise::Xor),
            _ => {
                Err(Error::DType("~ (operator.invert) is only implemented on integer and Boolean-type tensors".to_string()))
            }
        }
    }
}
