//! Where tensors live and where kernels run. `Device` picks the backend; `Kernel` says what to run. Nothing above this
//! module knows how a kernel is made, nothing in it knows of tensors, shapes or gradients.
//!
//! Only reading back is `async`. Everything else queues work, with the same signature on every backend.

pub mod cpu;
pub mod gpu;
pub mod kernel;
pub mod recording;

use crate::dtype::DType;
use crate::error::{Error, Result};
use cpu::{CpuBackend, CpuBuffer};
use gpu::{GpuBackend, GpuBuffer};
pub use kernel::Kernel;
pub use recording::{Call, Recording, Replay};

/// What a buffer holds. The first four are the tensors' dtypes; the last two serve inside kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    Float32,
    Float64,
    Int64,
    Bool,
    /// Labels, positions, counters: u32.
    Index,
    /// Packed images and masks: u8.
    Byte,
}

impl From<DType> for Element {
    fn from(dtype: DType) -> Self {
        match dtype {
            DType::Float32 => Element::Float32,
            DType::Float64 => Element::Float64,
            DType::Int64 => Element::Int64,
            DType::Bool => Element::Bool,
        }
    }
}

/// Elements in the memory of the program, on their way to or from a device.
#[derive(Debug, Clone, PartialEq)]
pub enum HostData {
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    Int64(Vec<i64>),
    Bool(Vec<bool>),
    Index(Vec<u32>),
    Byte(Vec<u8>),
}

impl HostData {
    /// What the elements are.
    pub fn element(&self) -> Element {
        match self {
            HostData::Float32(_) => Element::Float32,
            HostData::Float64(_) => Element::Float64,
            HostData::Int64(_) => Element::Int64,
            HostData::Bool(_) => Element::Bool,
            HostData::Index(_) => Element::Index,
            HostData::Byte(_) => Element::Byte,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            HostData::Float32(data) => data.len(),
            HostData::Float64(data) => data.len(),
            HostData::Int64(data) => data.len(),
            HostData::Bool(data) => data.len(),
            HostData::Index(data) => data.len(),
            HostData::Byte(data) => data.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// `length` zeros of this kind.
    pub fn zeros(element: Element, length: usize) -> HostData {
        match element {
            Element::Float32 => HostData::Float32(vec![0.0; length]),
            Element::Float64 => HostData::Float64(vec![0.0; length]),
            Element::Int64 => HostData::Int64(vec![0; length]),
            Element::Bool => HostData::Bool(vec![false; length]),
            Element::Index => HostData::Index(vec![0; length]),
            Element::Byte => HostData::Byte(vec![0; length]),
        }
    }

    /// Every element as a float64, whatever it is.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            HostData::Float32(data) => data.iter().map(|&x| f64::from(x)).collect(),
            HostData::Float64(data) => data.clone(),
            HostData::Int64(data) => data.iter().map(|&x| x as f64).collect(),
            HostData::Bool(data) => data.iter().map(|&x| f64::from(u8::from(x))).collect(),
            HostData::Index(data) => data.iter().map(|&x| f64::from(x)).collect(),
            HostData::Byte(data) => data.iter().map(|&x| f64::from(x)).collect(),
        }
    }
}

/// What a device offers. One implementation a device kind; `Kernel` is matched exhaustively in each, so a kernel
/// that is missing does not compile.
pub trait Backend {
    /// A cheap-to-clone handle on device memory.
    type Buffer: Clone;

    /// Zeroed memory for `length` elements.
    fn allocate(&self, element: Element, length: usize) -> Result<Self::Buffer>;

    /// A new buffer that holds the data.
    fn upload(&self, data: HostData) -> Result<Self::Buffer>;

    /// Overwrites elements from `offset` on; the kinds must agree.
    fn write(&self, buffer: &Self::Buffer, offset: usize, data: &HostData) -> Result<()>;

    /// Queues one kernel. The buffers are those that its documentation names, in that order.
    fn run(&self, kernel: &Kernel, inputs: &[&Self::Buffer], outputs: &[&Self::Buffer]) -> Result<()>;

    /// The elements, once all queued work that writes them is done.
    fn read(&self, buffer: &Self::Buffer) -> impl Future<Output = Result<HostData>>;
}

/// A handle on a device. Cheap to clone; compared by identity.
#[derive(Clone, Debug, PartialEq)]
pub enum Device {
    /// The processor: always there.
    Cpu,
    /// A graphics processor, opened with [`GpuBackend::open`].
    Gpu(GpuBackend),
}

/// A handle on memory of a device.
#[derive(Clone, Debug)]
pub enum Buffer {
    Cpu(CpuBuffer),
    Gpu(GpuBuffer),
}

impl Buffer {
    /// What the buffer holds.
    pub fn element(&self) -> Element {
        match self {
            Buffer::Cpu(buffer) => buffer.element(),
            Buffer::Gpu(buffer) => buffer.element(),
        }
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        match self {
            Buffer::Cpu(buffer) => buffer.len(),
            Buffer::Gpu(buffer) => buffer.len(),
        }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The device that it lives on.
    pub fn device(&self) -> Device {
        match self {
            Buffer::Cpu(_) => Device::Cpu,
            Buffer::Gpu(buffer) => Device::Gpu(buffer.backend()),
        }
    }

    /// Whether both are handles on the same memory.
    pub fn same(&self, other: &Buffer) -> bool {
        match (self, other) {
            (Buffer::Cpu(a), Buffer::Cpu(b)) => a.same(b),
            (Buffer::Gpu(a), Buffer::Gpu(b)) => a.same(b),
            (Buffer::Cpu(_), Buffer::Gpu(_)) | (Buffer::Gpu(_), Buffer::Cpu(_)) => false,
        }
    }

    fn cpu(&self) -> Result<&CpuBuffer> {
        match self {
            Buffer::Cpu(buffer) => Ok(buffer),
            Buffer::Gpu(_) => Err(Error::Device(
                "expected all tensors to be on the same device, but found at least two: cpu and gpu".to_string(),
            )),
        }
    }

    fn gpu(&self) -> Result<&GpuBuffer> {
        match self {
            Buffer::Gpu(buffer) => Ok(buffer),
            Buffer::Cpu(_) => Err(Error::Device(
                "expected all tensors to be on the same device, but found at least two: gpu and cpu".to_string(),
            )),
        }
    }

    /// The elements of a buffer on the CPU, without waiting. An error for other devices: use [`Buffer::read`].
    pub fn host(&self) -> Result<HostData> {
        match self {
            Buffer::Cpu(buffer) => Ok(buffer.to_host()),
            Buffer::Gpu(_) => Err(Error::Device(
                "the elements are on the GPU and cannot be had at once; read them, or move the tensor to the CPU"
                    .to_string(),
            )),
        }
    }

    /// Lends the float32 of a buffer on the CPU, in place. An error for other devices and elements.
    pub fn with_floats<R>(&self, work: impl FnOnce(&mut [f32]) -> R) -> Result<R> {
        match &mut *self.cpu()?.borrow_mut() {
            HostData::Float32(floats) => Ok(work(floats)),
            other => Err(Error::DType(format!("these are no float32: {:?}", other.element()))),
        }
    }

    /// The elements, wherever they live.
    pub async fn read(&self) -> Result<HostData> {
        match self {
            Buffer::Cpu(buffer) => CpuBackend.read(buffer).await,
            Buffer::Gpu(buffer) => buffer.backend().read(buffer).await,
        }
    }

    /// Overwrites elements from `offset` on; the kinds must agree.
    pub fn write(&self, offset: usize, data: &HostData) -> Result<()> {
        if data.element() != self.element() || offset + data.len() > self.len() {
            return Err(Error::Device(format!(
                "cannot write {} elements of {:?} at {offset} of a buffer of {} {:?}",
                data.len(),
                data.element(),
                self.len(),
                self.element()
            )));
        }
        match self {
            Buffer::Cpu(buffer) => CpuBackend.write(buffer, offset, data),
            Buffer::Gpu(buffer) => buffer.backend().write(buffer, offset, data),
        }
    }
}

impl Device {
    /// The name that the page shows: `cpu` or `gpu`.
    pub fn name(&self) -> &'static str {
        match self {
            Device::Cpu => "cpu",
            Device::Gpu(_) => "gpu",
        }
    }

    /// Zeroed memory for `length` elements.
    pub fn allocate(&self, element: Element, length: usize) -> Result<Buffer> {
        match self {
            Device::Cpu => Ok(Buffer::Cpu(CpuBackend.allocate(element, length)?)),
            Device::Gpu(gpu) => Ok(Buffer::Gpu(gpu.allocate(element, length)?)),
        }
    }

    /// A new buffer that holds the data.
    pub fn upload(&self, data: HostData) -> Result<Buffer> {
        match self {
            Device::Cpu => Ok(Buffer::Cpu(CpuBackend.upload(data)?)),
            Device::Gpu(gpu) => Ok(Buffer::Gpu(gpu.upload(data)?)),
        }
    }

    /// Runs (or queues) one kernel, and notes it if a recording is on; while a step is planned, notes it only.
    pub fn run(&self, kernel: Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) -> Result<()> {
        if !recording::planning() {
            self.run_unrecorded(&kernel, inputs, outputs)?;
        }
        recording::note(kernel, inputs, outputs);
        Ok(())
    }

    /// Runs (or queues) one kernel; what a replay does.
    pub fn run_unrecorded(&self, kernel: &Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) -> Result<()> {
        match self {
            Device::Cpu => {
                let inputs: Vec<&CpuBuffer> = inputs.iter().map(|buffer| buffer.cpu()).collect::<Result<_>>()?;
                let outputs: Vec<&CpuBuffer> = outputs.iter().map(|buffer| buffer.cpu()).collect::<Result<_>>()?;
                CpuBackend.run(kernel, &inputs, &outputs)
            }
            Device::Gpu(gpu) => {
                let inputs: Vec<&GpuBuffer> = inputs.iter().map(|buffer| buffer.gpu()).collect::<Result<_>>()?;
                let outputs: Vec<&GpuBuffer> = outputs.iter().map(|buffer| buffer.gpu()).collect::<Result<_>>()?;
                gpu.run(kernel, &inputs, &outputs)
            }
        }
    }
}
