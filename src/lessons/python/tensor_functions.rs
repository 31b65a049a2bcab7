//! Functions of tensors, by whatever door they are called: `torch.sum(x)`, `x.sum()`, `F.relu(x)`. Here is the list, and what
//! works element by element; the others are grouped in the files beside this one.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::operators::{self, beside};
use super::syntax::{BinaryOperator, Comparison};
use super::value::{PyResult, Value, raise};
use super::{layer_functions, losses, rearrange, reductions, views};
use crate::tensor::Tensor;

/// Each door with what can be called through it: `torch.x`, the method, `torch.nn.functional.x`.
const BOTH: &[&str] = &[
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "matmul",
    "mm",
    "mv",
    "dot",
    "bmm",
    "outer",
    "floor_divide",
    "remainder",
    "maximum",
    "minimum",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "neg",
    "abs",
    "exp",
    "log",
    "log2",
    "log10",
    "log1p",
    "expm1",
    "sqrt",
    "rsqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "erf",
    "sign",
    "floor",
    "ceil",
    "round",
    "clamp",
    "isnan",
    "isinf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "sum",
    "mean",
    "prod",
    "std",
    "var",
    "max",
    "min",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "norm",
    "logsumexp",
    "cumsum",
    "all",
    "any",
    "allclose",
    "equal",
    "diag",
    "tril",
    "triu",
    "flip",
    "gather",
    "index_select",
    "masked_select",
    "nonzero",
];
const TORCH: &[&str] = &["cat", "stack", "where", "conv2d", "max_pool2d", "selu"];
const METHOD: &[&str] = &["masked_fill"];
const EVERYWHERE: &[&str] = &["sigmoid", "tanh", "relu", "softmax", "log_softmax"];
const FUNCTIONAL: &[&str] = &[
    "selu",
    "gelu",
    "softplus",
    "leaky_relu",
    "elu",
    "silu",
    "logsigmoid",
    "softsign",
    "linear",
    "conv2d",
    "max_pool2d",
    "avg_pool2d",
    "dropout",
    "one_hot",
];

/// Whether `torch.x` or `torch.nn.functional.x` is one of these.
pub fn knows_path(path: &str) -> bool {
    match path.rsplit_once('.') {
        Some(("torch", name)) => {
            [BOTH, TORCH, EVERYWHERE].iter().any(|door| door.contains(&name)) || views::is_function(name)
        }
        Some(("torch.nn.functional", name)) => {
            [FUNCTIONAL, EVERYWHERE, losses::NAMES].iter().any(|door| door.contains(&name))
        }
        _ => false,
    }
}

/// Whether a tensor has it as a method.
pub fn knows_method(name: &str) -> bool {
    [BOTH, METHOD, EVERYWHERE].iter().any(|door| door.contains(&name)) || views::knows(name)
}

/// Calls one of them; the tensor is the first argument.
pub fn call(interpreter: &mut Interpreter, name: &str, mut arguments: Arguments) -> PyResult {
    let value = if let Some(operator) = operator(name) {
        let left = arguments.need(0, "input")?;
        let mut right = arguments.need(1, "other")?;
        if let Some(alpha) = arguments.take(usize::MAX, "alpha") {
            right = operators::binary(&right, BinaryOperator::Multiply, &alpha)?;
        }
        operators::binary(&left, operator, &right)?
    } else if let Some(comparison) = comparison(name) {
        let left = arguments.need(0, "input")?;
        operators::compare(&left, comparison, &arguments.need(1, "other")?)?
    } else if name == "cat" || name == "stack" {
        rearrange::join(name, &mut arguments)?
    } else if views::knows(name) {
        match arguments.need(0, "input")? {
            Value::Tensor(variable) => views::call(name, &variable, &mut arguments)?,
            other => {
                return raise(
                    "TypeError",
                    format!("{name}(): argument 'input' (position 1) must be Tensor, not {}", other.type_name()),
                );
            }
        }
    } else {
        let input = arguments.need(0, "input")?.as_tensor()?;
        of_one(interpreter, name, &input, &mut arguments)?
    };
    arguments.finish()?;
    Ok(value)
}

fn operator(name: &str) -> Option<BinaryOperator> {
    Some(match name {
        "add" => BinaryOperator::Add,
        "sub" => BinaryOperator::Subtract,
        "mul" => BinaryOperator::Multiply,
        "div" => BinaryOperator::Divide,
        "floor_divide" => BinaryOperator::FloorDivide,
        "remainder" => BinaryOperator::Remainder,
        "pow" => BinaryOperator::Power,
        "matmul" => BinaryOperator::MatrixMultiply,
        _ => return None,
    })
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "eq" => Comparison::Equal,
        "ne" => Comparison::NotEqual,
        "lt" => Comparison::Less,
        "le" => Comparison::LessEqual,
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterEqual,
        _ => return None,
    })
}

fn of_one(interpreter: &mut Interpreter, name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult {
    if let Some(result) = elementwise(name, x, arguments)? {
        return Ok(Value::tensor(result));
    }
    if let Some(result) = of_two(name, x, arguments)? {
        return Ok(Value::tensor(result));
    }
    let found = [reductions::call, rearrange::call, losses::call];
    for group in found {
        if let Some(result) = group(name, x, arguments)? {
            return Ok(result);
        }
    }
    match layer_functions::call(interpreter, name, x, arguments)? {
        Some(result) => Ok(result),
        None => raise("NotImplementedError", format!("this page does not know {name}")),
    }
}

fn of_two(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Tensor>> {
    let mut other = |key: &str| arguments.need(1, key)?.as_tensor();
    Ok(Some(match name {
        "mm" => x.mm(&other("mat2")?)?,
        "bmm" => x.bmm(&other("mat2")?)?,
        "mv" => x.mv(&other("vec")?)?,
        "dot" => x.dot(&other("tensor")?)?,
        "outer" => x.outer(&other("vec2")?)?,
        "maximum" => x.maximum(&other("other")?)?,
        "minimum" => x.minimum(&other("other")?)?,
        "logical_and" => x.logical_and(&other("other")?)?,
        "logical_or" => x.logical_or(&other("other")?)?,
        "logical_xor" => x.logical_xor(&other("other")?)?,
        "masked_fill" => {
            let mask = other("mask")?;
            let value = beside(&arguments.need(2, "value")?, x)?.to_dtype(x.dtype())?;
            mask.where_(&value, x)?
        }
        "where" => {
            let (left, right) = (arguments.need(1, "input")?, arguments.need(2, "other")?);
            let like = left.as_tensor().or_else(|_| right.as_tensor());
            // Two numbers make a tensor as `torch.tensor` would.
            let side = |value: &Value| match &like {
                Ok(like) => beside(value, like),
                Err(_) => super::make::from_nested(value),
            };
            x.where_(&side(&left)?, &side(&right)?)?
        }
        _ => return Ok(None),
    }))
}

fn elementwise(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Tensor>> {
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
            decimals => {
                let scale = 10f64.powi(decimals as i32);
                x.mul_scalar(scale)?.round()?.div_scalar(scale)?
            }
        },
        "isnan" => x.ne(x)?,
        "isinf" => x.abs()?.eq(&Tensor::scalar(f64::INFINITY)?)?,
        "logical_not" => x.logical_not()?,
        "sigmoid" => x.sigmoid()?,
        "tanh" => x.tanh()?,
        "relu" => x.relu()?,
        "selu" => x.selu()?,
        "gelu" => x.gelu()?,
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
        let raised = low.map_or(Ok(x.clone()), |low| Ok::<_, super::value::Exception>(x.maximum(&beside(&low, x)?)?))?;
        return high.map_or(Ok(raised.clone()), |high| Ok(raised.minimum(&beside(&high, x)?)?));
    }
    let floating = !x.dtype().is_floating() && bounds.iter().any(|bound| matches!(bound, Value::Float(_)));
    let x = if floating { x.to_dtype(crate::DType::Float32)? } else { x.clone() };
    let number = |bound: Option<Value>, none: f64| bound.map_or(Ok(none), |bound| bound.as_float());
    Ok(x.clamp(number(low, f64::NEG_INFINITY)?, number(high, f64::INFINITY)?)?)
}
