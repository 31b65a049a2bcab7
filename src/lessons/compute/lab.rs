//! The overfitting lab: a run on points with its curves, early stopping and all weights it went through.

use super::perceptron::{Examples, Last, Perceptron, Update};
use crate::data::points::{Points, make};
use crate::error::{Error, Result};
use crate::lessons::widgets::Values;
use crate::nn::early_stopping::{EarlyStopping, Verdict};
use crate::nn::schedule::{Moment, Schedule};
use crate::random::Generator;
use crate::tensor::Tensor;

/// Points that are held out, beside those that train.
const VALIDATION: usize = 200;
const TEST: usize = 400;

/// So many points of the learner's own make a run: two that train, one that is held out.
pub const LEAST_OWN: usize = 3;

/// What an epoch came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    pub train: f64,
    pub validation: f64,
    pub test: f64,
    pub validation_accuracy: f64,
    pub rate: f64,
}

/// A run.
pub struct Lab {
    values: Values,
    /// The points that train.
    pub points: Points,
    /// Those held out for validation.
    pub held_out: Points,
    train: Examples,
    validation: Examples,
    test: Examples,
    generator: Generator,
    network: Perceptron,
    schedule: Schedule,
    early: EarlyStopping,
    /// What each epoch came to, the first before any training.
    pub records: Vec<Record>,
    /// The weights after each epoch.
    snapshots: Vec<Perceptron>,
    /// The last batch's mask of the first hidden layer, a row for each example, 0 where a neuron is off; empty without dropout.
    pub mask: Vec<f32>,
    /// The patience has run out.
    pub stopped: bool,
}

/// The schedule of this name for a run of so many epochs.
pub fn schedule(name: &str, epochs: usize) -> Schedule {
    match name {
        "step" => Schedule::Step { every: (epochs / 4).max(1), gamma: 0.3 },
        "exponential" => Schedule::Exponential { gamma: 0.02f64.powf(1.0 / epochs.max(1) as f64) },
        "cosine" => Schedule::Cosine { epochs },
        _ => Schedule::Constant,
    }
}

/// Every third of the learner's points is held out.
fn split_own(own: &Points) -> (Points, Points) {
    let (mut train, mut held) = (Points::default(), Points::default());
    for (at, (place, class)) in own.places.iter().zip(&own.classes).enumerate() {
        let part = if at % 3 == 2 { &mut held } else { &mut train };
        part.places.push(*place);
        part.classes.push(*class);
    }
    (train, held)
}

impl Lab {
    /// A run that has not begun; an error where there are too few of the learner's own points.
    pub fn new(values: &Values) -> Result<Lab> {
        let (set, seed) = (values.text("set"), values.whole("seed") as u64);
        let noise = values.number("noise");
        let (points, held_out, test) = if set == "own" {
            let (train, held) = split_own(&values.points("points"));
            if train.classes.len() < 2 || held.classes.is_empty() {
                return Err(Error::Value(format!("at least {LEAST_OWN} points are needed")));
            }
            (train, held.clone(), held)
        } else {
            let points = |count, seed| make(set, count, noise, seed);
            (points(values.whole("count"), seed), points(VALIDATION, seed + 10_000), points(TEST, seed + 20_000))
        };
        Lab::with(values, points, held_out, test)
    }

    /// A run on these points.
    pub(super) fn with(values: &Values, points: Points, held_out: Points, test: Points) -> Result<Lab> {
        let mut generator = Generator::new(values.whole("seed") as u64);
        let hidden = values.whole("hidden").max(1);
        let network = Perceptron::new(&[2, hidden, hidden, 2], Last::None, &mut generator)?;
        let mut lab = Lab {
            values: values.clone(),
            train: Examples::of(&points)?,
            validation: Examples::of(&held_out)?,
            test: Examples::of(&test)?,
            points,
            held_out,
            generator,
            network,
            schedule: schedule(values.text("schedule"), values.whole("epochs")),
            early: EarlyStopping::new(values.whole("patience")),
            records: Vec::new(),
            snapshots: Vec::new(),
            mask: Vec::new(),
            stopped: false,
        };
        lab.record(values.number("rate"))?;
        Ok(lab)
    }

    /// The settings that can change while it runs.
    pub fn adjust(&mut self, values: &Values) {
        self.early.patience = values.whole("patience");
        self.schedule = schedule(values.text("schedule"), values.whole("epochs"));
        self.values = values.clone();
    }

    fn record(&mut self, rate: f64) -> Result<()> {
        let (train, _) = self.network.judge(&self.train)?;
        let (validation, validation_accuracy) = self.network.judge(&self.validation)?;
        let (test, _) = self.network.judge(&self.test)?;
        self.records.push(Record { train, validation, test, validation_accuracy, rate });
        self.snapshots.push(self.network.clone());
        if self.early.observe(self.epoch() as u64, validation) == Verdict::Stop {
            self.stopped = true;
        }
        Ok(())
    }

    /// Epochs done.
    pub fn epoch(&self) -> usize {
        self.records.len() - 1
    }

    /// Whether nothing is left to do.
    pub fn finished(&self) -> bool {
        self.stopped || self.epoch() >= self.values.whole("epochs")
    }

    /// The epoch with the smallest validation loss: what early stopping restores.
    pub fn best(&self) -> usize {
        self.early.best_epoch as usize
    }

    /// The epoch at which the patience runs out if nothing gets better.
    pub fn deadline(&self) -> usize {
        self.best() + self.early.patience
    }

    /// Goes on although the patience has run out.
    pub fn go_on(&mut self) {
        self.stopped = false;
        self.early.patience = self.epoch() + self.early.patience.max(1);
    }

    /// One epoch.
    pub fn train_epoch(&mut self) -> Result<()> {
        let count = self.train.count();
        let batch = self.values.whole("batch").clamp(1, count.max(1));
        let order = self.generator.randperm(count);
        let steps = count.div_ceil(batch) as u64;
        let moment = Moment { step: self.epoch() as u64 * steps, epoch: self.epoch() as u64, steps_per_epoch: steps };
        let rate = self.values.number("rate") * self.schedule.factor(moment, 0);
        let update = Update {
            rate,
            momentum: self.values.number("momentum"),
            l1: self.values.number("l1"),
            l2: self.values.number("l2"),
        };
        for positions in order.chunks(batch) {
            let masks = self.masks(positions.len())?;
            self.network.step(&self.train.pick(positions)?, &masks, update)?;
        }
        self.record(rate)
    }

    /// A mask for each hidden layer, drawn anew for each example as `nn.Dropout` does: 0, or what makes up for the others.
    fn masks(&mut self, examples: usize) -> Result<Vec<Tensor>> {
        let p = self.values.number("dropout");
        self.mask.clear();
        if p <= 0.0 {
            return Ok(Vec::new());
        }
        let hidden = self.values.whole("hidden").max(1);
        let scale = (1.0 / (1.0 - p)) as f32;
        let mut mask = || -> Vec<f32> {
            let kept = self.generator.dropout_mask(examples * hidden, p);
            kept.into_iter().map(|keep| if keep { scale } else { 0.0 }).collect()
        };
        let (first, second) = (mask(), mask());
        self.mask.clone_from(&first);
        Ok(vec![Tensor::from_vec(first, [examples, hidden])?, Tensor::from_vec(second, [examples, hidden])?])
    }

    /// The length of a row of the mask; none without dropout.
    pub fn mask_rows(&self) -> Option<usize> {
        (!self.mask.is_empty()).then(|| self.values.whole("hidden").max(1))
    }

    /// The decision map after this many epochs.
    pub fn map(&self, epoch: usize, size: usize) -> Result<Vec<f32>> {
        self.snapshots[epoch.min(self.epoch())].map(size)
    }

    /// Weights near zero and their typical size, after this many epochs.
    pub fn weight_sizes(&self, epoch: usize) -> Result<(usize, f64)> {
        self.snapshots[epoch.min(self.epoch())].weight_sizes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::compute::values_of;

    #[test]
    fn few_noisy_points_are_overfitted_and_more_are_not() {
        let gap = |count| {
            let mut lab =
                Lab::new(&values_of("overfitting", &[("count", count), ("patience", "200"), ("epochs", "60")])).unwrap();
            while !lab.finished() {
                lab.train_epoch().unwrap();
            }
            let last = lab.records[lab.epoch()];
            assert!(lab.best() < lab.epoch() && lab.map(3, 4).unwrap().len() == 16);
            last.validation - last.train
        };
        let (few, many) = (gap("60"), gap("600"));
        assert!(few > many + 0.1, "{few} {many}");
    }

    #[test]
    fn early_stopping_stops_and_names_the_best() {
        let mut lab = Lab::new(&values_of("overfitting", &[("patience", "5")])).unwrap();
        while !lab.finished() {
            lab.train_epoch().unwrap();
        }
        assert!(lab.stopped && lab.epoch() == lab.best() + 5, "{} {}", lab.epoch(), lab.best());
        let smallest = lab.records.iter().map(|record| record.validation).fold(f64::INFINITY, f64::min);
        assert_eq!(lab.records[lab.best()].validation, smallest);
    }

    #[test]
    fn a_mask_is_drawn_for_each_batch_and_own_points_are_split() {
        let mut lab = Lab::new(&values_of("overfitting", &[("dropout", "0.5")])).unwrap();
        lab.train_epoch().unwrap();
        // The last batch of 60 examples in sixteens has twelve.
        assert_eq!(lab.mask.len(), 12 * 32);
        assert!(lab.mask.chunks(32).any(|row| row != &lab.mask[..32]), "each example has a row of its own");
        let own = |points: &str| Lab::new(&values_of("overfitting", &[("set", "own"), ("points", points)]));
        assert_eq!(own("0,0,0;1,1,1;0,0.5,0;1,0.5,1;0,0.2,0;1,0,1").unwrap().points.classes.len(), 4);
        assert!(own("").is_err() && own("0,0,0;1,1,1").is_err());
    }
}
