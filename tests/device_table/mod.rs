//! The op table on another device than the CPU: values and gradients of every op that has float32 kernels, against PyTorch's numbers;
//! natively and in the browser. One row for each op, since a software driver takes its time to compile a pipeline.

use crate::op_table::{Case, Input, apply, cases, distance};
use gradlab::autograd::{BackwardOptions, Gradients};
use gradlab::tensor::Tensor;
use gradlab::{DType, Device, Result};
use std::collections::BTreeMap;

/// A driver's own exponential and sine are good to about this.
const TOLERANCE: f64 = 1e-4;

/// Reads classes, gives classes: there is nothing of float32 in it.
const OF_INTEGERS: &str = "one_hot";

/// What looks at the elements to know its own shape or order does so on the CPU; a slope's weights are made there too.
const LOOKS: [&str; 5] = ["sort", "topk", "nonzero", "masked_select", "slope"];

/// Operands of whole numbers that are read when the op is made stay on the CPU: classes and positions.
const READS_CLASSES: [&str; 5] = ["gather", "index_select", "nll_loss", "cross_entropy", "polynomial_loss"];

async fn moved(case: &Case, device: &Device) -> Result<Vec<Tensor>> {
    let mut moved = Vec::new();
    for (tensor, input) in case.tensors(DType::Float32).into_iter().zip(&case.inputs) {
        let stays = !input.floating && READS_CLASSES.contains(&&*case.op);
        moved.push(if stays { tensor } else { tensor.to_device(device).await? });
    }
    Ok(moved)
}

async fn elements(tensor: &Tensor) -> Result<Vec<f64>> {
    Ok(tensor.read().await?.to_f64())
}

async fn farthest(case: &Case, device: &Device) -> Result<f64> {
    let Some(expected) = &case.float32 else { return Ok(0.0) };
    let inputs = moved(case, device).await?;
    let out = apply(case, &inputs)?;
    let mut farthest = distance(&elements(&out).await?, &expected.value);
    if out.requires_grad() {
        let mut gradients = Gradients::new();
        let upstream = case.upstream(&out)?.to_device(device).await?;
        out.backward_into(&mut gradients, BackwardOptions { gradient: Some(upstream), ..BackwardOptions::default() })?;
        for (input, expected) in inputs.iter().zip(&expected.gradients) {
            let Some(expected) = expected else { continue };
            let apart = match gradients.get(input) {
                Some(gradient) => distance(&elements(gradient).await?, expected),
                None => f64::INFINITY,
            };
            farthest = farthest.max(apart);
        }
    }
    Ok(farthest)
}

/// For each op its first row, one without whole numbers before the others.
fn rows() -> Vec<Case> {
    let mut rows = BTreeMap::<String, Case>::new();
    let whole = |case: &Case| case.inputs.iter().any(|input: &Input| !input.floating);
    let tried = |case: &Case| case.float32.is_some() && case.op != OF_INTEGERS && !LOOKS.contains(&&*case.op);
    for case in cases().into_iter().filter(tried) {
        let better = rows.get(&case.op).is_none_or(|present| whole(present) && !whole(&case));
        if better {
            rows.insert(case.op.clone(), case);
        }
    }
    rows.into_values().collect()
}

/// Panics with what is off by more than the tolerance, or fails.
pub async fn hold(device: &Device) {
    let rows = rows();
    assert!(rows.len() > 90, "only {} ops", rows.len());
    let mut failures = Vec::new();
    for case in &rows {
        match farthest(case, device).await {
            Ok(apart) if apart <= TOLERANCE => {}
            Ok(apart) => failures.push(format!("{}: off by {apart:e}", case.describe())),
            Err(error) => failures.push(format!("{}: {error}", case.describe())),
        }
    }
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), rows.len(), failures.join("\n"));
}
