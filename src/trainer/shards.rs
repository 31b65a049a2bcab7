//! Sharing a batch between workers, without the messages. A batch is always cut into the same parts and their sums are
//! always added in the same tree, so a run has the same bits with one worker and with eight: a worker takes the rows of one
//! subtree, and only the subtrees' sums travel.
//!
//! The leader is the session that the page talks to. A [`Helper`] holds copies of weights, optimizer state and images, and
//! makes the same update from the same sums.

use super::protocol::{Bytes, Floats};
use super::settings::TrainSettings;
use super::step::{DeviceImages, SHARDS, Step, StepBuffers, StepPlan};
use crate::backend::kernel::{UPDATE_ROW, UpdateRow, UpdateRule, shard_bounds};
use crate::backend::{Buffer, Device, Element, HostData};
use crate::data::mnist::{Images, Mnist};
use crate::error::{Error, Result};
use crate::nn::network::Network;
use crate::random::Generator;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// One worker's part of every batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Counted from 0, the leader.
    pub worker: usize,
    /// 1, 2, 4 or 8.
    pub workers: usize,
}

impl Part {
    /// All of it.
    pub const ALONE: Part = Part { worker: 0, workers: 1 };

    /// Parts of the tree that this worker sums itself.
    pub fn shards(self) -> usize {
        SHARDS / self.workers
    }

    /// Rows `start..end` of a batch of `rows`.
    pub fn rows(self, rows: usize) -> (usize, usize) {
        shard_bounds(rows, self.workers, self.worker)
    }
}

/// How many workers to use where `wanted` could run: a power of two, and not more than there are parts.
pub fn usable_workers(wanted: usize) -> usize {
    let most = wanted.clamp(1, SHARDS);
    1 << most.ilog2()
}

/// What a helper must know before a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepOrder {
    /// Number of the batch in the epoch.
    pub batch: u64,
    /// Rows of the whole batch.
    pub rows: usize,
    /// One [`UpdateRow`].
    pub schedule: Floats,
    /// Dropout masks of the whole batch.
    pub masks: Bytes,
}

impl StepOrder {
    /// The step with this row of the schedule.
    pub fn new(batch: u64, rows: usize, row: &UpdateRow, masks: Vec<u8>) -> StepOrder {
        let schedule = Floats(bytemuck::cast_slice(std::slice::from_ref(row)).to_vec());
        StepOrder { batch, rows, schedule, masks: Bytes(masks) }
    }

    fn row(&self) -> Result<UpdateRow> {
        match self.schedule.0.len() {
            UPDATE_ROW => Ok(bytemuck::pod_read_unaligned(bytemuck::cast_slice(&self.schedule.0))),
            length => Err(Error::Format(format!("a schedule row has {UPDATE_ROW} numbers, got {length}"))),
        }
    }
}

/// What makes a helper equal to the leader: after the start, at each new epoch, and when weights came from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    pub weights: Vec<Floats>,
    pub states: Vec<Vec<Floats>>,
    /// Indices of images in the order of this epoch, as bytes of u32.
    pub order: Bytes,
}

impl Replica {
    /// Reads what the buffers hold now.
    pub fn of(network: &Network, states: &[Vec<Buffer>], order: &[u32]) -> Result<Replica> {
        let floats = |buffer: &Buffer| Ok(Floats(crate::nn::network::floats(buffer.host()?)?));
        Ok(Replica {
            weights: network.parameters.iter().map(|parameter| floats(parameter.tensor.buffer())).collect::<Result<_>>()?,
            states: states.iter().map(|buffers| buffers.iter().map(floats).collect()).collect::<Result<_>>()?,
            order: Bytes(bytemuck::cast_slice(order).to_vec()),
        })
    }
}

/// A result that may have to be waited for.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + 'a>>;

/// The leader's link to its helpers. An error means that a helper is lost; the session then makes a new team and does
/// the step again.
pub trait Team {
    /// With the leader.
    fn workers(&self) -> usize;
    /// Makes the helpers equal to the leader.
    fn load(&mut self, replica: &Replica) -> Result<()>;
    /// Sets the helpers to work on a step.
    fn begin(&mut self, order: &StepOrder) -> Result<()>;
    /// Replaces the leader's partial sums by those of the whole batch, here and at every helper.
    fn sum<'a>(&'a mut self, partial: &'a [Buffer]) -> Later<'a, ()>;
}

/// What a team is made for.
pub struct TeamRequest {
    pub settings: TrainSettings,
    pub workers: usize,
    pub data: Rc<Mnist>,
    /// Images in an epoch's order.
    pub examples: usize,
    /// Floats of a row of sums: all gradients and the loss, as [`row_length`] counts them.
    pub sums: usize,
    /// Bytes of a step's dropout masks.
    pub masks: usize,
}

/// How this place makes teams; a place that cannot has none.
#[derive(Clone, Copy)]
pub struct TeamMaker {
    /// How many workers to use when so many are asked for, 0 being as many as there are cores.
    pub workers: fn(usize) -> usize,
    /// Milliseconds, to try several numbers by.
    pub clock: fn() -> f64,
    /// Milliseconds of steps until programs run at full speed here.
    pub cold: f64,
    /// Starts the helpers and waits until they listen.
    pub assemble: fn(TeamRequest) -> Later<'static, Box<dyn Team>>,
}

/// Floats in a cache line. Each buffer begins at one in a row of sums: what is copied to and from shared memory at odd places,
/// browsers copy byte by byte.
pub const LINE: usize = 16;

/// Floats of a row of sums of buffers of these lengths.
pub fn row_length(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.map(|length| length.next_multiple_of(LINE)).sum()
}

/// Visits the buffers with their places in a row of sums.
pub fn each_place(buffers: &[Buffer], mut visit: impl FnMut(usize, &mut [f32])) -> Result<()> {
    let mut offset = 0;
    for buffer in buffers {
        buffer.with_floats(|floats| visit(offset, floats))?;
        offset += row_length([buffer.len()].into_iter());
    }
    Ok(())
}

/// Floats that are added in one go; they stay in the nearest cache.
const CHUNK: usize = 16384;

/// Replaces each buffer's content, the partial sums of worker `own`, by the sum over all workers, added as a balanced tree.
/// `fetch(worker, offset, to)` copies partial sums of another worker from their place in its row of sums.
pub fn add_parts(
    workers: usize,
    own: usize,
    buffers: &[Buffer],
    mut fetch: impl FnMut(usize, usize, &mut [f32]),
) -> Result<()> {
    let mut parts = vec![0.0_f32; workers * CHUNK];
    each_place(buffers, |offset, floats| {
        for (i, floats) in floats.chunks_mut(CHUNK).enumerate() {
            let length = floats.len();
            for worker in (0..workers).filter(|&worker| worker != own) {
                fetch(worker, offset + i * CHUNK, &mut parts[worker * CHUNK..][..length]);
            }
            if workers == 2 {
                // Whose part is on the left makes no difference to a sum of two.
                add(floats, &parts[(1 - own) * CHUNK..]);
                continue;
            }
            parts[own * CHUNK..][..length].copy_from_slice(floats);
            let mut step = 1;
            while step < workers {
                for pair in parts.chunks_exact_mut(2 * step * CHUNK) {
                    let (left, right) = pair.split_at_mut(step * CHUNK);
                    add(&mut left[..length], right);
                }
                step *= 2;
            }
            floats.copy_from_slice(&parts[..length]);
        }
    })
}

fn add(left: &mut [f32], right: &[f32]) {
    for (left, &right) in left.iter_mut().zip(right) {
        *left += right;
    }
}

/// A worker that is not the leader: computes its part of each step and makes the same update.
pub struct Helper {
    part: Part,
    batch: usize,
    rule: UpdateRule,
    network: Network,
    states: Vec<Vec<Buffer>>,
    images: DeviceImages,
    buffers: StepBuffers,
    steps: Vec<Step>,
    /// The step under way, and whether its update is not recorded yet.
    current: Option<(usize, bool)>,
}

impl Helper {
    /// Takes over the training images. `examples`: images in an epoch's order.
    pub fn new(settings: &TrainSettings, part: Part, images: Images, examples: usize) -> Result<Helper> {
        let device = Device::Cpu;
        // The numbers come with the first `Replica`.
        let network = Network::new(settings.network()?, settings.initialization, &mut Generator::new(0), &device)?;
        let rule = settings.optimizer.rule();
        let states = network
            .parameters
            .iter()
            .map(|parameter| {
                (0..rule.states()).map(|_| device.allocate(Element::Float32, parameter.tensor.numel())).collect()
            })
            .collect::<Result<_>>()?;
        let buffers = StepBuffers::new(&device, 1, examples, network.mask_bytes(settings.batch)?)?;
        let count = images.len();
        let images = DeviceImages {
            pixels: device.upload(HostData::Byte(images.pixels))?,
            labels: device.upload(HostData::Byte(images.labels))?,
            count,
        };
        Ok(Helper { part, batch: settings.batch, rule, network, states, images, buffers, steps: vec![], current: None })
    }

    /// Becomes equal to the leader.
    pub fn load(&mut self, replica: Replica) -> Result<()> {
        let weights: Vec<Vec<f32>> = replica.weights.into_iter().map(|Floats(weights)| weights).collect();
        self.network.write(&weights)?;
        for (buffers, values) in self.states.iter().zip(replica.states) {
            for (buffer, Floats(values)) in buffers.iter().zip(values) {
                buffer.write(0, &HostData::Float32(values))?;
            }
        }
        self.buffers.order.write(0, &HostData::Index(bytemuck::pod_collect_to_vec(&replica.order.0)))
    }

    /// Computes this worker's partial sums; they are in [`Helper::sums`].
    pub fn gradient(&mut self, order: &StepOrder) -> Result<()> {
        self.buffers.write_ahead(order.batch, &[order.row()?], order.masks.0.clone())?;
        if let Some(at) = self.steps.iter().position(|step| step.rows == order.rows) {
            self.steps[at].gradient.replay(&Device::Cpu)?;
            self.current = Some((at, false));
            return Ok(());
        }
        let step = Step::record_gradient(&self.plan(order.rows))?;
        self.current = Some((self.steps.len(), true));
        self.steps.push(step);
        Ok(())
    }

    fn plan(&self, rows: usize) -> StepPlan<'_> {
        StepPlan {
            network: &self.network,
            images: &self.images,
            buffers: &self.buffers,
            rule: self.rule,
            states: &self.states,
            batch: self.batch,
            rows,
            part: self.part,
        }
    }

    /// The buffers to be summed: a gradient for each parameter, then the loss.
    pub fn sums(&self) -> Vec<Buffer> {
        self.current.map_or(Vec::new(), |(at, _)| self.steps[at].sums())
    }

    /// Makes the update from the sums; none where the loss is no number, as the leader makes none.
    pub fn update(&mut self) -> Result<()> {
        let Some((at, fresh)) = self.current.take() else { return Ok(()) };
        if !self.steps[at].loss_is_finite() {
            // The update was never recorded: the step is recorded anew next time.
            if fresh {
                self.steps.remove(at);
            }
            return Ok(());
        }
        if !fresh {
            return self.steps[at].update.replay(&Device::Cpu);
        }
        let mut step = self.steps.remove(at);
        step.record_update(&self.plan(step.rows))?;
        self.steps.push(step);
        Ok(())
    }
}
