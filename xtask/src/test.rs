//! `cargo xtask test`: does all set-up, runs every check and every test, and ends with one line that counts
//! them. A step that fails does not keep the others from running. The last line is `N passed, M failed`.

use std::process::Command;
use std::time::Instant;

use crate::command::{cargo, program};
use crate::project::{self, Outcome};
use crate::steps::{Done, Report, check, perform, summary};
use crate::{site, tools, wasm};

/// The step without which the page cannot be tested.
const SITE: &str = "the page is built";

/// One after the other, not `--workspace`: together they ask for other features of what both use, and some
/// dependencies would be compiled again, those of the running xtask among them.
const PACKAGES: [&str; 2] = ["gradlab", "xtask"];

/// The names by which `--only` picks steps, in the order in which they run.
const STEPS: [&str; 8] = ["format", "clippy", "native", "doc", "site", "wasm", "browser", "data"];

/// `cargo xtask test [--only STEP,STEP]`.
pub fn run(arguments: &[String]) -> Outcome {
    let chosen = chosen_steps(arguments)?;
    let wants = |name: &str| chosen.iter().any(|step| step == name);
    let start = Instant::now();
    let mut done = Vec::new();
    if wants("format") {
        done.push(perform("formatting", cargo(&["fmt", "--all", "--check"]), Report::OneCheck));
    }
    if wants("data") {
        done.push(check("the data set's sums", || crate::data::run(&[])));
    }
    done.extend(prepare(&wants)?);
    let site_is_there = done.iter().all(|step| step.name != SITE || step.count.failed == 0);
    if wants("native") {
        for package in PACKAGES {
            done.push(perform(&format!("native tests, {package}"), native_tests(package), Report::Cargo));
        }
    }
    if wants("wasm") {
        wasm_tests(&mut done)?;
    }
    if wants("browser") && site_is_there {
        done.push(perform("browser tests, two files at a time", browser_tests(Browsers::Two)?, Report::Node));
        done.push(perform("browser tests, one file at a time", browser_tests(Browsers::One)?, Report::Node));
    }
    summary(&done, start)
}

/// What compiles, in two lanes: one for this machine, one for the browser. Neither fills two cores by itself, since reading a crate
/// and linking keep one busy; and they lock different folders below `target`, as their profiles differ. What must be fetched is
/// fetched meanwhile. Tests run afterwards, undisturbed.
fn prepare(wants: &(dyn Fn(&str) -> bool + Sync)) -> Outcome<Vec<Done>> {
    let broke_off = |_| "a part of the set-up broke off".to_string();
    println!("Set-up");
    tools::wasm_target()?;
    std::thread::scope(|scope| {
        let fetched = scope.spawn(|| fetch(wants));
        let native = scope.spawn(|| compile_natively(wants));
        let for_browsers = compile_for_browsers(wants);
        let mut done = native.join().map_err(broke_off)?;
        fetched.join().map_err(broke_off)??;
        done.extend(for_browsers?);
        Ok(done)
    })
}

fn compile_natively(wants: &dyn Fn(&str) -> bool) -> Vec<Done> {
    let mut done = Vec::new();
    for package in PACKAGES {
        if wants("clippy") {
            let command = clippy(&["--package", package, "--all-targets"]);
            done.push(perform(&format!("clippy, native, {package}"), command, Report::OneCheck));
        }
        if wants("doc") {
            let mut command = cargo(&["doc", "--package", package, "--no-deps", "--quiet"]);
            command.env("RUSTDOCFLAGS", "-Dwarnings");
            done.push(perform(&format!("documentation without warnings, {package}"), command, Report::OneCheck));
        }
        if wants("native") {
            let mut command = native_tests(package);
            command.arg("--no-run");
            done.push(perform(&format!("native tests, compiling, {package}"), command, Report::OneCheck));
        }
    }
    done
}

fn compile_for_browsers(wants: &dyn Fn(&str) -> bool) -> Outcome<Vec<Done>> {
    let mut done = Vec::new();
    if wants("browser") || wants("wasm") {
        tools::wasm_bindgen()?;
    }
    if wants("clippy") {
        // Tests that only run natively need not compile for the browser. In the page's profile, so that the macros of the page's
        // dependencies are compiled once for both.
        let mut arguments = vec!["--package", "gradlab", "--lib", "--target", tools::WASM, "--profile", wasm::PROFILES[0]];
        let targets = wasm_test_targets()?;
        arguments.extend(targets.iter().map(String::as_str));
        done.push(perform("clippy, wasm", clippy(&arguments), Report::OneCheck));
    }
    if wants("site") || wants("browser") {
        done.push(check(SITE, || site::build(false).map(|_| ())));
    }
    Ok(done)
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

/// What comes from elsewhere and is not compiled.
fn fetch(wants: &dyn Fn(&str) -> bool) -> Outcome {
    if wants("native") || wants("browser") || wants("wasm") {
        tools::optional_system_packages();
    }
    if wants("browser") || wants("wasm") {
        println!("- browser: {}", tools::browser()?.display());
    }
    if wants("browser") { tools::npm_packages("tests/browser") } else { Ok(()) }
}

fn clippy(arguments: &[&str]) -> Command {
    let mut command = cargo(&["clippy", "--quiet"]);
    command.args(arguments).args(["--", "-Dwarnings"]);
    command
}

/// All native tests: of the library, of `tests/`, of examples and benches once through, and those in the documentation.
fn native_tests(package: &str) -> Command {
    let mut command = cargo(&["test", "--package", package, "--no-fail-fast", "--quiet"]);
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

/// How many files of browser tests run at a time.
#[derive(Clone, Copy, PartialEq)]
enum Browsers {
    One,
    Two,
}

/// The files whose tests bear company, longest first: they keep one core busy, bound no times and train nothing.
const BEAR_COMPANY: [&str; 3] = ["views.test.mjs", "hosting.test.mjs", "draw.test.mjs"];

/// The Playwright tests, against the page as it was built for release.
fn browser_tests(browsers: Browsers) -> Outcome<Command> {
    let concurrency = format!("--test-concurrency={}", if browsers == Browsers::Two { 2 } else { 1 });
    let mut command = program("node", &["--test", "--test-reporter=spec", &concurrency]);
    let folder = project::path("tests/browser");
    let files = crate::stamp::files_below(&folder)?.into_iter().map(|file| crate::stamp::relative(&file, &folder));
    let tests = files.filter(|name| name.ends_with(".test.mjs") && !name.contains('/'));
    match browsers {
        Browsers::Two => command.args(BEAR_COMPANY),
        Browsers::One => command.args(tests.filter(|name| !BEAR_COMPANY.contains(&name.as_str()))),
    };
    let this = std::env::current_exe().map_err(|error| format!("cannot tell where xtask itself lies: {error}"))?;
    command.current_dir(folder).env("CHROME", tools::browser()?).env("XTASK", this).env("DIST", project::path("dist"));
    require_gpu_in_ci(&mut command);
    Ok(command)
}
