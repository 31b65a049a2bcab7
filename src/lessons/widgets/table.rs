//! Every widget of the course: its settings with what they may hold, and its numbers.

use super::{Kind, Setting, Widget};

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
        &["step", "loss", "smooth", "epoch", "test", "accuracy"],
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
            setting("points", Kind::Points, ""),
        ],
        &["train", "validation", "test", "best", "epoch"],
    ),
];
