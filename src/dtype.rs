//! Element types and PyTorch's promotion between them.

use crate::error::Error;
use std::fmt;

/// The element type of a tensor. Gradients exist for the floating ones only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum DType {
    /// `torch.float32`, the default.
    Float32,
    /// `torch.float64`; makes finite-difference checks sharp.
    Float64,
    /// `torch.int64`.
    Int64,
    /// `torch.bool`.
    Bool,
}

impl DType {
    /// Whether gradients can exist for it.
    pub fn is_floating(self) -> bool {
        matches!(self, DType::Float32 | DType::Float64)
    }

    /// Bytes that an element takes in PyTorch's memory: `tensor.element_size()`.
    pub fn width(self) -> usize {
        match self {
            DType::Float32 => 4,
            DType::Float64 | DType::Int64 => 8,
            DType::Bool => 1,
        }
    }

    /// Whether the result of an in-place operation may have this dtype where `self` is stored: `torch.can_cast`.
    pub fn can_hold(self, result: DType) -> bool {
        self.is_floating() || (!result.is_floating() && (self == DType::Int64 || result == DType::Bool))
    }

    /// The dtype of the result of an operation on two tensors (`torch.promote_types`).
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        match (self, other) {
            (Float64, _) | (_, Float64) => Float64,
            (Float32, _) | (_, Float32) => Float32,
            (Int64, _) | (_, Int64) => Int64,
            (Bool, Bool) => Bool,
        }
    }

    /// The name that PyTorch's messages use: `Float`, `Double`, `Long`, `Bool`.
    pub fn class_name(self) -> &'static str {
        match self {
            DType::Float32 => "Float",
            DType::Float64 => "Double",
            DType::Int64 => "Long",
            DType::Bool => "Bool",
        }
    }

    /// PyTorch's error where a kernel of this name does not take this dtype.
    pub fn lacks(self, kernel: &str) -> Error {
        Error::DType(format!("\"{kernel}\" not implemented for '{}'", self.class_name()))
    }

    /// The name without the `torch.` prefix: `float32`.
    pub fn name(self) -> &'static str {
        match self {
            DType::Float32 => "float32",
            DType::Float64 => "float64",
            DType::Int64 => "int64",
            DType::Bool => "bool",
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "torch.{}", self.name())
    }
}
