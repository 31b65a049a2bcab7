//! One training step as a recording: load a batch, forward, loss, backward | update, store the loss, advance. It is
//! recorded once for each batch size (the last batch of an epoch may be smaller) and replayed from then on. The two
//! halves are apart, because workers that share a batch exchange gradients between them.

use super::shards::Part;
use crate::backend::kernel::{Kernel, UPDATE_ROW, UpdateRow, UpdateRule};
use crate::backend::{Buffer, Device, Element, HostData, Recording, Replay};
use crate::data::mnist::{DEVIATION, Images, MEAN, PIXELS};
use crate::error::{Error, Result};
use crate::nn::network::{Network, StepMasks};
use crate::tensor::Tensor;

/// Into how many parts the sums over a batch are cut, whoever computes them: the bits do not depend on the workers.
pub const SHARDS: usize = 8;

/// Images and labels on the device, packed as bytes.
#[derive(Debug, Clone)]
pub struct DeviceImages {
    pub pixels: Buffer,
    pub labels: Buffer,
    pub count: usize,
}

impl DeviceImages {
    /// Uploads them.
    pub fn new(images: &Images, device: &Device) -> Result<Self> {
        Ok(DeviceImages {
            pixels: device.upload(HostData::Byte(images.pixels.clone()))?,
            labels: device.upload(HostData::Byte(images.labels.clone()))?,
            count: images.len(),
        })
    }
}

/// The small buffers that the trainer writes ahead of a chunk of steps.
#[derive(Debug, Clone)]
pub struct StepBuffers {
    /// Row in the chunk, number of the batch in the epoch.
    pub cursor: Buffer,
    /// Indices of images in the order of this epoch.
    pub order: Buffer,
    /// An [`UpdateRow`] a step of the chunk.
    pub schedule: Buffer,
    /// The loss of each step of the chunk.
    pub losses: Buffer,
    /// Dropout masks, a row a step of the chunk; none without dropout.
    pub masks: Option<StepMasks>,
    /// Steps in a chunk at most.
    pub chunk: usize,
}

impl StepBuffers {
    /// For chunks of at most `chunk` steps over `examples` images.
    pub fn new(device: &Device, chunk: usize, examples: usize, mask_bytes: usize) -> Result<Self> {
        let cursor = device.allocate(Element::Index, 2)?;
        let masks = match mask_bytes {
            0 => None,
            row => {
                let masks = device.allocate(Element::Byte, chunk * row)?;
                Some(StepMasks { masks, cursor: cursor.clone(), row, part: None })
            }
        };
        Ok(StepBuffers {
            cursor,
            order: device.allocate(Element::Index, examples)?,
            schedule: device.allocate(Element::Float32, chunk * UPDATE_ROW)?,
            losses: device.allocate(Element::Float32, chunk)?,
            masks,
            chunk,
        })
    }

    /// What the next chunk starts from: the batch in the epoch, a schedule row and a row of masks for each step.
    pub fn write_ahead(&self, batch_number: u64, rows: &[UpdateRow], masks: Vec<u8>) -> Result<()> {
        self.cursor.write(0, &HostData::Index(vec![0, batch_number as u32]))?;
        self.schedule.write(0, &HostData::Float32(bytemuck::cast_slice(rows).to_vec()))?;
        match &self.masks {
            Some(step_masks) => step_masks.masks.write(0, &HostData::Byte(masks)),
            None => Ok(()),
        }
    }
}

/// A recorded step over a number of rows.
pub struct Step {
    /// Rows of the whole batch.
    pub rows: usize,
    /// What of it this recording takes.
    pub part: Part,
    /// Load, forward, loss, backward.
    pub gradient: Recording,
    /// Update of each parameter, store, advance.
    pub update: Recording,
    /// Both halves compiled for a GPU, once they are recorded: repetitions go through it, and leave `gradients` and
    /// `activations` as they were.
    pub replay: Option<Box<dyn Replay>>,
    /// The loss of the batch, 1 element.
    pub loss: Buffer,
    /// A gradient for each parameter, in order.
    pub gradients: Vec<Buffer>,
    /// Outputs of layers with a ReLU, by layer: `(layer, rows x ..., units)`.
    pub activations: Vec<(usize, Tensor)>,
}

/// What a step is recorded from.
pub struct StepPlan<'a> {
    pub network: &'a Network,
    pub images: &'a DeviceImages,
    pub buffers: &'a StepBuffers,
    pub rule: UpdateRule,
    /// The states of the rule for each parameter.
    pub states: &'a [Vec<Buffer>],
    /// The full batch size: where batch number n starts.
    pub batch: usize,
    /// Rows of this batch.
    pub rows: usize,
    /// The part of it to take: all rows, unless workers share the batch.
    pub part: Part,
}

impl Step {
    /// Records the gradient half: on a CPU it is run on the way, on a GPU it is only planned.
    pub fn record_gradient(plan: &StepPlan) -> Result<Step> {
        let device = plan.images.pixels.device();
        let StepPlan { network, images, buffers, part, .. } = *plan;
        let shards = part.shards();
        let (first, end) = part.rows(plan.rows);
        let rows = end - first;
        if rows == 0 {
            return Step::of_nothing(plan);
        }
        let ((loss, gradients, activations), gradient) = Recording::on(&device, || {
            let x = device.allocate(Element::Float32, rows * PIXELS)?;
            let labels = device.allocate(Element::Index, rows)?;
            let load =
                Kernel::LoadBatch { batch: plan.batch, first, rows, features: PIXELS, mean: MEAN, deviation: DEVIATION };
            let inputs = [&images.pixels, &images.labels, &buffers.order, &buffers.cursor];
            device.run(load, &inputs, &[&x, &labels])?;
            let x = Tensor::from_buffer(x, [rows, PIXELS])?;
            let masks = buffers.masks.clone().map(|masks| StepMasks { part: Some((first, plan.rows)), ..masks });
            let forward = network.forward(&x, masks.as_ref(), shards)?;
            let loss = forward.logits.softmax_cross_entropy(&labels, 1.0 / plan.rows as f64, shards)?;
            let all = loss.backward()?;
            let gradients = network
                .parameters
                .iter()
                .map(|parameter| match all.get(&parameter.tensor) {
                    Some(gradient) => Ok(gradient.buffer().clone()),
                    None => Err(Error::Autograd(format!("no gradient reaches {}", parameter.name))),
                })
                .collect::<Result<Vec<_>>>()?;
            // The graph is not needed again; the recording holds its buffers.
            let activations = forward.activations.into_iter().map(|(layer, tensor)| (layer, tensor.detach())).collect();
            Ok((loss.buffer().clone(), gradients, activations))
        })?;
        Ok(Step {
            rows: plan.rows,
            part,
            gradient,
            update: Recording::default(),
            replay: None,
            loss,
            gradients,
            activations,
        })
    }

    /// A batch of fewer rows than workers: nothing to do for this one.
    fn of_nothing(plan: &StepPlan) -> Result<Step> {
        let device = plan.images.pixels.device();
        let parameters = plan.network.parameters.iter();
        let gradients = parameters
            .map(|parameter| device.allocate(Element::Float32, parameter.tensor.numel()))
            .collect::<Result<_>>()?;
        let loss = device.allocate(Element::Float32, 1)?;
        // The sums of the last step were written into them.
        let (_, gradient) = Recording::of(|| {
            let buffers: &Vec<Buffer> = &gradients;
            buffers.iter().chain([&loss]).try_for_each(|buffer| device.run(Kernel::Fill { value: 0.0 }, &[], &[buffer]))
        })?;
        let update = Recording::default();
        Ok(Step {
            rows: plan.rows,
            part: plan.part,
            gradient,
            update,
            replay: None,
            loss,
            gradients,
            activations: Vec::new(),
        })
    }

    /// What workers that share a batch add up: the gradients, then the loss.
    pub fn sums(&self) -> Vec<Buffer> {
        self.gradients.iter().chain([&self.loss]).cloned().collect()
    }

    /// Whether the loss is a number; true on a device where that would have to be waited for.
    pub fn loss_is_finite(&self) -> bool {
        match self.loss.host() {
            Ok(HostData::Float32(loss)) => loss.iter().all(|loss| loss.is_finite()),
            _ => true,
        }
    }

    /// Records the update half: after [`Step::record_gradient`] the first step is then done on a CPU, and compiled for a GPU.
    pub fn record_update(&mut self, plan: &StepPlan) -> Result<()> {
        let device = plan.images.pixels.device();
        let buffers = plan.buffers;
        let ((), update) = Recording::on(&device, || {
            for ((parameter, gradient), states) in plan.network.parameters.iter().zip(&self.gradients).zip(plan.states) {
                let mut outputs = vec![parameter.tensor.buffer()];
                outputs.extend(states);
                let kernel = Kernel::Update { rule: plan.rule, elements: parameter.tensor.numel() };
                device.run(kernel, &[gradient, &buffers.schedule, &buffers.cursor], &outputs)?;
            }
            device.run(Kernel::Store { count: 1 }, &[&self.loss, &buffers.cursor], &[&buffers.losses])?;
            device.run(Kernel::Advance, &[], &[&buffers.cursor])
        })?;
        self.update = update;
        if let Device::Gpu(_) = &device {
            let calls = self.gradient.calls.iter().chain(&self.update.calls).cloned().collect();
            self.replay = Some(device.compile(Recording { calls }, &[])?);
        }
        Ok(())
    }
}
