//! The one error type. A user's mistake is an `Err` that says what, where and both sides, in PyTorch's
//! wording where the course quotes it; a broken invariant of ours is a panic that names it.

use thiserror::Error;

/// The result of everything that a user's input can make fail.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in a sentence that can be shown to a learner.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Error {
    // Shapes
    /// Two shapes do not fit; the message names both.
    #[error("{0}")]
    Shape(String),
    /// An axis that the tensor does not have (PyTorch: `IndexError`).
    #[error("Dimension out of range (expected to be in range of [{low}, {high}], but got {got})")]
    Dimension { low: i64, high: i64, got: i64 },
    /// An index outside an axis, or a malformed index (PyTorch: `IndexError`).
    #[error("{0}")]
    Index(String),

    // Values and dtypes
    /// A dtype that an operation cannot take.
    #[error("{0}")]
    DType(String),
    /// A value outside what an operation accepts.
    #[error("{0}")]
    Value(String),

    // Autograd
    /// A rule of automatic differentiation was broken.
    #[error("{0}")]
    Autograd(String),

    // Devices
    /// The device cannot do this, or has gone away.
    #[error("{0}")]
    Device(String),
    /// The GPU was lost: its buffers are gone, the work can go on elsewhere.
    #[error("the GPU was lost: {0}")]
    DeviceLost(String),

    // Outside data
    /// A file or an address that is not what it should be.
    #[error("{0}")]
    Format(String),
}
