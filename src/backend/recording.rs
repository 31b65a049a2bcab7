//! A recording: the kernel calls of one training step with the buffers they used. Looking inside runs op by op;
//! training records its first step and replays it, so that later steps build no graph and allocate no tensor memory.

use super::{Buffer, Coming, Device, Kernel, cpu};
use crate::error::{Error, Result};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Debug;

/// One kernel call with its buffers.
#[derive(Clone, Debug)]
pub struct Call {
    pub kernel: Kernel,
    pub inputs: Vec<Buffer>,
    pub outputs: Vec<Buffer>,
}

/// The calls of one step, in order.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub calls: Vec<Call>,
}

thread_local! {
    static CURRENT: RefCell<Option<Recording>> = const { RefCell::new(None) };
    /// Whether calls are noted only.
    static PLANNING: Cell<bool> = const { Cell::new(false) };
}

impl Recording {
    /// Runs `step`, noting every kernel call that it makes on this thread. Recordings do not nest.
    pub fn of<T>(step: impl FnOnce() -> Result<T>) -> Result<(T, Recording)> {
        CURRENT.with(|current| *current.borrow_mut() = Some(Recording::default()));
        let result = step();
        let recording = CURRENT.with(|current| current.borrow_mut().take()).unwrap_or_default();
        Ok((result?, recording))
    }

    /// The same without running anything: for a step that will be compiled, and whose results nobody reads before.
    pub fn plan<T>(step: impl FnOnce() -> Result<T>) -> Result<(T, Recording)> {
        PLANNING.set(true);
        let recorded = Recording::of(step);
        PLANNING.set(false);
        recorded
    }

    /// Plans the step; on the CPU it is then fused and run, so that the first time has the bits of every other. On a GPU it will be
    /// compiled.
    pub fn on<T>(device: &Device, step: impl FnOnce() -> Result<T>) -> Result<(T, Recording)> {
        let (result, mut recording) = Recording::plan(step)?;
        if let Device::Cpu = device {
            recording = cpu::fuse(recording)?;
            recording.replay(device)?;
        }
        Ok((result, recording))
    }

    /// Whether this thread's kernel calls are being noted.
    pub fn is_on() -> bool {
        CURRENT.with(|current| current.borrow().is_some())
    }

    /// Makes the same calls on the same buffers again.
    pub fn replay(&self, device: &Device) -> Result<()> {
        for call in &self.calls {
            let inputs: Vec<&Buffer> = call.inputs.iter().collect();
            let outputs: Vec<&Buffer> = call.outputs.iter().collect();
            device.run_unrecorded(&call.kernel, &inputs, &outputs)?;
        }
        Ok(())
    }
}

/// Whether a call is to be noted, but not run.
pub(super) fn planning() -> bool {
    PLANNING.get()
}

/// Notes a call if a recording is on.
pub(super) fn note(kernel: Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) {
    CURRENT.with(|current| {
        if let Some(recording) = current.borrow_mut().as_mut() {
            let copy = |buffers: &[&Buffer]| buffers.iter().map(|&buffer| buffer.clone()).collect();
            recording.calls.push(Call { kernel, inputs: copy(inputs), outputs: copy(outputs) });
        }
    });
}

/// A recorded step made ready to be repeated on the device of its buffers.
pub trait Replay: Any + Debug {
    /// Repeats the step: at once on the CPU; on the GPU it is queued in one submit. Between two runs wait for [`Replay::ready`].
    fn run(&self, steps: usize) -> Result<()>;

    /// On a GPU: repeats the step and has the first `words` of `series` come back behind it, without waiting. The caller keeps at
    /// most two readings open: that bounds the work in flight.
    fn run_and_read(&self, steps: usize, series: &Buffer, words: usize) -> Result<Box<dyn Reading>>;

    /// Waits until another run may follow: bounds the work that a GPU has queued.
    fn ready(&self) -> Coming<'_, ()>;

    /// Waits until all runs are done.
    fn finish(&self) -> Coming<'_, ()>;
}

/// Numbers on their way back from a GPU that goes on working.
pub trait Reading {
    /// Whether they are there.
    fn is_ready(&self) -> bool;

    /// The numbers; waits for them where they are not there yet.
    fn floats(self: Box<Self>) -> Coming<'static, Vec<f32>>;
}

/// On the CPU the calls are made again, one by one.
impl Replay for Recording {
    fn run(&self, steps: usize) -> Result<()> {
        (0..steps).try_for_each(|_| self.replay(&Device::Cpu))
    }

    fn run_and_read(&self, _steps: usize, _series: &Buffer, _words: usize) -> Result<Box<dyn Reading>> {
        Err(Error::Device("only a GPU is read from while it works".to_string()))
    }

    fn ready(&self) -> Coming<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn finish(&self) -> Coming<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}
