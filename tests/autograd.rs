//! The rules of automatic differentiation that are not an op's: accumulation, leaves, retained graphs and gradients, long
//! chains, shared nodes. Expected numbers are PyTorch's.

use gradlab::autograd::{self, BackwardOptions, Gradients, backward_order};
use gradlab::backend::kernel::Activation;
use gradlab::tensor::{Conv2dSize, Index, Reduction, Tensor, no_grad};
use gradlab::{DType, Result};

fn leaf(data: &[f64]) -> Tensor {
    Tensor::from_slice(data).unwrap().requires_grad_(true).unwrap()
}

fn values(tensor: Option<&Tensor>) -> Vec<f64> {
    tensor.expect("a gradient").to_f64_vec().unwrap()
}

#[test]
fn a_node_used_twice_gets_both_gradients() -> Result<()> {
    // As in micrograd: a = -4, b = 2, with nodes shared between paths; gradients from PyTorch.
    let (a, b) = (leaf(&[-4.0]), leaf(&[2.0]));
    let c = a.add(&b)?;
    let d = a.mul(&b)?.add(&b.power(3)?)?;
    let c = c.add(&c.add_scalar(1)?)?;
    let c = c.add(&c.add_scalar(1)?.sub(&a)?)?;
    let d = d.add(&d.mul_scalar(2)?.add(&b.add(&a)?.relu()?)?)?;
    let d = d.add(&d.mul_scalar(3)?.add(&b.sub(&a)?.relu()?)?)?;
    let e = c.sub(&d)?;
    let f = e.power(2)?;
    let g = f.div_scalar(2)?.add(&f.rdiv_scalar(10)?)?;
    assert!((g.item()? - 24.704_081_632_653_06).abs() < 1e-12);
    let gradients = g.backward()?;
    assert!((values(gradients.get(&a))[0] - 138.833_819_241_982_5).abs() < 1e-9);
    assert!((values(gradients.get(&b))[0] - 645.577_259_475_218_6).abs() < 1e-9);
    Ok(())
}

#[test]
fn a_chain_of_a_hundred_thousand_ops_neither_recurses_nor_leaks_the_stack() -> Result<()> {
    let x = leaf(&[1.0]);
    let mut y = x.clone();
    for _ in 0..100_000 {
        y = y.add_scalar(1)?;
    }
    assert_eq!(y.item()?, 100_001.0);
    assert!(backward_order(&y).len() > 100_000);
    assert_eq!(values(y.backward()?.get(&x)), [1.0]);
    drop(y);
    // The same where every node is used twice: a walk by paths would take 2^k steps.
    let mut y = x.clone();
    for _ in 0..64 {
        y = y.add(&y)?.mul_scalar(0.5)?;
    }
    assert_eq!(values(y.backward()?.get(&x)), [1.0]);
    Ok(())
}

#[test]
fn only_leaves_keep_gradients_unless_asked() -> Result<()> {
    let x = leaf(&[1.0, 2.0]);
    let inner = x.mul_scalar(2)?;
    let kept = x.mul_scalar(3)?;
    kept.retain_grad()?;
    assert!(x.is_leaf() && !inner.is_leaf());
    let gradients = inner.mul(&kept)?.sum(&[], false)?.backward()?;
    assert!(gradients.get(&inner).is_none());
    assert_eq!(values(gradients.get(&kept)), [2.0, 4.0]);
    assert_eq!(values(gradients.get(&x)), [12.0, 24.0]);
    Ok(())
}

#[test]
fn no_grad_and_detach_cut_the_graph() -> Result<()> {
    let x = leaf(&[3.0]);
    let inside = no_grad(|| x.mul(&x))?;
    assert!(!inside.requires_grad() && inside.is_leaf());
    let y = x.mul(&x.detach())?;
    assert_eq!(values(y.backward()?.get(&x)), [3.0]);
    assert!(x.detach().requires_grad_(true)?.is_leaf());
    // Errors inside do not leave gradients switched off.
    assert!(no_grad(|| x.reshape([7])).is_err());
    assert!(x.mul(&x)?.requires_grad());
    Ok(())
}

#[test]
fn a_graph_without_saved_values_may_be_walked_twice() -> Result<()> {
    let x = leaf(&[1.0, 2.0]);
    let sum = x.add_scalar(1)?.sum(&[], false)?;
    sum.backward()?;
    // PyTorch allows it as well: addition and sum keep nothing.
    sum.backward()?;
    let square = x.square()?.sum(&[], false)?;
    let mut gradients = Gradients::new();
    let retain = || BackwardOptions { gradient: None, retain_graph: true, create_graph: false };
    square.backward_into(&mut gradients, retain())?;
    square.backward_into(&mut gradients, retain())?;
    assert_eq!(values(gradients.get(&x)), [4.0, 8.0]);
    square.backward_into(&mut gradients, BackwardOptions::default())?;
    assert!(square.backward().is_err());
    Ok(())
}

#[test]
fn comparisons_integers_and_positions_take_no_gradient() -> Result<()> {
    let x = leaf(&[1.0, -2.0, 3.0]);
    assert!(!x.gt(&x.zeros_like()?)?.requires_grad());
    assert!(!x.to_dtype(DType::Int64)?.requires_grad());
    assert!(!x.argmax_all()?.requires_grad());
    let kept = x.index(&[Index::tensor(&x.gt(&x.zeros_like()?)?)?])?;
    assert_eq!(values(kept.sum(&[], false)?.backward()?.get(&x)), [1.0, 0.0, 1.0]);
    Ok(())
}

#[test]
fn a_jacobian_has_a_row_for_each_output() -> Result<()> {
    let x = leaf(&[1.0, 2.0]);
    let y = Tensor::stack(&[x.select(0, 0)?.mul(&x.select(0, 1)?)?, x.square()?.sum(&[], false)?, x.select(0, 1)?], 0)?;
    let jacobian = autograd::jacobian(&y, &x)?;
    assert_eq!(jacobian.shape()[..], [3, 2]);
    assert_eq!(jacobian.to_f64_vec()?, [2.0, 1.0, 2.0, 4.0, 0.0, 1.0]);
    Ok(())
}

#[test]
fn a_mask_of_dropout_passes_the_gradient_where_it_let_the_value_through() -> Result<()> {
    let mut generator = gradlab::random::Generator::new(3);
    let x = leaf(&[1.0; 50]);
    let y = x.dropout(&mut generator, 0.3)?;
    let gradient = values(y.sum(&[], false)?.backward()?.get(&x));
    assert_eq!(gradient, y.to_f64_vec()?);
    assert!(gradient.contains(&0.0) && gradient.contains(&(1.0 / 0.7)));
    Ok(())
}

/// The fused ops and their plain twins: value and every gradient, float32.
#[test]
fn fused_is_plain() -> Result<()> {
    let mut generator = gradlab::random::Generator::new(5);
    let mut make = |sizes: &[usize]| Tensor::randn(&mut generator, sizes)?.requires_grad_(true);
    let close = |what: &str, a: &Tensor, b: &Tensor| -> Result<()> {
        let (a, b) = (a.to_f64_vec()?, b.to_f64_vec()?);
        let scale = b.iter().fold(1e-3, |most: f64, x| most.max(x.abs()));
        assert_eq!(a.len(), b.len(), "{what}");
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() <= 2e-6 * scale, "{what}: fused {a}, plain {b}");
        }
        Ok(())
    };
    let same = |what: &str, fused: &Tensor, plain: &Tensor, leaves: &[&Tensor]| -> Result<()> {
        close(what, fused, plain)?;
        let upstream: Vec<f32> = (0..plain.numel()).map(|i| ((7 * i % 11) as f32 - 5.0) / 4.0).collect();
        let upstream = Tensor::from_vec(upstream, plain.shape().clone())?;
        // The plain twins share a graph.
        let options = || BackwardOptions { gradient: Some(upstream.clone()), retain_graph: true, create_graph: false };
        let fused = autograd::grad(fused, leaves, options())?;
        let plain = autograd::grad(plain, leaves, options())?;
        for (i, (fused, plain)) in fused.iter().zip(&plain).enumerate() {
            close(&format!("{what}, gradient {i}"), fused, plain)?;
        }
        Ok(())
    };
    for (m, k, n) in [(5, 7, 3), (1, 1, 1), (64, 33, 10)] {
        let (x, weight, bias) = (make(&[m, k])?, make(&[n, k])?, make(&[n])?);
        let linear = x.linear(&weight, Some(&bias))?;
        let slope = 0.01;
        for (activation, plain) in [
            (Activation::Identity, linear.clone()),
            (Activation::Relu, linear.relu()?),
            (Activation::LeakyRelu { slope }, linear.leaky_relu(slope)?),
            (Activation::Sigmoid, linear.sigmoid()?),
            (Activation::Tanh, linear.tanh()?),
        ] {
            let fused = x.linear_activated(&weight, &bias, activation, m.min(4))?;
            let what = format!("linear {m}x{k}x{n} {activation:?}");
            same(&what, &fused, &plain, &[&x, &weight, &bias])?;
        }
    }
    for (input, kernel) in [([3, 1, 12, 12], [4, 1, 5, 5]), ([2, 4, 9, 8], [3, 4, 3, 3]), ([1, 2, 7, 7], [2, 2, 2, 2])] {
        let (x, weight, bias) = (make(&input)?, make(&kernel)?, make(&[kernel[0]])?);
        let fused = x.convolution_block(&weight, &bias, Conv2dSize::default(), input[0].min(2))?;
        let plain = x.conv2d(&weight, Some(&bias), Conv2dSize::default())?.relu()?.max_pool2d(2, 2, 0)?;
        same(&format!("convolution {input:?} {kernel:?}"), &fused, &plain, &[&x, &weight, &bias])?;
    }
    let logits = make(&[6, 10])?;
    let labels = Tensor::from_slice(&[3i64, 0, 9, 9, 1, 5])?;
    let index = gradlab::backend::HostData::Index(vec![3, 0, 9, 9, 1, 5]);
    let fused = logits.softmax_cross_entropy(&gradlab::Device::Cpu.upload(index)?, 1.0 / 6.0, 3)?;
    let plain = logits.cross_entropy(&labels, Reduction::Mean)?;
    same("cross-entropy", &fused, &plain, &[&logits])
}

/// `type(y.grad_fn).__name__` in PyTorch 2.15.
#[test]
fn gradient_functions_have_pytorch_s_names() -> Result<()> {
    let x = Tensor::from_vec(vec![0f32, 1., 2., 3., 4., 5.], [2, 3])?.requires_grad_(true)?;
    let row = || x.detach().select(0, 1).and_then(|row| row.requires_grad_(true));
    let labels = Tensor::from_slice(&[0i64, 1])?;
    let ones = Tensor::ones([2, 3])?;
    let two = Tensor::ones([2])?;
    let mean = Reduction::Mean;
    let names = [
        (x.T()?, "PermuteBackward0"),
        (x.t()?, "TBackward0"),
        (x.transpose(0, 1)?, "TransposeBackward0"),
        (x.unsqueeze(0)?, "UnsqueezeBackward0"),
        (x.squeeze(None)?, "SqueezeBackward0"),
        (x.squeeze(Some(0))?, "SqueezeBackward1"),
        (x.reshape([3, 2])?, "ViewBackward0"),
        (x.view(&[2, 3])?, "ViewBackward0"),
        (x.flatten(0, -1)?, "ViewBackward0"),
        (x.expand(&[2, 2, 3])?, "ExpandBackward0"),
        (x.select(0, 0)?, "SelectBackward0"),
        (x.index(&[Index::ALL, Index::At(1)])?, "SelectBackward0"),
        (x.index(&[Index::range(1, 2)])?, "SliceBackward0"),
        (x.index(&[Index::list(&[0, 1])])?, "IndexBackward0"),
        (x.std(&[], 1.0, false)?, "StdBackward0"),
        (x.var(&[0], 1.0, false)?, "VarBackward0"),
        (x.norm(2.0, &[], false)?, "LinalgVectorNormBackward0"),
        (x.logsumexp(&[0], false)?, "LogsumexpBackward0"),
        (x.max()?, "MaxBackward1"),
        (x.max_along(0, false)?.0, "MaxBackward0"),
        (x.amax(&[0], false)?, "AmaxBackward0"),
        (x.sum(&[], false)?, "SumBackward0"),
        (x.sum(&[0], false)?, "SumBackward1"),
        (x.mean(&[], false)?, "MeanBackward0"),
        (x.mean(&[0], false)?, "MeanBackward1"),
        (x.prod_all()?, "ProdBackward0"),
        (x.cumsum(0)?, "CumsumBackward0"),
        (row()?.dot(&row()?)?, "DotBackward0"),
        (x.mv(&row()?)?, "MvBackward0"),
        (x.mm(&x.t()?)?, "MmBackward0"),
        (x.linear(&ones, Some(&two))?, "AddmmBackward0"),
        (x.linear(&ones, None)?, "MmBackward0"),
        (x.mse_loss(&ones, mean)?, "MseLossBackward0"),
        (x.cross_entropy(&labels, mean)?, "NllLossBackward0"),
        (x.sigmoid()?.binary_cross_entropy(&ones, mean)?, "BinaryCrossEntropyBackward0"),
        (x.binary_cross_entropy_with_logits(&ones, mean)?, "BinaryCrossEntropyWithLogitsBackward0"),
        (x.softmax(0)?, "SoftmaxBackward0"),
        (x.relu()?, "ReluBackward0"),
        (x.selu()?, "EluBackward0"),
        (x.logsigmoid()?, "LogSigmoidBackward0"),
        (x.mul_scalar(2)?, "MulBackward0"),
        (x.rsub_scalar(2)?, "RsubBackward1"),
        (x.sub_scalar(2)?, "SubBackward0"),
        (x.div_scalar(2)?, "DivBackward0"),
        (x.rdiv_scalar(2)?, "MulBackward0"),
        (x.add_scalar(1)?, "AddBackward0"),
        (x.power(2)?, "PowBackward0"),
        (x.pow(&x)?, "PowBackward1"),
        (x.clamp(0.0, 1.0)?, "ClampBackward1"),
        (x.to_dtype(DType::Float64)?, "ToCopyBackward0"),
        (Tensor::cat(&[x.clone(), x.clone()], 0)?, "CatBackward0"),
        (Tensor::stack(&[x.clone(), x.clone()], 0)?, "StackBackward0"),
        (x.dropout(&mut gradlab::random::Generator::new(0), 0.5)?, "MulBackward0"),
    ];
    for (tensor, name) in &names {
        assert_eq!(tensor.grad_fn(), Some(*name));
    }
    assert_eq!(x.grad_fn(), None);
    assert_eq!(x.sum(&[], false)?.to_string(), "tensor(15., grad_fn=<SumBackward0>)");
    Ok(())
}

#[test]
fn a_gradient_can_be_differentiated_again() -> Result<()> {
    let x = leaf(&[0.5, -1.2, 2.0]);
    let w = Tensor::from_vec(vec![0.3, -0.7, 0.2, 1.1, 0.4, -0.5], [2, 3])?.requires_grad_(true)?;
    let gate = x.slice(0, 0, 2, 1)?.sigmoid()?;
    let y = w.mv(&x)?.tanh()?.mul(&gate)?.sum(&[], false)?;
    let y = y.add(&x.softmax(0)?.select(0, 1)?.pow_scalar(3.0)?)?.add(&x.relu()?.sum(&[], false)?)?;
    let options = BackwardOptions { create_graph: true, ..BackwardOptions::default() };
    let gradient = autograd::grad(&y, &[&x], options)?.remove(0);
    let penalty = gradient.square()?.sum(&[], false)?;
    let gradients = penalty.backward()?;
    let near = |ours: Vec<f64>, pytorch: &[f64]| ours.iter().zip(pytorch).all(|(a, b)| (a - b).abs() < 1e-12);
    // torch.autograd.grad(y, x, create_graph=True)[0].square().sum().backward()
    assert!((penalty.item()? - 2.850_324_742_841_075).abs() < 1e-12);
    assert!(near(
        values(gradients.get(&x)),
        &[0.167_256_552_027_541_67, 0.437_617_730_589_719_87, -0.175_817_505_231_873_3]
    ));
    let of_weight = [
        [0.267_969_639_426_924_37, 0.205_674_968_862_940_65, -0.159_536_741_454_893_94],
        [0.428_904_838_320_395_4, -0.360_470_744_880_543_04, 0.745_199_089_274_944_5],
    ];
    assert!(near(values(gradients.get(&w)), of_weight.as_flattened()));
    Ok(())
}

#[test]
fn what_cannot_be_differentiated_again_says_so() -> Result<()> {
    // Of the ops of training alone, which have plain twins.
    let x = Tensor::ones([2, 3])?.requires_grad_(true)?;
    let y = x.linear_activated(&Tensor::ones([1, 3])?, &Tensor::ones([1])?, Activation::Tanh, 1)?.sum(&[], false)?;
    let options = BackwardOptions { create_graph: true, ..BackwardOptions::default() };
    let error = autograd::grad(&y, &[&x], options).expect_err("no second derivative").to_string();
    assert!(error.contains("is not implemented: with create_graph=True"), "{error}");
    Ok(())
}
