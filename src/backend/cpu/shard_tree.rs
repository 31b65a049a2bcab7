//! Sums of shards, added pairwise as a balanced tree, without recursion: a part waits until its sibling is summed. Waiting parts lie
//! on the stack, in the nearest cache, so that cutting a batch costs next to nothing.

#![allow(unsafe_code)]

use super::simd::Simd;
use crate::backend::kernel::shard_bounds;
use std::mem::MaybeUninit;

/// Halvings of a batch whose partial sums wait on the stack; 2^6 shards.
const LEVELS: usize = 6;

/// One part of a sum, and how many waiting pairs of the tree are complete once it is summed.
#[derive(Clone, Copy, Default)]
pub struct Shard {
    pub start: usize,
    pub end: usize,
    pub pairs: usize,
}

/// The shards of a sum over some rows. Planned once a product: bounds found inside a tile would cost as much as the sums.
pub struct Plan {
    parts: [Shard; 1 << LEVELS],
    count: usize,
}

impl Plan {
    /// `rows` cut into `shards`, at most 2^[`LEVELS`]; one where they are 0.
    pub fn new(rows: usize, shards: usize) -> Plan {
        assert!(shards <= 1 << LEVELS, "more than {} shards", 1 << LEVELS);
        let mut plan = Plan { parts: [Shard::default(); 1 << LEVELS], count: shards.max(1) };
        for (shard, part) in plan.parts[..plan.count].iter_mut().enumerate() {
            let (start, end) = shard_bounds(rows, shards, shard);
            *part = Shard { start, end, pairs: closed_pairs(shards, shard) };
        }
        plan
    }

    /// The shards, in order.
    pub fn shards(&self) -> &[Shard] {
        &self.parts[..self.count]
    }
}

/// How many waiting parts of the balanced tree over `shards` are complete once `shard` is summed.
fn closed_pairs(shards: usize, shard: usize) -> usize {
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

/// Sums that are held in registers: `R` rows of two vectors.
pub type Sums<S, const R: usize> = [[<S as Simd>::Vector; 2]; R];

/// The parts that wait for their siblings.
pub struct Waiting<S: Simd, const R: usize> {
    parts: [MaybeUninit<Sums<S, R>>; LEVELS],
    depth: usize,
}

impl<S: Simd, const R: usize> Waiting<S, R> {
    #[inline(always)]
    pub fn none() -> Self {
        Waiting { parts: [const { MaybeUninit::uninit() }; LEVELS], depth: 0 }
    }

    /// A part that is followed by another waits.
    ///
    /// # Safety
    /// At most [`LEVELS`] wait at a time.
    #[inline(always)]
    pub unsafe fn keep(&mut self, sums: Sums<S, R>) {
        unsafe { *self.parts.get_unchecked_mut(self.depth) = MaybeUninit::new(sums) };
        self.depth += 1;
    }

    /// Adds the waiting parts that are complete once these sums are there.
    ///
    /// # Safety
    /// As many wait as `pairs` says.
    #[inline(always)]
    pub unsafe fn close(&mut self, pairs: usize, mut sums: Sums<S, R>) -> Sums<S, R> {
        for _ in 0..pairs {
            self.depth -= 1;
            unsafe {
                let left = self.parts.get_unchecked(self.depth).assume_init_ref();
                for (sums, left) in sums.iter_mut().zip(left) {
                    *sums = [S::add(left[0], sums[0]), S::add(left[1], sums[1])];
                }
            }
        }
        sums
    }
}
