//! `cargo xtask <command>`: everything around the code, in one place and without shell scripts.
//! Each command does its own set-up. The modules: `project` (where things lie), `command` (running
//! programs, saying how long they take), then one module a command and what they share.

mod bench;
mod command;
mod data;
mod http;
mod pretrain;
mod project;
mod serve;
mod site;
mod slim;
mod stamp;
mod steps;
mod test;
mod tools;
mod wasm;

use std::process::ExitCode;

/// What the help prints: the command, and what it does.
const COMMANDS: [(&str, &str); 6] = [
    ("serve [--port 8080]", "build the page and serve it on this machine"),
    ("test [--only STEP,STEP]", "do all set-up, run every check and every test"),
    ("build", "make dist, a folder of static files for any server"),
    ("bench", "compare with the peers; `cargo xtask bench --help` lists the options"),
    ("pretrain [NETWORK]", "train the weights under www/weights again"),
    ("data [--again]", "check the four MNIST files under www/data, fetch them where they are missing"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(outcome) = wasm::wrap_rustc(&arguments) {
        return finish(outcome);
    }
    let rest = arguments.get(1..).unwrap_or_default();
    let outcome = match arguments.first().map(String::as_str) {
        Some("serve") => serve::run(rest),
        Some("test") => test::run(rest),
        Some("bench") => bench::run(rest),
        Some("build") => site::run(rest),
        Some("pretrain") => pretrain::run(rest),
        Some("data") => data::run(rest),
        _ => {
            eprintln!("usage: cargo xtask <command>\n");
            for (name, what) in COMMANDS {
                eprintln!("  {name:<26} {what}");
            }
            return ExitCode::from(2);
        }
    };
    finish(outcome)
}

fn finish(outcome: project::Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\nxtask: {message}");
            ExitCode::FAILURE
        }
    }
}
