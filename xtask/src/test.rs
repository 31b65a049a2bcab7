//! `cargo xtask test`: does all set-up, runs every check and every test, and ends with one line that counts
//! them. A step that fails does not keep the others from running. The last line is `N passed, M failed`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::command::{cargo, describe, program, step};
use crate::project::{self, Outcome};
use crate::{site, tools, wasm};

/// How many checks or tests passed, failed, were left out.
#[derive(Clone, Copy, Default)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// How a step's output tells its count.
#[derive(Clone, Copy, PartialEq)]
enum Report {
    /// The step is itself one check.
    OneCheck,
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; ...`, a line for each test program.
    Cargo,
    /// `ℹ pass 3`, `ℹ fail 0`, `ℹ skipped 0`, once.
    Node,
}

/// A step that ran: its name, its count, seconds.
struct Done {
    name: String,
    count: Count,
    seconds: f64,
}

/// The names by which `--only` picks steps, in the order in which they run.
const STEPS: [&str; 8] = ["format", "clippy", "native", "doc", "site", "wasm", "browser", "data"];

/// `cargo xtask test [--only STEP,STEP]`.
pub fn run(arguments: &[String]) -> Outcome {
    let chosen = chosen_steps(arguments)?;
    let wants = |name: &str| chosen.iter().any(|step| step == name);
    let start = Instant::now();
    let mut done = Vec::new();
    set_up(&wants)?;
    if wants("format") {
        done.push(perform("formatting", cargo(&["fmt", "--all", "--check"]), Report::OneCheck));
    }
    if wants("data") {
        done.push(check("the data set's sums", || crate::data::run(&[])));
    }
    if wants("clippy") {
        done.push(perform("clippy, native", clippy(&["--workspace", "--all-targets"]), Report::OneCheck));
        // Tests that only run natively need not compile for the browser.
        let mut for_wasm = vec!["--package", "gradlab", "--lib", "--target", tools::WASM];
        let targets = wasm_test_targets()?;
        for_wasm.extend(targets.iter().map(String::as_str));
        done.push(perform("clippy, wasm", clippy(&for_wasm), Report::OneCheck));
    }
    if wants("native") {
        done.push(perform("native tests", native_tests(), Report::Cargo));
    }
    if wants("doc") {
        let mut command = cargo(&["doc", "--workspace", "--no-deps", "--quiet"]);
        command.env("RUSTDOCFLAGS", "-Dwarnings");
        done.push(perform("documentation without warnings", command, Report::OneCheck));
    }
    let mut site_is_there = true;
    if wants("site") || wants("browser") {
        let built = check("the page is built", || site::build(false).map(|_| ()));
        site_is_there = built.count.failed == 0;
        done.push(built);
    }
    if wants("wasm") {
        wasm_tests(&mut done)?;
    }
    if wants("browser") && site_is_there {
        done.push(perform("browser tests of the built page", browser_tests()?, Report::Node));
    }
    summary(&done, start)
}

fn chosen_steps(arguments: &[String]) -> Outcome<Vec<String>> {
    let Some(at) = arguments.iter().position(|argument| argument == "--only") else {
        return Ok(STEPS.map(str::to_string).to_vec());
    };
    let list = arguments.get(at + 1).map(String::as_str).unwrap_or_default();
    let chosen: Vec<String> = list.split(',').map(str::to_string).collect();
    match chosen.iter().find(|name| !STEPS.contains(&name.as_str())) {
        Some(unknown) => Err(format!("no step `{unknown}`; there are: {}", STEPS.join(", "))),
        None => Ok(chosen),
    }
}

fn set_up(wants: &dyn Fn(&str) -> bool) -> Outcome {
    println!("Set-up");
    tools::wasm_target()?;
    if wants("native") || wants("browser") || wants("wasm") {
        tools::optional_system_packages();
    }
    if wants("browser") || wants("wasm") {
        println!("- browser: {}", tools::browser()?.display());
        tools::wasm_bindgen()?;
    }
    if wants("browser") {
        tools::npm_packages("tests/browser")?;
    }
    Ok(())
}

fn clippy(arguments: &[&str]) -> Command {
    let mut command = cargo(&["clippy", "--quiet"]);
    command.args(arguments).args(["--", "-Dwarnings"]);
    command
}

/// All native tests: of the library, of `tests/`, of examples and benches once through, and those in the documentation.
fn native_tests() -> Command {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast", "--quiet"]);
    require_gpu_in_ci(&mut command);
    command
}

/// A continuous-integration run must not skip the GPU tests in silence.
fn require_gpu_in_ci(command: &mut Command) {
    if std::env::var("CI").is_ok_and(|value| value == "true") {
        command.env("REQUIRE_GPU", "1");
    }
}

/// The tests marked with `wasm_bindgen_test`, in the browser, in both builds.
fn wasm_tests(done: &mut Vec<Done>) -> Outcome {
    let targets = wasm_test_targets()?;
    if targets.is_empty() {
        println!("- no tests are marked with wasm_bindgen_test");
        return Ok(());
    }
    let settings = webdriver_settings()?;
    let runner = tools::wasm_bindgen()?.join("wasm-bindgen-test-runner");
    let driver = tools::chromedriver()?;
    for (name, flags) in wasm::BUILDS {
        let mut command = cargo(&["test", "--profile", wasm::PROFILES[0], "--no-fail-fast", "--package", "gradlab"]);
        // Of the core: the page has its own, in the browser as well.
        command.arg("--no-default-features");
        command.args(["--target", tools::WASM]).args(&targets);
        command
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner)
            .env("CHROMEDRIVER", &driver)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
            .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &settings);
        require_gpu_in_ci(&mut command);
        // On all cores and without much optimizing, which takes most of the time: the tests need not be small or fast, and what the
        // page loads is tested as it is by the browser tests.
        wasm::with_flags(&mut command, &format!("{flags} -Ccodegen-units=8 -Copt-level=1"))?;
        done.push(perform(&format!("wasm tests in the browser, {name}"), command, Report::Cargo));
    }
    Ok(())
}

/// The arguments of `cargo test` that name the programs with such tests.
fn wasm_test_targets() -> Outcome<Vec<String>> {
    let marked = |file: &std::path::Path| -> Outcome<bool> {
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        Ok(is_rust && String::from_utf8_lossy(&project::read(file)?).contains("#[wasm_bindgen_test"))
    };
    let mut targets = Vec::new();
    for file in crate::stamp::files_below(&project::path("src"))? {
        if marked(&file)? {
            targets.push("--lib".to_string());
            break;
        }
    }
    for file in crate::stamp::files_below(&project::path("tests"))? {
        // `tests/name.rs` is a program, and so is `tests/name/main.rs`.
        let name = crate::stamp::relative(&file, &project::path("tests"));
        let program = name.strip_suffix("/main.rs").or(name.strip_suffix(".rs")).filter(|stem| !stem.contains('/'));
        if let (Some(program), true) = (program, marked(&file)?) {
            targets.extend(["--test".to_string(), program.to_string()]);
        }
    }
    Ok(targets)
}

/// What chromedriver is told about the browser; the place of the file.
fn webdriver_settings() -> Outcome<std::path::PathBuf> {
    let flags: Vec<String> = serde_json::from_str(include_str!("../../tests/browser/flags.json"))
        .map_err(|error| format!("tests/browser/flags.json: {error}"))?;
    let arguments: Vec<String> = std::iter::once("--headless=new".to_string()).chain(flags).collect();
    let settings = serde_json::json!({
        "goog:chromeOptions": { "args": arguments, "binary": tools::browser()? }
    });
    let file = project::path("target/webdriver.json");
    project::write(&file, settings.to_string())?;
    Ok(file)
}

/// The Playwright tests, against the page as it was built for release.
fn browser_tests() -> Outcome<Command> {
    let mut command = program("node", &["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    for file in crate::stamp::files_below(&project::path("tests/browser"))? {
        let name = crate::stamp::relative(&file, &project::path("tests/browser"));
        if name.ends_with(".test.mjs") && !name.contains('/') {
            command.arg(name);
        }
    }
    let this = std::env::current_exe().map_err(|error| format!("cannot tell where xtask itself lies: {error}"))?;
    command
        .current_dir(project::path("tests/browser"))
        .env("CHROME", tools::browser()?)
        .env("XTASK", this)
        .env("DIST", project::path("dist"));
    require_gpu_in_ci(&mut command);
    Ok(command)
}

/// A check that is no program of its own.
fn check(name: &str, work: impl FnOnce() -> Outcome) -> Done {
    let start = Instant::now();
    println!("\n== {name}");
    let outcome = work();
    if let Err(message) = &outcome {
        println!("{message}");
    }
    finish(name, one(outcome.is_ok()), start)
}

/// Runs a step, its output going to the terminal as it comes, and counts.
fn perform(name: &str, mut command: Command, report: Report) -> Done {
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

fn summary(done: &[Done], start: Instant) -> Outcome {
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
