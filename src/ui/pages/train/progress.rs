//! What a report of the worker adds to the page's picture of the run: points of the lines, figures, the layers over time.

use super::state::TrainState;
use crate::trainer::protocol::{Floats, LayerStatistics, Progress};
use leptos::prelude::*;
use std::sync::Arc;

/// The weights are lent to other views once in so many reports: about twice a second.
const REPORTS_A_LOAN: u32 = 5;
/// Weight of the past in the smoothed line.
const SMOOTHING: f64 = 0.95;
/// How many snapshots are kept; when there are more, every second one goes.
const MOST_SNAPSHOTS: usize = 64;

/// Numbers that change together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    pub step: u64,
    pub epoch: u64,
    pub learning_rate: f64,
    pub steps_per_second: f64,
    pub seconds_left: Option<f64>,
}

/// Points of a line, shared with the chart.
pub type Points = Arc<Vec<(f64, f64)>>;

/// The layers at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub step: u64,
    pub layers: Vec<LayerStatistics>,
}

impl TrainState {
    pub(super) fn take_progress(self, progress: Progress) {
        let reports = self.reports.get_value() + 1;
        self.reports.set_value(reports);
        if reports.is_multiple_of(REPORTS_A_LOAN) {
            self.lend();
        }
        let Floats(losses) = &progress.losses;
        if !losses.is_empty() {
            let first = progress.step + 1 - losses.len() as u64;
            let (mut sum, mut weight) = self.average.get_value();
            let mut smooth = Vec::with_capacity(losses.len());
            self.raw.update(|points| {
                let points = Arc::make_mut(points);
                for (step, &loss) in (first..).zip(losses) {
                    let loss = f64::from(loss);
                    points.push((step as f64, loss));
                    sum = SMOOTHING * sum + (1.0 - SMOOTHING) * loss;
                    weight = SMOOTHING * weight + (1.0 - SMOOTHING);
                    smooth.push((step as f64, sum / weight));
                }
            });
            self.average.set_value((sum, weight));
            self.smoothed.update(|points| Arc::make_mut(points).extend(smooth));
        }
        self.figures.set(Figures {
            step: progress.step,
            epoch: progress.epoch,
            learning_rate: progress.learning_rate,
            steps_per_second: progress.steps_per_second,
            seconds_left: progress.seconds_left,
        });
        if progress.digit.is_some() {
            self.digit.set(progress.digit);
        }
        if let Some(layers) = progress.layers {
            self.note_snapshot(progress.step, &layers);
            self.layers.set(layers);
        }
        if let Some(optimizer) = progress.optimizer {
            self.optimizer.set(optimizer);
        }
        if progress.mask.is_some() {
            self.mask.set(progress.mask);
        }
        if progress.first_layer.is_some() {
            self.first_layer.set(progress.first_layer);
        }
    }

    /// Keeps the layers' figures of a step, evenly thinned as the run grows.
    fn note_snapshot(self, step: u64, layers: &[LayerStatistics]) {
        if layers.is_empty() {
            return;
        }
        self.history.update(|history| {
            let history = Arc::make_mut(history);
            history.retain(|earlier| earlier.step < step);
            if history.len() >= MOST_SNAPSHOTS {
                let mut place = 0;
                history.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
            }
            history.push(Snapshot { step, layers: layers.to_vec() });
        });
    }
}
