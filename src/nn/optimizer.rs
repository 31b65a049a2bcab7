//! Optimizers as settings and as rows of the schedule buffer: which update rule runs, and the numbers of each step.
//! The arithmetic itself is the kernel `Update`; nothing here touches a tensor.

use crate::backend::kernel::{UpdateRow, UpdateRule};
use serde::{Deserialize, Serialize};

/// Which optimizer of `torch.optim`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OptimizerKind {
    /// `torch.optim.SGD`
    Sgd,
    /// `torch.optim.Adam`
    Adam,
    /// `torch.optim.AdamW`
    AdamW,
    /// `torch.optim.RMSprop`
    RmsProp,
}

impl OptimizerKind {
    /// All of them, in the order of the control.
    pub const ALL: [OptimizerKind; 4] =
        [OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp];

    /// The word in the address: `sgd`, `adam`, `adamw`, `rmsprop`.
    pub fn name(self) -> &'static str {
        match self {
            OptimizerKind::Sgd => "sgd",
            OptimizerKind::Adam => "adam",
            OptimizerKind::AdamW => "adamw",
            OptimizerKind::RmsProp => "rmsprop",
        }
    }

    /// The class in `torch.optim`.
    pub fn class_name(self) -> &'static str {
        match self {
            OptimizerKind::Sgd => "SGD",
            OptimizerKind::Adam => "Adam",
            OptimizerKind::AdamW => "AdamW",
            OptimizerKind::RmsProp => "RMSprop",
        }
    }

    /// Reads the word in the address.
    pub fn parse(text: &str) -> Option<OptimizerKind> {
        OptimizerKind::ALL.into_iter().find(|kind| kind.name() == text)
    }

    /// The learning rate to start with: the course's for SGD, PyTorch's default for the others.
    pub fn usual_learning_rate(self) -> f64 {
        match self {
            OptimizerKind::Sgd => 0.01,
            OptimizerKind::Adam | OptimizerKind::AdamW | OptimizerKind::RmsProp => 0.001,
        }
    }
}

/// An optimizer with its numbers. Those that its kind does not use are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OptimizerSettings {
    pub kind: OptimizerKind,
    /// `lr`, before the schedule changes it.
    pub learning_rate: f64,
    /// SGD and RMSprop.
    pub momentum: f64,
    /// SGD: how much of the gradient is kept out of the velocity.
    pub dampening: f64,
    /// SGD: Nesterov's look ahead.
    pub nesterov: bool,
    /// L2 penalty's gradient `weight_decay * w`; decoupled from the gradient in AdamW.
    pub weight_decay: f64,
    /// Weight of the L1 penalty `l1 * sum |w|`; its gradient is `l1 * sign(w)`. The loss shown is without it.
    pub l1: f64,
    /// Adam, AdamW.
    pub beta1: f64,
    /// Adam, AdamW.
    pub beta2: f64,
    /// RMSprop: smoothing of the squares.
    pub alpha: f64,
    /// Adam, AdamW, RMSprop.
    pub epsilon: f64,
}

impl OptimizerSettings {
    /// PyTorch's defaults for this kind, with this learning rate.
    pub fn new(kind: OptimizerKind, learning_rate: f64) -> Self {
        OptimizerSettings {
            kind,
            learning_rate,
            momentum: 0.0,
            dampening: 0.0,
            nesterov: false,
            weight_decay: if kind == OptimizerKind::AdamW { 0.01 } else { 0.0 },
            l1: 0.0,
            beta1: 0.9,
            beta2: 0.999,
            alpha: 0.99,
            epsilon: 1e-8,
        }
    }

    /// The rule of the `Update` kernel.
    pub fn rule(&self) -> UpdateRule {
        match self.kind {
            OptimizerKind::Sgd if self.momentum == 0.0 => UpdateRule::Sgd,
            OptimizerKind::Sgd => UpdateRule::SgdMomentum,
            OptimizerKind::Adam => UpdateRule::Adam { decoupled: false },
            OptimizerKind::AdamW => UpdateRule::Adam { decoupled: true },
            OptimizerKind::RmsProp => UpdateRule::RmsProp,
        }
    }

    /// The numbers of update `step` (0 is the first), at this learning rate.
    pub fn row(&self, step: u64, learning_rate: f64) -> UpdateRow {
        let shared = UpdateRow {
            learning_rate: learning_rate as f32,
            weight_decay: self.weight_decay as f32,
            l1: self.l1 as f32,
            epsilon: self.epsilon as f32,
            first: if step == 0 { 1.0 } else { 0.0 },
            ..UpdateRow::default()
        };
        match self.kind {
            OptimizerKind::Sgd => UpdateRow {
                momentum: self.momentum as f32,
                take: (1.0 - self.dampening) as f32,
                nesterov: if self.nesterov { 1.0 } else { 0.0 },
                ..shared
            },
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                // In float64, as PyTorch computes them in Python.
                let exponent = (step + 1) as f64;
                UpdateRow {
                    second: self.beta2 as f32,
                    take: (1.0 - self.beta1) as f32,
                    take_square: (1.0 - self.beta2) as f32,
                    keep: (1.0 - learning_rate * self.weight_decay) as f32,
                    step_size: (learning_rate / (1.0 - self.beta1.powf(exponent))) as f32,
                    bias_correction2_sqrt: (1.0 - self.beta2.powf(exponent)).sqrt() as f32,
                    ..shared
                }
            }
            OptimizerKind::RmsProp => UpdateRow {
                momentum: self.momentum as f32,
                second: self.alpha as f32,
                take_square: (1.0 - self.alpha) as f32,
                ..shared
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adam_bias_corrections_follow_the_step() {
        let adam = OptimizerSettings::new(OptimizerKind::Adam, 0.001);
        let row = adam.row(0, 0.001);
        assert_eq!(row.step_size, 0.01);
        // Not 1.0f32 - 0.999f32, which is 0.0010000467.
        assert_eq!(row.take_square, 0.001);
        assert!((row.bias_correction2_sqrt - 0.001f32.sqrt()).abs() < 1e-7);
        assert!(adam.row(100_000, 0.001).bias_correction2_sqrt > 0.999_999);
    }

    #[test]
    fn names_read_back() {
        for kind in OptimizerKind::ALL {
            assert_eq!(OptimizerKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(OptimizerKind::parse("lbfgs"), None);
    }

    #[test]
    fn sgd_keeps_a_velocity_only_with_momentum() {
        let mut sgd = OptimizerSettings::new(OptimizerKind::Sgd, 0.1);
        assert_eq!(sgd.rule().states(), 0);
        sgd.momentum = 0.5;
        assert_eq!(sgd.rule().states(), 1);
        assert_eq!(sgd.row(0, 0.1).first, 1.0);
        assert_eq!(sgd.row(1, 0.1).first, 0.0);
    }
}
