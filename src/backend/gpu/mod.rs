//! The GPU backend: compute shaders through wgpu, in the browser (WebGPU) and natively (Vulkan, for the tests). float32 only.
//!
//! `context` owns the device, `lower` turns a kernel call into dispatches of the `.wgsl` files beside this one, `replay`
//! compiles a recorded training step once and repeats it many steps a submit.

mod adapter;
mod buffer;
mod context;
mod fuse;
mod lower;
mod memory;
mod queue;
mod reading;
mod replay;
mod shader;
mod signal;
mod trial;
mod tuning;

use super::{Backend, Buffer, Coming, Device, Element, HostData, Kernel, Recording, Replay};
use crate::error::Result;
pub use adapter::{AdapterReport, NO_ADAPTER, UNNAMED};
use buffer::GpuBuffer;
use context::Context;
pub use context::Counters;
pub use replay::CompiledStep;
use std::any::Any;
use std::fmt;
use std::rc::Rc;
pub use tuning::{ProductVariant, Tuning};

/// An open GPU. Cheap to clone; two are equal when they are the same device.
#[derive(Clone)]
pub struct GpuBackend {
    context: Rc<Context>,
}

impl fmt::Debug for GpuBackend {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "GpuBackend({})", self.context.report.name)
    }
}

impl PartialEq for GpuBackend {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.context, &other.context)
    }
}

impl GpuBackend {
    /// Opens the best adapter there is. `Error::Device` says why there is none.
    pub async fn open() -> Result<GpuBackend> {
        Ok(GpuBackend { context: Rc::new(Context::open(false).await?) })
    }

    /// The same, held to the limits that every adapter has (128 MB a binding, eight storage buffers): what runs here runs anywhere.
    pub async fn open_least() -> Result<GpuBackend> {
        Ok(GpuBackend { context: Rc::new(Context::open(true).await?) })
    }

    /// As a device that tensors live on.
    pub fn device(&self) -> Device {
        Device::Gpu(Rc::new(self.clone()))
    }

    /// The GPU behind a device; none for the CPU.
    pub fn of(device: &Device) -> Option<&GpuBackend> {
        match device {
            Device::Gpu(gpu) => (&**gpu as &dyn Any).downcast_ref(),
            Device::Cpu => None,
        }
    }

    /// What is known of the adapter.
    pub fn report(&self) -> &AdapterReport {
        &self.context.report
    }

    /// What has been done so far, and the memory in use.
    pub fn counters(&self) -> Counters {
        self.context.counters.get()
    }

    /// The kernel variants in force.
    pub fn tuning(&self) -> Tuning {
        self.context.tuning.get()
    }

    /// Forces kernel variants: what the trial at start does, and the tests that check each.
    pub fn set_tuning(&self, tuning: Tuning) {
        self.context.tuning.set(tuning);
    }

    /// An error if the device is lost, or refused something since.
    pub fn check(&self) -> Result<()> {
        self.context.check()
    }

    /// Takes the device away, as a driver may at any moment: for the test of what happens then.
    pub fn destroy(&self) {
        self.context.flush();
        self.context.device.destroy();
        // Natively the loss is reported when the device is polled.
        #[cfg(not(target_arch = "wasm32"))]
        let _ = self.context.device.poll(wgpu::PollType::Poll);
    }
}

impl Backend for GpuBackend {
    fn identity(&self) -> usize {
        Rc::as_ptr(&self.context) as usize
    }

    fn allocate(&self, element: Element, length: usize) -> Result<Buffer> {
        Ok(Buffer::Gpu(Rc::new(self.context.allocate(element, length)?)))
    }

    fn upload(&self, data: HostData) -> Result<Buffer> {
        Ok(Buffer::Gpu(Rc::new(self.context.upload(&data)?)))
    }

    fn write(&self, buffer: &Buffer, offset: usize, data: &HostData) -> Result<()> {
        self.context.write(GpuBuffer::of(buffer)?, offset, data)
    }

    fn run(&self, kernel: &Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) -> Result<()> {
        self.context.check()?;
        let inputs: Vec<&GpuBuffer> = inputs.iter().map(|&buffer| GpuBuffer::of(buffer)).collect::<Result<_>>()?;
        let outputs: Vec<&GpuBuffer> = outputs.iter().map(|&buffer| GpuBuffer::of(buffer)).collect::<Result<_>>()?;
        for dispatch in lower::lower(&self.context, kernel, &inputs, &outputs)? {
            self.context.queue_dispatch(&dispatch)?;
        }
        Ok(())
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> Coming<'a, HostData> {
        Box::pin(async {
            let buffer = GpuBuffer::of(buffer)?;
            self.context.read(buffer, 0, buffer.len()).await
        })
    }

    fn compile(&self, recording: Recording, kept: &[&Buffer]) -> Result<Box<dyn Replay>> {
        Ok(Box::new(CompiledStep::new(&recording, kept)?))
    }
}

#[cfg(test)]
mod tests;
