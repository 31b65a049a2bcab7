//! Functions of tensors, by whatever door they are called: `torch.sum(x)`, `x.sum()`, `F.relu(x)`.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::operators::{self, beside};
use super::syntax::{BinaryOperator, Comparison};
use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::tensor::{Conv2dSize, Reduction, Tensor};

/// Each function with its doors: `t` for `torch.x`, `m` for the method, `f` for `torch.nn.functional.x`.
const FUNCTIONS: &[(&str, &str)] = &[
    ("add", "tm"),
    ("sub", "tm"),
    ("mul", "tm"),
    ("div", "tm"),
    ("pow", "tm"),
    ("matmul", "tm"),
    ("mm", "tm"),
    ("mv", "tm"),
    ("dot", "tm"),
    ("bmm", "tm"),
    ("outer", "tm"),
    ("neg", "tm"),
    ("abs", "tm"),
    ("exp", "tm"),
    ("log", "tm"),
    ("log2", "tm"),
    ("log1p", "tm"),
    ("expm1", "tm"),
    ("sqrt", "tm"),
    ("square", "tm"),
    ("reciprocal", "tm"),
    ("sin", "tm"),
    ("cos", "tm"),
    ("atan", "tm"),
    ("erf", "tm"),
    ("sign", "tm"),
    ("floor", "tm"),
    ("ceil", "tm"),
    ("round", "tm"),
    ("sigmoid", "tmf"),
    ("tanh", "tmf"),
    ("relu", "tmf"),
    ("selu", "tf"),
    ("gelu", "f"),
    ("softplus", "f"),
    ("leaky_relu", "f"),
    ("elu", "f"),
    ("softsign", "f"),
    ("softmax", "tmf"),
    ("log_softmax", "tmf"),
    ("logsumexp", "tm"),
    ("sum", "tm"),
    ("mean", "tm"),
    ("prod", "tm"),
    ("std", "tm"),
    ("var", "tm"),
    ("max", "tm"),
    ("min", "tm"),
    ("argmax", "tm"),
    ("norm", "tm"),
    ("clamp", "tm"),
    ("eq", "tm"),
    ("ne", "tm"),
    ("lt", "tm"),
    ("le", "tm"),
    ("gt", "tm"),
    ("ge", "tm"),
    ("reshape", "tm"),
    ("view", "m"),
    ("flatten", "tm"),
    ("squeeze", "tm"),
    ("unsqueeze", "tm"),
    ("transpose", "tm"),
    ("t", "tm"),
    ("permute", "tm"),
    ("cat", "t"),
    ("stack", "t"),
    ("diag", "tm"),
    ("where", "t"),
    ("allclose", "tm"),
    ("all", "tm"),
    ("any", "tm"),
    ("linear", "f"),
    ("conv2d", "tf"),
    ("max_pool2d", "tf"),
    ("avg_pool2d", "f"),
    ("mse_loss", "f"),
    ("l1_loss", "f"),
    ("cross_entropy", "f"),
    ("nll_loss", "f"),
    ("binary_cross_entropy", "f"),
    ("dropout", "f"),
    ("one_hot", "f"),
];

fn has_door(name: &str, door: char) -> bool {
    FUNCTIONS.iter().any(|(known, doors)| *known == name && doors.contains(door))
}

/// Whether `torch.x` or `torch.nn.functional.x` is one of these.
pub fn knows_path(path: &str) -> bool {
    match path.rsplit_once('.') {
        Some(("torch", name)) => has_door(name, 't'),
        Some(("torch.nn.functional", name)) => has_door(name, 'f'),
        _ => false,
    }
}

/// Whether a tensor has it as a method.
pub fn knows_method(name: &str) -> bool {
    has_door(name, 'm')
}

/// `x.T`
pub fn transposed(tensor: &Tensor) -> PyResult {
    let order: Vec<i64> = (0..tensor.dim() as i64).rev().collect();
    Ok(Value::named(tensor.permute(&order)?, "PermuteBackward0"))
}

/// Calls one of them; the tensor is the first argument.
pub fn call(interpreter: &mut Interpreter, name: &str, mut arguments: Arguments) -> PyResult {
    let binary = |name: &str| {
        Some(match name {
            "add" => BinaryOperator::Add,
            "sub" => BinaryOperator::Subtract,
            "mul" => BinaryOperator::Multiply,
            "div" => BinaryOperator::Divide,
            "pow" => BinaryOperator::Power,
            "matmul" => BinaryOperator::MatrixMultiply,
            _ => return None,
        })
    };
    let comparison = |name: &str| {
        Some(match name {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterEqual,
            _ => return None,
        })
    };
    let value = if let Some(operator) = binary(name) {
        let left = arguments.need(0, "input")?;
        let mut right = arguments.need(1, "other")?;
        if let Some(alpha) = arguments.take(usize::MAX, "alpha") {
            right = operators::binary(&right, BinaryOperator::Multiply, &alpha)?;
        }
        operators::binary(&left, operator, &right)?
    } else if let Some(comparison) = comparison(name) {
        let left = arguments.need(0, "input")?;
        operators::compare(&left, comparison, &arguments.need(1, "other")?)?
    } else if name == "cat" || name == "stack" {
        let tensors = arguments.need(0, "tensors")?.items()?;
        let tensors = tensors.iter().map(Value::as_tensor).collect::<PyResult<Vec<_>>>()?;
        let dim = arguments.whole(1, "dim", 0)?;
        Value::tensor(if name == "cat" { Tensor::cat(&tensors, dim)? } else { Tensor::stack(&tensors, dim)? })
    } else {
        let input = arguments.need(0, "input")?.as_tensor()?;
        of_one(interpreter, name, &input, &mut arguments)?
    };
    arguments.finish()?;
    Ok(value)
}

fn of_one(interpreter: &mut Interpreter, name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult {
    if let Some(result) = elementwise(name, x, arguments)? {
        return Ok(Value::tensor(result));
    }
    if let Some(result) = shaped(name, x, arguments)? {
        return Ok(result);
    }
    if let Some(result) = loss(name, x, arguments)? {
        return Ok(result);
    }
    Ok(Value::tensor(match name {
        "mm" => x.mm(&arguments.need(1, "mat2")?.as_tensor()?)?,
        "bmm" => x.bmm(&arguments.need(1, "mat2")?.as_tensor()?)?,
        "mv" => return Ok(Value::named(x.mv(&arguments.need(1, "vec")?.as_tensor()?)?, "MvBackward0")),
        "dot" => return Ok(Value::named(x.dot(&arguments.need(1, "tensor")?.as_tensor()?)?, "DotBackward0")),
        "outer" => x.outer(&arguments.need(1, "vec2")?.as_tensor()?)?,
        "where" => {
            let (left, right) = (arguments.need(1, "input")?, arguments.need(2, "other")?);
            let like = left.as_tensor().or_else(|_| right.as_tensor()).unwrap_or(Tensor::zeros([])?);
            x.where_(&beside(&left, &like)?, &beside(&right, &like)?)?
        }
        "linear" => {
            let weight = arguments.need(1, "weight")?.as_tensor()?;
            let bias = arguments.take(2, "bias").map(|bias| bias.as_tensor()).transpose()?;
            return Ok(Value::named(x.linear(&weight, bias.as_ref())?, "AddmmBackward0"));
        }
        "conv2d" => {
            let weight = arguments.need(1, "weight")?.as_tensor()?;
            let bias = match arguments.take(2, "bias") {
                None | Some(Value::None) => None,
                Some(bias) => Some(bias.as_tensor()?),
            };
            let stride = whole_size(arguments.whole(3, "stride", 1)?, "stride", 1)?;
            let padding = whole_size(arguments.whole(4, "padding", 0)?, "padding", 0)?;
            let size = Conv2dSize { stride, padding, ..Conv2dSize::default() };
            return Ok(Value::named(x.conv2d(&weight, bias.as_ref(), size)?, "ConvolutionBackward0"));
        }
        "max_pool2d" | "avg_pool2d" => {
            let kernel = whole_size(arguments.need(1, "kernel_size")?.as_int()?, "kernel_size", 1)?;
            let stride = whole_size(arguments.whole(2, "stride", kernel as i64)?, "stride", 1)?;
            let padding = whole_size(arguments.whole(3, "padding", 0)?, "padding", 0)?;
            if name == "max_pool2d" {
                x.max_pool2d(kernel, stride, padding)?
            } else {
                x.avg_pool2d(kernel, stride, padding)?
            }
        }
        "dropout" => {
            let p = arguments.number(1, "p", 0.5)?;
            if arguments.flag(2, "training", true)? { dropout(interpreter, x, p)? } else { x.clone() }
        }
        "one_hot" => {
            let labels = x.to_f64_vec()?;
            let largest = labels.iter().copied().fold(-1.0, f64::max) as i64;
            let classes = whole_size(arguments.whole(1, "num_classes", largest + 1)?, "num_classes", 1)?;
            let mut rows = vec![0i64; labels.len() * classes];
            for (row, label) in labels.iter().enumerate() {
                match rows.get_mut(row * classes..(row + 1) * classes).and_then(|row| row.get_mut(*label as usize)) {
                    Some(cell) if *label >= 0.0 => *cell = 1,
                    _ => return raise("RuntimeError", "Class values must be smaller than num_classes."),
                }
            }
            Tensor::from_vec(rows, [labels.len(), classes])?
        }
        _ => return raise("NotImplementedError", format!("this page does not know {name}")),
    }))
}

/// `F.dropout` in training: keeps with probability 1 - p, by PyTorch's own draws.
pub fn dropout(interpreter: &mut Interpreter, x: &Tensor, p: f64) -> PyResult<Tensor> {
    if !(0.0..=1.0).contains(&p) {
        return raise("ValueError", format!("dropout probability has to be between 0 and 1, but got {p}"));
    }
    let kept = interpreter.generator.dropout_mask(x.numel(), p);
    let scale = if p < 1.0 { 1.0 / (1.0 - p) } else { 0.0 };
    let mask: Vec<f64> = kept.into_iter().map(|keep| if keep { scale } else { 0.0 }).collect();
    Ok(x.mul(&Tensor::from_vec(mask, x.shape().clone())?.to_dtype(x.dtype())?)?)
}

fn whole_size(value: i64, name: &str, least: i64) -> PyResult<usize> {
    match usize::try_from(value) {
        Ok(size) if value >= least => Ok(size),
        _ => raise("RuntimeError", format!("{name} must be at least {least}, not {value}")),
    }
}

fn elementwise(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Tensor>> {
    Ok(Some(match name {
        "neg" => x.neg()?,
        "abs" => x.abs()?,
        "exp" => x.exp()?,
        "log" => x.log()?,
        "log2" => x.log2()?,
        "log1p" => x.log1p()?,
        "expm1" => x.expm1()?,
        "sqrt" => x.sqrt()?,
        "square" => x.square()?,
        "reciprocal" => x.reciprocal()?,
        "sin" => x.sin()?,
        "cos" => x.cos()?,
        "atan" => x.atan()?,
        "erf" => x.erf()?,
        "sign" => x.sign()?,
        "floor" => x.floor()?,
        "ceil" => x.ceil()?,
        "round" => x.round()?,
        "sigmoid" => x.sigmoid()?,
        "tanh" => x.tanh()?,
        "relu" => x.relu()?,
        "selu" => x.selu()?,
        "gelu" => x.gelu()?,
        "softplus" => x.softplus(arguments.number(1, "beta", 1.0)?, arguments.number(2, "threshold", 20.0)?)?,
        "leaky_relu" => x.leaky_relu(arguments.number(1, "negative_slope", 0.01)?)?,
        "elu" => x.elu(arguments.number(1, "alpha", 1.0)?)?,
        "softsign" => x.div(&x.abs()?.affine(1.0, 1.0)?)?,
        "clamp" => {
            let low = arguments.number(1, "min", f64::NEG_INFINITY)?;
            x.clamp(low, arguments.number(2, "max", f64::INFINITY)?)?
        }
        _ => return Ok(None),
    }))
}

/// The axes that a reduction folds, and whether they stay.
fn reduction_axes(arguments: &mut Arguments) -> PyResult<(Vec<i64>, bool)> {
    let axes = match arguments.take(1, "dim") {
        None | Some(Value::None) => Vec::new(),
        Some(value @ (Value::List(_) | Value::Tuple(_))) => {
            value.items()?.iter().map(Value::as_int).collect::<PyResult<_>>()?
        }
        Some(value) => vec![value.as_int()?],
    };
    Ok((axes, arguments.flag(2, "keepdim", false)?))
}

/// The class name that PyTorch's messages use.
fn legacy_name(dtype: DType) -> &'static str {
    match dtype {
        DType::Float32 => "Float",
        DType::Float64 => "Double",
        DType::Int64 => "Long",
        DType::Bool => "Bool",
    }
}

/// Functions that fold axes or rearrange them.
fn shaped(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    let plain = |tensor: Tensor| Ok(Some(Value::tensor(tensor)));
    match name {
        "sum" | "mean" => {
            let (axes, keep) = reduction_axes(arguments)?;
            if name == "mean" && !x.dtype().is_floating() {
                let message = format!(
                    "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: {}",
                    legacy_name(x.dtype())
                );
                return raise("RuntimeError", message);
            }
            plain(if name == "sum" { x.sum(&axes, keep)? } else { x.mean(&axes, keep)? })
        }
        "std" | "var" => {
            let (axes, keep) = reduction_axes(arguments)?;
            let centred = x.sub(&x.mean(&axes, true)?)?;
            let total = centred.square()?.sum(&axes, keep)?;
            let count = x.numel() as f64 / total.numel().max(1) as f64;
            let variance = total.affine(1.0 / (count - 1.0), 0.0)?;
            match name {
                "std" => Ok(Some(Value::named(variance.sqrt()?, "StdBackward0"))),
                _ => Ok(Some(Value::named(variance, "VarBackward0"))),
            }
        }
        "prod" => match arguments.take(1, "dim") {
            Some(dim) => plain(x.prod(dim.as_int()?, arguments.flag(2, "keepdim", false)?)?),
            None => Ok(Some(Value::named(x.reshape([x.numel()])?.prod(0, false)?, "ProdBackward0"))),
        },
        "max" | "min" => match arguments.take(1, "dim") {
            Some(Value::Tensor(other)) => {
                plain(if name == "max" { x.maximum(&other.get())? } else { x.minimum(&other.get())? })
            }
            Some(dim) => {
                let keep = arguments.flag(2, "keepdim", false)?;
                let (values, places) =
                    if name == "max" { x.max_along(dim.as_int()?, keep)? } else { x.min_along(dim.as_int()?, keep)? };
                Ok(Some(Value::tuple(vec![Value::tensor(values), Value::tensor(places)])))
            }
            None => {
                let flat = x.reshape([x.numel()])?;
                let found = if name == "max" { flat.max_along(0, false)?.0 } else { flat.min_along(0, false)?.0 };
                Ok(Some(Value::named(found, if name == "max" { "MaxBackward1" } else { "MinBackward1" })))
            }
        },
        "argmax" => match arguments.take(1, "dim") {
            Some(dim) => plain(x.argmax(dim.as_int()?, arguments.flag(2, "keepdim", false)?)?),
            None => plain(x.reshape([x.numel()])?.argmax(0, false)?),
        },
        "norm" => norm(x, arguments).map(Some),
        "logsumexp" => {
            let dim = arguments.need(1, "dim")?.as_int()?;
            let largest = x.detach().max_along(dim, true)?.0;
            let total = x.sub(&largest)?.exp()?.sum(&[dim], true)?.log()?.add(&largest)?;
            Ok(Some(Value::named(total.squeeze(Some(dim))?, "LogsumexpBackward0")))
        }
        "softmax" | "log_softmax" => {
            let Some(dim) = arguments.take(1, "dim") else {
                return raise("TypeError", format!("{name}() missing 1 required positional argument: 'dim'"));
            };
            plain(if name == "softmax" { x.softmax(dim.as_int()?)? } else { x.log_softmax(dim.as_int()?)? })
        }
        "reshape" | "view" => {
            let sizes = arguments.sizes(1, "shape")?;
            Ok(Some(Value::named(x.view(&sizes)?, "ViewBackward0")))
        }
        "flatten" => plain(x.flatten(arguments.whole(1, "start_dim", 0)?, arguments.whole(2, "end_dim", -1)?)?),
        "squeeze" => plain(x.squeeze(arguments.take(1, "dim").map(|dim| dim.as_int()).transpose()?)?),
        "unsqueeze" => plain(x.unsqueeze(arguments.need(1, "dim")?.as_int()?)?),
        "transpose" => plain(x.transpose(arguments.need(1, "dim0")?.as_int()?, arguments.need(2, "dim1")?.as_int()?)?),
        "t" => Ok(Some(Value::named(x.t()?, "TBackward0"))),
        "permute" => plain(x.permute(&arguments.sizes(1, "dims")?)?),
        "diag" => diagonal(x).map(Some),
        "all" | "any" => {
            let values = x.to_f64_vec()?;
            let found = if name == "all" { values.iter().all(|&x| x != 0.0) } else { values.iter().any(|&x| x != 0.0) };
            plain(Tensor::scalar(found)?)
        }
        "allclose" => {
            let other = arguments.need(1, "other")?.as_tensor()?;
            let (relative, absolute) = (arguments.number(2, "rtol", 1e-5)?, arguments.number(3, "atol", 1e-8)?);
            let shape = x.shape().broadcast(other.shape())?;
            let (a, b) = (x.broadcast_to(shape.clone())?.to_f64_vec()?, other.broadcast_to(shape)?.to_f64_vec()?);
            let close = a.iter().zip(&b).all(|(a, b)| a == b || (a - b).abs() <= absolute + relative * b.abs());
            Ok(Some(Value::Bool(close)))
        }
        _ => Ok(None),
    }
}

fn norm(x: &Tensor, arguments: &mut Arguments) -> PyResult {
    let power = arguments.number(1, "p", 2.0)?;
    if !x.dtype().is_floating() {
        let message = format!(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}",
            legacy_name(x.dtype())
        );
        return raise("NotImplementedError", message);
    }
    let value = match power {
        1.0 => x.abs()?.sum(&[], false)?,
        2.0 => x.square()?.sum(&[], false)?.sqrt()?,
        f64::INFINITY => x.abs()?.reshape([x.numel()])?.max_along(0, false)?.0,
        _ => x.abs()?.pow_scalar(power)?.sum(&[], false)?.pow_scalar(1.0 / power)?,
    };
    Ok(Value::named(value, "LinalgVectorNormBackward0"))
}

/// A vector becomes the diagonal of a matrix; of a matrix, the diagonal is taken.
fn diagonal(x: &Tensor) -> PyResult {
    match x.shape()[..] {
        [size] => {
            let mask = (0..size * size).map(|at| if at / size == at % size { 1.0f32 } else { 0.0 }).collect();
            let mask = Tensor::from_vec(mask, [size, size])?.to_dtype(x.dtype())?;
            Ok(Value::named(mask.mul(x)?, "DiagEmbedBackward0"))
        }
        [rows, columns] => {
            let places: Vec<i64> = (0..rows.min(columns)).map(|at| (at * columns + at) as i64).collect();
            Ok(Value::named(x.reshape([rows * columns])?.index_select(0, &places)?, "DiagonalBackward0"))
        }
        _ => raise("RuntimeError", "diag(): Supports 1D or 2D tensors."),
    }
}

fn reduction(arguments: &mut Arguments) -> PyResult<Reduction> {
    match arguments.take(usize::MAX, "reduction") {
        None => Ok(Reduction::Mean),
        Some(Value::Text(text)) => match &*text {
            "mean" => Ok(Reduction::Mean),
            "sum" => Ok(Reduction::Sum),
            "none" => Ok(Reduction::None),
            other => raise("ValueError", format!("{other} is not a valid value for reduction")),
        },
        Some(other) => raise("TypeError", format!("reduction must be a str, not {}", other.type_name())),
    }
}

fn loss(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    if !["mse_loss", "l1_loss", "cross_entropy", "nll_loss", "binary_cross_entropy"].contains(&name) {
        return Ok(None);
    }
    let target = arguments.need(1, "target")?.as_tensor()?;
    let reduction = reduction(arguments)?;
    Ok(Some(match name {
        "mse_loss" => Value::named(x.mse_loss(&target, reduction)?, "MseLossBackward0"),
        "l1_loss" => Value::tensor(x.sub(&target)?.abs()?.reduced(reduction)?),
        "cross_entropy" => Value::named(x.cross_entropy(&target, reduction)?, "NllLossBackward0"),
        "nll_loss" => Value::named(x.nll_loss(&target, reduction)?, "NllLossBackward0"),
        _ => {
            // PyTorch cuts the logarithm off at -100.
            let yes = target.mul(&x.log()?.clamp(-100.0, f64::INFINITY)?)?;
            let no = target.affine(-1.0, 1.0)?.mul(&x.affine(-1.0, 1.0)?.log()?.clamp(-100.0, f64::INFINITY)?)?;
            Value::named(yes.add(&no)?.neg()?.reduced(reduction)?, "BinaryCrossEntropyBackward0")
        }
    }))
}
