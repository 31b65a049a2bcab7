//! What the worker tells of the run, and where in the page's state it goes.

use super::news;
use super::progress::{Figures, Points};
use super::state::{Phase, TrainState, file_name};
use crate::trainer::protocol::{Bytes, Command, Configured, Evaluation, Event, Problem, StopReason};
use crate::trainer::settings::TrainSettings;
use leptos::prelude::*;
use std::sync::Arc;

/// How many misread images are shown.
const SHOWN_IMAGES: usize = 24;

impl TrainState {
    fn clear(self) {
        self.figures.set(Figures::default());
        self.raw.set(Points::default());
        self.smoothed.set(Points::default());
        self.average.set_value((0.0, 0.0));
        self.evaluations.set(Vec::new());
        self.layers.set(Vec::new());
        self.history.set(Arc::default());
        self.optimizer.set(Vec::new());
        self.not_finite.set(None);
        self.next_step.set(None);
        self.images.set(Vec::new());
        self.mask.set(None);
    }

    /// Takes what the worker tells.
    pub(super) fn take(self, event: Event) {
        match event {
            Event::Ready | Event::KernelsTried(_) | Event::Bench(_) | Event::Product { .. } => {}
            Event::Crew { workers, tried, .. } => self.crew.set(Some((workers, tried))),
            Event::DataProgress { loaded, total } => self.data_progress.set(Some((loaded, total))),
            Event::DataReady { .. } => self.data_progress.set(None),
            Event::Configured(configured) => self.set_up(configured),
            Event::Started => {
                self.starting.set_value(false);
                self.phase.set(Phase::Running);
                news::started(self.i18n, self.status);
            }
            Event::Progress(progress) => self.take_progress(progress),
            Event::Evaluated(evaluation) => self.take_evaluation(evaluation),
            Event::TestImages(images) => self.images.set(images),
            Event::NextStep(next) => self.next_step.set(Some(Arc::from(next))),
            Event::Stopped { step, reason } => self.stopped(step, reason),
            Event::Weights(Bytes(bytes)) => self.take_weights(&bytes),
            Event::WeightsTaken => {
                self.lend();
                news::weights_taken(self.i18n, self.status);
            }
            Event::DeviceChanged { device, note } => {
                self.configured.update(|configured| {
                    if let Some(configured) = configured {
                        configured.device = device.clone();
                    }
                });
                self.badge.set(device.to_uppercase());
                self.device_note.set(note.clone());
                news::device_changed(self.i18n, self.status, device, note);
            }
            Event::Failed(problem) => self.failed(problem),
        }
    }

    fn set_up(self, configured: Configured) {
        self.clear();
        self.phase.set(if self.starting.get_value() { Phase::Loading } else { Phase::Standing });
        self.figures.update(|figures| figures.learning_rate = configured.settings.optimizer.learning_rate);
        self.first_layer.set(configured.first_layer.clone());
        self.badge.set(configured.device.to_uppercase());
        self.crew.set(None);
        self.device_note.set(None);
        self.configured.set(Some(configured));
    }

    fn take_evaluation(self, evaluation: Evaluation) {
        let wanted: Vec<u32> = evaluation.misread.iter().take(SHOWN_IMAGES).map(|image| image.index).collect();
        self.evaluations.update(|all| {
            all.retain(|earlier| earlier.step != evaluation.step);
            all.push(evaluation);
        });
        self.send(Command::ShowTestImages(wanted));
    }

    fn stopped(self, step: u64, reason: StopReason) {
        self.starting.set_value(false);
        self.phase.set(Phase::Standing);
        self.lend();
        if let (StopReason::Finished | StopReason::EarlyStopped { .. }, Some(configured)) =
            (reason, self.configured.get_untracked())
        {
            self.note_fold(&configured.settings);
            let next = configured.settings.fold + 1;
            if self.all_folds.get_value() && next < configured.settings.folds {
                return self.run_fold(TrainSettings { fold: next, ..configured.settings });
            }
        }
        // A problem that was just told says more than that the run stands.
        news::stopped(self.i18n, self.status, step, reason);
    }

    fn take_weights(self, bytes: &[u8]) {
        let network = self.configured.with_untracked(|configured| configured.as_ref()?.settings.network().ok());
        if let Some(Err(error)) = network.map(|network| self.networks.set_training(&network, bytes)) {
            self.status.fail(error);
        }
        if self.weights_wanted.get_value() {
            self.weights_wanted.set_value(false);
            let name = self.configured.with_untracked(|configured| file_name(configured.as_ref(), "safetensors"));
            super::files::save(&name, bytes, "application/octet-stream");
        }
    }

    fn failed(self, problem: Problem) {
        self.data_progress.set(None);
        self.starting.set_value(false);
        if self.phase.get_untracked() == Phase::Loading {
            self.phase.set(Phase::Standing);
        }
        if let Problem::NotFinite { step, place } = &problem {
            self.not_finite.set(Some((*step, *place)));
        }
        news::failed(self.i18n, self.status, problem);
    }
}
