//! Matrix products, plain and with bias and activation in the store.

use super::CpuBuffer;
use super::elementwise::sigmoid;
use super::gemm::{Epilogue, Matrix, Product};
use super::number::{Number, Value, with_number};
use crate::backend::Element;
use crate::backend::kernel::{Activation, MatmulSizes, shard_bounds};
use crate::error::Result;

/// `Kernel::Matmul`
pub fn matmul(sizes: &MatmulSizes, shards: usize, left: &CpuBuffer, right: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    if left.element() == Element::Float32 {
        let (left, right, mut out) = (f32::read(left), f32::read(right), f32::write(out));
        fast(sizes, shards, &left, &right, &mut out);
        return Ok(());
    }
    with_number!("Matmul", left, T => {
        let (left, right, mut out) = (T::read(left), T::read(right), T::write(out));
        plain(sizes, shards, &left, &right, &mut out);
        Ok(())
    })
}

fn fast(sizes: &MatmulSizes, shards: usize, left: &[f32], right: &[f32], out: &mut [f32]) {
    let MatmulSizes { batch, m, k, n, transpose_left, transpose_right, left_batched, right_batched } = *sizes;
    for b in 0..batch {
        let left = &left[if left_batched { b * m * k } else { 0 }..];
        let right = &right[if right_batched { b * k * n } else { 0 }..];
        let product = Product {
            m,
            k,
            n,
            left: Matrix { data: left, transposed: transpose_left },
            right: Matrix { data: right, transposed: transpose_right },
            shards,
            epilogue: None,
            out: &mut out[b * m * n..(b + 1) * m * n],
        };
        product.run();
    }
}

/// Every form, every kind of number, no blocking: for the kinds that have no fast path.
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
    let product = Product {
        m,
        k,
        n,
        left: Matrix { data: &x, transposed: false },
        right: Matrix { data: &weight, transposed: true },
        shards: 1,
        epilogue: Some(Epilogue { bias: Some(&bias), activation }),
        out: &mut out,
    };
    product.run();
    activate_stored(activation, &mut out[..m * n]);
    Ok(())
}

/// Applies the activations that need exponentials; the product's store has applied the others.
pub fn activate_stored(activation: Activation, out: &mut [f32]) {
    match activation {
        Activation::Identity | Activation::Relu | Activation::LeakyRelu { .. } => {}
        Activation::Sigmoid => out.iter_mut().for_each(|out| *out = sigmoid(*out)),
        Activation::Tanh => out.iter_mut().for_each(|out| *out = out.tanh()),
    }
}
