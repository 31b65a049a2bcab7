//! Matrix products, plain and with bias and activation in the store.

use super::CpuBuffer;
use super::number::{Number, Value, with_number};
use crate::backend::kernel::{Activation, MatmulSizes, shard_bounds};
use crate::error::Result;

/// `Kernel::Matmul`
pub fn matmul(sizes: &MatmulSizes, shards: usize, left: &CpuBuffer, right: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    with_number!("Matmul", left, T => {
        let (left, right, mut out) = (T::read(left), T::read(right), T::write(out));
        plain(sizes, shards, &left, &right, &mut out);
        Ok(())
    })
}

/// Every form, every kind of number, no blocking: for small products and the kinds that have no fast path.
fn plain<T: Number>(sizes: &MatmulSizes, shards: usize, left: &[T], right: &[T], out: &mut [T]) {
    let MatmulSizes { batch, m, k, n, transpose_left, transpose_right, left_batched, right_batched } = *sizes;
    let left_strides = if transpose_left { (1, m) } else { (k, 1) };
    let right_strides = if transpose_right { (1, k) } else { (n, 1) };
    for b in 0..batch {
        let left = &left[if left_batched { b * m * k } else { 0 }..];
        let right = &right[if right_batched { b * k * n } else { 0 }..];
        let out = &mut out[b * m * n..(b + 1) * m * n];
        for i in 0..m {
            for j in 0..n {
                out[i * n + j] = super::reduce::tree(shards, &|shard| {
                    let (start, end) = shard_bounds(k, shards, shard);
                    (start..end).fold(T::default(), |sum, p| {
                        let a = left[i * left_strides.0 + p * left_strides.1];
                        sum.plus(a.times(right[p * right_strides.0 + j * right_strides.1]))
                    })
                });
            }
        }
    }
}

/// Sizes of `Kernel::Linear`.
#[derive(Clone, Copy)]
pub struct LinearSizes {
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub activation: Activation,
}

/// `Kernel::Linear`
pub fn linear(sizes: LinearSizes, x: &CpuBuffer, weight: &CpuBuffer, bias: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let LinearSizes { m, k, n, activation } = sizes;
    let (x, weight, bias, mut out) = (f32::read(x), f32::read(weight), f32::read(bias), f32::write(out));
    let product = MatmulSizes {
        batch: 1,
        m,
        k,
        n,
        transpose_left: false,
        transpose_right: true,
        left_batched: false,
        right_batched: false,
    };
    plain(&product, 1, &x, &weight, &mut out);
    for row in out.chunks_exact_mut(n.max(1)).take(m) {
        for (out, &bias) in row.iter_mut().zip(&bias[..n]) {
            *out = activate(activation, *out + bias);
        }
    }
    Ok(())
}

/// The activation of one value.
#[inline(always)]
pub fn activate(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Identity => x,
        Activation::Relu => {
            if x < 0.0 {
                0.0
            } else {
                x
            }
        }
        Activation::LeakyRelu { slope } => {
            if x > 0.0 {
                x
            } else {
                x * slope as f32
            }
        }
        Activation::Sigmoid => super::elementwise::sigmoid(x),
        Activation::Tanh => x.tanh(),
    }
}
