//! `torch.optim` for the cells: how each optimizer is made, and what it does to its groups of parameters.

use super::arguments::Arguments;
use super::dict::Dict;
use super::interpreter::Interpreter;
use super::parameter_group::{ParameterGroup, check};
use super::value::{PyResult, Value, raise};
use super::variable::Written;
use crate::nn::optimizer::OptimizerKind;
use crate::tensor::no_grad;
use std::cell::RefCell;
use std::rc::Rc;

/// An optimizer with its groups of parameters.
pub struct Optimizer {
    kind: OptimizerKind,
    /// What a group has that says nothing else.
    defaults: Vec<(&'static str, Value)>,
    groups: RefCell<Vec<Rc<ParameterGroup>>>,
}

/// `path` as one of PyTorch's optimizers.
pub fn kind(path: &str) -> Option<OptimizerKind> {
    let class = path.strip_prefix("torch.optim.")?;
    OptimizerKind::ALL.into_iter().find(|kind| kind.class_name() == class)
}

/// The settings of a kind in the order of PyTorch's groups: name, place among the arguments, default.
fn settings(kind: OptimizerKind) -> Vec<(&'static str, usize, Value)> {
    const BY_NAME: usize = usize::MAX;
    let (off, none, zero, rate) = (Value::Bool(false), Value::None, Value::Int(0), Value::Float(0.001));
    let (small, adamw) = (Value::Float(1e-8), kind == OptimizerKind::AdamW);
    match kind {
        OptimizerKind::Sgd => vec![
            ("lr", 1, rate),
            ("momentum", 2, zero.clone()),
            ("dampening", 3, zero.clone()),
            ("weight_decay", 4, zero),
            ("nesterov", 5, off.clone()),
            ("maximize", BY_NAME, off.clone()),
            ("foreach", BY_NAME, none.clone()),
            ("differentiable", BY_NAME, off),
            ("fused", BY_NAME, none),
        ],
        OptimizerKind::Adam | OptimizerKind::AdamW => vec![
            ("lr", 1, rate),
            ("betas", 2, Value::tuple(vec![Value::Float(0.9), Value::Float(0.999)])),
            ("eps", 3, small),
            ("weight_decay", 4, if adamw { Value::Float(0.01) } else { zero }),
            ("amsgrad", 5, off.clone()),
            ("maximize", BY_NAME, off.clone()),
            ("foreach", BY_NAME, none.clone()),
            ("capturable", BY_NAME, off.clone()),
            ("differentiable", BY_NAME, off),
            ("fused", BY_NAME, none),
            ("decoupled_weight_decay", BY_NAME, Value::Bool(adamw)),
        ],
        OptimizerKind::RmsProp => vec![
            ("lr", 1, Value::Float(0.01)),
            ("momentum", 5, zero.clone()),
            ("alpha", 2, Value::Float(0.99)),
            ("eps", 3, small),
            ("centered", 6, off.clone()),
            ("weight_decay", 4, zero),
            ("capturable", 7, off.clone()),
            ("foreach", 8, none),
            ("maximize", 9, off.clone()),
            ("differentiable", 10, off),
        ],
    }
}

/// `optim.SGD(net.parameters(), lr=0.1, momentum=0.9)` and the like; `[{'params': ..., 'lr': ...}, ...]` are groups.
pub fn make(kind: OptimizerKind, mut arguments: Arguments) -> PyResult {
    let given = arguments.need(0, "params")?;
    let mut defaults = Vec::new();
    for (name, place, default) in settings(kind) {
        // AdamW decouples, whatever is asked.
        let fixed = kind == OptimizerKind::AdamW && name == "decoupled_weight_decay";
        let chosen = if fixed { None } else { arguments.take(place, name) };
        defaults.push((name, chosen.unwrap_or(default)));
    }
    arguments.finish().map_err(|mut error| {
        let class = kind.class_name();
        error.message = error.message.replace(&format!("torch.optim.{class}()"), &format!("{class}.__init__()"));
        error
    })?;
    check(kind, &Dict::new(defaults.iter().map(|(name, value)| (Value::text(name), value.clone())).collect())?)?;
    if let Value::Tensor(variable) = &given {
        let class = variable.get().dtype().class_name();
        let message = format!(
            "params argument given to the optimizer should be an iterable of Tensors or dicts, but got torch.{class}Tensor"
        );
        return raise("TypeError", message);
    }
    let items = given.items()?;
    let groups = match items.first() {
        None => return raise("ValueError", "optimizer got an empty parameter list"),
        Some(Value::Dict(_)) => items,
        Some(_) => vec![Value::Dict(Rc::new(Dict::new(vec![(Value::text("params"), Value::list(items))])?))],
    };
    let optimizer = Optimizer { kind, defaults, groups: RefCell::default() };
    groups.iter().try_for_each(|group| optimizer.add_group(group))?;
    Ok(Value::Optimizer(Rc::new(optimizer)))
}

impl Optimizer {
    /// PyTorch's class name.
    pub fn class_name(&self) -> &'static str {
        self.kind.class_name()
    }

    /// Its groups, in order.
    pub fn groups(&self) -> Vec<Rc<ParameterGroup>> {
        self.groups.borrow().clone()
    }

    /// `optimizer.add_param_group(group)`
    pub fn add_group(&self, group: &Value) -> PyResult<()> {
        let Value::Dict(entries) = group else {
            let class = if matches!(group, Value::Tensor(_)) { "torch.Tensor" } else { group.type_name() };
            return raise("TypeError", format!("param_group must be a dict, but got <class '{class}'>"));
        };
        let group = ParameterGroup::new(entries.clone(), &self.defaults)?;
        let new = group.parameters()?;
        for present in self.groups() {
            if present.parameters()?.iter().any(|own| new.iter().any(|other| Rc::ptr_eq(own, other))) {
                return raise("ValueError", "some parameters appear in more than one parameter group");
            }
        }
        self.groups.borrow_mut().push(Rc::new(group));
        Ok(())
    }

    /// `optimizer.zero_grad(set_to_none)`: forgets the gradients, or makes them zeros.
    pub fn zero_grad(&self, forget: bool) -> PyResult<()> {
        for parameter in self.groups().iter().map(|group| group.parameters()).collect::<PyResult<Vec<_>>>()?.concat() {
            let present = parameter.grad.borrow().clone();
            match present {
                Some(gradient) if !forget => {
                    no_grad(|| gradient.write(&gradient.get().detach().zeros_like()?, Written::Number))?;
                }
                _ => *parameter.grad.borrow_mut() = None,
            }
        }
        Ok(())
    }

    /// `optimizer.step()`
    pub fn step(&self, interpreter: &mut Interpreter) -> PyResult<()> {
        for group in self.groups() {
            for (at, parameter) in group.parameters()?.iter().enumerate() {
                let Some(gradient) = parameter.grad.borrow().as_ref().map(|gradient| gradient.get()) else { continue };
                let weight = parameter.get().detach();
                let updated = no_grad(|| group.updated(self.kind, at, &weight, &gradient.detach()))?;
                no_grad(|| interpreter.write_in_place(parameter, &updated, Written::Elements))?;
            }
        }
        Ok(())
    }

    /// As PyTorch prints it: all settings of each group.
    pub fn show(&self) -> PyResult<String> {
        let mut text = format!("{} (", self.class_name());
        for (number, group) in self.groups().iter().enumerate() {
            text += &format!("\nParameter Group {number}\n{}", group.show()?);
        }
        Ok(text + ")")
    }
}
