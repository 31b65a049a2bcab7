//! `cargo xtask pretrain [NETWORK [EPOCHS]]`: makes the weights under `www/weights` again, with the project's own trainer.

use crate::command::{cargo, run as run_program, step};
use crate::project::Outcome;

/// Builds and runs `examples/pretrain.rs` with these arguments.
pub fn run(arguments: &[String]) -> Outcome {
    let mut all = vec!["run", "--release", "--quiet", "--package", "gradlab", "--example", "pretrain", "--"];
    all.extend(arguments.iter().map(String::as_str));
    step("training the weights that the page ships (about a quarter of an hour)", || run_program(cargo(&all)))
}
