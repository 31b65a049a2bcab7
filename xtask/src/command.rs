//! Running other programs: what is run is printed, a long run says that it is still at it, a failure
//! is one sentence with the program's name in it.

use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::project::Outcome;

/// How often a silent step says that it is still running.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// A `Command` in the project's root.
pub fn program(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(crate::project::root());
    command
}

/// `cargo`, the same one that runs us.
pub fn cargo(arguments: &[&str]) -> Command {
    let name = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    program(&name, arguments)
}

/// Runs to the end, output going to the terminal; an exit code other than zero is an error.
pub fn run(mut command: Command) -> Outcome {
    let name = describe(&command);
    let status = command.status().map_err(|error| format!("cannot start `{name}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{name}` failed ({status})")) }
}

/// Runs to the end and returns what it printed to standard output; on failure, what it complained of.
pub fn output(mut command: Command) -> Outcome<String> {
    let name = describe(&command);
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|error| format!("cannot start `{name}`: {error}"))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(format!("`{name}` failed ({status}):\n{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
    }
}

/// The command line, for messages: the program's short name and its arguments.
pub fn describe(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program());
    let short = name.file_name().unwrap_or(command.get_program());
    let mut line = short.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// Runs `work` under a heading: prints `what`, every 20 seconds that it goes on, and how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("- {what}");
    let start = Instant::now();
    let (stop, heartbeat) = start_heartbeat(what.to_string(), start);
    let outcome = work();
    drop(stop);
    // The thread ends as soon as its channel closes; a panic in it could only have been a lost line.
    let _ = heartbeat.join();
    let seconds = start.elapsed().as_secs_f64();
    if outcome.is_ok() && seconds >= 1.0 {
        println!("  done in {seconds:.1} s");
    }
    outcome
}

fn start_heartbeat(what: String, start: Instant) -> (Sender<()>, JoinHandle<()>) {
    let (stop, stopped): (Sender<()>, Receiver<()>) = channel();
    let thread = std::thread::spawn(move || {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(HEARTBEAT) {
            println!("  still at it after {} s: {what}", start.elapsed().as_secs());
        }
    });
    (stop, thread)
}
