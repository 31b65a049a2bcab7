//! `torch.optim` for the cells: the update rules written out as tensor operations, in PyTorch's order. Training proper uses one
//! kernel for each rule instead (`Kernel::Update`).

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, Variable, raise};
use super::variable::Written;
use crate::lessons::print;
use crate::nn::optimizer::{OptimizerKind, OptimizerSettings};
use crate::tensor::{Tensor, no_grad};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// An optimizer with its parameters and what it remembers of each.
pub struct Optimizer {
    parameters: Vec<Rc<Variable>>,
    pub(super) settings: RefCell<OptimizerSettings>,
    pub(super) options: Options,
    /// Velocity, or the averages of the gradient and of its square, and what an option remembers.
    memory: RefCell<Vec<Memory>>,
    steps: Cell<i32>,
}

type Memory = [Option<Tensor>; 3];

/// Options that only the cells have.
#[derive(Clone, Copy, Default)]
pub(super) struct Options {
    /// Steps uphill.
    pub maximize: bool,
    /// Adam: divides by the largest average of squares so far.
    pub amsgrad: bool,
    /// RMSprop: divides by the deviation instead of the root of the square.
    pub centered: bool,
}

/// `path` as one of PyTorch's optimizers.
pub fn kind(path: &str) -> Option<OptimizerKind> {
    let class = path.strip_prefix("torch.optim.")?;
    OptimizerKind::ALL.into_iter().find(|kind| kind.class_name() == class)
}

/// `optim.SGD(net.parameters(), lr=0.1, momentum=0.9)` and the like.
pub fn make(kind: OptimizerKind, mut arguments: Arguments) -> PyResult {
    let mut parameters = Vec::new();
    for parameter in arguments.need(0, "params")?.items()? {
        match parameter {
            Value::Tensor(variable) => parameters.push(variable),
            Value::Dict(_) => {
                return raise("NotImplementedError", "this page does not know parameter_groups of an optimizer");
            }
            other => {
                return raise(
                    "TypeError",
                    format!("optimizer can only optimize Tensors, but one of the params is {}", other.type_name()),
                );
            }
        }
    }
    if parameters.is_empty() {
        return raise("ValueError", "optimizer got an empty parameter list");
    }
    if parameters.iter().any(|parameter| !parameter.get().is_leaf()) {
        return raise("ValueError", "can't optimize a non-leaf Tensor");
    }
    let settings = settings(kind, &mut arguments)?;
    let adam = matches!(kind, OptimizerKind::Adam | OptimizerKind::AdamW);
    let options = Options {
        maximize: arguments.flag(usize::MAX, "maximize", false)?,
        amsgrad: adam && arguments.flag(usize::MAX, "amsgrad", false)?,
        centered: kind == OptimizerKind::RmsProp && arguments.flag(6, "centered", false)?,
    };
    arguments.finish()?;
    let memory = RefCell::new(vec![Memory::default(); parameters.len()]);
    Ok(Value::Optimizer(Rc::new(Optimizer {
        parameters,
        settings: RefCell::new(settings),
        options,
        memory,
        steps: Cell::new(0),
    })))
}

fn settings(kind: OptimizerKind, arguments: &mut Arguments) -> PyResult<OptimizerSettings> {
    let usual_rate = if kind == OptimizerKind::RmsProp { 0.01 } else { 0.001 };
    let rate = arguments.number(1, "lr", usual_rate)?;
    if rate < 0.0 {
        return raise("ValueError", format!("Invalid learning rate: {}", print::float(rate)));
    }
    let mut settings = OptimizerSettings::new(kind, rate);
    match kind {
        OptimizerKind::Sgd => {
            settings.momentum = arguments.number(2, "momentum", 0.0)?;
            settings.dampening = arguments.number(3, "dampening", 0.0)?;
            settings.weight_decay = arguments.number(4, "weight_decay", 0.0)?;
            settings.nesterov = arguments.flag(5, "nesterov", false)?;
            if settings.nesterov && (settings.momentum <= 0.0 || settings.dampening != 0.0) {
                return raise("ValueError", "Nesterov momentum requires a momentum and zero dampening");
            }
        }
        OptimizerKind::Adam | OptimizerKind::AdamW => {
            if let Some(betas) = arguments.take(2, "betas") {
                match betas.items()?.as_slice() {
                    [first, second] => (settings.beta1, settings.beta2) = (first.as_float()?, second.as_float()?),
                    _ => return raise("ValueError", "betas must be two numbers"),
                }
            }
            settings.epsilon = arguments.number(3, "eps", settings.epsilon)?;
            settings.weight_decay = arguments.number(4, "weight_decay", settings.weight_decay)?;
        }
        OptimizerKind::RmsProp => {
            settings.alpha = arguments.number(2, "alpha", settings.alpha)?;
            settings.epsilon = arguments.number(3, "eps", settings.epsilon)?;
            settings.weight_decay = arguments.number(4, "weight_decay", 0.0)?;
            settings.momentum = arguments.number(5, "momentum", 0.0)?;
        }
    }
    Ok(settings)
}

impl Optimizer {
    /// PyTorch's class name.
    pub fn class_name(&self) -> &'static str {
        self.settings.borrow().kind.class_name()
    }

    /// The learning rate: `optimizer.param_groups[0]['lr']`.
    pub fn rate(&self) -> f64 {
        self.settings.borrow().learning_rate
    }

    /// `optimizer.param_groups[0]['lr'] = rate`
    pub fn set_rate(&self, rate: f64) {
        self.settings.borrow_mut().learning_rate = rate;
    }

    /// `optimizer.param_groups[0][key]`
    pub fn setting(&self, key: &str) -> PyResult {
        let settings = self.settings.borrow();
        let adam = matches!(settings.kind, OptimizerKind::Adam | OptimizerKind::AdamW);
        let (sgd, rms_prop) = (settings.kind == OptimizerKind::Sgd, settings.kind == OptimizerKind::RmsProp);
        Ok(match key {
            "params" => Value::list(self.parameters.iter().cloned().map(Value::Tensor).collect()),
            "lr" => Value::Float(settings.learning_rate),
            "weight_decay" => Value::Float(settings.weight_decay),
            "momentum" if sgd || rms_prop => Value::Float(settings.momentum),
            "dampening" if sgd => Value::Float(settings.dampening),
            "nesterov" if sgd => Value::Bool(settings.nesterov),
            "betas" if adam => Value::tuple(vec![Value::Float(settings.beta1), Value::Float(settings.beta2)]),
            "alpha" if rms_prop => Value::Float(settings.alpha),
            "eps" if adam || rms_prop => Value::Float(settings.epsilon),
            _ => return raise("KeyError", format!("'{key}'")),
        })
    }

    /// `optimizer.param_groups[0][key] = value`
    pub fn set(&self, key: &str, value: &Value) -> PyResult<()> {
        let mut settings = self.settings.borrow_mut();
        match key {
            "lr" => settings.learning_rate = value.as_float()?,
            "weight_decay" => settings.weight_decay = value.as_float()?,
            "momentum" => settings.momentum = value.as_float()?,
            _ => return raise("NotImplementedError", format!("this page does not set '{key}' of an optimizer")),
        }
        Ok(())
    }

    /// `optimizer.zero_grad(set_to_none)`: forgets the gradients, or makes them zeros.
    pub fn zero_grad(&self, forget: bool) -> PyResult<()> {
        for parameter in &self.parameters {
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
        self.steps.set(self.steps.get() + 1);
        for (at, parameter) in self.parameters.iter().enumerate() {
            let Some(gradient) = parameter.grad.borrow().as_ref().map(|gradient| gradient.get()) else { continue };
            let updated = no_grad(|| {
                let memory = &mut self.memory.borrow_mut()[at];
                self.updated(&parameter.get().detach(), &gradient.detach(), memory)
            })?;
            no_grad(|| interpreter.write_in_place(parameter, &updated, Written::Elements))?;
        }
        Ok(())
    }

    fn updated(&self, weight: &Tensor, gradient: &Tensor, memory: &mut Memory) -> crate::Result<Tensor> {
        let settings = self.settings.borrow();
        let decoupled = settings.kind == OptimizerKind::AdamW;
        let uphill = if self.options.maximize { Some(gradient.neg()?) } else { None };
        let gradient = uphill.as_ref().unwrap_or(gradient);
        let gradient = match settings.weight_decay {
            decay if decay == 0.0 || decoupled => gradient.clone(),
            decay => gradient.add(&weight.affine(decay, 0.0)?)?,
        };
        match settings.kind {
            OptimizerKind::Sgd => self.sgd(weight, gradient, memory),
            OptimizerKind::Adam | OptimizerKind::AdamW => self.adam(weight, &gradient, memory),
            OptimizerKind::RmsProp => self.rms_prop(weight, &gradient, memory),
        }
    }

    fn sgd(&self, weight: &Tensor, gradient: Tensor, memory: &mut Memory) -> crate::Result<Tensor> {
        let OptimizerSettings { momentum, dampening, nesterov, learning_rate, .. } = *self.settings.borrow();
        let direction = if momentum == 0.0 {
            gradient
        } else {
            let velocity = match &memory[0] {
                Some(velocity) => velocity.affine(momentum, 0.0)?.add(&gradient.affine(1.0 - dampening, 0.0)?)?,
                None => gradient.clone(),
            };
            memory[0] = Some(velocity.clone());
            if nesterov { gradient.add(&velocity.affine(momentum, 0.0)?)? } else { velocity }
        };
        weight.sub(&direction.affine(learning_rate, 0.0)?)
    }

    fn adam(&self, weight: &Tensor, gradient: &Tensor, memory: &mut Memory) -> crate::Result<Tensor> {
        let OptimizerSettings { beta1, beta2, epsilon, learning_rate, weight_decay, kind, .. } = *self.settings.borrow();
        let kept = match kind {
            OptimizerKind::AdamW => weight.affine(1.0 - learning_rate * weight_decay, 0.0)?,
            _ => weight.clone(),
        };
        let zeros = gradient.zeros_like()?;
        let first = memory[0].as_ref().unwrap_or(&zeros);
        let first = first.add(&gradient.sub(first)?.affine(1.0 - beta1, 0.0)?)?;
        let second = memory[1].as_ref().unwrap_or(&zeros);
        let second = second.affine(beta2, 0.0)?.add(&gradient.affine(1.0 - beta2, 0.0)?.mul(gradient)?)?;
        let (bias1, bias2) = (1.0 - beta1.powi(self.steps.get()), 1.0 - beta2.powi(self.steps.get()));
        let largest = match &memory[2] {
            _ if !self.options.amsgrad => second.clone(),
            Some(largest) => largest.maximum(&second)?,
            None => second.clone(),
        };
        let denominator = largest.sqrt()?.div_scalar(bias2.sqrt())?.affine(1.0, epsilon)?;
        let step = first.affine(learning_rate / bias1, 0.0)?.div(&denominator)?;
        *memory = [Some(first), Some(second), Some(largest)];
        kept.sub(&step)
    }

    fn rms_prop(&self, weight: &Tensor, gradient: &Tensor, memory: &mut Memory) -> crate::Result<Tensor> {
        let OptimizerSettings { alpha, epsilon, momentum, learning_rate, .. } = *self.settings.borrow();
        let zeros = gradient.zeros_like()?;
        let square = memory[0].as_ref().unwrap_or(&zeros).affine(alpha, 0.0)?;
        let square = square.add(&gradient.affine(1.0 - alpha, 0.0)?.mul(gradient)?)?;
        let spread = if self.options.centered {
            let mean = memory[2].as_ref().unwrap_or(&zeros);
            let mean = mean.add(&gradient.sub(mean)?.affine(1.0 - alpha, 0.0)?)?;
            let spread = square.sub(&mean.square()?)?;
            memory[2] = Some(mean);
            spread
        } else {
            square.clone()
        };
        let denominator = spread.sqrt()?.affine(1.0, epsilon)?;
        memory[0] = Some(square);
        if momentum == 0.0 {
            return weight.sub(&gradient.affine(learning_rate, 0.0)?.div(&denominator)?);
        }
        let velocity = memory[1].as_ref().unwrap_or(&zeros).affine(momentum, 0.0)?.add(&gradient.div(&denominator)?)?;
        memory[1] = Some(velocity.clone());
        weight.sub(&velocity.affine(learning_rate, 0.0)?)
    }
}
