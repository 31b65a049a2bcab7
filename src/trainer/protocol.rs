//! What page and worker say to each other: the page sends `Command`s, the worker answers with `Event`s. Both are
//! enums, matched exhaustively. Large arrays travel as raw bytes, so that they can be transferred instead of copied.

use super::crew::Pace;
use super::settings::{DeviceChoice, TrainSettings};
use super::spread::Spread;
use crate::backend::cpu::ProductSpeed;
use crate::backend::gpu::Tuning;
use crate::data::mnist::DataProblem;
use crate::error::Mistake;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// From page to worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// A new run with these settings: fresh weights from the seed, step 0. Stops what is running.
    Configure(Box<TrainSettings>),
    /// Goes on from the current step, until the settings' end or `steps` further steps.
    Start { steps: Option<u64> },
    /// Stops after the step in flight.
    Pause,
    /// One optimizer update, then a pause.
    Step,
    /// Back to step 0 with the weights of the same seed.
    Reset,
    /// Reset with another seed.
    NewSeed(u64),
    /// Changes the base learning rate from the next step on.
    SetLearningRate(f64),
    /// Changes where the run ends by itself.
    SetEnd { epochs: u64, steps: Option<u64> },
    /// The digit on the pad, 784 normalised numbers, or none: its probabilities follow the training.
    SetDigit(Option<Floats>),
    /// Moves the run to another device, at the same step.
    SwitchDevice(DeviceChoice),
    /// Whether progress is to bring what the optimizer keeps: asked for while somebody looks at it.
    WatchOptimizer(bool),
    /// The kernel variants that were remembered on an earlier visit: the text of [`Event::KernelsTried`].
    RecallKernels(String),
    /// Asks for all that the next step is made of.
    ShowNextStep,
    /// The numbers of workers that were tried on an earlier visit: what [`Event::Crew`] had to keep.
    RecallCrew(String),
    /// Loss and accuracy on the test set now.
    Evaluate,
    /// Asks for the weights as a safetensors file.
    ExportWeights,
    /// Takes the weights of a safetensors file; the rest of the run stays.
    ImportWeights(Bytes),
    /// Asks for test images by their index, to be shown.
    ShowTestImages(Vec<u32>),
    /// Times training steps of other settings, on synthetic pictures where no data is there yet.
    RunBench { settings: Box<TrainSettings>, steps: u32, rounds: u32 },
    /// Times the product of two square float32 matrices of this size, over and over for so many milliseconds.
    RunProduct { device: DeviceChoice, size: u32, milliseconds: f64 },
}

/// From worker to page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker listens; messages before this one would be lost.
    Ready,
    /// Bytes of the packed data files that are here, of all.
    DataProgress { loaded: u64, total: u64 },
    /// The data is unpacked and checked.
    DataReady { train: u32, test: u32 },
    /// Settings were taken; the run stands at step 0.
    Configured(Configured),
    /// The run goes on.
    Started,
    /// About ten times a second while the run goes on, and once when it stops.
    Progress(Progress),
    /// Test (and validation) figures, after an epoch or on request.
    Evaluated(Evaluation),
    /// The run stands, and may go on.
    Stopped { step: u64, reason: StopReason },
    /// The weights as a safetensors file, with PyTorch's names.
    Weights(Bytes),
    /// Weights of a file were taken.
    WeightsTaken,
    /// What the next step is made of; the run goes on from there undisturbed.
    NextStep(Box<NextStep>),
    /// Pictures asked for.
    TestImages(Vec<TestImage>),
    /// Which device runs now, and what there is to say of it.
    DeviceChanged { device: String, note: Option<DeviceNote> },
    /// Kernel variants were tried on an adapter: a text to remember for [`Command::RecallKernels`].
    KernelsTried(String),
    /// So many workers share a batch, because that was the fastest of those tried; `keep` after a fresh trial: a text for
    /// [`Command::RecallCrew`].
    Crew { workers: u32, tried: Vec<Pace>, keep: Option<String> },
    /// The result of [`Command::RunBench`].
    Bench(BenchResult),
    /// The result of [`Command::RunProduct`].
    Product { device: String, milliseconds: f64 },
    /// Something went wrong; what the person had is still there.
    Failed(Problem),
}

/// Why a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopReason {
    /// Asked for.
    Paused,
    /// One step was asked for.
    Stepped,
    /// The settings' end was reached.
    Finished,
    /// Early stopping: the weights are those of the best epoch.
    EarlyStopped { best_epoch: u64 },
    /// A problem was reported before.
    Failed,
}

/// What was set up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configured {
    /// The settings as taken.
    pub settings: TrainSettings,
    /// `cpu` or `gpu`.
    pub device: String,
    /// Workers that share a batch, as far as it is known before a trial.
    pub workers: u32,
    /// How many numbers training may change.
    pub parameters: u64,
    /// Optimizer steps an epoch.
    pub steps_per_epoch: u64,
    /// The weights that it starts with.
    pub first_layer: Option<WeightPicture>,
}

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

/// Timed steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchResult {
    pub settings: TrainSettings,
    /// `cpu` or `gpu`.
    pub device: String,
    pub workers: u32,
    /// One figure a round.
    pub steps_per_second: Vec<f64>,
    /// GFLOP/s of the bare inner loop of a matrix product on one core, measured just before.
    pub peak: f64,
    /// What the products of a linear layer reach on one core, measured with it.
    pub products: Vec<ProductSpeed>,
    /// The vector instructions of this build on this machine.
    pub instructions: String,
    /// What a step asked of the GPU, on one, at the mean.
    pub gpu: Option<GpuWork>,
}

/// What a training step asks of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GpuWork {
    /// Kernels.
    pub dispatches: f64,
    /// Command buffers.
    pub submits: f64,
    /// Bytes from the program's memory.
    pub uploaded_bytes: f64,
    /// Times that the program waited for the GPU.
    pub waits: f64,
}

/// What is to be said of the device of a run. Names and reasons are the system's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceNote {
    /// A GPU.
    Adapter(Box<Adapter>),
    /// The GPU of this name is the processor in a detour, so the CPU is taken.
    Software(String),
    /// No GPU can be had.
    Unavailable(String),
    /// The GPU was lost on the way.
    Lost(String),
}

/// What is known of the GPU of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// As the browser calls it.
    pub name: String,
    /// Through what it is used: `BrowserWebGpu`.
    pub interface: String,
    /// Whether it is the processor in a detour.
    pub software: bool,
    /// Largest buffer that a kernel can bind.
    pub binding_bytes: u64,
    /// Threads of a workgroup.
    pub workgroup_threads: u32,
    /// Memory of a workgroup.
    pub workgroup_bytes: u32,
    pub features: Vec<AdapterFeature>,
    /// The kernel variants in use.
    pub kernels: Tuning,
}

/// Optional features of a GPU that count for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdapterFeature {
    Subgroups,
    HalfPrecision,
    Timestamps,
}

/// What went wrong: the page has a sentence for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// The loss of this step is infinite or not a number; the weights of the step before were kept. `place`: the first
    /// operation that made such a number, where it could be found.
    NotFinite { step: u64, place: Option<OperationPlace> },
    /// A data file is missing, incomplete, or another.
    Data(DataProblem),
    /// The settings cannot be run.
    Settings(Mistake),
    /// A weight file does not fit.
    Weights(Mistake),
    /// The device cannot do it or has gone away.
    Device(String),
    /// The browser lacks something that the work needs.
    Browser(String),
}

/// Float32 numbers that travel as raw little-endian bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Floats(pub Vec<f32>);

/// Bytes that travel as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl<'de> serde::de::Visitor<'de> for BytesVisitor {
            type Value = Vec<u8>;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
            // Formats without bytes, such as JSON, write a list of numbers.
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(bytes)
            }
        }
        deserializer.deserialize_byte_buf(BytesVisitor).map(Bytes)
    }
}

impl Serialize for Floats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytemuck::cast_slice(&self.0))
    }
}

impl<'de> Deserialize<'de> for Floats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Bytes(bytes) = Bytes::deserialize(deserializer)?;
        if bytes.len() % 4 != 0 {
            return Err(serde::de::Error::custom("float32 bytes must come in fours"));
        }
        let floats = bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        Ok(Floats(floats.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_journey() {
        let command = Command::SetDigit(Some(Floats(vec![0.5, -1.25, f32::MIN_POSITIVE])));
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
        let event = Event::Weights(Bytes(vec![0, 255, 7]));
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        let settings = Command::Configure(Box::default());
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), settings);
    }
}
