//! Tensors out of nothing, out of chance, and out of nested lists.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::random::Generator;
use crate::tensor::Tensor;

const MAKERS: [&str; 20] = [
    "tensor",
    "Tensor",
    "empty",
    "zeros",
    "ones",
    "full",
    "rand",
    "randn",
    "randint",
    "randperm",
    "arange",
    "linspace",
    "eye",
    "zeros_like",
    "ones_like",
    "rand_like",
    "randn_like",
    "full_like",
    "empty_like",
    "normal",
];

/// Whether `torch.x` makes a tensor.
pub fn knows(path: &str) -> bool {
    path.strip_prefix("torch.").is_some_and(|name| MAKERS.contains(&name))
}

/// Sizes that a tensor can have, as far as they can be counted.
pub(super) fn shape(sizes: &[i64]) -> PyResult<Vec<usize>> {
    let mut shape = Vec::with_capacity(sizes.len());
    for &size in sizes {
        match usize::try_from(size) {
            Ok(size) => shape.push(size),
            Err(_) => {
                return raise("RuntimeError", format!("Trying to create tensor with negative dimension {size}: {sizes:?}"));
            }
        }
    }
    if shape.iter().try_fold(1usize, |product, &size| product.checked_mul(size)).is_none() {
        return raise("RuntimeError", format!("Storage size calculation overflowed with sizes={sizes:?}"));
    }
    Ok(shape)
}

/// `torch.<maker>(...)`
pub fn call(interpreter: &mut Interpreter, path: &str, mut arguments: Arguments) -> PyResult {
    let name = path.trim_start_matches("torch.");
    let dtype = arguments.dtype()?;
    let requires_grad = arguments.flag(usize::MAX, "requires_grad", false)?;
    let default = dtype.unwrap_or(DType::Float32);
    let generator = &mut interpreter.generator;
    let tensor = match name {
        "tensor" => {
            let data = arguments.need(0, "data")?;
            match dtype {
                Some(dtype) => from_nested_as(&data, dtype)?,
                None => from_nested(&data)?,
            }
        }
        "Tensor" => match arguments.take(0, "data") {
            Some(data @ (Value::List(_) | Value::Tuple(_))) => from_nested_as(&data, DType::Float32)?,
            Some(size) => {
                let mut sizes = vec![size.as_int()?];
                sizes.extend(arguments.sizes(1, "size")?);
                Tensor::zeros(shape(&sizes)?)?
            }
            None => Tensor::zeros([0])?,
        },
        // Nothing is promised about what is inside; here it happens to be zeros.
        "zeros" if arguments.first_is_negative() => {
            return raise("RuntimeError", "zeros: Dimension size must be non-negative.");
        }
        "empty" | "zeros" => Tensor::full(shape(&arguments.sizes(0, "size")?)?, 0.0, default)?,
        "ones" => Tensor::full(shape(&arguments.sizes(0, "size")?)?, 1.0, default)?,
        "full" => {
            let size = arguments.need(0, "size")?;
            let sizes: Vec<i64> = size.items()?.iter().map(Value::as_int).collect::<PyResult<_>>()?;
            let value = arguments.need(1, "fill_value")?;
            let dtype = dtype.unwrap_or(match value {
                Value::Int(_) => DType::Int64,
                Value::Bool(_) => DType::Bool,
                _ => DType::Float32,
            });
            Tensor::full(shape(&sizes)?, value.as_float()?, dtype)?
        }
        "rand" | "randn" => {
            let sizes = shape(&arguments.sizes(0, "size")?)?;
            random(generator, name, sizes, default)?
        }
        "randint" => {
            let first = arguments.need(0, "low")?.as_int()?;
            // `randint(high, size)` or `randint(low, high, size)`
            let (low, high, at) = match arguments.take(1, "high") {
                Some(high @ (Value::Int(_) | Value::Tensor(_))) => (first, high.as_int()?, 2),
                Some(size) => {
                    let sizes: Vec<i64> = size.items()?.iter().map(Value::as_int).collect::<PyResult<_>>()?;
                    let drawn = Tensor::randint(generator, 0, first, shape(&sizes)?)?;
                    arguments.finish()?;
                    return Ok(Value::tensor(drawn.to_dtype(dtype.unwrap_or(DType::Int64))?));
                }
                None => (0, first, 2),
            };
            let sizes = shape(&arguments.sizes(at, "size")?)?;
            Tensor::randint(generator, low, high, sizes)?.to_dtype(dtype.unwrap_or(DType::Int64))?
        }
        "randperm" => {
            let count = shape(&[arguments.need(0, "n")?.as_int()?])?[0];
            Tensor::randperm(generator, count)?
        }
        "arange" => arange(&mut arguments, dtype)?,
        "linspace" => {
            let start = arguments.need(0, "start")?.as_float()?;
            let end = arguments.need(1, "end")?.as_float()?;
            let steps = shape(&[arguments.need(2, "steps")?.as_int()?])?[0];
            Tensor::linspace(start, end, steps, default)?
        }
        "eye" => {
            let rows = shape(&[arguments.need(0, "n")?.as_int()?])?[0];
            let columns = shape(&[arguments.whole(1, "m", rows as i64)?])?[0];
            shape(&[rows as i64, columns as i64])?;
            Tensor::eye(rows, columns)?.to_dtype(default)?
        }
        "normal" => {
            let (mean, deviation) = (arguments.number(0, "mean", 0.0)?, arguments.number(1, "std", 1.0)?);
            Tensor::normal(generator, shape(&arguments.sizes(2, "size")?)?, mean, deviation, default)?
        }
        _ => {
            let like = arguments.need(0, "input")?.as_tensor()?;
            let (sizes, dtype) = (like.shape().to_vec(), dtype.unwrap_or(like.dtype()));
            match name {
                "zeros_like" | "empty_like" => Tensor::full(sizes, 0.0, dtype)?,
                "ones_like" => Tensor::full(sizes, 1.0, dtype)?,
                "full_like" => Tensor::full(sizes, arguments.need(1, "fill_value")?.as_float()?, dtype)?,
                "rand_like" => random(generator, "rand", sizes, dtype)?,
                _ => random(generator, "randn", sizes, dtype)?,
            }
        }
    };
    arguments.finish()?;
    Ok(Value::tensor(if requires_grad { tensor.requires_grad_(true)? } else { tensor }))
}

fn random(generator: &mut Generator, name: &str, sizes: Vec<usize>, dtype: DType) -> PyResult<Tensor> {
    Ok(match name {
        "rand" => Tensor::uniform(generator, sizes, 0.0, 1.0, dtype)?,
        _ => Tensor::normal(generator, sizes, 0.0, 1.0, dtype)?,
    })
}

fn arange(arguments: &mut Arguments, dtype: Option<DType>) -> PyResult<Tensor> {
    let first = arguments.need(0, "end")?;
    let (start, end) = match arguments.take(1, "end") {
        Some(end) => (first, end),
        None => (Value::Int(0), first),
    };
    let step = arguments.take(2, "step").unwrap_or(Value::Int(1));
    let whole = [&start, &end, &step].iter().all(|value| matches!(value, Value::Int(_)));
    let dtype = dtype.unwrap_or(if whole { DType::Int64 } else { DType::Float32 });
    let (start, end, step) = (start.as_float()?, end.as_float()?, step.as_float()?);
    Ok(Tensor::arange(start, end, step, dtype)?)
}

/// Nested lists of numbers, in the dtype that their kinds ask for.
pub fn from_nested(data: &Value) -> PyResult<Tensor> {
    let mut sizes = Vec::new();
    let mut numbers = Vec::new();
    flatten(data, 0, &mut sizes, &mut numbers)?;
    let dtype = if numbers.is_empty() || numbers.iter().any(|number| matches!(number, Value::Float(_))) {
        DType::Float32
    } else if numbers.iter().all(|number| matches!(number, Value::Bool(_))) {
        DType::Bool
    } else {
        DType::Int64
    };
    let dtype = match data {
        Value::Tensor(variable) => variable.get().dtype(),
        _ => dtype,
    };
    build(&numbers, sizes, dtype)
}

/// Nested lists of numbers, in this dtype.
pub fn from_nested_as(data: &Value, dtype: DType) -> PyResult<Tensor> {
    let mut sizes = Vec::new();
    let mut numbers = Vec::new();
    flatten(data, 0, &mut sizes, &mut numbers)?;
    build(&numbers, sizes, dtype)
}

fn build(numbers: &[Value], sizes: Vec<usize>, dtype: DType) -> PyResult<Tensor> {
    if dtype == DType::Int64 {
        let numbers: Vec<i64> = numbers.iter().map(|number| number.as_float().map(|x| x as i64)).collect::<PyResult<_>>()?;
        return Ok(Tensor::from_vec(numbers, sizes)?);
    }
    let numbers: Vec<f64> = numbers.iter().map(Value::as_float).collect::<PyResult<_>>()?;
    Ok(Tensor::from_vec(numbers, sizes)?.to_dtype(dtype)?)
}

fn flatten(value: &Value, depth: usize, sizes: &mut Vec<usize>, numbers: &mut Vec<Value>) -> PyResult<()> {
    let items = match value {
        Value::List(_) | Value::Tuple(_) | Value::Size(_) => value.items()?,
        Value::Tensor(variable) if variable.get().dim() > 0 => value.items()?,
        Value::Tensor(variable) => {
            numbers.push(super::methods::item(&variable.get())?);
            return Ok(());
        }
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => {
            if depth < sizes.len() {
                return raise("ValueError", format!("expected sequence of length {} at dim {depth}", sizes[depth]));
            }
            numbers.push(value.clone());
            return Ok(());
        }
        other => return raise("TypeError", format!("new(): invalid data type '{}'", other.type_name())),
    };
    match sizes.get(depth) {
        None if numbers.is_empty() => sizes.push(items.len()),
        Some(&size) if size == items.len() => {}
        Some(&size) => {
            let message = format!("expected sequence of length {size} at dim {depth} (got {})", items.len());
            return raise("ValueError", message);
        }
        None => return raise("TypeError", "not a sequence"),
    }
    items.iter().try_for_each(|item| flatten(item, depth + 1, sizes, numbers))
}
