//! What the status line says of a run: one sentence for each thing that can happen.

use crate::backend::gpu::{ProductVariant, UNNAMED};
use crate::data::mnist::DataProblem;
use crate::error::Mistake;
use crate::trainer::protocol::{Adapter, AdapterFeature, DeviceNote, Operation, OperationPlace, Problem, StopReason};
use crate::ui::i18n::{I18n, t, t_string};
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
pub fn device_changed(i18n: I18n, status: Status, device: String, note: Option<DeviceNote>) {
    status.say(move || device_words(i18n, &device, note.as_ref()));
}

/// Which device a run is on, and why; follows the language.
pub fn device_words(i18n: I18n, device: &str, note: Option<&DeviceNote>) -> String {
    let device = device.to_uppercase();
    match note {
        None => t_string!(i18n, train.says_device, device = device),
        Some(DeviceNote::Adapter(adapter)) => {
            t_string!(i18n, train.says_device_adapter, device = device, detail = adapter_words(i18n, adapter))
        }
        Some(DeviceNote::Software(name)) => {
            t_string!(i18n, train.says_device_software, device = device, name = name_words(i18n, name))
        }
        Some(DeviceNote::Absent) => t_string!(i18n, train.says_device_absent, device = device),
        Some(DeviceNote::Unavailable(reason)) => {
            t_string!(i18n, train.says_device_unavailable, device = device, reason = reason)
        }
        Some(DeviceNote::Lost(reason)) => t_string!(i18n, train.says_device_lost, device = device, reason = reason),
    }
}

/// The adapter in a line: name, limits, features that count, kernels.
fn adapter_words(i18n: I18n, adapter: &Adapter) -> String {
    let software = if adapter.software { t_string!(i18n, train.adapter.software) } else { "" };
    let features: Vec<&str> = (adapter.features.iter())
        .map(|feature| match feature {
            AdapterFeature::Subgroups => t_string!(i18n, train.adapter.subgroups),
            AdapterFeature::HalfPrecision => t_string!(i18n, train.adapter.half_precision),
            AdapterFeature::Timestamps => t_string!(i18n, train.adapter.timestamps),
        })
        .collect();
    let features = match features[..] {
        [] => t_string!(i18n, train.adapter.no_features).to_owned(),
        _ => features.join(", "),
    };
    let products: Vec<&str> = (adapter.kernels.products.iter())
        .map(|product| match product {
            ProductVariant::Tile32 => t_string!(i18n, train.adapter.tile32),
            ProductVariant::Tile64 => t_string!(i18n, train.adapter.tile64),
            ProductVariant::Split32 => t_string!(i18n, train.adapter.split32),
            ProductVariant::Registers => t_string!(i18n, train.adapter.registers),
            ProductVariant::WideRegisters => t_string!(i18n, train.adapter.wide_registers),
        })
        .collect();
    let gradients = match adapter.kernels.lone {
        true => t_string!(i18n, train.adapter.lone),
        false => t_string!(i18n, train.adapter.groups),
    };
    t_string!(
        i18n,
        train.adapter.line,
        name = name_words(i18n, &adapter.name),
        software = software,
        interface = adapter.interface,
        megabytes = adapter.binding_bytes >> 20,
        threads = adapter.workgroup_threads,
        kilobytes = adapter.workgroup_bytes >> 10,
        features = features,
        products = products.join(" / "),
        gradients = gradients
    )
}

fn name_words(i18n: I18n, name: &str) -> &str {
    if name == UNNAMED { t_string!(i18n, train.adapter.unnamed) } else { name }
}

/// Something went wrong.
pub fn failed(i18n: I18n, status: Status, problem: Problem) {
    status.warn(move || problem_words(i18n, &problem));
}

/// The sentence for what went wrong; follows the language.
pub fn problem_words(i18n: I18n, problem: &Problem) -> String {
    match problem {
        Problem::NotFinite { step, place } => {
            let before = step.saturating_sub(1);
            match place {
                Some(place) => {
                    t_string!(i18n, train.fails_nan_at, step = step, before = before, place = place_words(i18n, place))
                }
                None => t_string!(i18n, train.fails_nan, step = step, before = before),
            }
        }
        Problem::Data(DataProblem::Missing { file, reason }) => {
            t_string!(i18n, train.fails_missing, file = file, reason = reason)
        }
        Problem::Data(DataProblem::Truncated { file }) => t_string!(i18n, train.fails_truncated, file = file),
        Problem::Data(DataProblem::Foreign { file }) => t_string!(i18n, train.fails_foreign, file = file),
        Problem::Settings(mistake) => t_string!(i18n, train.fails_settings, reason = mistake_words(i18n, mistake)),
        Problem::Weights(mistake) => t_string!(i18n, train.fails_weights, reason = mistake_words(i18n, mistake)),
        Problem::Device(reason) => t_string!(i18n, train.fails_device, reason = reason),
        Problem::Browser(reason) => t_string!(i18n, train.fails_browser, reason = reason),
    }
}

/// An operation of a step, in words; follows the language.
pub fn place_words(i18n: I18n, place: &OperationPlace) -> String {
    let name = match place.operation {
        Operation::Data => t_string!(i18n, train.operation.data),
        Operation::Linear => t_string!(i18n, train.operation.linear),
        Operation::MatrixProduct => t_string!(i18n, train.operation.matrix_product),
        Operation::Convolution => t_string!(i18n, train.operation.convolution),
        Operation::ConvolutionGradient => t_string!(i18n, train.operation.convolution_gradient),
        Operation::Pooling => t_string!(i18n, train.operation.pooling),
        Operation::PoolingGradient => t_string!(i18n, train.operation.pooling_gradient),
        Operation::Dropout => t_string!(i18n, train.operation.dropout),
        Operation::Elementwise => t_string!(i18n, train.operation.elementwise),
        Operation::Sum => t_string!(i18n, train.operation.sum),
        Operation::Rearrange => t_string!(i18n, train.operation.rearrange),
        Operation::Loss => t_string!(i18n, train.operation.loss),
        Operation::Update => t_string!(i18n, train.operation.update),
    };
    t_string!(i18n, train.operation_place, name = name, number = place.number, of = place.of)
}

/// What is wrong with a set-up or a weight file, without a full stop; follows the language.
pub fn mistake_words(i18n: I18n, mistake: &Mistake) -> String {
    match mistake {
        Mistake::NotALayer { text } => t_string!(i18n, train.wrong.not_a_layer, text = text),
        Mistake::Layer { number, layer, why } => {
            t_string!(i18n, train.wrong.layer, number = number, layer = layer, why = mistake_words(i18n, why))
        }
        Mistake::NeedsPicture { input } => {
            let shape = input.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
            t_string!(i18n, train.wrong.needs_picture, shape = shape)
        }
        Mistake::KernelTooLarge { kernel, padded } => {
            t_string!(i18n, train.wrong.kernel_too_large, kernel = kernel, padded = padded)
        }
        Mistake::TenScores => t_string!(i18n, train.wrong.ten_scores).to_owned(),
        Mistake::Negative { name, value } => t_string!(i18n, train.wrong.negative, name = name, value = value),
        Mistake::Dropout { value } => t_string!(i18n, train.wrong.dropout, value = value),
        Mistake::Batch { batch, most } => t_string!(i18n, train.wrong.batch, batch = batch, most = most),
        Mistake::Nesterov => t_string!(i18n, train.wrong.nesterov).to_owned(),
        Mistake::NotWeights { detail } => t_string!(i18n, train.wrong.not_weights, detail = detail),
        Mistake::OtherWeights { network, details } => {
            t_string!(i18n, train.wrong.other_weights, network = network, details = details)
        }
        Mistake::Other(text) => text.clone(),
    }
}
