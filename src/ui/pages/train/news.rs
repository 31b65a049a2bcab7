//! What the status line says of a run: one sentence for each thing that can happen.

use crate::data::mnist::DataProblem;
use crate::trainer::protocol::{Problem, StopReason};
use crate::ui::i18n::{I18n, t};
use crate::ui::status::Status;

/// The run goes on.
pub fn started(i18n: I18n, status: Status) {
    status.say(t!(i18n, train.says_running));
}

/// The run stands. After a failure its own sentence stays.
pub fn stopped(i18n: I18n, status: Status, step: u64, reason: StopReason) {
    match reason {
        StopReason::Paused | StopReason::Stepped => status.say(t!(i18n, train.says_paused, step = step)),
        StopReason::Finished => status.say(t!(i18n, train.says_finished, step = step)),
        StopReason::EarlyStopped { best_epoch } => status.say(t!(i18n, train.says_early, epoch = best_epoch)),
        StopReason::Failed => {}
    }
}

/// Weights of a file are in the network now.
pub fn weights_taken(i18n: I18n, status: Status) {
    status.say(t!(i18n, train.says_imported));
}

/// The run moved, or could not move.
pub fn device_changed(i18n: I18n, status: Status, device: &str, detail: Option<String>) {
    let device = device.to_uppercase();
    match detail {
        None => status.say(t!(i18n, train.says_device, device = device)),
        Some(detail) => status.say(t!(i18n, train.says_device_because, device = device, detail = detail)),
    }
}

/// Something went wrong.
pub fn failed(i18n: I18n, status: Status, problem: Problem) {
    match problem {
        Problem::NotFinite { step, place: Some(place) } => {
            let before = step.saturating_sub(1);
            status.warn(t!(i18n, train.fails_nan_at, step = step, before = before, place = place));
        }
        Problem::NotFinite { step, place: None } => {
            let before = step.saturating_sub(1);
            status.warn(t!(i18n, train.fails_nan, step = step, before = before));
        }
        Problem::Data(DataProblem::Missing { file, reason }) => {
            status.warn(t!(i18n, train.fails_missing, file = file, reason = reason));
        }
        Problem::Data(DataProblem::Truncated { file }) => status.warn(t!(i18n, train.fails_truncated, file = file)),
        Problem::Data(DataProblem::Foreign { file }) => status.warn(t!(i18n, train.fails_foreign, file = file)),
        Problem::Settings(reason) => status.warn(t!(i18n, train.fails_settings, reason = reason)),
        Problem::Weights(reason) => status.warn(t!(i18n, train.fails_weights, reason = reason)),
        Problem::Device(reason) => status.warn(t!(i18n, train.fails_device, reason = reason)),
        Problem::Browser(reason) => status.warn(t!(i18n, train.fails_browser, reason = reason)),
    }
}
