//! Training steps: on the CPU one by one, each looked at before the weights change; on a GPU many a submit, the losses coming back
//! behind them while the next are queued.

use super::{Data, Session};
use crate::backend::kernel::UpdateRow;
use crate::backend::{Buffer, Device, HostData, Reading};
use crate::error::Result;
use crate::nn::folds::Split;
use crate::nn::network::{Network, floats};
use crate::random::Generator;
use crate::trainer::crew;
use crate::trainer::protocol::OperationPlace;
use crate::trainer::settings::TrainSettings;
use crate::trainer::shards::{Part, Replica, StepOrder, TeamRequest, row_length};
use crate::trainer::statistics;
use crate::trainer::step::{Step, StepPlan};

/// Submits that a GPU may have before it: where they are short one waits while another is worked on.
pub const SUBMITS_AHEAD: usize = 2;

/// Teams that may be lost before a session goes on alone.
const TEAMS: u32 = 3;

/// What a stretch of steps gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stretch {
    /// The step of the first loss.
    pub first: u64,
    /// The loss of each step from there on.
    pub losses: Vec<f32>,
    /// The step whose loss is no number, and the operation that made it; no update was made from it on the CPU.
    pub not_finite: Option<(u64, Option<OperationPlace>)>,
}

/// How many steps were queued, and the losses that come back behind the last of a chunk.
type Queued = (u64, Option<Box<dyn Reading>>);

enum Taken {
    Done,
    /// No update was made; the operation that made the first such number.
    NotFinite(Option<OperationPlace>),
    /// A helper is lost, and no update was made.
    TeamLost,
}

impl Stretch {
    /// Takes what follows behind it: losses up to the first that is no number.
    fn extend(&mut self, first: u64, losses: &[f32]) {
        if self.not_finite.is_some() || losses.is_empty() {
            return;
        }
        if self.losses.is_empty() {
            self.first = first;
        }
        let good = losses.iter().take_while(|loss| loss.is_finite()).count();
        self.losses.extend_from_slice(&losses[..good]);
        if good < losses.len() {
            self.not_finite = Some((first + good as u64, None));
        }
    }
}

impl Session {
    /// Takes at most `count` steps: fewer where an epoch ends, where the device's chunk is full, or where a loss is no
    /// number. An empty result without data.
    pub async fn run(&mut self, count: u64) -> Result<Stretch> {
        let mut stretch = self.run_ahead(count, SUBMITS_AHEAD).await?;
        let rest = self.settle().await?;
        stretch.extend(rest.first, &rest.losses);
        stretch.not_finite = stretch.not_finite.or(rest.not_finite);
        Ok(stretch)
    }

    /// The same, but on a GPU the steps are queued only, and the result holds the losses of earlier ones that have come back by now.
    /// Waits where more than `most` submits would be in flight.
    pub async fn run_ahead(&mut self, count: u64, most: usize) -> Result<Stretch> {
        let mut stretch = Stretch::default();
        if self.data.is_none() {
            return Ok(stretch);
        }
        self.gather_team().await?;
        self.begin_epoch()?;
        self.collect(most - 1, &mut stretch).await?;
        if stretch.not_finite.is_some() {
            return Ok(stretch);
        }
        let before = self.team.is_some().then(|| self.generator.clone());
        let first = self.step + 1;
        let Some(data) = &self.data else { return Ok(stretch) };
        let count = count.min(self.steps_per_epoch() - self.batch).min(data.buffers.chunk as u64);
        let rows: Vec<UpdateRow> =
            (self.step..self.step + count).map(|step| self.settings.optimizer.row(step, self.rate_at(step))).collect();
        let masks = self.draw_masks(count)?;
        let row = masks.len() / count.max(1) as usize;
        self.masks = (masks[masks.len() - row..].to_vec(), self.rows_of(self.batch + count.max(1) - 1));
        let order =
            self.team.is_some().then(|| StepOrder::new(self.batch, self.rows_of(self.batch), &rows[0], masks.clone()));
        let Some(data) = &self.data else { return Ok(stretch) };
        data.buffers.write_ahead(self.batch, &rows, masks)?;
        let mut reading = None;
        let mut left = count;
        while left > 0 {
            let queued = self.queue_steps(left, count)?;
            if let Some((steps, its_reading)) = queued {
                reading = its_reading;
                self.step += steps;
                self.batch += steps;
                left -= steps;
                continue;
            }
            reading = None;
            let start = self.maker.map(|maker| (maker.clock)());
            match self.take_step(count == 1, order.as_ref()).await? {
                Taken::Done => self.note_time(start),
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
        match reading {
            Some(reading) => self.coming.push_back((first, reading)),
            None => {
                if let Some(data) = &self.data {
                    let losses = floats(data.buffers.losses.read().await?)?;
                    stretch.extend(first, &losses[..count as usize]);
                }
            }
        }
        Ok(stretch)
    }

    /// The losses of all steps that are queued: waits until the last is there.
    pub async fn settle(&mut self) -> Result<Stretch> {
        let mut stretch = Stretch::default();
        self.collect(0, &mut stretch).await?;
        Ok(stretch)
    }

    /// Takes in the losses that are there, and waits for those before the last `most` submits.
    async fn collect(&mut self, most: usize, stretch: &mut Stretch) -> Result<()> {
        while self.coming.len() > most || self.coming.front().is_some_and(|(_, reading)| reading.is_ready()) {
            let Some((first, reading)) = self.coming.pop_front() else { break };
            stretch.extend(first, &reading.floats().await?);
        }
        Ok(())
    }

    /// The dropout masks of the next `count` steps, a row a step.
    fn draw_masks(&mut self, count: u64) -> Result<Vec<u8>> {
        let Some(data) = &self.data else { return Ok(Vec::new()) };
        let mut masks = Vec::new();
        for batch in self.batch..self.batch + count {
            let rows = self.rows_of(batch);
            let row_bytes = data.buffers.masks.as_ref().map_or(0, |step_masks| step_masks.row);
            let end = masks.len() + row_bytes;
            masks.extend(masks_of(&self.network, &mut self.generator, rows)?.concat());
            masks.resize(end, 0);
        }
        Ok(masks)
    }

    /// Makes the team that the settings or a trial ask for, if it is not there. A place that fails to three times is not asked
    /// again.
    async fn gather_team(&mut self) -> Result<()> {
        let (Some(maker), Some(data), Device::Cpu) = (self.maker, &self.data, &self.device) else { return Ok(()) };
        let workers = self.intended_workers();
        if workers == self.workers() || self.lost >= TEAMS {
            return Ok(());
        }
        self.team = None;
        if workers < 2 {
            return Ok(());
        }
        let request = TeamRequest {
            settings: self.settings.clone(),
            workers,
            data: data.host.clone(),
            examples: self.split.train.len(),
            sums: row_length(self.network.parameters.iter().map(|parameter| parameter.tensor.numel()).chain([1])),
            masks: self.network.mask_bytes(self.settings.batch)?,
        };
        match (maker.assemble)(request).await {
            Ok(team) => (self.team, self.stale) = (Some(team), true),
            Err(_) => self.lost += 1,
        }
        if self.lost >= TEAMS {
            self.trial = None;
        }
        Ok(())
    }

    /// Tells a trial how long a step took.
    fn note_time(&mut self, start: Option<f64>) {
        let (Some(trial), Some(maker), Some(start)) = (&mut self.trial, self.maker, start) else { return };
        if let Some(tried) = trial.note((maker.clock)() - start) {
            crew::remember(&self.settings, (maker.workers)(0), &tried);
            (self.trial, self.tried) = (None, Some(tried));
        }
    }

    /// Draws the epoch's order where one begins.
    fn begin_epoch(&mut self) -> Result<()> {
        if self.batch == self.steps_per_epoch() {
            self.batch = 0;
            self.order.clear();
        }
        if self.order.is_empty() {
            self.order = drawn_order(&self.split, &mut self.generator);
            self.stale = true;
            if let Some(data) = &self.data {
                data.buffers.order.write(0, &HostData::Index(self.order.clone()))?;
            }
        }
        Ok(())
    }

    pub(super) fn rows_of(&self, batch: u64) -> usize {
        let start = batch as usize * self.settings.batch;
        self.settings.batch.min(self.split.train.len() - start)
    }

    /// On a GPU: queues as many of the next `most` steps as one compiled recording can repeat, in one submit, and says how many. With the
    /// last of a chunk of `chunk` steps the losses of the chunk come back. None on a CPU.
    fn queue_steps(&mut self, most: u64, chunk: u64) -> Result<Option<Queued>> {
        let rows = self.rows_of(self.batch);
        let Some(data) = self.data.as_ref().filter(|_| self.device != Device::Cpu) else { return Ok(None) };
        let at = match self.steps.iter().position(|step| step.rows == rows) {
            Some(at) => at,
            None => {
                let part = Part { worker: 0, workers: 1 };
                let plan = plan(&self.network, &self.settings, &self.states, data, rows, part);
                let mut step = Step::record_gradient(&plan)?;
                step.record_update(&plan)?;
                self.steps.push(step);
                self.steps.len() - 1
            }
        };
        let Some(replay) = &self.steps[at].replay else { return Ok(None) };
        // Only the last batch of an epoch may have fewer rows.
        let same = (self.batch..self.batch + most).take_while(|&batch| self.rows_of(batch) == rows).count();
        let reading = if same as u64 == most {
            Some(replay.run_and_read(same, &data.buffers.losses, chunk as usize)?)
        } else {
            replay.run(same)?;
            None
        };
        self.last = Some(at);
        Ok(Some((same as u64, reading)))
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
        let plan = plan(&self.network, &self.settings, &self.states, data, rows, part);
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
}

/// The order of an epoch's images.
pub(super) fn drawn_order(split: &Split, generator: &mut Generator) -> Vec<u32> {
    generator.epoch_order(split.train.len()).into_iter().map(|position| split.train[position]).collect()
}

/// A batch's masks, one for each dropout layer.
pub(super) fn masks_of(network: &Network, generator: &mut Generator, rows: usize) -> Result<Vec<Vec<u8>>> {
    let draw = |(elements, probability)| generator.dropout_mask(elements, probability).into_iter().map(u8::from).collect();
    Ok(network.dropout_sizes(rows)?.into_iter().map(draw).collect())
}

fn plan<'a>(
    network: &'a Network,
    settings: &TrainSettings,
    states: &'a [Vec<Buffer>],
    data: &'a Data,
    rows: usize,
    part: Part,
) -> StepPlan<'a> {
    let (images, buffers) = (&data.train, &data.buffers);
    StepPlan { network, images, buffers, rule: settings.optimizer.rule(), states, batch: settings.batch, rows, part }
}
