//! Reading and adding at positions that are data themselves: `index_select`, `gather` and their gradients.

use super::CpuBuffer;
use super::number::{Number, Value, with_cell, with_number};
use crate::error::{Error, Result};

/// Sizes of an indexed axis: `x (outer, axis, inner)`, `count` positions.
#[derive(Clone, Copy)]
pub struct Indexed {
    pub outer: usize,
    pub axis: usize,
    pub inner: usize,
    pub count: usize,
}

impl Indexed {
    fn check(self, index: &[u32]) -> Result<()> {
        match index.iter().find(|&&position| position as usize >= self.axis) {
            Some(position) => {
                Err(Error::Index(format!("index {position} is out of bounds for dimension with size {}", self.axis)))
            }
            None => Ok(()),
        }
    }
}

/// `Kernel::IndexSelect`
pub fn index_select(sizes: Indexed, x: &CpuBuffer, index: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let index = u32::read(index);
    sizes.check(&index[..sizes.count])?;
    let Indexed { outer, axis, inner, count } = sizes;
    with_cell!(x, C => {
        let (mut out, x) = (out.cells_from::<C>(x), x.cells::<C>());
        for o in 0..outer {
            for c in 0..count {
                let (to, from) = ((o * count + c) * inner, (o * axis + index[c] as usize) * inner);
                out[to..to + inner].copy_from_slice(&x[from..from + inner]);
            }
        }
    });
    Ok(())
}

/// `Kernel::IndexAdd`
pub fn index_add(sizes: Indexed, x: &CpuBuffer, index: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let index = u32::read(index);
    sizes.check(&index[..sizes.count])?;
    let Indexed { outer, axis, inner, count } = sizes;
    with_number!("IndexAdd", x, T => {
        let (x, mut out) = (T::read(x), T::write(out));
        out.fill(T::default());
        for o in 0..outer {
            for c in 0..count {
                let (from, to) = ((o * count + c) * inner, (o * axis + index[c] as usize) * inner);
                for (out, &x) in out[to..to + inner].iter_mut().zip(&x[from..from + inner]) {
                    *out = out.plus(x);
                }
            }
        }
        Ok(())
    })
}

/// `Kernel::Gather`
pub fn gather(sizes: Indexed, x: &CpuBuffer, index: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let index = u32::read(index);
    let Indexed { outer, axis, inner, count } = sizes;
    sizes.check(&index[..outer * count * inner])?;
    with_cell!(x, C => {
        let (mut out, x) = (out.cells_from::<C>(x), x.cells::<C>());
        for o in 0..outer {
            for c in 0..count {
                for i in 0..inner {
                    let at = (o * count + c) * inner + i;
                    out[at] = x[(o * axis + index[at] as usize) * inner + i];
                }
            }
        }
    });
    Ok(())
}

/// `Kernel::ScatterAdd`
pub fn scatter_add(sizes: Indexed, x: &CpuBuffer, index: &CpuBuffer, out: &CpuBuffer) -> Result<()> {
    let index = u32::read(index);
    let Indexed { outer, axis, inner, count } = sizes;
    sizes.check(&index[..outer * count * inner])?;
    with_number!("ScatterAdd", x, T => {
        let (x, mut out) = (T::read(x), T::write(out));
        out.fill(T::default());
        for o in 0..outer {
            for c in 0..count {
                for i in 0..inner {
                    let at = (o * count + c) * inner + i;
                    let to = (o * axis + index[at] as usize) * inner + i;
                    out[to] = out[to].plus(x[at]);
                }
            }
        }
        Ok(())
    })
}
