//! The fast float32 matrix product. The right matrix is packed into panels of two vectors' width, a panel at a time; a
//! microkernel holds four rows by one panel of the result in registers and walks along k.
//!
//! Every element of the result is one chain of multiply-adds along k, whatever its place in a tile: so a row of the result
//! has the same bits whichever rows are computed beside it, and workers may share a batch as they like.

#![allow(unsafe_code)]

use super::scratch::Scratch;
use super::simd::{Simd, Task, run, transpose};
use crate::backend::kernel::{Activation, shard_bounds};
use std::mem::MaybeUninit;

/// Rows of a tile. With two vectors a row: eight accumulators, two vectors of the panel, one of the left matrix.
const ROWS: usize = 4;
/// Longest stretch of k that a panel covers, so that it stays in the nearest cache.
const DEPTH: usize = 400;
/// Rows of the left matrix that are used with one packing of a panel.
const BLOCK_ROWS: usize = 512;
/// Widest panel: two vectors of sixteen.
const WIDEST: usize = 32;
/// Halvings of a batch whose partial sums wait on the stack; 2^6 shards.
const LEVELS: usize = 6;

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
        assert!(self.shards <= 1 << LEVELS, "matmul: more than {} shards", 1 << LEVELS);
        if let Some(Epilogue { bias: Some(bias), .. }) = self.epilogue {
            assert!(bias.len() >= self.n, "linear: the bias is too short");
        }
        if self.m == 0 || self.n == 0 {
            return;
        }
        let Product { m, k, n, left, right, shards, epilogue, out } = self;
        let mut plan = [Shard::default(); 1 << LEVELS];
        let plan = &mut plan[..shards.max(1)];
        for (shard, part) in plan.iter_mut().enumerate() {
            let (start, end) = shard_bounds(k, shards, shard);
            *part = Shard { start, end, pairs: closed_pairs(shards, shard) };
        }
        run(Checked { m, k, n, left, right, shards: plan, epilogue, out: out.as_mut_ptr() });
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

/// One part of k, and how many waiting pairs of the balanced tree are complete once it is summed.
#[derive(Clone, Copy, Default)]
struct Shard {
    start: usize,
    end: usize,
    pairs: usize,
}

impl Task for Checked<'_> {
    #[inline(always)]
    fn run<S: Simd>(self) {
        // SAFETY: `Product::run` has checked the lengths, `simd::run` the instructions.
        unsafe {
            if self.left.transposed {
                blocks::<S, true>(&self);
            } else {
                blocks::<S, false>(&self);
            }
        }
    }
}

#[inline(always)]
unsafe fn blocks<S: Simd, const LEFT_TRANSPOSED: bool>(product: &Checked<'_>) {
    let Checked { m, k, n, shards, .. } = *product;
    let width = 2 * S::LANES;
    // Stretches of k of about the same length.
    let stretches = if shards.len() > 1 { 1 } else { k.div_ceil(DEPTH).max(1) };
    let depth = k.div_ceil(stretches);
    let left_length = if LEFT_TRANSPOSED { m.min(BLOCK_ROWS).next_multiple_of(ROWS) * depth } else { 0 };
    let mut memory = Scratch::new(depth * width + left_length);
    let (panel, left) = memory.split_at_mut(depth * width);
    for first_row in (0..m).step_by(BLOCK_ROWS) {
        let last_row = m.min(first_row + BLOCK_ROWS);
        for stretch in 0..stretches {
            let (start, end) = (k * stretch / stretches, k * (stretch + 1) / stretches);
            if LEFT_TRANSPOSED {
                pack_left(product, left, first_row, last_row, start, end);
            }
            for column in (0..n).step_by(width) {
                let columns = width.min(n - column);
                unsafe { pack::<S>(product, panel, start, end, column, columns) };
                let mut tile = Tile {
                    panel: panel.as_ptr(),
                    left: left.as_ptr(),
                    start,
                    end,
                    row: first_row,
                    column,
                    columns,
                    continued: stretch > 0,
                    finished: stretch + 1 == stretches,
                };
                while tile.row + ROWS <= last_row {
                    unsafe { tile.run::<S, LEFT_TRANSPOSED, ROWS>(product) };
                    tile.row += ROWS;
                    if LEFT_TRANSPOSED {
                        tile.left = tile.left.wrapping_add(ROWS * (end - start));
                    }
                }
                unsafe {
                    match last_row - tile.row {
                        1 => tile.run::<S, LEFT_TRANSPOSED, 1>(product),
                        2 => tile.run::<S, LEFT_TRANSPOSED, 2>(product),
                        3 => tile.run::<S, LEFT_TRANSPOSED, 3>(product),
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Copies a transposed left matrix, four of its columns at a time: read in place, a stride of a power of two would throw
/// its own lines out of the nearest cache.
#[inline(always)]
fn pack_left(product: &Checked<'_>, packed: &mut [f32], first_row: usize, last_row: usize, start: usize, end: usize) {
    let data = product.left.data;
    let length = end - start;
    for (tile, row) in packed.chunks_exact_mut((ROWS * length).max(1)).zip((first_row..last_row).step_by(ROWS)) {
        let rows = ROWS.min(last_row - row);
        for (to, p) in tile.chunks_exact_mut(ROWS).zip(start..end) {
            let from = &data[p * product.m + row..][..rows];
            if let Ok(from) = <[f32; ROWS]>::try_from(from) {
                to.copy_from_slice(&from);
            } else {
                to[..rows].copy_from_slice(from);
            }
        }
    }
}

/// The microkernel and nothing else: `repetitions` walks of four rows along a panel that stays in the nearest cache.
pub struct Bare<'a> {
    pub repetitions: usize,
    /// Set to the number of additions and multiplications.
    pub operations: &'a mut f64,
}

impl Task for Bare<'_> {
    #[inline(always)]
    fn run<S: Simd>(self) {
        const K: usize = 256;
        let width = 2 * S::LANES;
        let mut memory = Scratch::new(K * width + ROWS * K);
        memory.fill(0.5);
        let (panel, left) = memory.split_at(K * width);
        let matrix = Matrix { data: left, transposed: false };
        let out = std::ptr::null_mut();
        let product = Checked { m: ROWS, k: K, n: width, left: matrix, right: matrix, shards: &[], epilogue: None, out };
        let mut tile = Tile {
            panel: panel.as_ptr(),
            left: left.as_ptr(),
            start: 0,
            end: K,
            row: 0,
            column: 0,
            columns: width,
            continued: false,
            finished: false,
        };
        let mut result = [0.0_f32; WIDEST];
        // SAFETY: the panel holds K rows, the left matrix four; `walk` only reads.
        unsafe {
            let mut sums: Sums<S, ROWS> = [[S::splat(0.0); 2]; ROWS];
            for _ in 0..self.repetitions {
                tile.panel = std::hint::black_box(panel.as_ptr());
                sums = tile.walk::<S, true, ROWS>(&product, 0, K, sums);
            }
            for sum in sums.into_iter().flatten() {
                S::store(result.as_mut_ptr(), S::add(sum, S::load(result.as_ptr())));
            }
        }
        std::hint::black_box(result);
        *self.operations = 2.0 * (self.repetitions * K * width * ROWS) as f64;
    }
}

/// Copies `columns` columns of rows `start..end` of the right matrix into the panel, row after row; zeros beyond the edge.
#[inline(always)]
unsafe fn pack<S: Simd>(product: &Checked<'_>, panel: &mut [f32], start: usize, end: usize, column: usize, columns: usize) {
    let width = 2 * S::LANES;
    let right = product.right.data;
    if columns < width {
        panel[..(end - start) * width].fill(0.0);
    }
    if !product.right.transposed {
        for (to, p) in panel.chunks_exact_mut(width).zip(start..end) {
            let from = &right[p * product.n + column..][..columns];
            if columns == width {
                // SAFETY: both hold two vectors.
                unsafe {
                    S::store(to.as_mut_ptr(), S::load(from.as_ptr()));
                    S::store(to.as_mut_ptr().add(S::LANES), S::load(from.as_ptr().add(S::LANES)));
                }
            } else {
                to[..columns].copy_from_slice(from);
            }
        }
        return;
    }
    // A column of the panel is a stretch of a row of the stored matrix. Four of them at a time, so that the writes fill
    // whole vectors.
    let length = end - start;
    let mut j = 0;
    while j + 4 <= columns {
        let rows: [&[f32]; 4] = std::array::from_fn(|i| &right[(column + j + i) * product.k + start..][..length]);
        let to = &mut panel[..length * width];
        // SAFETY: all p < length, and a row of the panel holds j + 4 floats.
        unsafe {
            for p in (0..length / 4 * 4).step_by(4) {
                transpose(rows.map(|row| row.as_ptr().add(p)), to.as_mut_ptr().add(p * width + j), width);
            }
            for p in length / 4 * 4..length {
                for (i, row) in rows.iter().enumerate() {
                    *to.get_unchecked_mut(p * width + j + i) = *row.get_unchecked(p);
                }
            }
        }
        j += 4;
    }
    for j in j..columns {
        let row = &right[(column + j) * product.k + start..][..length];
        for (to, &value) in panel.chunks_exact_mut(width).zip(row) {
            to[j] = value;
        }
    }
}

/// Where the next tile is.
struct Tile {
    panel: *const f32,
    /// The packed rows of a transposed left matrix.
    left: *const f32,
    start: usize,
    end: usize,
    row: usize,
    column: usize,
    columns: usize,
    /// Whether the result already holds the sums of earlier stretches of k.
    continued: bool,
    /// Whether this is the last stretch of k.
    finished: bool,
}

type Sums<S, const R: usize> = [[<S as Simd>::Vector; 2]; R];

impl Tile {
    #[inline(always)]
    unsafe fn run<S: Simd, const LEFT_TRANSPOSED: bool, const R: usize>(&self, product: &Checked<'_>) {
        unsafe {
            let out = product.out.add(self.row * product.n + self.column);
            let mut edge = [0.0_f32; ROWS * WIDEST];
            let width = 2 * S::LANES;
            let whole = self.columns == width;
            let zero = S::splat(0.0);
            let mut sums: Sums<S, R> = [[zero; 2]; R];
            if self.continued {
                for (r, sums) in sums.iter_mut().enumerate() {
                    let mut from = out.add(r * product.n).cast_const();
                    if !whole {
                        std::ptr::copy_nonoverlapping(from, edge.as_mut_ptr(), self.columns);
                        from = edge.as_ptr();
                    }
                    *sums = [S::load(from), S::load(from.add(S::LANES))];
                }
            }
            if product.shards.len() > 1 {
                sums = self.tree::<S, LEFT_TRANSPOSED, R>(product);
            } else {
                sums = self.walk::<S, LEFT_TRANSPOSED, R>(product, self.start, self.end, sums);
            }
            if let (true, Some(epilogue)) = (self.finished, product.epilogue) {
                self.finish::<S, R>(epilogue, &mut sums);
            }
            for (r, [a, b]) in sums.into_iter().enumerate() {
                let to = out.add(r * product.n);
                if whole {
                    S::store(to, a);
                    S::store(to.add(S::LANES), b);
                } else {
                    S::store(edge.as_mut_ptr(), a);
                    S::store(edge.as_mut_ptr().add(S::LANES), b);
                    std::ptr::copy_nonoverlapping(edge.as_ptr(), to, self.columns);
                }
            }
        }
    }

    /// The microkernel: adds the products of `start..end` along k.
    #[inline(always)]
    unsafe fn walk<S: Simd, const LEFT_TRANSPOSED: bool, const R: usize>(
        &self,
        product: &Checked<'_>,
        start: usize,
        end: usize,
        mut sums: Sums<S, R>,
    ) -> Sums<S, R> {
        unsafe {
            let mut panel = self.panel.add((start - self.start) * 2 * S::LANES);
            if LEFT_TRANSPOSED {
                let mut left = self.left.add((start - self.start) * ROWS);
                for _ in start..end {
                    let right = [S::load(panel), S::load(panel.add(S::LANES))];
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let value = S::load_splat(left.add(r));
                        sums[0] = S::multiply_add(value, right[0], sums[0]);
                        sums[1] = S::multiply_add(value, right[1], sums[1]);
                    }
                    panel = panel.add(2 * S::LANES);
                    left = left.add(ROWS);
                }
            } else {
                let left = product.left.data.as_ptr();
                let mut rows = [left; R];
                for (r, row) in rows.iter_mut().enumerate() {
                    *row = left.add((self.row + r) * product.k);
                }
                for p in start..end {
                    let right = [S::load(panel), S::load(panel.add(S::LANES))];
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let value = S::load_splat(rows[r].add(p));
                        sums[0] = S::multiply_add(value, right[0], sums[0]);
                        sums[1] = S::multiply_add(value, right[1], sums[1]);
                    }
                    panel = panel.add(2 * S::LANES);
                }
            }
            sums
        }
    }

    /// Sums each shard of k alone, and adds the parts pairwise as a balanced tree. A waiting part stays in the
    /// nearest cache, so that cutting a batch costs next to nothing.
    #[inline(always)]
    unsafe fn tree<S: Simd, const LEFT_TRANSPOSED: bool, const R: usize>(&self, product: &Checked<'_>) -> Sums<S, R> {
        unsafe {
            let zero: Sums<S, R> = [[S::splat(0.0); 2]; R];
            let mut waiting = [const { MaybeUninit::<Sums<S, R>>::uninit() }; LEVELS];
            let mut sums = zero;
            let mut depth = 0;
            for (position, shard) in product.shards.iter().enumerate() {
                if position > 0 {
                    // A right-hand part has come: what was summed so far waits.
                    *waiting.get_unchecked_mut(depth) = MaybeUninit::new(sums);
                    depth += 1;
                }
                sums = self.walk::<S, LEFT_TRANSPOSED, R>(product, shard.start, shard.end, zero);
                for _ in 0..shard.pairs {
                    depth -= 1;
                    let left = waiting.get_unchecked(depth).assume_init_ref();
                    for (sums, left) in sums.iter_mut().zip(left) {
                        *sums = [S::add(left[0], sums[0]), S::add(left[1], sums[1])];
                    }
                }
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn finish<S: Simd, const R: usize>(&self, epilogue: Epilogue<'_>, sums: &mut Sums<S, R>) {
        unsafe {
            let zero = S::splat(0.0);
            if let Some(bias) = epilogue.bias {
                let mut edge = [0.0_f32; WIDEST];
                let mut from = bias.as_ptr().add(self.column);
                if self.columns < 2 * S::LANES {
                    std::ptr::copy_nonoverlapping(from, edge.as_mut_ptr(), self.columns);
                    from = edge.as_ptr();
                }
                let bias = [S::load(from), S::load(from.add(S::LANES))];
                for sums in sums.iter_mut() {
                    *sums = [S::add(sums[0], bias[0]), S::add(sums[1], bias[1])];
                }
            }
            match epilogue.activation {
                Activation::Relu => {
                    for sum in sums.iter_mut().flatten() {
                        *sum = S::larger(*sum, zero);
                    }
                }
                Activation::LeakyRelu { slope } => {
                    let slope = S::splat(slope as f32);
                    for sum in sums.iter_mut().flatten() {
                        *sum = S::where_greater(*sum, zero, *sum, S::multiply(*sum, slope));
                    }
                }
                // The others need exponentials: `matmul::linear` applies them to the stored result.
                Activation::Identity | Activation::Sigmoid | Activation::Tanh => {}
            }
        }
    }
}

/// How many waiting parts of the balanced tree over `shards` are complete once `shard` is summed.
pub fn closed_pairs(shards: usize, shard: usize) -> usize {
    if shards <= 1 {
        return 0;
    }
    let left = shards / 2;
    if shard < left {
        return closed_pairs(left, shard);
    }
    let inner = closed_pairs(shards - left, shard - left);
    inner + usize::from(shard + 1 == shards)
}
