//! Steps towards a goal, what is told of them on the way, and what happens when a loss is no number.

use super::{Engine, Evaluating};
use crate::backend::Device;
use crate::error::Result;
use crate::trainer::crew;
use crate::trainer::protocol::{Event, Floats, OperationPlace, Problem, Progress, StopReason};
use crate::trainer::session::{SUBMITS_AHEAD, Session, Stretch};

/// How often the costlier figures go along.
const DETAILS: f64 = 500.0;
/// Steps after which they go along in any case: a fast run changes most before the first half second is over.
const DETAILED: [u64; 7] = [1, 3, 10, 30, 100, 300, 1000];
/// Seconds of work that a GPU is sent at once.
const GPU_AHEAD: f64 = 0.02;

impl Engine {
    pub(super) async fn train(&mut self) -> Result<()> {
        let (Some(goal), Some(session)) = (self.goal, &mut self.session) else { return Ok(()) };
        let before = session.step_count();
        if before < goal.step {
            let (mut count, mut submits) = (goal.step - before, SUBMITS_AHEAD);
            if session.device() != &Device::Cpu {
                // What is queued cannot be taken back: a pause waits for it. Where one step is more than should be queued at once,
                // the next waits until it is done.
                let ahead = self.pace.steps_per_second() * GPU_AHEAD;
                count = count.min(ahead.max(1.0) as u64);
                submits = if ahead < 1.0 { 1 } else { SUBMITS_AHEAD };
            }
            let stretch = session.run_ahead(count, submits).await?;
            if let Some(tried) = session.take_tried() {
                let keep = Some(crew::remembered());
                self.events.push(Event::Crew { workers: crew::best(&tried) as u32, tried, keep });
            }
            let after = session.step_count();
            let ends_epoch = session.ends_epoch();
            self.pace.note((self.clock)(), after);
            let detailed = DETAILED.iter().any(|step| (before + 1..=after).contains(step));
            if self.take_in(stretch).await? || ((ends_epoch || after >= goal.step) && self.settle().await?) {
                return Ok(());
            }
            if ends_epoch {
                return self.begin_evaluation(Evaluating::Epoch);
            }
            if after < goal.step {
                return if detailed { self.report(true).await } else { Ok(()) };
            }
        }
        self.finish(goal.reason).await
    }

    /// Takes in the losses of steps that are done. True where one was no number: the run then stands before that step.
    async fn take_in(&mut self, stretch: Stretch) -> Result<bool> {
        // Steps that are done again after a device was lost were told already.
        let again = (self.told + 1).saturating_sub(stretch.first) as usize;
        self.losses.extend(stretch.losses.iter().skip(again));
        if !stretch.losses.is_empty() {
            self.told = self.told.max(stretch.first + stretch.losses.len() as u64 - 1);
        }
        let Some((step, mut place)) = stretch.not_finite else { return Ok(false) };
        self.go_back_before(step).await?;
        if place.is_none() {
            place = self.search_on_cpu().await?;
        }
        self.goal = None;
        self.report(true).await?;
        self.events.push(Event::Failed(Problem::NotFinite { step, place }));
        self.stopped(StopReason::Failed);
        Ok(true)
    }

    /// Waits for the losses of all steps that a GPU has been sent. True as above.
    pub(super) async fn settle(&mut self) -> Result<bool> {
        let Some(session) = &mut self.session else { return Ok(false) };
        let stretch = session.settle().await?;
        self.take_in(stretch).await
    }

    pub(super) async fn finish(&mut self, reason: StopReason) -> Result<()> {
        self.goal = None;
        self.report(true).await?;
        self.stopped(reason);
        self.make_safe().await?;
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

    /// A GPU does not say which operation made the number: the step is done again on the CPU, which looks at each.
    async fn search_on_cpu(&self) -> Result<Option<OperationPlace>> {
        let Some(session) = self.session.as_ref().filter(|session| session.device() != &Device::Cpu) else {
            return Ok(None);
        };
        let mut twin = self.session_on(session.settings().clone(), Device::Cpu)?;
        twin.set_team_maker(None);
        twin.restore(&session.checkpoint().await?)?;
        Ok(twin.run(1).await?.not_finite.and_then(|(_, place)| place))
    }

    /// Tells how the run stands, without anything that has to be read from the device.
    pub(super) fn report_losses(&mut self) {
        if let Some(progress) = self.progress(None) {
            self.events.push(Event::Progress(progress));
        }
    }

    /// Tells how the run stands, with the costlier figures where it is their time or `all` says so.
    pub(super) async fn report(&mut self, all: bool) -> Result<()> {
        let now = (self.clock)();
        let Some(session) = &mut self.session else { return Ok(()) };
        self.last_report = now;
        let digit = match &self.digit {
            Some(pixels) => Some(session.predict(pixels).await?),
            None => None,
        };
        let Some(mut progress) = self.progress(digit) else { return Ok(()) };
        if let Some(session) = self.session.as_mut().filter(|_| all || now - self.last_details >= DETAILS) {
            self.last_details = now;
            progress.layers = Some(session.layer_statistics().await?);
            progress.first_layer = session.first_layer().await?;
            progress.mask = session.mask();
            if self.watches_optimizer {
                progress.optimizer = Some(session.optimizer_state().await?);
            }
        }
        self.events.push(Event::Progress(progress));
        Ok(())
    }

    /// How the run stands, with the losses that were not told yet and none of the costlier figures.
    fn progress(&mut self, digit: Option<Vec<f32>>) -> Option<Progress> {
        let session = self.session.as_ref()?;
        let goal = self.goal.map_or(session.settings().last_step(), |goal| goal.step);
        Some(Progress {
            step: session.told_step(),
            epoch: session.epoch(),
            losses: Floats(std::mem::take(&mut self.losses)),
            learning_rate: session.rate_of_last_step(),
            steps_per_second: self.pace.steps_per_second(),
            seconds_left: self.pace.seconds_left(goal),
            digit,
            layers: None,
            first_layer: None,
            mask: None,
            optimizer: None,
        })
    }
}
