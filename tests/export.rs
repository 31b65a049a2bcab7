//! The exported script really gives PyTorch's losses, alone and on several processes. Needs a Python with torch, whose
//! path `PYTORCH` names; without it these tests say that they were skipped.

mod curves_table;

use curves_table::{Curve, curves};
use gradlab::export::pytorch::script;
use std::path::PathBuf;
use std::process::Command;

fn python() -> Option<PathBuf> {
    let path = std::env::var_os("PYTORCH").map(PathBuf::from);
    if path.is_none() {
        println!("skipped: PYTORCH names no Python with torch");
    }
    path
}

/// The losses that the script prints, from step 1 on.
fn run(name: &str, curve: &Curve, steps: usize, mut command: Command) -> Vec<f64> {
    let file = std::env::temp_dir().join(format!("gradlab-{}-{name}.py", std::process::id()));
    std::fs::write(&file, script(&curve.settings).unwrap()).unwrap();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/www/data");
    let output = command.arg(&file).args(["--data", data, "--steps", &steps.to_string()]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {}", curve.describe(), String::from_utf8_lossy(&output.stderr));
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
    assert_eq!(losses.len(), steps);
    losses
}

fn assert_close(curve: &Curve, losses: &[f64], tolerance: f64) {
    for (i, (ours, theirs)) in losses.iter().zip(&curve.losses).enumerate() {
        assert!((ours - theirs).abs() <= tolerance * theirs, "{}: step {}: {ours}, {theirs}", curve.describe(), i + 1);
    }
}

#[test]
fn the_script_gives_the_curve() {
    let Some(python) = python() else { return };
    for (i, curve) in curves().iter().enumerate() {
        let losses = run(&i.to_string(), curve, 30, Command::new(&python));
        assert_close(curve, &losses, 1e-4);
    }
}

#[test]
fn three_processes_give_the_same_curve() {
    let Some(python) = python() else { return };
    let all = curves();
    // The cnn, and one with dropout, whose masks must not depend on the number of processes.
    for (i, curve) in all.iter().enumerate().filter(|(i, _)| [9, 12].contains(i)) {
        let mut command = Command::new(&python);
        command.env("OMP_NUM_THREADS", "1").args(["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "3"]);
        let losses = run(&format!("processes-{i}"), curve, 20, command);
        assert_close(curve, &losses, 1e-4);
    }
}
