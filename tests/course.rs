//! Every number that the course quotes, chapter by chapter. They are PyTorch's, as a learner sees them printed.

use gradlab::autograd::{self, BackwardOptions, Gradients};
use gradlab::random::Generator;
use gradlab::tensor::{Conv2dSize, Index, Reduction, Tensor};
use gradlab::{DType, Result};

fn whole(count: i64) -> Tensor {
    Tensor::arange(0.0, count as f64, 1.0, DType::Int64).unwrap()
}

fn floats(data: &[f32]) -> Tensor {
    Tensor::from_slice(data).unwrap()
}

fn leaf(data: &[f32]) -> Tensor {
    floats(data).requires_grad_(true).unwrap()
}

fn line(start: f64, end: f64) -> Tensor {
    Tensor::linspace(start, end, 10, DType::Float32).unwrap()
}

fn text(tensor: &Tensor) -> String {
    tensor.to_string()
}

fn close(tensor: &Tensor, expected: &[f64], tolerance: f64) {
    let values = tensor.to_f64_vec().unwrap();
    assert_eq!(values.len(), expected.len());
    for (ours, theirs) in values.iter().zip(expected) {
        assert!((ours - theirs).abs() <= tolerance, "{values:?}, expected {expected:?}");
    }
}

fn message<T>(result: Result<T>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn chapter_1_tensors_are_made() -> Result<()> {
    assert_eq!(Tensor::empty([3, 4])?.shape()[..], [3, 4]);
    assert_eq!(
        text(&Tensor::zeros([3, 4])?),
        "tensor([[0., 0., 0., 0.],\n        [0., 0., 0., 0.],\n        [0., 0., 0., 0.]])"
    );
    assert_eq!(Tensor::ones([3, 4])?.sum(&[], false)?.item()?, 12.0);
    let made = Tensor::from_vec(vec![1f32, 2., 3., 4., 4., 5., 6., 7., 7., 8., 9., 0.], [3, 4])?;
    assert_eq!(text(&made), "tensor([[1., 2., 3., 4.],\n        [4., 5., 6., 7.],\n        [7., 8., 9., 0.]])");
    let mut generator = Generator::new(0);
    let random = Tensor::rand(&mut generator, [3, 4])?.to_f64_vec()?;
    assert!(random.iter().all(|x| (0.0..1.0).contains(x)));
    assert!((random[0] - 0.4963).abs() < 5e-5 && (random[1] - 0.7682).abs() < 5e-5 && (random[2] - 0.0885).abs() < 5e-5);
    let dice = Tensor::randint(&mut generator, 0, 10, [16])?;
    assert!(dice.dtype() == DType::Int64 && dice.to_f64_vec()?.iter().all(|x| (0.0..10.0).contains(x)));
    assert_eq!(text(&Tensor::randperm(&mut Generator::new(0), 10)?), "tensor([4, 1, 7, 5, 3, 9, 0, 8, 6, 2])");
    assert_eq!(text(&Tensor::arange(2.0, 5.0, 1.0, DType::Int64)?), "tensor([2, 3, 4])");
    assert_eq!(text(&whole(9).reshape([3, 3])?), "tensor([[0, 1, 2],\n        [3, 4, 5],\n        [6, 7, 8]])");
    assert_eq!(text(&Tensor::full([2], 7.0, DType::Float32)?), "tensor([7., 7.])");
    // from_numpy: float64 arrives as float64.
    assert_eq!(text(&Tensor::from_slice(&[1.0f64, 2.0])?), "tensor([1., 2.], dtype=torch.float64)");
    Ok(())
}

#[test]
fn chapter_1_item_takes_one_element() -> Result<()> {
    assert_eq!(floats(&[2.5]).item()?, 2.5);
    assert_eq!(message(floats(&[1., 2., 3.]).item()), "a Tensor with 3 elements cannot be converted to Scalar");
    Ok(())
}

#[test]
fn chapter_1_indexing() -> Result<()> {
    let x = Tensor::arange(1.0, 13.0, 1.0, DType::Int64)?.reshape([3, 4])?;
    let at = |parts: &[Index]| text(&x.index(parts).unwrap());
    let range = |start, end| Index::range(start, end);
    assert_eq!(at(&[Index::At(0), Index::At(0)]), "tensor(1)");
    assert_eq!(text(&x.select(0, 0)?.select(0, 0)?), "tensor(1)");
    assert_eq!(at(&[Index::At(1)]), "tensor([5, 6, 7, 8])");
    assert_eq!(at(&[Index::At(1), Index::ALL]), "tensor([5, 6, 7, 8])");
    assert_eq!(at(&[Index::ALL, Index::At(1)]), "tensor([ 2,  6, 10])");
    assert_eq!(at(&[Index::ALL, Index::list(&[1])]), "tensor([[ 2],\n        [ 6],\n        [10]])");
    assert_eq!(at(&[Index::At(2), range(0, 3)]), "tensor([ 9, 10, 11])");
    assert_eq!(at(&[range(1, 3), range(0, 3)]), "tensor([[ 5,  6,  7],\n        [ 9, 10, 11]])");
    let last_two = Index::Range { start: Some(-2), end: None, step: None };
    assert_eq!(at(&[last_two]), "tensor([[ 5,  6,  7,  8],\n        [ 9, 10, 11, 12]])");
    assert_eq!(
        at(&[Index::ALL, Index::list(&[2, 1, 0])]),
        "tensor([[ 3,  2,  1],\n        [ 7,  6,  5],\n        [11, 10,  9]])"
    );
    assert_eq!(at(&[Index::list(&[0, 1, 2]), Index::list(&[2, 1, 0])]), "tensor([3, 6, 9])");
    Ok(())
}

#[test]
fn chapter_1_arithmetic_and_broadcasting() -> Result<()> {
    let (a, b) = (floats(&[1., 2.]), floats(&[4., 5.]));
    assert_eq!(text(&a.add(&b)?), "tensor([5., 7.])");
    assert_eq!(text(&a.sub(&b)?), "tensor([-3., -3.])");
    assert_eq!(text(&a.mul(&b)?), "tensor([ 4., 10.])");
    assert_eq!(text(&a.div(&b)?), "tensor([0.2500, 0.4000])");
    assert_eq!(text(&a.reciprocal()?), "tensor([1.0000, 0.5000])");
    assert_eq!(text(&b.power(2)?), "tensor([16., 25.])");
    assert_eq!(
        message(Tensor::ones([2, 3])?.add(&Tensor::ones([2, 4])?)),
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
    );
    let column = Tensor::from_vec(vec![1i64, 2, 3], [3, 1])?;
    let row = Tensor::from_vec(vec![1i64, 2], [1, 2])?;
    assert_eq!(text(&column.add(&row)?), "tensor([[2, 3],\n        [3, 4],\n        [4, 5]])");
    Ok(())
}

#[test]
fn chapter_1_linear_algebra_and_dimensions() -> Result<()> {
    let a = whole(6).reshape([2, 3])?;
    assert_eq!(text(&a.T()?), "tensor([[0, 3],\n        [1, 4],\n        [2, 5]])");
    assert_eq!(text(&a.mm(&whole(6).reshape([3, 2])?)?), "tensor([[10, 13],\n        [28, 40]])");
    assert_eq!(text(&a.mv(&whole(3))?), "tensor([ 5, 14])");
    assert_eq!(text(&floats(&[3., 4.]).norm(2.0, &[], false)?), "tensor(5.)");
    assert!(message(whole(3).norm(2.0, &[], false)).contains("Expected a floating point or complex tensor"));
    let block = Tensor::ones([2, 3, 4])?;
    for (dim, sizes, value) in [(0, [3, 4], 2.0), (1, [2, 4], 3.0), (2, [2, 3], 4.0)] {
        let sum = block.sum(&[dim], false)?;
        assert_eq!(sum.shape()[..], sizes);
        assert!(sum.to_f64_vec()?.iter().all(|&x| x == value));
    }
    Ok(())
}

#[test]
fn chapter_2_gradients_accumulate() -> Result<()> {
    let x = Tensor::arange(0.0, 3.0, 1.0, DType::Float32)?;
    assert_eq!(message(x.dot(&x)?.backward()), "element 0 of tensors does not require grad and does not have a grad_fn");
    let x = x.requires_grad_(true)?;
    let mut gradients = Gradients::new();
    assert!(gradients.get(&x).is_none());
    x.dot(&x)?.backward_into(&mut gradients, BackwardOptions::default())?;
    assert_eq!(text(gradients.get(&x).unwrap()), "tensor([0., 2., 4.])");
    x.sum(&[], false)?.backward_into(&mut gradients, BackwardOptions::default())?;
    assert_eq!(text(gradients.get(&x).unwrap()), "tensor([1., 3., 5.])");
    gradients.zero(&x)?;
    x.sum(&[], false)?.backward_into(&mut gradients, BackwardOptions::default())?;
    assert_eq!(text(gradients.get(&x).unwrap()), "tensor([1., 1., 1.])");
    Ok(())
}

#[test]
fn chapter_2_inner_values() -> Result<()> {
    let x = leaf(&[0., 1., 2.]);
    let y = x.dot(&x)?;
    let gradients = y.power(2)?.backward()?;
    assert!(gradients.get(&y).is_none());
    assert_eq!(text(gradients.get(&x).unwrap()), "tensor([ 0., 20., 40.])");
    let y = x.dot(&x)?;
    y.retain_grad()?;
    assert_eq!(text(y.power(2)?.backward()?.get(&y).unwrap()), "tensor(10.)");
    Ok(())
}

#[test]
fn chapter_2_grad_of_a_mean_squared_error() -> Result<()> {
    let (x, target) = (Tensor::ones([1])?, Tensor::ones([1])?);
    let w = Tensor::full([1], 2.0, DType::Float32)?;
    let early = target.mse_loss(&x.mul(&w)?, Reduction::Mean)?;
    let asked = |loss: &Tensor, retain_graph| {
        autograd::grad(loss, &[&w], BackwardOptions { gradient: None, retain_graph, create_graph: false })
    };
    assert_eq!(message(asked(&early, false)), "One of the differentiated Tensors does not require grad");
    w.requires_grad_(true)?;
    // The loss was computed before w asked for gradients.
    assert_eq!(message(asked(&early, false)), "element 0 of tensors does not require grad and does not have a grad_fn");
    let loss = target.mse_loss(&x.mul(&w)?, Reduction::Mean)?;
    assert_eq!(text(&asked(&loss, true)?[0]), "tensor([2.])");
    assert_eq!(text(&asked(&loss, false)?[0]), "tensor([2.])");
    assert!(message(asked(&loss, false)).starts_with("Trying to backward through the graph a second time"));
    Ok(())
}

#[test]
fn chapter_2_only_scalars_start_and_softmax_sums_to_nothing() -> Result<()> {
    let a = leaf(&[1., 2., 3.]);
    let p = a.softmax(0)?;
    assert_eq!(message(p.backward()), "grad can be implicitly created only for scalar outputs");
    let mut gradients = Gradients::new();
    let gradient = Some(floats(&[1., 0., 0.]));
    p.backward_into(&mut gradients, BackwardOptions { gradient, retain_graph: true, create_graph: false })?;
    close(gradients.get(&a).unwrap(), &[0.081_925, -0.022_033, -0.059_892], 1e-6);
    close(p.sum(&[], false)?.backward()?.get(&a).unwrap(), &[0., 0., 0.], 1e-7);
    Ok(())
}

#[test]
fn chapter_3_activation_functions() -> Result<()> {
    assert_eq!(
        text(&line(-10., 10.).sigmoid()?),
        "tensor([4.5398e-05, 4.1877e-04, 3.8510e-03, 3.4445e-02, 2.4766e-01, 7.5234e-01,\n        \
         9.6555e-01, 9.9615e-01, 9.9958e-01, 9.9995e-01])"
    );
    let wide = line(-100., 100.).sigmoid()?.to_f64_vec()?;
    for (ours, theirs) in wide.iter().zip([0.0, 1.6655e-34, 7.4564e-25, 3.3382e-15, 1.4945e-05, 0.99999, 1., 1., 1., 1.]) {
        assert!((ours - theirs).abs() <= 5e-5 * theirs + 1e-43, "{wide:?}");
    }
    close(
        &line(-1., 1.).tanh()?,
        &[-0.7616, -0.6514, -0.5047, -0.3215, -0.1107, 0.1107, 0.3215, 0.5047, 0.6514, 0.7616],
        5e-5,
    );
    assert_eq!(
        text(&line(-10., 10.).relu()?),
        "tensor([ 0.0000,  0.0000,  0.0000,  0.0000,  0.0000,  1.1111,  3.3333,  5.5556,\n         7.7778, 10.0000])"
    );
    // tanh(x) = 2 sigmoid(2x) - 1; slopes s (1 - s) and 1 - t^2.
    let x = line(-3., 3.).requires_grad_(true)?;
    let twin = x.mul_scalar(2)?.sigmoid()?.mul_scalar(2)?.sub_scalar(1)?;
    close(&x.tanh()?, &twin.to_f64_vec()?, 1e-6);
    let slope = |y: &Tensor| y.sum(&[], false)?.backward().map(|gradients| gradients.get(&x).unwrap().clone());
    let (s, t) = (x.sigmoid()?, x.tanh()?);
    close(&slope(&s)?, &s.mul(&s.rsub_scalar(1)?)?.to_f64_vec()?, 1e-7);
    close(&slope(&t)?, &t.square()?.rsub_scalar(1)?.to_f64_vec()?, 1e-7);
    Ok(())
}

#[test]
fn chapter_4_losses() -> Result<()> {
    let (y, p) = (leaf(&[1., 2., 3.]), floats(&[1.5, 1.5, 5.]));
    let sum = y.mse_loss(&p, Reduction::Sum)?;
    assert_eq!(sum.item()?, 4.5);
    assert_eq!(y.mse_loss(&p, Reduction::Mean)?.item()?, 1.5);
    assert!((y.sub(&p)?.norm(2.0, &[], false)?.power(2)?.item()? - 4.5).abs() < 1e-6);
    close(sum.backward()?.get(&y).unwrap(), &[-1., 1., -4.], 0.0);
    let logits = floats(&[2.0, 1.0, 0.1]).reshape([1, 3])?;
    let label = Tensor::from_slice(&[0i64])?;
    let cross_entropy = logits.cross_entropy(&label, Reduction::Mean)?.item()?;
    assert!((cross_entropy - 0.417_030).abs() < 1e-6);
    // The expansion of -log p around p = 1 is (1 - p) + (1 - p)^2 / 2 + ...; poly-1 weighs its first term anew.
    let missing = 1.0 - 0.659_001;
    assert!((logits.poly_loss(&label, 1.0, Reduction::Mean)?.item()? - (cross_entropy + missing)).abs() < 1e-6);
    let series: f64 = (1..200).map(|k| f64::powi(missing, k) / f64::from(k)).sum();
    assert!((series - cross_entropy).abs() < 1e-5);
    Ok(())
}

#[test]
fn chapter_5_softmax_and_its_jacobian() -> Result<()> {
    let a = leaf(&[2.0, 1.0, 0.1]);
    let p = a.softmax(0)?;
    close(&p, &[0.659, 0.242, 0.099], 5e-4);
    let values = p.to_f64_vec()?;
    let jacobian = autograd::jacobian(&p, &a)?;
    let cells = jacobian.to_f64_vec()?;
    for i in 0..3 {
        for j in 0..3 {
            let formula = if i == j { values[i] * (1.0 - values[i]) } else { -values[i] * values[j] };
            assert!((cells[3 * i + j] - formula).abs() < 1e-6);
            assert_eq!(cells[3 * i + j] > 0.0, i == j);
        }
        assert!(cells[3 * i..3 * i + 3].iter().sum::<f64>().abs() < 1e-6);
    }
    let eye = Tensor::eye(3, 3)?;
    let product = p.diag()?.mm(&eye.sub(&p.detach().reshape([1, 3])?)?)?;
    close(&product, &cells, 1e-6);
    let row = autograd::grad(
        &p.select(0, 1)?,
        &[&a],
        BackwardOptions { gradient: None, retain_graph: true, create_graph: false },
    )?;
    close(&row[0], &cells[3..6], 1e-7);
    // J times the gradient of -log p_y is p - y.
    let label = Tensor::from_slice(&[2i64])?;
    let loss = a.reshape([1, 3])?.cross_entropy(&label, Reduction::Mean)?;
    close(loss.backward()?.get(&a).unwrap(), &[values[0], values[1], values[2] - 1.0], 1e-6);
    let outer = floats(&[0., 0., (-1.0 / values[2]) as f32]);
    close(&jacobian.t()?.mv(&outer)?, &[values[0], values[1], values[2] - 1.0], 1e-6);
    Ok(())
}

#[test]
fn chapters_6_and_8_one_neuron_and_a_hidden_layer() -> Result<()> {
    let mut generator = Generator::new(1);
    let x = Tensor::randn(&mut generator, [1, 10])?;
    for outputs in [1, 2] {
        let w = Tensor::randn(&mut generator, [outputs, 10])?.requires_grad_(true)?;
        let target = Tensor::ones([1, outputs])?;
        let o = x.mm(&w.t()?)?.sigmoid()?;
        let error = o.sub(&target)?.square()?.sum(&[], false)?.mul_scalar(0.5)?;
        let gradients = error.backward()?;
        let gradient = gradients.get(&w).unwrap();
        assert_eq!(gradient.shape(), w.shape());
        // (O_k - t_k) O_k (1 - O_k) x_j
        let delta = o.sub(&target)?.mul(&o)?.mul(&o.rsub_scalar(1)?)?.detach();
        close(gradient, &delta.t()?.mm(&x)?.to_f64_vec()?, 1e-6);
        // mse_loss averages: half of it, over the number of outputs, is this E.
        let mean = o.detach().mse_loss(&target, Reduction::Mean)?.item()?;
        assert!((mean * outputs as f64 / 2.0 - error.item()?).abs() < 1e-6);
    }
    // Two layers: delta_j = O_j (1 - O_j) sum_k delta_k W_jk.
    let first = Tensor::randn(&mut generator, [10, 4])?.requires_grad_(true)?;
    let second = Tensor::randn(&mut generator, [4, 3])?.requires_grad_(true)?;
    let hidden = x.mm(&first)?.sigmoid()?;
    let out = hidden.mm(&second)?.sigmoid()?;
    let target = Tensor::zeros([1, 3])?;
    let gradients = out.sub(&target)?.square()?.sum(&[], false)?.mul_scalar(0.5)?.backward()?;
    let slope = |o: &Tensor| o.mul(&o.rsub_scalar(1)?);
    let delta_k = slope(&out)?.mul(&out.sub(&target)?)?.detach();
    let delta_j = slope(&hidden)?.mul(&delta_k.mm(&second.t()?)?)?.detach();
    close(gradients.get(&second).unwrap(), &hidden.detach().t()?.mm(&delta_k)?.to_f64_vec()?, 1e-6);
    close(gradients.get(&first).unwrap(), &x.t()?.mm(&delta_j)?.to_f64_vec()?, 1e-6);
    Ok(())
}

#[test]
fn chapter_7_the_chain_rule() -> Result<()> {
    let (x, b) = (floats(&[1.]), floats(&[1.]));
    let (w1, w2) = (leaf(&[2.]), leaf(&[2.]));
    let y1 = x.mul(&w1)?.add(&b)?;
    let y2 = y1.mul(&w2)?.add(&b)?;
    let keep = || BackwardOptions { gradient: None, retain_graph: true, create_graph: false };
    let step = |of: &Tensor, by: &Tensor| -> Result<f64> { autograd::grad(of, &[by], keep())?[0].item() };
    assert_eq!((step(&y2, &y1)?, step(&y1, &w1)?, step(&y2, &w1)?), (2.0, 1.0, 2.0));
    Ok(())
}

#[test]
fn chapter_9_entropy_and_cross_entropy() -> Result<()> {
    let entropy = |p: &[f32]| -> Result<f64> {
        let p = floats(p);
        p.mul(&p.log2()?)?.sum(&[], false)?.neg()?.item()
    };
    assert!((entropy(&[0.25; 4])? - 2.0).abs() < 1e-6);
    assert!((entropy(&[0.1, 0.1, 0.1, 0.7])? - 1.3568).abs() < 5e-5);
    assert!((entropy(&[0.001, 0.001, 0.001, 0.997])? - 0.0342).abs() < 5e-5);
    // H(p, q) = H(p) + KL(p | q), in nats.
    let (p, q) = (floats(&[0.1, 0.2, 0.7]), floats(&[0.3, 0.3, 0.4]));
    let cross = p.mul(&q.log()?)?.sum(&[], false)?.neg()?.item()?;
    let own = p.mul(&p.log()?)?.sum(&[], false)?.neg()?.item()?;
    let divergence = q.log()?.kl_div(&p, Reduction::Sum)?.item()?;
    assert!((cross - own - divergence).abs() < 1e-6);
    let mut generator = Generator::new(0);
    let logits = Tensor::randn(&mut generator, [4, 10])?;
    let labels = Tensor::from_slice(&[3i64, 1, 4, 1])?;
    let fused = logits.cross_entropy(&labels, Reduction::Mean)?.item()?;
    let steps = logits.softmax(1)?.log()?.nll_loss(&labels, Reduction::Mean)?.item()?;
    assert!((fused - steps).abs() < 1e-6);
    // Overflow: in steps the logarithm of 0 is infinite, fused it is 1000.
    let far = floats(&[1000., 0.]).reshape([1, 2])?;
    let label = Tensor::from_slice(&[1i64])?;
    assert_eq!(far.cross_entropy(&label, Reduction::Mean)?.item()?, 1000.0);
    assert_eq!(far.softmax(1)?.log()?.nll_loss(&label, Reduction::Mean)?.item()?, f64::INFINITY);
    assert!(far.exp()?.to_f64_vec()?[0].is_infinite());
    Ok(())
}

#[test]
fn chapter_11_convolution() -> Result<()> {
    let mut generator = Generator::new(0);
    let input = Tensor::randn(&mut generator, [1, 5, 100, 100])?;
    let weight = Tensor::randn(&mut generator, [10, 5, 3, 3])?;
    assert_eq!(input.conv2d(&weight, None, Conv2dSize::default())?.shape()[..], [1, 10, 98, 98]);
    let kernel = Tensor::arange(1.0, 10.0, 1.0, DType::Float32)?.reshape([1, 1, 3, 3])?;
    let padded = Conv2dSize { padding: 1, ..Conv2dSize::default() };
    let out = Tensor::ones([1, 1, 5, 5])?.conv2d(&kernel, None, padded)?;
    let (top, middle, bottom) = ([28., 39., 39., 39., 24.], [33., 45., 45., 45., 27.], [16., 21., 21., 21., 12.]);
    close(&out, &[top, middle, middle, middle, bottom].concat(), 0.0);
    assert_eq!(text(&out.max_pool2d(2, 2, 0)?), "tensor([[[[45., 45.],\n          [45., 45.]]]])");
    let shapes = gradlab::nn::spec::NetworkSpec::preset("cnn").unwrap().shapes()?;
    assert!(shapes.contains(&vec![10, 24, 24]) && shapes.contains(&vec![20, 4, 4]));
    assert!(shapes.contains(&vec![320]) && shapes.last() == Some(&vec![10]));
    Ok(())
}
