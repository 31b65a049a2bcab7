//! The first layer on a batch of images as what they mostly are: ground. Four of five pixels of MNIST are background. Normalised
//! they are not 0, but all the same number, so `x = ground + ink` and
//!
//! ```text
//! x W^T = ground (sum of W's columns) + ink W^T
//! gradient^T x = ground (sum of gradient's rows) + gradient^T ink
//! ```
//!
//! where the sums over ink visit a fifth of the places. What is not finite in W or in the gradient comes through by the sums that the
//! ground is multiplied with, even where there is no ink.
//!
//! Each element is one chain of multiply-adds over its own row's ink (in the gradient: over its column's ink in each shard), so the bits
//! do not depend on what is computed beside it.

#![allow(unsafe_code)]

mod linear;
mod load;
#[cfg(test)]
mod tests;
mod weight_gradient;

pub use linear::{LinearInk, linear_ink};
pub use load::{load_ink, transpose_ink};
pub use weight_gradient::{InkWeightGradient, ink_weight_gradient};

use super::shard_tree::Sums;
use super::simd::Simd;

/// Lists of entries one behind the other: list i is `starts[i]..starts[i + 1]`.
#[derive(Clone, Copy)]
struct Lists<'a> {
    starts: &'a [u32],
    /// A row of a panel for each entry.
    places: &'a [u32],
    values: &'a [f32],
}

impl Lists<'_> {
    /// Panics unless there are `count` lists whose entries exist and point at one of `rows` rows.
    fn check(&self, count: usize, rows: usize) {
        let starts = &self.starts[..=count];
        let entries = starts[count] as usize;
        assert!(starts.is_sorted(), "ink: the lists follow each other");
        // The largest, not the first that is too large: that needs no branch for each.
        let largest = self.places[..entries].iter().copied().fold(0, u32::max);
        assert!(entries == 0 || (largest as usize) < rows, "ink: a place beyond the rows");
        assert!(self.values.len() >= entries, "ink: a value for each place");
    }

    /// Adds each entry's value times its row of the panel, `2 R` vectors wide, to the sums.
    ///
    /// # Safety
    /// The lists are checked, `list` is one of them, and the panel has the rows that they were checked for.
    #[inline(always)]
    unsafe fn add<S: Simd, const R: usize>(&self, list: usize, panel: *const f32, mut sums: Sums<S, R>) -> Sums<S, R> {
        unsafe {
            let (start, end) = (*self.starts.get_unchecked(list), *self.starts.get_unchecked(list + 1));
            for entry in start as usize..end as usize {
                let row = panel.add(*self.places.get_unchecked(entry) as usize * 2 * R * S::LANES);
                let value = S::load_splat(self.values.as_ptr().add(entry));
                for (r, sums) in sums.iter_mut().enumerate() {
                    let row = row.add(2 * r * S::LANES);
                    sums[0] = S::multiply_add(value, S::load(row), sums[0]);
                    sums[1] = S::multiply_add(value, S::load(row.add(S::LANES)), sums[1]);
                }
            }
            sums
        }
    }
}

/// The sums that lie in memory from there on.
#[inline(always)]
unsafe fn load<S: Simd, const R: usize>(from: *const f32) -> Sums<S, R> {
    unsafe {
        let mut sums = [[S::splat(0.0); 2]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            let from = from.add(2 * r * S::LANES);
            *sums = [S::load(from), S::load(from.add(S::LANES))];
        }
        sums
    }
}

/// Writes the sums one behind the other.
#[inline(always)]
unsafe fn store<S: Simd, const R: usize>(to: *mut f32, sums: &Sums<S, R>) {
    unsafe {
        for (r, sums) in sums.iter().enumerate() {
            let to = to.add(2 * r * S::LANES);
            S::store(to, sums[0]);
            S::store(to.add(S::LANES), sums[1]);
        }
    }
}

/// Calls the method for each panel of `columns` columns: of eight vectors, and narrower ones for the rest.
macro_rules! each_panel {
    ($columns:expr, $S:ident, $self:ident.$method:ident) => {
        let mut column = 0;
        while column < $columns {
            let vectors = ($columns - column).div_ceil($S::LANES);
            column += $S::LANES
                * match vectors {
                    5.. => {
                        $self.$method::<$S, 4>(column);
                        8
                    }
                    3..=4 => {
                        $self.$method::<$S, 2>(column);
                        4
                    }
                    _ => {
                        $self.$method::<$S, 1>(column);
                        2
                    }
                };
        }
    };
}

use each_panel;
