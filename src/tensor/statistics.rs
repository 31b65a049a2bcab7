//! Statistics over axes, made of the ops in `reduce` and `arithmetic`: variance, norms, extremes of several axes, any, all.
//! An empty list of axes means all of them, as everywhere.

use super::Tensor;
use crate::backend::{Element, Kernel};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// `torch.var(x, dim, correction=correction)`: squares of the distances to the mean, over `n - correction`.
    pub fn var(&self, axes: &[i64], correction: f64, keepdim: bool) -> Result<Tensor> {
        self.variance(axes, correction, keepdim).map(|tensor| tensor.named("VarBackward0"))
    }

    /// `torch.std(x, dim, correction=correction)`: the square root of [`Tensor::var`].
    pub fn std(&self, axes: &[i64], correction: f64, keepdim: bool) -> Result<Tensor> {
        let variance = self.variance(axes, correction, keepdim)?;
        variance.root_with_flat_zero().map(|tensor| tensor.named("StdBackward0"))
    }

    fn variance(&self, axes: &[i64], correction: f64, keepdim: bool) -> Result<Tensor> {
        if !self.dtype().is_floating() {
            return Err(Error::DType("std and var only support floating point and complex dtypes".to_string()));
        }
        let folded = self.axes(axes)?;
        let count: usize = folded.iter().map(|&axis| self.shape()[axis]).product();
        let distance = self.sub(&self.mean(axes, true)?)?;
        let scale = 1.0 / (count as f64 - correction).max(0.0);
        distance.square()?.sum(axes, keepdim)?.affine(scale, 0.0)
    }

    /// `torch.linalg.vector_norm(x, p, dim)`: `(sum |x|^p)^(1/p)`; the largest `|x|` for infinite p, the count of what is
    /// not 0 for p = 0.
    pub fn norm(&self, p: f64, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        if !self.dtype().is_floating() {
            let name = if self.dtype() == DType::Bool { "Bool" } else { "Long" };
            return Err(Error::DType(format!(
                "linalg.vector_norm: Expected a floating point or complex tensor as input. Got {name}"
            )));
        }
        let norm = if p == f64::INFINITY {
            self.abs()?.amax(axes, keepdim)?
        } else if p == f64::NEG_INFINITY {
            self.abs()?.amin(axes, keepdim)?
        } else if p == 0.0 {
            self.ne(&self.scalar_like(0.0)?)?.to_dtype(self.dtype())?.sum(axes, keepdim)?
        } else if p == 1.0 {
            self.abs()?.sum(axes, keepdim)?
        } else if p == 2.0 {
            self.square()?.sum(axes, keepdim)?.root_with_flat_zero()?
        } else {
            let sum = self.abs()?.pow_scalar(p)?.sum(axes, keepdim)?;
            sum.with_flat_zero(|sum| sum.pow_scalar(1.0 / p))?
        };
        Ok(norm.named("LinalgVectorNormBackward0"))
    }

    /// The square root, with gradient 0 instead of infinity at 0: what PyTorch does for norms and deviations.
    fn root_with_flat_zero(&self) -> Result<Tensor> {
        self.with_flat_zero(Tensor::sqrt)
    }

    fn with_flat_zero(&self, function: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let zero = self.eq(&self.scalar_like(0.0)?)?;
        zero.where_(self, &function(&zero.where_(&self.ones_like()?, self)?)?)
    }

    /// `torch.logsumexp(x, dim)`: `log(sum(exp(x)))`, stable for large inputs.
    pub fn logsumexp(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        let x = if self.dtype().is_floating() { self.clone() } else { self.to_dtype(DType::Float32)? };
        let folded = self.axes(axes)?;
        let powers = if folded.iter().any(|&axis| self.shape()[axis] == 0) {
            x.exp()?.sum(axes, true)?.log()?
        } else {
            let largest = x.detach().amax(axes, true)?;
            let finite = largest.abs()?.lt(&largest.scalar_like(f64::INFINITY)?)?;
            let largest = finite.where_(&largest, &largest.zeros_like()?)?;
            x.sub(&largest)?.exp()?.sum(axes, true)?.log()?.add(&largest)?
        };
        let kept: Vec<usize> = (powers.shape().iter().enumerate())
            .filter(|(axis, _)| keepdim || !folded.contains(axis))
            .map(|(_, &size)| size)
            .collect();
        Ok(powers.reshape(kept)?.named("LogsumexpBackward0"))
    }

    /// `torch.amax(x, dim)`: the largest; equal ones share the gradient.
    pub fn amax(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        self.extreme_over(axes, keepdim, true, false)
    }

    /// `torch.amin(x, dim)`: the smallest; equal ones share the gradient.
    pub fn amin(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        self.extreme_over(axes, keepdim, false, false)
    }

    /// `torch.max(x)`: the largest of all; equal ones share the gradient.
    pub fn max(&self) -> Result<Tensor> {
        self.extreme_over(&[], false, true, true)
    }

    /// `torch.min(x)`: the smallest of all; equal ones share the gradient.
    pub fn min(&self) -> Result<Tensor> {
        self.extreme_over(&[], false, false, true)
    }

    fn extreme_over(&self, axes: &[i64], keepdim: bool, largest: bool, of_all: bool) -> Result<Tensor> {
        let folded = self.axes(axes)?;
        if self.numel() == 0 && folded.iter().any(|&axis| self.shape()[axis] == 0) {
            let name = if largest { "max" } else { "min" };
            return Err(match folded.iter().find(|&&axis| self.shape()[axis] == 0) {
                Some(axis) if !axes.is_empty() => {
                    Error::Index(format!("a{name}(): Expected reduction dim {axis} to have non-zero size."))
                }
                _ => Error::Value(format!(
                    "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
                )),
            });
        }
        // The folded axes go last, as one.
        let others: Vec<usize> = (0..self.dim()).filter(|axis| !folded.contains(axis)).collect();
        let order: Vec<i64> = others.iter().chain(&folded).map(|&axis| axis as i64).collect();
        let outer: usize = others.iter().map(|&axis| self.shape()[axis]).product();
        let inner: usize = folded.iter().map(|&axis| self.shape()[axis]).product();
        let sorted = order.windows(2).all(|pair| pair[0] < pair[1]);
        let turned = if sorted { self.clone() } else { self.permute(&order)? };
        let sizes = self.shape().iter().enumerate().filter(|(axis, _)| keepdim || !folded.contains(axis));
        let sizes: Vec<usize> = sizes.map(|(axis, &size)| if folded.contains(&axis) { 1 } else { size }).collect();
        turned.reshape([outer, inner])?.shared_extreme(largest, of_all, Shape::from(sizes))
    }

    /// `torch.any(x)`: whether some element along the axes is not 0.
    pub fn any(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        let count = self.to_dtype(DType::Bool)?.sum(axes, keepdim)?;
        count.gt(&count.zeros_like()?)
    }

    /// `torch.all(x)`: whether every element along the axes is not 0.
    pub fn all(&self, axes: &[i64], keepdim: bool) -> Result<Tensor> {
        self.logical_not()?.any(axes, keepdim)?.logical_not()
    }

    /// `torch.prod(x)`: the product of all.
    pub fn prod_all(&self) -> Result<Tensor> {
        Ok(self.reshape([self.numel()])?.prod(0, false)?.named("ProdBackward0"))
    }

    /// `torch.argmax(x)`: position of the largest in the flattened tensor.
    pub fn argmax_all(&self) -> Result<Tensor> {
        self.not_empty("argmax")?.argmax(0, false)
    }

    /// `torch.argmin(x)`: position of the smallest in the flattened tensor.
    pub fn argmin_all(&self) -> Result<Tensor> {
        self.not_empty("argmin")?.argmin(0, false)
    }

    fn not_empty(&self, name: &str) -> Result<Tensor> {
        match self.numel() {
            0 => Err(Error::Index(format!("{name}(): Expected reduction dim to be specified for input.numel() == 0."))),
            n => self.reshape([n]),
        }
    }

    /// `torch.cumsum(x, dim)`: running sums along an axis, in float64 until they are stored, as PyTorch adds them; float32 on a
    /// GPU. Bool adds up to int64.
    pub fn cumsum(&self, axis: i64) -> Result<Tensor> {
        if self.dtype() == DType::Bool {
            return self.to_dtype(DType::Int64)?.cumsum(axis);
        }
        let axis = self.shape().axis(axis)?;
        if self.dim() == 0 {
            return Ok(self.reshape([1])?.cumsum(0)?.reshape(Shape::default())?.named("CumsumBackward0"));
        }
        if self.numel() == 0 {
            return Ok(self.reshape(self.shape().clone())?.named("CumsumBackward0"));
        }
        let (outer, size, inner) = self.split_at_axis(axis);
        let kernel = Kernel::CumulativeSum { outer, axis: size, inner };
        let buffer = self.run(kernel, &[self], Element::from(self.dtype()), self.numel())?;
        let op = Op::CumulativeSum { input: self.clone(), axis };
        Ok(Tensor::result(self.shape().clone(), self.dtype(), buffer, op))
    }
}
