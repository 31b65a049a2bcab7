//! What stands after a dot: the names of modules, and the attributes of tensors and layers.

use super::functions;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, raise};
use super::variable::Origin;
use super::{methods, views};
use crate::dtype::DType;
use std::rc::Rc;

const NAMESPACES: [&str; 11] = [
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.autograd",
    "torch.cuda",
    "torch.linalg",
    "numpy",
    "math",
];

const GRADIENT_WARNING: &str = "UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad \
    attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a \
    non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you \
    access the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.";

/// `import path`
pub fn import(path: &str) -> PyResult {
    if NAMESPACES.contains(&path) {
        return Ok(Value::Namespace(Rc::from(path)));
    }
    match path.rsplit_once('.') {
        Some((module, name)) if NAMESPACES.contains(&module) => member(module, name),
        _ => raise("ModuleNotFoundError", format!("this page has no module named '{path}'")),
    }
}

fn member(module: &str, name: &str) -> PyResult {
    let path = format!("{module}.{name}");
    if NAMESPACES.contains(&path.as_str()) {
        return Ok(Value::Namespace(Rc::from(path)));
    }
    let constant = match path.as_str() {
        "torch.float32" | "torch.float" => Some(Value::DType(DType::Float32)),
        "torch.float64" | "torch.double" => Some(Value::DType(DType::Float64)),
        "torch.int64" | "torch.long" => Some(Value::DType(DType::Int64)),
        "torch.bool" => Some(Value::DType(DType::Bool)),
        "torch.pi" | "math.pi" | "numpy.pi" => Some(Value::Float(std::f64::consts::PI)),
        "torch.e" | "math.e" => Some(Value::Float(std::f64::consts::E)),
        "torch.inf" | "math.inf" => Some(Value::Float(f64::INFINITY)),
        "torch.nan" | "math.nan" => Some(Value::Float(f64::NAN)),
        _ => None,
    };
    match constant {
        Some(constant) => Ok(constant),
        None if functions::knows(&path) => Ok(Value::Function(Rc::from(path))),
        None => raise("AttributeError", format!("this page does not know {path}")),
    }
}

/// `of.name`
pub fn get(interpreter: &mut Interpreter, of: &Value, name: &str) -> PyResult {
    let method = || Ok(Value::Method(Box::new(of.clone()), Rc::from(name)));
    match of {
        Value::Namespace(path) => member(path, name),
        Value::Tensor(variable) => {
            let tensor = variable.get();
            Ok(match name {
                "shape" => Value::Size(tensor.shape().to_vec()),
                "dtype" => Value::DType(tensor.dtype()),
                "device" => Value::Device(Rc::from("cpu")),
                "ndim" => Value::Int(tensor.dim() as i64),
                "requires_grad" => Value::Bool(tensor.requires_grad()),
                "is_leaf" => Value::Bool(tensor.is_leaf()),
                "data" => views::detached(variable, Origin::Data),
                "T" | "mT" => return views::turned(variable, name),
                "_version" => Value::Int(tensor.version() as i64),
                "grad" => {
                    if !tensor.retains_grad() {
                        interpreter.write(GRADIENT_WARNING);
                    }
                    variable.grad.borrow().clone().map_or(Value::None, Value::Tensor)
                }
                "grad_fn" => variable.grad_fn().map_or(Value::None, |name| Value::text(&format!("<{name}>"))),
                _ if methods::knows(name) => return method(),
                _ => return raise("AttributeError", format!("this page's Tensor has no attribute '{name}'")),
            })
        }
        Value::Found(_, both) if name == "values" => Ok(both[0].clone()),
        Value::Found(_, both) if name == "indices" => Ok(both[1].clone()),
        Value::Module(module) => module.attribute(name).map_or_else(method, Ok),
        Value::Optimizer(optimizer) if name == "param_groups" => {
            Ok(Value::list(optimizer.groups().iter().map(|group| Value::Dict(group.entries.clone())).collect()))
        }
        Value::Scheduler(scheduler) if name == "last_epoch" => Ok(Value::Int(scheduler.epoch())),
        Value::Scheduler(_) if ["step", "get_last_lr"].contains(&name) => method(),
        Value::Optimizer(_) if ["step", "zero_grad", "add_param_group"].contains(&name) => method(),
        Value::List(_) if name == "append" => method(),
        Value::Dict(_) if ["keys", "values", "items", "get"].contains(&name) => method(),
        Value::Device(device) if name == "type" => Ok(Value::Text(device.clone())),
        Value::Size(_) if name == "numel" => method(),
        other => raise("AttributeError", format!("'{}' object has no attribute '{name}'", other.type_name())),
    }
}

/// `of.name = value`
pub fn store(of: &Value, name: &str, value: Value) -> PyResult<()> {
    match (of, name, value) {
        (Value::Tensor(variable), "grad", Value::None) => *variable.grad.borrow_mut() = None,
        (Value::Tensor(variable), "grad", Value::Tensor(gradient)) => variable.set_grad(&gradient)?,
        (Value::Tensor(_), "grad", other) => {
            let message =
                format!("assigned grad expected to be a Tensor or None but got grad of type {}", other.type_name());
            return raise("TypeError", message);
        }
        (Value::Tensor(variable), "requires_grad", value) => {
            variable.get().requires_grad_(value.truth()?)?;
        }
        (Value::Tensor(variable), "data", Value::Tensor(data)) => {
            variable.set_data(&data)?;
        }
        (of, name, _) => {
            return raise("AttributeError", format!("this page does not assign to '{name}' of {}", of.type_name()));
        }
    }
    Ok(())
}
