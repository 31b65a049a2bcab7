//! The run as the page knows it: what the worker has told, gathered in signals. Lives beside the views, so a run goes on
//! and is still here when the reader comes back.

use super::many_runs::Run;
use super::progress::{Figures, Points, Snapshot};
use crate::data::pad::Strokes;
use crate::trainer::client::Client;
use crate::trainer::crew::Pace;
use crate::trainer::protocol::{
    Command, Configured, DeviceNote, Evaluation, Floats, LayerStatistics, NextStep, OperationPlace, OptimizerState,
    TestImage, WeightPicture,
};
use crate::trainer::settings::TrainSettings;
use crate::ui::i18n::{I18n, use_i18n};
use crate::ui::networks::{Networks, use_networks};
use crate::ui::route::Route;
use crate::ui::state::{DeviceBadge, use_device_badge, use_kept};
use crate::ui::status::Status;
use crate::ui::trials;
use leptos::prelude::*;
use std::sync::Arc;

/// What the worker is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It stands.
    Standing,
    /// It waits for the data set.
    Loading,
    /// It trains.
    Running,
    /// It trains, and was asked to stand: steps that a GPU was sent are done first.
    Pausing,
}

/// All signals of the run. `Copy`; a context.
#[derive(Clone, Copy)]
pub struct TrainState {
    client: StoredValue<Option<Client>, LocalStorage>,
    /// What the worker was last asked to run.
    requested: StoredValue<Option<TrainSettings>>,
    pub phase: RwSignal<Phase>,
    pub data_progress: RwSignal<Option<(u64, u64)>>,
    pub configured: RwSignal<Option<Configured>>,
    /// How many workers share a batch, and the figures by which that was chosen.
    pub crew: RwSignal<Option<(u32, Vec<Pace>)>>,
    /// What there is to say of the run's device.
    pub device_note: RwSignal<Option<DeviceNote>>,
    pub figures: RwSignal<Figures>,
    pub raw: RwSignal<Points>,
    pub smoothed: RwSignal<Points>,
    pub evaluations: RwSignal<Vec<Evaluation>>,
    pub digit: RwSignal<Option<Vec<f32>>>,
    pub layers: RwSignal<Vec<LayerStatistics>>,
    /// The layers' figures over the run, oldest first.
    pub history: RwSignal<Arc<Vec<Snapshot>>>,
    /// What the optimizer keeps, while somebody watches.
    pub optimizer: RwSignal<Vec<OptimizerState>>,
    /// The step that made a number that is none, and the operation, where that is known.
    pub not_finite: RwSignal<Option<(u64, Option<OperationPlace>)>>,
    /// What the next step is made of, once somebody has asked.
    pub next_step: RwSignal<Option<Arc<NextStep>>>,
    pub first_layer: RwSignal<Option<WeightPicture>>,
    /// The dropout mask of the last step.
    pub mask: RwSignal<Option<WeightPicture>>,
    pub images: RwSignal<Vec<TestImage>>,
    pub runs: RwSignal<Vec<Run>>,
    pub folds: RwSignal<Vec<(usize, f64)>>,
    /// All folds are run, one after the other, without being asked again.
    pub(super) all_folds: StoredValue<bool>,
    /// A start is on its way: what is set up until it comes does not make the run stand.
    pub(super) starting: StoredValue<bool>,
    pub(super) route: Route,
    pub(super) i18n: I18n,
    pub(super) status: Status,
    pub(super) badge: DeviceBadge,
    pub(super) networks: Networks,
    pub(super) reports: StoredValue<u32>,
    pub(super) weights_wanted: StoredValue<bool>,
    pub(super) next_run: StoredValue<u32>,
    pub(super) average: StoredValue<(f64, f64)>,
}

impl TrainState {
    /// Nothing yet; the worker starts when it is first needed.
    pub fn start() -> Self {
        let state = TrainState {
            client: StoredValue::new_local(None),
            requested: StoredValue::new(None),
            phase: RwSignal::new(Phase::Standing),
            data_progress: RwSignal::new(None),
            configured: RwSignal::new(None),
            crew: RwSignal::new(None),
            device_note: RwSignal::new(None),
            figures: RwSignal::new(Figures::default()),
            raw: RwSignal::new(Points::default()),
            smoothed: RwSignal::new(Points::default()),
            evaluations: RwSignal::new(Vec::new()),
            digit: RwSignal::new(None),
            layers: RwSignal::new(Vec::new()),
            history: RwSignal::default(),
            optimizer: RwSignal::default(),
            not_finite: RwSignal::default(),
            next_step: RwSignal::default(),
            first_layer: RwSignal::new(None),
            mask: RwSignal::new(None),
            images: RwSignal::new(Vec::new()),
            runs: RwSignal::new(Vec::new()),
            folds: RwSignal::new(Vec::new()),
            all_folds: StoredValue::new(false),
            starting: StoredValue::new(false),
            route: expect_context(),
            i18n: use_i18n(),
            status: expect_context(),
            badge: use_device_badge(),
            networks: use_networks(),
            reports: StoredValue::new(0),
            weights_wanted: StoredValue::new(false),
            next_run: StoredValue::new(1),
            average: StoredValue::new((0.0, 0.0)),
        };
        // The first time that another view wants to read with this network, it is told how it stands.
        Effect::new(move |_| {
            if state.networks.training_wanted() {
                state.lend();
            }
        });
        state
    }

    /// Sends a command; the first one starts the worker.
    pub fn send(self, command: Command) {
        if self.client.with_value(Option::is_none) {
            self.client.set_value(Some(trials::start_worker(move |event| self.take(event))));
        }
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send(command);
            }
        });
    }

    /// Asks for these settings: a change that the run can take goes to the run, any other one begins a new run. True if
    /// a new run begins.
    pub fn request(self, settings: &TrainSettings) -> bool {
        let before = self.requested.get_value();
        if before.as_ref() == Some(settings) {
            return false;
        }
        self.requested.set_value(Some(settings.clone()));
        if let Some(before) = before {
            let mut as_before = settings.clone();
            as_before.optimizer.learning_rate = before.optimizer.learning_rate;
            (as_before.epochs, as_before.steps, as_before.device) = (before.epochs, before.steps, before.device);
            // The one-cycle and cosine schedules name their own length, so the end is free to move.
            if as_before == before {
                if settings.optimizer.learning_rate != before.optimizer.learning_rate {
                    self.send(Command::SetLearningRate(settings.optimizer.learning_rate));
                }
                if (settings.epochs, settings.steps) != (before.epochs, before.steps) {
                    self.send(Command::SetEnd { epochs: settings.epochs, steps: settings.steps });
                }
                if settings.device != before.device {
                    self.send(Command::SwitchDevice(settings.device));
                }
                return false;
            }
        }
        self.all_folds.set_value(false);
        self.starting.set_value(false);
        self.keep_run();
        self.send(Command::Configure(Box::new(settings.clone())));
        true
    }

    /// Back to step 0.
    pub fn reset(self) {
        self.all_folds.set_value(false);
        self.starting.set_value(false);
        self.keep_run();
        self.send(Command::Reset);
    }

    /// Starts, or goes on.
    pub fn go(self, command: Command) {
        if self.phase.get_untracked() == Phase::Standing {
            self.phase.set(Phase::Loading);
            self.starting.set_value(true);
        }
        self.send(command);
    }

    /// Pauses: the page says so at once, the worker as soon as the steps in flight are done.
    pub fn pause(self) {
        if self.phase.get_untracked() != Phase::Standing {
            self.phase.set(Phase::Pausing);
            self.send(Command::Pause);
        }
    }

    /// Asks for the weights, which then are saved as a file.
    pub fn save_weights(self) {
        self.weights_wanted.set_value(true);
        self.send(Command::ExportWeights);
    }

    /// Asks for the weights for the views that read with them, if there is such a view and something was trained.
    pub(super) fn lend(self) {
        if self.networks.training_wanted_untracked() && self.configured.with_untracked(Option::is_some) {
            self.send(Command::ExportWeights);
        }
    }

    /// Tells the worker of the drawing.
    pub fn show_digit(self, strokes: &Strokes) {
        use crate::data::pad::{Preparation, prepare};
        let pixels = prepare(strokes, Preparation::FULL).map(|prepared| Floats(prepared.input().to_vec()));
        if pixels.is_none() {
            self.digit.set(None);
        }
        self.send(Command::SetDigit(pixels));
    }
}

/// `cnn-seed7-step200.safetensors`
pub fn file_name(configured: Option<&Configured>, ending: &str) -> String {
    let settings = configured.map(|configured| configured.settings.clone()).unwrap_or_default();
    let model = if settings.model.contains(',') { "network" } else { &settings.model };
    format!("{model}-seed{}.{ending}", settings.seed)
}

/// The run, for whoever shows a part of it.
pub fn use_train() -> TrainState {
    use_kept(TrainState::start)
}
