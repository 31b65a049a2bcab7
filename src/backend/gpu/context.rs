//! One device with its queue, the pool of its buffers, its pipelines, and the work that waits to be submitted. Counts what
//! it does: dispatches, submits, uploads, waits, memory.

use super::adapter::{self, AdapterReport};
use super::buffer::{GpuBuffer, Memory, check_element, from_words, to_words, words};
use super::shader::{Access, Program};
use super::signal::signal;
use super::tuning::Tuning;
use crate::backend::{Element, HostData};
use crate::error::{Error, Result};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// Dispatches that may wait before they are submitted unasked.
const PENDING: usize = 128;
/// Bytes that the pool keeps for reuse.
const POOL_BYTES: u64 = 256 << 20;
/// Bytes of a buffer up to which bytes lie one to a word, so that kernels can write them.
const WIDE_BYTES: u64 = 64 << 20;

/// What a context has done since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Kernels put on the queue.
    pub dispatches: u64,
    /// Command buffers handed to the queue.
    pub submits: u64,
    /// Bytes written from the program's memory.
    pub uploaded_bytes: u64,
    /// Times that the program waited for the GPU.
    pub waits: u64,
    /// Buffers made, pooled ones included; reuse does not count.
    pub buffers_made: u64,
    /// Buffers there are, the pool's included.
    pub buffers: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Pipelines compiled.
    pub pipelines: u64,
}

/// One kernel call, ready for the queue but for its pipeline and bind group.
#[derive(Debug, Clone)]
pub(super) struct Dispatch {
    pub program: &'static Program,
    pub constants: Vec<(&'static str, f64)>,
    pub params: Vec<u32>,
    /// In the order of the program's bindings, without the params.
    pub buffers: Vec<GpuBuffer>,
    /// Workgroups in all; folded over two directions where they are many.
    pub groups: u64,
    /// Buffers to clear before.
    pub clear: Vec<GpuBuffer>,
}

/// A dispatch with its objects made.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    run: Option<(Rc<Pipeline>, wgpu::BindGroup, (u32, u32))>,
    clear: Vec<wgpu::Buffer>,
}

#[derive(Debug)]
pub(super) struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

#[derive(Debug, Default)]
struct Health {
    lost: Option<String>,
    error: Option<String>,
}

type PipelineKey = (&'static str, &'static str, Vec<(&'static str, u64)>);

/// One open device and everything that belongs to it.
pub struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub report: AdapterReport,
    limits: wgpu::Limits,
    health: Arc<Mutex<Health>>,
    pool: RefCell<HashMap<u64, Vec<wgpu::Buffer>>>,
    pooled_bytes: Cell<u64>,
    staging: RefCell<HashMap<u64, Vec<wgpu::Buffer>>>,
    modules: RefCell<HashMap<&'static str, wgpu::ShaderModule>>,
    pipelines: RefCell<HashMap<PipelineKey, Rc<Pipeline>>>,
    pending: RefCell<Vec<Prepared>>,
    pub(super) counters: Cell<Counters>,
    pub(super) tuning: Cell<Tuning>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Context({})", self.report.name)
    }
}

const USAGE: wgpu::BufferUsages = wgpu::BufferUsages::STORAGE
    .union(wgpu::BufferUsages::UNIFORM)
    .union(wgpu::BufferUsages::COPY_SRC)
    .union(wgpu::BufferUsages::COPY_DST);

impl Context {
    pub async fn open() -> Result<Context> {
        let (report, device, queue) = adapter::open().await?;
        let health = Arc::new(Mutex::new(Health::default()));
        let lost = health.clone();
        device.set_device_lost_callback(move |reason, message| {
            let mut health = lost.lock().unwrap_or_else(PoisonError::into_inner);
            health.lost.get_or_insert(if message.is_empty() { format!("{reason:?}") } else { message });
        });
        let failed = health.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let mut health = failed.lock().unwrap_or_else(PoisonError::into_inner);
            health.error.get_or_insert(error.to_string());
        }));
        let limits = device.limits();
        let tuning = Tuning::guess(&report);
        Ok(Context {
            device,
            queue,
            report,
            limits,
            health,
            pool: RefCell::default(),
            pooled_bytes: Cell::new(0),
            staging: RefCell::default(),
            modules: RefCell::default(),
            pipelines: RefCell::default(),
            pending: RefCell::default(),
            counters: Cell::default(),
            tuning: Cell::new(tuning),
        })
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counters)) {
        let mut counters = self.counters.get();
        change(&mut counters);
        self.counters.set(counters);
    }

    /// An error if the device is gone or has refused something.
    pub fn check(&self) -> Result<()> {
        let health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match (&health.lost, &health.error) {
            (Some(reason), _) => Err(Error::DeviceLost(reason.clone())),
            (None, Some(error)) => Err(Error::Device(format!("the GPU refused a kernel: {error}"))),
            (None, None) => Ok(()),
        }
    }

    /// Storage buffers that one kernel can bind.
    pub(super) fn max_storage_buffers(&self) -> u32 {
        self.limits.max_storage_buffers_per_shader_stage
    }

    /// Bytes that the queue's buffers are made of: a multiple of 16, and of 256 from there on, so that the pool has few kinds.
    fn rounded(bytes: u64) -> u64 {
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
        let pooled = self.pool.borrow_mut().get_mut(&size).and_then(Vec::pop);
        let raw = match pooled {
            Some(raw) => {
                self.pooled_bytes.set(self.pooled_bytes.get() - size);
                if clear {
                    // In the order of the queue, so that kernels that still read the old elements do.
                    self.pending.borrow_mut().push(Prepared { run: None, clear: vec![raw.clone()] });
                }
                raw
            }
            None => {
                self.count(|counters| {
                    counters.buffers_made += 1;
                    counters.buffers += 1;
                    counters.bytes += size;
                });
                self.device.create_buffer(&wgpu::BufferDescriptor {
                    label: None,
                    size,
                    usage: USAGE,
                    mapped_at_creation: false,
                })
            }
        };
        Ok(Memory { context: self.clone(), raw })
    }

    /// Takes a buffer back. Kernels that wait to be submitted hold it through their bind groups.
    pub(super) fn recycle(&self, raw: wgpu::Buffer) {
        let size = raw.size();
        if self.pooled_bytes.get() + size > POOL_BYTES || self.check().is_err() {
            self.count(|counters| {
                counters.buffers -= 1;
                counters.bytes -= size;
            });
            return;
        }
        self.pooled_bytes.set(self.pooled_bytes.get() + size);
        self.pool.borrow_mut().entry(size).or_default().push(raw);
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
        let staging = self.staging.borrow_mut().get_mut(&size).and_then(Vec::pop);
        let staging = staging.unwrap_or_else(|| {
            self.count(|counters| {
                counters.buffers_made += 1;
                counters.buffers += 1;
                counters.bytes += size;
            });
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
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
        self.staging.borrow_mut().entry(size).or_default().push(staging);
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

    /// Natively nothing calls back unless it is polled; in the browser the event loop does.
    pub(super) fn wait_natively(&self) {
        #[cfg(not(target_arch = "wasm32"))]
        if let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
            health.lost.get_or_insert(error.to_string());
        }
    }

    fn pipeline(&self, program: &'static Program, constants: &[(&'static str, f64)]) -> Rc<Pipeline> {
        let bits = constants.iter().map(|&(name, value)| (name, value.to_bits())).collect();
        let key: PipelineKey = (program.file, program.entry, bits);
        if let Some(pipeline) = self.pipelines.borrow().get(&key) {
            return pipeline.clone();
        }
        let entries: Vec<wgpu::BindGroupLayoutEntry> = program
            .bindings
            .iter()
            .map(|&(binding, access)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: match access {
                        Access::Read => wgpu::BufferBindingType::Storage { read_only: true },
                        Access::Write => wgpu::BufferBindingType::Storage { read_only: false },
                        Access::Cursor | Access::Params => wgpu::BufferBindingType::Uniform,
                    },
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let layout = self
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(program.file), entries: &entries });
        let pipeline_layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(program.file),
            bind_group_layouts: &[Some(&layout)],
            ..wgpu::PipelineLayoutDescriptor::default()
        });
        let mut modules = self.modules.borrow_mut();
        let module = modules.entry(program.file).or_insert_with(|| {
            self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(program.file),
                source: wgpu::ShaderSource::Wgsl(program.source.into()),
            })
        });
        let pipeline = self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(program.file),
            layout: Some(&pipeline_layout),
            module,
            entry_point: Some(program.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        self.count(|counters| counters.pipelines += 1);
        let pipeline = Rc::new(Pipeline { pipeline, layout });
        self.pipelines.borrow_mut().insert(key, pipeline.clone());
        pipeline
    }

    /// Makes the objects of a dispatch: its pipeline (once for its sizes), its uniform, its bind group.
    pub(super) fn prepare(&self, dispatch: &Dispatch) -> Result<Prepared> {
        let side = u64::from(self.limits.max_compute_workgroups_per_dimension);
        if dispatch.groups > side * side {
            return Err(Error::Device(format!(
                "{} needs {} workgroups, over this GPU's limit of {}",
                dispatch.program.file,
                dispatch.groups,
                side * side
            )));
        }
        let needed = dispatch.program.storage_buffers();
        if needed > self.max_storage_buffers() {
            return Err(Error::Device(format!(
                "{} binds {needed} buffers, over this GPU's limit of {}",
                dispatch.program.file,
                self.max_storage_buffers()
            )));
        }
        let pipeline = self.pipeline(dispatch.program, &dispatch.constants);
        let uniform = (!dispatch.params.is_empty()).then(|| {
            let mut words = dispatch.params.clone();
            words.resize(words.len().next_multiple_of(4), 0);
            let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: 4 * words.len() as u64,
                usage: wgpu::BufferUsages::UNIFORM,
                mapped_at_creation: true,
            });
            if let Ok(mut range) = buffer.slice(..).get_mapped_range_mut() {
                range.copy_from_slice(bytemuck::cast_slice(&words));
            }
            buffer.unmap();
            buffer
        });
        let mut buffers = dispatch.buffers.iter();
        let entries: Vec<wgpu::BindGroupEntry<'_>> = dispatch
            .program
            .bindings
            .iter()
            .filter_map(|&(binding, access)| {
                let buffer = match access {
                    Access::Params => uniform.as_ref(),
                    _ => buffers.next().map(GpuBuffer::raw),
                };
                buffer.map(|buffer| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            })
            .collect();
        let bind_group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(dispatch.program.file),
            layout: &pipeline.layout,
            entries: &entries,
        });
        let clear = dispatch.clear.iter().map(|buffer| buffer.raw().clone()).collect();
        let run = (dispatch.groups > 0).then(|| (pipeline, bind_group, fold(dispatch.groups, side)));
        Ok(Prepared { run, clear })
    }

    /// Puts a dispatch behind what waits already.
    pub(super) fn queue_dispatch(&self, dispatch: &Dispatch) -> Result<()> {
        if dispatch.groups == 0 && dispatch.clear.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(dispatch)?;
        self.pending.borrow_mut().push(prepared);
        if self.pending.borrow().len() >= PENDING {
            self.flush();
        }
        Ok(())
    }

    /// Submits what waits.
    pub(super) fn flush(&self) {
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        if !pending.is_empty() {
            let mut encoder = self.device.create_command_encoder(&Default::default());
            self.encode(&mut encoder, &pending, 1);
            self.submit(encoder);
        }
    }

    /// Encodes all calls `times` over, in as few passes as clearing allows.
    pub(super) fn encode(&self, encoder: &mut wgpu::CommandEncoder, calls: &[Prepared], times: usize) {
        let mut pass: Option<wgpu::ComputePass<'static>> = None;
        for _ in 0..times {
            for call in calls {
                if !call.clear.is_empty() {
                    pass = None;
                    for buffer in &call.clear {
                        encoder.clear_buffer(buffer, 0, None);
                    }
                }
                let Some((pipeline, bind_group, groups)) = &call.run else { continue };
                let pass = pass.get_or_insert_with(|| encoder.begin_compute_pass(&Default::default()).forget_lifetime());
                pass.set_pipeline(&pipeline.pipeline);
                pass.set_bind_group(0, bind_group, &[]);
                pass.dispatch_workgroups(groups.0, groups.1, 1);
            }
        }
        drop(pass);
        let dispatches = calls.iter().filter(|call| call.run.is_some()).count();
        self.count(|counters| counters.dispatches += (times * dispatches) as u64);
    }

    pub(super) fn submit(&self, encoder: wgpu::CommandEncoder) {
        self.queue.submit([encoder.finish()]);
        self.count(|counters| counters.submits += 1);
    }
}

/// Workgroups over two directions: as many in the first as the limit allows.
fn fold(groups: u64, side: u64) -> (u32, u32) {
    if groups == 0 {
        return (0, 1);
    }
    let rows = groups.div_ceil(side);
    (groups.div_ceil(rows) as u32, rows as u32)
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn many_workgroups_fold_over_two_directions() {
        for (groups, side) in [(1, 65535), (65535, 65535), (65536, 65535), (1_000_003, 65535), (16, 4), (0, 4)] {
            let (x, y) = fold(groups, side);
            assert!(u64::from(x) <= side && u64::from(y) <= side);
            assert!(u64::from(x) * u64::from(y) >= groups);
        }
    }
}
