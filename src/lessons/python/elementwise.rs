//! Functions that work element by element, by their names.

use super::arguments::Arguments;
use super::operators::beside;
use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::tensor::Tensor;

/// Calls one of them, if `name` is one.
pub fn elementwise(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Tensor>> {
    Ok(Some(match name {
        "neg" => x.neg()?,
        "abs" => x.abs()?,
        "exp" => x.exp()?,
        "log" => x.log()?,
        "log2" => x.log2()?,
        "log10" => x.log10()?,
        "log1p" => x.log1p()?,
        "expm1" => x.expm1()?,
        "sqrt" => x.sqrt()?,
        "rsqrt" => x.rsqrt()?,
        "square" => x.square()?,
        "reciprocal" => x.reciprocal()?,
        "sin" => x.sin()?,
        "cos" => x.cos()?,
        "tan" => x.tan()?,
        "atan" => x.atan()?,
        "sinh" => x.sinh()?,
        "cosh" => x.cosh()?,
        "erf" => x.erf()?,
        "sign" => x.sign()?,
        "floor" => x.floor()?,
        "ceil" => x.ceil()?,
        "round" => match arguments.whole(usize::MAX, "decimals", 0)? {
            0 => x.round()?,
            decimals => x.round_to(decimals.clamp(-300, 300) as i32)?,
        },
        "isnan" => x.ne(x)?,
        "isinf" | "isfinite" if !x.dtype().is_floating() => {
            Tensor::full(x.shape().clone(), f64::from(u8::from(name == "isfinite")), DType::Bool)?
        }
        "isinf" => x.abs()?.eq(&Tensor::scalar(f64::INFINITY)?)?,
        "isfinite" => x.abs()?.lt(&Tensor::scalar(f64::INFINITY)?)?,
        "logical_not" => x.logical_not()?,
        "bitwise_not" if x.dtype().is_floating() => {
            return Err(x.dtype().lacks("bitwise_not_cpu").into());
        }
        "bitwise_not" => x.bitwise_not()?,
        "trunc" => x.trunc()?,
        "frac" => x.frac()?,
        "exp2" => x.exp2()?,
        "relu6" => x.hardtanh(0.0, 6.0)?,
        "hardtanh" => x.hardtanh(arguments.number(1, "min_val", -1.0)?, arguments.number(2, "max_val", 1.0)?)?,
        "sigmoid" => x.sigmoid()?,
        "tanh" => x.tanh()?,
        "relu" => x.relu()?,
        "selu" => x.selu()?,
        "gelu" => match arguments.take(usize::MAX, "approximate") {
            Some(Value::Text(how)) if &*how == "tanh" => x.gelu_by_tanh()?,
            _ => x.gelu()?,
        },
        "silu" => x.silu()?,
        "logsigmoid" => x.logsigmoid()?,
        "softplus" => x.softplus(arguments.number(1, "beta", 1.0)?, arguments.number(2, "threshold", 20.0)?)?,
        "leaky_relu" => x.leaky_relu(arguments.number(1, "negative_slope", 0.01)?)?,
        "elu" => x.elu(arguments.number(1, "alpha", 1.0)?)?,
        "softsign" => x.div(&x.abs()?.add_scalar(1)?)?,
        "clamp" => clamp(x, arguments)?,
        _ => return Ok(None),
    }))
}

/// `torch.clamp(x, min, max)`, each of which may be left out; a bound with decimals makes integers floating.
fn clamp(x: &Tensor, arguments: &mut Arguments) -> PyResult<Tensor> {
    let low = arguments.take(1, "min").filter(|value| !matches!(value, Value::None));
    let high = arguments.take(2, "max").filter(|value| !matches!(value, Value::None));
    let bounds: Vec<&Value> = low.iter().chain(&high).collect();
    if bounds.is_empty() {
        return raise("ValueError", "torch.clamp: At least one of 'min' or 'max' must not be None");
    }
    if bounds.iter().any(|bound| matches!(bound, Value::Tensor(_))) {
        let raised = match low {
            Some(low) => x.maximum(&beside(&low, x)?)?,
            None => x.clone(),
        };
        let cut = match high {
            Some(high) => raised.minimum(&beside(&high, x)?)?,
            None => raised,
        };
        return Ok(cut.named("ClampBackward0"));
    }
    let whole = x.dtype() == DType::Bool && bounds.iter().any(|bound| matches!(bound, Value::Int(_)));
    let x = if whole { &x.to_dtype(DType::Int64)? } else { x };
    let floating = !x.dtype().is_floating() && bounds.iter().any(|bound| matches!(bound, Value::Float(_)));
    let x = if floating { x.to_dtype(crate::DType::Float32)? } else { x.clone() };
    let number = |bound: Option<Value>, none: f64| bound.map_or(Ok(none), |bound| bound.as_float());
    Ok(x.clamp(number(low, f64::NEG_INFINITY)?, number(high, f64::INFINITY)?)?)
}
