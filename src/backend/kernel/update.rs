//! What an optimizer step is told: which rule, and the numbers of the step.

/// Which update rule `Kernel::Update` applies, and so which state it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum UpdateRule {
    /// State: none.
    Sgd,
    /// State: velocity.
    SgdMomentum,
    /// State: first moment, second moment. Decoupled weight decay where `decoupled`.
    Adam { decoupled: bool },
    /// State: square average, and velocity (used where momentum is not 0).
    RmsProp,
}

impl UpdateRule {
    /// How many buffers of the parameter's length the rule keeps.
    pub fn states(self) -> usize {
        match self {
            UpdateRule::Sgd => 0,
            UpdateRule::SgdMomentum => 1,
            UpdateRule::Adam { .. } | UpdateRule::RmsProp => 2,
        }
    }
}

/// One row of the schedule buffer: the numbers of one update step. Written ahead by the trainer, a row a step, so
/// that the rate may change at any step while many steps are in flight.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Default, bytemuck::Pod, bytemuck::Zeroable)]
pub struct UpdateRow {
    pub learning_rate: f32,
    /// SGD and RMSprop: momentum.
    pub momentum: f32,
    /// What stays of the squares. Adam: beta 2. RMSprop: alpha.
    pub second: f32,
    /// 1 for Nesterov's momentum.
    pub nesterov: f32,
    pub weight_decay: f32,
    /// Weight of the L1 penalty's gradient, sign(w).
    pub l1: f32,
    pub epsilon: f32,
    /// Adam: learning rate / (1 - beta1^t).
    pub step_size: f32,
    /// Adam: sqrt(1 - beta2^t).
    pub bias_correction2_sqrt: f32,
    /// 1 on the first step of SGD with momentum: the velocity starts as the gradient, without dampening.
    pub first: f32,
    /// How much of the gradient joins what is remembered. SGD: 1 - dampening. Adam: 1 - beta 1. Such differences are taken in
    /// float64 and then rounded, as PyTorch does: of 1 - 0.999 in float32 only four digits are right.
    pub take: f32,
    /// How much of its square. Adam: 1 - beta 2. RMSprop: 1 - alpha.
    pub take_square: f32,
    /// AdamW: what stays of the parameter, 1 - learning rate * weight decay.
    pub keep: f32,
    pub reserved: [f32; 3],
}

/// Floats in an [`UpdateRow`].
pub const UPDATE_ROW: usize = 16;
