//! Logarithm, sine and cosine in float32 by the polynomials of the Cephes library, with the very order of
//! operations and the fused multiply-adds of PyTorch's vectorised normal numbers: `torch.randn` of 16 or
//! more comes out with the same bits. Only for arguments that occur there; not for general use.

// The coefficients are written as Cephes publishes them, with more digits than float32 holds.
#![allow(clippy::excessive_precision)]

/// `a * b + c` rounded once. The product of two float32 is exact in float64; the sum could round twice, which
/// did not show in a quarter of a million numbers. `f32::mul_add` would call a slow emulation in wasm.
pub(super) fn fused(a: f32, b: f32, c: f32) -> f32 {
    (f64::from(a) * f64::from(b) + f64::from(c)) as f32
}

/// Natural logarithm of a positive normal number; good to about one unit in the last place.
pub(super) fn log_f32(x: f32) -> f32 {
    let bits = x.max(f32::MIN_POSITIVE).to_bits();
    let mut exponent = ((bits >> 23) as i32 - 0x7f) as f32 + 1.0;
    // The mantissa, as a number in [0.5, 1), then brought near zero.
    let mut m = f32::from_bits((bits & 0x807f_ffff) | 0.5f32.to_bits());
    if m < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        m += m - 1.0;
    } else {
        m -= 1.0;
    }
    let square = m * m;
    let mut y = 7.0376836292e-2;
    for coefficient in [
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    ] {
        y = fused(y, m, coefficient);
    }
    // The logarithm of 2 comes in two parts: a short one, exact when multiplied, and the rest.
    y = fused(y * m, square, exponent * -2.12194440e-4);
    y = fused(-square, 0.5, y);
    fused(exponent, 0.693359375, m + y)
}

/// Sine and cosine of an angle in [0, 2 pi].
pub(super) fn sin_cos_f32(angle: f32) -> (f32, f32) {
    let octant = ((angle * 1.27323954473516) as i32 + 1) & !1;
    let count = octant as f32;
    // Subtract octant * pi/4 in three parts, so that nothing is lost near the zeros.
    let x = fused(count, -0.78515625, angle);
    let x = fused(count, -2.4187564849853515625e-4, x);
    let x = fused(count, -3.77489497744594108e-8, x);
    let square = x * x;
    let cosine = fused(2.443315711809948e-5, square, -1.388731625493765e-3);
    let cosine = fused(cosine, square, 4.166664568298827e-2) * square;
    let cosine = fused(cosine, square, -(square * 0.5)) + 1.0;
    let sine = fused(-1.9515295891e-4, square, 8.3321608736e-3);
    let sine = fused(sine, square, -1.6666654611e-1) * square;
    let sine = fused(sine, x, x);
    let (mut sin, mut cos) = if octant & 2 == 0 { (sine, cosine) } else { (cosine, sine) };
    if octant & 4 != 0 {
        sin = -sin;
    }
    if octant.wrapping_sub(2) & 4 == 0 {
        cos = -cos;
    }
    (sin, cos)
}
