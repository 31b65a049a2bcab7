//! Log-softmax over any axis, and the fused softmax, cross-entropy and gradient of the last layer in one pass.

use super::CpuBuffer;
use super::number::{Number, Real, Value, with_real};
use super::reduce::{Folded, tree};
use crate::backend::kernel::shard_bounds;
use crate::error::{Error, Result};

/// `Kernel::LogSoftmax`
pub fn log_softmax(sizes: Folded, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    with_real!("LogSoftmax", x, T => {
        let (x, mut out) = (T::read(x), T::write(out));
        for o in 0..sizes.outer {
            for i in 0..sizes.inner {
                let at = |a: usize| (o * sizes.axis + a) * sizes.inner + i;
                let values = (0..sizes.axis).map(|a| x[at(a)]);
                // The largest is taken off first, so that exp cannot overflow; a NaN makes the sum NaN by itself.
                let largest = values.clone().fold(T::NEGATIVE_INFINITY, |best, x| if x > best { x } else { best });
                // Taken off one after the other: their sum would lose the logarithm's digits where x is large.
                let logarithm = values.fold(T::default(), |sum, x| sum.plus(x.minus(largest).exp())).ln();
                for a in 0..sizes.axis {
                    out[at(a)] = x[at(a)].minus(largest).minus(logarithm);
                }
            }
        }
        Ok(())
    })
}

/// Sizes of `Kernel::SoftmaxCrossEntropy`.
#[derive(Clone, Copy)]
pub struct Classified {
    pub rows: usize,
    pub classes: usize,
    pub scale: f64,
    pub shards: usize,
}

/// `Kernel::SoftmaxCrossEntropy`
pub fn softmax_cross_entropy(
    sizes: Classified,
    logits: &CpuBuffer,
    labels: &CpuBuffer,
    loss: &CpuBuffer,
    gradient: &CpuBuffer,
) -> Result<()> {
    let Classified { rows, classes, scale, shards } = sizes;
    let (logits, labels) = (f32::read(logits), u32::read(labels));
    let (mut loss, mut gradient) = (f32::write(loss), f32::write(gradient));
    if let Some(label) = labels[..rows].iter().find(|&&label| label as usize >= classes) {
        return Err(Error::Index(format!("Target {label} is out of bounds.")));
    }
    let scale = scale as f32;
    let gradient = std::cell::RefCell::new(&mut gradient[..rows * classes]);
    let total = tree(shards, &|shard| {
        let (start, end) = shard_bounds(rows, shards, shard);
        let mut gradient = gradient.borrow_mut();
        let sum = (start..end).fold(0.0, |sum: f32, row| {
            let range = row * classes..(row + 1) * classes;
            sum + row_loss(&logits[range.clone()], labels[row] as usize, scale, &mut gradient[range])
        });
        // Scaled here, so that the parts of several workers add up to the same bits.
        sum * scale
    });
    loss[0] = total;
    Ok(())
}

/// The loss of one row; its gradient times `scale` goes to `gradient`.
fn row_loss(logits: &[f32], label: usize, scale: f32, gradient: &mut [f32]) -> f32 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |best, &x| if x > best { x } else { best });
    let mut sum = 0.0;
    for (gradient, &x) in gradient.iter_mut().zip(logits) {
        *gradient = (x - largest).exp();
        sum += *gradient;
    }
    let factor = scale / sum;
    for gradient in gradient.iter_mut() {
        *gradient *= factor;
    }
    gradient[label] -= scale;
    sum.ln() + largest - logits[label]
}
