//! Calls: Python's own functions, the makers of tensors, and who takes care of the rest.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, Variable, raise};
use super::{autograd, initialise, make, methods, modules, schedulers, tensor_functions};
use crate::dtype::DType;
use crate::random::Generator;
use crate::tensor::Tensor;

/// Python's functions that need no import.
pub const BUILTINS: [&str; 16] = [
    "print",
    "range",
    "len",
    "sum",
    "round",
    "abs",
    "min",
    "max",
    "float",
    "int",
    "list",
    "tuple",
    "zip",
    "enumerate",
    "type",
    "bool",
];

/// Whether `path`, such as `torch.zeros`, can be called.
pub fn knows(path: &str) -> bool {
    const MATH: [&str; 5] = ["math.sqrt", "math.exp", "math.log", "math.log2", "math.tanh"];
    const OTHERS: [&str; 10] = [
        "torch.no_grad",
        "torch.enable_grad",
        "torch.set_grad_enabled",
        "torch.is_grad_enabled",
        "torch.manual_seed",
        "torch.device",
        "torch.cuda.is_available",
        "torch.autograd.grad",
        "torch.from_numpy",
        "numpy.array",
    ];
    MATH.contains(&path)
        || OTHERS.contains(&path)
        || make::knows(path)
        || initialise::knows(path)
        || modules::knows(path)
        || schedulers::knows(path)
        || tensor_functions::knows_path(path)
}

/// `function(arguments, named)`
pub fn call(
    interpreter: &mut Interpreter,
    function: &Value,
    arguments: Vec<Value>,
    named: Vec<(String, Value)>,
) -> PyResult {
    match function {
        Value::Function(path) => by_path(interpreter, path, Arguments::new(path, arguments, named)),
        Value::Method(receiver, name) => methods::call(interpreter, receiver, name, arguments, named),
        Value::Module(module) => module.call(interpreter, arguments, named),
        other => raise("TypeError", format!("'{}' object is not callable", other.type_name())),
    }
}

fn by_path(interpreter: &mut Interpreter, path: &str, mut arguments: Arguments) -> PyResult {
    let value = match path {
        "torch.no_grad" => Value::GradMode(false),
        "torch.enable_grad" => Value::GradMode(true),
        "torch.set_grad_enabled" => Value::GradMode(arguments.need(0, "mode")?.truth()?),
        "torch.is_grad_enabled" => Value::Bool(crate::tensor::grad_enabled()),
        "torch.manual_seed" => {
            interpreter.generator = Generator::new(arguments.need(0, "seed")?.as_int()? as u64);
            arguments.finish()?;
            return Ok(Value::None);
        }
        "torch.device" => match arguments.need(0, "device")? {
            Value::Text(name) => Value::Device(name),
            other => return raise("TypeError", format!("device: expected a str, not {}", other.type_name())),
        },
        // The cells compute on the page's own thread.
        "torch.cuda.is_available" => Value::Bool(false),
        "torch.autograd.grad" => return autograd::grad_of(arguments),
        "numpy.array" => {
            let value = arguments.need(0, "object")?;
            arguments.finish()?;
            return numpy_array(&value);
        }
        "torch.from_numpy" => match arguments.need(0, "array")? {
            Value::Tensor(array) if array.numpy => Value::Tensor(array.shared(false)),
            other => return raise("TypeError", format!("expected np.ndarray (got {})", other.type_name())),
        },
        _ if initialise::knows(path) => return initialise::call(interpreter, path, arguments),
        _ if path.starts_with("math.") => {
            let x = arguments.need(0, "x")?.as_float()?;
            Value::Float(match path {
                "math.sqrt" => x.sqrt(),
                "math.exp" => x.exp(),
                "math.log" => x.ln(),
                "math.log2" => x.log2(),
                _ => x.tanh(),
            })
        }
        _ if make::knows(path) => return make::call(interpreter, path, arguments),
        _ if schedulers::knows(path) => return schedulers::make(path, arguments),
        _ if modules::knows(path) => return modules::make(interpreter, path, arguments),
        _ if BUILTINS.contains(&path) => return builtin(interpreter, path, arguments),
        // `torch.relu_(x)` is `x.relu_()`.
        _ if path.ends_with('_') => {
            let name = path.rsplit('.').next().unwrap_or(path);
            let receiver = arguments.need(0, "input")?;
            let (rest, named) = arguments.rest();
            return methods::call(interpreter, &receiver, name, rest, named);
        }
        _ => {
            let name = path.rsplit('.').next().unwrap_or(path);
            return tensor_functions::call(interpreter, name, arguments);
        }
    };
    arguments.finish()?;
    Ok(value)
}

/// NumPy's decimals are float64.
fn numpy_array(value: &Value) -> PyResult {
    let tensor = make::from_nested(value)?;
    let tensor = if tensor.dtype() == DType::Float32 { make::from_nested_as(value, DType::Float64)? } else { tensor };
    Ok(Value::Tensor(Variable::numpy(tensor)))
}

fn builtin(interpreter: &mut Interpreter, name: &str, mut arguments: Arguments) -> PyResult {
    let value = match name {
        "print" => {
            let count = arguments.count();
            let mut words = Vec::with_capacity(count);
            for at in 0..count {
                words.push(arguments.need(at, "value")?.show()?);
            }
            let separator = match arguments.take(usize::MAX, "sep") {
                Some(Value::Text(text)) => text.to_string(),
                _ => " ".to_owned(),
            };
            interpreter.write(&words.join(&separator));
            Value::None
        }
        "range" => {
            let first = arguments.need(0, "stop")?.as_int()?;
            match arguments.take(1, "stop") {
                None => Value::Range(0, first, 1),
                Some(stop) => Value::Range(first, stop.as_int()?, arguments.whole(2, "step", 1)?),
            }
        }
        "len" => match arguments.need(0, "obj")? {
            Value::Tensor(variable) => match variable.get().shape().first() {
                Some(&rows) => Value::Int(rows as i64),
                None => return raise("TypeError", "len() of a 0-d tensor"),
            },
            Value::Module(module) => Value::Int(module.children().len() as i64),
            other => Value::Int(other.items()?.len() as i64),
        },
        "sum" => {
            let items = arguments.need(0, "iterable")?.items()?;
            let mut total = arguments.take(1, "start").unwrap_or(Value::Int(0));
            for item in items {
                total = super::operators::binary(&total, super::syntax::BinaryOperator::Add, &item)?;
            }
            total
        }
        "round" => {
            let x = arguments.need(0, "number")?.as_float()?;
            match arguments.take(1, "ndigits") {
                None => Value::Int(x.round_ties_even() as i64),
                // Through the decimal digits, as Python rounds.
                Some(digits) => {
                    let digits = digits.as_int()?.clamp(0, 17) as usize;
                    Value::Float(format!("{x:.digits$}").parse().unwrap_or(x))
                }
            }
        }
        "abs" => match arguments.need(0, "x")? {
            Value::Int(x) => Value::Int(x.abs()),
            Value::Float(x) => Value::Float(x.abs()),
            other => Value::tensor(other.as_tensor()?.abs()?),
        },
        "min" | "max" => extreme(name, &mut arguments)?,
        "float" => match arguments.need(0, "x")? {
            Value::Text(text) => match text.trim().parse() {
                Ok(number) => Value::Float(number),
                Err(_) => return raise("ValueError", format!("could not convert string to float: '{text}'")),
            },
            value => Value::Float(value.as_float()?),
        },
        "int" => Value::Int(arguments.need(0, "x")?.as_float()? as i64),
        "bool" => Value::Bool(arguments.need(0, "x")?.truth()?),
        "list" => Value::list(arguments.need(0, "iterable")?.items()?),
        "tuple" => Value::tuple(arguments.need(0, "iterable")?.items()?),
        "zip" => {
            let left = arguments.need(0, "iterable")?.items()?;
            let right = arguments.need(1, "iterable")?.items()?;
            Value::list(left.into_iter().zip(right).map(|(a, b)| Value::tuple(vec![a, b])).collect())
        }
        "enumerate" => {
            let items = arguments.need(0, "iterable")?.items()?;
            let pair = |(at, item)| Value::tuple(vec![Value::Int(at as i64), item]);
            Value::list(items.into_iter().enumerate().map(pair).collect())
        }
        _ => {
            let value = arguments.need(0, "object")?;
            let class = match &value {
                Value::Tensor(_) => "torch.Tensor",
                other => other.type_name(),
            };
            Value::text(&format!("<class '{class}'>"))
        }
    };
    arguments.finish()?;
    Ok(value)
}

fn extreme(name: &str, arguments: &mut Arguments) -> PyResult {
    let items = match arguments.count() {
        1 => arguments.need(0, "iterable")?.items()?,
        count => (0..count).map(|at| arguments.need(at, "value")).collect::<PyResult<_>>()?,
    };
    let mut best: Option<Value> = None;
    for item in items {
        let better = match &best {
            None => true,
            Some(best) => (item.as_float()? > best.as_float()?) == (name == "max"),
        };
        if better {
            best = Some(item);
        }
    }
    best.map_or_else(|| raise("ValueError", format!("{name}() iterable argument is empty")), Ok)
}

/// A tensor's elements as nested Python lists: `x.tolist()`.
pub fn to_list(tensor: &Tensor) -> PyResult {
    if tensor.dim() == 0 {
        return methods::item(tensor);
    }
    let rows = 0..tensor.shape()[0] as i64;
    Ok(Value::list(rows.map(|row| to_list(&tensor.select(0, row)?)).collect::<PyResult<_>>()?))
}
