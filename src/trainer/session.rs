//! A training run: network, optimizer, generator and data, at a step. The same settings and seed give the same run as
//! PyTorch's: `manual_seed`, the model, then an epoch's order and each step's dropout masks from the same generator.

use super::evaluation::{Figures, HeldOut};
use super::protocol::{Floats, LayerStatistics, OptimizerState, WeightPicture};
use super::settings::{DeviceChoice, TrainSettings};
use super::shards::{Part, Replica, StepOrder, Team, TeamMaker, TeamRequest};
use super::statistics;
use super::step::{DeviceImages, SHARDS, Step, StepBuffers, StepPlan};
use crate::backend::kernel::UpdateRow;
use crate::backend::{Buffer, Device, Element, HostData, Recording};
use crate::data::mnist::{Mnist, PIXELS};
use crate::error::{Error, Result};
use crate::nn::folds::{Split, hold_out, k_fold};
use crate::nn::network::{Network, floats};
use crate::nn::schedule::{Moment, PlateauRule, Schedule};
use crate::random::Generator;
use crate::tensor::{Tensor, no_grad};
use std::rc::Rc;

/// Steps that a GPU may be sent ahead. The CPU takes them one by one: each can be checked before the weights change.
const GPU_CHUNK: usize = 64;

/// Teams that may be lost before a session goes on alone.
const TEAMS: u32 = 3;

/// A run and where it stands.
pub struct Session {
    settings: TrainSettings,
    device: Device,
    network: Network,
    states: Vec<Vec<Buffer>>,
    generator: Generator,
    plateau: PlateauRule,
    /// Steps done.
    step: u64,
    /// Batches done in this epoch.
    batch: u64,
    /// Indices in this epoch's order; empty until the epoch begins.
    order: Vec<u32>,
    split: Split,
    data: Option<Data>,
    steps: Vec<Step>,
    /// Which of `steps` ran last.
    last: Option<usize>,
    digit: Option<(Buffer, Buffer, Recording)>,
    /// How to make a team, where workers are to share the batches.
    maker: Option<TeamMaker>,
    team: Option<Box<dyn Team>>,
    /// Whether the helpers hold older numbers than this session.
    stale: bool,
    /// Teams that were lost.
    lost: u32,
}

struct Data {
    host: Rc<Mnist>,
    train: DeviceImages,
    buffers: StepBuffers,
    test: HeldOut,
    validation: Option<HeldOut>,
    evaluating: Stage,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Test,
    Validation,
    Done,
}

/// What a stretch of steps gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stretch {
    /// The loss of each step.
    pub losses: Vec<f32>,
    /// The step whose loss is no number, and the operation that made it; no update was made from it on the CPU.
    pub not_finite: Option<(u64, Option<String>)>,
}

enum Taken {
    Done,
    /// No update was made; the operation that made the first such number.
    NotFinite(Option<String>),
    /// A helper is lost, and no update was made.
    TeamLost,
}

/// Everything that a run can be taken up from, on any device.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub step: u64,
    batch: u64,
    order: Vec<u32>,
    weights: Vec<Vec<f32>>,
    states: Vec<Vec<Vec<f32>>>,
    generator: Generator,
    plateau: PlateauRule,
}

impl Session {
    /// A run at step 0, without data yet.
    pub fn new(settings: TrainSettings, device: Device) -> Result<Session> {
        settings.check()?;
        let mut generator = Generator::new(settings.seed);
        let network = Network::new(settings.network()?, settings.initialization, &mut generator, &device)?;
        let states = network
            .parameters
            .iter()
            .map(|parameter| {
                let state = |_| device.allocate(Element::Float32, parameter.tensor.numel());
                (0..settings.optimizer.rule().states()).map(state).collect()
            })
            .collect::<Result<_>>()?;
        Ok(Session {
            network,
            states,
            generator,
            plateau: PlateauRule::default(),
            step: 0,
            batch: 0,
            order: Vec::new(),
            split: Split { train: Vec::new(), validation: Vec::new() },
            data: None,
            steps: Vec::new(),
            last: None,
            digit: None,
            maker: None,
            team: None,
            stale: true,
            lost: 0,
            device,
            settings,
        })
    }

    /// Gives it the data set. Fewer images than the settings ask for are an error.
    pub fn attach(&mut self, data: Rc<Mnist>) -> Result<()> {
        let examples = self.settings.examples.clamp(1, data.train.len());
        self.split = match self.settings.folds {
            0 | 1 => hold_out(examples, self.settings.validation),
            folds => k_fold(examples, folds, self.settings.fold),
        };
        let device = &self.device;
        let train = DeviceImages::new(&data.train, device)?;
        let test_images = DeviceImages::new(&data.test, device)?;
        let test = HeldOut::new(&test_images, (0..data.test.len() as u32).collect(), device)?;
        let held = self.split.validation.clone();
        let validation = if held.is_empty() { None } else { Some(HeldOut::new(&train, held, device)?) };
        let chunk = if self.device == Device::Cpu { 1 } else { GPU_CHUNK };
        let mask_bytes = self.network.mask_bytes(self.settings.batch)?;
        let buffers = StepBuffers::new(device, chunk, self.split.train.len(), mask_bytes)?;
        if !self.order.is_empty() {
            buffers.order.write(0, &HostData::Index(self.order.clone()))?;
        }
        self.data = Some(Data { host: data, train, buffers, test, validation, evaluating: Stage::Done });
        Ok(())
    }

    /// Lets workers share the batches from now on, on the CPU and where the settings allow more than one.
    pub fn set_team_maker(&mut self, maker: Option<TeamMaker>) {
        self.maker = maker;
    }

    /// How many workers share a batch.
    pub fn workers(&self) -> usize {
        self.team.as_ref().map_or(1, |team| team.workers())
    }

    /// How many workers will share a batch once it runs.
    pub fn intended_workers(&self) -> usize {
        match (self.maker, &self.device) {
            (Some(maker), Device::Cpu) => (maker.workers)(self.settings.workers),
            _ => 1,
        }
    }

    /// Makes the team that the settings ask for, if there is none yet. A place that fails to is not asked again.
    async fn gather_team(&mut self) -> Result<()> {
        let (Some(maker), None, Some(data), Device::Cpu) = (self.maker, &self.team, &self.data, &self.device) else {
            return Ok(());
        };
        let workers = (maker.workers)(self.settings.workers);
        if workers < 2 || self.lost >= TEAMS {
            return Ok(());
        }
        let request = TeamRequest {
            settings: self.settings.clone(),
            workers,
            data: data.host.clone(),
            examples: self.split.train.len(),
            sums: self.network.spec.parameter_count()? + 1,
        };
        match (maker.assemble)(request).await {
            Ok(team) => (self.team, self.stale) = (Some(team), true),
            Err(_) => self.lost += 1,
        }
        Ok(())
    }

    /// Whether it can take steps.
    pub fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &TrainSettings {
        &self.settings
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The network in training.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Optimizer updates done.
    pub fn step_count(&self) -> u64 {
        self.step
    }

    /// Optimizer steps an epoch.
    pub fn steps_per_epoch(&self) -> u64 {
        match self.split.train.len() {
            0 => self.settings.steps_per_epoch(),
            images => images.div_ceil(self.settings.batch) as u64,
        }
    }

    /// Whole epochs done.
    pub fn epoch(&self) -> u64 {
        self.step / self.steps_per_epoch()
    }

    /// The learning rate of the next step, after the schedule.
    pub fn learning_rate(&self) -> f64 {
        self.rate_at(self.step)
    }

    /// The learning rate of the last step; before the first, that of the first.
    pub fn rate_of_last_step(&self) -> f64 {
        self.rate_at(self.step.saturating_sub(1))
    }

    /// Another base learning rate from the next step on.
    pub fn set_learning_rate(&mut self, rate: f64) {
        self.settings.optimizer.learning_rate = rate;
    }

    /// Another end.
    pub fn set_end(&mut self, epochs: u64, steps: Option<u64>) {
        self.settings.epochs = epochs;
        self.settings.steps = steps;
    }

    fn rate_at(&self, step: u64) -> f64 {
        let steps_per_epoch = self.steps_per_epoch();
        let moment = Moment { step, epoch: step / steps_per_epoch, steps_per_epoch };
        self.settings.optimizer.learning_rate * self.settings.schedule.factor(moment, self.plateau.reductions)
    }

    /// Takes at most `count` steps: fewer where an epoch ends, where the device's chunk is full, or where a loss is no
    /// number. An empty result without data.
    pub async fn run(&mut self, count: u64) -> Result<Stretch> {
        if self.data.is_none() {
            return Ok(Stretch::default());
        }
        self.gather_team().await?;
        self.begin_epoch()?;
        let before = self.team.is_some().then(|| self.generator.clone());
        let Some(data) = &self.data else { return Ok(Stretch::default()) };
        let count = count.min(self.steps_per_epoch() - self.batch).min(data.buffers.chunk as u64);
        let rows: Vec<UpdateRow> =
            (self.step..self.step + count).map(|step| self.settings.optimizer.row(step, self.rate_at(step))).collect();
        let mut masks = Vec::new();
        for batch in self.batch..self.batch + count {
            let sizes = self.network.dropout_sizes(self.rows_of(batch))?;
            let row_bytes = data.buffers.masks.as_ref().map_or(0, |step_masks| step_masks.row);
            let end = masks.len() + row_bytes;
            for (elements, probability) in sizes {
                masks.extend(self.generator.dropout_mask(elements, probability).into_iter().map(u8::from));
            }
            masks.resize(end, 0);
        }
        let order =
            self.team.is_some().then(|| StepOrder::new(self.batch, self.rows_of(self.batch), &rows[0], masks.clone()));
        data.buffers.write_ahead(self.batch, &rows, masks)?;
        let mut stretch = Stretch::default();
        let mut left = count;
        while left > 0 {
            let queued = self.queue_steps(left).await?;
            if queued > 0 {
                self.step += queued;
                self.batch += queued;
                left -= queued;
                continue;
            }
            match self.take_step(count == 1, order.as_ref()).await? {
                Taken::Done => {}
                Taken::NotFinite(place) => {
                    stretch.not_finite = Some((self.step + 1, place));
                    return Ok(stretch);
                }
                Taken::TeamLost => {
                    // Nothing has changed: the caller's next stretch does the step again, with a new team.
                    self.team = None;
                    self.lost += 1;
                    self.generator = before.unwrap_or_else(|| self.generator.clone());
                    return Ok(stretch);
                }
            }
            self.step += 1;
            self.batch += 1;
            left -= 1;
        }
        let Some(data) = &self.data else { return Ok(stretch) };
        stretch.losses = floats(data.buffers.losses.read().await?)?;
        stretch.losses.truncate(count as usize);
        if let Some(bad) = stretch.losses.iter().position(|loss| !loss.is_finite()) {
            stretch.losses.truncate(bad);
            stretch.not_finite = Some((self.step - count + bad as u64 + 1, None));
        }
        Ok(stretch)
    }

    /// Draws the epoch's order where one begins.
    fn begin_epoch(&mut self) -> Result<()> {
        if self.batch == self.steps_per_epoch() {
            self.batch = 0;
            self.order.clear();
        }
        if self.order.is_empty() {
            let order = self.generator.epoch_order(self.split.train.len());
            self.order = order.into_iter().map(|position| self.split.train[position]).collect();
            self.stale = true;
            if let Some(data) = &self.data {
                data.buffers.order.write(0, &HostData::Index(self.order.clone()))?;
            }
        }
        Ok(())
    }

    fn rows_of(&self, batch: u64) -> usize {
        let start = batch as usize * self.settings.batch;
        self.settings.batch.min(self.split.train.len() - start)
    }

    /// On a GPU: queues as many of the next `most` steps as the compiled recording can repeat, in one submit, and says how many. 0 where the
    /// next step is not recorded yet, and on a CPU.
    async fn queue_steps(&mut self, most: u64) -> Result<u64> {
        let rows = self.rows_of(self.batch);
        let Some(at) = self.steps.iter().position(|step| step.rows == rows) else { return Ok(0) };
        let Some(replay) = &self.steps[at].replay else { return Ok(0) };
        // Only the last batch of an epoch may have fewer rows.
        let same = (self.batch..self.batch + most).take_while(|&batch| self.rows_of(batch) == rows).count();
        replay.ready().await?;
        replay.run(same)?;
        self.last = Some(at);
        Ok(same as u64)
    }

    /// One step: recorded the first time, replayed later. Where it goes alone on a CPU, its loss is looked at before the
    /// weights change.
    async fn take_step(&mut self, alone: bool, order: Option<&StepOrder>) -> Result<Taken> {
        let rows = self.rows_of(self.batch);
        let Some(data) = &self.data else { return Ok(Taken::Done) };
        let part = Part { worker: 0, workers: self.workers() };
        if let (Some(team), Some(order)) = (&mut self.team, order) {
            let told = match self.stale {
                true => Replica::of(&self.network, &self.states, &self.order).and_then(|replica| team.load(&replica)),
                false => Ok(()),
            };
            if told.and_then(|()| team.begin(order)).is_err() {
                return Ok(Taken::TeamLost);
            }
            self.stale = false;
        }
        let plan = StepPlan {
            network: &self.network,
            images: &data.train,
            buffers: &data.buffers,
            rule: self.settings.optimizer.rule(),
            states: &self.states,
            batch: self.settings.batch,
            rows,
            part,
        };
        let known = self.steps.iter().position(|step| step.rows == rows && step.part == part);
        let at = match known {
            Some(at) => {
                self.steps[at].gradient.replay(&self.device)?;
                at
            }
            None => {
                self.steps.push(Step::record_gradient(&plan)?);
                self.steps.len() - 1
            }
        };
        self.last = Some(at);
        if let Some(team) = &mut self.team {
            let outcome = team.sum(&self.steps[at].sums()).await;
            if outcome.is_err() {
                self.forget(at, known);
                return Ok(Taken::TeamLost);
            }
        }
        let step = &mut self.steps[at];
        if alone && !step.loss_is_finite() {
            let place = statistics::first_not_finite(&step.gradient);
            self.forget(at, known);
            return Ok(Taken::NotFinite(place));
        }
        match known {
            Some(_) => step.update.replay(&self.device)?,
            None => step.record_update(&plan)?,
        }
        Ok(Taken::Done)
    }

    /// Drops a step that was recorded without its update.
    fn forget(&mut self, at: usize, known: Option<usize>) {
        if known.is_none() {
            self.steps.remove(at);
            self.last = None;
        }
    }

    /// Begins an evaluation on the test set, and on the validation part where there is one.
    pub fn begin_evaluation(&mut self) -> Result<()> {
        if let Some(data) = &mut self.data {
            data.test.restart()?;
            if let Some(validation) = &mut data.validation {
                validation.restart()?;
            }
            data.evaluating = Stage::Test;
        }
        Ok(())
    }

    /// Evaluates a slice of images; false when the last one is queued.
    pub fn advance_evaluation(&mut self) -> Result<bool> {
        let Some(data) = &mut self.data else { return Ok(false) };
        if data.evaluating == Stage::Test && !data.test.advance(&self.network)? {
            data.evaluating = if data.validation.is_some() { Stage::Validation } else { Stage::Done };
        } else if let (Stage::Validation, Some(validation)) = (data.evaluating, &mut data.validation)
            && !validation.advance(&self.network)?
        {
            data.evaluating = Stage::Done;
        }
        Ok(data.evaluating != Stage::Done)
    }

    /// The figures on test set and validation part, once [`Session::advance_evaluation`] has said false.
    pub async fn figures(&mut self) -> Result<Option<(Figures, Option<Figures>)>> {
        let Some(data) = &self.data else { return Ok(None) };
        let test = data.test.figures(&data.host.test.labels).await?;
        let validation = match &data.validation {
            Some(validation) => Some(validation.figures(&data.host.train.labels).await?),
            None => None,
        };
        Ok(Some((test, validation)))
    }

    /// Tells the schedule of an epoch's loss: what `ReduceLROnPlateau` needs.
    pub fn observe_epoch(&mut self, loss: f64) {
        if let Schedule::Plateau { patience, .. } = self.settings.schedule {
            self.plateau.observe(loss, patience);
        }
    }

    /// Probabilities of one image of 784 normalised numbers.
    pub async fn predict(&mut self, pixels: &[f32]) -> Result<Vec<f32>> {
        if pixels.len() != PIXELS {
            return Err(Error::Shape(format!("a digit has {PIXELS} pixels, got {}", pixels.len())));
        }
        let pixels = HostData::Float32(pixels.to_vec());
        let logits = match &self.digit {
            Some((input, logits, forward)) => {
                input.write(0, &pixels)?;
                forward.replay(&self.device)?;
                logits.clone()
            }
            None => {
                let input = Tensor::from_buffer(self.device.upload(pixels)?, [1, PIXELS])?;
                let (logits, forward) =
                    Recording::of(|| no_grad(|| Ok(self.network.forward(&input, None, SHARDS)?.logits.buffer().clone())))?;
                self.digit = Some((input.buffer().clone(), logits.clone(), forward));
                logits
            }
        };
        Ok(softmax(&floats(logits.read().await?)?))
    }

    /// Gradient norms and dead units of the last step; empty before the first.
    pub async fn layer_statistics(&self) -> Result<Vec<LayerStatistics>> {
        match self.last {
            Some(last) => {
                let step = &self.steps[last];
                if let (Some(_), Some(data)) = (&step.replay, &self.data) {
                    // The compiled step made no gradients to look at: they are made now, for the last batch at the weights it left.
                    data.buffers.cursor.write(0, &HostData::Index(vec![0, self.batch.saturating_sub(1) as u32]))?;
                    step.gradient.replay(&self.device)?;
                }
                statistics::layer_statistics(&self.network, step).await
            }
            None => Ok(Vec::new()),
        }
    }

    /// What the optimizer keeps, in figures.
    pub async fn optimizer_state(&self) -> Result<Vec<OptimizerState>> {
        statistics::optimizer_state(&self.network, &self.settings.optimizer, &self.states).await
    }

    /// The weight of the first layer that has one.
    pub async fn first_layer(&self) -> Result<Option<WeightPicture>> {
        match self.network.parameters.first() {
            Some(weight) => Ok(Some(WeightPicture {
                shape: weight.tensor.shape().to_vec(),
                values: Floats(floats(weight.tensor.read().await?)?),
            })),
            None => Ok(None),
        }
    }

    /// Everything needed to go on from here elsewhere.
    pub async fn checkpoint(&self) -> Result<Checkpoint> {
        let mut states = Vec::with_capacity(self.states.len());
        for buffers in &self.states {
            let mut values = Vec::with_capacity(buffers.len());
            for buffer in buffers {
                values.push(floats(buffer.read().await?)?);
            }
            states.push(values);
        }
        Ok(Checkpoint {
            step: self.step,
            batch: self.batch,
            order: self.order.clone(),
            weights: self.network.read().await?,
            states,
            generator: self.generator.clone(),
            plateau: self.plateau,
        })
    }

    /// Goes back (or on) to a checkpoint of a run with the same settings.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.stale = true;
        self.network.write(&checkpoint.weights)?;
        for (buffers, values) in self.states.iter().zip(&checkpoint.states) {
            for (buffer, values) in buffers.iter().zip(values) {
                buffer.write(0, &HostData::Float32(values.clone()))?;
            }
        }
        self.step = checkpoint.step;
        self.batch = checkpoint.batch;
        self.order = checkpoint.order.clone();
        self.generator = checkpoint.generator.clone();
        self.plateau = checkpoint.plateau;
        if let (Some(data), false) = (&self.data, self.order.is_empty()) {
            data.buffers.order.write(0, &HostData::Index(self.order.clone()))?;
        }
        Ok(())
    }

    /// Takes weights from elsewhere; step, order and optimizer state stay.
    pub fn set_weights(&mut self, values: &[Vec<f32>]) -> Result<()> {
        self.stale = true;
        self.network.write(values)
    }

    /// Takes the weights of a checkpoint; the step stays.
    pub fn restore_weights(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.stale = true;
        self.network.write(&checkpoint.weights)
    }

    /// Other pictures in the place of the training images, as many; labels stay.
    pub fn replace_training_pixels(&mut self, pixels: &[u8]) -> Result<()> {
        match &self.data {
            Some(data) => data.train.pixels.write(0, &HostData::Byte(pixels.to_vec())),
            None => Ok(()),
        }
    }

    /// Notes which device was asked for.
    pub fn set_device_choice(&mut self, choice: DeviceChoice) {
        self.settings.device = choice;
    }

    /// The data set, where it is attached.
    pub fn data(&self) -> Option<&Rc<Mnist>> {
        self.data.as_ref().map(|data| &data.host)
    }
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
