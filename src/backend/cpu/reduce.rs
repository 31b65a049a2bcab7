//! Folding an axis: sum, product, maximum and minimum with positions. Sums run pairwise, so that a sum of a million
//! float32 keeps its digits, and over shards in the order that [`Kernel`](crate::backend::Kernel) documents.

use super::CpuBuffer;
use super::number::{Number, Value, unsupported, with_number};
use crate::backend::Element;
use crate::backend::kernel::{ReduceOp, shard_bounds};
use crate::error::Result;

/// Columns summed together, on the stack.
const COLUMNS: usize = 64;
/// Rows summed one after another before pairs are formed.
const RUN: usize = 32;

/// Sizes of a reduction: `x (outer, axis, inner)`.
#[derive(Clone, Copy)]
pub struct Folded {
    pub outer: usize,
    pub axis: usize,
    pub inner: usize,
}

/// `Kernel::Reduce`
pub fn reduce(op: ReduceOp, sizes: Folded, shards: usize, x: &CpuBuffer, outputs: &[&CpuBuffer]) -> Result<()> {
    let out = outputs[0];
    match op {
        ReduceOp::Sum => with_number!("Sum", x, T => {
            sum(sizes, shards, &T::read(x), &mut T::write(out));
            Ok(())
        }),
        ReduceOp::Product => with_number!("Product", x, T => {
            product(sizes, &T::read(x), &mut T::write(out));
            Ok(())
        }),
        ReduceOp::Maximum | ReduceOp::Minimum => {
            let mut positions = u32::write(outputs[1]);
            macro_rules! extreme {
                ($type:ty) => {{
                    let (x, mut out) = (<$type>::read(x), <$type>::write(out));
                    // A new value wins only if it is beyond the best so far: the first of equal ones stays.
                    if op == ReduceOp::Maximum {
                        extreme(sizes, &x, &mut out, &mut positions, |new, best| new > best);
                    } else {
                        extreme(sizes, &x, &mut out, &mut positions, |new, best| new < best);
                    }
                }};
            }
            match x.element() {
                Element::Float32 => extreme!(f32),
                Element::Float64 => extreme!(f64),
                Element::Int64 => extreme!(i64),
                Element::Bool => extreme!(bool),
                other => return Err(unsupported(&format!("{op:?}"), other)),
            }
            Ok(())
        }
    }
}

/// `Kernel::CumulativeSum`
pub fn cumulative_sum(sizes: Folded, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    match x.element() {
        Element::Int64 => {
            running_sums(sizes, &i64::read(x), &mut i64::write(out), 0i64, |sum, x| sum.wrapping_add(x), |sum| sum);
        }
        Element::Float32 => {
            running_sums(sizes, &f32::read(x), &mut f32::write(out), 0f64, |sum, x| sum + f64::from(x), |sum| sum as f32);
        }
        Element::Float64 => running_sums(sizes, &f64::read(x), &mut f64::write(out), 0f64, |sum, x| sum + x, |sum| sum),
        other => return Err(unsupported("CumulativeSum", other)),
    }
    Ok(())
}

fn running_sums<T: Copy, S: Copy>(
    sizes: Folded,
    x: &[T],
    out: &mut [T],
    zero: S,
    add: impl Fn(S, T) -> S,
    store: impl Fn(S) -> T,
) {
    let Folded { outer, axis, inner } = sizes;
    for line in 0..outer * inner {
        let start = line / inner * axis * inner + line % inner;
        let mut sum = zero;
        for at in (start..).step_by(inner).take(axis) {
            sum = add(sum, x[at]);
            out[at] = store(sum);
        }
    }
}

fn sum<T: Number>(sizes: Folded, shards: usize, x: &[T], out: &mut [T]) {
    let Folded { outer, axis, inner } = sizes;
    for o in 0..outer {
        let x = &x[o * axis * inner..(o + 1) * axis * inner];
        if inner == 1 {
            out[o] = tree(shards, &|shard| {
                let (start, end) = shard_bounds(axis, shards, shard);
                sum_slice(&x[start..end])
            });
            continue;
        }
        let out = &mut out[o * inner..(o + 1) * inner];
        for first in (0..inner).step_by(COLUMNS) {
            let columns = COLUMNS.min(inner - first);
            let part = columns_tree(0, shards, &|shard| {
                let (start, end) = shard_bounds(axis, shards, shard);
                sum_columns(x, inner, first, columns, start, end)
            });
            out[first..first + columns].copy_from_slice(&part[..columns]);
        }
    }
}

/// Adds the values of shards `0..shards` pairwise, as a balanced tree.
pub fn tree<T: Number>(shards: usize, value: &dyn Fn(usize) -> T) -> T {
    fn node<T: Number>(first: usize, count: usize, value: &dyn Fn(usize) -> T) -> T {
        if count == 1 {
            return value(first);
        }
        node(first, count / 2, value).plus(node(first + count / 2, count - count / 2, value))
    }
    node(0, shards.max(1), value)
}

fn columns_tree<T: Number>(first: usize, count: usize, value: &dyn Fn(usize) -> [T; COLUMNS]) -> [T; COLUMNS] {
    if count <= 1 {
        return value(first);
    }
    let mut left = columns_tree(first, count / 2, value);
    let right = columns_tree(first + count / 2, count - count / 2, value);
    add_columns(&mut left, &right);
    left
}

fn add_columns<T: Number>(left: &mut [T; COLUMNS], right: &[T; COLUMNS]) {
    for (left, &right) in left.iter_mut().zip(right) {
        *left = left.plus(right);
    }
}

/// Rows `start..end` of some columns, pairwise.
fn sum_columns<T: Number>(x: &[T], inner: usize, first: usize, columns: usize, start: usize, end: usize) -> [T; COLUMNS] {
    if end - start > RUN {
        let middle = start + (end - start) / 2;
        let mut left = sum_columns(x, inner, first, columns, start, middle);
        let right = sum_columns(x, inner, first, columns, middle, end);
        add_columns(&mut left, &right);
        return left;
    }
    let mut total = [T::default(); COLUMNS];
    for row in start..end {
        let x = &x[row * inner + first..row * inner + first + columns];
        for (total, &x) in total.iter_mut().zip(x) {
            *total = total.plus(x);
        }
    }
    total
}

/// A sum in eight lanes, pairwise above 256 elements.
pub fn sum_slice<T: Number>(x: &[T]) -> T {
    if x.len() > 256 {
        let middle = x.len() / 2;
        return sum_slice(&x[..middle]).plus(sum_slice(&x[middle..]));
    }
    let mut lanes = [T::default(); 8];
    let mut chunks = x.chunks_exact(8);
    for chunk in &mut chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = lane.plus(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane = lane.plus(x);
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    (a.plus(e).plus(c.plus(g))).plus(b.plus(f).plus(d.plus(h)))
}

fn product<T: Number>(sizes: Folded, x: &[T], out: &mut [T]) {
    let Folded { outer, axis, inner } = sizes;
    out[..outer * inner].fill(T::ONE);
    for o in 0..outer {
        for a in 0..axis {
            let x = &x[(o * axis + a) * inner..(o * axis + a + 1) * inner];
            for (out, &x) in out[o * inner..(o + 1) * inner].iter_mut().zip(x) {
                *out = out.times(x);
            }
        }
    }
}

fn extreme<T: Value>(sizes: Folded, x: &[T], out: &mut [T], positions: &mut [u32], beyond: impl Fn(T, T) -> bool) {
    let Folded { outer, axis, inner } = sizes;
    if axis == 0 {
        return;
    }
    for o in 0..outer {
        let out = &mut out[o * inner..(o + 1) * inner];
        let positions = &mut positions[o * inner..(o + 1) * inner];
        out.copy_from_slice(&x[o * axis * inner..(o * axis + 1) * inner]);
        positions.fill(0);
        for a in 1..axis {
            let x = &x[(o * axis + a) * inner..(o * axis + a + 1) * inner];
            for ((out, position), &x) in out.iter_mut().zip(positions.iter_mut()).zip(x) {
                // NaN beats everything, and the first NaN stays.
                if beyond(x, *out) || (x.is_nan() && !out.is_nan()) {
                    (*out, *position) = (x, a as u32);
                }
            }
        }
    }
}
