//! The op table: every op with shapes, arguments, values and gradients, as PyTorch gives them (`tests/golden/ops.json`).
//! One table drives several claims: value and gradient = PyTorch, gradient = central difference, GPU = CPU. To add an op:
//! a row in `tests/golden/make_ops.py`, an arm in [`apply`].

// Each test that includes this uses its own part.
#![allow(dead_code)]

mod further;

use gradlab::tensor::{ClassLoss, Conv2dSize, Index, Reduction, Scalar, Tensor};
use gradlab::{DType, Result};
use serde_json::Value;

/// One row of the table.
pub struct Case {
    /// Position in the table, for messages.
    pub number: usize,
    /// PyTorch's name of the op.
    pub op: String,
    /// Its arguments that are no tensors.
    pub args: Value,
    pub inputs: Vec<Input>,
    /// The point is one where the function has no derivative, or is far off: no differences are taken there.
    pub kink: bool,
    pub float64: Expected,
    /// None where no input is floating: then both would be the same.
    pub float32: Option<Expected>,
}

/// An input: floating ones are read in the dtype that is tested.
pub struct Input {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
    pub floating: bool,
    dtype: String,
}

/// What PyTorch gives.
pub struct Expected {
    pub dtype: String,
    pub shape: Vec<usize>,
    pub value: Vec<f64>,
    /// Of `sum(out * upstream)`; none for inputs without gradient; empty where the op has none at all.
    pub gradients: Vec<Option<Vec<f64>>>,
}

/// A number of a fixture, where words stand for what JSON lacks.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::String(word) => word.parse().expect("inf, -inf or nan"),
        other => other.as_f64().expect("a number"),
    }
}

pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

pub fn sizes(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|size| size as usize).collect()
}

/// All rows.
pub fn cases() -> Vec<Case> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../golden/ops.json")).expect("the op table is JSON");
    let expected = |value: &Value| Expected {
        dtype: value["dtype"].as_str().expect("a dtype").to_string(),
        shape: sizes(&value["shape"]),
        value: numbers(&value["value"]),
        gradients: value["grads"]
            .as_array()
            .map_or(vec![], |grads| grads.iter().map(|gradient| gradient.is_array().then(|| numbers(gradient))).collect()),
    };
    let case = |(number, row): (usize, Value)| Case {
        number,
        op: row["op"].as_str().expect("a name").to_string(),
        inputs: (row["inputs"].as_array().expect("inputs").iter())
            .map(|input| Input {
                shape: sizes(&input["shape"]),
                data: numbers(&input["data"]),
                floating: input["dtype"] == "float",
                dtype: input["dtype"].as_str().expect("a dtype").to_string(),
            })
            .collect(),
        kink: row.get("kink").is_some(),
        float64: expected(&row["float64"]),
        float32: row.get("float32").map(expected),
        args: row["args"].clone(),
    };
    rows.into_iter().enumerate().map(case).collect()
}

impl Case {
    /// For messages: the row, its op, arguments and shapes.
    pub fn describe(&self) -> String {
        let shapes: Vec<String> = self.inputs.iter().map(|input| format!("{:?}", input.shape)).collect();
        format!("row {}: {}({}) {}", self.number + 2, self.op, shapes.join(", "), self.args)
    }

    /// The inputs on the CPU; floating ones in `dtype`, with gradients where PyTorch gave one.
    pub fn tensors(&self, dtype: DType) -> Vec<Tensor> {
        let data: Vec<&[f64]> = self.inputs.iter().map(|input| &input.data[..]).collect();
        self.tensors_of(&data, dtype)
    }

    /// The inputs with other elements.
    pub fn tensors_of(&self, data: &[&[f64]], dtype: DType) -> Vec<Tensor> {
        let tensor = |(i, input): (usize, &Input)| {
            let tensor = Tensor::from_vec(data[i].to_vec(), input.shape.clone())?;
            if input.floating {
                tensor.to_dtype(dtype)?.requires_grad_(self.float64.gradients.get(i).is_some_and(Option::is_some))
            } else {
                tensor.to_dtype(if input.dtype == "bool" { DType::Bool } else { DType::Int64 })
            }
        };
        self.inputs.iter().enumerate().map(|pair| tensor(pair).expect("an input of the table is a tensor")).collect()
    }

    /// The weights of the outputs in the sum that is differentiated.
    pub fn upstream(&self, like: &Tensor) -> Result<Tensor> {
        let weights: Vec<f64> = (0..like.numel()).map(|i| ((7 * i % 11) as f64 - 5.0) / 4.0).collect();
        Tensor::from_vec(weights, like.shape().clone())?.to_dtype(like.dtype())
    }

    fn real(&self, name: &str, default: f64) -> f64 {
        self.args.get(name).filter(|value| !value.is_null()).map_or(default, number)
    }

    fn whole(&self, name: &str, default: i64) -> i64 {
        self.real(name, default as f64) as i64
    }

    fn scalar(&self, name: &str) -> Scalar {
        self.args[name].as_i64().map_or(Scalar::Float(self.real(name, 0.0)), Scalar::Int)
    }

    fn list(&self, name: &str) -> Vec<i64> {
        match &self.args[name] {
            Value::Array(items) => items.iter().map(|item| number(item) as i64).collect(),
            Value::Null => vec![],
            one => vec![number(one) as i64],
        }
    }

    fn keepdim(&self) -> bool {
        self.args["keepdim"] == true
    }

    fn reduction(&self) -> Reduction {
        match self.args["reduction"].as_str() {
            None | Some("mean") => Reduction::Mean,
            Some("sum" | "batchmean") => Reduction::Sum,
            Some("none") => Reduction::None,
            Some(other) => panic!("unknown reduction {other}"),
        }
    }

    fn class_loss(&self, scores: &Tensor) -> Result<ClassLoss> {
        let weight = |list: &Value| {
            let weight = numbers(list);
            let count = weight.len();
            Tensor::from_vec(weight, [count])?.to_dtype(scores.dtype())
        };
        Ok(ClassLoss {
            weight: self.args.get("weight").map(weight).transpose()?,
            ignore_index: self.whole("ignore_index", -100),
            label_smoothing: self.real("label_smoothing", 0.0),
            reduction: self.reduction(),
        })
    }

    fn index(&self) -> Vec<Index> {
        index_parts(&self.args["spec"])
    }
}

/// An index as fixtures write it.
pub fn index_parts(spec: &Value) -> Vec<Index> {
    let flat = |value: &Value| {
        let mut shape = vec![];
        let mut level = value.clone();
        let mut items = vec![value.clone()];
        while let Value::Array(inner) = level {
            shape.push(inner.len());
            items = items.iter().flat_map(|item| item.as_array().expect("even lists").clone()).collect();
            level = items.first().cloned().unwrap_or(Value::Null);
        }
        (items, shape)
    };
    let part = |part: &Value| match part {
        Value::Null => Index::NewAxis,
        Value::String(_) => Index::Ellipsis,
        Value::Number(position) => Index::At(position.as_i64().expect("an integer")),
        Value::Object(part) if part.contains_key("slice") => {
            let at = |i: usize| part["slice"].get(i).and_then(Value::as_i64);
            // Python's slice(n) is :n.
            match part["slice"].as_array().expect("a list").len() {
                1 => Index::Range { start: None, end: at(0), step: None },
                _ => Index::Range { start: at(0), end: at(1), step: at(2) },
            }
        }
        Value::Object(part) if part.contains_key("list") => {
            let (items, shape) = flat(&part["list"]);
            Index::List { positions: items.iter().map(|item| item.as_i64().expect("an integer")).collect(), shape }
        }
        Value::Object(part) => {
            let (items, shape) = flat(&part["mask"]);
            Index::Mask { truths: items.iter().map(|item| item == true).collect(), shape }
        }
        other => panic!("unknown part of an index: {other}"),
    };
    spec.as_array().expect("a list of parts").iter().map(part).collect()
}

/// Runs the op of a row.
pub fn apply(case: &Case, inputs: &[Tensor]) -> Result<Tensor> {
    let x = &inputs[0];
    let y = || &inputs[1];
    let axis = || case.whole("dim", 0);
    let axes = || case.list("dim");
    let keepdim = case.keepdim();
    let kernel = || case.whole("kernel_size", 2) as usize;
    let pool = || (kernel(), case.whole("stride", kernel() as i64) as usize, case.whole("padding", 0) as usize);
    match case.op.as_str() {
        "neg" => x.neg(),
        "abs" => x.abs(),
        "sign" => x.sign(),
        "reciprocal" => x.reciprocal(),
        "square" => x.square(),
        "sqrt" => x.sqrt(),
        "rsqrt" => x.rsqrt(),
        "exp" => x.exp(),
        "expm1" => x.expm1(),
        "log" => x.log(),
        "log2" => x.log2(),
        "log10" => x.log10(),
        "log1p" => x.log1p(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "tan" => x.tan(),
        "atan" => x.atan(),
        "sinh" => x.sinh(),
        "cosh" => x.cosh(),
        "erf" => x.erf(),
        "floor" => x.floor(),
        "ceil" => x.ceil(),
        "round" => x.round(),
        "tanh" => x.tanh(),
        "sigmoid" => x.sigmoid(),
        "logsigmoid" => x.logsigmoid(),
        "relu" => x.relu(),
        "leaky_relu" => x.leaky_relu(case.real("slope", 0.01)),
        "elu" => x.elu(case.real("alpha", 1.0)),
        "selu" => x.selu(),
        "gelu" => x.gelu(),
        "silu" => x.silu(),
        "softplus" => x.softplus(case.real("beta", 1.0), case.real("threshold", 20.0)),
        "clamp" => x.clamp(case.real("min", f64::NEG_INFINITY), case.real("max", f64::INFINITY)),
        "pow_scalar" => x.power(case.scalar("exponent")),
        "add_scalar" => x.add_scalar(case.scalar("value")),
        "sub_scalar" => x.sub_scalar(case.scalar("value")),
        "rsub_scalar" => x.rsub_scalar(case.scalar("value")),
        "mul_scalar" => x.mul_scalar(case.scalar("value")),
        "div_scalar" => x.div_scalar(case.scalar("value")),
        "rdiv_scalar" => x.rdiv_scalar(case.scalar("value")),

        "add" => x.add(y()),
        "sub" => x.sub(y()),
        "mul" => x.mul(y()),
        "div" => x.div(y()),
        "floor_divide" => x.floor_divide(y()),
        "remainder" => x.remainder(y()),
        "pow" => x.pow(y()),
        "maximum" => x.maximum(y()),
        "minimum" => x.minimum(y()),
        "eq" => x.eq(y()),
        "ne" => x.ne(y()),
        "lt" => x.lt(y()),
        "le" => x.le(y()),
        "gt" => x.gt(y()),
        "ge" => x.ge(y()),
        "logical_and" => x.logical_and(y()),
        "logical_or" => x.logical_or(y()),
        "logical_xor" => x.logical_xor(y()),
        "logical_not" => x.logical_not(),
        "where" => x.where_(y(), &inputs[2]),

        "sum" => x.sum(&axes(), keepdim),
        "mean" => x.mean(&axes(), keepdim),
        "var" => x.var(&axes(), case.real("correction", 1.0), keepdim),
        "std" => x.std(&axes(), case.real("correction", 1.0), keepdim),
        "norm" => x.norm(case.real("p", 2.0), &axes(), keepdim),
        "logsumexp" => x.logsumexp(&axes(), keepdim),
        "amax" => x.amax(&axes(), keepdim),
        "amin" => x.amin(&axes(), keepdim),
        "max" => x.max(),
        "min" => x.min(),
        "max_dim" => Ok(x.max_along(axis(), keepdim)?.0),
        "min_dim" => Ok(x.min_along(axis(), keepdim)?.0),
        "argmax" if case.args.get("dim").is_none() => x.argmax_all(),
        "argmin" if case.args.get("dim").is_none() => x.argmin_all(),
        "argmax" => x.argmax(axis(), keepdim),
        "argmin" => x.argmin(axis(), keepdim),
        "prod" if case.args.get("dim").is_none() => x.prod_all(),
        "prod" => x.prod(axis(), keepdim),
        "any" => x.any(&axes(), keepdim),
        "all" => x.all(&axes(), keepdim),
        "cumsum" => x.cumsum(axis()),

        "dot" => x.dot(y()),
        "mv" => x.mv(y()),
        "mm" => x.mm(y()),
        "bmm" => x.bmm(y()),
        "matmul" => x.matmul(y()),
        "outer" => x.outer(y()),

        "reshape" | "view" => x.view(&case.list("shape")),
        "flatten" => x.flatten(case.whole("start", 0), case.whole("end", -1)),
        "squeeze" => x.squeeze(case.args.get("dim").map(|_| axis())),
        "unsqueeze" => x.unsqueeze(axis()),
        "transpose" => x.transpose(case.whole("dim0", 0), case.whole("dim1", 1)),
        "t" => x.t(),
        "permute" => x.permute(&case.list("dims")),
        "expand" => x.expand(&case.list("shape")),
        "cat" => Tensor::cat(inputs, axis()),
        "stack" => Tensor::stack(inputs, axis()),
        "split" => {
            let pieces = match case.list("size")[..] {
                [size] => x.split(size as usize, axis())?,
                ref sizes => x.split_with_sizes(&sizes.iter().map(|&size| size as usize).collect::<Vec<_>>(), axis())?,
            };
            Ok(pieces[case.whole("part", 0) as usize].clone())
        }
        "flip" => x.flip(&case.list("dims")),
        "diag" => x.diag(),
        "tril" => x.tril(case.whole("diagonal", 0)),
        "triu" => x.triu(case.whole("diagonal", 0)),
        "index" => x.index(&case.index()),
        "index_put" => x.index_put(&case.index(), y()),
        "gather" => x.gather(axis(), y()),
        "index_select" => x.index_select_tensor(axis(), y()),
        "one_hot" => x.one_hot(Some(case.whole("classes", 0) as usize)),

        "softmax" => x.softmax(axis()),
        "log_softmax" => x.log_softmax(axis()),
        "linear" => x.linear(y(), inputs.get(2)),
        "conv2d" => {
            let size = |name: &str, default: i64| case.whole(name, default) as usize;
            let sizes = Conv2dSize { stride: size("stride", 1), padding: size("padding", 0), dilation: size("dilation", 1) };
            x.conv2d(y(), inputs.get(2), sizes)
        }
        "max_pool2d" => {
            let (kernel, stride, padding) = pool();
            x.max_pool2d(kernel, stride, padding)
        }
        "avg_pool2d" => {
            let (kernel, stride, padding) = pool();
            x.avg_pool2d(kernel, stride, padding)
        }
        "mse_loss" => x.mse_loss(y(), case.reduction()),
        "l1_loss" => x.l1_loss(y(), case.reduction()),
        "nll_loss" => x.nll_loss_with(y(), &case.class_loss(x)?),
        "cross_entropy" => x.cross_entropy_with(y(), &case.class_loss(x)?),
        "binary_cross_entropy" => x.binary_cross_entropy(y(), case.reduction()),
        "binary_cross_entropy_with_logits" => x.binary_cross_entropy_with_logits(y(), case.reduction()),
        "kl_div" => {
            let sum = x.kl_div(y(), case.reduction())?;
            if case.args["reduction"] == "batchmean" { sum.div_scalar(x.shape()[0] as f64) } else { Ok(sum) }
        }
        "polynomial_loss" => x.poly_loss(y(), case.real("epsilon", 1.0), Reduction::Mean),
        _ => further::apply(case, inputs),
    }
}

/// How far numbers are from what they should be: the largest difference, relative to the larger of the number itself and the
/// root mean square of all of them (so that a sum that nearly cancels is not held to more digits than it has). Infinite
/// where they differ in kind.
pub fn distance(ours: &[f64], theirs: &[f64]) -> f64 {
    if ours.len() != theirs.len() {
        return f64::INFINITY;
    }
    let finite = || theirs.iter().filter(|value| value.is_finite());
    let scale = (finite().map(|value| value * value).sum::<f64>() / finite().count().max(1) as f64).sqrt();
    let apart = |(&a, &b): (&f64, &f64)| match () {
        _ if a == b || (a.is_nan() && b.is_nan()) => 0.0,
        _ if !a.is_finite() || !b.is_finite() => f64::INFINITY,
        _ => (a - b).abs() / b.abs().max(scale).max(f64::MIN_POSITIVE),
    };
    ours.iter().zip(theirs).map(apart).fold(0.0, f64::max)
}
