//! A recorded training step, compiled once: pipelines, bind groups and grids. A repetition makes no object and uploads nothing;
//! many go into one submit, and a few submits are in flight, so that the GPU never waits for the program.

use super::buffer::GpuBuffer;
use super::context::Context;
use super::fuse::{Step, Work, fuse};
use super::lower::{self, Epilogue, Pick};
use super::queue::{Dispatch, Prepared};
use super::reading::{Ring, StagedReading};
use super::signal::{Signal, signal};
use crate::backend::{Buffer, Coming, Element, Reading, Recording, Replay};
use crate::error::{Error, Result};
use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// Submits that may be in flight.
const IN_FLIGHT: usize = 2;

/// A step ready to be repeated.
#[derive(Debug)]
pub struct CompiledStep {
    context: Rc<Context>,
    prepared: Vec<Prepared>,
    /// Keeps the memory that the bind groups name.
    _buffers: Vec<GpuBuffer>,
    shaders: Vec<String>,
    in_flight: RefCell<VecDeque<Signal<()>>>,
    /// Made with the first reading.
    ring: OnceCell<Ring>,
}

impl CompiledStep {
    /// Compiles a recording whose buffers all live on one GPU. What is `kept`: see [`crate::backend::Backend::compile`].
    pub(super) fn new(recording: &Recording, kept: &[&Buffer]) -> Result<CompiledStep> {
        let gpu = |buffer: &Buffer| GpuBuffer::of(buffer).cloned();
        let mut steps = Vec::with_capacity(recording.calls.len());
        for call in &recording.calls {
            steps.push(Step {
                work: Work::Plain(call.kernel.clone()),
                inputs: call.inputs.iter().map(gpu).collect::<Result<_>>()?,
                outputs: call.outputs.iter().map(gpu).collect::<Result<_>>()?,
                masked: false,
                passed: false,
            });
        }
        let context = match steps.iter().flat_map(|step| &step.outputs).next() {
            Some(buffer) => buffer.context().clone(),
            None => return Err(Error::Device("the recording is empty".to_string())),
        };
        let kept: Vec<GpuBuffer> = kept.iter().map(|&buffer| gpu(buffer)).collect::<Result<_>>()?;
        let steps = fuse(steps, &kept, context.max_storage_buffers());
        let mut dispatches = Vec::with_capacity(steps.len());
        for step in &steps {
            dispatches.extend(lower_step(&context, step)?);
        }
        let prepared = dispatches.iter().map(|dispatch| context.prepare(dispatch)).collect::<Result<_>>()?;
        context.check()?;
        let shaders = dispatches.iter().map(|dispatch| format!("{}: {}", dispatch.program.name, dispatch.program.entry));
        Ok(CompiledStep {
            prepared,
            shaders: shaders.collect(),
            _buffers: dispatches
                .into_iter()
                .flat_map(|dispatch| dispatch.buffers.into_iter().chain(dispatch.clear))
                .collect(),
            in_flight: RefCell::default(),
            ring: OnceCell::new(),
            context,
        })
    }

    /// What a GPU made of a recording; none of another device's.
    pub fn of(replay: &dyn Replay) -> Option<&CompiledStep> {
        (replay as &dyn Any).downcast_ref()
    }

    /// The shader of each dispatch of a step, in order.
    pub fn shaders(&self) -> &[String] {
        &self.shaders
    }

    /// Seconds of each dispatch of a step by the given clock, repeated alone so many times: for whoever tunes a kernel. The numbers
    /// that it computes are of no use afterwards. Only natively, as the browser cannot wait.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn profile(&self, times: usize, clock: fn() -> f64) -> Result<Vec<(String, f64)>> {
        let mut seconds = Vec::with_capacity(self.shaders.len());
        for (shader, prepared) in self.shaders.iter().zip(&self.prepared) {
            let start = clock();
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            self.context.encode(&mut encoder, std::slice::from_ref(prepared), times);
            self.context.submit(encoder);
            self.context.wait_natively();
            seconds.push((shader.clone(), (clock() - start) / times as f64));
        }
        self.context.check()?;
        Ok(seconds)
    }

    async fn wait_for(&self, most: usize) -> Result<()> {
        loop {
            let oldest = {
                let mut in_flight = self.in_flight.borrow_mut();
                while in_flight.front().is_some_and(Signal::is_ready) {
                    in_flight.pop_front();
                }
                if in_flight.len() <= most { None } else { in_flight.pop_front() }
            };
            match oldest {
                Some(done) => {
                    self.context.count(|counters| counters.waits += 1);
                    self.context.wait_natively();
                    done.await;
                }
                None => return self.context.check(),
            }
        }
    }
}

impl Replay for CompiledStep {
    fn run(&self, steps: usize) -> Result<()> {
        self.context.check()?;
        self.context.flush();
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        self.context.encode(&mut encoder, &self.prepared, steps);
        self.context.submit(encoder);
        let (sender, done) = signal();
        self.context.queue.on_submitted_work_done(move || sender.send(()));
        let mut in_flight = self.in_flight.borrow_mut();
        while in_flight.front().is_some_and(Signal::is_ready) {
            in_flight.pop_front();
        }
        in_flight.push_back(done);
        Ok(())
    }

    fn run_and_read(&self, steps: usize, series: &Buffer, words: usize) -> Result<Box<dyn Reading>> {
        self.context.check()?;
        self.context.flush();
        let series = GpuBuffer::of(series)?;
        let ring = self.ring.get_or_init(|| Ring::new(&self.context, series.len()));
        if !ring.holds(words) {
            return Err(Error::Device(format!("{words} numbers are to be read, and there is no room for them")));
        }
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        self.context.encode(&mut encoder, &self.prepared, steps);
        let slot = ring.copy(&mut encoder, series, words);
        self.context.submit(encoder);
        Ok(Box::new(StagedReading::new(&self.context, slot, words)))
    }

    fn ready(&self) -> Coming<'_, ()> {
        Box::pin(self.wait_for(IN_FLIGHT - 1))
    }

    fn finish(&self) -> Coming<'_, ()> {
        Box::pin(self.wait_for(0))
    }
}

/// The dispatches of a fused step.
fn lower_step(context: &Rc<Context>, step: &Step) -> Result<Vec<Dispatch>> {
    let inputs: Vec<&GpuBuffer> = step.inputs.iter().collect();
    let outputs: Vec<&GpuBuffer> = step.outputs.iter().collect();
    let mut dispatches = match &step.work {
        Work::Plain(kernel) => lower::lower(context, kernel, &inputs, &outputs)?,
        &Work::Masked { sizes, activation } => {
            let epilogue = Epilogue::Masked { activated: inputs[2], activation };
            vec![lower::matmul(context, &sizes, inputs[0], inputs[1], outputs[0], &epilogue)]
        }
        &Work::MatmulUpdate { sizes, rule, has_bias } => {
            // Where there is no bias its bindings still want buffers, each its own.
            let spare: Vec<GpuBuffer> = if has_bias {
                Vec::new()
            } else {
                (0..=rule.states()).map(|_| context.allocate(Element::Float32, 1)).collect::<Result<_>>()?
            };
            let all: Vec<&GpuBuffer> = outputs.iter().copied().chain(&spare).collect();
            let (weight, bias) = all.split_at(1 + rule.states());
            let epilogue = Epilogue::Update {
                rule,
                schedule: inputs[2],
                cursor: inputs[3],
                states: weight[1..].to_vec(),
                bias: bias[0],
                bias_states: bias[1..].to_vec(),
                has_bias,
            };
            vec![lower::matmul(context, &sizes, inputs[0], inputs[1], weight[0], &epilogue)]
        }
        &Work::BlockUpdate { sizes, rule } => {
            let (weight, bias) = step.outputs.split_at(1 + rule.states());
            vec![lower::weight_gradient_update(context, &sizes, &inputs[..4], rule, [inputs[4], inputs[5]], weight, bias)?]
        }
        &Work::LinearOfImages { n, activation, batch } => {
            let sizes = lower::linear_sizes(batch.rows, batch.features, n);
            let pick = Pick { order: inputs[1], cursor: inputs[2], copied: outputs[1], batch };
            let epilogue = Epilogue::LinearOfImages { bias: inputs[4], activation, pick };
            vec![lower::matmul(context, &sizes, inputs[0], inputs[3], outputs[0], &epilogue)]
        }
        Work::BlockOfImages { sizes, batch } => {
            let pick = Pick { order: inputs[1], cursor: inputs[2], copied: outputs[2], batch: *batch };
            vec![lower::block_of_images(context, sizes, [inputs[0], inputs[3], inputs[4]], &outputs, &pick)?]
        }
        Work::Loss(loss) => vec![lower::recorded_loss(loss, &inputs, &outputs)],
    };
    for dispatch in &mut dispatches {
        if step.masked {
            dispatch.constants.push(("MASKED", 1.0));
        }
        if step.passed && dispatch.program.reads_cursor() {
            dispatch.constants.push(("PASSED", 1.0));
        }
    }
    Ok(dispatches)
}
