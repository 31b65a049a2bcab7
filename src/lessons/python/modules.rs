//! `torch.nn`: layers, and losses as modules.

use super::arguments::Arguments;
use super::dict::Dict;
use super::interpreter::Interpreter;
use super::losses;
pub use super::module_make::{knows, make};
use super::tensor_functions::in_place_name;
use super::value::{PyResult, Value, Variable, raise};
use super::variable::{Origin, Written};
use super::views;
use crate::tensor::{Conv2dWindow, Pool2dWindow};
use std::cell::Cell;
use std::rc::Rc;

/// A layer, or a list of layers.
pub struct Module {
    pub(super) layer: Layer,
    /// The number of its first layer: a part of a `Sequential` keeps the numbers of the whole.
    pub(super) first: usize,
    /// Whether it writes its result to where its input was.
    pub(super) in_place: bool,
    training: Cell<bool>,
}

pub(super) enum Layer {
    Linear {
        weight: Rc<Variable>,
        bias: Option<Rc<Variable>>,
    },
    Convolution {
        weight: Rc<Variable>,
        bias: Option<Rc<Variable>>,
        window: Conv2dWindow,
    },
    MaxPool {
        window: Pool2dWindow,
        /// Kernel size, stride and padding as they were written.
        written: [String; 3],
    },
    AveragePool {
        window: Pool2dWindow,
        /// Kernel size, stride and padding as they were written.
        written: [String; 3],
    },
    Relu,
    LeakyRelu(f64),
    Sigmoid,
    Tanh,
    Elu(f64),
    Selu,
    Gelu {
        by_tanh: bool,
    },
    Silu,
    Softplus {
        beta: f64,
        threshold: f64,
    },
    Softmax {
        log: bool,
        dim: i64,
    },
    Identity,
    Flatten {
        start: i64,
        end: i64,
    },
    Hardtanh {
        low: f64,
        high: f64,
    },
    Dropout(f64),
    Sequential(Vec<Rc<Module>>),
    /// Class, function, and the keyword arguments it was made with.
    Loss(&'static str, &'static str, Vec<(String, Value)>),
}

impl Module {
    /// A layer, in training.
    pub(super) fn new(layer: Layer, in_place: bool) -> Module {
        Module { layer, first: 0, in_place, training: Cell::new(true) }
    }

    /// PyTorch's class name.
    pub fn class_name(&self) -> &'static str {
        match &self.layer {
            Layer::Linear { .. } => "Linear",
            Layer::Convolution { .. } => "Conv2d",
            Layer::MaxPool { .. } => "MaxPool2d",
            Layer::Relu => "ReLU",
            Layer::LeakyRelu(_) => "LeakyReLU",
            Layer::Sigmoid => "Sigmoid",
            Layer::Tanh => "Tanh",
            Layer::Flatten { .. } => "Flatten",
            Layer::Hardtanh { low: 0.0, high: 6.0 } => "ReLU6",
            Layer::Hardtanh { .. } => "Hardtanh",
            Layer::Dropout(_) => "Dropout",
            Layer::Sequential(_) => "Sequential",
            Layer::AveragePool { .. } => "AvgPool2d",
            Layer::Elu(_) => "ELU",
            Layer::Selu => "SELU",
            Layer::Gelu { .. } => "GELU",
            Layer::Silu => "SiLU",
            Layer::Softplus { .. } => "Softplus",
            Layer::Softmax { log: false, .. } => "Softmax",
            Layer::Softmax { log: true, .. } => "LogSoftmax",
            Layer::Identity => "Identity",
            Layer::Loss(class, ..) => class,
        }
    }

    /// The layers inside.
    pub fn children(&self) -> &[Rc<Module>] {
        match &self.layer {
            Layer::Sequential(layers) => layers,
            _ => &[],
        }
    }

    /// `net[0]`
    pub fn child(&self, position: i64) -> PyResult {
        let count = self.children().len() as i64;
        let at = if position < 0 { position + count } else { position };
        match usize::try_from(at).ok().and_then(|at| self.children().get(at)) {
            Some(module) => Ok(Value::Module(module.clone())),
            None => raise("IndexError", format!("index {position} is out of range")),
        }
    }

    /// All weights and biases, in order.
    pub fn parameters(&self) -> Vec<Rc<Variable>> {
        match &self.layer {
            Layer::Linear { weight, bias } | Layer::Convolution { weight, bias, .. } => {
                std::iter::once(weight).chain(bias).cloned().collect()
            }
            Layer::Sequential(layers) => layers.iter().flat_map(|layer| layer.parameters()).collect(),
            _ => Vec::new(),
        }
    }

    /// `net[1:3]`
    pub fn part(&self, layers: std::ops::Range<usize>) -> Module {
        let first = self.first + layers.start;
        Module { first, ..Module::new(Layer::Sequential(self.children()[layers].to_vec()), false) }
    }

    /// All weights and biases with PyTorch's names: `net.named_parameters()`.
    pub fn named_parameters(&self) -> Vec<(String, Rc<Variable>)> {
        match &self.layer {
            Layer::Sequential(layers) => (layers.iter().enumerate())
                .flat_map(|(at, layer)| {
                    layer
                        .named_parameters()
                        .into_iter()
                        .map(move |(name, parameter)| (format!("{}.{name}", at + self.first), parameter))
                })
                .collect(),
            _ => ["weight", "bias"].map(str::to_owned).into_iter().zip(self.parameters()).collect(),
        }
    }

    /// `layer.weight`, `layer.bias`
    pub fn attribute(&self, name: &str) -> Option<Value> {
        match (&self.layer, name) {
            (Layer::Linear { weight, .. } | Layer::Convolution { weight, .. }, "weight") => {
                Some(Value::Tensor(weight.clone()))
            }
            (Layer::Linear { bias, .. } | Layer::Convolution { bias, .. }, "bias") => {
                Some(bias.clone().map_or(Value::None, Value::Tensor))
            }
            (_, "training") => Some(Value::Bool(self.training.get())),
            _ => None,
        }
    }

    /// `net.parameters()` and the like.
    pub fn method(
        &self,
        interpreter: &mut Interpreter,
        name: &str,
        arguments: Vec<Value>,
        named: Vec<(String, Value)>,
    ) -> PyResult {
        let mut arguments = Arguments::new(name, arguments, named);
        match name {
            "parameters" => Ok(Value::list(self.parameters().into_iter().map(Value::Tensor).collect())),
            "train" | "eval" => {
                self.set_training(name == "train" && arguments.flag(0, "mode", true)?);
                Ok(Value::None)
            }
            "children" => Ok(Value::list(self.children().iter().cloned().map(Value::Module).collect())),
            "named_parameters" => {
                let pair = |(name, parameter): (String, _)| Value::tuple(vec![Value::text(&name), Value::Tensor(parameter)]);
                Ok(Value::list(self.named_parameters().into_iter().map(pair).collect()))
            }
            "state_dict" => {
                let detached = |parameter: &Rc<Variable>| views::detached(parameter, Origin::Detached);
                let entries = self.named_parameters().into_iter();
                let entries = entries.map(|(name, parameter)| (Value::text(&name), detached(&parameter))).collect();
                Ok(Value::Dict(Rc::new(Dict::ordered(entries))))
            }
            "requires_grad_" => {
                let wanted = arguments.flag(0, "requires_grad", true)?;
                for parameter in self.parameters() {
                    parameter.get().requires_grad_(wanted)?;
                }
                Ok(Value::None)
            }
            "zero_grad" => {
                arguments.flag(0, "set_to_none", true)?;
                self.parameters().iter().for_each(|parameter| *parameter.grad.borrow_mut() = None);
                Ok(Value::None)
            }
            "forward" => {
                let input = arguments.need(0, "input")?;
                self.forward(interpreter, &input)
            }
            _ => raise("AttributeError", format!("'{}' object has no attribute '{name}'", self.class_name())),
        }
    }

    fn set_training(&self, training: bool) {
        self.training.set(training);
        self.children().iter().for_each(|child| child.set_training(training));
    }

    /// `net(...)`: one input for a layer, prediction and target for a loss.
    pub fn call(&self, interpreter: &mut Interpreter, inputs: Vec<Value>, named: Vec<(String, Value)>) -> PyResult {
        let mut arguments = Arguments::new("forward", inputs, named);
        let input = arguments.need(0, "input")?;
        if let Layer::Loss(_, function, options) = &self.layer {
            let target = arguments.need(1, "target")?;
            arguments.finish()?;
            let mut arguments = Arguments::new(function, vec![Value::None, target], options.clone());
            let loss = losses::call(function, &input.as_tensor()?, &mut arguments)?.unwrap_or(Value::None);
            arguments.take(0, "input");
            arguments.finish()?;
            return Ok(loss);
        }
        arguments.finish()?;
        self.forward(interpreter, &input)
    }

    fn forward(&self, interpreter: &mut Interpreter, input: &Value) -> PyResult {
        let output = self.output(interpreter, input)?;
        match (input, self.in_place) {
            (Value::Tensor(variable), true) => {
                let result = output.as_tensor()?;
                drop(output);
                let output = in_place_name(result);
                interpreter.write_in_place(variable, &output, Written::Elements)?;
                Ok(input.clone())
            }
            _ => Ok(output),
        }
    }

    fn output(&self, interpreter: &mut Interpreter, input: &Value) -> PyResult {
        let x = input.as_tensor()?;
        let get = |bias: &Option<Rc<Variable>>| bias.as_ref().map(|bias| bias.get());
        Ok(Value::tensor(match &self.layer {
            Layer::Linear { weight, bias } => x.linear(&weight.get(), get(bias).as_ref())?,
            Layer::Convolution { weight, bias, window } => x.conv2d_window(&weight.get(), get(bias).as_ref(), window)?,
            Layer::MaxPool { window, .. } => x.max_pool2d_window(window)?,
            Layer::AveragePool { window, .. } => x.avg_pool2d_window(window)?,
            Layer::Relu => x.relu()?,
            Layer::LeakyRelu(slope) => x.leaky_relu(*slope)?,
            Layer::Sigmoid => x.sigmoid()?,
            Layer::Tanh => x.tanh()?,
            Layer::Elu(alpha) => x.elu(*alpha)?,
            Layer::Selu => x.selu()?,
            Layer::Gelu { by_tanh: true } => x.gelu_by_tanh()?,
            Layer::Gelu { .. } => x.gelu()?,
            Layer::Silu => x.silu()?,
            Layer::Softplus { beta, threshold } => x.softplus(*beta, *threshold)?,
            Layer::Softmax { log: false, dim } => x.softmax(*dim)?,
            Layer::Softmax { log: true, dim } => x.log_softmax(*dim)?,
            Layer::Flatten { start, end } => x.flatten(*start, *end)?,
            Layer::Hardtanh { low, high } => x.hardtanh(*low, *high)?,
            Layer::Dropout(p) if self.training.get() => x.dropout(&mut interpreter.generator, *p)?,
            Layer::Dropout(_) | Layer::Identity => return Ok(input.clone()),
            Layer::Sequential(layers) => {
                let mut value = input.clone();
                for layer in layers {
                    value = layer.forward(interpreter, &value)?;
                }
                return Ok(value);
            }
            Layer::Loss(..) => return raise("TypeError", "forward() missing 1 required positional argument: 'target'"),
        }))
    }
}
