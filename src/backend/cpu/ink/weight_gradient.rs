//! `Kernel::InkWeightGradient`: a panel of the gradient's columns serves all features, each of which visits its own ink.

use super::linear::add_ground;
use super::{Lists, each_panel, load, store};
use crate::backend::cpu::CpuBuffer;
use crate::backend::cpu::number::Value;
use crate::backend::cpu::scratch::Scratch;
use crate::backend::cpu::shard_tree::{Plan, Sums, Waiting};
use crate::backend::cpu::simd::{Simd, Task, run, transpose};

/// Sizes of `Kernel::InkWeightGradient`.
#[derive(Clone, Copy)]
pub struct InkWeightGradient {
    pub rows: usize,
    pub features: usize,
    pub outputs: usize,
    pub ground: f32,
    pub shards: usize,
}

/// `Kernel::InkWeightGradient`: `starts, places, ink (in compressed columns), gradient of out -> gradient of weight`
pub fn ink_weight_gradient(sizes: InkWeightGradient, inputs: &[&CpuBuffer], out: &CpuBuffer) {
    let (starts, places, values) = (u32::read(inputs[0]), u32::read(inputs[1]), f32::read(inputs[2]));
    let (gradient, mut out) = (f32::read(inputs[3]), f32::write(out));
    let InkWeightGradient { rows, features, outputs, shards, .. } = sizes;
    let ink = Lists { starts: &starts, places: &places, values: &values };
    ink.check(features * shards, rows);
    let plan = Plan::new(rows, shards);
    let gradient = &gradient[..rows * outputs];
    run(WeightGradient { sizes, ink, plan: &plan, gradient, out: &mut out[..outputs * features] });
}

struct WeightGradient<'a> {
    sizes: InkWeightGradient,
    ink: Lists<'a>,
    plan: &'a Plan,
    gradient: &'a [f32],
    out: &'a mut [f32],
}

/// Features whose gradients are turned together.
const TURNED: usize = 4;

impl Task for WeightGradient<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self) {
        each_panel!(self.sizes.outputs, S, self.panel);
    }
}

impl WeightGradient<'_> {
    /// The rows of the result from `column` of the gradient on, at most `2 R` vectors of them.
    #[inline(always)]
    fn panel<S: Simd, const R: usize>(&mut self, column: usize) {
        let InkWeightGradient { rows, features, outputs, ground, shards } = self.sizes;
        let width = 2 * R * S::LANES;
        let columns = width.min(outputs - column);
        let mut memory = Scratch::new((shards + TURNED + rows) * width);
        let (bases, rest) = memory.split_at_mut(shards * width);
        let (turned, panel) = rest.split_at_mut(TURNED * width);
        for (to, from) in panel.chunks_exact_mut(width).zip(self.gradient.chunks_exact(outputs)) {
            to[..columns].copy_from_slice(&from[column..column + columns]);
            to[columns..].fill(0.0);
        }
        bases.fill(0.0);
        // SAFETY: panel, bases and turned hold whole rows of `2 R` vectors; the lists are checked.
        unsafe {
            for (base, shard) in bases.chunks_exact_mut(width).zip(self.plan.shards()) {
                add_ground::<S, R>(ground, &panel[shard.start * width..shard.end * width], base);
            }
            let no_ink = self.feature::<S, R>(None, bases.as_ptr(), panel.as_ptr());
            for first in (0..features).step_by(TURNED) {
                for feature in first..features.min(first + TURNED) {
                    let list = feature * shards;
                    let sums = if self.ink.starts[list] == self.ink.starts[list + shards] {
                        no_ink
                    } else {
                        self.feature::<S, R>(Some(list), bases.as_ptr(), panel.as_ptr())
                    };
                    store::<S, R>(turned.as_mut_ptr().add((feature - first) * width), &sums);
                }
                self.write(turned, width, first, column, columns);
            }
        }
    }

    /// One feature's gradients: the shards' ground and ink, added as a tree; of a feature without ink where no first list is named.
    #[inline(always)]
    unsafe fn feature<S: Simd, const R: usize>(
        &self,
        first: Option<usize>,
        bases: *const f32,
        panel: *const f32,
    ) -> Sums<S, R> {
        unsafe {
            let mut waiting = Waiting::<S, R>::none();
            let mut sums = load::<S, R>(bases);
            for (position, shard) in self.plan.shards().iter().enumerate() {
                if position > 0 {
                    waiting.keep(sums);
                    sums = load::<S, R>(bases.add(position * 2 * R * S::LANES));
                }
                if let Some(first) = first {
                    sums = self.ink.add::<S, R>(first + position, panel, sums);
                }
                sums = waiting.close(shard.pairs, sums);
            }
            sums
        }
    }

    /// Writes the gradients of a few features, a row each, as columns of the result.
    #[inline(always)]
    fn write(&mut self, turned: &[f32], width: usize, feature: usize, output: usize, outputs: usize) {
        let features = self.sizes.features;
        let whole = if feature + TURNED <= features { outputs / 4 * 4 } else { 0 };
        for o in (0..whole).step_by(4) {
            let to = &mut self.out[(output + o) * features + feature..][..3 * features + 4];
            let rows = std::array::from_fn(|i| turned[i * width + o..][..4].as_ptr());
            // SAFETY: each row has four floats there, and four rows of the result begin in `to`.
            unsafe { transpose(rows, to.as_mut_ptr(), features) };
        }
        for (i, row) in turned.chunks_exact(width).enumerate().take(features - feature) {
            for (o, &value) in row[..outputs].iter().enumerate().skip(whole) {
                self.out[(output + o) * features + feature + i] = value;
            }
        }
    }
}
