//! `torch.nn`: layers, and losses as modules.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::layer_functions::{convolution_window, pair, pool_window};
use super::value::{PyResult, Value, Variable, raise};
use super::{losses, optimizers};
use crate::tensor::{Conv2dWindow, Padding, Pool2dWindow, Tensor};
use std::cell::Cell;
use std::rc::Rc;

/// A layer, or a list of layers.
pub struct Module {
    pub(super) layer: Layer,
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
    Gelu,
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
    Flatten,
    Dropout(f64),
    Sequential(Vec<Rc<Module>>),
    /// Class, function, and the keyword arguments it was made with.
    Loss(&'static str, &'static str, Vec<(String, Value)>),
}

/// Losses: their class and their function in `torch.nn.functional`.
const LOSSES: [(&str, &str); 7] = [
    ("CrossEntropyLoss", "cross_entropy"),
    ("NLLLoss", "nll_loss"),
    ("MSELoss", "mse_loss"),
    ("L1Loss", "l1_loss"),
    ("BCELoss", "binary_cross_entropy"),
    ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
    ("KLDivLoss", "kl_div"),
];

const LAYERS: [&str; 18] = [
    "Linear",
    "Conv2d",
    "MaxPool2d",
    "AvgPool2d",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "SELU",
    "GELU",
    "SiLU",
    "Softplus",
    "Softmax",
    "LogSoftmax",
    "Sigmoid",
    "Tanh",
    "Identity",
    "Flatten",
    "Dropout",
];

/// Whether `path` makes a layer, a loss or an optimizer.
pub fn knows(path: &str) -> bool {
    let class = path.strip_prefix("torch.nn.").unwrap_or("");
    class == "Sequential"
        || LAYERS.contains(&class)
        || LOSSES.iter().any(|(name, _)| *name == class)
        || optimizers::kind(path).is_some()
}

fn size(value: i64, name: &str) -> PyResult<usize> {
    usize::try_from(value)
        .ok()
        .filter(|&size| size <= 1 << 16)
        .map_or_else(|| raise("ValueError", format!("{name} is {value}")), Ok)
}

/// `nn.Linear(...)` and the like.
pub fn make(interpreter: &mut Interpreter, path: &str, mut arguments: Arguments) -> PyResult {
    if let Some(kind) = optimizers::kind(path) {
        return optimizers::make(kind, arguments);
    }
    let class = path.trim_start_matches("torch.nn.");
    if let Some(&(class, function)) = LOSSES.iter().find(|(name, _)| *name == class) {
        let layer = Layer::Loss(class, function, arguments.into_named()?);
        return Ok(Value::Module(Rc::new(Module { layer, training: Cell::new(true) })));
    }
    let layer = match path {
        "torch.nn.Linear" => {
            let inputs = size(arguments.need(0, "in_features")?.as_int()?, "in_features")?;
            let outputs = size(arguments.need(1, "out_features")?.as_int()?, "out_features")?;
            let bias = arguments.flag(2, "bias", true)?;
            let bound = 1.0 / (inputs.max(1) as f64).sqrt();
            let weight = uniform(interpreter, &[outputs, inputs], bound)?;
            let bias = if bias { Some(uniform(interpreter, &[outputs], bound)?) } else { None };
            Layer::Linear { weight, bias }
        }
        "torch.nn.Conv2d" => {
            let inputs = size(arguments.need(0, "in_channels")?.as_int()?, "in_channels")?;
            let outputs = size(arguments.need(1, "out_channels")?.as_int()?, "out_channels")?;
            let [height, width] = pair(&arguments.need(2, "kernel_size")?, "kernel_size", 1)?;
            let window = convolution_window(&mut arguments, 3)?;
            let bias = arguments.flag(usize::MAX, "bias", true)?;
            let inputs = channels_of_a_group(inputs, outputs, &window)?;
            let bound = 1.0 / ((inputs * height * width).max(1) as f64).sqrt();
            let weight = uniform(interpreter, &[outputs, inputs, height, width], bound)?;
            let bias = if bias { Some(uniform(interpreter, &[outputs], bound)?) } else { None };
            Layer::Convolution { weight, bias, window }
        }
        "torch.nn.MaxPool2d" => {
            let written = written(&arguments)?;
            Layer::MaxPool { window: pool_window(&mut arguments, 0, false)?, written }
        }
        "torch.nn.AvgPool2d" => {
            let written = written(&arguments)?;
            Layer::AveragePool { window: pool_window(&mut arguments, 0, true)?, written }
        }
        "torch.nn.ReLU" => Layer::Relu,
        "torch.nn.LeakyReLU" => Layer::LeakyRelu(arguments.number(0, "negative_slope", 0.01)?),
        "torch.nn.Sigmoid" => Layer::Sigmoid,
        "torch.nn.Tanh" => Layer::Tanh,
        "torch.nn.Flatten" => Layer::Flatten,
        "torch.nn.Dropout" => Layer::Dropout(arguments.number(0, "p", 0.5)?),
        "torch.nn.ELU" => Layer::Elu(arguments.number(0, "alpha", 1.0)?),
        "torch.nn.SELU" => Layer::Selu,
        "torch.nn.GELU" => Layer::Gelu,
        "torch.nn.SiLU" => Layer::Silu,
        "torch.nn.Softplus" => {
            Layer::Softplus { beta: arguments.number(0, "beta", 1.0)?, threshold: arguments.number(1, "threshold", 20.0)? }
        }
        "torch.nn.Softmax" => Layer::Softmax { log: false, dim: arguments.need(0, "dim")?.as_int()? },
        "torch.nn.LogSoftmax" => Layer::Softmax { log: true, dim: arguments.need(0, "dim")?.as_int()? },
        "torch.nn.Identity" => Layer::Identity,
        _ => {
            let mut layers = Vec::new();
            for at in 0..arguments.count() {
                match arguments.need(at, "layer")? {
                    Value::Module(module) => layers.push(module),
                    other => return raise("TypeError", format!("{} is not a Module subclass", other.type_name())),
                }
            }
            Layer::Sequential(layers)
        }
    };
    arguments.finish()?;
    Ok(Value::Module(Rc::new(Module { layer, training: Cell::new(true) })))
}

/// How many channels each kernel sees.
fn channels_of_a_group(inputs: usize, outputs: usize, window: &Conv2dWindow) -> PyResult<usize> {
    let groups = window.groups;
    if groups == 0 {
        return raise("ValueError", "groups must be a positive integer");
    }
    for (count, name) in [(inputs, "in_channels"), (outputs, "out_channels")] {
        if !count.is_multiple_of(groups) {
            return raise("ValueError", format!("{name} must be divisible by groups"));
        }
    }
    if window.padding == Padding::Same && window.stride != [1, 1] {
        return raise("ValueError", "padding='same' is not supported for strided convolutions");
    }
    Ok(inputs / groups)
}

/// The window of a pooling as the program wrote it: a layer is printed so.
fn written(arguments: &Arguments) -> PyResult<[String; 3]> {
    let given = |at: usize, name: &str| arguments.look(at, name).map(|value| value.repr()).transpose();
    let kernel = given(0, "kernel_size")?.unwrap_or_default();
    let stride = given(1, "stride")?.filter(|text| text != "None").unwrap_or(kernel.clone());
    Ok([kernel, stride, given(2, "padding")?.unwrap_or("0".to_owned())])
}

fn uniform(interpreter: &mut Interpreter, sizes: &[usize], bound: f64) -> PyResult<Rc<Variable>> {
    let count: usize = sizes.iter().product();
    if count > 1 << 24 {
        return raise("MemoryError", "this page's layers have at most 16 million weights");
    }
    let numbers = interpreter.generator.uniform_f32(count, -bound as f32, bound as f32);
    let variable = Variable::parameter(Tensor::from_vec(numbers, sizes)?.requires_grad_(true)?);
    interpreter.track(&variable);
    Ok(variable)
}

impl Module {
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
            Layer::Flatten => "Flatten",
            Layer::Dropout(_) => "Dropout",
            Layer::Sequential(_) => "Sequential",
            Layer::AveragePool { .. } => "AvgPool2d",
            Layer::Elu(_) => "ELU",
            Layer::Selu => "SELU",
            Layer::Gelu => "GELU",
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
            "zero_grad" => {
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
            Layer::Gelu => x.gelu()?,
            Layer::Silu => x.silu()?,
            Layer::Softplus { beta, threshold } => x.softplus(*beta, *threshold)?,
            Layer::Softmax { log: false, dim } => x.softmax(*dim)?,
            Layer::Softmax { log: true, dim } => x.log_softmax(*dim)?,
            Layer::Flatten => x.flatten(1, -1)?,
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
