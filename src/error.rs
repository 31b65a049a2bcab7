//! The one error type. A user's mistake is an `Err` that says what, where and both sides, in PyTorch's
//! wording where the course quotes it; a broken invariant of ours is a panic that names it.

use serde::{Deserialize, Serialize};
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

    // Set-ups and files
    /// A mistake that the page has words for in each of its languages.
    #[error(transparent)]
    Mistake(Mistake),
    /// A file or an address that is not what it should be.
    #[error("{0}")]
    Format(String),
}

/// What can be wrong with a network, a training run or a weight file that somebody made: data rather than a sentence, so
/// that the page says it in the reader's language. The messages are the English sentences.
#[derive(Debug, Clone, PartialEq, Error, Serialize, Deserialize)]
pub enum Mistake {
    /// A word in a list of layers.
    #[error("`{text}` is not a layer; layers look like linear200, conv10k5, maxpool2, relu")]
    NotALayer { text: String },
    /// A layer does not fit what is before it; layers are counted from 1.
    #[error("layer {number}, {layer}: {why}")]
    Layer { number: usize, layer: String, why: Box<Mistake> },
    /// A convolution or a pooling after a flat layer.
    #[error("needs a picture (channels, height, width), got {input:?}")]
    NeedsPicture { input: Vec<usize> },
    /// A window that is larger than what it slides over.
    #[error("kernel {kernel} is larger than the padded input {padded}")]
    KernelTooLarge { kernel: usize, padded: usize },
    /// The last layer has another number of outputs.
    #[error("the last layer must give 10 scores, one a digit")]
    TenScores,
    /// A rate or a penalty below 0, or not finite.
    #[error("{name} must be a number of at least 0, got {value}")]
    Negative { name: String, value: f64 },
    /// A probability that leaves nothing.
    #[error("dropout must be at least 0 and below 1, got {value}")]
    Dropout { value: f64 },
    /// Batches that are empty or too large.
    #[error("batch must be 1 to {most}, got {batch}")]
    Batch { batch: usize, most: usize },
    /// PyTorch asks the same.
    #[error("Nesterov momentum requires a momentum and zero dampening")]
    Nesterov,
    /// Bytes that are no safetensors file.
    #[error("this is not a safetensors file: {detail}")]
    NotWeights { detail: String },
    /// A file of another network. The details name tensors and sizes, in no language.
    #[error("the file does not fit the network {network}: {details}")]
    OtherWeights { network: String, details: String },
    /// Anything else, as it was said.
    #[error("{0}")]
    Other(String),
}

impl From<Error> for Mistake {
    fn from(error: Error) -> Mistake {
        match error {
            Error::Mistake(mistake) => mistake,
            other => Mistake::Other(other.to_string()),
        }
    }
}
