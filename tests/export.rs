//! The exported script really gives PyTorch's losses, alone and on several processes. Needs a Python with torch, whose
//! path `PYTORCH` names; without it these tests say that they were skipped.

mod curves_table;

use curves_table::curves;
use gradlab::data::mnist::Mnist;
use gradlab::export::pytorch::script;
use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};
use gradlab::nn::schedule::Schedule;
use gradlab::trainer::engine::Engine;
use gradlab::trainer::protocol::{Command as PageCommand, Event};
use gradlab::trainer::settings::{DeviceChoice, Initialization, TrainSettings};
use std::path::{Path, PathBuf};
use std::process::Command;

fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PYTORCH").map(PathBuf::from);
    if path.is_none() {
        println!("skipped: PYTORCH names no Python with torch");
    }
    path
}

/// The losses that the script prints, from step 1 on.
fn run(name: &str, settings: &TrainSettings, steps: usize, mut command: Command) -> Vec<f64> {
    let file = std::env::temp_dir().join(format!("gradlab-{}-{name}.py", std::process::id()));
    std::fs::write(&file, script(settings).unwrap()).unwrap();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/www/data");
    let output = command.arg(&file).args(["--data", data, "--steps", &steps.to_string()]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_file(file).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("step "));
    let losses: Vec<f64> = lines
        .enumerate()
        .map(|(i, line)| {
            let (number, loss) = line.split_once(" loss ").unwrap();
            assert_eq!(number, (i + 1).to_string());
            loss.parse().unwrap()
        })
        .collect();
    losses
}

fn assert_close(what: &str, losses: &[f64], expected: &[f64]) {
    for (i, (ours, theirs)) in losses.iter().zip(expected).enumerate() {
        assert!((ours - theirs).abs() <= 1e-4 * theirs, "{what}: step {}: {ours}, {theirs}", i + 1);
    }
}

/// The losses of the page's own run on the CPU, to its end.
fn losses_of_the_page(settings: &TrainSettings) -> Vec<f64> {
    let data = Mnist::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data")).unwrap();
    thread_local!(static START: std::time::Instant = std::time::Instant::now());
    let mut engine = Engine::new(|| START.with(|start| start.elapsed().as_secs_f64() * 1000.0));
    pollster::block_on(engine.handle(PageCommand::Configure(Box::new(settings.clone()))));
    pollster::block_on(engine.handle(PageCommand::Start { steps: None }));
    engine.provide(Ok(data));
    let mut losses = Vec::new();
    while engine.has_work() {
        pollster::block_on(engine.advance());
        for event in engine.take_events() {
            if let Event::Progress(progress) = event {
                losses.extend(progress.losses.0.iter().map(|&loss| f64::from(loss)));
            }
        }
    }
    losses
}

/// Everything that the page can set, spread over a few runs of four epochs of three steps.
fn settings_of_all_kinds() -> Vec<(&'static str, TrainSettings)> {
    let small = |model: &str, change: &dyn Fn(&mut TrainSettings)| {
        let mut settings = TrainSettings::for_model(model);
        (settings.device, settings.examples, settings.batch, settings.epochs) = (DeviceChoice::Cpu, 180, 60, 4);
        settings.seed = 11;
        change(&mut settings);
        settings
    };
    let plain = "linear24,relu,linear10";
    let kind = |kind| move |settings: &mut TrainSettings| settings.optimizer = OptimizerSettings::new(kind, 0.002);
    vec![
        ("kaiming", small("cnn", &|settings| settings.initialization = Initialization::Kaiming)),
        (
            "plateau",
            small(plain, &|settings| {
                settings.optimizer.learning_rate = 2.0;
                settings.schedule = Schedule::Plateau { patience: 1, factor: 0.1 };
            }),
        ),
        ("one cycle", small(plain, &|settings| settings.schedule = Schedule::OneCycle { epochs: 3 })),
        ("folds", small(plain, &|settings| (settings.folds, settings.fold) = (4, 2))),
        (
            "stopping",
            small("mlp-200", &|settings| {
                (settings.validation, settings.patience, settings.epochs) = (50, Some(1), 12);
                settings.optimizer.learning_rate = 1.5;
            }),
        ),
        ("dropout", small("fcn-5", &|settings| (settings.dropout, settings.optimizer.l1) = (0.4, 0.001))),
        (
            "nesterov",
            small(plain, &|settings| {
                (settings.optimizer.nesterov, settings.optimizer.momentum, settings.optimizer.weight_decay) =
                    (true, 0.9, 0.01);
                settings.schedule = Schedule::Cosine { epochs: 4 };
            }),
        ),
        ("adamw", small(plain, &kind(OptimizerKind::AdamW))),
        ("rmsprop", small("conv4k3,tanh,avgpool2,linear10", &kind(OptimizerKind::RmsProp))),
    ]
}

#[test]
fn the_script_gives_the_page_s_losses_whatever_is_set() {
    let Some(python) = python() else { return };
    for (what, settings) in settings_of_all_kinds() {
        let expected = losses_of_the_page(&settings);
        let alone = run(what, &settings, 1000.min(settings.last_step() as usize), Command::new(&python));
        assert_eq!(alone.len(), expected.len(), "{what}");
        assert_close(what, &alone, &expected);
        let losses = run(what, &settings, settings.last_step() as usize, torchrun(&python, "2"));
        assert_eq!(losses.len(), expected.len(), "{what} on two processes");
        assert_close(what, &losses, &expected);
    }
}

/// A few numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) % end
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn number(&mut self, choices: &[f64]) -> f64 {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// Layers that fit each other, from a picture to ten scores.
fn random_network(chance: &mut Chance) -> String {
    let activations = ["relu", "leaky0.1", "sigmoid", "tanh", "elu", "selu", "gelu", "softplus"];
    let mut layers = Vec::new();
    for _ in 0..chance.below(3) {
        layers.push(format!(
            "conv{}k{}s{}p{}",
            2 + chance.below(4),
            2 + chance.below(3),
            1 + chance.below(2),
            chance.below(2)
        ));
        layers.push(chance.one_of(&activations).to_string());
        if chance.below(2) == 0 {
            layers.push(chance.one_of(&["maxpool2", "avgpool2"]).to_string());
        }
    }
    for _ in 0..chance.below(3) {
        layers.push(format!("linear{}", 5 + chance.below(40)));
        layers.push(chance.one_of(&activations).to_string());
        if chance.below(3) == 0 {
            layers.push("dropout0.3".to_string());
        }
    }
    layers.push("linear10".to_string());
    layers.join(",")
}

/// A network and a way to train it by chance.
fn random_settings(seed: u64) -> TrainSettings {
    let chance = &mut Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut settings = TrainSettings::for_model(&random_network(chance));
    (settings.device, settings.seed, settings.epochs) = (DeviceChoice::Cpu, chance.below(1 << 20), 3);
    (settings.batch, settings.examples) = (30 + chance.below(40) as usize, 150 + chance.below(60) as usize);
    let kind = OptimizerKind::ALL[chance.below(4) as usize];
    let rate = if kind == OptimizerKind::Sgd { chance.number(&[0.1, 0.02]) } else { chance.number(&[0.003, 0.001]) };
    settings.optimizer = OptimizerSettings::new(kind, rate);
    let optimizer = &mut settings.optimizer;
    optimizer.weight_decay = chance.number(&[0.0, 0.0, 0.01, 0.1]);
    optimizer.l1 = chance.number(&[0.0, 0.0, 0.001]);
    match kind {
        OptimizerKind::Sgd => {
            optimizer.momentum = chance.number(&[0.0, 0.5, 0.9]);
            match chance.below(3) {
                0 if optimizer.momentum > 0.0 => optimizer.nesterov = true,
                1 if optimizer.momentum > 0.0 => optimizer.dampening = 0.3,
                _ => {}
            }
        }
        OptimizerKind::RmsProp => {
            (optimizer.momentum, optimizer.alpha) = (chance.number(&[0.0, 0.6]), chance.number(&[0.99, 0.9]));
        }
        OptimizerKind::Adam | OptimizerKind::AdamW => {
            (optimizer.beta1, optimizer.beta2) = (chance.number(&[0.9, 0.7]), chance.number(&[0.999, 0.95]));
        }
    }
    settings.schedule = match chance.below(6) {
        0 => Schedule::Step { every: 1, gamma: 0.5 },
        1 => Schedule::Exponential { gamma: 0.8 },
        2 => Schedule::Cosine { epochs: 3 },
        3 => Schedule::Plateau { patience: 0, factor: 0.3 },
        4 => Schedule::OneCycle { epochs: 3 },
        _ => Schedule::Constant,
    };
    settings.dropout = chance.number(&[0.0, 0.0, 0.2]);
    settings.initialization = if chance.below(3) == 0 { Initialization::Kaiming } else { settings.initialization };
    match chance.below(4) {
        0 => settings.validation = 30,
        1 => (settings.folds, settings.fold) = (3, chance.below(3) as usize),
        _ => {}
    }
    settings
}

#[test]
fn the_script_gives_the_losses_of_networks_by_chance() {
    let Some(python) = python() else { return };
    let count = std::env::var("RANDOM_NETWORKS").ok().and_then(|count| count.parse().ok()).unwrap_or(4);
    let mut failures = Vec::new();
    for seed in 0..count {
        let settings = random_settings(seed);
        let what = format!("seed {seed}: {settings:?}");
        let expected = losses_of_the_page(&settings);
        let steps = settings.last_step() as usize;
        // Every fourth one on two processes.
        let command = if seed % 4 == 3 { torchrun(&python, "2") } else { Command::new(&python) };
        let theirs = run(&format!("chance-{seed}"), &settings, steps, command);
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 2e-4 * b.abs();
        if theirs.len() != expected.len() || !theirs.iter().zip(&expected).all(close) {
            failures.push(format!("{what}\n  ours    {expected:?}\n  PyTorch {theirs:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

fn torchrun(python: &Path, processes: &str) -> Command {
    let mut command = Command::new(python);
    command.env("OMP_NUM_THREADS", "1").args(["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", processes]);
    command
}

#[test]
fn the_script_gives_the_curve() {
    let Some(python) = python() else { return };
    for (i, curve) in curves().iter().enumerate() {
        let losses = run(&i.to_string(), &curve.settings, 30, Command::new(&python));
        assert_eq!(losses.len(), 30);
        assert_close(&curve.describe(), &losses, &curve.losses);
    }
}

#[test]
fn three_processes_give_the_same_curve() {
    let Some(python) = python() else { return };
    let all = curves();
    // The cnn, and one with dropout, whose masks must not depend on the number of processes.
    for (i, curve) in all.iter().enumerate().filter(|(i, _)| [9, 12].contains(i)) {
        let losses = run(&format!("processes-{i}"), &curve.settings, 20, torchrun(&python, "3"));
        assert_eq!(losses.len(), 20);
        assert_close(&curve.describe(), &losses, &curve.losses);
    }
}

/// Reads our file into the network of the same layers, and writes its weights back in every floating dtype.
const READ_AND_WRITE: &str = r#"
import sys
import torch
from safetensors.torch import load_file, save_file

folder = sys.argv[1]
net = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(507, 10))
net.load_state_dict(load_file(f"{folder}/ours.safetensors"), strict=True)
for name in ("float32", "float64", "float16", "bfloat16"):
    weights = {key: value.to(getattr(torch, name)) for key, value in net.state_dict().items()}
    save_file(weights, f"{folder}/{name}.safetensors", metadata={"format": "pt"})
save_file({key: value.long() for key, value in net.state_dict().items()}, f"{folder}/int64.safetensors")
"#;

#[test]
fn weights_go_to_pytorch_and_come_back() {
    use gradlab::export::safetensors::{from_safetensors, to_safetensors};
    use gradlab::nn::spec::NetworkSpec;
    let Some(python) = python() else { return };
    let has_package = Command::new(&python).args(["-c", "import safetensors.torch"]).output().unwrap().status.success();
    if !has_package {
        println!("skipped: that Python has no package `safetensors`");
        return;
    }
    let folder = std::env::temp_dir().join(format!("gradlab-weights-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let spec = NetworkSpec::parse("conv3k3,relu,maxpool2,flatten,linear10").unwrap();
    let chance = &mut Chance(7);
    let value = |_: usize| chance.below(1 << 20) as f32 / (1 << 19) as f32 - 1.0;
    let sizes: Vec<usize> = spec.parameters().unwrap().iter().map(|(_, shape)| shape.iter().product()).collect();
    let mut value = value;
    let values: Vec<Vec<f32>> = sizes.iter().map(|&size| (0..size).map(&mut value).collect()).collect();
    std::fs::write(folder.join("ours.safetensors"), to_safetensors(&spec, &values, &[]).unwrap()).unwrap();
    let output = Command::new(&python).args(["-c", READ_AND_WRITE]).arg(&folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| from_safetensors(&spec, &std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap());
    for (name, precision) in [("float32", 0.0), ("float64", 0.0), ("float16", 1e-3), ("bfloat16", 1e-2)] {
        for (ours, theirs) in values.iter().flatten().zip(read(name).unwrap().iter().flatten()) {
            assert!(
                (ours - theirs).abs() <= precision * ours.abs() + precision * 1e-3,
                "{name}: {ours} came back as {theirs}"
            );
        }
    }
    assert!(read("int64").unwrap_err().to_string().contains("not floating numbers"));
    std::fs::remove_dir_all(folder).unwrap();
}
