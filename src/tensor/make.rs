//! Tensors from nothing or from numbers of the program. They live on the CPU; `to_device` moves them.

use super::Tensor;
use crate::backend::{Device, Element, HostData, Kernel, affordable};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// Numbers that a tensor can be made of: `f32`, `f64`, `i64`, `bool`.
pub trait Number: Copy {
    /// Packs the numbers without converting them.
    fn pack(data: Vec<Self>) -> HostData;
}

impl Number for f32 {
    fn pack(data: Vec<f32>) -> HostData {
        HostData::Float32(data)
    }
}

impl Number for f64 {
    fn pack(data: Vec<f64>) -> HostData {
        HostData::Float64(data)
    }
}

impl Number for i64 {
    fn pack(data: Vec<i64>) -> HostData {
        HostData::Int64(data)
    }
}

impl Number for bool {
    fn pack(data: Vec<bool>) -> HostData {
        HostData::Bool(data)
    }
}

impl Tensor {
    /// A tensor of these numbers, row-major; their type gives the dtype. An error where their count does not fit the shape.
    pub fn from_vec<N: Number>(data: Vec<N>, shape: impl Into<Shape>) -> Result<Tensor> {
        Tensor::from_buffer(Device::Cpu.upload(N::pack(data))?, shape)
    }

    /// A tensor with one axis.
    pub fn from_slice<N: Number>(data: &[N]) -> Result<Tensor> {
        Tensor::from_vec(data.to_vec(), [data.len()])
    }

    /// A tensor without axes: `torch.tensor(value)`.
    pub fn scalar<N: Number>(value: N) -> Result<Tensor> {
        Tensor::from_vec(vec![value], [])
    }

    /// Every element `value`, in `dtype`, on `device`: `torch.full`.
    pub fn full_on(device: &Device, shape: impl Into<Shape>, value: f64, dtype: DType) -> Result<Tensor> {
        let shape = shape.into();
        let buffer = device.allocate(Element::from(dtype), shape.elements())?;
        // Memory arrives zeroed.
        if value != 0.0 {
            device.run(Kernel::Fill { value }, &[], &[&buffer])?;
        }
        Tensor::from_buffer(buffer, shape)
    }

    /// `torch.full(shape, value, dtype=dtype)`
    pub fn full(shape: impl Into<Shape>, value: f64, dtype: DType) -> Result<Tensor> {
        Tensor::full_on(&Device::Cpu, shape, value, dtype)
    }

    /// `torch.zeros(shape)`, float32.
    pub fn zeros(shape: impl Into<Shape>) -> Result<Tensor> {
        Tensor::full(shape, 0.0, DType::Float32)
    }

    /// `torch.ones(shape)`, float32.
    pub fn ones(shape: impl Into<Shape>) -> Result<Tensor> {
        Tensor::full(shape, 1.0, DType::Float32)
    }

    /// `torch.full_like`: same shape, dtype and device.
    pub fn full_like(&self, value: f64) -> Result<Tensor> {
        Tensor::full_on(&self.device(), self.shape().clone(), value, self.dtype())
    }

    /// `torch.zeros_like`
    pub fn zeros_like(&self) -> Result<Tensor> {
        self.full_like(0.0)
    }

    /// `torch.ones_like`
    pub fn ones_like(&self) -> Result<Tensor> {
        self.full_like(1.0)
    }

    /// `torch.empty(shape)`, float32. What PyTorch leaves undefined is zero here.
    pub fn empty(shape: impl Into<Shape>) -> Result<Tensor> {
        Tensor::zeros(shape)
    }

    /// `torch.empty_like`; zeros.
    pub fn empty_like(&self) -> Result<Tensor> {
        self.zeros_like()
    }

    /// `torch.eye(rows, columns)`, float32: ones on the diagonal.
    pub fn eye(rows: usize, columns: usize) -> Result<Tensor> {
        affordable(Element::Float32, rows.saturating_mul(columns))?;
        let mut data = vec![0f32; rows * columns];
        for i in 0..rows.min(columns) {
            data[i * columns + i] = 1.0;
        }
        Tensor::from_vec(data, [rows, columns])
    }

    /// `torch.linspace(start, end, steps, dtype=dtype)`: both ends included. Counted from the nearer end, as PyTorch does.
    pub fn linspace(start: f64, end: f64, steps: usize, dtype: DType) -> Result<Tensor> {
        affordable(Element::from(dtype), steps)?;
        let half = steps / 2;
        if dtype == DType::Float32 {
            let (start, end) = (start as f32, end as f32);
            let step = (end - start) / (steps.max(2) - 1) as f32;
            // One rounding for product and sum, as PyTorch's vector code has.
            let at = |i: usize| match i < half {
                true => (f64::from(start) + f64::from(step) * i as f64) as f32,
                false => (f64::from(end) - f64::from(step) * (steps - i - 1) as f64) as f32,
            };
            let values = if steps == 1 { vec![start] } else { (0..steps).map(at).collect() };
            return Tensor::from_vec(values, [steps]);
        }
        let step = (end - start) / (steps.max(2) - 1) as f64;
        let at = |i: usize| if i < half { start + step * i as f64 } else { end - step * (steps - i - 1) as f64 };
        let values: Vec<f64> = if steps == 1 { vec![start] } else { (0..steps).map(at).collect() };
        Tensor::from_vec(values, [steps])?.to_dtype(dtype)
    }

    /// `torch.arange(start, end, step, dtype=dtype)`: from `start` up to, not including, `end`.
    pub fn arange(start: f64, end: f64, step: f64, dtype: DType) -> Result<Tensor> {
        if step == 0.0 {
            return Err(Error::Value("step must be nonzero".to_string()));
        }
        if (end - start) * step < 0.0 {
            return Err(Error::Value("upper bound and lower bound inconsistent with step sign".to_string()));
        }
        let count = ((end - start) / step).ceil().max(0.0);
        if !count.is_finite() {
            return Err(Error::Value(format!("unsupported range: {start} -> {end}")));
        }
        // Counted in float64 on the way.
        affordable(Element::Float64, count as usize)?;
        let values: Vec<f64> = (0..count as usize).map(|i| start + i as f64 * step).collect();
        let count = values.len();
        Tensor::from_vec(values, [count])?.to_dtype(dtype)
    }

    /// The same elements in another dtype: `tensor.to(dtype)`. Differentiable between floating dtypes.
    pub fn to_dtype(&self, dtype: DType) -> Result<Tensor> {
        if dtype == self.dtype() {
            return Ok(self.clone());
        }
        let buffer = self.run(Kernel::Cast, &[self], Element::from(dtype), self.numel())?;
        Ok(Tensor::result(self.shape().clone(), dtype, buffer, crate::op::Op::Cast { input: self.clone() }))
    }
}
