//! Random tensors: the draws of [`Generator`] in a shape. Every maker takes the generator, so nothing is drawn in secret.

use super::Tensor;
use crate::backend::{Element, affordable};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::random::Generator;
use crate::shape::Shape;

impl Tensor {
    /// `torch.rand(shape)`: float32 in [0, 1).
    pub fn rand(generator: &mut Generator, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        affordable(Element::Float32, shape.elements())?;
        Tensor::from_vec(generator.rand_f32(shape.elements()), shape)
    }

    /// `torch.randn(shape)`: float32, mean 0, deviation 1.
    pub fn randn(generator: &mut Generator, shape: impl Into<Shape>) -> Result<Tensor> {
        Tensor::normal(generator, shape, 0.0, 1.0, DType::Float32)
    }

    /// `torch.rand_like`: this shape and (floating) dtype.
    pub fn rand_like(&self, generator: &mut Generator) -> Result<Tensor> {
        Tensor::uniform(generator, self.shape().clone(), 0.0, 1.0, self.dtype())
    }

    /// `torch.randn_like`: this shape and (floating) dtype.
    pub fn randn_like(&self, generator: &mut Generator) -> Result<Tensor> {
        Tensor::normal(generator, self.shape().clone(), 0.0, 1.0, self.dtype())
    }

    /// `torch.empty(shape, dtype=dtype).uniform_(low, high)`: numbers in [low, high).
    pub fn uniform(generator: &mut Generator, shape: impl Into<Shape>, low: f64, high: f64, dtype: DType) -> Result<Tensor> {
        let shape = shape.into();
        affordable(Element::from(dtype), shape.elements())?;
        if low > high {
            return Err(Error::Value(format!(
                "uniform_ expects to return a [from, to) range, but found from={low} > to={high}"
            )));
        }
        match dtype {
            DType::Float32 => Tensor::from_vec(generator.uniform_f32(shape.elements(), low as f32, high as f32), shape),
            DType::Float64 => Tensor::from_vec(generator.uniform_f64(shape.elements(), low, high), shape),
            other => Err(other.lacks("check_uniform_bounds")),
        }
    }

    /// `torch.empty(shape, dtype=dtype).normal_(mean, deviation)`
    pub fn normal(
        generator: &mut Generator,
        shape: impl Into<Shape>,
        mean: f64,
        deviation: f64,
        dtype: DType,
    ) -> Result<Tensor> {
        let shape = shape.into();
        affordable(Element::from(dtype), shape.elements())?;
        if deviation < 0.0 {
            return Err(Error::Value(format!("normal expects std >= 0.0, but found std {deviation}")));
        }
        match dtype {
            DType::Float32 => Tensor::from_vec(generator.normal_f32(shape.elements(), mean as f32, deviation as f32), shape),
            DType::Float64 => Tensor::from_vec(generator.normal_f64(shape.elements(), mean, deviation), shape),
            other => Err(other.lacks("normal_kernel_cpu")),
        }
    }

    /// `torch.randint(low, high, shape)`: int64 from `low`, below `high`.
    pub fn randint(generator: &mut Generator, low: i64, high: i64, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        if low >= high {
            return Err(Error::Value(format!(
                "random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
            )));
        }
        affordable(Element::Int64, shape.elements())?;
        Tensor::from_vec(generator.randint(shape.elements(), low, high), shape)
    }

    /// `torch.randperm(n)`: int64, the numbers 0 to n-1 in random order.
    pub fn randperm(generator: &mut Generator, n: usize) -> Result<Tensor> {
        affordable(Element::Int64, n)?;
        Tensor::from_vec(generator.randperm(n).into_iter().map(|i| i as i64).collect(), [n])
    }

    /// `F.dropout(x, p)` in training: each element 0 with probability `p`, the others scaled by `1 / (1 - p)`.
    pub fn dropout(&self, generator: &mut Generator, p: f64) -> Result<Tensor> {
        if !(0.0..=1.0).contains(&p) {
            return Err(Error::Value(format!("dropout probability has to be between 0 and 1, but got {p}")));
        }
        // PyTorch draws nothing for these two.
        if p == 0.0 || self.numel() == 0 {
            return self.affine(1.0, 0.0);
        }
        if p == 1.0 {
            return self.dropout_with_mask(&self.zeros_like()?);
        }
        let kept = generator.dropout_mask(self.numel(), p);
        let mask = Tensor::from_vec(kept, self.shape().clone())?.to_dtype(self.dtype())?.affine(1.0 / (1.0 - p), 0.0)?;
        self.dropout_with_mask(&mask)
    }
}
