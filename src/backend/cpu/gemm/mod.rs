//! The fast float32 matrix product. The right matrix is packed into panels of two vectors' width, a panel at a time; a
//! microkernel holds four rows by one panel of the result in registers and walks along k.
//!
//! Every element of the result is one chain of multiply-adds along k, whatever its place in a tile: so a row of the result
//! has the same bits whichever rows are computed beside it, and workers may share a batch as they like.

#![allow(unsafe_code)]

mod bare;
mod pack;
mod tile;

pub use bare::Bare;

use super::scratch::Scratch;
use super::shard_tree::{Plan, Shard};
use super::simd::{Simd, Task, run};
use crate::backend::kernel::Activation;
pub use pack::rows_as_columns;
use pack::{pack_left, pack_panels};
use tile::Tile;
pub use tile::{activate, store_row};

/// Rows of a tile. With two vectors a row: eight accumulators, two vectors of the panel, one of the left matrix.
const ROWS: usize = 4;
/// Longest stretch of k that a panel covers, so that it stays in the nearest cache.
const DEPTH: usize = 400;
/// Rows of the left matrix that are used with one packing of a panel.
const BLOCK_ROWS: usize = 256;
/// Panels that are packed together: where a vector holds four floats, two panels fill the lines of a cache.
const PANELS: usize = 2;
/// Columns of the result from which on it pays to copy the left matrix too.
const WIDE: usize = 512;
/// Widest panel: two vectors of sixteen.
const WIDEST: usize = 32;

/// A matrix that may be stored the other way round.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub data: &'a [f32],
    pub transposed: bool,
}

/// What happens to the sums on their way to memory.
#[derive(Clone, Copy)]
pub struct Epilogue<'a> {
    /// One value a column.
    pub bias: Option<&'a [f32]>,
    pub activation: Activation,
}

/// One product: `out (m, n) = left (m, k) x right (k, n)`, with `k` cut into `shards`.
pub struct Product<'a> {
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub left: Matrix<'a>,
    pub right: Matrix<'a>,
    pub shards: usize,
    pub epilogue: Option<Epilogue<'a>>,
    pub out: &'a mut [f32],
}

impl Product<'_> {
    /// Computes the product.
    pub fn run(self) {
        assert!(self.left.data.len() >= self.m * self.k, "matmul: the left buffer is too short");
        assert!(self.right.data.len() >= self.k * self.n, "matmul: the right buffer is too short");
        assert!(self.out.len() >= self.m * self.n, "matmul: the buffer of the result is too short");
        if let Some(Epilogue { bias: Some(bias), .. }) = self.epilogue {
            assert!(bias.len() >= self.n, "linear: the bias is too short");
        }
        if self.m == 0 || self.n == 0 {
            return;
        }
        let Product { m, k, n, left, right, shards, epilogue, out } = self;
        let plan = Plan::new(k, shards);
        run(Checked { m, k, n, left, right, shards: plan.shards(), epilogue, out: out.as_mut_ptr() });
    }
}

/// A product whose buffers are long enough.
struct Checked<'a> {
    m: usize,
    k: usize,
    n: usize,
    left: Matrix<'a>,
    right: Matrix<'a>,
    shards: &'a [Shard],
    epilogue: Option<Epilogue<'a>>,
    out: *mut f32,
}

impl Task for Checked<'_> {
    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: `Product::run` has checked the lengths, `simd::run` the instructions.
        unsafe {
            if self.left.transposed || self.n >= WIDE {
                blocks::<S, true>(&self);
            } else {
                blocks::<S, false>(&self);
            }
        }
    }
}

/// Panel by panel: `LEFT_PACKED` where tiles of the left matrix are copied together first, else its rows are read in place.
#[inline(always)]
unsafe fn blocks<S: Simd, const LEFT_PACKED: bool>(product: &Checked<'_>) {
    let Checked { m, k, n, shards, .. } = *product;
    let width = 2 * S::LANES;
    // Stretches of k of about the same length.
    let stretches = if shards.len() > 1 { 1 } else { k.div_ceil(DEPTH).max(1) };
    let depth = k.div_ceil(stretches);
    let left_length = if LEFT_PACKED { m.min(BLOCK_ROWS).next_multiple_of(ROWS) * depth } else { 0 };
    let mut memory = Scratch::new(PANELS * depth * width + left_length);
    let (panels, left) = memory.split_at_mut(PANELS * depth * width);
    for first_row in (0..m).step_by(BLOCK_ROWS) {
        let rows = first_row..m.min(first_row + BLOCK_ROWS);
        for stretch in 0..stretches {
            let (start, end) = (k * stretch / stretches, k * (stretch + 1) / stretches);
            if LEFT_PACKED {
                pack_left(product, left, rows.clone(), start..end);
            }
            for first_column in (0..n).step_by(PANELS * width) {
                let columns = first_column..n.min(first_column + PANELS * width);
                pack_panels::<S>(product, panels, start..end, columns.clone());
                let tile = Tile {
                    panel: panels.as_ptr(),
                    left: left.as_ptr(),
                    start,
                    end,
                    row: first_row,
                    column: first_column,
                    columns: 0,
                    continued: stretch > 0,
                    finished: stretch + 1 == stretches,
                };
                unsafe { tiles::<S, LEFT_PACKED>(product, tile, rows.end, columns.end) };
            }
        }
    }
}

/// All tiles of a few panels, from `tile` on.
#[inline(always)]
unsafe fn tiles<S: Simd, const LEFT_PACKED: bool>(
    product: &Checked<'_>,
    mut tile: Tile,
    last_row: usize,
    last_column: usize,
) {
    let width = 2 * S::LANES;
    let (left, first_row, length) = (tile.left, tile.row, tile.end - tile.start);
    while tile.column < last_column {
        (tile.row, tile.left, tile.columns) = (first_row, left, width.min(last_column - tile.column));
        while tile.row + ROWS <= last_row {
            unsafe { tile.run::<S, LEFT_PACKED, ROWS>(product) };
            tile.row += ROWS;
            if LEFT_PACKED {
                tile.left = tile.left.wrapping_add(ROWS * length);
            }
        }
        unsafe {
            match last_row - tile.row {
                1 => tile.run::<S, LEFT_PACKED, 1>(product),
                2 => tile.run::<S, LEFT_PACKED, 2>(product),
                3 => tile.run::<S, LEFT_PACKED, 3>(product),
                _ => {}
            }
        }
        tile.column += width;
        tile.panel = tile.panel.wrapping_add(length * width);
    }
}
