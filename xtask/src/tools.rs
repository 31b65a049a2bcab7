//! Set-up: what the other commands need on this machine, installed only where it is missing. Rust's
//! wasm target, wasm-bindgen of the version in `Cargo.lock`, npm packages, a browser and its driver.

use std::path::{Path, PathBuf};

use crate::command::{cargo, output, program, run, step};
use crate::project::{self, Outcome};

/// The one target that the page is compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Rust's standard library for WebAssembly.
pub fn wasm_target() -> Outcome {
    let sysroot = output(program("rustc", &["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib").join(WASM);
    if library.exists() {
        return Ok(());
    }
    step("adding Rust's WebAssembly target", || {
        run(program("rustup", &["target", "add", WASM]))
            .map_err(|error| format!("{error}\nThe page needs Rust's {WASM} target; see https://rustup.rs"))
    })
}

/// The folder with `wasm-bindgen` and `wasm-bindgen-test-runner`. Their version must be the library's to
/// the digit, so they are compiled once into `target/tools` unless the right ones are on the path.
pub fn wasm_bindgen() -> Outcome<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    let folder = project::path("target/tools/bin");
    if has_version(&folder.join(executable("wasm-bindgen")), &version) {
        return Ok(folder);
    }
    if let Some(installed) = find_on_path(&["wasm-bindgen"])
        && has_version(&installed, &version)
        && let Some(folder) = installed.parent()
        && folder.join(executable("wasm-bindgen-test-runner")).exists()
    {
        return Ok(folder.to_path_buf());
    }
    step(&format!("compiling wasm-bindgen {version}, once (two minutes or so on two cores)"), || {
        install_wasm_bindgen(&version)
    })?;
    Ok(folder)
}

/// With the versions that its authors locked; where the registry at hand lacks one of those, with the
/// newest that fit.
fn install_wasm_bindgen(version: &str) -> Outcome {
    let root = project::path("target/tools");
    let install = |locked: bool| {
        let mut command = cargo(&["install", "wasm-bindgen-cli", "--version", version, "--quiet"]);
        if locked {
            command.arg("--locked");
        }
        command.arg("--root").arg(&root);
        // It works for a second a build: compiling it fast matters more than its speed.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        command.env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_TARGET_DIR", project::path("target/tools/build"));
        command
    };
    if output(install(true)).is_err() {
        println!("  its locked versions cannot all be had here; taking the newest that fit");
        output(install(false))?;
    }
    // The intermediate files are large, and used once.
    let _ = std::fs::remove_dir_all(root.join("build"));
    Ok(())
}

/// The version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Outcome<String> {
    let lock = String::from_utf8_lossy(&project::read(&project::path("Cargo.lock"))?).into_owned();
    let heading = format!("name = \"{package}\"\nversion = \"");
    lock.split_once(&heading)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(version, _)| version.to_string())
        .ok_or_else(|| format!("{package} is not in Cargo.lock"))
}

fn has_version(tool: &Path, version: &str) -> bool {
    tool.exists()
        && output(program(&tool.to_string_lossy(), &["--version"]))
            .is_ok_and(|line| line.split_whitespace().any(|word| word == version))
}

/// The npm packages of a folder, exactly as its lock file says; nothing to do when they are in place.
pub fn npm_packages(folder: &str) -> Outcome {
    let folder_path = project::path(folder);
    let lock = project::read(&folder_path.join("package-lock.json"))?;
    let stamp = folder_path.join("node_modules/.gradlab-stamp");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step(&format!("installing the npm packages of {folder}"), || {
        let mut command = program("npm", &["ci", "--no-audit", "--no-fund"]);
        command.current_dir(&folder_path);
        output(command)?;
        project::write(&stamp, lock)
    })
}

/// A Chromium or Chrome: the `CHROME` variable, what is installed, what apt has, what Playwright offers.
pub fn browser() -> Outcome<PathBuf> {
    if let Some(chosen) = std::env::var_os("CHROME") {
        let chosen = PathBuf::from(chosen);
        return if chosen.exists() {
            Ok(chosen)
        } else {
            Err(format!("CHROME names {}, which does not exist", chosen.display()))
        };
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    if let Some(found) = find_on_path(&names).or_else(browser_of_this_system) {
        return Ok(found);
    }
    apt_install(&["chromium", "chromium-driver"]);
    if let Some(found) = find_on_path(&names) {
        return Ok(found);
    }
    step("fetching Playwright's Chromium", playwright_browser)
}

/// Where macOS and Windows put Chrome.
fn browser_of_this_system() -> Option<PathBuf> {
    [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
    ]
    .map(PathBuf::from)
    .into_iter()
    .find(|candidate| candidate.exists())
}

fn playwright_browser() -> Outcome<PathBuf> {
    npm_packages("tests/browser")?;
    let mut install = program("npx", &["playwright-core", "install", "chromium"]);
    install.current_dir(project::path("tests/browser"));
    output(install)?;
    let script = "console.log(require('playwright-core').chromium.executablePath())";
    let mut ask = program("node", &["-e", script]);
    ask.current_dir(project::path("tests/browser"));
    Ok(PathBuf::from(output(ask)?.trim()))
}

/// The driver through which wasm-bindgen's tests run in the browser.
pub fn chromedriver() -> Outcome<PathBuf> {
    if let Some(chosen) = std::env::var_os("CHROMEDRIVER") {
        return Ok(PathBuf::from(chosen));
    }
    if find_on_path(&["chromedriver"]).is_none() {
        apt_install(&["chromium-driver"]);
    }
    find_on_path(&["chromedriver"]).ok_or_else(|| {
        "no chromedriver: install the one of your Chromium (Debian: chromium-driver), or name it in CHROMEDRIVER".to_string()
    })
}

/// What makes the tests complete where it is at hand: a software Vulkan driver, fonts for Chinese.
pub fn optional_system_packages() {
    let vulkan = Path::new("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json");
    let fonts = Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc");
    let mut missing = Vec::new();
    if cfg!(target_os = "linux") && !vulkan.exists() {
        missing.push("mesa-vulkan-drivers");
    }
    if cfg!(target_os = "linux") && !fonts.exists() {
        missing.push("fonts-noto-cjk");
    }
    if !missing.is_empty() {
        apt_install(&missing);
    }
}

/// Installs Debian packages where that is possible (root, apt); says so where it is not. Whoever needs
/// them looks for them afterwards.
fn apt_install(packages: &[&str]) {
    let names = packages.join(" ");
    let is_root = output(program("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    if find_on_path(&["apt-get"]).is_none() || !is_root {
        println!("- not installed, since this needs apt and root: {names}");
        return;
    }
    let outcome = step(&format!("apt-get install {names}"), || {
        output(program("apt-get", &["update", "--quiet"]))?;
        let mut install = program("apt-get", &["install", "--yes", "--quiet", "--no-install-recommends"]);
        install.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
        output(install)
    });
    if let Err(error) = outcome {
        println!("  {error}");
    }
}

/// The first of these programs that is on the path.
pub fn find_on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        std::env::split_paths(&path).map(|folder| folder.join(executable(name))).find(|candidate| candidate.is_file())
    })
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}
