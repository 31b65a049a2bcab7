//! The overfitting lab's k-fold: as many runs as there are folds, each with another part of the points held out.

use super::lab::Lab;
use crate::data::points::{Points, make};
use crate::error::{Error, Result};
use crate::lessons::widgets::Values;
use crate::nn::folds::k_fold;
use crate::random::Generator;

/// The runs, one after the other.
pub struct Folds {
    runs: Vec<Lab>,
    /// The smallest validation loss of each run that is done, and the accuracy there.
    pub results: Vec<(f64, f64)>,
    /// Which points each run holds out.
    pub held: Vec<Vec<u32>>,
}

impl Folds {
    /// Prepares the runs.
    pub fn new(values: &Values) -> Result<Folds> {
        let all = if values.text("set") == "own" {
            values.points("points")
        } else {
            make(values.text("set"), values.whole("count"), values.number("noise"), values.whole("seed") as u64)
        };
        let folds = values.whole("folds").max(2);
        if all.classes.len() < folds {
            return Err(Error::Value(format!("{folds} folds of {} points", all.classes.len())));
        }
        let (mut runs, mut held) = (Vec::new(), Vec::new());
        // Consecutive parts would hold out neighbours in time, not a fair share: shuffle first.
        let order = Generator::new(values.whole("seed") as u64).randperm(all.classes.len());
        for fold in 0..folds {
            let split = k_fold(all.classes.len(), folds, fold);
            let take = |positions: &[u32]| {
                let positions = positions.iter().map(|position| order[*position as usize]);
                let (places, classes) = positions.map(|at| (all.places[at], all.classes[at])).unzip();
                Points { places, classes }
            };
            let (train, validation) = (take(&split.train), take(&split.validation));
            held.push(split.validation.iter().map(|position| order[*position as usize] as u32).collect());
            runs.push(Lab::with(values, train, validation.clone(), validation)?);
        }
        Ok(Folds { runs, results: Vec::new(), held })
    }

    /// The run that holds out this fold.
    pub fn run(&self, fold: usize) -> Option<&Lab> {
        self.runs.get(fold)
    }

    /// One epoch of the run whose turn it is; whether all are done.
    pub fn advance(&mut self) -> Result<bool> {
        let Some(run) = self.runs.get_mut(self.results.len()) else { return Ok(true) };
        if run.finished() {
            let best = run.records[run.best()];
            self.results.push((best.validation, best.validation_accuracy));
        } else {
            run.train_epoch()?;
        }
        Ok(self.results.len() == self.runs.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::compute::values_of;

    #[test]
    fn folds_hold_out_every_point_once() {
        let mut folds = Folds::new(&values_of("overfitting", &[("folds", "3"), ("epochs", "3"), ("count", "30")])).unwrap();
        while !folds.advance().unwrap() {}
        let mut held = folds.held.concat();
        held.sort_unstable();
        assert_eq!(held, (0..30).collect::<Vec<u32>>());
        assert_eq!(folds.results.len(), 3);
        assert!(
            Folds::new(&values_of("overfitting", &[("folds", "3"), ("set", "own"), ("points", "0,0,0;1,1,1")])).is_err()
        );
    }
}
