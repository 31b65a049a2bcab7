//! Functions that fold axes: sums, extremes, norms, softmax.

use super::arguments::Arguments;
use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::tensor::Tensor;
use std::rc::Rc;

/// Calls one of them, if `name` is one.
pub fn call(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    let folded = match name {
        "sum" | "mean" | "prod" | "softmax" | "log_softmax" | "cumsum" => match arguments.dtype()? {
            Some(dtype) => x.to_dtype(dtype)?,
            None => x.clone(),
        },
        _ => x.clone(),
    };
    let x = &folded;
    let result = match name {
        "sum" => over(x, arguments, Tensor::sum)?,
        "mean" => over(x, arguments, Tensor::mean)?,
        "amax" => over(x, arguments, Tensor::amax)?,
        "amin" => over(x, arguments, Tensor::amin)?,
        "count_nonzero" => over(&x.to_dtype(DType::Bool)?, arguments, Tensor::sum)?,
        // Without an axis PyTorch takes the one that a batch would have behind it.
        "softmin" => {
            let usual = i64::from(![0, 1, 3].contains(&x.dim()));
            x.neg()?.softmax(arguments.whole(1, "dim", usual)?)?
        }
        "any" => over(x, arguments, Tensor::any)?,
        "all" => over(x, arguments, Tensor::all)?,
        "logsumexp" => over(x, arguments, Tensor::logsumexp)?,
        "std" | "var" => deviation(name, x, arguments)?,
        "norm" => norm(x, arguments)?,
        "prod" => match axis(arguments)? {
            Some(dim) => x.prod(dim, keeps(arguments)?)?,
            None => x.prod_all()?,
        },
        "argmax" => match axis(arguments)? {
            Some(dim) => x.argmax(dim, keeps(arguments)?)?,
            None => x.argmax_all()?,
        },
        "argmin" => match axis(arguments)? {
            Some(dim) => x.argmin(dim, keeps(arguments)?)?,
            None => x.argmin_all()?,
        },
        "max" | "min" => return extreme(name, x, arguments).map(Some),
        "cumsum" => x.cumsum(arguments.need(1, "dim")?.as_int()?)?,
        "softmax" => x.softmax(arguments.need(1, "dim")?.as_int()?)?,
        "log_softmax" => x.log_softmax(arguments.need(1, "dim")?.as_int()?)?,
        "allclose" => {
            let other = arguments.need(1, "other")?.as_tensor()?;
            let (relative, absolute) = (arguments.number(2, "rtol", 1e-5)?, arguments.number(3, "atol", 1e-8)?);
            let shape = x.shape().broadcast(other.shape())?;
            let (a, b) = (x.broadcast_to(shape.clone())?.to_f64_vec()?, other.broadcast_to(shape)?.to_f64_vec()?);
            let close = a.iter().zip(&b).all(|(a, b)| a == b || (a - b).abs() <= absolute + relative * b.abs());
            return Ok(Some(Value::Bool(close)));
        }
        "equal" => {
            let other = arguments.need(1, "other")?.as_tensor()?;
            let equal = x.shape() == other.shape() && x.to_f64_vec()? == other.to_f64_vec()?;
            return Ok(Some(Value::Bool(equal)));
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::tensor(result)))
}

/// The axes that a reduction folds, `dim` or NumPy's `axis`: none given means all.
fn axes(arguments: &mut Arguments, position: usize) -> PyResult<Vec<i64>> {
    axes_of(named_axes(arguments, position))
}

fn named_axes(arguments: &mut Arguments, position: usize) -> Option<Value> {
    arguments.take(position, "dim").or_else(|| arguments.take(usize::MAX, "axis"))
}

fn axes_of(value: Option<Value>) -> PyResult<Vec<i64>> {
    match value {
        None | Some(Value::None) => Ok(Vec::new()),
        Some(value @ (Value::List(_) | Value::Tuple(_))) => value.items()?.iter().map(Value::as_int).collect(),
        Some(value) => Ok(vec![value.as_int()?]),
    }
}

fn axis(arguments: &mut Arguments) -> PyResult<Option<i64>> {
    match named_axes(arguments, 1) {
        None | Some(Value::None) => Ok(None),
        Some(value) => value.as_int().map(Some),
    }
}

fn keeps(arguments: &mut Arguments) -> PyResult<bool> {
    arguments.flag(2, "keepdim", false)
}

type Folding = fn(&Tensor, &[i64], bool) -> crate::Result<Tensor>;

fn over(x: &Tensor, arguments: &mut Arguments, fold: Folding) -> PyResult<Tensor> {
    let axes = axes(arguments, 1)?;
    Ok(fold(x, &axes, keeps(arguments)?)?)
}

/// `x.std(dim, unbiased, keepdim)` and `x.std(dim, correction=1, keepdim=False)`
fn deviation(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Tensor> {
    // `x.std(False)` is about the correction.
    let (dims, mut unbiased) = match named_axes(arguments, 1) {
        Some(Value::Bool(unbiased)) => (None, Some(unbiased)),
        other => (other, None),
    };
    let dims = axes_of(dims)?;
    if let Some(value) = arguments.take(2, "unbiased") {
        unbiased = Some(value.truth()?);
    }
    let keep = arguments.flag(3, "keepdim", false)?;
    let correction = arguments.number(usize::MAX, "correction", if unbiased == Some(false) { 0.0 } else { 1.0 })?;
    Ok(if name == "std" { x.std(&dims, correction, keep)? } else { x.var(&dims, correction, keep)? })
}

fn norm(x: &Tensor, arguments: &mut Arguments) -> PyResult<Tensor> {
    let power = match arguments.take(1, "p") {
        None | Some(Value::None) => 2.0,
        Some(Value::Text(name)) => match &*name {
            "fro" => 2.0,
            "inf" => f64::INFINITY,
            other => return raise("NotImplementedError", format!("this page does not know the norm '{other}'")),
        },
        Some(value) => value.as_float()?,
    };
    let axes = axes(arguments, 2)?;
    let keep = arguments.flag(3, "keepdim", false)?;
    if !x.dtype().is_floating() {
        let message = format!(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}",
            x.dtype().class_name()
        );
        return raise("NotImplementedError", message);
    }
    Ok(x.norm(power, &axes, keep)?)
}

/// `torch.max(x)`, `torch.max(x, dim)`, `torch.max(x, other)`
fn extreme(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult {
    let largest = name == "max";
    let second = arguments.take(1, "dim").or_else(|| arguments.take(usize::MAX, "other"));
    match second {
        Some(Value::Tensor(other)) => {
            let other = other.get();
            Ok(Value::tensor(if largest { x.maximum(&other)? } else { x.minimum(&other)? }))
        }
        Some(dim) => {
            let (dim, keep) = (dim.as_int()?, keeps(arguments)?);
            let (values, places) = if largest { x.max_along(dim, keep)? } else { x.min_along(dim, keep)? };
            let name = if largest { "max" } else { "min" };
            Ok(Value::Found(name, Rc::new([Value::tensor(values), Value::tensor(places)])))
        }
        None => Ok(Value::tensor(if largest { x.max()? } else { x.min()? })),
    }
}
