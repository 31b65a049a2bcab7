//! What `torch.nn.functional` has for layers: linear, convolution, pooling, dropout, one-hot.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, raise};
use crate::tensor::{Conv2dSize, Tensor};

/// Calls one of them, if `name` is one.
pub fn call(interpreter: &mut Interpreter, name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    Ok(Some(Value::tensor(match name {
        "linear" => {
            let weight = arguments.need(1, "weight")?.as_tensor()?;
            x.linear(&weight, optional(arguments, 2, "bias")?.as_ref())?
        }
        "conv2d" => {
            let weight = arguments.need(1, "weight")?.as_tensor()?;
            let bias = optional(arguments, 2, "bias")?;
            x.conv2d(&weight, bias.as_ref(), convolution_size(arguments, 3)?)?
        }
        "max_pool2d" | "avg_pool2d" => {
            let (kernel, stride, padding) = pool_size(arguments, 1)?;
            if name == "max_pool2d" {
                x.max_pool2d(kernel, stride, padding)?
            } else {
                x.avg_pool2d(kernel, stride, padding)?
            }
        }
        "dropout" => {
            let p = arguments.number(1, "p", 0.5)?;
            if !arguments.flag(2, "training", true)? {
                return Ok(Some(Value::tensor(x.clone())));
            }
            x.dropout(&mut interpreter.generator, p)?
        }
        "one_hot" => {
            let classes = match arguments.whole(1, "num_classes", -1)? {
                -1 => None,
                classes => Some(usize::try_from(classes).unwrap_or(0)),
            };
            x.one_hot(classes)?
        }
        _ => return Ok(None),
    })))
}

fn optional(arguments: &mut Arguments, position: usize, name: &str) -> PyResult<Option<Tensor>> {
    match arguments.take(position, name) {
        None | Some(Value::None) => Ok(None),
        Some(value) => value.as_tensor().map(Some),
    }
}

/// `stride`, `padding`, `dilation` from `position` on.
pub fn convolution_size(arguments: &mut Arguments, position: usize) -> PyResult<Conv2dSize> {
    Ok(Conv2dSize {
        stride: square(arguments, position, "stride", 1, 0)?,
        padding: square(arguments, position + 1, "padding", 0, 0)?,
        dilation: square(arguments, position + 2, "dilation", 1, 0)?,
    })
}

/// `kernel_size`, `stride`, `padding` from `position` on.
pub fn pool_size(arguments: &mut Arguments, position: usize) -> PyResult<(usize, usize, usize)> {
    if arguments.flag(usize::MAX, "ceil_mode", false)? {
        return raise("NotImplementedError", "this page rounds sizes down: it does not know ceil_mode=True");
    }
    let kernel = arguments.need(position, "kernel_size")?;
    let kernel = side(&kernel, "kernel_size", 1)?;
    let stride = square(arguments, position + 1, "stride", kernel, 1)?;
    Ok((kernel, stride, square(arguments, position + 2, "padding", 0, 0)?))
}

fn square(arguments: &mut Arguments, position: usize, name: &str, default: usize, least: i64) -> PyResult<usize> {
    match arguments.take(position, name) {
        None | Some(Value::None) => Ok(default),
        Some(value) => side(&value, name, least),
    }
}

/// A number, or a pair of equal ones.
pub fn side(value: &Value, name: &str, least: i64) -> PyResult<usize> {
    let side = match value {
        Value::Tuple(_) | Value::List(_) => match value.items()?.as_slice() {
            [one] => one.as_int()?,
            [a, b] if a.as_int()? == b.as_int()? => a.as_int()?,
            _ => return raise("NotImplementedError", format!("this page knows square windows only: {name}")),
        },
        Value::Text(_) => return raise("NotImplementedError", format!("this page wants {name} as a number")),
        value => value.as_int()?,
    };
    match usize::try_from(side) {
        Ok(size) if side >= least && size <= 1 << 16 => Ok(size),
        _ => raise("RuntimeError", format!("{name} must be at least {least}, not {side}")),
    }
}
