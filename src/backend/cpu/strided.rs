//! Walking several strided operands at once, a row at a time. Neighbouring axes that every operand walks evenly are
//! merged first, so equal contiguous shapes become one row, and a bias over a batch one row per example.

use crate::error::{Error, Result};

/// Axes after merging. More are refused; nobody draws a tensor of seventeen axes.
const MAX_RANK: usize = 16;

/// Calls `row(starts, strides, length)` for every innermost row over `sizes`, in row-major order. Each operand has
/// a stride for each axis; `starts` are where the row starts in each.
pub fn rows<const N: usize>(
    sizes: &[usize],
    operand_strides: impl Fn(usize, usize) -> isize,
    offsets: [isize; N],
    mut row: impl FnMut([isize; N], [isize; N], usize),
) -> Result<()> {
    if sizes.contains(&0) {
        return Ok(());
    }
    let mut rank = 0;
    let mut merged = [1_usize; MAX_RANK];
    let mut strides = [[0_isize; N]; MAX_RANK];
    for (axis, &size) in sizes.iter().enumerate() {
        if size == 1 {
            continue;
        }
        let own: [isize; N] = std::array::from_fn(|operand| operand_strides(operand, axis));
        // The axis before can be walked together with this one if its step is a whole turn of this one.
        if rank > 0 && (0..N).all(|operand| strides[rank - 1][operand] == own[operand] * size as isize) {
            merged[rank - 1] *= size;
            strides[rank - 1] = own;
            continue;
        }
        if rank == MAX_RANK {
            return Err(Error::Shape(format!("more than {MAX_RANK} axes with different strides: sizes {sizes:?}")));
        }
        (merged[rank], strides[rank]) = (size, own);
        rank += 1;
    }
    if rank == 0 {
        row(offsets, [0; N], 1);
        return Ok(());
    }
    let inner = rank - 1;
    let mut position = [0_usize; MAX_RANK];
    let mut starts = offsets;
    loop {
        row(starts, strides[inner], merged[inner]);
        let mut axis = inner;
        loop {
            if axis == 0 {
                return Ok(());
            }
            axis -= 1;
            position[axis] += 1;
            for operand in 0..N {
                starts[operand] += strides[axis][operand];
            }
            if position[axis] < merged[axis] {
                break;
            }
            for operand in 0..N {
                starts[operand] -= strides[axis][operand] * merged[axis] as isize;
            }
            position[axis] = 0;
        }
    }
}
