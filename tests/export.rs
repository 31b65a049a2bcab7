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
