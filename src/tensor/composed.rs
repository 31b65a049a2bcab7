//! Element-wise functions that are made of others, under PyTorch's names.

use super::Tensor;
use crate::backend::kernel::UnaryOp;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::op::Op;

impl Tensor {
    /// `torch.rsqrt`: one over the square root.
    pub fn rsqrt(&self) -> Result<Tensor> {
        Ok(self.sqrt()?.reciprocal()?.named("RsqrtBackward0"))
    }

    /// `torch.log10`
    pub fn log10(&self) -> Result<Tensor> {
        Ok(self.log()?.affine(std::f64::consts::LOG10_E, 0.0)?.named("Log10Backward0"))
    }

    /// `torch.tan`
    pub fn tan(&self) -> Result<Tensor> {
        Ok(self.sin()?.div(&self.cos()?)?.named("TanBackward0"))
    }

    /// `torch.sinh`, by `exp(x) - 1` so that small arguments keep their digits.
    pub fn sinh(&self) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return self.to_dtype(DType::Float32)?.sinh();
        }
        let grown = self.expm1()?;
        let shrunk = self.neg()?.expm1()?;
        Ok(grown.sub(&shrunk)?.affine(0.5, 0.0)?.named("SinhBackward0"))
    }

    /// `torch.cosh`
    pub fn cosh(&self) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return self.to_dtype(DType::Float32)?.cosh();
        }
        Ok(self.exp()?.add(&self.neg()?.exp()?)?.affine(0.5, 0.0)?.named("CoshBackward0"))
    }

    /// `F.silu`: `x sigmoid(x)`
    pub fn silu(&self) -> Result<Tensor> {
        self.needs_decimals("silu_cpu")?;
        Ok(self.mul(&self.sigmoid()?)?.named("SiluBackward0"))
    }

    /// `F.logsigmoid`: `log(sigmoid(x))`, stable for large negative x.
    pub fn logsigmoid(&self) -> Result<Tensor> {
        self.needs_decimals("log_sigmoid_cpu")?;
        // Where exp would overflow, softplus is the identity to the last bit.
        let threshold = if self.dtype() == DType::Float64 { 700.0 } else { 80.0 };
        Ok(self.neg()?.softplus(1.0, threshold)?.neg()?.named("LogSigmoidBackward0"))
    }

    /// `torch.trunc`: without decimals, towards 0.
    pub fn trunc(&self) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            self.needs_decimals("trunc_vml_cpu")?;
        }
        let negative = self.lt(&self.scalar_like(0.0)?)?;
        Ok(negative.where_(&self.ceil()?, &self.floor()?)?.named("TruncBackward0"))
    }

    /// `torch.frac`: what [`Tensor::trunc`] takes off.
    pub fn frac(&self) -> Result<Tensor> {
        self.needs_decimals("frac_cpu")?;
        Ok(self.sub(&self.detach().trunc()?)?.named("FracBackward0"))
    }

    /// `F.gelu(x, approximate='tanh')`
    pub fn gelu_by_tanh(&self) -> Result<Tensor> {
        self.needs_decimals("GeluKernelImpl")?;
        let cubic = self.square()?.mul(self)?.affine(0.044715, 0.0)?.add(self)?;
        let bend = cubic.affine((2.0 / std::f64::consts::PI).sqrt(), 0.0)?.tanh()?.affine(0.5, 0.5)?;
        Ok(self.mul(&bend)?.named("GeluBackward0"))
    }

    /// `torch.div(x, y, rounding_mode=...)`: the quotient rounded down, or towards 0; nothing flows back.
    pub fn div_rounded(&self, other: &Tensor, down: bool) -> Result<Tensor> {
        let whole = !self.dtype().promote(other.dtype()).is_floating();
        if whole && down {
            return self.floor_divide(other);
        }
        let quotient = self.div(other)?;
        let rounded = match down {
            // Dividing and rounding down at once is exact where the quotient falls on a whole number.
            true => {
                let exact = self.detach().floor_divide(&other.detach())?;
                let op = Op::Unary { input: quotient, function: UnaryOp::Floor };
                Tensor::result(exact.shape().clone(), exact.dtype(), exact.buffer().clone(), op)
            }
            false => quotient.trunc()?,
        };
        if whole { rounded.to_dtype(DType::Int64) } else { Ok(rounded.named("DivBackward2")) }
    }

    /// PyTorch's error where a kernel of this name is for floating dtypes only.
    fn needs_decimals(&self, kernel: &str) -> Result<()> {
        match self.dtype().is_floating() {
            true => Ok(()),
            false => Err(self.dtype().lacks(kernel)),
        }
    }

    /// `torch.exp2`
    pub fn exp2(&self) -> Result<Tensor> {
        Ok(self.rpow_scalar(2.0)?.named("Exp2Backward0"))
    }

    /// `F.hardtanh(x, low, high)`; `F.relu6` from 0 to 6.
    pub fn hardtanh(&self, low: f64, high: f64) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return Err(Error::DType("Bool inputs not supported for hardtanh".to_string()));
        }
        Ok(self.clamp(low, high)?.named("HardtanhBackward0"))
    }

    /// `torch.round(x, decimals=...)`
    pub fn round_to(&self, decimals: i32) -> Result<Tensor> {
        self.needs_decimals("round_cpu")?;
        let scale = 10f64.powi(decimals.abs());
        let rounded = match decimals {
            0.. => self.mul_scalar(scale)?.round()?.div_scalar(scale)?,
            _ => self.div_scalar(scale)?.round()?.mul_scalar(scale)?,
        };
        Ok(rounded.named("RoundBackward1"))
    }
}
