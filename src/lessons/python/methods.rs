//! Methods: those that only a tensor has (`backward`, `item`, the ones with an underscore), and those of layers,
//! optimizers and lists. Everything that is also a function of `torch` is in `tensor_functions`.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::operators::beside;
use super::value::{PyResult, Value, Variable, raise};
use super::variable::Written;
use super::{autograd, functions, names, tensor_functions, views};
use crate::autograd::BackwardOptions;
use crate::dtype::DType;
use crate::tensor::{Index, Tensor, grad_enabled};
use std::rc::Rc;

const METHODS: [&str; 32] = [
    "backward",
    "item",
    "tolist",
    "size",
    "dim",
    "numel",
    "element_size",
    "requires_grad_",
    "retain_grad",
    "detach_",
    "clone",
    "float",
    "double",
    "long",
    "bool",
    "to",
    "cpu",
    "type",
    "zero_",
    "fill_",
    "contiguous",
    "uniform_",
    "normal_",
    "random_",
    "copy_",
    "new_zeros",
    "numpy",
    "is_contiguous",
    "stride",
    "storage_offset",
    "data_ptr",
    "new_ones",
];

/// Whether a tensor has this method.
pub fn knows(name: &str) -> bool {
    METHODS.contains(&name)
        || tensor_functions::knows_method(name)
        || name.strip_suffix('_').is_some_and(names::knows_written_method)
}

/// `receiver.name(...)`
pub fn call(
    interpreter: &mut Interpreter,
    receiver: &Value,
    name: &str,
    arguments: Vec<Value>,
    named: Vec<(String, Value)>,
) -> PyResult {
    match receiver {
        Value::Tensor(variable) => of_tensor(interpreter, variable, name, arguments, named),
        Value::Module(module) => {
            let result = module.method(interpreter, name, arguments, named)?;
            // `net.train()` and its kin return the network.
            Ok(if ["train", "eval", "requires_grad_"].contains(&name) { receiver.clone() } else { result })
        }
        Value::Optimizer(optimizer) => {
            let mut arguments = Arguments::new(name, arguments, named);
            let group = if name == "add_param_group" { Some(arguments.need(0, "param_group")?) } else { None };
            let forget = arguments.flag(if name == "zero_grad" { 0 } else { usize::MAX }, "set_to_none", true)?;
            arguments.finish()?;
            match (name, group) {
                (_, Some(group)) => optimizer.add_group(&group)?,
                ("step", _) => optimizer.step(interpreter)?,
                _ => optimizer.zero_grad(forget)?,
            }
            Ok(Value::None)
        }
        Value::Dict(dict) => dict.method(name, Arguments::new(name, arguments, named)),
        Value::Scheduler(scheduler) => scheduler.method(name, Arguments::new(name, arguments, named)),
        Value::List(items) => {
            let mut arguments = Arguments::new(name, arguments, named);
            let item = arguments.need(0, "object")?;
            arguments.finish()?;
            items.borrow_mut().push(item);
            Ok(Value::None)
        }
        Value::Size(sizes) => Ok(Value::Int(sizes.iter().product::<usize>() as i64)),
        other => raise("AttributeError", format!("'{}' object has no attribute '{name}'", other.type_name())),
    }
}

/// The one number of a tensor, as a Python number.
pub fn item(tensor: &Tensor) -> PyResult {
    let number = tensor.item()?;
    Ok(match tensor.dtype() {
        DType::Int64 => Value::Int(number as i64),
        DType::Bool => Value::Bool(number != 0.0),
        DType::Float32 | DType::Float64 => Value::Float(number),
    })
}

/// `x.to(dtype)`: itself, if that is its dtype.
fn in_dtype(variable: &Rc<Variable>, dtype: DType) -> PyResult {
    let tensor = variable.get();
    Ok(match tensor.dtype() == dtype {
        true => Value::Tensor(variable.clone()),
        false => Value::tensor(tensor.to_dtype(dtype)?),
    })
}

/// Another tensor of the same elements, which gradients flow through.
fn with_history(tensor: &Tensor) -> PyResult<Tensor> {
    Ok(if tensor.dtype().is_floating() { tensor.affine(1.0, 0.0)? } else { tensor.detach() })
}

fn copied(tensor: &Tensor) -> PyResult {
    Ok(Value::named(with_history(tensor)?, "CloneBackward0"))
}

fn of_tensor(
    interpreter: &mut Interpreter,
    variable: &Rc<Variable>,
    name: &str,
    rest: Vec<Value>,
    named: Vec<(String, Value)>,
) -> PyResult {
    if !METHODS.contains(&name) {
        let receiver = Value::Tensor(variable.clone());
        let reads: Vec<Value> = rest.clone();
        if tensor_functions::knows_method(name) {
            return tensor_functions::call(interpreter, name, Interpreter::arguments(name, receiver, rest, named));
        }
        variable.refuse_unasked_history()?;
        let plain = name.trim_end_matches('_');
        if let Some(grad_fn) = views::in_place_name(plain, rest.len() + named.len()) {
            let arguments = Interpreter::arguments(name, receiver.clone(), rest, named);
            views::turn(plain, variable, arguments, grad_fn)?;
            interpreter.track(variable);
            return Ok(receiver);
        }
        let result =
            tensor_functions::call(interpreter, plain, Interpreter::arguments(name, receiver.clone(), rest, named))?;
        for read in &reads {
            if let Value::Tensor(read) = read {
                variable.refuse_overlap(read)?;
            }
        }
        // What these write stands at its place already, or is the same for all.
        let written = if ["masked_fill", "tril", "triu"].contains(&plain) { Written::Number } else { Written::Elements };
        interpreter.write_in_place(variable, &result.as_tensor()?, written)?;
        return Ok(receiver);
    }
    if name.ends_with('_') {
        variable.refuse_unasked_history()?;
    }
    let tensor = variable.get();
    let mut arguments = Arguments::new(name, rest, named);
    let value = match name {
        "backward" => {
            let gradient = match arguments.take(0, "gradient") {
                None | Some(Value::None) => None,
                Some(value) => Some(value.as_tensor()?),
            };
            let retain_graph = arguments.flag(1, "retain_graph", false)?;
            let create_graph = arguments.flag(2, "create_graph", false)?;
            arguments.finish()?;
            autograd::backward(interpreter, &tensor, BackwardOptions { gradient, retain_graph, create_graph })?;
            return Ok(Value::None);
        }
        "item" => item(&tensor)?,
        "tolist" => functions::to_list(&tensor)?,
        "size" => match arguments.take(0, "dim") {
            None => Value::Size(tensor.shape().to_vec()),
            Some(dim) => Value::Int(tensor.shape()[existing_axis(&tensor, dim)?] as i64),
        },
        "dim" => Value::Int(tensor.dim() as i64),
        "numel" => Value::Int(tensor.numel() as i64),
        "element_size" => Value::Int(tensor.dtype().width() as i64),
        "is_contiguous" => Value::Bool(variable.layout().is_contiguous()),
        "stride" => {
            let strides = variable.layout().strides;
            match arguments.take(0, "dim") {
                Some(dim) => Value::Int(strides[existing_axis(&tensor, dim)?] as i64),
                None => Value::tuple(strides.iter().map(|&stride| Value::Int(stride as i64)).collect()),
            }
        }
        "storage_offset" => Value::Int(variable.layout().offset as i64),
        "data_ptr" => Value::Int(variable.address()),
        "requires_grad_" => {
            tensor.requires_grad_(arguments.flag(0, "requires_grad", true)?)?;
            interpreter.track(variable);
            Value::Tensor(variable.clone())
        }
        "retain_grad" => {
            tensor.retain_grad()?;
            interpreter.track(variable);
            Value::None
        }
        "detach_" => {
            variable.forget_history()?;
            Value::Tensor(variable.clone())
        }
        "clone" => copied(&tensor)?,
        "float" => in_dtype(variable, DType::Float32)?,
        "double" => in_dtype(variable, DType::Float64)?,
        "long" => in_dtype(variable, DType::Int64)?,
        "bool" => in_dtype(variable, DType::Bool)?,
        "to" | "type" => match arguments.need(0, "device")? {
            Value::DType(dtype) => in_dtype(variable, dtype)?,
            Value::Device(device) | Value::Text(device) if &*device != "cpu" => {
                return raise("RuntimeError", format!("the cells of this page compute on the CPU, not on {device}"));
            }
            _ => Value::Tensor(variable.clone()),
        },
        "cpu" => Value::Tensor(variable.clone()),
        "contiguous" if variable.layout().is_contiguous() => Value::Tensor(variable.clone()),
        "contiguous" => copied(&tensor)?,
        "numpy" if tensor.requires_grad() && grad_enabled() => {
            let message = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.";
            return raise("RuntimeError", message);
        }
        "numpy" => Value::Tensor(variable.shared(true)),
        "copy_" => {
            let from = arguments.need(0, "src")?;
            arguments.finish()?;
            if let Value::Tensor(read) = &from {
                variable.refuse_overlap(read)?;
            }
            let filled = from.as_tensor()?.to_dtype(tensor.dtype())?.broadcast_to(tensor.shape().clone())?;
            let filled = tensor.index_put(&[Index::Ellipsis], &filled)?.named("CopyBackwards");
            interpreter.write_in_place(variable, &filled, Written::Elements)?;
            return Ok(Value::Tensor(variable.clone()));
        }
        "zero_" | "fill_" => {
            // A tensor of one number is copied.
            let (value, made, written) = match name {
                "zero_" => (Value::Int(0), "ZeroBackward0", Written::Number),
                _ => match arguments.need(0, "value")? {
                    Value::Tensor(value) if value.get().dim() > 0 => {
                        let axes = value.get().dim();
                        let message =
                            format!("fill_ only supports 0-dimension value tensor but got tensor with {axes} dimensions.");
                        return raise("RuntimeError", message);
                    }
                    value @ Value::Tensor(_) => (value, "FillBackward3", Written::Elements),
                    value => (value, "FillBackward2", Written::Number),
                },
            };
            arguments.finish()?;
            let filled = tensor.index_put(&[Index::Ellipsis], &beside(&value, &tensor)?)?.named(made);
            interpreter.write_in_place(variable, &filled, written)?;
            return Ok(Value::Tensor(variable.clone()));
        }
        "uniform_" | "normal_" | "random_" => {
            let drawn = super::initialise::draw(interpreter, name, &tensor, &mut arguments)?;
            arguments.finish()?;
            let made = match name {
                "uniform_" => "UniformBackward0",
                "normal_" => "NormalBackward0",
                _ => "RandomBackward0",
            };
            let drawn = tensor.index_put(&[Index::Ellipsis], &drawn)?.named(made);
            interpreter.write_in_place(variable, &drawn, Written::Elements)?;
            return Ok(Value::Tensor(variable.clone()));
        }
        "new_zeros" | "new_ones" => {
            let sizes: Vec<usize> = arguments.sizes(0, "size")?.iter().map(|&size| size.max(0) as usize).collect();
            Value::tensor(Tensor::full(sizes, f64::from(u8::from(name == "new_ones")), tensor.dtype())?)
        }
        _ => return raise("NotImplementedError", format!("this page does not know Tensor.{name}")),
    };
    arguments.finish()?;
    Ok(value)
}

/// The axis that `dim` names; unlike where an axis is summed over, a tensor without axes has none.
fn existing_axis(tensor: &Tensor, dim: Value) -> PyResult<usize> {
    let dim = dim.as_int()?;
    if tensor.dim() == 0 {
        return raise("IndexError", format!("Dimension specified as {dim} but tensor has no dimensions"));
    }
    Ok(tensor.shape().axis(dim)?)
}
