//! The speed that this machine can reach on one core: the bare microkernel over a packed panel that stays in the nearest
//! cache. Every other figure of the bench is measured against it. And how near to it whole products come.

use super::gemm::{Bare, Matrix, Product};
use super::simd::{self, run};

/// GFLOP/s of the bare microkernel, the best of several short runs. `now` gives milliseconds.
pub fn measured_peak(now: impl Fn() -> f64) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..8 {
        let start = now();
        let mut total = 0.0;
        let mut elapsed = 0.0;
        while elapsed < 4.0 {
            let mut operations = 0.0;
            run(Bare { repetitions: 200, operations: &mut operations });
            total += operations;
            elapsed = now() - start;
        }
        best = best.max(total / (elapsed * 1e6));
    }
    best
}

/// What a linear layer multiplies in a training step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Form {
    /// `x W^T`
    Forward,
    /// `dy W`
    InputGradient,
    /// `dy^T x`, in eight shards.
    WeightGradient,
}

/// How fast one core makes a product.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ProductSpeed {
    pub form: Form,
    /// Rows of the batch, inputs and outputs of the layer.
    pub batch: usize,
    pub inputs: usize,
    pub outputs: usize,
    /// GFLOP/s
    pub speed: f64,
}

/// The three products of the first layers of mlp-200 and fcn-5, packing counted: the best of several short runs. `now` gives
/// milliseconds.
pub fn measured_products(now: impl Fn() -> f64) -> Vec<ProductSpeed> {
    let mut speeds = Vec::new();
    for (batch, inputs, outputs) in [(200, 784, 200), (64, 784, 512)] {
        let [x, weight, gradient] = [batch * inputs, outputs * inputs, batch * outputs].map(|length| vec![0.5_f32; length]);
        let mut result = vec![0.0; batch.max(outputs) * inputs.max(outputs)];
        for form in [Form::Forward, Form::InputGradient, Form::WeightGradient] {
            let (m, k, n, left, right) = match form {
                Form::Forward => (batch, inputs, outputs, (&x, false), (&weight, true)),
                Form::InputGradient => (batch, outputs, inputs, (&gradient, false), (&weight, false)),
                Form::WeightGradient => (outputs, batch, inputs, (&gradient, true), (&x, false)),
            };
            let mut best = f64::MAX;
            let end = now() + 25.0;
            while now() < end {
                let start = now();
                // Two at a time: a browser's clock is coarse.
                for _ in 0..2 {
                    let [left, right] = [left, right].map(|(data, transposed)| Matrix { data, transposed });
                    let shards = if form == Form::WeightGradient { 8 } else { 1 };
                    Product { m, k, n, left, right, shards, epilogue: None, out: &mut result }.run();
                }
                best = best.min((now() - start) / 2.0);
            }
            let speed = 2.0 * (m * k * n) as f64 / (best.max(1e-3) * 1e6);
            speeds.push(ProductSpeed { form, batch, inputs, outputs, speed });
        }
    }
    speeds
}

/// The instructions in use: `simd128`, `relaxed-simd`, `AVX2`, ...
pub fn instructions() -> &'static str {
    simd::name()
}
