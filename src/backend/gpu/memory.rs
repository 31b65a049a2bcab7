//! Memory of a context: buffers that come from a pool and go back to it, what is written into them, what is read back.

use super::buffer::{GpuBuffer, Memory, check_element, from_words, to_words, words};
use super::context::Context;
use super::queue::Prepared;
use super::signal::signal;
use crate::backend::{Element, HostData};
use crate::error::{Error, Result};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Bytes that the pool keeps for reuse.
const POOL_BYTES: u64 = 256 << 20;
/// Bytes of a buffer up to which bytes lie one to a word, so that kernels can write them.
const WIDE_BYTES: u64 = 64 << 20;

const USAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::UNIFORM)
    .union(wgpu::BufferUsages::COPY_SRC)
    .union(wgpu::BufferUsages::COPY_DST);

/// Buffers that wait to be used again, by their size in bytes.
#[derive(Debug, Default)]
pub(super) struct Pool {
    free: RefCell<HashMap<u64, Vec<wgpu::Buffer>>>,
    bytes: Cell<u64>,
    staging: RefCell<HashMap<u64, Vec<wgpu::Buffer>>>,
}

impl Context {
    /// Bytes that the queue's buffers are made of: a multiple of 16, and of 256 from there on, so that the pool has few kinds.
    pub(super) fn rounded(bytes: u64) -> u64 {
        if bytes <= 256 { bytes.max(16).next_multiple_of(16) } else { bytes.next_multiple_of(256) }
    }

    fn memory(self: &Rc<Self>, bytes: u64, clear: bool) -> Result<Memory> {
        self.check()?;
        let size = Self::rounded(bytes);
        let limit = self.limits.max_storage_buffer_binding_size.min(self.limits.max_buffer_size);
        if size > limit {
            return Err(Error::Device(format!(
                "a buffer of {:.1} MB is over this GPU's limit of {:.1} MB; use a smaller batch, or the CPU",
                size as f64 / 1e6,
                limit as f64 / 1e6
            )));
        }
        let pooled = self.pool.free.borrow_mut().get_mut(&size).and_then(Vec::pop);
        let raw = match pooled {
            Some(raw) => {
                self.pool.bytes.set(self.pool.bytes.get() - size);
                if clear {
                    // In the order of the queue, so that kernels that still read the old elements do.
                    self.pending.borrow_mut().push(Prepared { run: None, clear: vec![raw.clone()] });
                }
                raw
            }
            None => self.make_buffer(size, USAGE),
        };
        Ok(Memory { context: self.clone(), raw })
    }

    fn make_buffer(&self, size: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        self.count(|counters| {
            counters.buffers_made += 1;
            counters.buffers += 1;
            counters.bytes += size;
        });
        self.device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    }

    /// A buffer that the program can read.
    pub(super) fn staging_buffer(&self, size: u64) -> wgpu::Buffer {
        self.make_buffer(size, wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST)
    }

    /// Takes a buffer back. Kernels that wait to be submitted hold it through their bind groups.
    pub(super) fn recycle(&self, raw: wgpu::Buffer) {
        let size = raw.size();
        if self.pool.bytes.get() + size > POOL_BYTES || self.check().is_err() {
            self.count(|counters| {
                counters.buffers -= 1;
                counters.bytes -= size;
            });
            return;
        }
        self.pool.bytes.set(self.pool.bytes.get() + size);
        self.pool.free.borrow_mut().entry(size).or_default().push(raw);
    }

    pub fn allocate(self: &Rc<Self>, element: Element, length: usize) -> Result<GpuBuffer> {
        check_element(element)?;
        let packed = element == Element::Byte && 4 * length as u64 > WIDE_BYTES;
        Ok(GpuBuffer::new(self.memory(4 * words(length, packed) as u64, true)?, element, length, packed))
    }

    pub fn upload(self: &Rc<Self>, data: &HostData) -> Result<GpuBuffer> {
        check_element(data.element())?;
        let packed = data.element() == Element::Byte;
        let memory = self.memory(4 * words(data.len(), packed) as u64, false)?;
        let buffer = GpuBuffer::new(memory, data.element(), data.len(), packed);
        self.write_words(&buffer, 0, &to_words(data, packed)?);
        Ok(buffer)
    }

    pub fn write(&self, buffer: &GpuBuffer, offset: usize, data: &HostData) -> Result<()> {
        self.check()?;
        if buffer.packed()
            && (!offset.is_multiple_of(4) || (!data.len().is_multiple_of(4) && offset + data.len() != buffer.len()))
        {
            return Err(Error::Device(format!(
                "bytes on the GPU are written in fours, not {} at {offset} of {}",
                data.len(),
                buffer.len()
            )));
        }
        let start = if buffer.packed() { offset / 4 } else { offset };
        self.write_words(buffer, start, &to_words(data, buffer.packed())?);
        Ok(())
    }

    fn write_words(&self, buffer: &GpuBuffer, start: usize, words: &[u32]) {
        // `write_buffer` happens before the next submit, so what waits goes first.
        self.flush();
        if !words.is_empty() {
            let bytes: &[u8] = bytemuck::cast_slice(words);
            self.queue.write_buffer(buffer.raw(), 4 * start as u64, bytes);
            self.count(|counters| counters.uploaded_bytes += bytes.len() as u64);
        }
    }

    /// Elements `start .. start + length`, once all queued work is done.
    pub async fn read(&self, buffer: &GpuBuffer, start: usize, length: usize) -> Result<HostData> {
        self.check()?;
        let (first, count) =
            if buffer.packed() { (start / 4, (start + length).div_ceil(4) - start / 4) } else { (start, length) };
        if count == 0 {
            return Ok(from_words(&[], buffer.element(), 0, buffer.packed()));
        }
        self.flush();
        let size = Self::rounded(4 * count as u64);
        let staging = self.pool.staging.borrow_mut().get_mut(&size).and_then(Vec::pop);
        let staging = staging.unwrap_or_else(|| self.staging_buffer(size));
        let mut encoder = self.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer.raw(), 4 * first as u64, &staging, 0, 4 * count as u64);
        self.submit(encoder);
        let (sender, mapped) = signal();
        staging.slice(..).map_async(wgpu::MapMode::Read, move |result| sender.send(result));
        self.count(|counters| counters.waits += 1);
        self.wait_natively();
        if mapped.await.is_err() {
            self.check()?;
            return Err(Error::DeviceLost("its memory could not be read".to_string()));
        }
        let bytes = staging
            .slice(..)
            .get_mapped_range()
            .map_err(|error| Error::DeviceLost(format!("its memory could not be read: {error}")))?;
        let words: Vec<u32> = bytemuck::pod_collect_to_vec(&bytes[..4 * count]);
        drop(bytes);
        staging.unmap();
        // Only now, as a mapped buffer cannot be copied into.
        self.pool.staging.borrow_mut().entry(size).or_default().push(staging);
        // A kernel that was refused leaves old elements behind: say so rather than return them.
        self.check()?;
        let all = from_words(
            &words,
            buffer.element(),
            length + start - if buffer.packed() { 4 * first } else { start },
            buffer.packed(),
        );
        Ok(match all {
            HostData::Byte(bytes) if buffer.packed() => HostData::Byte(bytes[start - 4 * first..].to_vec()),
            other => other,
        })
    }
}
