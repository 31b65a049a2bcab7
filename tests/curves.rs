//! Training runs against PyTorch's: same seed, same settings, the same losses step by step (`golden/curves.json`, whose
//! README defines a run). Float32 sums in another order drift apart slowly, so the bound grows with the step.

#![cfg(not(target_arch = "wasm32"))]

use gradlab::Device;
use gradlab::data::mnist::Mnist;
use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
use gradlab::nn::schedule::Schedule;
use gradlab::trainer::session::Session;
use gradlab::trainer::settings::TrainSettings;
use serde_json::Value;
use std::path::Path;
use std::rc::Rc;

fn settings_of(row: &Value) -> TrainSettings {
    let number = |key: &str| row.get(key).and_then(Value::as_f64);
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut settings = TrainSettings::for_model(text("network"));
    let kind = OptimizerKind::parse(text("optimizer")).unwrap();
    let mut optimizer = OptimizerSettings::new(kind, number("lr").unwrap());
    optimizer.momentum = number("momentum").unwrap_or(optimizer.momentum);
    optimizer.dampening = number("dampening").unwrap_or(0.0);
    optimizer.nesterov = row.get("nesterov").and_then(Value::as_bool).unwrap_or(false);
    optimizer.weight_decay = number("weight_decay").unwrap_or(optimizer.weight_decay);
    optimizer.l1 = number("l1").unwrap_or(0.0);
    optimizer.alpha = number("alpha").unwrap_or(optimizer.alpha);
    optimizer.epsilon = number("eps").unwrap_or(optimizer.epsilon);
    if let Some(betas) = row.get("betas") {
        optimizer.beta1 = betas[0].as_f64().unwrap();
        optimizer.beta2 = betas[1].as_f64().unwrap();
    }
    settings.optimizer = optimizer;
    settings.seed = row["seed"].as_u64().unwrap();
    settings.batch = row["batch"].as_u64().unwrap() as usize;
    settings.examples = row.get("examples").and_then(Value::as_u64).unwrap_or(60_000) as usize;
    if let Some(schedule) = row.get("schedule") {
        let whole = |i: usize| schedule[i].as_u64().unwrap() as usize;
        settings.schedule = match schedule[0].as_str().unwrap() {
            "step" => Schedule::Step { every: whole(1), gamma: schedule[2].as_f64().unwrap() },
            "exponential" => Schedule::Exponential { gamma: schedule[1].as_f64().unwrap() },
            "cosine" => Schedule::Cosine { epochs: whole(1) },
            other => panic!("no such schedule: {other}"),
        };
    }
    settings
}

fn rows() -> (Vec<Value>, Rc<Mnist>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("tests/golden/curves.json")).unwrap();
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    (rows, Rc::new(Mnist::from_folder(&root.join("www/data")).unwrap()))
}

#[test]
fn losses_are_those_of_pytorch() {
    let (rows, data) = rows();
    assert!(rows.len() >= 30, "the golden file holds {} runs", rows.len());
    let mut worst = Vec::new();
    for row in &rows {
        let settings = settings_of(row);
        let expected: Vec<f64> = row["losses"].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
        let mut session = Session::new(settings, Device::Cpu).unwrap();
        session.attach(data.clone()).unwrap();
        // A large momentum or a normalised step lets a difference of one rounding grow sooner.
        let growth = if row["optimizer"] != "sgd" || row["momentum"].as_f64() == Some(0.9) { 8.0 } else { 1.0 };
        let mut largest: f64 = 0.0;
        for (step, &expected) in expected.iter().enumerate() {
            if let Some(rates) = row.get("rates") {
                let rate = rates[step].as_f64().unwrap();
                assert!((session.learning_rate() - rate).abs() < 1e-9, "{} step {step}", row["network"]);
            }
            let stretch = pollster::block_on(session.run(1)).unwrap();
            assert_eq!(stretch.not_finite, None, "{} step {step}", row["network"]);
            let got = f64::from(stretch.losses[0]);
            let bound = 2e-5 * (1.0 + step as f64 / 4.0) * growth * expected.max(1.0);
            assert!((got - expected).abs() <= bound, "{row:.300}: step {}: {got}, PyTorch {expected}", step + 1);
            largest = largest.max((got - expected).abs());
        }
        worst.push(largest * 1e6);
    }
    println!("largest differences, in millionths: {worst:.1?}");
}

#[test]
fn the_same_settings_give_the_same_bits_again() {
    let (rows, data) = rows();
    let losses = || {
        let mut session = Session::new(settings_of(&rows[12]), Device::Cpu).unwrap();
        session.attach(data.clone()).unwrap();
        (0..5).map(|_| pollster::block_on(session.run(1)).unwrap().losses[0].to_bits()).collect::<Vec<u32>>()
    };
    assert_eq!(losses(), losses());
}
