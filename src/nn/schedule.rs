//! Learning-rate schedules of `torch.optim.lr_scheduler`: a factor on the learning rate for each step.
//! All but one-cycle change once an epoch, as the usual loop with `scheduler.step()` at its end does.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use std::fmt;

/// Which schedule, with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// The learning rate as it is.
    Constant,
    /// `StepLR(step_size=every, gamma)`: times gamma every so many epochs.
    Step { every: usize, gamma: f64 },
    /// `ExponentialLR(gamma)`: times gamma every epoch.
    Exponential { gamma: f64 },
    /// `CosineAnnealingLR(T_max=epochs)`: down to 0 along half a cosine.
    Cosine { epochs: usize },
    /// `ReduceLROnPlateau(patience, factor)` on the test (or validation) loss of each epoch.
    Plateau { patience: usize, factor: f64 },
    /// `OneCycleLR(max_lr=lr, total_steps, cycle_momentum=False)`: up from 1/25 for 30 % of the steps, then down to
    /// 1/250,000, changing every step.
    OneCycle { epochs: usize },
}

/// Where a run stands, for the schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Optimizer steps done before this one.
    pub step: u64,
    /// Whole epochs done before this step.
    pub epoch: u64,
    /// Steps in an epoch.
    pub steps_per_epoch: u64,
}

impl Schedule {
    /// What the base learning rate is multiplied with. `reductions`: how often the plateau rule has fired.
    pub fn factor(&self, moment: Moment, reductions: u32) -> f64 {
        match *self {
            Schedule::Constant => 1.0,
            Schedule::Step { every, gamma } => gamma.powi((moment.epoch / every.max(1) as u64).min(10_000) as i32),
            Schedule::Exponential { gamma } => gamma.powi(moment.epoch.min(10_000) as i32),
            Schedule::Cosine { epochs } => (1.0 + (PI * moment.epoch as f64 / epochs.max(1) as f64).cos()) / 2.0,
            Schedule::Plateau { factor, .. } => factor.powi(reductions.min(10_000) as i32),
            Schedule::OneCycle { epochs } => {
                one_cycle(moment.step as f64, (epochs.max(1) as u64 * moment.steps_per_epoch) as f64)
            }
        }
    }

    /// Reads what `Display` writes: `constant`, `step:2:0.5`, `exponential:0.9`, `cosine:10`, `plateau:2:0.1`, `onecycle:5`.
    pub fn parse(text: &str) -> Option<Schedule> {
        let mut parts = text.split(':');
        let name = parts.next()?;
        let mut whole = || parts.next()?.parse::<usize>().ok().filter(|&n| (1..=1000).contains(&n));
        let schedule = match name {
            "constant" => Schedule::Constant,
            "step" => Schedule::Step { every: whole()?, gamma: real(parts.next())? },
            "exponential" => Schedule::Exponential { gamma: real(parts.next())? },
            "cosine" => Schedule::Cosine { epochs: whole()? },
            "plateau" => Schedule::Plateau { patience: whole()?, factor: real(parts.next())? },
            "onecycle" => Schedule::OneCycle { epochs: whole()? },
            _ => return None,
        };
        parts.next().is_none().then_some(schedule)
    }
}

fn real(text: Option<&str>) -> Option<f64> {
    text?.parse::<f64>().ok().filter(|x| *x > 0.0 && *x <= 1.0)
}

/// PyTorch's `OneCycleLR` with its defaults, as a factor on `max_lr`.
fn one_cycle(step: f64, total: f64) -> f64 {
    let (start, end) = (1.0 / 25.0, 1.0 / 25.0 / 1e4);
    let peak = 0.3 * total - 1.0;
    let last = total - 1.0;
    let cosine = |from: f64, to: f64, part: f64| to + (from - to) / 2.0 * (1.0 + (PI * part).cos());
    if step >= last {
        end
    } else if step <= peak {
        cosine(start, 1.0, step / peak)
    } else {
        cosine(1.0, end, (step - peak) / (last - peak))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Schedule::Constant => write!(formatter, "constant"),
            Schedule::Step { every, gamma } => write!(formatter, "step:{every}:{gamma}"),
            Schedule::Exponential { gamma } => write!(formatter, "exponential:{gamma}"),
            Schedule::Cosine { epochs } => write!(formatter, "cosine:{epochs}"),
            Schedule::Plateau { patience, factor } => write!(formatter, "plateau:{patience}:{factor}"),
            Schedule::OneCycle { epochs } => write!(formatter, "onecycle:{epochs}"),
        }
    }
}

/// The rule of `ReduceLROnPlateau` (mode min, relative threshold 1e-4, no cooldown): fed once an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlateauRule {
    best: f64,
    bad_epochs: usize,
    /// How often the rate was reduced.
    pub reductions: u32,
}

impl Default for PlateauRule {
    fn default() -> Self {
        PlateauRule { best: f64::INFINITY, bad_epochs: 0, reductions: 0 }
    }
}

impl PlateauRule {
    /// Takes an epoch's loss; counts a reduction after more than `patience` epochs without a better one.
    pub fn observe(&mut self, loss: f64, patience: usize) {
        if loss < self.best * (1.0 - 1e-4) {
            self.best = loss;
            self.bad_epochs = 0;
        } else {
            self.bad_epochs += 1;
        }
        if self.bad_epochs > patience {
            self.reductions += 1;
            self.bad_epochs = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: u64, epoch: u64) -> Moment {
        Moment { step, epoch, steps_per_epoch: 10 }
    }

    #[test]
    fn epoch_schedules_are_those_of_pytorch() {
        let step = Schedule::Step { every: 2, gamma: 0.5 };
        assert_eq!([0, 1, 2, 3, 4].map(|epoch| step.factor(at(0, epoch), 0)), [1.0, 1.0, 0.5, 0.5, 0.25]);
        assert!((Schedule::Exponential { gamma: 0.9 }.factor(at(0, 3), 0) - 0.729).abs() < 1e-12);
        let cosine = Schedule::Cosine { epochs: 4 };
        let expected = [1.0, 0.853_553_390_593_273_7, 0.5, 0.146_446_609_406_726_2, 0.0];
        for (epoch, expected) in expected.into_iter().enumerate() {
            assert!((cosine.factor(at(0, epoch as u64), 0) - expected).abs() < 1e-12);
        }
    }

    /// `OneCycleLR(SGD(lr=1), max_lr=1, total_steps=10, cycle_momentum=False)`, `get_last_lr()` before each step.
    #[test]
    fn one_cycle_is_that_of_pytorch() {
        let schedule = Schedule::OneCycle { epochs: 1 };
        let expected =
            [0.04, 0.52, 1.0, 0.950484637, 0.811745653, 0.611262607, 0.388741393, 0.188258347, 0.049519363, 4e-06];
        for (step, expected) in expected.into_iter().enumerate() {
            let got = schedule.factor(at(step as u64, 0), 0);
            assert!((got - expected).abs() < 1e-6, "step {step}: {got}, PyTorch {expected}");
        }
    }

    #[test]
    fn plateau_waits_for_its_patience() {
        let mut rule = PlateauRule::default();
        for (loss, reductions) in [(1.0, 0), (0.9, 0), (0.95, 0), (0.9, 0), (0.91, 1), (0.92, 1), (0.8, 1)] {
            rule.observe(loss, 2);
            assert_eq!(rule.reductions, reductions, "after {loss}");
        }
    }

    #[test]
    fn text_reads_back() {
        for text in ["constant", "step:2:0.5", "exponential:0.9", "cosine:10", "plateau:2:0.1", "onecycle:5"] {
            assert_eq!(Schedule::parse(text).map(|schedule| schedule.to_string()).as_deref(), Some(text));
        }
        for text in ["", "step", "step:0:0.5", "step:2:0", "cosine:x", "onecycle:5:5", "exponential:NaN"] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }
}
