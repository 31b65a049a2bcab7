//! `nn.Linear(...)` and the like: layers out of their arguments.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::layer_functions::{convolution_window, pair, pool_window};
use super::make::shape;
use super::modules::{Layer, Module};
use super::optimizers;
use super::value::{PyResult, Value, Variable, raise};
use crate::dtype::DType;
use crate::tensor::{Conv2dWindow, Padding, Tensor};
use std::rc::Rc;

/// Losses: their class and their function in `torch.nn.functional`.
const LOSSES: [(&str, &str); 9] = [
    ("SmoothL1Loss", "smooth_l1_loss"),
    ("HuberLoss", "huber_loss"),
    ("CrossEntropyLoss", "cross_entropy"),
    ("NLLLoss", "nll_loss"),
    ("MSELoss", "mse_loss"),
    ("L1Loss", "l1_loss"),
    ("BCELoss", "binary_cross_entropy"),
    ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
    ("KLDivLoss", "kl_div"),
];

const LAYERS: [&str; 20] = [
    "ReLU6",
    "Hardtanh",
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

/// Layers that can be told to write to their input.
const IN_PLACE: [&str; 9] = ["ReLU", "LeakyReLU", "ELU", "SELU", "SiLU", "ReLU6", "Hardtanh", "Dropout", "Identity"];

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
        return Ok(Value::Module(Rc::new(Module::new(layer, false))));
    }
    let in_place = match &arguments.peek("inplace") {
        Some(_) if IN_PLACE.contains(&class) => arguments.flag(usize::MAX, "inplace", false)?,
        _ => false,
    };
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
        "torch.nn.ReLU6" => Layer::Hardtanh { low: 0.0, high: 6.0 },
        "torch.nn.Hardtanh" => {
            Layer::Hardtanh { low: arguments.number(0, "min_val", -1.0)?, high: arguments.number(1, "max_val", 1.0)? }
        }
        "torch.nn.Flatten" => {
            Layer::Flatten { start: arguments.whole(0, "start_dim", 1)?, end: arguments.whole(1, "end_dim", -1)? }
        }
        "torch.nn.Dropout" => Layer::Dropout(arguments.number(0, "p", 0.5)?),
        "torch.nn.ELU" => Layer::Elu(arguments.number(0, "alpha", 1.0)?),
        "torch.nn.SELU" => Layer::Selu,
        "torch.nn.GELU" => Layer::Gelu {
            by_tanh: matches!(arguments.take(usize::MAX, "approximate"), Some(Value::Text(how)) if &*how == "tanh"),
        },
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
    Ok(Value::Module(Rc::new(Module::new(layer, in_place))))
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
    let sizes = shape(&sizes.iter().map(|&size| size as i64).collect::<Vec<_>>())?;
    let numbers = Tensor::uniform(&mut interpreter.generator, sizes, -bound, bound, DType::Float32)?;
    let variable = Variable::parameter(numbers.requires_grad_(true)?);
    interpreter.track(&variable);
    Ok(variable)
}
