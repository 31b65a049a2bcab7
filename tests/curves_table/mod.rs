//! The training runs of `tests/golden/curves.json` as settings and what PyTorch gave.

#![allow(dead_code)]

use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
use gradlab::nn::schedule::Schedule;
use gradlab::trainer::settings::{DeviceChoice, TrainSettings};
use serde_json::Value;

/// One run.
pub struct Curve {
    pub settings: TrainSettings,
    /// The loss of each step.
    pub losses: Vec<f64>,
    /// The learning rate of each step, where a schedule changes it.
    pub rates: Option<Vec<f64>>,
    /// Digests of the initial parameters: `0.weight` and so on.
    pub initial: Value,
}

impl Curve {
    /// For messages.
    pub fn describe(&self) -> String {
        let TrainSettings { model, seed, optimizer, schedule, .. } = &self.settings;
        format!("{model}, seed {seed}, {optimizer:?}, {schedule}")
    }
}

/// All runs; the first twelve are the course's four networks with seeds 0, 1 and 2.
pub fn curves() -> Vec<Curve> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../golden/curves.json")).expect("the curves are JSON");
    rows.iter().map(curve).collect()
}

fn curve(row: &Value) -> Curve {
    let real = |name: &str, default: f64| row.get(name).map_or(default, |value| value.as_f64().expect("a number"));
    let kind = OptimizerKind::parse(row["optimizer"].as_str().expect("a name")).expect("an optimizer");
    let usual = OptimizerSettings::new(kind, real("lr", 0.0));
    let betas = row.get("betas");
    let mut settings = TrainSettings::for_model(row["network"].as_str().expect("a network"));
    settings.optimizer = OptimizerSettings {
        momentum: real("momentum", 0.0),
        dampening: real("dampening", 0.0),
        nesterov: row.get("nesterov").is_some(),
        weight_decay: real("weight_decay", usual.weight_decay),
        l1: real("l1", 0.0),
        alpha: real("alpha", usual.alpha),
        epsilon: real("eps", usual.epsilon),
        beta1: betas.map_or(usual.beta1, |betas| betas[0].as_f64().expect("a number")),
        beta2: betas.map_or(usual.beta2, |betas| betas[1].as_f64().expect("a number")),
        ..usual
    };
    settings.schedule = row.get("schedule").map_or(Schedule::Constant, |parts| {
        let real = |i: usize| parts[i].as_f64().expect("a number");
        match parts[0].as_str() {
            Some("step") => Schedule::Step { every: real(1) as usize, gamma: real(2) },
            Some("exponential") => Schedule::Exponential { gamma: real(1) },
            Some("cosine") => Schedule::Cosine { epochs: real(1) as usize },
            other => panic!("unknown schedule {other:?}"),
        }
    });
    settings.seed = row["seed"].as_u64().expect("a seed");
    settings.batch = row["batch"].as_u64().expect("a batch") as usize;
    settings.steps = row["steps"].as_u64();
    settings.examples = real("examples", 60_000.0) as usize;
    settings.device = DeviceChoice::Cpu;
    let list = |name: &str| {
        row.get(name).map(|list| list.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect())
    };
    Curve { settings, losses: list("losses").expect("losses"), rates: list("rates"), initial: row["initial"].clone() }
}
