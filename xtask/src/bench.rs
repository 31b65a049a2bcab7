//! `cargo xtask bench`: the comparison with the peers. Builds the page, lays it out beside the peers' files
//! from npm, serves both with the same headers, and lets `bench/run.mjs` do the measuring.

use std::path::{Path, PathBuf};

use crate::command::{program, run as run_program, step};
use crate::project::{self, Outcome};
use crate::serve::{self, Settings};
use crate::{site, stamp, tools};

/// What the peers' pages load: from where under `bench/node_modules`, to where beside the bench's pages.
const PEER_FILES: [(&str, &str); 6] = [
    ("@tensorflow/tfjs/dist/tf.min.js", "tfjs/tf.min.js"),
    ("@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js", "tfjs/tf-backend-wasm.min.js"),
    ("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm", "tfjs/tfjs-backend-wasm-simd.wasm"),
    ("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm", "tfjs/tfjs-backend-wasm-threaded-simd.wasm"),
    ("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm", "tfjs/tfjs-backend-wasm.wasm"),
    ("@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js", "tfjs/tf-backend-webgpu.min.js"),
];

/// The options, as `bench/run.mjs` takes them.
const USAGE: &str = "cargo xtask bench [--rounds 5] [--steps 200] [--seconds 6] [--only NAME,NAME] [--gpu | --gpu-only] \
                     [--matmul] [--torch PYTHON] [--readme] [--scaling]
  --steps, --seconds  a measurement ends at whichever comes first
  --only              rows or networks whose name holds one of these, or `page`
  --gpu               WebGPU rows too, in the first three rounds; --gpu-only: no others
  --matmul            square matrix products instead, on the CPU and through WebGPU, three rounds
  --torch             a Python that has PyTorch, for its rows
  --readme            puts the tables that were measured into README.md

  --scaling           instead: how the cost of a step grows, as docs/scaling.md and its plots";

/// `cargo xtask bench`.
pub fn run(arguments: &[String]) -> Outcome {
    let options = Options::parse(arguments)?;
    tools::npm_packages("bench")?;
    // The browser is launched by what the tests launch theirs by.
    tools::npm_packages("tests/browser")?;
    let chrome = tools::browser()?;
    let dist = site::build(false)?;
    let folder = project::path("target/bench-site");
    step("laying out the page beside its peers", || lay_out(&dist, &folder))?;
    if options.scaling {
        return scaling(&folder, &chrome);
    }
    let wants_native = options.gpu != "only" && !options.matmul;
    let native = match wants_native {
        true => step("compiling the native peer of the page", native_program)?,
        false => None,
    };
    let (port, _server) = serve::start(0, Settings { folder, prefix: "/".to_string(), isolated: true })?;
    let settings = serde_json::json!({
        "address": format!("http://127.0.0.1:{port}/"),
        "rounds": options.rounds,
        "steps": options.steps,
        "seconds": options.seconds,
        "only": options.only,
        "gpu": options.gpu,
        "matmul": options.matmul,
        "torch": options.torch,
        "native": native,
        "readme": options.readme.then(|| project::path("README.md")),
        "lines": project::path("target/bench.jsonl"),
    });
    let mut command = program("node", &["run.mjs"]);
    command.arg(settings.to_string()).env("CHROME", &chrome).current_dir(project::path("bench"));
    run_program(command)?;
    println!("The JSON lines are in target/bench.jsonl");
    Ok(())
}

/// `cargo xtask bench --scaling`.
fn scaling(folder: &Path, chrome: &Path) -> Outcome {
    let (port, _server) =
        serve::start(0, Settings { folder: folder.to_path_buf(), prefix: "/".to_string(), isolated: true })?;
    let settings =
        serde_json::json!({ "address": format!("http://127.0.0.1:{port}/"), "docs": project::path("docs") }).to_string();
    let mut command = program("node", &["scaling.mjs", &settings]);
    command.env("CHROME", chrome).current_dir(project::path("bench"));
    run_program(command)
}

struct Options {
    rounds: u32,
    steps: u32,
    seconds: f64,
    only: Option<String>,
    /// `null`, `true` or `"only"`.
    gpu: serde_json::Value,
    matmul: bool,
    torch: Option<String>,
    readme: bool,
    scaling: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options = Options {
            rounds: 5,
            steps: 200,
            seconds: 6.0,
            only: None,
            gpu: serde_json::Value::Null,
            matmul: false,
            torch: None,
            readme: false,
            scaling: false,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().cloned().ok_or(format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--rounds" => options.rounds = number(&value()?)?,
                "--steps" => options.steps = number(&value()?)?,
                "--seconds" => options.seconds = number(&value()?)?,
                "--only" => options.only = Some(value()?),
                "--torch" => options.torch = Some(value()?),
                "--gpu" => options.gpu = true.into(),
                "--gpu-only" => options.gpu = "only".into(),
                "--matmul" => options.matmul = true,
                "--readme" => options.readme = true,
                "--scaling" => options.scaling = true,
                _ => return Err(format!("no option `{argument}`\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| format!("`{text}` is no number that fits\n{USAGE}"))
}

/// The bench's pages at the top, the page under test in `site/`, the peers beside them.
fn lay_out(dist: &Path, folder: &Path) -> Outcome {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| format!("cannot clear {}: {error}", folder.display()))?;
    }
    copy_folder(&project::path("bench/pages"), folder)?;
    copy_folder(dist, &folder.join("site"))?;
    let modules = project::path("bench/node_modules");
    for (from, to) in PEER_FILES {
        project::write(&folder.join(to), project::read(&modules.join(from))?)?;
    }
    copy_folder(&modules.join("@jax-js/jax/dist"), &folder.join("jax"))
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    for file in stamp::files_below(from)? {
        project::write(&to.join(stamp::relative(&file, from)), project::read(&file)?)?;
    }
    Ok(())
}

/// The same trainer compiled for this machine, or nothing while there is no such example.
fn native_program() -> Outcome<Option<PathBuf>> {
    if !project::path("examples/train_speed.rs").exists() {
        return Ok(None);
    }
    run_program(crate::command::cargo(&["build", "--release", "--example", "train_speed"]))?;
    Ok(Some(project::path("target/release/examples").join(format!("train_speed{}", std::env::consts::EXE_SUFFIX))))
}
