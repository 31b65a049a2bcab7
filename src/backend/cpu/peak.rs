//! The speed that this machine can reach on one core: the bare microkernel over a packed panel that stays in the nearest
//! cache. Every other figure of the bench is measured against it.

use super::gemm::Bare;
use super::simd::{self, run};

/// GFLOP/s of the bare microkernel, the best of several short runs. `now` gives milliseconds.
pub fn measured_peak(now: impl Fn() -> f64) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..8 {
        let start = now();
        let mut total = 0.0;
        let mut elapsed = 0.0;
        while elapsed < 4.0 {
            let mut operations = 0.0;
            run(Bare { repetitions: 200, operations: &mut operations });
            total += operations;
            elapsed = now() - start;
        }
        best = best.max(total / (elapsed * 1e6));
    }
    best
}

/// The instructions in use: `simd128`, `relaxed-simd`, `AVX2`, ...
pub fn instructions() -> &'static str {
    simd::name()
}
