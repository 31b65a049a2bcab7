//! The bare microkernel: what the speed of whole products is measured against.

use super::tile::Tile;
use super::{Checked, Matrix, ROWS, WIDEST};
use crate::backend::cpu::scratch::Scratch;
use crate::backend::cpu::shard_tree::Sums;
use crate::backend::cpu::simd::{Simd, Task};

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
