//! A group of an optimizer's parameters with settings of its own. They are the dict that `optimizer.param_groups` shows, so that what a
//! program writes there counts from the next step on.

use super::dict::Dict;
use super::update_rules::{Memory, updated};
use super::value::{PyResult, Value, Variable, raise};
use crate::nn::optimizer::OptimizerKind;
use crate::tensor::Tensor;
use std::cell::RefCell;
use std::rc::Rc;

/// Some parameters with their settings, and what the optimizer remembers of each.
pub struct ParameterGroup {
    /// `optimizer.param_groups[i]`
    pub entries: Rc<Dict>,
    memory: RefCell<Vec<Memory>>,
}

impl ParameterGroup {
    /// The group that a dict describes, which gets what it leaves out from `defaults`.
    pub fn new(entries: Rc<Dict>, defaults: &[(&'static str, Value)]) -> PyResult<ParameterGroup> {
        let params = match entries.find("params") {
            None => return raise("KeyError", "'params'"),
            Some(one @ Value::Tensor(_)) => vec![one],
            Some(several) => several.items()?,
        };
        for parameter in &params {
            match parameter {
                Value::Tensor(variable) if variable.get().retains_grad() => {}
                Value::Tensor(_) => return raise("ValueError", "can't optimize a non-leaf Tensor"),
                other => {
                    let message =
                        format!("optimizer can only optimize Tensors, but one of the params is {}", other.type_name());
                    return raise("TypeError", message);
                }
            }
        }
        let memory = RefCell::new(vec![Memory::default(); params.len()]);
        entries.set(Value::text("params"), Value::list(params))?;
        for (name, default) in defaults {
            if entries.find(name).is_none() {
                entries.set(Value::text(name), default.clone())?;
            }
        }
        Ok(ParameterGroup { entries, memory })
    }

    /// Its parameters.
    pub fn parameters(&self) -> PyResult<Vec<Rc<Variable>>> {
        let items = self.setting("params")?.items()?;
        Ok(items
            .into_iter()
            .filter_map(|item| if let Value::Tensor(variable) = item { Some(variable) } else { None })
            .collect())
    }

    /// `group[key]`
    pub fn setting(&self, key: &str) -> PyResult {
        self.entries.find(key).map_or_else(|| raise("KeyError", format!("'{key}'")), Ok)
    }

    /// `group['lr']`
    pub fn rate(&self) -> PyResult<f64> {
        self.setting("lr")?.as_float()
    }

    /// What the parameter at this place is after a step along this gradient.
    pub(super) fn updated(&self, kind: OptimizerKind, at: usize, weight: &Tensor, gradient: &Tensor) -> PyResult<Tensor> {
        let mut memory = self.memory.borrow_mut();
        // A program may have put further parameters into the dict.
        let length = memory.len().max(at + 1);
        memory.resize(length, Memory::default());
        updated(kind, self, weight, gradient, &mut memory[at])
    }

    /// As an optimizer prints it: all settings, by name.
    pub fn show(&self) -> PyResult<String> {
        let mut lines = Vec::new();
        for key in self.entries.keys() {
            match key.show()? {
                name if name == "params" => {}
                name => lines.push(format!("    {name}: {}\n", self.entries.get(&key)?.show()?)),
            }
        }
        lines.sort_unstable();
        Ok(lines.concat())
    }
}

/// PyTorch's checks of the settings that an optimizer is made with, in its order.
pub(super) fn check(kind: OptimizerKind, settings: &Dict) -> PyResult<()> {
    let number = |key: &str| settings.find(key).map_or(Ok(0.0), |value| value.as_float());
    let betas = settings.find("betas").map_or(Ok(vec![]), |betas| betas.items())?;
    let invalid = |what: &str, value: Option<Value>| {
        raise("ValueError", format!("Invalid {what}: {}", value.map_or(Ok(String::new()), |value| value.show())?))
    };
    let order: &[(&str, &str)] = match kind {
        OptimizerKind::Sgd => {
            &[("lr", "learning rate"), ("momentum", "momentum value"), ("weight_decay", "weight_decay value")]
        }
        OptimizerKind::Adam | OptimizerKind::AdamW => {
            &[("lr", "learning rate"), ("eps", "epsilon value"), ("betas", ""), ("weight_decay", "weight_decay value")]
        }
        OptimizerKind::RmsProp => &[
            ("lr", "learning rate"),
            ("eps", "epsilon value"),
            ("momentum", "momentum value"),
            ("weight_decay", "weight_decay value"),
            ("alpha", "alpha value"),
        ],
    };
    for (key, what) in order {
        if *key == "betas" {
            for (at, beta) in betas.iter().enumerate() {
                if !(0.0..1.0).contains(&beta.as_float()?) {
                    return invalid(&format!("beta parameter at index {at}"), Some(beta.clone()));
                }
            }
        } else if number(key)? < 0.0 {
            return invalid(what, settings.find(key));
        }
    }
    let nesterov = settings.find("nesterov").map_or(Ok(false), |value| value.truth())?;
    if nesterov && (number("momentum")? <= 0.0 || number("dampening")? != 0.0) {
        return raise("ValueError", "Nesterov momentum requires a momentum and zero dampening");
    }
    Ok(())
}
