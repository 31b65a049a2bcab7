//! `F.mse_loss` and its kin, and the same as modules: `nn.CrossEntropyLoss(...)`.

use super::arguments::Arguments;
use super::value::{PyResult, Value, raise};
use crate::tensor::{ClassLoss, Reduction, Tensor};

/// Their names in `torch.nn.functional`.
pub const NAMES: &[&str] = &[
    "mse_loss",
    "l1_loss",
    "cross_entropy",
    "nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "smooth_l1_loss",
    "huber_loss",
];

/// Calls one of them, if `name` is one.
pub fn call(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    if !NAMES.contains(&name) {
        return Ok(None);
    }
    let target = arguments.need(1, "target")?.as_tensor()?;
    if name == "kl_div" {
        return kl_div(x, &target, arguments).map(Some);
    }
    let reduction = reduction(arguments)?;
    Ok(Some(Value::tensor(match name {
        "mse_loss" => x.mse_loss(&target, reduction)?,
        "l1_loss" => x.l1_loss(&target, reduction)?,
        "cross_entropy" | "nll_loss" => {
            let weight = arguments.take(2, "weight").filter(|weight| !matches!(weight, Value::None));
            let options = ClassLoss {
                weight: weight.map(|weight| weight.as_tensor()).transpose()?,
                ignore_index: arguments.whole(usize::MAX, "ignore_index", -100)?,
                label_smoothing: if name == "nll_loss" {
                    0.0
                } else {
                    arguments.number(usize::MAX, "label_smoothing", 0.0)?
                },
                reduction,
            };
            if name == "nll_loss" { x.nll_loss_with(&target, &options)? } else { x.cross_entropy_with(&target, &options)? }
        }
        "smooth_l1_loss" | "huber_loss" => bent(name, x, &target, arguments, reduction)?,
        _ => binary(name, x, &target, arguments, reduction)?,
    })))
}

/// `F.binary_cross_entropy`, from logits or not, with its weights.
fn binary(name: &str, x: &Tensor, target: &Tensor, arguments: &mut Arguments, reduction: Reduction) -> PyResult<Tensor> {
    let mut weight = |position: usize, name: &str| match arguments.take(position, name) {
        None | Some(Value::None) => Ok(None),
        Some(value) => value.as_tensor().map(Some),
    };
    let (each_counts, positive) = (weight(2, "weight")?, weight(usize::MAX, "pos_weight")?);
    let logits = name == "binary_cross_entropy_with_logits";
    let apart = if each_counts.is_some() { Reduction::None } else { reduction };
    let loss = match &positive {
        Some(positive) => x.binary_cross_entropy_of_weighted_logits(target, positive, apart)?,
        None if logits => x.binary_cross_entropy_with_logits(target, apart)?,
        None => x.binary_cross_entropy(target, apart)?,
    };
    let named = if logits { "BinaryCrossEntropyWithLogitsBackward0" } else { "BinaryCrossEntropyBackward0" };
    Ok(match each_counts {
        Some(weight) => loss.mul(&weight)?.reduced(reduction)?.named(named),
        None => loss,
    })
}

/// `F.smooth_l1_loss` and `F.huber_loss`: squares near 0, straight lines further out.
fn bent(name: &str, x: &Tensor, target: &Tensor, arguments: &mut Arguments, reduction: Reduction) -> PyResult<Tensor> {
    if name == "huber_loss" {
        let delta = arguments.number(usize::MAX, "delta", 1.0)?;
        return Ok(x.huber_loss(target, delta, reduction)?);
    }
    let beta = arguments.number(usize::MAX, "beta", 1.0)?;
    if beta == 0.0 {
        return Ok(x.l1_loss(target, reduction)?);
    }
    Ok(x.huber_loss(target, beta, reduction)?.affine(1.0 / beta, 0.0)?.named("SmoothL1LossBackward0"))
}

fn kl_div(x: &Tensor, target: &Tensor, arguments: &mut Arguments) -> PyResult {
    let in_logarithms = arguments.flag(usize::MAX, "log_target", false)?;
    let divergence = |reduction| match in_logarithms {
        true => x.kl_div_of_logarithms(target, reduction),
        false => x.kl_div(target, reduction),
    };
    let batch_mean = matches!(arguments.peek("reduction"), Some(Value::Text(text)) if &**text == "batchmean");
    if batch_mean {
        arguments.take(usize::MAX, "reduction");
        let rows = x.shape().first().copied().unwrap_or(1) as f64;
        return Ok(Value::tensor(divergence(Reduction::Sum)?.div_scalar(rows)?));
    }
    Ok(Value::tensor(divergence(reduction(arguments)?)?))
}

fn reduction(arguments: &mut Arguments) -> PyResult<Reduction> {
    match arguments.take(usize::MAX, "reduction") {
        None => Ok(Reduction::Mean),
        Some(Value::Text(text)) => match &*text {
            "mean" => Ok(Reduction::Mean),
            "sum" => Ok(Reduction::Sum),
            "none" => Ok(Reduction::None),
            other => raise("ValueError", format!("{other} is not a valid value for reduction")),
        },
        Some(other) => raise("TypeError", format!("reduction must be a str, not {}", other.type_name())),
    }
}
