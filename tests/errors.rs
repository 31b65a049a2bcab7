//! A user's mistake is an error in PyTorch's words (`tests/golden/errors.json`), never a panic.

use gradlab::autograd::{self, BackwardOptions, Gradients};
use gradlab::random::Generator;
use gradlab::tensor::{Conv2dSize, Index, Reduction, Tensor};
use gradlab::{DType, Result};

fn o<const N: usize>(sizes: [usize; N]) -> Tensor {
    Tensor::ones(sizes).unwrap()
}

fn leaf(size: usize) -> Tensor {
    o([size]).requires_grad_(true).unwrap()
}

fn whole(data: &[i64]) -> Tensor {
    Tensor::from_slice(data).unwrap()
}

fn long(count: i64) -> Tensor {
    Tensor::arange(0.0, count as f64, 1.0, DType::Int64).unwrap()
}

fn double(size: usize) -> Tensor {
    Tensor::full([size], 1.0, DType::Float64).unwrap()
}

fn truth() -> Tensor {
    Tensor::from_slice(&[true]).unwrap()
}

fn backward(tensor: Tensor, gradient: Option<Tensor>) -> Result<()> {
    tensor.backward_into(&mut Gradients::new(), BackwardOptions { gradient, retain_graph: false, create_graph: false })
}

fn attempt(name: &str) -> Result<()> {
    let mut generator = Generator::new(0);
    let plain = Conv2dSize::default();
    let mean = Reduction::Mean;
    match name {
        "add" => o([2, 3]).add(&o([2, 4])),
        "mm" => o([2, 3]).matmul(&o([2, 3])),
        "mm vector" => o([2]).mm(&o([2, 3])),
        "mm vector right" => o([2, 2]).mm(&o([2])),
        "mm dtype" => o([2, 2]).mm(&Tensor::full([2, 2], 1.0, DType::Float64)?),
        "mv" => o([2, 3]).mv(&o([2])),
        "mv vector" => o([2]).mv(&o([2])),
        "dot" => o([2]).dot(&o([3])),
        "dot matrix" => o([2, 2]).dot(&o([3])),
        "dot dtype" => o([2]).dot(&double(2)),
        "bmm" => o([2, 3, 4]).bmm(&o([2, 3, 4])),
        "bmm matrix" => o([3, 4]).bmm(&o([2, 3, 4])),
        "matmul scalar" => o([]).matmul(&o([2])),
        "matmul batches" => o([2, 3, 4]).matmul(&o([3, 4, 2])),
        "matmul rows" => o([2, 2, 3]).matmul(&o([2, 3])),
        "outer" => o([2, 2]).outer(&o([2])),
        "outer right" => o([2]).outer(&o([2, 2])),
        "reshape" => o([2, 3]).reshape([4, 2]),
        "reshape unknown" => o([2, 3]).view(&[-1, 4]),
        "view two unknown" => o([2, 3]).view(&[-1, -1]),
        "view negative" => o([2, 3]).view(&[-2, 3]),
        "sum dim" => o([2, 3]).sum(&[2], false),
        "sum same dim" => o([2, 3]).sum(&[0, 0], false),
        "sum scalar" => o([]).sum(&[1], false),
        "index" => o([3]).index(&[Index::At(3)]),
        "index negative" => o([3]).index(&[Index::At(-4)]),
        "index too many" => o([3]).index(&[Index::At(0), Index::At(0)]),
        "index scalar" => o([]).index(&[Index::At(0)]),
        "index list" => o([3]).index(&[Index::list(&[5])]),
        "index step" => o([3]).index(&[Index::Range { start: None, end: None, step: Some(-1) }]),
        "index mask" => o([3]).index(&[Index::Mask { truths: vec![true, false], shape: vec![2] }]),
        "index lists" => o([3, 3]).index(&[Index::list(&[0, 1]), Index::list(&[0, 1, 2])]),
        "index floating" => Index::tensor(&o([2])).map(|_| o([1])),
        "index put" => o([2, 3]).index_put(&[Index::At(0)], &o([4])),
        "index put list" => o([2, 3]).index_put(&[Index::list(&[0, 1])], &o([4])),
        "cat" => Tensor::cat(&[o([2, 3]), o([2, 4])], 0),
        "cat ranks" => Tensor::cat(&[o([2, 3]), o([2, 1, 3])], 0),
        "cat scalar" => Tensor::cat(&[o([]), o([2])], 0),
        "cat nothing" => Tensor::cat(&[], 0),
        "stack" => Tensor::stack(&[o([2]), o([3])], 0),
        "stack nothing" => Tensor::stack(&[], 0),
        "permute" => o([2, 3]).permute(&[0]),
        "permute twice" => o([2, 3]).permute(&[0, 0]),
        "transpose" => o([2, 3]).transpose(0, 2),
        "t" => o([2, 2, 2]).t(),
        "expand" => o([2, 3]).expand(&[4, 3]),
        "expand fewer" => o([2, 3]).expand(&[3]),
        "expand leading" => o([2, 3]).expand(&[-1, 2, 3]),
        "unsqueeze" => o([2]).unsqueeze(3),
        "flatten" => o([2, 3]).flatten(1, 0),
        "item" => o([3]).item().map(|_| o([])),
        "backward constant" => backward(o([1]), None).map(|()| o([])),
        "backward vector" => backward(leaf(3).mul_scalar(2)?, None).map(|()| o([])),
        "backward gradient" => backward(leaf(3).mul_scalar(2)?, Some(o([2]))).map(|()| o([])),
        "backward twice" => {
            let x = leaf(2);
            let y = x.mul(&x)?.sum(&[], false)?;
            y.backward()?;
            y.backward().map(|_| o([]))
        }
        "requires_grad integer" => whole(&[1, 1]).requires_grad_(true),
        "requires_grad middle" => leaf(2).mul_scalar(2)?.requires_grad_(false),
        "retain_grad" => o([2]).retain_grad().map(|()| o([])),
        "grad unused" => {
            let loss = leaf(2).mul_scalar(2)?.sum(&[], false)?;
            autograd::grad(&loss, &[&leaf(2)], BackwardOptions::default()).map(|_| o([]))
        }
        "grad constant" => autograd::grad(&leaf(2).sum(&[], false)?, &[&o([2])], BackwardOptions::default()).map(|_| o([])),
        "mean integer" => long(3).mean(&[], false),
        "norm integer" => long(3).norm(2.0, &[], false),
        "var integer" => long(3).var(&[], 1.0, false),
        "softmax integer" => long(3).softmax(0),
        "log_softmax integer" => long(3).log_softmax(0),
        "sub bool" => truth().sub(&truth()),
        "neg bool" => truth().neg(),
        "power integer" => long(3).power(-1),
        "floor_divide zero" => long(3).floor_divide_scalar(0),
        "max nothing" => o([0]).max(),
        "max_dim nothing" => o([0, 2]).max_along(0, false).map(|pair| pair.0),
        "argmax nothing" => o([0]).argmax_all(),
        "amax nothing" => o([0, 2]).amax(&[0], false),
        "dropout" => o([2]).dropout(&mut generator, 1.5),
        "randint" => Tensor::randint(&mut generator, 5, 5, [2]),
        "arange" => Tensor::arange(5.0, 2.0, 1.0, DType::Int64),
        "arange step" => Tensor::arange(0.0, 2.0, 0.0, DType::Int64),
        "uniform" => Tensor::uniform(&mut generator, [2], 2.0, 1.0, DType::Float32),
        "normal" => Tensor::normal(&mut generator, [2], 0.0, -1.0, DType::Float32),
        "conv2d channels" => o([1, 2, 5, 5]).conv2d(&o([3, 1, 3, 3]), None, plain),
        "conv2d kernel" => o([1, 1, 2, 2]).conv2d(&o([1, 1, 3, 3]), None, plain),
        "conv2d matrix" => o([5, 5]).conv2d(&o([1, 1, 3, 3]), None, plain),
        "conv2d stride" => o([1, 1, 5, 5]).conv2d(&o([1, 1, 3, 3]), None, Conv2dSize { stride: 0, ..plain }),
        "conv2d bias" => o([1, 1, 5, 5]).conv2d(&o([2, 1, 3, 3]), Some(&o([3])), plain),
        "max_pool2d" => o([1, 1, 2, 2]).max_pool2d(3, 3, 0),
        "max_pool2d padding" => o([1, 1, 4, 4]).max_pool2d(2, 2, 2),
        "max_pool2d matrix" => o([4, 4]).max_pool2d(2, 2, 0),
        "avg_pool2d" => o([1, 1, 2, 2]).avg_pool2d(3, 3, 0),
        "linear" => o([2, 3]).linear(&o([4, 2]), None),
        "linear bias" => o([2, 3]).linear(&o([4, 3]), Some(&o([5]))),
        "cross_entropy rows" => o([2, 3]).cross_entropy(&whole(&[0]), mean),
        "cross_entropy class" => o([2, 3]).cross_entropy(&whole(&[0, 3]), mean),
        "cross_entropy dtype" => o([2, 3]).cross_entropy(&o([2]), mean),
        "nll_loss rows" => o([2, 3]).nll_loss(&whole(&[0]), mean),
        "nll_loss matrix" => o([2, 3]).nll_loss(&whole(&[0, 0]).reshape([2, 1])?, mean),
        "binary_cross_entropy range" => o([2]).mul_scalar(2)?.binary_cross_entropy(&o([2]), mean),
        "binary_cross_entropy sizes" => o([2]).mul_scalar(0.5)?.binary_cross_entropy(&o([3]), mean),
        "binary_cross_entropy_with_logits sizes" => o([2]).binary_cross_entropy_with_logits(&o([3]), mean),
        "mse_loss sizes" => o([2]).mse_loss(&o([3]), mean),
        "one_hot classes" => whole(&[3]).one_hot(Some(2)),
        "one_hot negative" => whole(&[-1]).one_hot(Some(2)),
        "one_hot dtype" => o([2]).one_hot(None),
        "gather" => o([2, 3]).gather(0, &whole(&[5]).reshape([1, 1])?),
        "gather rank" => o([2, 3]).gather(0, &whole(&[5])),
        "gather size" => o([2, 3]).gather(0, &whole(&[0; 4]).reshape([1, 4])?),
        "gather dtype" => o([2, 3]).gather(0, &o([1, 3])),
        "index_select dtype" => o([3]).index_select_tensor(0, &o([2])),
        "split sizes" => o([3]).split_with_sizes(&[1, 1], 0).map(|_| o([])),
        "split nothing" => o([3]).split(0, 0).map(|_| o([])),
        "chunk nothing" => o([3]).chunk(0, 0).map(|_| o([])),
        "where" => o([2]).to_dtype(DType::Bool)?.where_(&o([3]), &o([3])),
        "masked_select" => o([3]).masked_select(&o([3])),
        "diag" => o([2, 2, 2]).diag(),
        "tril" => o([3]).tril(0),
        other => panic!("the fixture has an unknown error: {other}"),
    }
    .map(|_| ())
}

#[test]
fn every_mistake_is_named_in_pytorch_s_words() {
    let rows: Vec<(String, String)> = serde_json::from_str(include_str!("golden/errors.json")).unwrap();
    assert!(rows.len() > 100);
    let mut failures = Vec::new();
    for (name, message) in &rows {
        match std::panic::catch_unwind(|| attempt(name)) {
            Ok(Err(error)) if error.to_string() == *message => {}
            Ok(Err(error)) => failures.push(format!("{name}\n    ours    {error}\n    PyTorch {message}")),
            Ok(Ok(())) => failures.push(format!("{name}: no error; PyTorch {message}")),
            Err(_) => failures.push(format!("{name}: panicked; PyTorch {message}")),
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), rows.len(), failures.join("\n"));
}
