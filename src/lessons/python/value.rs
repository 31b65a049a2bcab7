//! What a variable of a cell can hold, and how each kind is printed.

use super::dict::Dict;
pub use super::exception::{Exception, PyResult, raise};
use super::modules::Module;
use super::optimizers::Optimizer;
use super::schedulers::Scheduler;
pub use super::variable::Variable;
use crate::dtype::DType;
use crate::lessons::print;
use crate::tensor::{Scalar, Tensor};
use std::cell::RefCell;
use std::rc::Rc;

/// A value of the program.
#[derive(Clone)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
    Tuple(Rc<Vec<Value>>),
    /// `torch.return_types.max`: values and indices.
    Found(&'static str, Rc<[Value; 2]>),
    /// `torch.Size`
    Size(Vec<usize>),
    /// `torch.float32`
    DType(DType),
    /// `torch.device`
    Device(Rc<str>),
    Tensor(Rc<Variable>),
    Module(Rc<Module>),
    Optimizer(Rc<Optimizer>),
    Scheduler(Rc<Scheduler>),
    /// `{key: value}`
    Dict(Rc<Dict>),
    /// `torch`, `torch.nn`: what stands before a dot.
    Namespace(Rc<str>),
    /// `torch.zeros`, `print`
    Function(Rc<str>),
    /// `x.sum`, waiting for its parentheses.
    Method(Box<Value>, Rc<str>),
    /// `range(start, stop, step)`
    Range(i64, i64, i64),
    /// `torch.no_grad()`, `torch.enable_grad()`
    GradMode(bool),
}

impl Value {
    /// A tensor, as a new variable.
    pub fn tensor(tensor: Tensor) -> Value {
        Value::Tensor(Variable::new(tensor))
    }

    /// A tensor with PyTorch's name for its gradient function.
    pub fn named(tensor: Tensor, grad_fn: &'static str) -> Value {
        let variable = Variable::new(tensor);
        variable.grad_fn.set(Some(grad_fn));
        Value::Tensor(variable)
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(Rc::new(RefCell::new(items)))
    }

    /// A tuple.
    pub fn tuple(items: Vec<Value>) -> Value {
        Value::Tuple(Rc::new(items))
    }

    /// A text.
    pub fn text(text: &str) -> Value {
        Value::Text(Rc::from(text))
    }

    /// Python's name for its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "str",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Found(name, _) => name,
            Value::Size(_) => "torch.Size",
            Value::DType(_) => "torch.dtype",
            Value::Device(_) => "torch.device",
            Value::Tensor(variable) if variable.numpy => "numpy.ndarray",
            Value::Tensor(_) => "Tensor",
            Value::Module(module) => module.class_name(),
            Value::Optimizer(optimizer) => optimizer.class_name(),
            Value::Scheduler(scheduler) => scheduler.class_name(),
            Value::Dict(dict) => dict.class_name(),
            Value::Namespace(_) => "module",
            Value::Function(_) | Value::Method(..) => "builtin_function_or_method",
            Value::Range(..) => "range",
            Value::GradMode(false) => "no_grad",
            Value::GradMode(true) => "enable_grad",
        }
    }

    /// `repr(value)`: what an echo shows.
    pub fn repr(&self) -> PyResult<String> {
        let join = |items: &[Value]| items.iter().map(Value::repr).collect::<PyResult<Vec<_>>>().map(|all| all.join(", "));
        Ok(match self {
            Value::Text(text) => format!("'{text}'"),
            Value::List(items) => format!("[{}]", join(&items.borrow())?),
            Value::Tuple(items) => match items.as_slice() {
                [one] => format!("({},)", one.repr()?),
                items => format!("({})", join(items)?),
            },
            Value::Found(name, both) => {
                format!("torch.return_types.{name}(\nvalues={},\nindices={})", both[0].repr()?, both[1].repr()?)
            }
            Value::Device(name) => format!("device(type='{name}')"),
            Value::Function(name) => format!("<function {name}>"),
            Value::Method(_, name) => format!("<built-in method {name}>"),
            Value::Namespace(name) => format!("<module '{name}'>"),
            Value::Optimizer(optimizer) => optimizer.show()?,
            Value::Dict(dict) => dict.repr()?,
            Value::Scheduler(scheduler) => format!("<torch.optim.lr_scheduler.{}>", scheduler.class_name()),
            other => other.show()?,
        })
    }

    /// `str(value)`: what `print` shows.
    pub fn show(&self) -> PyResult<String> {
        Ok(match self {
            Value::None => "None".to_owned(),
            Value::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => print::float(*value),
            Value::Text(text) | Value::Device(text) => text.to_string(),
            Value::Size(sizes) => {
                format!("torch.Size([{}])", sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
            }
            Value::DType(dtype) => dtype.to_string(),
            Value::Tensor(variable) => variable.show()?,
            Value::Module(module) => module.show(),
            Value::Range(start, stop, 1) => format!("range({start}, {stop})"),
            Value::Range(start, stop, step) => format!("range({start}, {stop}, {step})"),
            Value::GradMode(_) => format!("<torch.{}>", self.type_name()),
            other => other.repr()?,
        })
    }

    /// Whether it counts as true; a tensor must hold one number.
    pub fn truth(&self) -> PyResult<bool> {
        Ok(match self {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::List(items) => !items.borrow().is_empty(),
            Value::Tuple(items) => !items.is_empty(),
            Value::Dict(dict) => dict.len() > 0,
            Value::Tensor(variable) => match variable.get().numel() {
                1 => variable.get().item()? != 0.0,
                0 => return raise("RuntimeError", "Boolean value of Tensor with no values is ambiguous"),
                _ => return raise("RuntimeError", "Boolean value of Tensor with more than one value is ambiguous"),
            },
            _ => true,
        })
    }

    /// As a tensor, if it is one.
    pub fn as_tensor(&self) -> PyResult<Tensor> {
        match self {
            Value::Tensor(variable) => Ok(variable.get()),
            other => raise("TypeError", format!("expected a Tensor, not {}", other.type_name())),
        }
    }

    /// As a number whose kind decides about dtypes; none for what is no number of Python's.
    pub fn as_scalar(&self) -> Option<Scalar> {
        match self {
            Value::Bool(value) => Some(Scalar::Bool(*value)),
            Value::Int(value) => Some(Scalar::Int(*value)),
            Value::Float(value) => Some(Scalar::Float(*value)),
            _ => None,
        }
    }

    /// As a whole number.
    pub fn as_int(&self) -> PyResult<i64> {
        match self {
            Value::Int(value) => Ok(*value),
            Value::Bool(value) => Ok(i64::from(*value)),
            Value::Tensor(variable) if variable.get().numel() == 1 && variable.get().dtype() == DType::Int64 => {
                Ok(variable.get().item()? as i64)
            }
            other => raise("TypeError", format!("'{}' object cannot be interpreted as an integer", other.type_name())),
        }
    }

    /// As a number.
    pub fn as_float(&self) -> PyResult<f64> {
        match self {
            Value::Float(value) => Ok(*value),
            Value::Tensor(variable) if variable.get().numel() == 1 => Ok(variable.get().item()?),
            other => match other.as_int() {
                Ok(value) => Ok(value as f64),
                Err(_) => raise("TypeError", format!("must be real number, not {}", other.type_name())),
            },
        }
    }

    /// The items of anything that `for` can walk through.
    pub fn items(&self) -> PyResult<Vec<Value>> {
        match self {
            Value::List(items) => Ok(items.borrow().clone()),
            Value::Tuple(items) => Ok(items.to_vec()),
            Value::Found(_, both) => Ok(both.to_vec()),
            Value::Dict(dict) => Ok(dict.keys()),
            Value::Module(module) if matches!(module.class_name(), "Sequential") => {
                Ok(module.children().iter().cloned().map(Value::Module).collect())
            }
            Value::Size(sizes) => Ok(sizes.iter().map(|&size| Value::Int(size as i64)).collect()),
            Value::Range(start, stop, step) => {
                let count = if *step == 0 { 0 } else { ((stop - start) as f64 / *step as f64).ceil().max(0.0) as i64 };
                if count > 1_000_000 {
                    return raise("RuntimeError", "this page stops at a million rounds");
                }
                Ok((0..count).map(|i| Value::Int(start + i * step)).collect())
            }
            Value::Tensor(variable) => {
                if variable.get().dim() == 0 {
                    return raise("TypeError", "iteration over a 0-d tensor");
                }
                super::views::unbind(variable, 0)
            }
            other => raise("TypeError", format!("'{}' object is not iterable", other.type_name())),
        }
    }
}
