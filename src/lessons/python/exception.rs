//! Python's errors, and which of them an error of the core is.

use std::fmt;

/// A Python error: its class and its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// `RuntimeError`, `TypeError` and so on.
    pub class: &'static str,
    /// What went wrong.
    pub message: String,
}

/// The result of whatever a cell can make fail.
pub type PyResult<T = super::value::Value> = Result<T, Exception>;

/// An error of this class.
pub fn raise<T>(class: &'static str, message: impl Into<String>) -> PyResult<T> {
    Err(Exception { class, message: message.into() })
}

impl fmt::Display for Exception {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class, self.message)
    }
}

/// How the messages begin that PyTorch raises as a `NotImplementedError`.
const NOT_IMPLEMENTED: [&str; 9] = [
    "Bool inputs not supported",
    "argmax(): does not support",
    "argmin(): does not support",
    "mean(): could not infer",
    "linalg.vector_norm: Expected",
    "std and var only support",
    "Subtraction, the `-` operator",
    "Negation, the `-` operator",
    "Boolean inputs not supported",
];

/// How the messages begin that PyTorch raises as a `ValueError`.
const VALUE_ERRORS: [&str; 5] = [
    "Expected input batch_size",
    "Using a target size",
    "Target size (",
    "dropout probability",
    "step must be greater than zero",
];

impl From<crate::Error> for Exception {
    fn from(error: crate::Error) -> Self {
        let class = match error {
            crate::Error::Dimension { .. } | crate::Error::Index(_) => "IndexError",
            _ => "RuntimeError",
        };
        let message = error.to_string();
        let one_of = |starts: &[&str]| starts.iter().any(|start| message.starts_with(start));
        let class = match class {
            _ if message.starts_with("~ (operator.invert)") => "TypeError",
            _ if one_of(&VALUE_ERRORS) => "ValueError",
            _ if one_of(&NOT_IMPLEMENTED) || message.contains("\" not implemented for '") => "NotImplementedError",
            class => class,
        };
        Exception { class, message }
    }
}
