//! A step of `cargo xtask test`: what ran, how its output tells how many tests passed, and the table at the end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::command::{describe, step};
use crate::project::Outcome;

/// How many checks or tests passed, failed, were left out.
#[derive(Clone, Copy, Default)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

/// How a step's output tells its count.
#[derive(Clone, Copy, PartialEq)]
pub enum Report {
    /// The step is itself one check.
    OneCheck,
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, a line for each test program.
    Cargo,
    /// `ℹ pass 3`, `ℹ fail 0`, `ℹ skipped 0`, once.
    Node,
}

/// A step that ran: its name, its count, seconds.
pub struct Done {
    pub name: String,
    pub count: Count,
    pub seconds: f64,
}

/// A check that is no program of its own.
pub fn check(name: &str, work: impl FnOnce() -> Outcome) -> Done {
    let start = Instant::now();
    println!("\n== {name}");
    let outcome = work();
    if let Err(message) = &outcome {
        println!("{message}");
    }
    finish(name, one(outcome.is_ok()), start)
}

/// Runs a step, its output going to the terminal as it comes, and counts.
pub fn perform(name: &str, mut command: Command, report: Report) -> Done {
    let start = Instant::now();
    println!("\n== {name}: {}", describe(&command));
    let outcome = step(name, || stream(&mut command, report));
    let count = outcome.unwrap_or_else(|message| {
        println!("{message}");
        one(false)
    });
    finish(name, count, start)
}

fn one(passed: bool) -> Count {
    Count { passed: passed.into(), failed: (!passed).into(), skipped: 0 }
}

fn finish(name: &str, count: Count, start: Instant) -> Done {
    Done { name: name.to_string(), count, seconds: start.elapsed().as_secs_f64() }
}

/// Copies the program's output to ours line by line, counting on the way.
fn stream(command: &mut Command, report: Report) -> Outcome<Count> {
    let name = describe(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start `{name}`: {error}"))?;
    let mut count = Count::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line).into_owned();
            add(&mut count, &line, report);
            println!("{line}");
            // So that a run which is cut short has shown how far it came.
            let _ = std::io::stdout().flush();
        }
    }
    let status = child.wait().map_err(|error| format!("`{name}`: {error}"))?;
    if report == Report::OneCheck {
        return Ok(one(status.success()));
    }
    if !status.success() && count.failed == 0 {
        // It did not come as far as counting: did not compile, or crashed.
        println!("`{name}` failed ({status})");
        count.failed = 1;
    }
    if status.success() && count.passed == 0 {
        println!("`{name}` ran no test");
        count.failed = 1;
    }
    Ok(count)
}

fn add(count: &mut Count, line: &str, report: Report) {
    let line = line.trim();
    let number_before = |word: &str| {
        let (before, _) = line.split_once(word)?;
        before.rsplit([' ', '.', ';']).find(|part| !part.is_empty())?.parse::<u64>().ok()
    };
    let number_after = |word: &str| line.strip_prefix(word)?.trim().parse::<u64>().ok();
    match report {
        Report::OneCheck => {}
        Report::Cargo if line.starts_with("test result:") => {
            count.passed += number_before(" passed").unwrap_or(0);
            count.failed += number_before(" failed").unwrap_or(0);
            count.skipped += number_before(" ignored").unwrap_or(0);
        }
        Report::Cargo => {}
        Report::Node => {
            count.passed += number_after("ℹ pass ").unwrap_or(0);
            count.failed += number_after("ℹ fail ").unwrap_or(0) + number_after("ℹ cancelled ").unwrap_or(0);
            count.skipped += number_after("ℹ skipped ").unwrap_or(0);
        }
    }
}

pub fn summary(done: &[Done], start: Instant) -> Outcome {
    println!("\n  seconds   passed   failed  skipped");
    let mut total = Count::default();
    for Done { name, count, seconds } in done {
        println!("{seconds:>9.1}{:>9}{:>9}{:>9}  {name}", count.passed, count.failed, count.skipped);
        total.passed += count.passed;
        total.failed += count.failed;
        total.skipped += count.skipped;
    }
    println!("{:>9.1} in all", start.elapsed().as_secs_f64());
    let failed_steps: Vec<_> = done.iter().filter(|step| step.count.failed > 0).map(|step| step.name.as_str()).collect();
    if !failed_steps.is_empty() {
        println!("failed: {}", failed_steps.join(", "));
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { std::process::exit(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str], report: Report) -> (u64, u64, u64) {
        let mut count = Count::default();
        for line in lines {
            add(&mut count, line, report);
        }
        (count.passed, count.failed, count.skipped)
    }

    #[test]
    fn cargo_results_are_added_up() {
        let lines = [
            "running 5 tests",
            "test result: ok. 3 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(counted(&lines, Report::Cargo), (4, 4, 2));
    }

    #[test]
    fn node_results_are_read() {
        let lines = ["ℹ tests 9", "ℹ pass 7", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 0"];
        assert_eq!(counted(&lines, Report::Node), (7, 2, 0));
    }
}
