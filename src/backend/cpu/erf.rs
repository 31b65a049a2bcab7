//! The error function in float64, for GELU and `erf`. The standard library has none. Coefficients and intervals
//! are those of Sun's fdlibm (`s_erf.c`, freely distributable with this notice: Copyright (C) 1993 by Sun Microsystems,
//! Inc.); the error is under one unit in the last place.

#![allow(clippy::excessive_precision)] // The coefficients as published.

/// Highest power last.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, &coefficient| sum * x + coefficient)
}

const PP: [f64; 5] = [
    1.28379167095512558561e-01,
    -3.25042107247001499370e-01,
    -2.84817495755985104766e-02,
    -5.77027029648944159157e-03,
    -2.37630166566501626084e-05,
];
const QQ: [f64; 6] = [
    1.0,
    3.97917223959155352819e-01,
    6.50222499887672944485e-02,
    5.08130628187576562776e-03,
    1.32494738004321644526e-04,
    -3.96022827877536812320e-06,
];
const PA: [f64; 7] = [
    -2.36211856075265944077e-03,
    4.14856118683748331666e-01,
    -3.72207876035701323847e-01,
    3.18346619901161753674e-01,
    -1.10894694282396677476e-01,
    3.54783043256182359371e-02,
    -2.16637559486879084300e-03,
];
const QA: [f64; 7] = [
    1.0,
    1.06420880400844228286e-01,
    5.40397917702171048937e-01,
    7.18286544141962662868e-02,
    1.26171219808761642112e-01,
    1.36370839120290507362e-02,
    1.19844998467991074170e-02,
];
const RA: [f64; 8] = [
    -9.86494403484714822705e-03,
    -6.93858572707181764372e-01,
    -1.05586262253232909814e+01,
    -6.23753324503260060396e+01,
    -1.62396669462573470355e+02,
    -1.84605092906711035994e+02,
    -8.12874355063065934246e+01,
    -9.81432934416914548592e+00,
];
const SA: [f64; 9] = [
    1.0,
    1.96512716674392571292e+01,
    1.37657754143519042600e+02,
    4.34565877475229228821e+02,
    6.45387271733267880336e+02,
    4.29008140027567833386e+02,
    1.08635005541779435134e+02,
    6.57024977031928170135e+00,
    -6.04244152148580987438e-02,
];
const RB: [f64; 7] = [
    -9.86494292470009928597e-03,
    -7.99283237680523006574e-01,
    -1.77579549177547519889e+01,
    -1.60636384855821916062e+02,
    -6.37566443368389627722e+02,
    -1.02509513161107724954e+03,
    -4.83519191608651397019e+02,
];
const SB: [f64; 8] = [
    1.0,
    3.03380607434824582924e+01,
    3.25792512996573918826e+02,
    1.53672958608443695994e+03,
    3.19985821950859553908e+03,
    2.55305040643316442583e+03,
    4.74528541206955367215e+02,
    -2.24409524465858183362e+01,
];
/// erf(1) rounded to float32, from which the interval around 1 is measured.
const ERF_ONE: f64 = 8.45062911510467529297e-01;

/// `erf(x)`: 2 / sqrt(pi) times the integral of exp(-t t) from 0 to x.
pub fn erf(x: f64) -> f64 {
    let size = x.abs();
    if x.is_nan() {
        return x;
    }
    if size < 0.84375 {
        return x + x * (polynomial(x * x, &PP) / polynomial(x * x, &QQ));
    }
    let value = if size < 1.25 {
        ERF_ONE + polynomial(size - 1.0, &PA) / polynomial(size - 1.0, &QA)
    } else if size >= 6.0 {
        1.0
    } else {
        let inverse = 1.0 / (size * size);
        let ratio = if size < 1.0 / 0.35 {
            polynomial(inverse, &RA) / polynomial(inverse, &SA)
        } else {
            polynomial(inverse, &RB) / polynomial(inverse, &SB)
        };
        // exp(-x x) in two factors, the first of an exactly squarable number, so that no digits are lost.
        let high = f64::from_bits(size.to_bits() & 0xffff_ffff_0000_0000);
        let tail = (-high * high - 0.5625).exp() * ((high - size) * (high + size) + ratio).exp();
        1.0 - tail / size
    };
    value.copysign(x)
}
