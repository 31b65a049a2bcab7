//! One training step as a recording: load a batch, forward, loss, backward | update, store the loss, advance. It is
//! recorded once for each batch size (the last batch of an epoch may be smaller) and replayed from then on. The two
//! halves are apart, because workers that share a batch exchange gradients between them.

use crate::backend::kernel::{Kernel, UPDATE_ROW, UpdateRow, UpdateRule};
use crate::backend::{Buffer, Device, Element, HostData, Recording};
use crate::data::mnist::{DEVIATION, Images, MEAN, PIXELS};
use crate::error::{Error, Result};
use crate::nn::network::{Network, StepMasks};
use crate::tensor::Tensor;

/// Into how many parts the sums over a batch are cut, whoever computes them: the bits do not depend on the workers.
pub const SHARDS: usize = 4;

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
                Some(StepMasks { masks, cursor: cursor.clone(), row })
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
    /// Rows of the batch that this recording takes.
    pub rows: usize,
    /// Load, forward, loss, backward.
    pub gradient: Recording,
    /// Update of each parameter, store, advance.
    pub update: Recording,
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
}

impl Step {
    /// Runs the gradient half once and records it.
    pub fn record_gradient(plan: &StepPlan) -> Result<Step> {
        let device = plan.images.pixels.device();
        let StepPlan { network, images, buffers, rows, .. } = *plan;
        let ((loss, gradients, activations), gradient) = Recording::of(|| {
            let x = device.allocate(Element::Float32, rows * PIXELS)?;
            let labels = device.allocate(Element::Index, rows)?;
            let load =
                Kernel::LoadBatch { batch: plan.batch, first: 0, rows, features: PIXELS, mean: MEAN, deviation: DEVIATION };
            let inputs = [&images.pixels, &images.labels, &buffers.order, &buffers.cursor];
            device.run(load, &inputs, &[&x, &labels])?;
            let x = Tensor::from_buffer(x, [rows, PIXELS])?;
            let forward = network.forward(&x, buffers.masks.as_ref(), SHARDS)?;
            let loss = forward.logits.softmax_cross_entropy(&labels, 1.0 / rows as f64, SHARDS)?;
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
        Ok(Step { rows, gradient, update: Recording::default(), loss, gradients, activations })
    }

    /// Runs the update half once and records it: after [`Step::record_gradient`] the first step is then done.
    pub fn record_update(&mut self, plan: &StepPlan) -> Result<()> {
        let device = plan.images.pixels.device();
        let buffers = plan.buffers;
        let ((), update) = Recording::of(|| {
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
        Ok(())
    }
}
