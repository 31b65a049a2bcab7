//! `Kernel::LinearInk`: a panel of the weight's rows, laid out as columns, serves all images.

use super::{Lists, each_panel, load, store};
use crate::backend::cpu::CpuBuffer;
use crate::backend::cpu::gemm::{activate, rows_as_columns, store_row};
use crate::backend::cpu::matmul::activate_stored;
use crate::backend::cpu::number::Value;
use crate::backend::cpu::scratch::Scratch;
use crate::backend::cpu::simd::{Simd, Task, run};
use crate::backend::kernel::Activation;

/// Sizes of `Kernel::LinearInk`.
#[derive(Clone, Copy)]
pub struct LinearInk {
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub ground: f32,
    pub activation: Activation,
}

/// `Kernel::LinearInk`: `starts, places, ink, weight, bias -> out`
pub fn linear_ink(sizes: LinearInk, inputs: &[&CpuBuffer], out: &CpuBuffer) {
    let (starts, places, values) = (u32::read(inputs[0]), u32::read(inputs[1]), f32::read(inputs[2]));
    let (weight, bias, mut out) = (f32::read(inputs[3]), f32::read(inputs[4]), f32::write(out));
    let LinearInk { m, k, n, activation, .. } = sizes;
    let ink = Lists { starts: &starts, places: &places, values: &values };
    ink.check(m, k);
    assert!(weight.len() >= n * k && bias.len() >= n, "linear: weight or bias is too short");
    run(Linear { sizes, ink, weight: &weight, bias: &bias, out: &mut out[..m * n] });
    activate_stored(activation, &mut out[..m * n]);
}

struct Linear<'a> {
    sizes: LinearInk,
    ink: Lists<'a>,
    weight: &'a [f32],
    bias: &'a [f32],
    out: &'a mut [f32],
}

impl Task for Linear<'_> {
    #[inline(always)]
    fn run<S: Simd>(mut self) {
        each_panel!(self.sizes.n, S, self.panel);
    }
}

impl Linear<'_> {
    /// The columns of the result from `column` on, at most `2 R` vectors.
    #[inline(always)]
    fn panel<S: Simd, const R: usize>(&mut self, column: usize) {
        let LinearInk { m, k, n, ground, activation } = self.sizes;
        let width = 2 * R * S::LANES;
        let columns = width.min(n - column);
        let mut memory = Scratch::new((k + 1) * width);
        let (base, panel) = memory.split_at_mut(width);
        if columns < width {
            panel.fill(0.0);
        }
        rows_as_columns(self.weight, k, column..column + columns, 0..k, panel, width);
        base.fill(0.0);
        base[..columns].copy_from_slice(&self.bias[column..column + columns]);
        // SAFETY: the panel holds k rows of whole vectors, the lists are checked, and a row of the result has `columns` floats here.
        unsafe {
            add_ground::<S, R>(ground, panel, base);
            for row in 0..m {
                let mut sums = self.ink.add::<S, R>(row, panel.as_ptr(), load::<S, R>(base.as_ptr()));
                activate::<S, R>(activation, &mut sums);
                let out = self.out.as_mut_ptr().add(row * n + column);
                if columns == width {
                    store::<S, R>(out, &sums);
                    continue;
                }
                for (r, sums) in sums.into_iter().enumerate() {
                    let first = (2 * r * S::LANES).min(columns);
                    store_row::<S>(out.add(first), (columns - first).min(2 * S::LANES), sums);
                }
            }
        }
    }
}

/// Adds the ground's share, `ground` times the sum of a panel's rows, to `base`.
///
/// # Safety
/// `base` holds `2 R` vectors, and the panel rows of as many.
#[inline(always)]
pub unsafe fn add_ground<S: Simd, const R: usize>(ground: f32, panel: &[f32], base: &mut [f32]) {
    unsafe {
        let mut sums = [[S::splat(0.0); 2]; R];
        for row in panel.chunks_exact(2 * R * S::LANES) {
            for (sums, row) in sums.iter_mut().zip(load::<S, R>(row.as_ptr())) {
                *sums = [S::add(sums[0], row[0]), S::add(sums[1], row[1])];
            }
        }
        let ground = S::splat(ground);
        let mut shares = load::<S, R>(base.as_ptr());
        for (share, sums) in shares.iter_mut().zip(sums) {
            *share = [S::multiply_add(ground, sums[0], share[0]), S::multiply_add(ground, sums[1], share[1])];
        }
        store::<S, R>(base.as_mut_ptr(), &shares);
    }
}
