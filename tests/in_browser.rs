//! The core as the page runs it: compiled to WebAssembly with SIMD, in a browser. The op table against PyTorch, the training
//! curves on real MNIST, and WebGPU through the browser. `cargo xtask test` runs it once for each of the two builds; natively
//! `ops.rs`, `curves.rs` and `gpu` hold the same claims.

#![cfg(target_arch = "wasm32")]

mod curves_table;
mod device_table;
mod op_table;

use curves_table::{Curve, curves};
use gradlab::autograd::{BackwardOptions, Gradients};
use gradlab::backend::gpu::GpuBackend;
use gradlab::data::mnist::{FILES, Mnist};
use gradlab::trainer::session::Session;
use gradlab::{DType, Device, Result};
use op_table::{Case, apply, cases, distance};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// How far a row's value or one of its gradients is from PyTorch's.
fn farthest(case: &Case, dtype: DType) -> Result<f64> {
    let expected = match dtype {
        DType::Float32 => case.float32.as_ref().unwrap_or(&case.float64),
        _ => &case.float64,
    };
    let inputs = case.tensors(dtype);
    let out = apply(case, &inputs)?;
    let mut farthest = distance(&out.to_f64_vec()?, &expected.value);
    if out.requires_grad() {
        let mut gradients = Gradients::new();
        let options = BackwardOptions { gradient: Some(case.upstream(&out)?), retain_graph: false, create_graph: false };
        out.backward_into(&mut gradients, options)?;
        for (input, expected) in inputs.iter().zip(&expected.gradients) {
            if let (Some(expected), Some(ours)) = (expected, gradients.get(input)) {
                farthest = farthest.max(distance(&ours.to_f64_vec()?, expected));
            }
        }
    }
    Ok(farthest)
}

fn hold(dtype: DType, tolerance: f64) {
    let rows: Vec<Case> = cases().into_iter().filter(|case| dtype != DType::Float32 || case.float32.is_some()).collect();
    assert!(rows.len() > 100, "only {} rows", rows.len());
    let mut failures = Vec::new();
    for case in &rows {
        match farthest(case, dtype) {
            Ok(apart) if apart <= tolerance => {}
            Ok(apart) => failures.push(format!("{}: off by {apart:e}", case.describe())),
            Err(error) => failures.push(format!("{}: {error}", case.describe())),
        }
    }
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

#[wasm_bindgen_test]
fn the_op_table_holds_in_float64() {
    hold(DType::Float64, 1e-12);
}

#[wasm_bindgen_test]
fn the_op_table_holds_in_float32() {
    hold(DType::Float32, 1e-5);
}

/// The committed files, from the server of the tests, which serves the package's folder.
async fn mnist() -> Rc<Mnist> {
    let mut files = Vec::new();
    for file in &FILES {
        let script = format!(
            "return fetch('/www/data/{}.gz').then((response) => \
             new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer())",
            file.name
        );
        let promise = js_sys::Function::new_no_args(&script).call0(&JsValue::NULL).expect("fetch");
        let buffer = JsFuture::from(promise.unchecked_into::<js_sys::Promise>()).await.expect("the file");
        files.push(js_sys::Uint8Array::new(&buffer).to_vec());
    }
    Rc::new(Mnist::from_files(files.try_into().expect("four files")).expect("MNIST as published"))
}

async fn losses(curve: &Curve, device: Device, data: Rc<Mnist>, steps: usize) -> Vec<f64> {
    let mut session = Session::new(curve.settings.clone(), device).expect("settings that run");
    session.attach(data).expect("data that fits");
    let mut losses = Vec::new();
    while losses.len() < steps {
        let stretch = session.run((steps - losses.len()) as u64).await.expect("a step");
        losses.extend(stretch.losses.iter().map(|&loss| f64::from(loss)));
    }
    losses
}

/// The four networks of the course with seed 0.
fn first_of_each() -> Vec<Curve> {
    curves().into_iter().take(12).filter(|curve| curve.settings.seed == 0).collect()
}

#[wasm_bindgen_test]
async fn training_gives_pytorch_s_losses() {
    let data = mnist().await;
    let runs = first_of_each();
    assert_eq!(runs.len(), 4);
    for curve in &runs {
        let got = losses(curve, Device::Cpu, data.clone(), 50).await;
        for (step, (got, expected)) in got.iter().zip(&curve.losses).enumerate() {
            let apart = (got - expected).abs() / expected;
            assert!(apart < 1e-4, "{}: step {}: {got}, PyTorch {expected}", curve.describe(), step + 1);
        }
    }
}

/// The GPU, or a printed skip. Both builds hold the same shaders, so the tests of one are enough.
async fn gpu(test: &str) -> Option<Device> {
    if !cfg!(target_feature = "relaxed-simd") {
        console_log!("{test}: in the build with relaxed SIMD");
        return None;
    }
    match GpuBackend::open().await {
        Ok(gpu) => Some(gpu.device()),
        // The variable of the machine that compiles: a browser has none.
        Err(error) if option_env!("REQUIRE_GPU") == Some("1") => panic!("{error}"),
        Err(error) => {
            console_log!("SKIPPED {test}: {error}");
            None
        }
    }
}

#[wasm_bindgen_test]
async fn the_op_table_holds_on_the_gpu() {
    let Some(device) = gpu("the_op_table_holds_on_the_gpu").await else { return };
    device_table::hold(&device).await;
}

#[wasm_bindgen_test]
async fn the_gpu_gives_the_cpu_s_losses() {
    let Some(device) = gpu("the_gpu_gives_the_cpu_s_losses").await else { return };
    let data = mnist().await;
    for curve in &first_of_each() {
        let got = losses(curve, device.clone(), data.clone(), 5).await;
        for (step, (got, expected)) in got.iter().zip(&curve.losses).enumerate() {
            let apart = (got - expected).abs() / expected;
            assert!(apart < 1e-3, "{}: step {}: {got}, PyTorch {expected}", curve.describe(), step + 1);
        }
    }
}
