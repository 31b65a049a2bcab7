//! The CPU backend: plain memory, kernels that run at once. The oracle for every other backend.

mod buffer;

use super::{Backend, Element, HostData, Kernel};
use crate::error::{Error, Result};
pub use buffer::CpuBuffer;

/// The processor. Has no state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuBackend;

impl Backend for CpuBackend {
    type Buffer = CpuBuffer;

    fn allocate(&self, element: Element, length: usize) -> Result<CpuBuffer> {
        Ok(CpuBuffer::new(HostData::zeros(element, length)))
    }

    fn upload(&self, data: HostData) -> Result<CpuBuffer> {
        Ok(CpuBuffer::new(data))
    }

    fn write(&self, buffer: &CpuBuffer, offset: usize, data: &HostData) -> Result<()> {
        buffer.overwrite(offset, data);
        Ok(())
    }

    fn run(&self, kernel: &Kernel, _inputs: &[&CpuBuffer], _outputs: &[&CpuBuffer]) -> Result<()> {
        Err(Error::Device(format!("{kernel:?}")))
    }

    async fn read(&self, buffer: &CpuBuffer) -> Result<HostData> {
        Ok(buffer.to_host())
    }
}
