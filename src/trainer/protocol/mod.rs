//! What page and worker say to each other: the page sends `Command`s, the worker answers with `Event`s. Both are
//! enums, matched exhaustively. Large arrays travel as raw bytes, so that they can be transferred instead of copied.

mod bytes;
mod looking;
mod machine;

pub use bytes::{Bytes, Floats};
pub use looking::{
    Evaluation, LayerStatistics, Misread, NextStep, Operation, OperationPlace, OptimizerState, Progress, TestImage,
    WeightPicture,
};
pub use machine::{Adapter, AdapterFeature, BenchResult, DeviceNote, GpuWork};

use super::crew::Pace;
use super::settings::{DeviceChoice, TrainSettings};
use crate::data::mnist::DataProblem;
use crate::error::Mistake;
use serde::{Deserialize, Serialize};

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
