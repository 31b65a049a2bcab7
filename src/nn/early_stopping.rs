//! Early stopping: when the validation loss has not fallen for `patience` epochs, the run ends at its best epoch.

use serde::{Deserialize, Serialize};

/// The best validation loss so far, and how long ago it was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// Epochs without a better loss after which the run ends.
    pub patience: usize,
    /// The best loss.
    pub best_loss: f64,
    /// The epoch of the best loss (1 is after the first).
    pub best_epoch: u64,
}

/// What an epoch's loss means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The best so far: keep these weights.
    Best,
    /// Not better; go on.
    Wait,
    /// Not better for `patience` epochs: restore the best weights and stop.
    Stop,
}

impl EarlyStopping {
    /// Nothing seen yet.
    pub fn new(patience: usize) -> Self {
        EarlyStopping { patience, best_loss: f64::INFINITY, best_epoch: 0 }
    }

    /// Takes the loss after `epoch` epochs.
    pub fn observe(&mut self, epoch: u64, loss: f64) -> Verdict {
        if loss < self.best_loss {
            self.best_loss = loss;
            self.best_epoch = epoch;
            Verdict::Best
        } else if epoch >= self.best_epoch + self.patience as u64 {
            Verdict::Stop
        } else {
            Verdict::Wait
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_after_its_patience_and_names_the_best() {
        let mut rule = EarlyStopping::new(2);
        let verdicts: Vec<Verdict> =
            [1.0, 0.8, 0.9, 0.7, 0.7, 0.75].iter().zip(1..).map(|(&loss, epoch)| rule.observe(epoch, loss)).collect();
        use Verdict::*;
        assert_eq!(verdicts, [Best, Best, Wait, Best, Wait, Stop]);
        assert_eq!((rule.best_epoch, rule.best_loss), (4, 0.7));
    }
}
