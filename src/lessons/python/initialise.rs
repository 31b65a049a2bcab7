//! `torch.nn.init`, and the methods that fill a tensor with draws: in place, by PyTorch's own generator.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, raise};
use super::variable::Written;
use crate::dtype::DType;
use crate::tensor::{Tensor, no_grad};

const NAMES: [&str; 10] = [
    "eye_",
    "uniform_",
    "normal_",
    "constant_",
    "zeros_",
    "ones_",
    "xavier_uniform_",
    "xavier_normal_",
    "kaiming_uniform_",
    "kaiming_normal_",
];

/// Whether `torch.nn.init.x` is one of these.
pub fn knows(path: &str) -> bool {
    path.strip_prefix("torch.nn.init.").is_some_and(|name| NAMES.contains(&name))
}

/// `nn.init.kaiming_normal_(tensor)` and the like: fills the tensor and returns it.
pub fn call(interpreter: &mut Interpreter, path: &str, mut arguments: Arguments) -> PyResult {
    let of = arguments.need(0, "tensor")?;
    let Value::Tensor(variable) = &of else {
        return raise("TypeError", format!("expected a Tensor, not {}", of.type_name()));
    };
    let present = variable.get();
    let name = path.rsplit('.').next().unwrap_or(path);
    let filled = match name {
        "zeros_" => present.detach().zeros_like()?,
        "ones_" => present.detach().ones_like()?,
        "constant_" => present.detach().full_like(arguments.need(1, "val")?.as_float()?)?,
        "uniform_" => {
            let (low, high) = (arguments.number(1, "a", 0.0)?, arguments.number(2, "b", 1.0)?);
            uniform(interpreter, &present, low, high)?
        }
        "eye_" => match present.shape()[..] {
            [rows, columns] => Tensor::eye(rows, columns)?.to_dtype(present.dtype())?,
            _ => return raise("ValueError", "Only tensors with 2 dimensions are supported"),
        },
        "normal_" => {
            let (mean, deviation) = (arguments.number(1, "mean", 0.0)?, arguments.number(2, "std", 1.0)?);
            normal(interpreter, &present, mean, deviation)?
        }
        _ => by_fans(interpreter, name, &present, &mut arguments)?,
    };
    arguments.finish()?;
    let written = if ["zeros_", "ones_", "constant_"].contains(&name) { Written::Number } else { Written::Elements };
    no_grad(|| interpreter.write_in_place(variable, &filled, written))?;
    Ok(of)
}

/// `x.uniform_(low, high)`, `x.normal_(mean, std)`, `x.random_(low, high)`: the new elements.
pub fn draw(interpreter: &mut Interpreter, name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Tensor> {
    match name {
        "uniform_" => {
            let (low, high) = (arguments.number(0, "from", 0.0)?, arguments.number(1, "to", 1.0)?);
            uniform(interpreter, x, low, high)
        }
        "normal_" => {
            let (mean, deviation) = (arguments.number(0, "mean", 0.0)?, arguments.number(1, "std", 1.0)?);
            normal(interpreter, x, mean, deviation)
        }
        _ => {
            let first = arguments.need(0, "from")?.as_int()?;
            let (low, high) = match arguments.take(1, "to") {
                Some(high) => (first, high.as_int()?),
                None => (0, first),
            };
            Ok(Tensor::randint(&mut interpreter.generator, low, high, x.shape().clone())?.to_dtype(x.dtype())?)
        }
    }
}

fn uniform(interpreter: &mut Interpreter, like: &Tensor, low: f64, high: f64) -> PyResult<Tensor> {
    Ok(Tensor::uniform(&mut interpreter.generator, like.shape().clone(), low, high, like.dtype())?)
}

fn normal(interpreter: &mut Interpreter, like: &Tensor, mean: f64, deviation: f64) -> PyResult<Tensor> {
    Ok(Tensor::normal(&mut interpreter.generator, like.shape().clone(), mean, deviation, like.dtype())?)
}

/// Xavier's and Kaiming's: the spread follows from how many inputs and outputs a unit has.
fn by_fans(interpreter: &mut Interpreter, name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Tensor> {
    // PyTorch looks at the mode first.
    if let (Some(Value::Text(mode)), true) = (arguments.look(2, "mode"), name.starts_with("kaiming"))
        && !["fan_in", "fan_out"].contains(&&**mode)
    {
        return raise("ValueError", format!("Mode {mode} not supported, please use one of ['fan_in', 'fan_out']"));
    }
    if x.dim() < 2 || x.dtype() == DType::Int64 {
        return raise("ValueError", "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
    }
    let window: usize = x.shape()[2..].iter().product();
    let (fan_in, fan_out) = ((x.shape()[1] * window) as f64, (x.shape()[0] * window) as f64);
    let deviation = if name.starts_with("xavier") {
        arguments.number(1, "gain", 1.0)? * (2.0 / (fan_in + fan_out)).sqrt()
    } else {
        let slope = arguments.number(1, "a", 0.0)?;
        let mode = arguments.take(2, "mode");
        let fan = match &mode {
            Some(Value::Text(text)) if &**text == "fan_out" => fan_out,
            _ => fan_in,
        };
        let gain = match arguments.take(3, "nonlinearity") {
            None => (2.0 / (1.0 + slope * slope)).sqrt(),
            Some(Value::Text(text)) => match &*text {
                "leaky_relu" => (2.0 / (1.0 + slope * slope)).sqrt(),
                "relu" => 2f64.sqrt(),
                "tanh" => 5.0 / 3.0,
                "linear" | "sigmoid" | "conv2d" => 1.0,
                "selu" => 0.75,
                other => return raise("ValueError", format!("Unsupported nonlinearity {other}")),
            },
            Some(other) => return raise("ValueError", format!("Unsupported nonlinearity {}", other.show()?)),
        };
        gain / fan.sqrt()
    };
    if name.ends_with("uniform_") {
        let bound = 3f64.sqrt() * deviation;
        return uniform(interpreter, x, -bound, bound);
    }
    normal(interpreter, x, 0.0, deviation)
}
