//! Functions of one or two numbers that widgets draw: activations, losses, the series of the logarithm, entropies.
//! All by float64 tensors, slopes by autograd.

use super::tex;
use crate::autograd::{BackwardOptions, grad};
use crate::error::Result;
use crate::tensor::Tensor;

/// An activation function by the name that lessons use; unknown names are the identity.
fn activation(name: &str, x: &Tensor) -> Result<Tensor> {
    use std::f64::consts::PI;
    match name {
        "sigmoid" => x.sigmoid(),
        "tanh" => x.tanh(),
        "relu" => x.relu(),
        "leaky-relu" => x.leaky_relu(0.01),
        "selu" => x.selu(),
        "softplus" => x.softplus(1.0, 20.0),
        "erf" => x.affine(PI.sqrt() / 2.0, 0.0)?.erf(),
        "algebraic" => x.div(&x.square()?.affine(1.0, 1.0)?.sqrt()?),
        "arctan" => x.affine(PI / 2.0, 0.0)?.atan()?.affine(2.0 / PI, 0.0),
        // gd(u) = 2 atan(tanh(u / 2))
        "gudermannian" => x.affine(PI / 4.0, 0.0)?.tanh()?.atan()?.affine(4.0 / PI, 0.0),
        "softsign" => x.div(&x.abs()?.affine(1.0, 1.0)?),
        _ => x.affine(1.0, 0.0),
    }
}

/// An activation function and its slope, each as a formula, then with its numbers, in TeX: `f(x) = ... = ... = 0.5`.
pub fn activation_tex(name: &str, x: f64) -> Result<[String; 2]> {
    let (value, slope) = activation_at(name, x)?;
    let (function, derivative) = activation_formula(name, x > 0.0, "x", "f(x)");
    let written = |number: f64| if number < 0.0 { format!("({})", tex(number)) } else { tex(number) };
    let (with_x, with_f) = activation_formula(name, x > 0.0, &written(x), &written(value));
    let line = |left: &str, formula: String, numbers: String, result: String| {
        let mut steps = vec![left.to_owned(), formula, numbers, result];
        steps.dedup();
        steps.join(" = ")
    };
    Ok([line("f(x)", function, with_x, tex(value)), line("f'(x)", derivative, with_f, tex(slope))])
}

/// The two formulas in TeX, with this for `x` and that for `f(x)`; some have a side for each sign of `x`.
fn activation_formula(name: &str, positive: bool, x: &str, f: &str) -> (String, String) {
    match (name, positive) {
        ("sigmoid", _) => (format!(r"\frac{{1}}{{1+e^{{-{x}}}}}"), format!(r"{f} \cdot (1-{f})")),
        ("tanh", _) => (format!(r"2\sigma(2 \cdot {x})-1"), format!("1-{f}^2")),
        ("relu", _) => (format!(r"\max(0, {x})"), if positive { "1" } else { "0" }.to_owned()),
        ("leaky-relu", _) => (format!(r"\max(0.01 \cdot {x}, {x})"), if positive { "1" } else { "0.01" }.to_owned()),
        ("selu", true) => (format!(r"1.0507 \cdot {x}"), "1.0507".to_owned()),
        ("selu", false) => {
            (format!(r"1.0507 \cdot 1.6733 \cdot (e^{{{x}}}-1)"), format!(r"1.0507 \cdot 1.6733 \cdot e^{{{x}}}"))
        }
        ("softplus", _) => (format!(r"\log(1+e^{{{x}}})"), format!(r"\sigma({x})")),
        ("erf", _) => {
            (format!(r"\mathrm{{erf}}(\tfrac{{\sqrt{{\pi}}}}{{2}} \cdot {x})"), format!(r"e^{{-\pi \cdot {x}^2/4}}"))
        }
        ("algebraic", _) => (format!(r"\frac{{{x}}}{{\sqrt{{1+{x}^2}}}}"), format!("(1+{x}^2)^{{-3/2}}")),
        ("arctan", _) => (
            format!(r"\tfrac{{2}}{{\pi}}\arctan(\tfrac{{\pi}}{{2}} \cdot {x})"),
            format!(r"\frac{{1}}{{1+(\pi \cdot {x}/2)^2}}"),
        ),
        ("gudermannian", _) => (
            format!(r"\tfrac{{2}}{{\pi}}\mathrm{{gd}}(\tfrac{{\pi}}{{2}} \cdot {x})"),
            format!(r"\frac{{1}}{{\cosh(\pi \cdot {x}/2)}}"),
        ),
        _ => (format!(r"\frac{{{x}}}{{1+|{x}|}}"), format!(r"\frac{{1}}{{(1+|{x}|)^2}}")),
    }
}

/// The curve and its slope at these places.
pub fn activation_curve(name: &str, places: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    let x = Tensor::from_slice(places)?.requires_grad_(true)?;
    let y = activation(name, &x)?;
    // Each place has a value of its own, so the gradient of the sum is every slope at once.
    let slopes = grad(&y.sum(&[], false)?, &[&x], BackwardOptions::default())?;
    Ok((y.to_f64_vec()?, slopes[0].to_f64_vec()?))
}

/// Value and slope at one place.
pub fn activation_at(name: &str, x: f64) -> Result<(f64, f64)> {
    let (values, slopes) = activation_curve(name, &[x])?;
    Ok((values[0], slopes[0]))
}

/// The four points that the loss surface's line is fitted to.
pub const LINE_POINTS: [(f64, f64); 4] = [(-1.0, -1.2), (0.0, 0.9), (1.0, 1.6), (2.0, 4.1)];

/// The loss of `y = w x + b` for each pair, all at once.
pub fn line_losses(loss: &str, w: &Tensor, b: &Tensor) -> Result<Tensor> {
    let x = Tensor::from_slice(&LINE_POINTS.map(|point| point.0))?;
    let y = Tensor::from_slice(&LINE_POINTS.map(|point| point.1))?;
    let difference = w.unsqueeze(-1)?.mul(&x)?.add(&b.unsqueeze(-1)?)?.sub(&y)?;
    match loss {
        "sum" => difference.square()?.sum(&[-1], false),
        "l1" => difference.abs()?.mean(&[-1], false),
        _ => difference.square()?.mean(&[-1], false),
    }
}

/// Loss and gradient of one line.
pub fn line_loss(loss: &str, w: f64, b: f64) -> Result<(f64, f64, f64)> {
    let w = Tensor::from_slice(&[w])?.requires_grad_(true)?;
    let b = Tensor::from_slice(&[b])?.requires_grad_(true)?;
    let value = line_losses(loss, &w, &b)?;
    let gradients = grad(&value, &[&w, &b], BackwardOptions::default())?;
    Ok((value.item()?, gradients[0].item()?, gradients[1].item()?))
}

/// The loss over a grid of lines, row by row, `b` falling from row to row.
pub fn line_surface(loss: &str, w: (f64, f64), b: (f64, f64), size: usize) -> Result<Vec<f64>> {
    let step = |range: (f64, f64), at: usize| range.0 + (range.1 - range.0) * (at as f64 + 0.5) / size as f64;
    let ws: Vec<f64> = (0..size * size).map(|at| step(w, at % size)).collect();
    let bs: Vec<f64> = (0..size * size).map(|at| step((b.1, b.0), at / size)).collect();
    line_losses(loss, &Tensor::from_slice(&ws)?, &Tensor::from_slice(&bs)?)?.to_f64_vec()
}

/// `-log p` as the sum of the powers of `1 - p`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSeries {
    /// Each term, `(1 - p)^j / j`.
    pub terms: Vec<f64>,
    /// Their sum.
    pub sum: f64,
    /// `-log p`
    pub exact: f64,
    /// `-log p + epsilon (1 - p)`
    pub poly: f64,
}

/// The first terms of the series, and poly loss.
pub fn log_series(p: f64, terms: usize, epsilon: f64) -> Result<LogSeries> {
    let miss = Tensor::from_slice(&[1.0 - p])?;
    let powers = Tensor::arange(1.0, terms as f64 + 1.0, 1.0, crate::DType::Float64)?;
    let all = miss.pow(&powers)?.div(&powers)?;
    let exact = Tensor::scalar(p)?.log()?.neg()?.item()?;
    Ok(LogSeries { terms: all.to_f64_vec()?, sum: all.sum(&[], false)?.item()?, exact, poly: exact + epsilon * (1.0 - p) })
}

/// The examples of the accuracy widget: an input and whether the right answer is yes.
pub const STAIR_EXAMPLES: [(f64, bool); 6] =
    [(1.0, true), (2.0, true), (0.7, true), (1.6, true), (0.6, false), (0.45, false)];
/// How sharply the probability turns at 0.5.
const STEEPNESS: f64 = 6.0;

/// Accuracy and mean cross-entropy of `yes if w x > 0.5`, and the slope of the latter, for each weight.
pub fn stairs(weights: &[f64]) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>)> {
    let w = Tensor::from_slice(weights)?.requires_grad_(true)?;
    let x = Tensor::from_slice(&STAIR_EXAMPLES.map(|example| example.0))?;
    let yes = Tensor::from_slice(&STAIR_EXAMPLES.map(|example| f64::from(u8::from(example.1))))?;
    let score = w.unsqueeze(1)?.mul(&x)?.affine(1.0, -0.5)?;
    let right = score.gt(&Tensor::scalar(0.0)?)?.eq(&yes.gt(&Tensor::scalar(0.5)?)?)?;
    let accuracy = right.to_dtype(crate::DType::Float64)?.mean(&[1], false)?;
    // -log of the probability of the right answer: softplus of minus the score, signed by the answer.
    let sign = yes.affine(2.0, -1.0)?;
    let loss = score.affine(STEEPNESS, 0.0)?.mul(&sign)?.neg()?.softplus(1.0, 20.0)?.mean(&[1], false)?;
    let slopes = grad(&loss.sum(&[], false)?, &[&w], BackwardOptions::default())?;
    Ok((accuracy.to_f64_vec()?, loss.to_f64_vec()?, slopes[0].to_f64_vec()?))
}

/// The same at one weight.
pub fn stairs_at(w: f64) -> Result<(f64, f64, f64)> {
    let (accuracy, loss, slope) = stairs(&[w])?;
    Ok((accuracy[0], loss[0], slope[0]))
}

/// A distribution out of heights: none below zero, together one.
pub fn normalised(heights: &[f64]) -> Vec<f64> {
    let heights: Vec<f64> = heights.iter().map(|height| height.max(0.0)).collect();
    let total: f64 = heights.iter().sum();
    match total > 0.0 {
        true => heights.iter().map(|height| height / total).collect(),
        false => vec![1.0 / heights.len().max(1) as f64; heights.len()],
    }
}

/// `H(p)` and `H(p, q)` in bits; what never happens costs nothing, what was thought impossible costs everything.
pub fn entropies(p: &[f64], q: &[f64]) -> Result<(f64, f64)> {
    let (p, q) = (normalised(p), normalised(q));
    let happens: Vec<usize> = (0..p.len()).filter(|&i| p[i] > 0.0).collect();
    let pick =
        |of: &[f64]| Tensor::from_slice(&happens.iter().map(|&i| of.get(i).copied().unwrap_or(0.0)).collect::<Vec<_>>());
    let (p, q) = (pick(&p)?, pick(&q)?);
    let surprise = |belief: &Tensor| p.mul(&belief.log2()?)?.sum(&[], false)?.neg()?.item();
    Ok((surprise(&p)?, surprise(&q)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::widgets::ACTIVATIONS;

    #[test]
    fn slopes_are_finite_differences() {
        for name in ACTIVATIONS {
            for x in [-2.3, -0.4, 0.7, 1.9] {
                let at = |x| activation_at(name, x).unwrap();
                let difference = (at(x + 1e-5).0 - at(x - 1e-5).0) / 2e-5;
                assert!((at(x).1 - difference).abs() < 1e-8, "{name} at {x}");
            }
        }
        // The S-curves have slope 1 at the middle.
        for name in ["tanh", "erf", "algebraic", "arctan", "gudermannian", "softsign"] {
            assert!((activation_at(name, 1e-9).unwrap().1 - 1.0).abs() < 1e-6, "{name}");
        }
    }

    #[test]
    fn formulas_end_in_the_numbers_of_the_curve() {
        for name in ACTIVATIONS {
            for x in [-2.0, 0.5] {
                let (value, slope) = activation_at(name, x).unwrap();
                let lines = activation_tex(name, x).unwrap();
                for (line, number) in lines.iter().zip([value, slope]) {
                    assert!(line.ends_with(&format!("= {}", tex(number))), "{line}");
                    assert!(crate::lessons::math::to_mathml(line, true).is_ok(), "{line}");
                }
            }
        }
        let lines = activation_tex("sigmoid", 2.0).unwrap();
        assert_eq!(lines[0], r"f(x) = \frac{1}{1+e^{-x}} = \frac{1}{1+e^{-2}} = 0.8808");
        assert_eq!(lines[1], r"f'(x) = f(x) \cdot (1-f(x)) = 0.8808 \cdot (1-0.8808) = 0.105");
        assert_eq!(activation_tex("relu", -2.0).unwrap()[1], "f'(x) = 0");
    }

    #[test]
    fn accuracy_is_stairs() {
        let at = |w| stairs_at(w).unwrap();
        assert_eq!(at(0.4).0, at(0.45).0);
        assert!(at(0.501).0 > at(0.499).0);
        assert!(at(0.4).2 < 0.0, "the loss falls towards the better weight");
    }

    #[test]
    fn entropies_of_the_course() {
        let close = |p: &[f64], expected: f64| assert!((entropies(p, p).unwrap().0 - expected).abs() < 5e-5, "{p:?}");
        close(&[0.25; 4], 2.0);
        close(&[0.1, 0.1, 0.1, 0.7], 1.3568);
        close(&[0.001, 0.001, 0.001, 0.997], 0.0342);
        assert_eq!(entropies(&[0.5, 0.5], &[1.0, 0.0]).unwrap().1, f64::INFINITY);
        assert_eq!(entropies(&[0.0, 1.0], &[0.5, 0.5]).unwrap().0.abs(), 0.0);
    }

    #[test]
    fn the_series_approaches_the_logarithm() {
        let series = log_series(0.5, 40, 1.0).unwrap();
        assert!((series.sum - series.exact).abs() < 1e-9);
        assert_eq!(series.poly, series.exact + 0.5);
    }
}
