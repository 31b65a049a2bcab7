//! More than one run: those before the present one, kept for comparison, and the folds of a cross-validation, which run one
//! after the other by themselves.

use super::progress::Points;
use super::state::TrainState;
use crate::export::link;
use crate::trainer::protocol::Command;
use crate::trainer::settings::TrainSettings;
use leptos::prelude::*;

/// How many earlier runs are kept.
const MOST_RUNS: usize = 8;

/// A run that is over, kept for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub number: u32,
    pub name: String,
    pub query: String,
    pub smoothed: Points,
    pub steps: u64,
    pub loss: f64,
    pub accuracy: Option<f64>,
    pub shown: bool,
}

impl TrainState {
    /// Puts the run so far among the earlier ones.
    pub(super) fn keep_run(self) {
        let smoothed = self.smoothed.get_untracked();
        let (Some(configured), Some(&(_, loss))) = (self.configured.get_untracked(), smoothed.last()) else { return };
        if smoothed.len() < 2 {
            return;
        }
        let number = self.next_run.get_value();
        self.next_run.set_value(number + 1);
        let query = link::write(&configured.settings);
        let run = Run {
            number,
            name: String::new(),
            query,
            steps: self.figures.get_untracked().step,
            smoothed,
            loss,
            accuracy: self.evaluations.with_untracked(|all| all.last().map(|evaluation| evaluation.accuracy)),
            shown: true,
        };
        self.runs.update(|runs| {
            runs.push(run);
            if runs.len() > MOST_RUNS {
                runs.remove(0);
            }
        });
    }

    /// Trains once for each fold from the first on, each time with another part held out; results stay for the mean.
    pub fn run_folds(self, settings: TrainSettings) {
        self.folds.set(Vec::new());
        self.run_fold(TrainSettings { fold: 0, ..settings });
    }

    pub(super) fn run_fold(self, settings: TrainSettings) {
        // The address follows, so that the controls show the fold in training whenever the reader looks.
        self.route.set_query("train", &link::write(&settings));
        if !self.request(&settings) {
            self.reset();
        }
        self.all_folds.set_value(true);
        self.go(Command::Start { steps: None });
    }

    /// Notes how the fold did that has just ended.
    pub(super) fn note_fold(self, settings: &TrainSettings) {
        if settings.folds < 2 {
            return;
        }
        let accuracy = self
            .evaluations
            .with_untracked(|all| all.last().and_then(|evaluation| evaluation.validation).map(|(_, accuracy)| accuracy));
        if let Some(accuracy) = accuracy {
            self.folds.update(|folds| {
                folds.retain(|(fold, _)| *fold != settings.fold);
                folds.push((settings.fold, accuracy));
                folds.sort_unstable_by_key(|(fold, _)| *fold);
            });
        }
    }
}
