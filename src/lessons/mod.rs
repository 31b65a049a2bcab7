//! The course: what a lesson file may contain, what its widgets accept, and the small Python that runs its
//! code cells. All of it is plain data and arithmetic, tested natively; drawing is `ui/pages/learn` and
//! `ui/widgets`.
//!
//! A lesson is a Markdown file, one for each chapter and language. See `document` for its extras.

pub mod compute;
pub mod document;
mod inline;
pub mod math;
pub mod print;
pub mod python;
pub mod widget_line;
pub mod widgets;

/// The chapters in reading order, by the name they have in addresses and file names.
pub const CHAPTERS: [&str; 14] = [
    "tensors",
    "autograd",
    "activations",
    "losses",
    "softmax",
    "neuron",
    "chain-rule",
    "mlp",
    "entropy",
    "mnist-mlp",
    "convolution",
    "watching",
    "devices",
    "overfitting",
];

/// The languages that every chapter exists in; each is a folder under `www/lessons`.
pub const LANGUAGES: [&str; 2] = ["en", "zh"];
