//! What `torch.nn.functional` has for layers: linear, convolution, pooling, dropout, one-hot.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, raise};
use crate::tensor::{Conv2dWindow, Padding, Pool2dWindow, Tensor};

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
            x.conv2d_window(&weight, bias.as_ref(), &convolution_window(arguments, 3)?)?
        }
        "max_pool2d" | "avg_pool2d" => {
            let window = pool_window(arguments, 1, name == "avg_pool2d")?;
            if name == "max_pool2d" { x.max_pool2d_window(&window)? } else { x.avg_pool2d_window(&window)? }
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

/// `stride`, `padding`, `dilation`, `groups` from `position` on.
pub fn convolution_window(arguments: &mut Arguments, position: usize) -> PyResult<Conv2dWindow> {
    let stride = pair_or(arguments.take(position, "stride"), "stride", [1, 1], 0)?;
    let padding = match arguments.take(position + 1, "padding") {
        Some(Value::Text(text)) => match &*text {
            "same" => Padding::Same,
            "valid" => Padding::Sizes([0, 0]),
            other => {
                return raise(
                    "ValueError",
                    format!("Invalid padding string '{other}', should be one of {{'valid', 'same'}}"),
                );
            }
        },
        other => Padding::Sizes(pair_or(other, "padding", [0, 0], 0)?),
    };
    let dilation = pair_or(arguments.take(position + 2, "dilation"), "dilation", [1, 1], 0)?;
    let groups = usize::try_from(arguments.whole(position + 3, "groups", 1)?).unwrap_or(0);
    Ok(Conv2dWindow { stride, padding, dilation, groups })
}

/// `kernel_size`, `stride`, `padding` and the other options from `position` on, in the order that means or maxima have them.
pub fn pool_window(arguments: &mut Arguments, position: usize, mean: bool) -> PyResult<Pool2dWindow> {
    let kernel = pair(&arguments.need(position, "kernel_size")?, "kernel_size", 1)?;
    let mut window = Pool2dWindow::new(kernel);
    window.stride = pair_or(arguments.take(position + 1, "stride"), "stride", kernel, 1)?;
    window.padding = pair_or(arguments.take(position + 2, "padding"), "padding", [0, 0], 0)?;
    if mean {
        window.ceil_mode = arguments.flag(position + 3, "ceil_mode", false)?;
        window.count_include_pad = arguments.flag(position + 4, "count_include_pad", true)?;
        window.divisor = match arguments.take(position + 5, "divisor_override") {
            None | Some(Value::None) => None,
            Some(value) => Some(usize::try_from(value.as_int()?).unwrap_or(0)),
        };
    } else {
        window.dilation = pair_or(arguments.take(position + 3, "dilation"), "dilation", [1, 1], 1)?;
        window.ceil_mode = arguments.flag(usize::MAX, "ceil_mode", false)?;
    }
    Ok(window)
}

fn pair_or(value: Option<Value>, name: &str, default: [usize; 2], least: i64) -> PyResult<[usize; 2]> {
    match value {
        None | Some(Value::None) => Ok(default),
        Some(value) => pair(&value, name, least),
    }
}

/// A number for both directions, or one for each: down and across.
pub fn pair(value: &Value, name: &str, least: i64) -> PyResult<[usize; 2]> {
    let side = |side: i64| match usize::try_from(side) {
        Ok(size) if side >= least && size <= 1 << 16 => Ok(size),
        _ => raise("RuntimeError", format!("{name} must be at least {least}, not {side}")),
    };
    match value {
        Value::Tuple(_) | Value::List(_) => match value.items()?.as_slice() {
            [one] => Ok([side(one.as_int()?)?; 2]),
            [down, across] => Ok([side(down.as_int()?)?, side(across.as_int()?)?]),
            _ => raise("RuntimeError", format!("{name} must be a single int or a tuple of two ints")),
        },
        value => Ok([side(value.as_int()?)?; 2]),
    }
}
