//! Everything that decides a training run, in one serialisable place: the controls edit it, the address spells it,
//! the worker runs it, the PyTorch script is written from it.

use crate::error::{Error, Mistake, Result};
pub use crate::nn::init::Initialization;
use crate::nn::optimizer::{OptimizerKind, OptimizerSettings};
use crate::nn::schedule::Schedule;
use crate::nn::spec::{LayerSpec, NetworkSpec};
use serde::{Deserialize, Serialize};

/// Training images of MNIST.
pub const TRAIN_IMAGES: usize = 60_000;
/// Seeds stay below 2^53, so that they pass through JavaScript's numbers unchanged.
pub const LARGEST_SEED: u64 = (1 << 53) - 1;
/// Images a batch may hold.
pub const LARGEST_BATCH: usize = 4096;

/// Where to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DeviceChoice {
    /// The GPU where there is a real one, else the CPU.
    Auto,
    Cpu,
    Gpu,
}

impl DeviceChoice {
    /// All of them, in the order of the control.
    pub const ALL: [DeviceChoice; 3] = [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Gpu];

    /// The word in the address.
    pub fn name(self) -> &'static str {
        match self {
            DeviceChoice::Auto => "auto",
            DeviceChoice::Cpu => "cpu",
            DeviceChoice::Gpu => "gpu",
        }
    }

    /// Reads the word in the address.
    pub fn parse(text: &str) -> Option<DeviceChoice> {
        DeviceChoice::ALL.into_iter().find(|choice| choice.name() == text)
    }
}

/// One training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainSettings {
    /// A preset's name or a list of layers, as [`NetworkSpec::parse`] reads it.
    pub model: String,
    pub device: DeviceChoice,
    /// `torch.manual_seed`; at most [`LARGEST_SEED`].
    pub seed: u64,
    pub batch: usize,
    pub optimizer: OptimizerSettings,
    pub schedule: Schedule,
    /// Probability of the dropout put before each fully connected layer but a first one; 0 for none.
    pub dropout: f64,
    pub initialization: Initialization,
    /// Where a run ends by itself, unless `steps` says so earlier.
    pub epochs: u64,
    /// Where a run ends by itself, in steps.
    pub steps: Option<u64>,
    /// Only the first so many training images; a small slice overfits soon.
    pub examples: usize,
    /// The last so many of the examples are held out for validation.
    pub validation: usize,
    /// With k of k-fold at least 2: train on all folds but this one, validate on it.
    pub fold: usize,
    /// k of k-fold; 0 for none.
    pub folds: usize,
    /// Early stopping after so many epochs without a better validation (or test) loss; the best weights come back.
    pub patience: Option<usize>,
    /// Workers that share a batch on the CPU; 0 for as many as are fastest in a short trial. The bits do not depend on it.
    pub workers: usize,
}

impl Default for TrainSettings {
    fn default() -> Self {
        TrainSettings::for_model("cnn")
    }
}

impl TrainSettings {
    /// The course's set-up for a preset; for other networks that of the cnn.
    pub fn for_model(model: &str) -> Self {
        let plain = matches!(model, "mlp-200" | "mlp-200-leaky");
        let mut optimizer = OptimizerSettings::new(OptimizerKind::Sgd, 0.01);
        optimizer.momentum = if plain { 0.0 } else { 0.5 };
        TrainSettings {
            model: model.to_string(),
            device: DeviceChoice::Auto,
            seed: 0,
            batch: if plain { 200 } else { 64 },
            optimizer,
            schedule: Schedule::Constant,
            dropout: 0.0,
            initialization: Initialization::Default,
            epochs: 10,
            steps: None,
            examples: TRAIN_IMAGES,
            validation: 0,
            fold: 0,
            folds: 0,
            patience: None,
            workers: 0,
        }
    }

    /// The recipe that soon reaches 99 % on the test set: after its fifth epoch; 99.2 % after the eighth (seed 0).
    pub fn recipe() -> Self {
        let mut settings = TrainSettings::for_model("cnn");
        settings.optimizer = OptimizerSettings::new(OptimizerKind::Adam, 0.004);
        settings.schedule = Schedule::OneCycle { epochs: 8 };
        settings.epochs = 8;
        settings
    }

    /// The layers that are trained: those of `model`, with the dropout of `dropout` put in.
    /// An error names the layer that does not read or does not fit.
    pub fn network(&self) -> Result<NetworkSpec> {
        let mut spec = NetworkSpec::parse(&self.model)?;
        if spec.shapes()?.last().is_none_or(|shape| shape.iter().product::<usize>() != 10) {
            return Err(Error::Mistake(Mistake::TenScores));
        }
        if self.dropout > 0.0 {
            let mut layers = Vec::new();
            let mut after_parameters = false;
            for layer in spec.layers {
                if after_parameters && matches!(layer, LayerSpec::Linear { .. }) {
                    layers.push(LayerSpec::Dropout { probability: self.dropout });
                }
                after_parameters |= layer.has_parameters();
                layers.push(layer);
            }
            spec.layers = layers;
        }
        Ok(spec)
    }

    /// How many images an epoch trains on.
    pub fn train_images(&self) -> usize {
        let examples = self.examples.clamp(1, TRAIN_IMAGES);
        if self.folds >= 2 {
            crate::nn::folds::k_fold(examples, self.folds, self.fold).train.len()
        } else {
            crate::nn::folds::hold_out(examples, self.validation).train.len()
        }
    }

    /// Optimizer steps an epoch, the smaller last batch counted.
    pub fn steps_per_epoch(&self) -> u64 {
        self.train_images().div_ceil(self.batch.max(1)) as u64
    }

    /// The step at which a run ends by itself.
    pub fn last_step(&self) -> u64 {
        self.steps.unwrap_or(self.epochs * self.steps_per_epoch())
    }

    /// What cannot be run, as a sentence: sizes of 0, numbers that are not finite, a network that does not fit.
    pub fn check(&self) -> Result<()> {
        let numbers = [
            ("learning rate", self.optimizer.learning_rate),
            ("momentum", self.optimizer.momentum),
            ("weight decay", self.optimizer.weight_decay),
            ("L1", self.optimizer.l1),
        ];
        if let Some((name, value)) = numbers.into_iter().find(|(_, value)| !value.is_finite() || *value < 0.0) {
            return Err(Error::Mistake(Mistake::Negative { name: name.to_string(), value }));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(Error::Mistake(Mistake::Dropout { value: self.dropout }));
        }
        if self.batch == 0 || self.batch > LARGEST_BATCH {
            return Err(Error::Mistake(Mistake::Batch { batch: self.batch, most: LARGEST_BATCH }));
        }
        if self.optimizer.nesterov && (self.optimizer.momentum == 0.0 || self.optimizer.dampening != 0.0) {
            return Err(Error::Mistake(Mistake::Nesterov));
        }
        self.network().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_have_the_course_s_numbers() {
        let mlp = TrainSettings::for_model("mlp-200");
        assert_eq!((mlp.batch, mlp.optimizer.learning_rate, mlp.optimizer.momentum), (200, 0.01, 0.0));
        assert_eq!(mlp.steps_per_epoch(), 300);
        let cnn = TrainSettings::for_model("cnn");
        assert_eq!((cnn.batch, cnn.optimizer.learning_rate, cnn.optimizer.momentum), (64, 0.01, 0.5));
        assert_eq!(cnn.steps_per_epoch(), 938);
        for preset in crate::nn::spec::PRESETS {
            TrainSettings::for_model(preset).check().unwrap();
        }
    }

    #[test]
    fn dropout_goes_before_later_linear_layers() {
        let mut settings = TrainSettings::for_model("mlp-200");
        settings.dropout = 0.25;
        let text = settings.network().unwrap().to_string();
        assert_eq!(text, "linear200,relu,dropout0.25,linear200,relu,dropout0.25,linear10,relu");
    }

    #[test]
    fn nonsense_is_named() {
        let mut settings = TrainSettings { model: "linear11".to_string(), ..TrainSettings::default() };
        assert!(settings.check().unwrap_err().to_string().contains("10 scores"));
        settings = TrainSettings::default();
        settings.optimizer.learning_rate = f64::NAN;
        assert!(settings.check().unwrap_err().to_string().contains("learning rate"));
        settings = TrainSettings::default();
        settings.optimizer.nesterov = true;
        settings.optimizer.momentum = 0.0;
        assert!(settings.check().unwrap_err().to_string().contains("Nesterov"));
    }
}
