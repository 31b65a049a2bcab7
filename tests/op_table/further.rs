//! The ops of the table with many options, or made of others: windows, looks, bits, and slopes that are differentiated once more.

use super::Case;
use gradlab::autograd::{BackwardOptions, grad};
use gradlab::tensor::{Bitwise, Conv2dWindow, Padding, Pool2dWindow, Reduction, Tensor, with_grad};
use gradlab::{DType, Result};

fn pair(case: &Case, name: &str, default: [usize; 2]) -> [usize; 2] {
    match case.list(name)[..] {
        [] => default,
        [both] => [both as usize; 2],
        [down, across] => [down as usize, across as usize],
        _ => panic!("{name} has one size or two"),
    }
}

fn convolution(case: &Case) -> Conv2dWindow {
    let padding = match case.args["padding"].as_str() {
        Some("same") => Padding::Same,
        _ => Padding::Sizes(pair(case, "padding", [0, 0])),
    };
    Conv2dWindow {
        stride: pair(case, "stride", [1, 1]),
        padding,
        dilation: pair(case, "dilation", [1, 1]),
        groups: case.whole("groups", 1) as usize,
    }
}

fn pool(case: &Case) -> Pool2dWindow {
    let kernel = pair(case, "kernel_size", [2, 2]);
    Pool2dWindow {
        stride: pair(case, "stride", kernel),
        padding: pair(case, "padding", [0, 0]),
        dilation: pair(case, "dilation", [1, 1]),
        ceil_mode: case.args["ceil_mode"] == true,
        count_include_pad: case.args["count_include_pad"] != false,
        divisor: case.args.get("divisor_override").map(|_| case.whole("divisor_override", 1) as usize),
        ..Pool2dWindow::new(kernel)
    }
}

/// Runs the op of a row.
pub fn apply(case: &Case, inputs: &[Tensor]) -> Result<Tensor> {
    let x = &inputs[0];
    let y = || &inputs[1];
    let axis = || case.whole("dim", 0);
    let bits = |function| x.bitwise(y(), function);
    match case.op.as_str() {
        "conv2d_window" => x.conv2d_window(y(), inputs.get(2), &convolution(case)),
        "max_pool2d_window" => x.max_pool2d_window(&pool(case)),
        "avg_pool2d_window" => x.avg_pool2d_window(&pool(case)),

        "select" => x.select(axis(), case.whole("index", 0)),
        "slice" => x.slice(axis(), case.whole("start", 0), case.whole("end", 0), case.whole("step", 1) as usize),
        "T" => x.T(),
        "masked_select" => x.masked_select(y()),
        "nonzero" => x.nonzero(),
        "chunk" => Ok(x.chunk(case.whole("chunks", 1) as usize, axis())?[case.whole("part", 0) as usize].clone()),
        "every_piece" => {
            let pieces = x.split(case.whole("size", 1) as usize, axis())?;
            let sums = pieces.iter().map(|piece| piece.square()?.sum(&[], false)).collect::<Result<Vec<_>>>()?;
            Tensor::stack(&sums, 0)
        }
        "repeat" => x.repeat(&case.list("times").iter().map(|&times| times as usize).collect::<Vec<_>>()),
        "roll" => x.roll(case.whole("shift", 0), axis()),
        "sort" => Ok(x.sort(axis(), case.args["descending"] == true)?.0),
        "argsort" => Ok(x.sort(axis(), false)?.1),
        "topk" => Ok(x.topk(case.whole("k", 1) as usize, case.whole("dim", -1), case.args["largest"] != false)?.0),

        "bitwise_and" => bits(Bitwise::And),
        "bitwise_or" => bits(Bitwise::Or),
        "bitwise_xor" => bits(Bitwise::Xor),
        "bitwise_not" => x.bitwise_not(),
        "cast" => x.to_dtype(match case.args["dtype"].as_str() {
            Some("float64") => DType::Float64,
            Some("int64") => DType::Int64,
            Some("bool") => DType::Bool,
            _ => DType::Float32,
        }),
        "dropout_with_mask" => x.dropout_with_mask(y()),
        "trunc" => x.trunc(),
        "frac" => x.frac(),
        "exp2" => x.exp2(),
        "gelu_by_tanh" => x.gelu_by_tanh(),
        "round_to" => x.round_to(case.whole("decimals", 0) as i32),
        "hardtanh" => x.hardtanh(case.real("low", -1.0), case.real("high", 1.0)),
        "div_rounded" => x.div_rounded(y(), case.args["mode"] == "floor"),
        "huber_loss" => x.huber_loss(y(), case.real("delta", 1.0), case.reduction()),
        "weighted_logits" => x.binary_cross_entropy_of_weighted_logits(y(), &inputs[2], case.reduction()),
        "kl_div_of_logarithms" => x.kl_div_of_logarithms(y(), case.reduction()),
        "slope" => with_grad(true, || slope(case, inputs)),
        other => panic!("the op table has an op that the tests do not know: {other}"),
    }
}

/// The gradient of a weighted sum of a function's values along one of its inputs, as a function of all of them.
fn slope(case: &Case, inputs: &[Tensor]) -> Result<Tensor> {
    let along = &inputs[case.whole("along", 0) as usize];
    along.requires_grad_(true)?;
    let y = bent(case, inputs)?;
    let options = BackwardOptions { gradient: Some(case.upstream(&y)?), retain_graph: true, create_graph: true };
    Ok(grad(&y, &[along], options)?.remove(0))
}

fn bent(case: &Case, inputs: &[Tensor]) -> Result<Tensor> {
    let x = &inputs[0];
    match case.args["of"].as_str().expect("a function") {
        "conv2d_squared" => x.conv2d_window(&inputs[1], inputs.get(2), &convolution(case))?.square(),
        "max_pool2d_squared" => x.max_pool2d_window(&pool(case))?.square(),
        "avg_pool2d_squared" => x.avg_pool2d_window(&pool(case))?.square(),
        "sigmoid" => x.sigmoid(),
        "tanh" => x.tanh(),
        "exp" => x.exp(),
        "sin" => x.sin(),
        "cos" => x.cos(),
        "square" => x.square(),
        "reciprocal" => x.reciprocal(),
        "erf" => x.erf(),
        "atan" => x.atan(),
        "gelu" => x.gelu(),
        "silu" => x.silu(),
        "softplus" => x.softplus(1.0, 20.0),
        "elu" => x.elu(1.0),
        "log" => x.log(),
        "sqrt" => x.sqrt(),
        "log1p" => x.log1p(),
        "rsqrt" => x.rsqrt(),
        "relu_squared" => x.relu()?.square(),
        "leaky_relu_squared" => x.leaky_relu(0.01)?.square(),
        "softmax" => x.softmax(-1),
        "log_softmax" => x.log_softmax(-1),
        "mm" => x.mm(&x.t()?),
        "sum_squared" => x.sum(&[0], false)?.square(),
        "split_squared" => {
            let pieces = x.split(1, 0)?;
            let weighted = |(i, piece): (usize, &Tensor)| piece.square()?.sum(&[], false)?.affine(i as f64 + 1.0, 0.0);
            let sums = pieces.iter().enumerate().map(weighted).collect::<Result<Vec<_>>>()?;
            Tensor::stack(&sums, 0)?.sum(&[0], true)
        }
        "power" => x.pow_scalar(3.0),
        "quotient" => x.div(&x.square()?.affine(1.0, 1.0)?),
        "cumsum_squared" => x.cumsum(0)?.square(),
        "max_squared" => x.max_along(1, false)?.0.square(),
        "gather_squared" => x.gather(1, &Tensor::from_vec(vec![2i64, 0, 1, 1], [2, 2])?)?.square(),
        "cross_entropy" => x.cross_entropy(&Tensor::from_vec(vec![2i64, 0], [2])?, Reduction::None),
        "rows_squared" => x.index_select(0, &[0, 0, 1])?.square(),
        other => panic!("no function to take the slope of: {other}"),
    }
}
