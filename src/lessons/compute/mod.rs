//! What the widgets compute, through this crate's own tensors: the page only draws what these return.
//! [`results`] gives the numbers that a sentence may show.

pub mod convolution;
pub mod curves;
pub mod folds;
pub mod lab;
pub mod networks;
pub mod perceptron;
pub mod tensors;
pub mod watched;

use super::widgets::Values;
use crate::error::Result;
use std::collections::BTreeMap;

/// Numbers of a widget by name, as a sentence shows them.
pub type Numbers = BTreeMap<String, String>;

/// A widget's values where these are set.
#[cfg(test)]
fn values_of(widget: &str, settings: &[(&str, &str)]) -> Values {
    let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    super::widgets::find(widget).unwrap().values(&settings)
}

/// A number as a sentence shows it: four decimals at most, no noise at the end.
pub fn short(number: f64) -> String {
    if !number.is_finite() {
        return crate::lessons::print::float(number);
    }
    let size = number.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{number:.2e}");
    }
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The same in TeX: a small one as `1.63 \cdot 10^{-10}`.
pub fn tex(number: f64) -> String {
    let text = short(number);
    match text.split_once('e') {
        Some((digits, exponent)) => format!(r"{digits} \cdot 10^{{{exponent}}}"),
        None => text,
    }
}

/// A shape as PyTorch's prose has it: `(3, 4)`.
pub fn shape_text(sizes: &[usize]) -> String {
    crate::lessons::print::tuple(sizes)
}

/// The numbers of a widget that follow from its settings alone; none for one that has to run first.
pub fn results(widget: &str, values: &Values) -> Numbers {
    compute(widget, values).unwrap_or_default().into_iter().collect()
}

fn compute(widget: &str, values: &Values) -> Result<Vec<(String, String)>> {
    let named = |pairs: Vec<(&str, String)>| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(match widget {
        "tensor-maker" => match tensors::make(values.text("call"), values.whole("seed") as u64) {
            Ok(made) => named(vec![
                ("shape", shape_text(&made.sizes)),
                ("count", made.numbers.len().to_string()),
                ("dtype", made.dtype.name().to_owned()),
            ]),
            Err(_) => Vec::new(),
        },
        "indexer" => match tensors::index(values.text("expr")) {
            Ok(chosen) => named(vec![("shape", shape_text(&chosen.sizes)), ("count", chosen.positions.len().to_string())]),
            Err(_) => Vec::new(),
        },
        "broadcast" => match tensors::align(&values.sizes("a"), &values.sizes("b")).result {
            Ok(sizes) => named(vec![("shape", shape_text(&sizes))]),
            Err(message) => named(vec![("shape", message)]),
        },
        "matmul" => {
            let (terms, value) = tensors::product_cell(values.whole("row"), values.whole("column"))?;
            named(vec![("sum", terms), ("value", short(value))])
        }
        "axis-sum" => {
            let sum = tensors::sum_along(&values.sizes("shape"), values.whole("dim"))?;
            named(vec![("shape", shape_text(&sum.0)), ("value", short(sum.1.first().copied().unwrap_or(0.0)))])
        }
        "graph" => networks::graph(values)?.numbers(),
        "activation" => {
            let (value, slope) = curves::activation_at(values.text("fn"), values.number("x"))?;
            named(vec![("value", short(value)), ("slope", short(slope)), ("ten", short(slope.powi(10)))])
        }
        "loss-surface" => {
            let (value, dw, db) = curves::line_loss(values.text("loss"), values.number("w"), values.number("b"))?;
            named(vec![("value", short(value)), ("dw", short(dw)), ("db", short(db))])
        }
        "log-series" => {
            let series = curves::log_series(values.number("p"), values.whole("terms"), values.number("epsilon"))?;
            named(vec![("series", short(series.sum)), ("ce", short(series.exact)), ("poly", short(series.poly))])
        }
        "softmax-jacobian" => {
            let (jacobian, target) = networks::softmax(values)?;
            let largest = jacobian.probabilities.iter().copied().fold(0.0, f64::max);
            let loss = jacobian.collapse(target)?.loss;
            named(vec![("largest", short(largest)), ("loss", short(loss))])
        }
        "neuron" => {
            let neuron = networks::neuron(&values.numbers("x"), &values.rows("w"), &values.numbers("t"))?;
            named(vec![
                ("output", short(neuron.outputs[0])),
                ("error", short(neuron.error)),
                ("grad", short(neuron.formula[0][0])),
                ("autograd", short(neuron.autograd[0][0])),
            ])
        }
        "delta-walk" => {
            let walk = networks::delta_walk(values)?;
            named(vec![
                ("output", short(walk.output)),
                ("target", short(walk.target)),
                ("delta", short(walk.output_delta)),
                ("delta1", short(walk.hidden_deltas[0])),
                ("delta2", short(walk.hidden_deltas[1])),
                ("loss", short(walk.loss)),
            ])
        }
        "accuracy-stairs" => {
            let (accuracy, loss, slope) = curves::stairs_at(values.number("w"))?;
            named(vec![("accuracy", format!("{:.0} %", accuracy * 100.0)), ("loss", short(loss)), ("slope", short(slope))])
        }
        "entropy" => {
            let (hp, hpq) = curves::entropies(&values.numbers("p"), &values.numbers("q"))?;
            named(vec![("hp", short(hp)), ("hpq", short(hpq)), ("kl", short((hpq - hp).max(0.0)))])
        }
        "kernel" => {
            let slide = convolution::slide(values)?;
            named(vec![("value", short(slide.value())), ("out", format!("{} × {}", slide.output_size, slide.output_size))])
        }
        "output-size" => match convolution::output_size(
            values.whole("in"),
            values.whole("kernel"),
            values.whole("padding"),
            values.whole("stride"),
        ) {
            Some(size) => named(vec![("out", size.to_string())]),
            None => named(vec![("out", "0".to_owned())]),
        },
        "pooling" => {
            let pooled = convolution::pool(values)?;
            named(vec![("first", short(pooled.output.first().copied().unwrap_or(0.0)))])
        }
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::widgets::WIDGETS;

    #[test]
    fn every_still_widget_has_all_its_numbers() {
        for widget in WIDGETS.iter().filter(|widget| !crate::lessons::widgets::is_live(widget.name)) {
            let numbers = results(widget.name, &widget.values(&Vec::new()));
            for name in widget.results {
                assert!(numbers.contains_key(*name), "{} lacks {name}: {numbers:?}", widget.name);
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        let cases = [(0.25, "0.25"), (2.0, "2"), (0.0, "0"), (-0.00001, "-1.00e-5"), (13.0, "13"), (1.0 / 3.0, "0.3333")];
        for (number, text) in cases {
            assert_eq!(short(number), text);
        }
        assert_eq!((tex(0.5), tex(-0.00001)), ("0.5".into(), r"-1.00 \cdot 10^{-5}".into()));
    }
}
