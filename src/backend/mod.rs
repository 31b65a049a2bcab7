//! Where tensors live and where kernels run. `Device` picks the backend; `Kernel` says what to run. Nothing above this
//! module knows how a kernel is made, nothing in it knows of tensors, shapes or gradients.
//!
//! Only reading back is `async`. Everything else queues work, with the same signature on every backend. A GPU is known by its
//! traits alone, so whoever never opens one need not load what drives it (see `part.rs`).

pub mod cpu;
pub mod gpu;
mod host;
pub mod kernel;
pub mod recording;

use crate::error::{Error, Result};
use cpu::{CpuBackend, CpuBuffer};
pub use host::{Element, HostData};
pub use kernel::Kernel;
pub use recording::{Call, Reading, Recording, Replay};
use std::any::Any;
use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;

/// What takes its time: on a GPU until the work before it is done.
pub type Coming<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// What a device offers. One implementation a device kind; `Kernel` is matched exhaustively in each, so a kernel
/// that is missing does not compile. A buffer of another device is an error.
pub trait Backend: Any + Debug {
    /// A number that two handles share exactly when they are on the same device.
    fn identity(&self) -> usize;

    /// Zeroed memory for `length` elements.
    fn allocate(&self, element: Element, length: usize) -> Result<Buffer>;

    /// A new buffer that holds the data.
    fn upload(&self, data: HostData) -> Result<Buffer>;

    /// Overwrites elements from `offset` on; kinds and range were checked.
    fn write(&self, buffer: &Buffer, offset: usize, data: &HostData) -> Result<()>;

    /// Queues one kernel. The buffers are those that its documentation names, in that order.
    fn run(&self, kernel: &Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) -> Result<()>;

    /// The elements, once all queued work that writes them is done.
    fn read<'a>(&'a self, buffer: &'a Buffer) -> Coming<'a, HostData>;

    /// Makes a recorded step ready to be repeated. `kept`: buffers beside parameters, optimizer states, series and cursor that somebody
    /// reads after a repetition; other intermediate results may be left out.
    fn compile(&self, recording: Recording, kept: &[&Buffer]) -> Result<Box<dyn Replay>>;
}

/// Memory of a device other than the CPU.
pub trait Memory: Any + Debug {
    /// What it holds.
    fn element(&self) -> Element;

    /// How many elements.
    fn length(&self) -> usize;

    /// A number that two handles share exactly when they are on the same memory.
    fn identity(&self) -> usize;

    /// Where it is.
    fn device(&self) -> Device;
}

/// A handle on a device. Cheap to clone; compared by identity.
#[derive(Clone, Debug)]
pub enum Device {
    /// The processor: always there.
    Cpu,
    /// A graphics processor, opened with [`gpu::GpuBackend::open`].
    Gpu(Rc<dyn Backend>),
}

impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Device::Cpu, Device::Cpu) => true,
            (Device::Gpu(a), Device::Gpu(b)) => a.identity() == b.identity(),
            (Device::Cpu, Device::Gpu(_)) | (Device::Gpu(_), Device::Cpu) => false,
        }
    }
}

/// Bytes that one tensor may take: a WebAssembly module has four gigabytes in all, and cannot tell that it has no more without
/// coming to an end.
const TENSOR_LIMIT: u64 = 1 << 30;

/// Whether there can be memory for so many elements: PyTorch's error where there cannot.
pub(crate) fn affordable(element: Element, length: usize) -> Result<()> {
    let bytes = (length as u64).saturating_mul(element.width() as u64);
    if bytes <= TENSOR_LIMIT {
        return Ok(());
    }
    Err(Error::Device(format!("DefaultCPUAllocator: can't allocate memory: you tried to allocate {bytes} bytes.")))
}

/// A handle on memory of a device.
#[derive(Clone, Debug)]
pub enum Buffer {
    Cpu(CpuBuffer),
    Gpu(Rc<dyn Memory>),
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
            Buffer::Gpu(buffer) => buffer.length(),
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
            Buffer::Gpu(buffer) => buffer.device(),
        }
    }

    /// Whether both are handles on the same memory.
    pub fn same(&self, other: &Buffer) -> bool {
        match (self, other) {
            (Buffer::Cpu(a), Buffer::Cpu(b)) => a.same(b),
            (Buffer::Gpu(a), Buffer::Gpu(b)) => a.identity() == b.identity(),
            (Buffer::Cpu(_), Buffer::Gpu(_)) | (Buffer::Gpu(_), Buffer::Cpu(_)) => false,
        }
    }

    fn cpu(&self) -> Result<&CpuBuffer> {
        match self {
            Buffer::Cpu(buffer) => Ok(buffer),
            Buffer::Gpu(_) => Err(two_devices("cpu", "gpu")),
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
        self.device().backend().read(self).await
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
        self.device().backend().write(self, offset, data)
    }
}

/// PyTorch's words for a kernel whose inputs live in two places.
fn two_devices(expected: &str, found: &str) -> Error {
    Error::Device(format!("expected all tensors to be on the same device, but found at least two: {expected} and {found}"))
}

impl Device {
    /// The name that the page shows: `cpu` or `gpu`.
    pub fn name(&self) -> &'static str {
        match self {
            Device::Cpu => "cpu",
            Device::Gpu(_) => "gpu",
        }
    }

    fn backend(&self) -> &dyn Backend {
        match self {
            Device::Cpu => &CpuBackend,
            Device::Gpu(gpu) => &**gpu,
        }
    }

    /// Zeroed memory for `length` elements; an error in PyTorch's words where that is more than a tab should ask for.
    pub fn allocate(&self, element: Element, length: usize) -> Result<Buffer> {
        affordable(element, length)?;
        self.backend().allocate(element, length)
    }

    /// A new buffer that holds the data.
    pub fn upload(&self, data: HostData) -> Result<Buffer> {
        self.backend().upload(data)
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
        self.backend().run(kernel, inputs, outputs)
    }

    /// Makes a recorded step ready to be repeated here; see [`Backend::compile`].
    pub fn compile(&self, recording: Recording, kept: &[&Buffer]) -> Result<Box<dyn Replay>> {
        self.backend().compile(recording, kept)
    }
}
