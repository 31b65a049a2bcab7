//! The worker's mind without its mouth: takes `Command`s, works in slices of a few milliseconds, leaves `Event`s. Needs no
//! browser, so tests drive it as the page does.
//!
//! `commands` obeys, `training` takes steps and tells of them, `evaluating` looks at held-out images, `moving` changes the device.

mod commands;
mod evaluating;
mod moving;
mod training;

use super::bench::Bench;
use super::pace::Pace;
use super::protocol::{Event, Problem, StopReason};
use super::session::{Checkpoint, Session};
use super::shards::TeamMaker;
use crate::backend::Device;
use crate::data::mnist::{DataProblem, Mnist};
use crate::error::{Error, Result};
use crate::nn::early_stopping::EarlyStopping;
use std::rc::Rc;

/// How long a slice may take, in milliseconds: a pause waits for one and a step at most. Letting messages in after each takes 0.2.
const SLICE: f64 = 20.0;
/// How often progress is told.
const REPORT: f64 = 100.0;
/// Images of a step's batch that are shown: each keeps all its intermediates where it is walked through.
const SHOWN_OF_BATCH: usize = 256;
/// How often a run on a GPU is made safe against its loss.
const SAFETY: f64 = 3000.0;

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
    /// The next step is asked for.
    shows_next: bool,
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
            shows_next: false,
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
        (ready && (self.goal.is_some() || self.evaluating.is_some() || self.shows_next)) || self.bench.is_some()
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
        self.mind(outcome).await;
    }

    /// A lost device is replaced; what else went wrong is told.
    async fn mind(&mut self, outcome: Result<()>) {
        let outcome = match outcome {
            Err(Error::DeviceLost(why)) => self.recover(&why).await,
            other => other,
        };
        if let Err(error) = outcome {
            self.fail(error);
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
            if self.shows_next {
                self.show_next().await?;
            } else if self.evaluating.is_some() {
                self.evaluate().await?;
            } else {
                self.train().await?;
            }
        }
        let now = (self.clock)();
        if self.goal.is_some() && now - self.last_report >= REPORT {
            self.report(false).await?;
        }
        if self.goal.is_some() && (self.safe.is_none() || now - self.last_safety >= SAFETY) {
            self.make_safe().await?;
        }
        Ok(())
    }

    /// On a GPU: keeps all that the run can be taken up from, should the GPU go away. Not before the losses of all steps so far are
    /// known to be numbers: a run goes back there from a step whose loss is none.
    async fn make_safe(&mut self) -> Result<()> {
        if self.settle().await? {
            return Ok(());
        }
        let Some(session) = self.session.as_ref().filter(|session| session.device() != &Device::Cpu) else { return Ok(()) };
        self.safe = Some(session.checkpoint().await?);
        self.last_safety = (self.clock)();
        Ok(())
    }
}

fn session_ready(session: &Option<Session>) -> bool {
    session.as_ref().is_some_and(Session::has_data)
}
