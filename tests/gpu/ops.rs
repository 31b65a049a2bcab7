//! The op table on the GPU: values and gradients of every op that has float32 kernels, against PyTorch's numbers. One device, one
//! test and one row for each op, since a software driver takes its time to compile a pipeline.

use crate::gpu;
use crate::op_table::{Case, apply, cases, distance};
use gradlab::autograd::{BackwardOptions, Gradients};
use gradlab::tensor::Tensor;
use gradlab::{DType, Device, Result};
use std::collections::HashSet;

/// A driver's own exponential and sine are good to about this.
const TOLERANCE: f64 = 1e-4;

/// Ops that are made on the CPU only: those whose positions are int64, which the GPU does not hold; those that put a mask from the
/// CPU beside the input; and those that work on the elements where they lie.
const ON_THE_CPU: [&str; 16] = [
    "amax",
    "amin",
    "logsumexp",
    "max_dim",
    "min_dim",
    "argmax",
    "argmin",
    "max",
    "min",
    "softmax",
    "diag",
    "tril",
    "triu",
    "cumsum",
    "one_hot",
    "floor_divide",
];

/// Operands of whole numbers that are read when the op is made stay on the CPU: classes and positions.
fn moved(case: &Case, device: &Device) -> Result<Vec<Tensor>> {
    let tensors = case.tensors(DType::Float32);
    let move_one = |(tensor, input): (Tensor, &crate::op_table::Input)| {
        let reads_classes = ["gather", "index_select", "nll_loss", "cross_entropy", "polynomial_loss"].contains(&&*case.op);
        if !input.floating && reads_classes {
            return Ok(tensor);
        }
        pollster::block_on(tensor.to_device(device))
    };
    tensors.into_iter().zip(&case.inputs).map(move_one).collect()
}

fn elements(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(pollster::block_on(tensor.read())?.to_f64())
}

fn farthest(case: &Case, device: &Device) -> Result<f64> {
    let Some(expected) = &case.float32 else { return Ok(0.0) };
    let inputs = moved(case, device)?;
    let out = apply(case, &inputs)?;
    let mut farthest = distance(&elements(&out)?, &expected.value);
    if out.requires_grad() {
        let mut gradients = Gradients::new();
        let upstream = pollster::block_on(case.upstream(&out)?.to_device(device))?;
        out.backward_into(&mut gradients, BackwardOptions { gradient: Some(upstream), ..BackwardOptions::default() })?;
        for (input, expected) in inputs.iter().zip(&expected.gradients) {
            let Some(expected) = expected else { continue };
            let apart = match gradients.get(input) {
                Some(gradient) => distance(&elements(gradient)?, expected),
                None => f64::INFINITY,
            };
            farthest = farthest.max(apart);
        }
    }
    Ok(farthest)
}

#[test]
fn the_op_table_holds_on_the_gpu() {
    let Some(gpu) = gpu("the_op_table_holds_on_the_gpu") else { return };
    let device = gpu.device();
    let all: Vec<Case> = cases().into_iter().filter(|case| case.float32.is_some()).collect();
    let mut seen = HashSet::new();
    let tried: Vec<&Case> =
        all.iter().filter(|case| !ON_THE_CPU.contains(&&*case.op) && seen.insert(case.op.clone())).collect();
    let failures: Vec<String> = tried
        .iter()
        .filter_map(|case| match farthest(case, &device) {
            Ok(apart) if apart <= TOLERANCE => None,
            Ok(apart) => Some(format!("{}: off by {apart:e}", case.describe())),
            Err(error) => Some(format!("{}: {error}", case.describe())),
        })
        .collect();
    assert!(tried.len() > 80, "only {} ops", tried.len());
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), tried.len(), failures.join("\n"));
}
