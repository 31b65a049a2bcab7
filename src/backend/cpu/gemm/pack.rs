//! Copies of parts of the two matrices in the order in which the microkernel reads them.

use super::{Checked, PANELS, ROWS};
use crate::backend::cpu::simd::{Simd, transpose};
use std::ops::Range;

/// Copies tiles of four rows of the left matrix, four floats of each step along k together. Read in place, rows that lie a power of
/// two apart would throw each other's lines out of the nearest cache.
#[inline(always)]
pub fn pack_left(product: &Checked<'_>, packed: &mut [f32], rows: Range<usize>, k: Range<usize>) {
    let (data, length) = (product.left.data, k.len());
    for (tile, row) in packed.chunks_exact_mut((ROWS * length).max(1)).zip(rows.clone().step_by(ROWS)) {
        let count = ROWS.min(rows.end - row);
        if !product.left.transposed {
            rows_as_columns(data, product.k, row..row + count, k.clone(), tile, ROWS);
            continue;
        }
        for (to, p) in tile.chunks_exact_mut(ROWS).zip(k.clone()) {
            let from = &data[p * product.m + row..][..count];
            if let Ok(from) = <[f32; ROWS]>::try_from(from) {
                to.copy_from_slice(&from);
            } else {
                to[..count].copy_from_slice(from);
            }
        }
    }
}

/// Copies columns of rows `k` of the right matrix into panels, one behind the other, each row after row; zeros beyond the edge.
#[inline(always)]
pub fn pack_panels<S: Simd>(product: &Checked<'_>, panels: &mut [f32], k: Range<usize>, columns: Range<usize>) {
    let (width, length) = (2 * S::LANES, k.len());
    if !product.right.transposed && columns.len() == PANELS * width {
        for (p, row) in k.enumerate() {
            let from = &product.right.data[row * product.n + columns.start..][..PANELS * width];
            for panel in 0..PANELS {
                let to = &mut panels[(panel * length + p) * width..][..width];
                // SAFETY: both hold two vectors from there on.
                unsafe {
                    let from = from.as_ptr().add(panel * width);
                    S::store(to.as_mut_ptr(), S::load(from));
                    S::store(to.as_mut_ptr().add(S::LANES), S::load(from.add(S::LANES)));
                }
            }
        }
        return;
    }
    for (panel, column) in panels.chunks_exact_mut((length * width).max(1)).zip(columns.clone().step_by(width)) {
        pack_panel::<S>(product, panel, k.clone(), column..columns.end.min(column + width));
    }
}

/// One panel.
#[inline(always)]
fn pack_panel<S: Simd>(product: &Checked<'_>, panel: &mut [f32], k: Range<usize>, columns: Range<usize>) {
    let width = 2 * S::LANES;
    if columns.len() < width {
        panel.fill(0.0);
    }
    let data = product.right.data;
    if product.right.transposed {
        rows_as_columns(data, product.k, columns, k, panel, width);
        return;
    }
    for (to, p) in panel.chunks_exact_mut(width).zip(k) {
        to[..columns.len()].copy_from_slice(&data[p * product.n..][columns.clone()]);
    }
}

/// Lays the stretch `k` of some rows of a matrix down as the first columns of a block of that `width`. Four rows at a time, so that the
/// writes fill whole vectors.
#[inline(always)]
pub fn rows_as_columns(
    data: &[f32],
    row_length: usize,
    rows: Range<usize>,
    k: Range<usize>,
    block: &mut [f32],
    width: usize,
) {
    let length = k.len();
    let stretch = |row: usize| &data[row * row_length + k.start..][..length];
    let block = &mut block[..length * width];
    assert!(rows.len() <= width);
    let whole = rows.len() / 4 * 4;
    for column in (0..whole).step_by(4) {
        let rows: [&[f32]; 4] = std::array::from_fn(|i| stretch(rows.start + column + i));
        // SAFETY: all p < length, and a row of the block holds column + 4 floats.
        unsafe {
            for p in (0..length / 4 * 4).step_by(4) {
                transpose(rows.map(|row| row.as_ptr().add(p)), block.as_mut_ptr().add(p * width + column), width);
            }
            for p in length / 4 * 4..length {
                for (i, row) in rows.iter().enumerate() {
                    *block.get_unchecked_mut(p * width + column + i) = *row.get_unchecked(p);
                }
            }
        }
    }
    for column in whole..rows.len() {
        for (to, &value) in block.chunks_exact_mut(width).zip(stretch(rows.start + column)) {
            to[column] = value;
        }
    }
}
