//! One device with its queue, the pool of its buffers (`memory`), its pipelines, and the work that waits to be submitted (`queue`).
//! Counts what it does: dispatches, submits, uploads, waits, memory.

use super::adapter::{self, AdapterReport};
use super::memory::Pool;
use super::queue::{Pipelines, Prepared};
use super::signal::signal;
use super::tuning::Tuning;
use crate::error::{Error, Result};
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Bind groups made.
    pub bind_groups: u64,
}

#[derive(Debug, Default)]
struct Health {
    lost: Option<String>,
    error: Option<String>,
}

/// One open device and everything that belongs to it.
pub struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub report: AdapterReport,
    pub(super) limits: wgpu::Limits,
    health: Arc<Mutex<Health>>,
    pub(super) pool: Pool,
    pub(super) pipelines: Pipelines,
    pub(super) pending: RefCell<Vec<Prepared>>,
    pub(super) counters: Cell<Counters>,
    pub(super) tuning: Cell<Tuning>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Context({})", self.report.name)
    }
}

impl Context {
    /// On the best adapter there is; with `least`, as if it had the limits that every adapter has.
    pub async fn open(least: bool) -> Result<Context> {
        let (report, device, queue) = adapter::open(least).await?;
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
            pool: Pool::default(),
            pipelines: Pipelines::default(),
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

    /// Natively nothing calls back unless it is polled; in the browser the event loop does.
    pub(super) fn wait_natively(&self) {
        #[cfg(not(target_arch = "wasm32"))]
        if let Err(error) = self.device.poll(wgpu::PollType::wait_indefinitely()) {
            let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
            health.lost.get_or_insert(error.to_string());
        }
    }

    /// Lets what is done call back, without waiting; in the browser the event loop does.
    pub(super) fn look(&self) {
        #[cfg(not(target_arch = "wasm32"))]
        let _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Waits until everything that was submitted is done.
    pub(super) async fn finish(&self) -> Result<()> {
        let (sender, done) = signal();
        self.queue.on_submitted_work_done(move || sender.send(()));
        self.count(|counters| counters.waits += 1);
        self.wait_natively();
        done.await;
        self.check()
    }
}
