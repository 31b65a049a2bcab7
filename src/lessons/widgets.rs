//! Which widgets there are, what each can be set to, and which of its numbers a sentence may show.
//! A lesson that names anything else fails the tests, and a link that sets something impossible is refused.

use super::widget_line::Settings;
use std::collections::BTreeMap;

/// What a setting may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number from `low` to `high`.
    Number { low: f64, high: f64 },
    /// A whole number from `low` to `high`.
    Whole { low: i64, high: i64 },
    /// Numbers with commas between, at least one.
    Numbers,
    /// Rows of numbers, with semicolons between.
    Rows,
    /// Sizes of a tensor, with commas between.
    Sizes,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Anything typed.
    Text,
}

/// One setting of a widget.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in widget lines and links.
    pub key: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// What it holds if the lesson does not say.
    pub default: &'static str,
}

/// A kind of widget.
#[derive(Debug, Clone, Copy)]
pub struct Widget {
    /// Its name in widget lines, links and bound numbers.
    pub name: &'static str,
    /// What can be set.
    pub settings: &'static [Setting],
    /// Computed numbers that a sentence may show, beside the settings.
    pub results: &'static [&'static str],
    /// Whether it also takes a number for any variable of a typed expression (and has a result `d<variable>`).
    pub variables: bool,
}

const fn setting(key: &'static str, kind: Kind, default: &'static str) -> Setting {
    Setting { key, kind, default }
}

const fn number(key: &'static str, low: f64, high: f64, default: &'static str) -> Setting {
    setting(key, Kind::Number { low, high }, default)
}

const fn whole(key: &'static str, low: i64, high: i64, default: &'static str) -> Setting {
    setting(key, Kind::Whole { low, high }, default)
}

const fn widget(name: &'static str, settings: &'static [Setting], results: &'static [&'static str]) -> Widget {
    Widget { name, settings, results, variables: false }
}

/// The activation functions that `activation` draws.
pub const ACTIVATIONS: &[&str] =
    &["sigmoid", "tanh", "relu", "leaky-relu", "selu", "softplus", "erf", "algebraic", "arctan", "gudermannian", "softsign"];

/// What the overfitting lab learns from: two-dimensional points, or pictures.
pub const POINT_SETS: &[&str] = &["circles", "moons", "spiral", "xor", "gaussians", "own", "mnist"];

/// Every widget of the course.
pub const WIDGETS: &[Widget] = &[
    widget(
        "tensor-maker",
        &[setting("call", Kind::Text, "arange(9).reshape(3,3)"), whole("seed", 0, 9999, "0")],
        &["shape", "count", "dtype"],
    ),
    widget("indexer", &[setting("expr", Kind::Text, "x[1:3,0:3]")], &["shape", "count"]),
    widget("broadcast", &[setting("a", Kind::Sizes, "3,1"), setting("b", Kind::Sizes, "1,2")], &["shape"]),
    widget("matmul", &[whole("row", 0, 1, "0"), whole("column", 0, 1, "0")], &["sum", "value"]),
    widget("axis-sum", &[setting("shape", Kind::Sizes, "2,3,4"), whole("dim", 0, 2, "0")], &["shape", "value"]),
    Widget {
        name: "graph",
        settings: &[setting("expr", Kind::Text, "x*x + x"), whole("passes", 0, 9, "1")],
        results: &["value"],
        variables: true,
    },
    widget(
        "activation",
        &[setting("fn", Kind::Choice(ACTIVATIONS), "sigmoid"), number("x", -8.0, 8.0, "0")],
        &["value", "slope", "ten"],
    ),
    widget(
        "loss-surface",
        &[
            setting("loss", Kind::Choice(&["mse", "sum", "l1"]), "mse"),
            number("w", -2.0, 4.0, "-1"),
            number("b", -3.0, 3.0, "1.5"),
            number("rate", 0.001, 1.0, "0.1"),
        ],
        &["value", "dw", "db"],
    ),
    widget(
        "log-series",
        &[number("p", 0.01, 1.0, "0.5"), whole("terms", 1, 50, "3"), number("epsilon", -1.0, 5.0, "1")],
        &["series", "ce", "poly"],
    ),
    widget(
        "softmax-jacobian",
        &[
            setting("logits", Kind::Numbers, "2.0,1.0,0.1"),
            number("temperature", 0.1, 10.0, "1"),
            whole("target", 0, 9, "0"),
        ],
        &["largest", "loss"],
    ),
    widget(
        "neuron",
        &[setting("x", Kind::Numbers, "1,2"), setting("w", Kind::Rows, "0.5,-0.5"), setting("t", Kind::Numbers, "1")],
        &["output", "error", "grad", "autograd"],
    ),
    widget(
        "delta-walk",
        &[
            number("x1", -2.0, 2.0, "1"),
            number("x2", -2.0, 2.0, "0.5"),
            number("t", 0.0, 1.0, "0"),
            number("v1", -3.0, 3.0, "0.6"),
            number("v2", -3.0, 3.0, "-0.4"),
            whole("step", 0, 6, "0"),
        ],
        &["output", "target", "delta", "delta1", "delta2", "loss"],
    ),
    widget("accuracy-stairs", &[number("w", -0.5, 1.5, "0.4")], &["accuracy", "loss", "slope"]),
    widget(
        "entropy",
        &[setting("p", Kind::Numbers, "0.1,0.1,0.1,0.7"), setting("q", Kind::Numbers, "0.25,0.25,0.25,0.25")],
        &["hp", "hpq", "kl"],
    ),
    widget(
        "dead-relu",
        &[
            setting("last", Kind::Choice(&["relu", "leaky", "none"]), "relu"),
            whole("steps", 0, 1000, "150"),
            whole("seed", 0, 9999, "0"),
        ],
        &["dead", "accuracy", "loss"],
    ),
    widget(
        "kernel",
        &[
            whole("size", 3, 8, "5"),
            whole("kernel", 1, 4, "3"),
            whole("stride", 1, 3, "1"),
            whole("padding", 0, 2, "1"),
            whole("row", 0, 20, "0"),
            whole("column", 0, 20, "0"),
        ],
        &["value", "out"],
    ),
    widget(
        "output-size",
        &[whole("in", 1, 512, "28"), whole("kernel", 1, 31, "5"), whole("padding", 0, 15, "0"), whole("stride", 1, 8, "1")],
        &["out"],
    ),
    widget("pooling", &[whole("size", 2, 8, "4"), whole("kernel", 2, 4, "2"), whole("seed", 0, 9999, "1")], &["first"]),
    widget(
        "live-training",
        &[
            number("rate", 0.0001, 100.0, "0.1"),
            whole("batch", 1, 64, "16"),
            number("smoothing", 0.0, 0.999, "0.9"),
            whole("seed", 0, 9999, "0"),
        ],
        &["step", "loss", "smooth"],
    ),
    widget("device-race", &[whole("size", 16, 1024, "256")], &["cpu", "gpu"]),
    widget(
        "overfitting",
        &[
            setting("set", Kind::Choice(POINT_SETS), "moons"),
            whole("count", 10, 1000, "60"),
            number("noise", 0.0, 1.0, "0.35"),
            whole("hidden", 1, 64, "32"),
            number("rate", 0.0001, 3.0, "0.1"),
            whole("batch", 1, 64, "16"),
            number("momentum", 0.0, 0.99, "0.9"),
            setting("schedule", Kind::Choice(&["constant", "step", "exponential", "cosine"]), "constant"),
            number("l1", 0.0, 1.0, "0"),
            number("l2", 0.0, 1.0, "0"),
            number("dropout", 0.0, 0.9, "0"),
            whole("patience", 1, 200, "10"),
            whole("epochs", 1, 1000, "300"),
            whole("folds", 0, 10, "0"),
            whole("seed", 0, 9999, "0"),
        ],
        &["train", "validation", "test", "best", "epoch"],
    ),
];

/// Whether a widget's numbers come from something that runs, not from its settings alone.
pub fn is_live(name: &str) -> bool {
    matches!(name, "dead-relu" | "live-training" | "device-race" | "overfitting")
}

/// The widget of this name.
pub fn find(name: &str) -> Option<&'static Widget> {
    WIDGETS.iter().find(|widget| widget.name == name)
}

/// Whether a typed expression could use this as a variable: a letter, then letters and digits.
fn is_variable(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Kind {
    /// Whether `value` is one that a setting of this kind may hold; the error says what it may.
    pub fn check(self, value: &str) -> Result<(), String> {
        let fits = match self {
            Kind::Number { low, high } => value.parse().is_ok_and(|number: f64| (low..=high).contains(&number)),
            Kind::Whole { low, high } => value.parse().is_ok_and(|number: i64| (low..=high).contains(&number)),
            Kind::Numbers => value.split(',').all(is_number),
            Kind::Rows => value.split(';').all(|row| row.split(',').all(is_number)),
            Kind::Sizes => value.split(',').all(|size| size.parse().is_ok_and(|size: usize| size <= 16)),
            Kind::Choice(words) => words.contains(&value),
            Kind::Text => true,
        };
        if fits { Ok(()) } else { Err(format!("`{value}` is not {self:?}")) }
    }
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

impl Widget {
    /// The setting of this name.
    pub fn setting(&self, key: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// Whether all these settings exist and hold what they may.
    pub fn check(&self, settings: &Settings) -> Result<(), String> {
        for (key, value) in settings {
            let checked = match self.setting(key) {
                Some(setting) => setting.kind.check(value),
                None if self.variables && is_variable(key) => Kind::Number { low: -1e6, high: 1e6 }.check(value),
                None => Err("no such setting".into()),
            };
            checked.map_err(|error| format!("{}: {key}: {error}", self.name))?;
        }
        Ok(())
    }

    /// Whether a sentence may show a number of this name.
    pub fn has_number(&self, key: &str) -> bool {
        self.results.contains(&key) || self.setting(key).is_some() || (self.variables && is_variable(key))
    }

    /// The widget's settings: its defaults with `given` over them.
    pub fn values(&self, given: &Settings) -> Values {
        let defaults = self.settings.iter().map(|setting| (setting.key.to_owned(), setting.default.to_owned()));
        Values(defaults.chain(given.iter().cloned()).collect())
    }
}

/// What a widget is set to. Values are kept as written, so that `2.0` stays `2.0` in a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<String, String>);

impl Values {
    /// A setting as written; empty if there is none.
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// A setting as a number; 0 if it is none.
    pub fn number(&self, key: &str) -> f64 {
        self.text(key).parse().unwrap_or(0.0)
    }

    /// A setting as a whole number; 0 if it is none.
    pub fn whole(&self, key: &str) -> usize {
        self.text(key).parse().unwrap_or(0)
    }

    /// A setting as numbers.
    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.text(key).split(',').filter_map(|number| number.trim().parse().ok()).collect()
    }

    /// A setting as rows of numbers.
    pub fn rows(&self, key: &str) -> Vec<Vec<f64>> {
        let row = |row: &str| row.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        self.text(key).split(';').map(row).collect()
    }

    /// A setting as the sizes of a tensor.
    pub fn sizes(&self, key: &str) -> Vec<usize> {
        self.text(key).split(',').filter_map(|size| size.trim().parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fit_their_kinds() {
        for widget in WIDGETS {
            for setting in widget.settings {
                assert_eq!(setting.kind.check(setting.default), Ok(()), "{} {}", widget.name, setting.key);
            }
        }
    }

    #[test]
    fn settings_are_checked() {
        let activation = find("activation").unwrap();
        let set = |key: &str, value: &str| activation.check(&vec![(key.to_owned(), value.to_owned())]);
        assert!(set("fn", "relu").is_ok() && set("x", "-2").is_ok());
        assert!(set("fn", "abs").is_err() && set("x", "99").is_err() && set("y", "1").is_err());
        let values = activation.values(&vec![("x".into(), "2.5".into())]);
        assert_eq!((values.text("fn"), values.number("x")), ("sigmoid", 2.5));
    }
}
