//! Every kernel that the op table calls for, values and gradients, on the GPU against the CPU: natively and in the browser.
//! The table is recorded on the CPU in float32; each call is then made again on the GPU from what the CPU had before it.

use crate::op_table::{Case, apply, cases};
use gradlab::autograd::{BackwardOptions, Gradients};
use gradlab::backend::{Call, Element, HostData, Recording};
use gradlab::{DType, Device, Result};
use std::collections::{BTreeMap, BTreeSet};

fn calls(case: &Case) -> Result<Vec<Call>> {
    let inputs = case.tensors(DType::Float32);
    let ((), recording) = Recording::of(|| {
        let out = apply(case, &inputs)?;
        if out.requires_grad() {
            let options = BackwardOptions { gradient: Some(case.upstream(&out)?), retain_graph: false, create_graph: false };
            out.backward_into(&mut Gradients::new(), options)?;
        }
        Ok(())
    })?;
    Ok(recording.calls)
}

fn is_for_gpu(call: &Call) -> bool {
    let wide = |element: Element| matches!(element, Element::Float64 | Element::Int64);
    !call.inputs.iter().chain(&call.outputs).any(|buffer| wide(buffer.element()))
}

/// How far a result is from the CPU's: relative to the larger of 1 and the expected number.
fn distance(ours: &HostData, expected: &HostData) -> f64 {
    let apart =
        |(a, b): (f64, &f64)| if a == *b || (a.is_nan() && b.is_nan()) { 0.0 } else { (a - b).abs() / b.abs().max(1.0) };
    ours.to_f64().into_iter().zip(&expected.to_f64()).map(apart).fold(0.0, f64::max)
}

async fn check(call: &Call, device: &Device) -> Result<f64> {
    let inputs = call.inputs.iter().map(|buffer| device.upload(buffer.host()?)).collect::<Result<Vec<_>>>()?;
    let outputs =
        call.outputs.iter().map(|buffer| device.allocate(buffer.element(), buffer.len())).collect::<Result<Vec<_>>>()?;
    device.run(call.kernel.clone(), &inputs.iter().collect::<Vec<_>>(), &outputs.iter().collect::<Vec<_>>())?;
    let mut farthest = 0.0f64;
    for (output, expected) in outputs.iter().zip(&call.outputs) {
        farthest = farthest.max(distance(&output.read().await?, &expected.host()?));
    }
    Ok(farthest)
}

/// Calls of a kernel whose sizes are compiled into it: each costs a pipeline.
const COMPILED_SIZES: usize = 3;

/// Checks every different call once, but few of a kernel that is compiled for its sizes; how many there were, and what failed.
pub async fn check_all(device: &Device) -> (usize, Vec<String>) {
    let (mut seen, mut compiled) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    let mut failures = Vec::new();
    for case in cases() {
        for call in calls(&case).expect("the op table runs on the CPU").iter().filter(|call| is_for_gpu(call)) {
            let name = format!("{:?}", call.kernel);
            if !seen.insert(name.clone()) {
                continue;
            }
            let kernel = name.split([' ', '(']).next().unwrap_or_default().to_string();
            if ["Matmul", "Linear", "Conv", "MaxPool", "AveragePool", "Softmax"]
                .iter()
                .any(|start| kernel.starts_with(start))
            {
                let count = compiled.entry(kernel).or_default();
                *count += 1;
                if *count > COMPILED_SIZES {
                    continue;
                }
            }
            match check(call, device).await {
                Ok(apart) if apart <= 1e-4 => {}
                Ok(apart) => failures.push(format!("{name}, of {}: off by {apart:e}", case.describe())),
                Err(error) => failures.push(format!("{name}, of {}: {error}", case.describe())),
            }
        }
    }
    (seen.len(), failures)
}
