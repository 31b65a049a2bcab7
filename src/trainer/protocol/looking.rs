//! How a run stands, in numbers and pictures: what the page draws.

use super::{Bytes, Floats};
use crate::trainer::settings::TrainSettings;
use crate::trainer::spread::Spread;
use serde::{Deserialize, Serialize};

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Optimizer updates done.
    pub step: u64,
    /// Whole epochs done.
    pub epoch: u64,
    /// Losses since the last report; the last one belongs to `step`.
    pub losses: Floats,
    /// The learning rate of `step`, after the schedule.
    pub learning_rate: f64,
    /// Over the last second or so.
    pub steps_per_second: f64,
    /// Until the settings' end, at this pace.
    pub seconds_left: Option<f64>,
    /// Probabilities of the digit on the pad.
    pub digit: Option<Vec<f32>>,
    /// Gradients and dead units; about twice a second.
    pub layers: Option<Vec<LayerStatistics>>,
    /// Weights of the first layer; about twice a second.
    pub first_layer: Option<WeightPicture>,
    /// The dropout mask of `step`, of the first layer that has one, for the first images of its batch: `(images, units)`, 0 where a unit is
    /// off; about twice a second.
    pub mask: Option<WeightPicture>,
    /// What the optimizer keeps; about twice a second, where it was asked for.
    pub optimizer: Option<Vec<OptimizerState>>,
}

/// Figures of one layer at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerStatistics {
    /// Index in the network's list.
    pub layer: u32,
    /// As the address spells it: `conv10k5`.
    pub name: String,
    /// Euclidean norm of the gradient of weight and bias together.
    pub gradient_norm: f64,
    /// Euclidean norm of the weight.
    pub weight_norm: f64,
    /// Share of units (channels) that were 0 after the activation for the whole batch; none without a ReLU.
    pub dead: Option<f64>,
    /// Share of outputs on the flat ends of a sigmoid or tanh; none without one.
    pub saturated: Option<f64>,
    /// How the sizes of the gradient's elements are spread, weight and bias together.
    pub gradients: Spread,
    /// The same for what the activation gave for the whole batch; none without an activation.
    pub activations: Option<Spread>,
}

/// What the optimizer keeps for one parameter, in figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptimizerState {
    /// PyTorch's name of the parameter: `0.weight`.
    pub parameter: String,
    /// PyTorch's name of the state: `momentum_buffer`, `exp_avg`.
    pub state: String,
    /// Euclidean norm.
    pub norm: f64,
    pub mean: f64,
    pub minimum: f64,
    pub maximum: f64,
}

/// All that a step is made of, before it is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextStep {
    /// The settings as they are now.
    pub settings: TrainSettings,
    /// Its number: 1 is the first.
    pub step: u64,
    /// Images in its batch; those shown are the first of them.
    pub batch: u32,
    /// The learning rate, after the schedule.
    pub learning_rate: f64,
    /// Positions in the training set of the images shown.
    pub positions: Vec<u32>,
    /// Grey values, 28 x 28 an image.
    pub images: Bytes,
    pub labels: Bytes,
    /// Dropout masks of the images shown: a byte for each element of each dropout layer, one layer after the other.
    pub masks: Bytes,
    /// Every parameter, in order.
    pub weights: Vec<Floats>,
    /// What the optimizer remembers of each.
    pub states: Vec<Vec<Floats>>,
}

/// A kind of operation, as far as a reader tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    Data,
    Linear,
    MatrixProduct,
    Convolution,
    ConvolutionGradient,
    Pooling,
    PoolingGradient,
    Dropout,
    Elementwise,
    Sum,
    Rearrange,
    Loss,
    Update,
}

/// An operation of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationPlace {
    pub operation: Operation,
    /// Its number in the step, from 1, of so many.
    pub number: u32,
    pub of: u32,
}

/// A layer's weight as it lies: PyTorch's sizes, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightPicture {
    pub shape: Vec<usize>,
    pub values: Floats,
}

/// Figures on held-out images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Optimizer updates done.
    pub step: u64,
    /// Epochs done, a part counted.
    pub epoch: f64,
    /// Mean loss on the test set.
    pub loss: f64,
    /// Share of the test set that is read rightly.
    pub accuracy: f64,
    /// Mean loss and accuracy on the validation part, where there is one.
    pub validation: Option<(f64, f64)>,
    /// Rows are labels, columns what was read: 100 counts.
    pub confusion: Vec<u32>,
    /// Test images read wrongly, the worst first; at most 60.
    pub misread: Vec<Misread>,
}

/// A test image that was read wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Misread {
    /// Index in the test set.
    pub index: u32,
    pub label: u8,
    pub read: u8,
    /// Its own loss.
    pub loss: f32,
}

/// A test image to show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestImage {
    pub index: u32,
    pub label: u8,
    /// 28 x 28 grey values, 0 is paper.
    pub pixels: Bytes,
}
