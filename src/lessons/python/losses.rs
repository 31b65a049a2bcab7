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
        "binary_cross_entropy" => x.binary_cross_entropy(&target, reduction)?,
        _ => x.binary_cross_entropy_with_logits(&target, reduction)?,
    })))
}

fn kl_div(x: &Tensor, target: &Tensor, arguments: &mut Arguments) -> PyResult {
    let batch_mean = matches!(arguments.peek("reduction"), Some(Value::Text(text)) if &**text == "batchmean");
    if batch_mean {
        arguments.take(usize::MAX, "reduction");
        let rows = x.shape().first().copied().unwrap_or(1) as f64;
        return Ok(Value::tensor(x.kl_div(target, Reduction::Sum)?.div_scalar(rows)?));
    }
    Ok(Value::tensor(x.kl_div(target, reduction(arguments)?)?))
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
