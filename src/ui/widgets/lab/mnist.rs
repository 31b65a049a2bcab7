//! The lab on MNIST cut down: a few hundred images, trained in a worker of its own as Train does, judged on the 10,000 test
//! images after every epoch.

use super::state::{LabState, Marks};
use crate::lessons::compute::lab::{Record, schedule};
use crate::lessons::widgets::Values;
use crate::nn::optimizer::{OptimizerKind, OptimizerSettings};
use crate::trainer::client::Client;
use crate::trainer::protocol::{Command, Evaluation, Event, Floats, Problem, StopReason, WeightPicture};
use crate::trainer::settings::{DeviceChoice, TrainSettings};
use crate::ui::components::Values as Drawn;
use crate::ui::trials::start_worker;
use leptos::prelude::*;

/// One image in so many is held out for validation.
const HELD_OUT: usize = 5;

/// The run in the worker. `Copy`.
#[derive(Clone, Copy)]
pub struct MnistRun {
    client: StoredValue<Option<Client>, LocalStorage>,
    on: RwSignal<bool>,
    /// Bytes of the data set that are here, of all; only while they come.
    pub loading: RwSignal<Option<(u64, u64)>>,
    pub first_layer: RwSignal<Option<WeightPicture>>,
    pub problem: RwSignal<Option<Problem>>,
    losses: StoredValue<Vec<f32>>,
    evaluations: StoredValue<Vec<Evaluation>>,
    rates: StoredValue<Vec<f64>>,
    /// The fold that trains now, and how many there are; none for a run of its own.
    fold: StoredValue<Option<(usize, usize)>>,
    /// The worker holds the present run, which can go on.
    begun: StoredValue<bool>,
    /// A run was asked for and has not been set up: what comes until then is the earlier one's.
    awaited: StoredValue<bool>,
}

impl MnistRun {
    /// Nothing yet; the worker starts with the first run.
    pub fn new() -> Self {
        MnistRun {
            client: StoredValue::new_local(None),
            on: RwSignal::new(false),
            loading: RwSignal::new(None),
            first_layer: RwSignal::new(None),
            problem: RwSignal::new(None),
            losses: StoredValue::new(Vec::new()),
            evaluations: StoredValue::new(Vec::new()),
            rates: StoredValue::new(Vec::new()),
            fold: StoredValue::new(None),
            begun: StoredValue::new(false),
            awaited: StoredValue::new(false),
        }
    }

    /// Whether it trains; followed.
    pub fn is_on(self) -> bool {
        self.on.get()
    }

    fn send(self, command: Command) {
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send(command);
            }
        });
    }

    fn configure(self, lab: LabState, settings: TrainSettings) {
        if self.client.with_value(Option::is_none) {
            self.client.set_value(Some(start_worker(move |event| self.take(lab, event))));
        }
        self.losses.set_value(Vec::new());
        self.evaluations.set_value(Vec::new());
        self.rates.set_value(Vec::new());
        self.problem.set(None);
        self.awaited.set_value(true);
        self.send(Command::Configure(Box::new(settings)));
        // The curves begin with what the network can do untrained.
        self.send(Command::Evaluate);
        self.go();
    }

    fn go(self) {
        self.on.set(true);
        self.send(Command::Start { steps: None });
    }

    /// Whether the worker holds the present run.
    pub fn has_begun(self) -> bool {
        self.begun.get_value()
    }

    /// Starts, or goes on.
    pub fn run(self, lab: LabState) {
        if self.begun.get_value() {
            return self.go();
        }
        self.begun.set_value(true);
        self.fold.set_value(None);
        self.configure(lab, settings(&lab.handle.values_untracked()));
    }

    /// Pauses.
    pub fn stop(self) {
        if self.on.get_untracked() {
            self.on.set(false);
            self.send(Command::Pause);
        }
    }

    /// The run in the worker is not that of the settings any more.
    pub fn forget(self) {
        self.stop();
        self.begun.set_value(false);
    }

    /// One run for each fold, one after the other.
    pub fn run_folds(self, lab: LabState) {
        let folds = lab.handle.values_untracked().whole("folds");
        self.begun.set_value(false);
        self.run_fold(lab, 0, folds);
    }

    fn run_fold(self, lab: LabState, fold: usize, folds: usize) {
        self.fold.set_value(Some((fold, folds)));
        let settings = settings(&lab.handle.values_untracked());
        self.configure(lab, TrainSettings { folds, fold, validation: 0, ..settings });
    }

    fn take(self, lab: LabState, event: Event) {
        match event {
            Event::DataProgress { loaded, total } => self.loading.set(Some((loaded, total))),
            Event::DataReady { .. } => self.loading.set(None),
            Event::Configured(configured) => {
                self.awaited.set_value(false);
                self.first_layer.set(configured.first_layer);
            }
            Event::Progress(_) | Event::Evaluated(_) | Event::Stopped { .. } if self.awaited.get_value() => {}
            Event::Progress(progress) => {
                let Floats(losses) = &progress.losses;
                self.losses.update_value(|all| all.extend(losses));
                self.rates.update_value(|all| all.resize(all.len() + losses.len(), progress.learning_rate));
                lab.mask.set(progress.mask.and_then(drawn));
                if progress.first_layer.is_some() {
                    self.first_layer.set(progress.first_layer);
                }
                self.show(lab);
            }
            Event::Evaluated(evaluation) => {
                self.evaluations.update_value(|all| {
                    if all.iter().all(|earlier| earlier.step != evaluation.step) {
                        all.push(evaluation);
                    }
                });
                self.show(lab);
            }
            Event::Stopped { reason, .. } => self.stopped(lab, reason),
            Event::Failed(problem) => {
                self.loading.set(None);
                self.on.set(false);
                self.begun.set_value(false);
                self.problem.set(Some(problem));
            }
            _ => {}
        }
    }

    fn stopped(self, lab: LabState, reason: StopReason) {
        let over = matches!(reason, StopReason::Finished | StopReason::EarlyStopped { .. });
        if !over {
            return self.on.set(false);
        }
        if let Some((fold, folds)) = self.fold.get_value() {
            let best = best(&self.evaluations.get_value());
            lab.fold_results.update(|results| results.extend(best.map(|(_, figures)| figures)));
            if fold + 1 < folds {
                return self.run_fold(lab, fold + 1, folds);
            }
        }
        self.on.set(false);
        self.begun.set_value(false);
        if matches!(reason, StopReason::EarlyStopped { .. }) {
            lab.mark(Marks { stopped: true, ..lab.marks.get_untracked() });
        }
    }

    /// What the worker has told so far, as the curves have it. Folds leave the curves alone.
    fn show(self, lab: LabState) {
        if self.fold.with_value(Option::is_some) {
            return;
        }
        let evaluations = self.evaluations.get_value();
        let records = self.losses.with_value(|losses| self.rates.with_value(|rates| records(&evaluations, losses, rates)));
        lab.records.set(records);
        let patience = lab.handle.values_untracked().whole("patience");
        let best = best(&evaluations).map_or(0, |(epoch, _)| epoch);
        lab.marks.set(Marks { best, deadline: best + patience, stopped: false });
        lab.tell();
    }
}

/// A mask as it is drawn.
fn drawn(mask: WeightPicture) -> Option<Drawn> {
    let WeightPicture { shape, values: Floats(numbers) } = mask;
    let &[height, width] = &shape[..] else { return None };
    Some(Drawn { width, height, numbers: numbers.into() })
}

/// The epoch with the smallest validation loss, that loss, and the accuracy there.
fn best(evaluations: &[Evaluation]) -> Option<(usize, (f64, f64))> {
    let judged = evaluations.iter().enumerate().filter_map(|(epoch, evaluation)| Some((epoch, evaluation.validation?)));
    judged.min_by(|a, b| a.1.0.total_cmp(&b.1.0))
}

/// An epoch's training loss is the mean over its steps, as far as they have been told.
fn records(evaluations: &[Evaluation], losses: &[f32], rates: &[f64]) -> Vec<Record> {
    let mut from = 0;
    let record = |evaluation: &Evaluation| {
        let to = (evaluation.step as usize).min(losses.len());
        let steps = losses.get(from..to).unwrap_or_default();
        let sum: f64 = steps.iter().map(|loss| f64::from(*loss)).sum();
        let rate = to.checked_sub(1).and_then(|last| rates.get(last)).or(rates.first()).copied().unwrap_or(0.0);
        from = to;
        let (validation, validation_accuracy) = evaluation.validation.unwrap_or((f64::NAN, f64::NAN));
        Record { train: sum / steps.len() as f64, validation, test: evaluation.loss, validation_accuracy, rate }
    };
    evaluations.iter().map(record).collect()
}

/// The widget's settings as a run of the trainer.
fn settings(values: &Values) -> TrainSettings {
    let (examples, hidden) = (values.whole("count"), values.whole("hidden").max(1));
    let mut optimizer = OptimizerSettings::new(OptimizerKind::Sgd, values.number("rate"));
    optimizer.momentum = values.number("momentum");
    optimizer.weight_decay = values.number("l2");
    optimizer.l1 = values.number("l1");
    let epochs = values.whole("epochs");
    TrainSettings {
        model: format!("linear{hidden},relu,linear{hidden},relu,linear10"),
        device: DeviceChoice::Cpu,
        workers: 1,
        seed: values.whole("seed") as u64,
        batch: values.whole("batch").max(1),
        optimizer,
        schedule: schedule(values.text("schedule"), epochs),
        dropout: values.number("dropout"),
        epochs: epochs as u64,
        examples,
        validation: examples / HELD_OUT,
        patience: Some(values.whole("patience").max(1)),
        ..TrainSettings::for_model("mlp-200")
    }
}
