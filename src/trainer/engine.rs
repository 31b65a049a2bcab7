//! The worker's mind without its mouth: takes `Command`s, works in slices of a few milliseconds, leaves `Event`s. Needs no
//! browser, so tests drive it as the page does.

use super::bench::Bench;
use super::device;
use super::pace::Pace;
use super::protocol::{
    Bytes, Command, Configured, DeviceNote, Evaluation, Event, Floats, Problem, Progress, StopReason, TestImage,
};
use super::session::{Checkpoint, Session};
use super::settings::{DeviceChoice, TrainSettings};
use super::shards::TeamMaker;
use crate::backend::Device;
use crate::data::mnist::{DataProblem, Mnist};
use crate::error::{Error, Mistake, Result};
use crate::export::safetensors as weights;
use crate::nn::early_stopping::{EarlyStopping, Verdict};
use std::rc::Rc;

/// How long a slice may take, in milliseconds: a pause waits for one at most.
const SLICE: f64 = 10.0;
/// How often progress is told.
const REPORT: f64 = 100.0;
/// How often the costlier figures go along.
const DETAILS: f64 = 500.0;
/// How often a run on a GPU is made safe against its loss.
const SAFETY: f64 = 3000.0;

/// Seconds of work that a GPU is sent at once.
const GPU_AHEAD: f64 = 0.05;

/// A run and what is asked of it.
pub struct Engine {
    clock: fn() -> f64,
    session: Option<Session>,
    data: Option<Rc<Mnist>>,
    wants_data: bool,
    /// Goes on until this step; none while it stands.
    goal: Option<Goal>,
    evaluating: Option<Evaluating>,
    /// The step of the last evaluation.
    evaluated: Option<u64>,
    stopping: Option<EarlyStopping>,
    best: Option<Checkpoint>,
    safe: Option<Checkpoint>,
    digit: Option<Vec<f32>>,
    watches_optimizer: bool,
    bench: Option<Bench>,
    maker: Option<TeamMaker>,
    losses: Vec<f32>,
    /// The last step whose loss was told.
    told: u64,
    pace: Pace,
    last_report: f64,
    last_details: f64,
    last_safety: f64,
    events: Vec<Event>,
}

#[derive(Clone, Copy, PartialEq)]
struct Goal {
    step: u64,
    reason: StopReason,
}

#[derive(Clone, Copy, PartialEq)]
enum Evaluating {
    /// An epoch has ended: schedule and early stopping listen.
    Epoch,
    /// Someone asked.
    Asked,
}

impl Engine {
    /// `clock` gives milliseconds.
    pub fn new(clock: fn() -> f64) -> Self {
        Engine {
            clock,
            session: None,
            data: None,
            wants_data: false,
            goal: None,
            evaluating: None,
            evaluated: None,
            stopping: None,
            best: None,
            safe: None,
            digit: None,
            watches_optimizer: false,
            bench: None,
            maker: None,
            losses: Vec::new(),
            told: 0,
            pace: Pace::default(),
            last_report: 0.0,
            last_details: 0.0,
            last_safety: 0.0,
            events: Vec::new(),
        }
    }

    /// How workers that share a batch are made here; without, every run goes alone.
    pub fn set_team_maker(&mut self, maker: TeamMaker) {
        self.maker = Some(maker);
    }

    /// What has happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether the data set is waited for.
    pub fn wants_data(&self) -> bool {
        self.wants_data && self.data.is_none()
    }

    /// Whether there is something to do without a further command.
    pub fn has_work(&self) -> bool {
        let ready = self.session.as_ref().is_some_and(Session::has_data);
        (ready && (self.goal.is_some() || self.evaluating.is_some())) || self.bench.is_some()
    }

    /// Gives it the data set, or says why there is none.
    pub fn provide(&mut self, data: std::result::Result<Mnist, DataProblem>) {
        self.wants_data = false;
        match data {
            Ok(data) => {
                self.events.push(Event::DataReady { train: data.train.len() as u32, test: data.test.len() as u32 });
                let data = Rc::new(data);
                self.data = Some(data.clone());
                if let Some(session) = &mut self.session {
                    if let Err(error) = session.attach(data) {
                        self.fail(error);
                    } else if self.goal.is_some() {
                        self.started();
                    } else if let Some(why) = self.evaluating {
                        // Asked for before there was anything to evaluate on.
                        if let Err(error) = self.begin_evaluation(why) {
                            self.fail(error);
                        }
                    }
                }
            }
            Err(problem) => {
                self.evaluating = None;
                let was_to_run = self.goal.take().is_some();
                self.events.push(Event::Failed(Problem::Data(problem)));
                if was_to_run {
                    self.stopped(StopReason::Failed);
                }
            }
        }
    }

    /// Takes a command. What goes wrong becomes an event; what was there stays.
    pub async fn handle(&mut self, command: Command) {
        if let Err(error) = self.obey(command).await {
            self.fail(error);
        }
    }

    async fn obey(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Configure(settings) => self.configure(*settings).await?,
            Command::Start { steps } => {
                let Some(session) = &self.session else { return Ok(()) };
                let step = session.step_count();
                let end = session.settings().last_step();
                // Started again at its end, it goes on for as long again.
                let goal = match steps {
                    Some(steps) => step + steps,
                    None if step < end => end,
                    None => step + end.max(1),
                };
                self.go(Goal { step: goal, reason: StopReason::Finished });
            }
            Command::Step => {
                let Some(session) = &self.session else { return Ok(()) };
                let step = session.step_count() + 1;
                self.go(Goal { step, reason: StopReason::Stepped });
            }
            Command::Pause => {
                if self.goal.take().is_some() {
                    // The answer first, what takes reading from the device after it.
                    self.report_losses();
                    self.stopped(StopReason::Paused);
                    self.report(true).await?;
                }
            }
            Command::Reset => {
                if let Some(settings) = self.session.as_ref().map(|session| session.settings().clone()) {
                    self.configure(settings).await?;
                }
            }
            Command::NewSeed(seed) => {
                if let Some(mut settings) = self.session.as_ref().map(|session| session.settings().clone()) {
                    settings.seed = seed;
                    self.configure(settings).await?;
                }
            }
            Command::SetLearningRate(rate) => {
                if !rate.is_finite() || rate < 0.0 {
                    return Err(Error::Mistake(Mistake::Negative { name: "learning rate".to_string(), value: rate }));
                }
                if let Some(session) = &mut self.session {
                    session.set_learning_rate(rate);
                }
            }
            Command::SetEnd { epochs, steps } => {
                if let Some(session) = &mut self.session {
                    session.set_end(epochs, steps);
                    let end = session.settings().last_step();
                    // A run that goes to its end goes to the new one.
                    if let Some(goal) = self.goal.as_mut().filter(|goal| goal.reason == StopReason::Finished) {
                        goal.step = end.max(session.step_count() + 1);
                    }
                }
            }
            Command::SetDigit(digit) => {
                self.digit = digit.map(|Floats(pixels)| pixels);
                self.report(false).await?;
            }
            Command::WatchOptimizer(watched) => {
                self.watches_optimizer = watched;
                self.last_details = 0.0;
                self.report(false).await?;
            }
            Command::SwitchDevice(choice) => self.switch_device(choice).await?,
            Command::Evaluate => {
                self.want_data();
                self.begin_evaluation(Evaluating::Asked)?;
            }
            Command::ExportWeights => {
                if let Some(session) = &self.session {
                    let network = session.network();
                    let notes = [
                        ("seed", session.settings().seed.to_string()),
                        ("step", session.step_count().to_string()),
                        ("settings", crate::export::link::write(session.settings())),
                    ];
                    let file = weights::to_safetensors(&network.spec, &network.read().await?, &notes)?;
                    self.events.push(Event::Weights(Bytes(file)));
                }
            }
            Command::ImportWeights(Bytes(file)) => {
                if let Some(session) = &mut self.session {
                    match weights::from_safetensors(&session.network().spec, &file) {
                        Ok(values) => {
                            session.set_weights(&values)?;
                            self.events.push(Event::WeightsTaken);
                            self.last_details = 0.0;
                            self.report(false).await?;
                            if session_ready(&self.session) {
                                self.begin_evaluation(Evaluating::Asked)?;
                            }
                        }
                        Err(error) => self.events.push(Event::Failed(Problem::Weights(error.into()))),
                    }
                }
            }
            Command::ShowTestImages(indices) => {
                if let Some(data) = &self.data {
                    let images = indices
                        .into_iter()
                        .filter(|&index| (index as usize) < data.test.len())
                        .map(|index| TestImage {
                            index,
                            label: data.test.labels[index as usize],
                            pixels: Bytes(data.test.image(index as usize).to_vec()),
                        })
                        .collect();
                    self.events.push(Event::TestImages(images));
                }
            }
            Command::RunBench { settings, steps, rounds } => {
                let (device, _) = device::choose(settings.device).await;
                self.bench = Some(Bench::new(*settings, steps, rounds, device, self.data.clone(), self.maker)?);
            }
        }
        Ok(())
    }

    async fn configure(&mut self, settings: TrainSettings) -> Result<()> {
        if let Err(error) = settings.check() {
            self.events.push(Event::Failed(Problem::Settings(error.into())));
            return Ok(());
        }
        self.goal = None;
        self.evaluating = None;
        let (device, note) = device::choose(settings.device).await;
        let mut session = Session::new(settings, device)?;
        session.set_team_maker(self.maker);
        if let Some(data) = &self.data {
            session.attach(data.clone())?;
        }
        self.stopping = session.settings().patience.map(EarlyStopping::new);
        (self.best, self.safe) = (None, None);
        self.losses.clear();
        self.told = 0;
        self.evaluated = None;
        let configured = Configured {
            settings: session.settings().clone(),
            device: session.device().name().to_string(),
            workers: session.intended_workers() as u32,
            parameters: session.network().spec.parameter_count()? as u64,
            steps_per_epoch: session.steps_per_epoch(),
            first_layer: session.first_layer().await?,
        };
        self.session = Some(session);
        self.events.push(Event::Configured(configured));
        if note.is_some() {
            self.events.push(Event::DeviceChanged { device: self.device_name(), note });
        }
        if self.digit.is_some() {
            self.report(false).await?;
        }
        Ok(())
    }

    fn go(&mut self, goal: Goal) {
        let was_running = self.goal.replace(goal).is_some();
        self.want_data();
        if !was_running && session_ready(&self.session) {
            self.started();
        }
    }

    fn started(&mut self) {
        let now = (self.clock)();
        let step = self.session.as_ref().map_or(0, Session::step_count);
        self.pace.restart(now, step);
        self.last_report = now;
        self.events.push(Event::Started);
    }

    fn stopped(&mut self, reason: StopReason) {
        let step = self.session.as_ref().map_or(0, Session::step_count);
        self.events.push(Event::Stopped { step, reason });
    }

    fn want_data(&mut self) {
        self.wants_data = self.data.is_none();
    }

    fn device_name(&self) -> String {
        self.session.as_ref().map_or("cpu", |session| session.device().name()).to_string()
    }

    fn fail(&mut self, error: Error) {
        let running = self.goal.take().is_some();
        self.evaluating = None;
        self.bench = None;
        let problem = match error {
            Error::Device(message) | Error::DeviceLost(message) => Problem::Device(message),
            other => Problem::Settings(other.into()),
        };
        self.events.push(Event::Failed(problem));
        if running {
            self.stopped(StopReason::Failed);
        }
    }

    /// Works for a slice of time.
    pub async fn advance(&mut self) {
        let outcome = self.slice().await;
        match outcome {
            Err(Error::DeviceLost(why)) => {
                if let Err(error) = self.recover(&why).await {
                    self.fail(error);
                }
            }
            Err(error) => self.fail(error),
            Ok(()) => {}
        }
    }

    async fn slice(&mut self) -> Result<()> {
        let start = (self.clock)();
        if let Some(bench) = &mut self.bench {
            if let Some(result) = bench.advance(self.clock).await? {
                self.bench = None;
                self.events.push(Event::Bench(result));
            }
            return Ok(());
        }
        while (self.clock)() - start < SLICE && self.has_work() {
            if self.evaluating.is_some() {
                self.evaluate().await?;
            } else {
                self.train().await?;
            }
        }
        let now = (self.clock)();
        if self.goal.is_some() && now - self.last_report >= REPORT {
            self.report(false).await?;
        }
        if self.goal.is_some() && self.device_name() != "cpu" && now - self.last_safety >= SAFETY {
            self.last_safety = now;
            if let Some(session) = &self.session {
                self.safe = Some(session.checkpoint().await?);
            }
        }
        Ok(())
    }

    async fn train(&mut self) -> Result<()> {
        let (Some(goal), Some(session)) = (self.goal, &mut self.session) else { return Ok(()) };
        let before = session.step_count();
        if before < goal.step {
            let mut count = goal.step - before;
            if session.device() != &Device::Cpu {
                // What is queued cannot be taken back: a pause waits for it.
                count = count.min((self.pace.steps_per_second() * GPU_AHEAD).max(1.0) as u64);
            }
            let stretch = session.run(count).await?;
            // Steps that are done again after a device was lost were told already.
            let again = self.told.saturating_sub(before) as usize;
            self.losses.extend(stretch.losses.iter().skip(again));
            self.told = self.told.max(before + stretch.losses.len() as u64);
            let after = session.step_count();
            self.pace.note((self.clock)(), after);
            if let Some((step, place)) = stretch.not_finite {
                self.go_back_before(step).await?;
                self.goal = None;
                self.report(true).await?;
                self.events.push(Event::Failed(Problem::NotFinite { step, place }));
                self.stopped(StopReason::Failed);
                return Ok(());
            }
            if after % session.steps_per_epoch() == 0 {
                return self.begin_evaluation(Evaluating::Epoch);
            }
            if after < goal.step {
                return Ok(());
            }
        }
        self.finish(goal.reason).await
    }

    async fn finish(&mut self, reason: StopReason) -> Result<()> {
        self.goal = None;
        self.report(true).await?;
        self.stopped(reason);
        // A run that is over has its figures, wherever in an epoch it ended.
        let step = self.session.as_ref().map_or(0, Session::step_count);
        let again = matches!(reason, StopReason::EarlyStopped { .. });
        if again || (reason == StopReason::Finished && self.evaluated != Some(step)) {
            self.begin_evaluation(Evaluating::Asked)?;
        }
        Ok(())
    }

    /// On a GPU the bad step was found after it was taken: back to the last safe point, and on to just before it.
    async fn go_back_before(&mut self, step: u64) -> Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if session.device() == &Device::Cpu {
            return Ok(());
        }
        match &self.safe {
            Some(safe) => session.restore(safe)?,
            None => {
                let fresh = Session::new(session.settings().clone(), session.device().clone())?;
                session.restore(&fresh.checkpoint().await?)?;
            }
        }
        while session.step_count() + 1 < step {
            let left = step - 1 - session.step_count();
            session.run(left).await?;
        }
        Ok(())
    }

    fn begin_evaluation(&mut self, why: Evaluating) -> Result<()> {
        if let Some(session) = &mut self.session {
            session.begin_evaluation()?;
            self.evaluating = Some(why);
        }
        Ok(())
    }

    async fn evaluate(&mut self) -> Result<()> {
        let Some(session) = &mut self.session else { return Ok(()) };
        if session.advance_evaluation()? {
            return Ok(());
        }
        let why = self.evaluating.take();
        let Some((test, validation)) = session.figures().await? else { return Ok(()) };
        let (step, per_epoch) = (session.step_count(), session.steps_per_epoch());
        self.evaluated = Some(step);
        let held_out = validation.as_ref().unwrap_or(&test).loss;
        if why == Some(Evaluating::Epoch) {
            session.observe_epoch(held_out);
        }
        self.report(true).await?;
        self.events.push(Event::Evaluated(Evaluation {
            step,
            epoch: step as f64 / per_epoch as f64,
            loss: test.loss,
            accuracy: test.accuracy,
            validation: validation.map(|figures| (figures.loss, figures.accuracy)),
            confusion: test.confusion,
            misread: test.misread,
        }));
        if why == Some(Evaluating::Epoch) {
            self.mind_early_stopping(step / per_epoch, held_out).await?;
        }
        if let (Some(goal), Some(session)) = (self.goal, &self.session) {
            // Evaluating is no part of the pace.
            self.pace.restart((self.clock)(), session.step_count());
            if session.step_count() >= goal.step {
                self.finish(goal.reason).await?;
            }
        }
        Ok(())
    }

    async fn mind_early_stopping(&mut self, epoch: u64, loss: f64) -> Result<()> {
        let (Some(stopping), Some(session)) = (&mut self.stopping, &mut self.session) else { return Ok(()) };
        match stopping.observe(epoch, loss) {
            Verdict::Best => self.best = Some(session.checkpoint().await?),
            Verdict::Wait => {}
            Verdict::Stop => {
                let best_epoch = stopping.best_epoch;
                if let Some(best) = &self.best {
                    session.restore_weights(best)?;
                }
                self.last_details = 0.0;
                self.finish(StopReason::EarlyStopped { best_epoch }).await?;
            }
        }
        Ok(())
    }

    /// Tells how the run stands, without anything that has to be read from the device.
    fn report_losses(&mut self) {
        let Some(session) = &self.session else { return };
        self.events.push(Event::Progress(Progress {
            step: session.step_count(),
            epoch: session.epoch(),
            losses: Floats(std::mem::take(&mut self.losses)),
            learning_rate: session.rate_of_last_step(),
            steps_per_second: self.pace.steps_per_second(),
            seconds_left: self.pace.seconds_left(session.settings().last_step()),
            digit: None,
            layers: None,
            first_layer: None,
            optimizer: None,
        }));
    }

    /// Tells how the run stands, with the costlier figures where it is their time or `all` says so.
    async fn report(&mut self, all: bool) -> Result<()> {
        let now = (self.clock)();
        let Some(session) = &mut self.session else { return Ok(()) };
        self.last_report = now;
        let details = all || now - self.last_details >= DETAILS;
        let digit = match &self.digit {
            Some(pixels) => Some(session.predict(pixels).await?),
            None => None,
        };
        let goal = self.goal.map_or(session.settings().last_step(), |goal| goal.step);
        let step = session.step_count();
        let mut progress = Progress {
            step,
            epoch: session.epoch(),
            losses: Floats(std::mem::take(&mut self.losses)),
            learning_rate: session.rate_of_last_step(),
            steps_per_second: self.pace.steps_per_second(),
            seconds_left: self.pace.seconds_left(goal),
            digit,
            layers: None,
            first_layer: None,
            optimizer: None,
        };
        if details {
            self.last_details = now;
            progress.layers = Some(session.layer_statistics().await?);
            progress.first_layer = session.first_layer().await?;
            if self.watches_optimizer {
                progress.optimizer = Some(session.optimizer_state().await?);
            }
        }
        self.events.push(Event::Progress(progress));
        Ok(())
    }

    async fn switch_device(&mut self, choice: DeviceChoice) -> Result<()> {
        let (device, note) = device::choose(choice).await;
        let Some(session) = &mut self.session else { return Ok(()) };
        session.set_device_choice(choice);
        if session.device() == &device {
            self.events.push(Event::DeviceChanged { device: self.device_name(), note });
            return Ok(());
        }
        self.safe = Some(session.checkpoint().await?);
        self.move_to(device, note).await
    }

    /// The GPU went away: the run goes on from the last safe point on a fresh device where there is one, else on the CPU.
    async fn recover(&mut self, why: &str) -> Result<()> {
        let choice = self.session.as_ref().map_or(DeviceChoice::Cpu, |session| session.settings().device);
        let (device, _) = device::choose(choice).await;
        let told = Some(DeviceNote::Lost(why.to_string()));
        match self.move_to(device, told.clone()).await {
            Err(Error::DeviceLost(_)) => self.move_to(Device::Cpu, told).await,
            done => done,
        }
    }

    /// Takes the run up on another device from the last safe point.
    async fn move_to(&mut self, device: Device, note: Option<DeviceNote>) -> Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut moved = Session::new(session.settings().clone(), device)?;
        moved.set_team_maker(self.maker);
        if let Some(data) = &self.data {
            moved.attach(data.clone())?;
        }
        if let Some(safe) = &self.safe {
            moved.restore(safe)?;
        }
        self.session = Some(moved);
        self.events.push(Event::DeviceChanged { device: self.device_name(), note });
        if self.evaluating.is_some() {
            self.begin_evaluation(Evaluating::Asked)?;
        }
        Ok(())
    }
}

fn session_ready(session: &Option<Session>) -> bool {
    session.as_ref().is_some_and(Session::has_data)
}
