//! A recorded training step, compiled once: pipelines, bind groups and grids. A repetition makes no object and uploads nothing;
//! many go into one submit, and a few submits are in flight, so that the GPU never waits for the program.

use super::buffer::GpuBuffer;
use super::context::{Context, Dispatch, Prepared};
use super::fuse::{Step, Work, fuse};
use super::lower::{self, Epilogue, Recorded};
use super::signal::{Signal, signal};
use crate::backend::{Buffer, Element, Recording};
use crate::error::{Error, Result};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Submits that may be in flight.
const IN_FLIGHT: usize = 3;

/// A step ready to be repeated.
#[derive(Debug)]
pub struct Replay {
    context: Rc<Context>,
    prepared: Vec<Prepared>,
    /// Keeps the memory that the bind groups name.
    _buffers: Vec<GpuBuffer>,
    shaders: Vec<String>,
    in_flight: RefCell<VecDeque<Signal<()>>>,
}

impl Replay {
    /// Compiles a recording whose buffers all live on one GPU. `kept`: buffers beside parameters, states, series and cursor that
    /// somebody reads after a repetition; other intermediate results may not be made at all.
    pub fn new(recording: &Recording, kept: &[&Buffer]) -> Result<Replay> {
        let gpu = |buffer: &Buffer| match buffer {
            Buffer::Gpu(buffer) => Ok(buffer.clone()),
            Buffer::Cpu(_) => Err(Error::Device("a step for the GPU uses a buffer of the CPU".to_string())),
        };
        let mut steps = Vec::with_capacity(recording.calls.len());
        for call in &recording.calls {
            steps.push(Step {
                work: Work::Plain(call.kernel.clone()),
                inputs: call.inputs.iter().map(gpu).collect::<Result<_>>()?,
                outputs: call.outputs.iter().map(gpu).collect::<Result<_>>()?,
                masked: false,
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
        let shaders = dispatches.iter().map(|dispatch| format!("{} {}", dispatch.program.file, dispatch.program.entry));
        Ok(Replay {
            prepared,
            shaders: shaders.collect(),
            _buffers: dispatches
                .into_iter()
                .flat_map(|dispatch| dispatch.buffers.into_iter().chain(dispatch.clear))
                .collect(),
            in_flight: RefCell::default(),
            context,
        })
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

    /// Queues the step so many times over, in one submit.
    pub fn run(&self, steps: usize) -> Result<()> {
        self.context.check()?;
        self.context.flush();
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        self.context.encode(&mut encoder, &self.prepared, steps);
        self.context.submit(encoder);
        let (sender, done) = signal();
        self.context.queue.on_submitted_work_done(move || sender.send(()));
        self.in_flight.borrow_mut().push_back(done);
        Ok(())
    }

    /// Waits until another `run` may follow: until fewer than three are in flight.
    pub async fn ready(&self) -> Result<()> {
        self.wait_for(IN_FLIGHT - 1).await
    }

    /// Waits until every `run` is done.
    pub async fn finish(&self) -> Result<()> {
        self.wait_for(0).await
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
        &Work::CrossEntropy { rows, classes, scale, slope } => {
            let recorded = Recorded { cursor: inputs[2], series: outputs[2], slope };
            vec![lower::cross_entropy(rows, classes, scale, &inputs, &outputs, Some(recorded))]
        }
    };
    if step.masked {
        for dispatch in &mut dispatches {
            dispatch.constants.push(("MASKED", 1.0));
        }
    }
    Ok(dispatches)
}
