//! What a run runs on, and how fast.

use crate::backend::cpu::ProductSpeed;
use crate::backend::gpu::Tuning;
use crate::trainer::settings::TrainSettings;
use serde::{Deserialize, Serialize};

/// Timed steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchResult {
    pub settings: TrainSettings,
    /// `cpu` or `gpu`.
    pub device: String,
    pub workers: u32,
    /// One figure a round.
    pub steps_per_second: Vec<f64>,
    /// GFLOP/s of the bare inner loop of a matrix product on one core, measured just before.
    pub peak: f64,
    /// What the products of a linear layer reach on one core, measured with it.
    pub products: Vec<ProductSpeed>,
    /// The vector instructions of this build on this machine.
    pub instructions: String,
    /// What a step asked of the GPU, on one, at the mean.
    pub gpu: Option<GpuWork>,
}

/// What a training step asks of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GpuWork {
    /// Kernels.
    pub dispatches: f64,
    /// Command buffers.
    pub submits: f64,
    /// Bytes from the program's memory.
    pub uploaded_bytes: f64,
    /// Times that the program waited for the GPU.
    pub waits: f64,
}

/// What is to be said of the device of a run. Names and reasons are the system's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceNote {
    /// A GPU.
    Adapter(Box<Adapter>),
    /// The GPU of this name is the processor in a detour, so the CPU is taken.
    Software(String),
    /// The browser, or the machine, offers no GPU.
    Absent,
    /// The GPU that there is cannot be had.
    Unavailable(String),
    /// The GPU was lost on the way.
    Lost(String),
}

/// What is known of the GPU of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// As the browser calls it.
    pub name: String,
    /// Through what it is used: `BrowserWebGpu`.
    pub interface: String,
    /// Whether it is the processor in a detour.
    pub software: bool,
    /// Largest buffer that a kernel can bind.
    pub binding_bytes: u64,
    /// Threads of a workgroup.
    pub workgroup_threads: u32,
    /// Memory of a workgroup.
    pub workgroup_bytes: u32,
    pub features: Vec<AdapterFeature>,
    /// The kernel variants in use.
    pub kernels: Tuning,
}

/// Optional features of a GPU that count for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdapterFeature {
    Subgroups,
    HalfPrecision,
    Timestamps,
}
