//! The two builds of the one module: `pkg/simd` (fixed-width SIMD, every browser of the last years) and
//! `pkg/relaxed` (with relaxed SIMD's fused multiply-add). Each is a `gradlab.js` with its
//! `gradlab_bg.wasm`; the page loads one of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{cargo, describe, output, program, run, step};
use crate::project::{self, Outcome};
use crate::{slim, stamp, tools};

/// Name of the build (its folder under `pkg/`) and the rustc flags that it adds.
pub const BUILDS: [(&str, &str); 2] = [
    // Views are thousands of small functions, which inlining by default's measure makes a tenth larger and no faster.
    ("simd", "-Cllvm-args=-inline-threshold=25"),
    ("relaxed", "-Cllvm-args=-inline-threshold=25 -Ctarget-feature=+relaxed-simd"),
];

/// The profile in `Cargo.toml` for what the page loads; for work on the page, the one that compiles in a third of the time.
pub const PROFILES: [&str; 2] = ["web", "release"];

/// For work on the page, besides: it runs slower.
const QUICK: &str = "-Copt-level=1 -Ccodegen-units=16";

/// The variable in which `with_flags` hands the flags to `wrap_rustc`; `build.rs` has cargo watch it.
const FLAGS_VARIABLE: &str = "GRADLAB_RUSTC_FLAGS";

/// What the module is made from.
const SOURCES: [&str; 7] = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "build.rs", "src", "locales", "www/lessons"];

/// Makes both builds, unless they are there and made from the present sources. Quick: only the one that current browsers
/// choose, hardly optimized.
pub fn build(quick: bool) -> Outcome {
    let sources = stamp::of(&SOURCES)?;
    for (name, flags) in BUILDS.iter().skip(if quick { 1 } else { 0 }) {
        let flags = if quick { format!("{flags} {QUICK}") } else { flags.to_string() };
        let stamp_file = project::path("pkg").join(name).join("stamp");
        let sum = format!("{sources} {flags}");
        if stamp::is_fresh(&stamp_file, &sum) {
            continue;
        }
        tools::wasm_target()?;
        let wasm_bindgen = tools::wasm_bindgen()?.join("wasm-bindgen");
        let what = format!("compiling to WebAssembly: {name} (the first time takes some minutes)");
        let module = step(&what, || compile(PROFILES[usize::from(quick)], &flags))?;
        step(&format!("making pkg/{name}"), || bind(&wasm_bindgen, &module, name))?;
        project::write(&stamp_file, &sum)?;
    }
    Ok(())
}

/// Compiles the package; the path of the module.
fn compile(profile: &str, flags: &str) -> Outcome<PathBuf> {
    let module = project::path("target").join(tools::WASM).join(profile).join("gradlab.wasm");
    let mut command = cargo(&["build", "--profile", profile, "--lib", "--target", tools::WASM]);
    command.args(["--package", "gradlab"]);
    with_flags(&mut command, flags)?;
    run(command)?;
    Ok(module)
}

/// Adds rustc flags for the packages of this workspace only: the dependencies are compiled once and
/// shared by both builds. Cargo has no setting for that other than a program that wraps rustc: this one.
pub fn with_flags(command: &mut Command, flags: &str) -> Outcome {
    if !flags.is_empty() {
        let this = std::env::current_exe().map_err(|error| format!("cannot tell where xtask itself lies: {error}"))?;
        command.env("RUSTC_WORKSPACE_WRAPPER", this).env(FLAGS_VARIABLE, flags);
    }
    Ok(())
}

/// Acts as rustc if called as its wrapper (`xtask /path/to/rustc ...`): the exit code, else `None`.
pub fn wrap_rustc(arguments: &[String]) -> Option<Outcome> {
    let (flags, rustc) = (std::env::var(FLAGS_VARIABLE).ok()?, arguments.first()?);
    if Path::new(rustc).file_stem()? != "rustc" {
        return None;
    }
    let mut command = Command::new(rustc);
    command.args(&arguments[1..]);
    if arguments.iter().any(|argument| argument == tools::WASM) {
        command.args(flags.split_whitespace());
    }
    let name = describe(&command);
    Some(match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => Err(format!("cannot start `{name}`: {error}")),
    })
}

/// Cuts the module into the parts that the source names with `part!`, and writes the JavaScript around the first of them.
fn bind(wasm_bindgen: &Path, module: &Path, name: &str) -> Outcome {
    let folder = project::path("pkg").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let whole = project::read(module)?;
    let first = module.with_file_name("gradlab.first.wasm");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = &folder;
    options.main_out_path = &first;
    options.link_name = "./parts.js";
    options.main_module = "./gradlab.js";
    wasm_split_cli_support::transform(options).map_err(|error| format!("cannot cut the module into parts: {error:#}"))?;
    for part in stamp::files_below(&folder)?.iter().filter(|file| file.extension().is_some_and(|kind| kind == "wasm")) {
        project::write(part, slim::part(&project::read(part)?)?)?;
    }
    let mut command = program(&wasm_bindgen.to_string_lossy(), &["--target", "web", "--keep-lld-exports"]);
    command.args(["--no-typescript", "--out-name", "gradlab", "--out-dir"]);
    command.arg(&folder).arg(&first);
    output(command)?;
    let (module, script) = (folder.join("gradlab_bg.wasm"), folder.join("gradlab.js"));
    let text = String::from_utf8_lossy(&project::read(&script)?).into_owned();
    let (slim_module, slim_script) = slim::module_and_script(&project::read(&module)?, &text)?;
    project::write(&module, slim_module)?;
    project::write(&script, slim_script)
}
