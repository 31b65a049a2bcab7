//! What comes back from the GPU while it goes on working: a few staging buffers in rotation, each filled behind a submit and
//! mapped when that is done. Nobody waits, unless somebody asks for what is not there yet.

use super::buffer::GpuBuffer;
use super::context::Context;
use super::signal::{Signal, signal};
use crate::backend::{Coming, Reading};
use crate::error::{Error, Result};
use std::cell::Cell;
use std::rc::Rc;

/// Staging buffers in rotation: one more than the readings that a run keeps open.
const SLOTS: usize = 3;

/// The staging buffers of one source.
#[derive(Debug)]
pub(super) struct Ring {
    slots: [wgpu::Buffer; SLOTS],
    next: Cell<usize>,
}

impl Ring {
    /// For sources of at most so many words.
    pub fn new(context: &Context, words: usize) -> Ring {
        let size = Context::rounded(4 * words as u64);
        Ring { slots: std::array::from_fn(|_| context.staging_buffer(size)), next: Cell::new(0) }
    }

    /// Whether a source of so many words fits.
    pub fn holds(&self, words: usize) -> bool {
        4 * words as u64 <= self.slots[0].size()
    }

    /// Puts the first `words` of the source behind what is encoded.
    pub fn copy(&self, encoder: &mut wgpu::CommandEncoder, source: &GpuBuffer, words: usize) -> wgpu::Buffer {
        let slot = self.slots[self.next.get()].clone();
        self.next.set((self.next.get() + 1) % SLOTS);
        encoder.copy_buffer_to_buffer(source.raw(), 0, &slot, 0, 4 * words as u64);
        slot
    }
}

/// Numbers on their way back. Dropped unread, its staging buffer is free again.
#[derive(Debug)]
pub(super) struct StagedReading {
    context: Rc<Context>,
    slot: wgpu::Buffer,
    words: usize,
    mapped: Signal<std::result::Result<(), wgpu::BufferAsyncError>>,
}

impl StagedReading {
    /// After the submit that fills the slot.
    pub(super) fn new(context: &Rc<Context>, slot: wgpu::Buffer, words: usize) -> StagedReading {
        let (sender, mapped) = signal();
        slot.slice(..).map_async(wgpu::MapMode::Read, move |result| sender.send(result));
        StagedReading { context: context.clone(), slot, words, mapped }
    }

    async fn wait(mut self) -> Result<Vec<f32>> {
        if !self.is_ready() {
            self.context.count(|counters| counters.waits += 1);
            self.context.wait_natively();
        }
        let lost = |reason: String| Error::DeviceLost(format!("its memory could not be read: {reason}"));
        if let Err(error) = (&mut self.mapped).await {
            self.context.check()?;
            return Err(lost(error.to_string()));
        }
        let floats = {
            let bytes = self.slot.slice(..).get_mapped_range().map_err(|error| lost(error.to_string()))?;
            bytemuck::pod_collect_to_vec(&bytes[..4 * self.words])
        };
        self.context.check()?;
        Ok(floats)
    }
}

impl Reading for StagedReading {
    fn is_ready(&self) -> bool {
        self.context.look();
        self.mapped.is_ready()
    }

    fn floats(self: Box<Self>) -> Coming<'static, Vec<f32>> {
        Box::pin(self.wait())
    }
}

impl Drop for StagedReading {
    fn drop(&mut self) {
        self.slot.unmap();
    }
}
