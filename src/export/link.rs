//! Train settings as the query of an address and back: `model=cnn&seed=7&lr=0.05&steps=200&run=1`. Defaults are left
//! out. What does not read is reported and left at its default: an address with nonsense in it still opens the view.

use crate::nn::optimizer::{OptimizerKind, OptimizerSettings};
use crate::nn::schedule::Schedule;
use crate::nn::spec::NetworkSpec;
use crate::trainer::settings::{DeviceChoice, Initialization, LARGEST_SEED, TRAIN_IMAGES, TrainSettings};

/// What an address asks for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrainLink {
    pub settings: TrainSettings,
    /// Start by itself.
    pub run: bool,
    /// `(key, value)` of what could not be read.
    pub problems: Vec<(String, String)>,
}

/// Keys that belong to the frame, not to this view.
const FRAME_KEYS: [&str; 3] = ["lang", "theme", "hide"];

/// Reads the part of an address after `?`.
pub fn read(query: &str) -> TrainLink {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key), decode(value))
        })
        .collect();
    let mut link = TrainLink::default();
    // Others' defaults depend on the model and the optimizer, so these two come first, wherever they stand.
    for (key, value) in &pairs {
        if key == "model" {
            let candidate = TrainSettings::for_model(value);
            match NetworkSpec::parse(value).and_then(|_| candidate.check()) {
                Ok(()) => link.settings = candidate,
                Err(_) => link.problems.push((key.clone(), value.clone())),
            }
        }
    }
    for (key, value) in &pairs {
        if key == "optimizer" {
            match OptimizerKind::parse(value) {
                Some(kind) => link.settings.optimizer = default_optimizer(&link.settings.model, kind),
                None => link.problems.push((key.clone(), value.clone())),
            }
        }
    }
    for (key, value) in pairs {
        if key == "model" || key == "optimizer" || FRAME_KEYS.contains(&key.as_str()) {
            continue;
        }
        if set(&mut link, &key, &value).is_none() {
            link.problems.push((key, value));
        }
    }
    if link.settings.check().is_err() {
        // Each value reads, but not together: Nesterov without momentum.
        link.settings.optimizer.nesterov = false;
        link.problems.push(("nesterov".to_string(), "1".to_string()));
    }
    link
}

/// The optimizer with a model's momentum and a kind's usual rate.
pub fn default_optimizer(model: &str, kind: OptimizerKind) -> OptimizerSettings {
    match kind {
        OptimizerKind::Sgd => TrainSettings::for_model(model).optimizer,
        _ => OptimizerSettings::new(kind, kind.usual_learning_rate()),
    }
}

/// Sets one key; none if key or value makes no sense.
fn set(link: &mut TrainLink, key: &str, value: &str) -> Option<()> {
    let real = |low: f64, high: f64| value.parse::<f64>().ok().filter(|x| *x >= low && *x <= high);
    let whole = |low: usize, high: usize| value.parse::<usize>().ok().filter(|n| (low..=high).contains(n));
    let switch = || match value {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    };
    let settings = &mut link.settings;
    match key {
        "device" => settings.device = DeviceChoice::parse(value)?,
        "seed" => settings.seed = value.parse().ok().filter(|&seed: &u64| seed <= LARGEST_SEED)?,
        "batch" => settings.batch = whole(1, 4096)?,
        "lr" => settings.optimizer.learning_rate = real(0.0, 1e38)?,
        "momentum" => settings.optimizer.momentum = real(0.0, 1.0)?,
        "dampening" => settings.optimizer.dampening = real(0.0, 1.0)?,
        "nesterov" => settings.optimizer.nesterov = switch()?,
        "decay" => settings.optimizer.weight_decay = real(0.0, 1e3)?,
        "l1" => settings.optimizer.l1 = real(0.0, 1e3)?,
        "schedule" => settings.schedule = Schedule::parse(value)?,
        "dropout" => settings.dropout = real(0.0, 0.95)?,
        "init" => settings.initialization = Initialization::parse(value)?,
        "epochs" => settings.epochs = whole(1, 1000)? as u64,
        "steps" => settings.steps = Some(whole(1, 100_000_000)? as u64),
        "examples" => settings.examples = whole(1, TRAIN_IMAGES)?,
        "validation" => settings.validation = whole(0, TRAIN_IMAGES - 1)?,
        "folds" => settings.folds = whole(2, 20)?,
        "fold" => settings.fold = whole(1, 20)? - 1,
        "patience" => settings.patience = Some(whole(1, 1000)?),
        "workers" => settings.workers = whole(1, 64)?,
        "run" => link.run = switch()?,
        _ => return None,
    }
    Some(())
}

/// Every key that the view knows.
pub const KEYS: [&str; 22] = [
    "model",
    "device",
    "seed",
    "batch",
    "optimizer",
    "lr",
    "momentum",
    "dampening",
    "nesterov",
    "decay",
    "l1",
    "schedule",
    "dropout",
    "init",
    "epochs",
    "steps",
    "examples",
    "validation",
    "folds",
    "fold",
    "patience",
    "workers",
];
/// Writes the query for these settings; empty if all are the defaults.
pub fn write(settings: &TrainSettings) -> String {
    let changed = entries(settings).into_iter().filter(|(_, value, default)| value != default);
    changed.map(|(key, value, _)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

/// The value of one key, as the address would have it.
pub fn value_of(settings: &TrainSettings, key: &str) -> String {
    entries(settings).into_iter().find(|entry| entry.0 == key).map(|entry| entry.1).unwrap_or_default()
}

/// Key, value and default of every setting.
fn entries(settings: &TrainSettings) -> Vec<(&'static str, String, String)> {
    let mut parts = Vec::new();
    let model = NetworkSpec::parse(&settings.model).map_or_else(|_| settings.model.clone(), |spec| spec.to_string());
    let usual = TrainSettings::for_model(&model);
    let mut put = |key: &'static str, value: String, default: String| parts.push((key, value, default));
    put("model", model.clone(), TrainSettings::default().model);
    put("device", settings.device.name().to_string(), usual.device.name().to_string());
    put("seed", settings.seed.to_string(), usual.seed.to_string());
    put("batch", settings.batch.to_string(), usual.batch.to_string());
    let (own, kind) = (settings.optimizer, settings.optimizer.kind);
    let optimizer = default_optimizer(&model, kind);
    put("optimizer", kind.name().to_string(), usual.optimizer.kind.name().to_string());
    put("lr", own.learning_rate.to_string(), optimizer.learning_rate.to_string());
    put("momentum", own.momentum.to_string(), optimizer.momentum.to_string());
    put("dampening", own.dampening.to_string(), optimizer.dampening.to_string());
    put("nesterov", u8::from(own.nesterov).to_string(), u8::from(optimizer.nesterov).to_string());
    put("decay", own.weight_decay.to_string(), optimizer.weight_decay.to_string());
    put("l1", own.l1.to_string(), optimizer.l1.to_string());
    put("schedule", settings.schedule.to_string(), usual.schedule.to_string());
    put("dropout", settings.dropout.to_string(), usual.dropout.to_string());
    put("init", settings.initialization.name().to_string(), usual.initialization.name().to_string());
    put("epochs", settings.epochs.to_string(), usual.epochs.to_string());
    let optional = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
    put("steps", optional(settings.steps), optional(usual.steps));
    put("examples", settings.examples.to_string(), usual.examples.to_string());
    put("validation", settings.validation.to_string(), usual.validation.to_string());
    put("folds", settings.folds.to_string(), usual.folds.to_string());
    put("fold", (settings.fold + 1).to_string(), (usual.fold + 1).to_string());
    put("patience", optional(settings.patience.map(|epochs| epochs as u64)), String::new());
    put("workers", settings.workers.to_string(), usual.workers.to_string());
    parts
}

/// Undoes percent encoding; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten();
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                i += 3;
            }
            None => {
                decoded.push(if bytes[i] == b'+' { b' ' } else { bytes[i] });
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_s_address_reads() {
        let link = read("model=cnn&device=cpu&seed=7&batch=64&optimizer=sgd&lr=0.01&momentum=0.5&steps=200&run=1");
        assert_eq!(link.problems, []);
        assert!(link.run);
        let expected = TrainSettings { device: DeviceChoice::Cpu, seed: 7, steps: Some(200), ..TrainSettings::default() };
        assert_eq!(link.settings, expected);
        assert_eq!(write(&link.settings), "device=cpu&seed=7&steps=200");
    }

    #[test]
    fn every_setting_comes_back() {
        let mut settings = TrainSettings::for_model("conv8k3,relu,maxpool2,linear10");
        settings.optimizer = OptimizerSettings { l1: 1e-5, weight_decay: 0.5, ..settings.optimizer };
        settings.optimizer.nesterov = true;
        settings.schedule = Schedule::Step { every: 2, gamma: 0.5 };
        settings.dropout = 0.25;
        settings.initialization = Initialization::Kaiming;
        (settings.seed, settings.batch, settings.epochs, settings.steps) = (LARGEST_SEED, 17, 3, Some(9));
        (settings.examples, settings.validation, settings.folds, settings.fold) = (500, 100, 5, 2);
        (settings.patience, settings.workers, settings.device) = (Some(4), 2, DeviceChoice::Gpu);
        assert_eq!(read(&write(&settings)).settings, settings);
        let mut adam = TrainSettings::for_model("mlp-200");
        adam.optimizer = OptimizerSettings::new(OptimizerKind::AdamW, 0.003);
        assert_eq!(read(&write(&adam)).settings, adam);
        assert_eq!(write(&TrainSettings::default()), "");
    }

    #[test]
    fn nonsense_is_reported_and_the_rest_kept() {
        let link = read("seed=seven&lr=inf&model=conv10k99&batch=0&momentum=0.9&colour=red&schedule=&run=maybe&lang=zh");
        let keys: Vec<&str> = link.problems.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["model", "seed", "lr", "batch", "colour", "schedule", "run"]);
        assert_eq!(link.settings.optimizer.momentum, 0.9);
        assert_eq!(link.settings.model, "cnn");
        assert!(!link.run);
        assert_eq!(read("nesterov=1&momentum=0").problems.len(), 1);
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(read("model=linear20%2Crelu%2clinear10").settings.model, "linear20,relu,linear10");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%"), "%");
        assert_eq!(decode("%é9"), "%é9");
    }
}
