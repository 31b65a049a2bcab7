//! A tile of the result: four rows by one panel, held in registers.

use super::{Checked, Epilogue, ROWS, WIDEST};
use crate::backend::cpu::shard_tree::{Sums, Waiting};
use crate::backend::cpu::simd::Simd;
use crate::backend::kernel::Activation;

/// Where the next tile is.
pub struct Tile {
    pub panel: *const f32,
    /// The packed rows of the left matrix, where they are.
    pub left: *const f32,
    pub start: usize,
    pub end: usize,
    pub row: usize,
    pub column: usize,
    pub columns: usize,
    /// Whether the result already holds the sums of earlier stretches of k.
    pub continued: bool,
    /// Whether this is the last stretch of k.
    pub finished: bool,
}

impl Tile {
    #[inline(always)]
    pub unsafe fn run<S: Simd, const LEFT_PACKED: bool, const R: usize>(&self, product: &Checked<'_>) {
        unsafe {
            let out = product.out.add(self.row * product.n + self.column);
            let zero = S::splat(0.0);
            let mut sums: Sums<S, R> = [[zero; 2]; R];
            if self.continued {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = load_row::<S>(out.add(r * product.n), self.columns);
                }
            }
            if product.shards.len() > 1 {
                sums = self.tree::<S, LEFT_PACKED, R>(product);
            } else {
                sums = self.walk::<S, LEFT_PACKED, R>(product, self.start, self.end, sums);
            }
            if let (true, Some(epilogue)) = (self.finished, product.epilogue) {
                self.finish::<S, R>(epilogue, &mut sums);
            }
            for (r, sums) in sums.into_iter().enumerate() {
                store_row::<S>(out.add(r * product.n), self.columns, sums);
            }
        }
    }

    /// The microkernel: adds the products of `start..end` along k.
    #[inline(always)]
    pub unsafe fn walk<S: Simd, const LEFT_PACKED: bool, const R: usize>(
        &self,
        product: &Checked<'_>,
        start: usize,
        end: usize,
        mut sums: Sums<S, R>,
    ) -> Sums<S, R> {
        unsafe {
            let mut panel = self.panel.add((start - self.start) * 2 * S::LANES);
            if LEFT_PACKED {
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

    /// Sums each shard of k alone, and adds the parts.
    #[inline(always)]
    unsafe fn tree<S: Simd, const LEFT_PACKED: bool, const R: usize>(&self, product: &Checked<'_>) -> Sums<S, R> {
        unsafe {
            let zero: Sums<S, R> = [[S::splat(0.0); 2]; R];
            let mut waiting = Waiting::<S, R>::none();
            let mut sums = zero;
            for (position, shard) in product.shards.iter().enumerate() {
                if position > 0 {
                    waiting.keep(sums);
                }
                sums = self.walk::<S, LEFT_PACKED, R>(product, shard.start, shard.end, zero);
                sums = waiting.close(shard.pairs, sums);
            }
            sums
        }
    }

    #[inline(always)]
    unsafe fn finish<S: Simd, const R: usize>(&self, epilogue: Epilogue<'_>, sums: &mut Sums<S, R>) {
        unsafe {
            if let Some(bias) = epilogue.bias {
                let bias = load_row::<S>(bias.as_ptr().add(self.column), self.columns);
                for sums in sums.iter_mut() {
                    *sums = [S::add(sums[0], bias[0]), S::add(sums[1], bias[1])];
                }
            }
            activate::<S, R>(epilogue.activation, sums);
        }
    }
}

/// Applies the activations that need no exponentials; `matmul::activate_stored` applies the others to the stored result.
#[inline(always)]
pub unsafe fn activate<S: Simd, const R: usize>(activation: Activation, sums: &mut Sums<S, R>) {
    unsafe {
        let zero = S::splat(0.0);
        match activation {
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
            Activation::Identity | Activation::Sigmoid | Activation::Tanh => {}
        }
    }
}

/// The next `columns` floats, at most two vectors; zeros behind them.
#[inline(always)]
unsafe fn load_row<S: Simd>(from: *const f32, columns: usize) -> [S::Vector; 2] {
    unsafe {
        if columns == 2 * S::LANES {
            return [S::load(from), S::load(from.add(S::LANES))];
        }
        let mut edge = [0.0_f32; WIDEST];
        std::ptr::copy_nonoverlapping(from, edge.as_mut_ptr(), columns);
        [S::load(edge.as_ptr()), S::load(edge.as_ptr().add(S::LANES))]
    }
}

/// Writes the first `columns` floats of two vectors.
#[inline(always)]
pub unsafe fn store_row<S: Simd>(to: *mut f32, columns: usize, [first, second]: [S::Vector; 2]) {
    unsafe {
        if columns == 2 * S::LANES {
            S::store(to, first);
            S::store(to.add(S::LANES), second);
            return;
        }
        let mut edge = [0.0_f32; WIDEST];
        S::store(edge.as_mut_ptr(), first);
        S::store(edge.as_mut_ptr().add(S::LANES), second);
        std::ptr::copy_nonoverlapping(edge.as_ptr(), to, columns);
    }
}
