//! The claims that the op table carries on the CPU: values and gradients are PyTorch's, gradients are what central
//! differences say. All rows are tried before any failure is reported.

mod op_table;

use gradlab::autograd::{BackwardOptions, Gradients};
use gradlab::tensor::{Tensor, no_grad};
use gradlab::{DType, Result};
use op_table::{Case, Expected, apply, cases, distance};

type Outcome = std::result::Result<(), String>;

/// A panic in one row must not hide the others.
fn caught(body: impl FnOnce() -> Outcome) -> Outcome {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or_else(|_| Err("panicked".to_string()))
}

fn report(failures: Vec<String>, tried: usize) {
    assert!(tried > 100, "only {tried} rows were tried");
    assert!(failures.is_empty(), "{} of {tried} failed:\n{}", failures.len(), failures.join("\n"));
}

/// Output and gradients, as the fixture has them.
fn evaluate(case: &Case, inputs: &[Tensor]) -> Result<(Tensor, Gradients)> {
    let out = apply(case, inputs)?;
    let mut gradients = Gradients::new();
    if out.requires_grad() {
        let options = BackwardOptions { gradient: Some(case.upstream(&out)?), retain_graph: false, create_graph: false };
        out.backward_into(&mut gradients, options)?;
    }
    Ok((out, gradients))
}

fn against_pytorch(case: &Case, dtype: DType, expected: &Expected, tolerance: f64) -> Outcome {
    let inputs = case.tensors(dtype);
    let (out, gradients) = evaluate(case, &inputs).map_err(|error| error.to_string())?;
    if out.shape()[..] != expected.shape || out.dtype().name() != expected.dtype {
        return Err(format!("{} {}, PyTorch {:?} {}", out.shape(), out.dtype(), expected.shape, expected.dtype));
    }
    let value = out.to_f64_vec().map_err(|error| error.to_string())?;
    let apart = distance(&value, &expected.value);
    if apart > tolerance {
        return Err(format!("value off by {apart:e}\n    ours    {value:?}\n    PyTorch {:?}", expected.value));
    }
    for (i, (input, expected)) in inputs.iter().zip(&expected.gradients).enumerate() {
        let Some(expected) = expected else { continue };
        let ours = gradients.get(input).ok_or_else(|| format!("input {i} got no gradient"))?;
        let ours = ours.to_f64_vec().map_err(|error| error.to_string())?;
        let apart = distance(&ours, expected);
        if apart > tolerance {
            return Err(format!("gradient {i} off by {apart:e}\n    ours    {ours:?}\n    PyTorch {expected:?}"));
        }
    }
    Ok(())
}

#[test]
fn values_and_gradients_are_pytorch_s_in_float64() {
    let cases = cases();
    let failures = cases.iter().filter_map(|case| {
        let error = caught(|| against_pytorch(case, DType::Float64, &case.float64, 1e-12)).err()?;
        Some(format!("{}: {error}", case.describe()))
    });
    report(failures.collect(), cases.len());
}

#[test]
fn values_and_gradients_are_pytorch_s_in_float32() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.float32.is_some()).collect();
    let failures = cases.iter().filter_map(|case| {
        let error =
            caught(|| against_pytorch(case, DType::Float32, case.float32.as_ref().expect("filtered"), 1e-5)).err()?;
        Some(format!("{}: {error}", case.describe()))
    });
    report(failures.collect(), cases.len());
}

/// The slope of `sum(out * upstream)` along each element of an input, from values on both sides of it.
fn central_differences(case: &Case, which: usize) -> Result<Vec<f64>> {
    let data: Vec<Vec<f64>> = case.inputs.iter().map(|input| input.data.clone()).collect();
    let total = |shift: f64, at: usize| -> Result<f64> {
        let mut data = data.clone();
        data[which][at] += shift;
        let borrowed: Vec<&[f64]> = data.iter().map(|data| &data[..]).collect();
        let out = apply(case, &case.tensors_of(&borrowed, DType::Float64))?;
        out.mul(&case.upstream(&out)?)?.sum(&[], false)?.item()
    };
    // Four points: the error falls with the fourth power of the step.
    let step = 1e-3;
    (0..data[which].len())
        .map(|at| {
            let near = (total(step, at)? - total(-step, at)?) / (2.0 * step);
            let far = (total(2.0 * step, at)? - total(-2.0 * step, at)?) / (4.0 * step);
            Ok((4.0 * near - far) / 3.0)
        })
        .collect()
}

#[test]
fn gradients_are_central_differences() {
    let cases: Vec<Case> =
        cases().into_iter().filter(|case| !case.kink && case.float64.gradients.iter().any(Option::is_some)).collect();
    let mut failures = vec![];
    for case in &cases {
        let inputs = case.tensors(DType::Float64);
        let (_, gradients) = evaluate(case, &inputs).expect("the other tests ran it");
        for (i, input) in inputs.iter().enumerate().filter(|(_, input)| input.requires_grad()) {
            let ours = gradients.get(input).map(|gradient| gradient.to_f64_vec().expect("on the CPU")).unwrap_or_default();
            let theirs = no_grad(|| central_differences(case, i)).expect("the other tests ran it");
            let apart = distance(&ours, &theirs);
            // Where the true slope is 0, differences still have rounding errors of about 1e-12.
            let flat = ours.iter().chain(&theirs).all(|slope| slope.abs() < 1e-9);
            if apart > 1e-6 && !flat {
                failures.push(format!(
                    "{}: input {i} off by {apart:e}\n    rule       {ours:?}\n    difference {theirs:?}",
                    case.describe()
                ));
            }
        }
    }
    report(failures, cases.len());
}

/// The variants of `enum Op` in its source.
fn all_ops() -> Vec<&'static str> {
    let source = include_str!("../src/op.rs");
    let body = source.split("pub enum Op {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("the enum is there");
    let variant = |line: &'static str| {
        let name = line.strip_prefix("    ")?.split(" {").next()?;
        name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(name)
    };
    body.lines().filter_map(variant).collect()
}

#[test]
fn every_op_is_in_the_table() {
    // Of training in float32 alone: `tests/engine.rs` and `tests/gpu` hold them to the plain ones they stand for.
    let fused = ["Linear", "ConvolutionBlock", "SoftmaxCrossEntropy", "StepDropout"];
    let mut met = std::collections::BTreeSet::new();
    for case in cases() {
        let inputs = case.tensors(DType::Float64);
        let Ok(out) = apply(&case, &inputs) else { continue };
        for tensor in gradlab::autograd::backward_order(&out) {
            if let Some(op) = tensor.op() {
                met.insert(format!("{op:?}").split(' ').next().unwrap_or_default().to_string());
            }
        }
    }
    let missing: Vec<&str> = all_ops().into_iter().filter(|name| !fused.contains(name) && !met.contains(*name)).collect();
    assert!(all_ops().len() > 25, "{:?}", all_ops());
    assert!(missing.is_empty(), "no row of the table goes through {missing:?}");
}
