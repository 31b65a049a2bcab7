//! A training run: network, optimizer, generator and data, at a step. The same settings and seed give the same run as
//! PyTorch's: `manual_seed`, the model, then an epoch's order and each step's dropout masks from the same generator.
//!
//! `steps` trains, `next` shows a step before it is taken, `looking` evaluates and shows, `checkpoint` takes the run elsewhere.

mod checkpoint;
mod looking;
mod next;
mod steps;

use super::crew::{self, Pace, Trial};
use super::evaluation::HeldOut;
use super::settings::{DeviceChoice, TrainSettings};
use super::shards::{Team, TeamMaker};
use super::step::{DeviceImages, Step, StepBuffers};
use crate::backend::{Buffer, Device, Element, HostData, Reading, Recording, Replay};
use crate::data::mnist::Mnist;
use crate::error::Result;
use crate::nn::folds::{Split, hold_out, k_fold};
use crate::nn::network::Network;
use crate::nn::schedule::{Moment, PlateauRule, Schedule};
use crate::random::Generator;
pub use checkpoint::Checkpoint;
use std::collections::VecDeque;
use std::rc::Rc;
pub use steps::{SUBMITS_AHEAD, Stretch};

/// Steps that a GPU may be sent ahead. The CPU takes them one by one: each can be checked before the weights change.
const GPU_CHUNK: usize = 64;

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
    /// The dropout masks of the last step, and of how many images.
    masks: (Vec<u8>, usize),
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
    /// Which numbers of workers are being tried, where the settings leave it open.
    trial: Option<Trial>,
    /// The figures of a trial that has just ended.
    tried: Option<Vec<Pace>>,
    /// Losses on their way back from a GPU: of which step the first is, and the reading.
    coming: VecDeque<(u64, Box<dyn Reading>)>,
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
            masks: (Vec::new(), 0),
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
            trial: None,
            tried: None,
            coming: VecDeque::new(),
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
        self.trial = None;
        if let (Some(maker), Device::Cpu, 0) = (maker, &self.device, self.settings.workers) {
            let most = (maker.workers)(0);
            if most > 1 && crew::known(&self.settings, most).is_none() {
                self.trial = Some(Trial::new(most, maker.cold));
            }
        }
    }

    /// The figures by which the number of workers was chosen: known from before, or from a trial.
    pub fn crew(&self) -> Option<Vec<Pace>> {
        match (self.maker, &self.device, self.settings.workers) {
            (Some(maker), Device::Cpu, 0) => crew::known(&self.settings, (maker.workers)(0)),
            _ => None,
        }
    }

    /// The figures of a trial, once, when it has ended.
    pub fn take_tried(&mut self) -> Option<Vec<Pace>> {
        self.tried.take()
    }

    /// How many workers share a batch.
    pub fn workers(&self) -> usize {
        self.team.as_ref().map_or(1, |team| team.workers())
    }

    /// How many workers are to share the next batch.
    pub fn intended_workers(&self) -> usize {
        match (self.maker, &self.device, &self.trial) {
            (Some(_), Device::Cpu, Some(trial)) => trial.workers(),
            (Some(maker), Device::Cpu, None) => {
                self.crew().map_or_else(|| (maker.workers)(self.settings.workers), |tried| crew::best(&tried))
            }
            _ => 1,
        }
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

    /// The last step whose loss is known: on a GPU a few behind those that are queued.
    pub fn told_step(&self) -> u64 {
        self.coming.front().map_or(self.step, |(first, _)| first - 1)
    }

    /// Whether the step that it stands at is the last of an epoch.
    pub fn ends_epoch(&self) -> bool {
        self.step > 0 && self.step.is_multiple_of(self.steps_per_epoch())
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

    /// Tells the schedule of an epoch's loss: what `ReduceLROnPlateau` needs.
    pub fn observe_epoch(&mut self, loss: f64) {
        if let Schedule::Plateau { patience, .. } = self.settings.schedule {
            self.plateau.observe(loss, patience);
        }
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

    /// The last step as it is compiled for a GPU, once it is: for whoever measures it.
    pub fn compiled(&self) -> Option<&dyn Replay> {
        self.steps.get(self.last?)?.replay.as_deref()
    }

    /// The data set, where it is attached.
    pub fn data(&self) -> Option<&Rc<Mnist>> {
        self.data.as_ref().map(|data| &data.host)
    }
}
