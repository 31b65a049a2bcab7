//! `torch.nn` layers and `torch.optim`: as much as the lessons show.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::tensor_functions::dropout;
use super::value::{PyResult, Value, Variable, raise};
use crate::lessons::print;
use crate::tensor::{Conv2dSize, Tensor, no_grad};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A layer, or a list of layers.
pub struct Module {
    layer: Layer,
    training: Cell<bool>,
}

enum Layer {
    Linear { weight: Rc<Variable>, bias: Option<Rc<Variable>> },
    Convolution { weight: Rc<Variable>, bias: Option<Rc<Variable>>, size: Conv2dSize },
    MaxPool { kernel: usize, stride: usize, padding: usize },
    Relu,
    LeakyRelu(f64),
    Sigmoid,
    Tanh,
    Flatten,
    Dropout(f64),
    Sequential(Vec<Rc<Module>>),
    CrossEntropy,
    MeanSquaredError,
}

const MAKERS: [&str; 14] = [
    "torch.nn.Linear",
    "torch.nn.Conv2d",
    "torch.nn.MaxPool2d",
    "torch.nn.ReLU",
    "torch.nn.LeakyReLU",
    "torch.nn.Sigmoid",
    "torch.nn.Tanh",
    "torch.nn.Flatten",
    "torch.nn.Dropout",
    "torch.nn.Sequential",
    "torch.nn.CrossEntropyLoss",
    "torch.nn.MSELoss",
    "torch.optim.SGD",
    "torch.optim.Adam",
];

/// Whether `path` makes a layer or an optimizer.
pub fn knows(path: &str) -> bool {
    MAKERS.contains(&path)
}

fn size(value: i64, name: &str) -> PyResult<usize> {
    usize::try_from(value)
        .ok()
        .filter(|&size| size <= 1 << 16)
        .map_or_else(|| raise("ValueError", format!("{name} is {value}")), Ok)
}

/// `nn.Linear(...)` and the like.
pub fn make(interpreter: &mut Interpreter, path: &str, mut arguments: Arguments) -> PyResult {
    let layer = match path {
        "torch.optim.SGD" | "torch.optim.Adam" => return make_optimizer(path, arguments),
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
            let kernel = size(arguments.need(2, "kernel_size")?.as_int()?, "kernel_size")?;
            let stride = size(arguments.whole(3, "stride", 1)?, "stride")?;
            let padding = size(arguments.whole(4, "padding", 0)?, "padding")?;
            let bias = arguments.flag(usize::MAX, "bias", true)?;
            let bound = 1.0 / ((inputs * kernel * kernel).max(1) as f64).sqrt();
            let weight = uniform(interpreter, &[outputs, inputs, kernel, kernel], bound)?;
            let bias = if bias { Some(uniform(interpreter, &[outputs], bound)?) } else { None };
            Layer::Convolution { weight, bias, size: Conv2dSize { stride, padding, ..Conv2dSize::default() } }
        }
        "torch.nn.MaxPool2d" => {
            let kernel = size(arguments.need(0, "kernel_size")?.as_int()?, "kernel_size")?;
            let stride = size(arguments.whole(1, "stride", kernel as i64)?, "stride")?;
            Layer::MaxPool { kernel, stride, padding: size(arguments.whole(2, "padding", 0)?, "padding")? }
        }
        "torch.nn.ReLU" => Layer::Relu,
        "torch.nn.LeakyReLU" => Layer::LeakyRelu(arguments.number(0, "negative_slope", 0.01)?),
        "torch.nn.Sigmoid" => Layer::Sigmoid,
        "torch.nn.Tanh" => Layer::Tanh,
        "torch.nn.Flatten" => Layer::Flatten,
        "torch.nn.Dropout" => Layer::Dropout(arguments.number(0, "p", 0.5)?),
        "torch.nn.CrossEntropyLoss" => Layer::CrossEntropy,
        "torch.nn.MSELoss" => Layer::MeanSquaredError,
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

fn uniform(interpreter: &mut Interpreter, sizes: &[usize], bound: f64) -> PyResult<Rc<Variable>> {
    let count: usize = sizes.iter().product();
    if count > 1 << 24 {
        return raise("MemoryError", "this page's layers have at most 16 million weights");
    }
    let numbers = interpreter.generator.uniform_f32(count, -bound as f32, bound as f32);
    let variable = Variable::new(Tensor::from_vec(numbers, sizes)?.requires_grad_(true)?);
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
            Layer::CrossEntropy => "CrossEntropyLoss",
            Layer::MeanSquaredError => "MSELoss",
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
            "forward" => self.forward(interpreter, &arguments.need(0, "input")?),
            _ => raise("AttributeError", format!("'{}' object has no attribute '{name}'", self.class_name())),
        }
    }

    fn set_training(&self, training: bool) {
        self.training.set(training);
        self.children().iter().for_each(|child| child.set_training(training));
    }

    /// `net(input)`
    pub fn forward(&self, interpreter: &mut Interpreter, input: &Value) -> PyResult {
        let x = input.as_tensor()?;
        let get = |bias: &Option<Rc<Variable>>| bias.as_ref().map(|bias| bias.get());
        Ok(match &self.layer {
            Layer::Linear { weight, bias } => {
                let out = x.linear(&weight.get(), get(bias).as_ref())?;
                Value::named(out, if x.dim() == 2 { "AddmmBackward0" } else { "ViewBackward0" })
            }
            Layer::Convolution { weight, bias, size } => {
                Value::named(x.conv2d(&weight.get(), get(bias).as_ref(), *size)?, "ConvolutionBackward0")
            }
            Layer::MaxPool { kernel, stride, padding } => Value::tensor(x.max_pool2d(*kernel, *stride, *padding)?),
            Layer::Relu => Value::tensor(x.relu()?),
            Layer::LeakyRelu(slope) => Value::tensor(x.leaky_relu(*slope)?),
            Layer::Sigmoid => Value::tensor(x.sigmoid()?),
            Layer::Tanh => Value::tensor(x.tanh()?),
            Layer::Flatten => Value::tensor(x.flatten(1, -1)?),
            Layer::Dropout(p) if self.training.get() => Value::tensor(dropout(interpreter, &x, *p)?),
            Layer::Dropout(_) => input.clone(),
            Layer::Sequential(layers) => {
                let mut value = input.clone();
                for layer in layers {
                    value = layer.forward(interpreter, &value)?;
                }
                value
            }
            Layer::CrossEntropy | Layer::MeanSquaredError => {
                return raise("NotImplementedError", "this page's losses are functions: F.cross_entropy, F.mse_loss");
            }
        })
    }

    /// As PyTorch prints it.
    pub fn show(&self) -> String {
        let name = self.class_name();
        match &self.layer {
            Layer::Linear { weight, bias } => {
                let shape = weight.get().shape().to_vec();
                let bias = if bias.is_some() { "True" } else { "False" };
                format!("{name}(in_features={}, out_features={}, bias={bias})", shape[1], shape[0])
            }
            Layer::Convolution { weight, bias, size } => {
                let shape = weight.get().shape().to_vec();
                let pair = |value: usize| format!("({value}, {value})");
                let mut text = format!(
                    "{name}({}, {}, kernel_size={}, stride={}",
                    shape[1],
                    shape[0],
                    pair(shape[2]),
                    pair(size.stride)
                );
                if size.padding > 0 {
                    text.push_str(&format!(", padding={}", pair(size.padding)));
                }
                if bias.is_none() {
                    text.push_str(", bias=False");
                }
                text + ")"
            }
            Layer::MaxPool { kernel, stride, padding } => {
                format!("{name}(kernel_size={kernel}, stride={stride}, padding={padding}, dilation=1, ceil_mode=False)")
            }
            Layer::LeakyRelu(slope) => format!("{name}(negative_slope={})", print::float(*slope)),
            Layer::Dropout(p) => format!("{name}(p={}, inplace=False)", print::float(*p)),
            Layer::Flatten => format!("{name}(start_dim=1, end_dim=-1)"),
            Layer::Sequential(layers) => {
                let mut text = format!("{name}(\n");
                for (at, layer) in layers.iter().enumerate() {
                    text.push_str(&format!("  ({at}): {}\n", layer.show().replace('\n', "\n  ")));
                }
                text + ")"
            }
            _ => format!("{name}()"),
        }
    }
}

/// SGD with momentum and weight decay, or Adam.
pub struct Optimizer {
    parameters: Vec<Rc<Variable>>,
    kind: Kind,
    learning_rate: f64,
    weight_decay: f64,
    /// What each parameter remembers: velocity, or Adam's two averages.
    memory: RefCell<Vec<Option<(Tensor, Tensor)>>>,
    steps: Cell<i32>,
}

enum Kind {
    Sgd { momentum: f64 },
    Adam,
}

fn make_optimizer(path: &str, mut arguments: Arguments) -> PyResult {
    let mut parameters = Vec::new();
    for parameter in arguments.need(0, "params")?.items()? {
        match parameter {
            Value::Tensor(variable) => parameters.push(variable),
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
    let learning_rate = arguments.number(1, "lr", 0.001)?;
    let momentum = if path.ends_with("SGD") { arguments.number(2, "momentum", 0.0)? } else { 0.0 };
    let weight_decay = arguments.number(usize::MAX, "weight_decay", 0.0)?;
    arguments.finish()?;
    let memory = RefCell::new(vec![None; parameters.len()]);
    let kind = if path.ends_with("SGD") { Kind::Sgd { momentum } } else { Kind::Adam };
    Ok(Value::Optimizer(Rc::new(Optimizer { parameters, kind, learning_rate, weight_decay, memory, steps: Cell::new(0) })))
}

impl Optimizer {
    /// As an echo shows it.
    pub fn show(&self) -> String {
        let name = if matches!(self.kind, Kind::Adam) { "Adam" } else { "SGD" };
        format!("{name}(lr={}, weight_decay={})", print::float(self.learning_rate), print::float(self.weight_decay))
    }

    /// `optimizer.zero_grad()`
    pub fn zero_grad(&self) {
        self.parameters.iter().for_each(|parameter| *parameter.grad.borrow_mut() = None);
    }

    /// `optimizer.step()`
    pub fn step(&self, interpreter: &mut Interpreter) -> PyResult<()> {
        self.steps.set(self.steps.get() + 1);
        for (at, parameter) in self.parameters.iter().enumerate() {
            let Some(gradient) = parameter.grad.borrow().as_ref().map(|gradient| gradient.get()) else { continue };
            let updated = no_grad(|| self.update(at, &parameter.get().detach(), &gradient))?;
            no_grad(|| interpreter.write_in_place(parameter, &updated))?;
        }
        Ok(())
    }

    fn update(&self, at: usize, weight: &Tensor, gradient: &Tensor) -> PyResult<Tensor> {
        let decayed = match self.weight_decay {
            0.0 => gradient.clone(),
            decay => gradient.add(&weight.affine(decay, 0.0)?)?,
        };
        let memory = self.memory.borrow()[at].clone();
        let (direction, remembered) = match self.kind {
            Kind::Sgd { momentum: 0.0 } => (decayed.clone(), None),
            Kind::Sgd { momentum } => {
                let velocity = match memory {
                    Some((velocity, _)) => velocity.affine(momentum, 0.0)?.add(&decayed)?,
                    None => decayed.clone(),
                };
                (velocity.clone(), Some((velocity.clone(), velocity)))
            }
            Kind::Adam => {
                let (first, second) = match memory {
                    Some(memory) => memory,
                    None => (decayed.zeros_like()?, decayed.zeros_like()?),
                };
                let first = first.affine(0.9, 0.0)?.add(&decayed.affine(0.1, 0.0)?)?;
                let second = second.affine(0.999, 0.0)?.add(&decayed.square()?.affine(0.001, 0.0)?)?;
                let (bias1, bias2) = (1.0 - 0.9f64.powi(self.steps.get()), 1.0 - 0.999f64.powi(self.steps.get()));
                let scale = second.sqrt()?.affine(1.0 / bias2.sqrt(), 1e-8)?;
                (first.affine(1.0 / bias1, 0.0)?.div(&scale)?, Some((first, second)))
            }
        };
        self.memory.borrow_mut()[at] = remembered;
        Ok(weight.sub(&direction.affine(self.learning_rate, 0.0)?)?)
    }
}
