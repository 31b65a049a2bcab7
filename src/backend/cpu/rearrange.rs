//! Moving elements without arithmetic, and the way back, which adds where several came from one: transposes, slices,
//! expansions and their gradients.

use super::CpuBuffer;
use super::number::{Number, Value, with_cell, with_number};
use super::strided::rows;
use crate::error::Result;

/// `Kernel::Rearrange`
pub fn rearrange(sizes: &[usize], strides: &[isize], offset: usize, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    with_cell!(x, C => {
        let (mut out, x) = (out.cells_from::<C>(x), x.cells::<C>());
        let mut done = 0;
        rows(sizes, |_, axis| strides[axis], [offset as isize], |[start], [stride], length| {
            let out = &mut out[done..done + length];
            done += length;
            match stride {
                1 => out.copy_from_slice(&x[start as usize..start as usize + length]),
                0 => out.fill(x[start as usize]),
                _ => {
                    for (i, out) in out.iter_mut().enumerate() {
                        *out = x[(start + i as isize * stride) as usize];
                    }
                }
            }
        })
    })
}

/// Whether a look reads no element twice: then the way back need not add, and a zero keeps its sign.
fn reads_each_once(sizes: &[usize], strides: &[isize]) -> bool {
    let mut axes: Vec<(usize, usize)> =
        strides.iter().zip(sizes).filter(|axis| *axis.1 > 1).map(|(&stride, &size)| (stride.unsigned_abs(), size)).collect();
    axes.sort_unstable();
    let mut reach = 0;
    axes.into_iter().all(|(stride, size)| {
        let apart = stride > reach;
        reach += stride * (size - 1);
        apart
    })
}

/// `Kernel::RearrangeAdd`
pub fn rearrange_add(sizes: &[usize], strides: &[isize], offset: usize, x: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    with_number!("RearrangeAdd", x, T => {
        let (x, mut out) = (T::read(x), T::write(out));
        out.fill(T::default());
        let alone = reads_each_once(sizes, strides);
        let mut done = 0;
        rows(sizes, |_, axis| strides[axis], [offset as isize], |[start], [stride], length| {
            let x = &x[done..done + length];
            done += length;
            if alone {
                for (i, &x) in x.iter().enumerate() {
                    out[(start + i as isize * stride) as usize] = x;
                }
            } else if stride == 1 {
                for (out, &x) in out[start as usize..start as usize + length].iter_mut().zip(x) {
                    *out = out.plus(x);
                }
            } else {
                for (i, &x) in x.iter().enumerate() {
                    let at = (start + i as isize * stride) as usize;
                    out[at] = out[at].plus(x);
                }
            }
        })
    })
}
