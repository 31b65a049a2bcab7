//! The run of the chapter on watching: a small network on moons, a step at a time, judged on other moons after each epoch.

use super::perceptron::{Examples, Last, Perceptron, Update};
use crate::data::points::make;
use crate::error::Result;
use crate::random::Generator;

/// Points to learn from, and as many to be tested on.
const COUNT: usize = 400;
const NOISE: f64 = 0.2;

/// What an epoch came to on the points that it did not learn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochEnd {
    /// Steps taken until then.
    pub step: usize,
    pub loss: f64,
    /// Between 0 and 1.
    pub accuracy: f64,
}

/// A run.
pub struct Watched {
    network: Perceptron,
    examples: Examples,
    test: Examples,
    generator: Generator,
    /// Positions that this epoch has still to come to.
    order: Vec<usize>,
    steps: usize,
}

impl Watched {
    /// A run that has not begun.
    pub fn new(seed: u64) -> Result<Watched> {
        let mut generator = Generator::new(seed);
        let network = Perceptron::new(&[2, 16, 2], Last::None, &mut generator)?;
        let points = |seed| Examples::of(&make("moons", COUNT, NOISE, seed));
        let (examples, test) = (points(seed)?, points(seed + 10_000)?);
        Ok(Watched { network, examples, test, generator, order: Vec::new(), steps: 0 })
    }

    /// One step on the next batch: its loss, and the epoch's end if it was the last.
    pub fn step(&mut self, rate: f64, batch: usize) -> Result<(f64, Option<EpochEnd>)> {
        if self.order.is_empty() {
            self.order = self.generator.randperm(self.examples.count());
        }
        let rest = self.order.split_off(batch.clamp(1, self.order.len()));
        let positions = std::mem::replace(&mut self.order, rest);
        let update = Update { rate, momentum: 0.0, l1: 0.0, l2: 0.0 };
        let loss = self.network.step(&self.examples.pick(&positions)?, &[], update)?;
        self.steps += 1;
        if !self.order.is_empty() {
            return Ok((loss, None));
        }
        let (test, accuracy) = self.network.judge(&self.test)?;
        Ok((loss, Some(EpochEnd { step: self.steps, loss: test, accuracy })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_ends_with_a_test_and_they_get_better() {
        let mut run = Watched::new(0).unwrap();
        let ends: Vec<EpochEnd> = (0..27 * 4).filter_map(|_| run.step(0.1, 15).unwrap().1).collect();
        // 400 examples in batches of 15: 26 whole ones and a rest.
        assert_eq!(ends.iter().map(|end| end.step).collect::<Vec<_>>(), [27, 54, 81, 108]);
        assert!(ends[3].loss < ends[0].loss && ends[3].accuracy > 0.7, "{ends:?}");
    }
}
