//! How many workers share a run's batches: tried, not guessed. The bits do not depend on the number, so the first steps of
//! a run serve as the trial: some alone, some with two workers, and on while more are faster. The figures are kept by network
//! and batch, for the next run and, as a text, for another visit.

use super::settings::TrainSettings;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// Steps before a number of workers is timed: in the first one its calls are recorded.
const WARM_UP: usize = 3;
/// Steps that are timed at least, and the milliseconds that they take at least.
const STEPS: usize = 6;
const TIME: f64 = 60.0;
/// Networks that are remembered.
const MOST: usize = 64;

thread_local! {
    /// By network, batch and cores; the oldest first.
    static KNOWN: RefCell<Vec<(String, Vec<Pace>)>> = const { RefCell::new(Vec::new()) };
}

/// What so many workers did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    pub workers: u32,
    pub steps_per_second: f64,
}

/// The number that did best; 1 of nothing.
pub fn best(tried: &[Pace]) -> usize {
    let faster = |best: &Pace, pace: &Pace| best.steps_per_second.total_cmp(&pace.steps_per_second);
    tried.iter().max_by(|best, pace| faster(best, pace)).map_or(1, |pace| pace.workers as usize)
}

/// A trial under way.
#[derive(Debug, Default)]
pub struct Trial {
    most: usize,
    workers: usize,
    warm_up: usize,
    /// Milliseconds of steps that are left before the first number is timed.
    cold: f64,
    spent: Vec<f64>,
    tried: Vec<Pace>,
}

impl Trial {
    /// Of up to `most` workers, after so many milliseconds of steps that do not count: who is tried while a place is `cold` would look slow.
    pub fn new(most: usize, cold: f64) -> Trial {
        Trial { most, cold, workers: 1, ..Trial::default() }
    }

    /// How many are to take the next step.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Takes the milliseconds of a step; all figures once the trial is over.
    pub fn note(&mut self, milliseconds: f64) -> Option<Vec<Pace>> {
        if self.warm_up < WARM_UP || self.cold > 0.0 {
            self.warm_up += 1;
            self.cold -= milliseconds;
            return None;
        }
        self.spent.push(milliseconds);
        if self.spent.len() < STEPS || self.spent.iter().sum::<f64>() < TIME {
            return None;
        }
        self.spent.sort_by(f64::total_cmp);
        let median = self.spent[self.spent.len() / 2].max(f64::MIN_POSITIVE);
        let before = self.tried.last().map_or(0.0, |pace| pace.steps_per_second);
        self.tried.push(Pace { workers: self.workers as u32, steps_per_second: 1000.0 / median });
        (self.warm_up, self.spent) = (0, Vec::new());
        if 1000.0 / median > before && self.workers < self.most {
            self.workers *= 2;
            return None;
        }
        Some(std::mem::take(&mut self.tried))
    }
}

fn key(settings: &TrainSettings, most: usize) -> String {
    format!("{} {} {most}", settings.model, settings.batch)
}

/// The figures of an earlier trial of these settings.
pub fn known(settings: &TrainSettings, most: usize) -> Option<Vec<Pace>> {
    let key = key(settings, most);
    KNOWN.with(|known| known.borrow().iter().find(|(name, _)| *name == key).map(|(_, tried)| tried.clone()))
}

/// Keeps the figures of a trial.
pub fn remember(settings: &TrainSettings, most: usize, tried: &[Pace]) {
    keep(vec![(key(settings, most), tried.to_vec())]);
}

/// Puts figures behind those that are known, in the place of older ones.
fn keep(newer: Vec<(String, Vec<Pace>)>) {
    KNOWN.with(|known| {
        let mut known = known.borrow_mut();
        known.retain(|(name, _)| newer.iter().all(|(newer, _)| newer != name));
        known.extend(newer);
        let surplus = known.len().saturating_sub(MOST);
        known.drain(..surplus);
    });
}

/// All that is known, to be kept for [`recall`] on another visit.
pub fn remembered() -> String {
    KNOWN.with(|known| serde_json::to_string(&*known.borrow()).unwrap_or_default())
}

/// Takes up what an earlier visit remembered; a text that makes no sense is passed over.
pub fn recall(text: &str) {
    if let Ok(earlier) = serde_json::from_str(text) {
        keep(earlier);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a trial where a step of so many workers takes `milliseconds(workers)`.
    fn run(most: usize, milliseconds: impl Fn(usize) -> f64) -> Vec<Pace> {
        let mut trial = Trial::new(most, 0.0);
        loop {
            if let Some(tried) = trial.note(milliseconds(trial.workers())) {
                return tried;
            }
        }
    }

    #[test]
    fn more_workers_are_tried_while_they_are_faster() {
        let tried = run(8, |workers| [0.0, 8.0, 5.0, 0.0, 6.0][workers]);
        assert_eq!(tried.iter().map(|pace| pace.workers).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(best(&tried), 2);
        assert_eq!(best(&run(2, |workers| workers as f64)), 1);
        assert_eq!(run(4, |workers| 9.0 / workers as f64).len(), 3);
    }

    #[test]
    fn steps_of_a_cold_place_do_not_count() {
        let (mut trial, mut spent) = (Trial::new(2, 400.0), 0.0);
        let tried = loop {
            // Three times as slow for the first 300 ms.
            let milliseconds = if spent < 300.0 { 30.0 } else { 10.0 };
            spent += milliseconds;
            if let Some(tried) = trial.note(milliseconds) {
                break tried;
            }
        };
        assert_eq!(tried.iter().map(|pace| pace.steps_per_second).collect::<Vec<_>>(), [100.0, 100.0]);
    }

    #[test]
    fn figures_come_back_on_another_visit() {
        let settings = TrainSettings::for_model("mlp-200");
        recall("nonsense");
        assert_eq!(known(&settings, 2), None);
        let tried = run(2, |workers| 4.0 / workers as f64);
        remember(&settings, 2, &tried);
        let text = remembered();
        KNOWN.with(|known| known.borrow_mut().clear());
        recall(&text);
        assert_eq!(known(&settings, 2), Some(tried));
        assert_eq!(known(&TrainSettings { batch: 64, ..settings.clone() }, 2), None);
        for batch in 1..=MOST {
            remember(&TrainSettings { batch, ..settings.clone() }, 2, &[]);
        }
        assert_eq!(known(&settings, 2), None, "the oldest goes");
    }
}
