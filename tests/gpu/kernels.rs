//! Every kernel on the GPU against the CPU, over shapes that are off the tiles, contain 1, and stride with rounding.

use crate::{assert_close, compare, floats, gpu, indices, noise, run_on, zeros};
use gradlab::Device;
use gradlab::backend::gpu::{GpuBackend, ProductVariant, Tuning};
use gradlab::backend::kernel::*;
use gradlab::backend::{Element, HostData, Kernel};
use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};

const F: Element = Element::Float32;

fn scaled(length: usize, seed: u32, scale: f32) -> HostData {
    HostData::Float32(noise(length, seed).iter().map(|x| x * scale).collect())
}

fn positive(length: usize, seed: u32) -> HostData {
    HostData::Float32(noise(length, seed).iter().map(|x| x.abs() + 0.1).collect())
}

#[test]
fn the_op_table_s_kernels() {
    let Some(gpu) = gpu("the_op_table_s_kernels") else { return };
    let (tried, failures) = pollster::block_on(crate::kernel_table::check_all(&gpu.device()));
    assert!(tried > 60, "only {tried} kernels were tried");
    assert!(failures.is_empty(), "{} of {tried} failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn filling_and_casting() {
    let Some(gpu) = gpu("filling_and_casting") else { return };
    for length in [1, 63, 64, 65, 1000] {
        compare(&gpu, Kernel::Fill { value: 2.5 }, &[], &[zeros(F, length)]);
        compare(&gpu, Kernel::Fill { value: 3.0 }, &[], &[zeros(Element::Index, length)]);
        let mixed = HostData::Float32(noise(length, 1).iter().map(|x| if *x < 0.0 { 0.0 } else { x * 9.0 }).collect());
        compare(&gpu, Kernel::Cast, std::slice::from_ref(&mixed), &[zeros(Element::Bool, length)]);
        compare(&gpu, Kernel::Cast, std::slice::from_ref(&mixed), &[zeros(Element::Index, length)]);
        compare(&gpu, Kernel::Cast, &[indices(length, 7, 2)], &[zeros(F, length)]);
        let flags = HostData::Bool(noise(length, 3).iter().map(|x| *x > 0.0).collect());
        compare(&gpu, Kernel::Cast, &[flags], &[zeros(F, length)]);
    }
    // More workgroups than one direction of a dispatch takes.
    let length = 64 * 65_535 + 777;
    compare(&gpu, Kernel::Fill { value: -1.0 }, &[], &[zeros(F, length)]);
}

#[test]
fn unary_functions() {
    use UnaryOp::*;
    let Some(gpu) = gpu("unary_functions") else { return };
    let everywhere = [
        Negate,
        Absolute,
        Sign,
        Square,
        Exponential,
        ExponentialMinusOne,
        Sine,
        Cosine,
        Arctangent,
        ErrorFunction,
        Floor,
        Ceil,
        Round,
        Tanh,
        Sigmoid,
        Relu,
        LeakyRelu { slope: 0.01 },
        Elu { alpha: 1.0 },
        Elu { alpha: 0.5 },
        Selu,
        Gelu,
        Softplus { beta: 1.0, threshold: 20.0 },
        Softplus { beta: 2.0, threshold: 5.0 },
        Clamp { low: -0.5, high: 2.0 },
        PowerScalar { exponent: 3.0 },
        PowerScalar { exponent: 2.0 },
        PowerScalar { exponent: 0.0 },
        Affine { scale: 3.0, shift: -1.0 },
    ];
    let mut values = noise(300, 1).iter().map(|x| x * 8.0).collect::<Vec<f32>>();
    values.extend([0.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 1e-4, -1e-4, 30.0, -30.0, 80.0, -80.0]);
    let x = HostData::Float32(values);
    for op in everywhere {
        compare(&gpu, Kernel::Unary(op), std::slice::from_ref(&x), &[zeros(F, x.len())]);
    }
    for op in [Reciprocal, SquareRoot, Logarithm, Logarithm2, LogarithmOnePlus, PowerScalar { exponent: -1.5 }] {
        compare(&gpu, Kernel::Unary(op), &[positive(129, 2)], &[zeros(F, 129)]);
    }
    compare(&gpu, Kernel::Unary(LogarithmOnePlus), &[scaled(129, 3, 0.01)], &[zeros(F, 129)]);
    let flags = HostData::Bool(noise(70, 3).iter().map(|x| *x > 0.0).collect());
    compare(&gpu, Kernel::Unary(LogicalNot), &[flags], &[zeros(Element::Bool, 70)]);
}

#[test]
fn binary_functions_with_stretched_axes() {
    use BinaryOp::*;
    let Some(gpu) = gpu("binary_functions_with_stretched_axes") else { return };
    // (sizes, left strides, right strides, left length, right length)
    #[allow(clippy::type_complexity)] // A table of one test.
    let shapes: [(&[usize], &[usize], &[usize], usize, usize); 5] = [
        (&[257], &[1], &[1], 257, 257),
        (&[3, 5], &[5, 1], &[0, 1], 15, 5),
        (&[3, 5], &[1, 0], &[0, 1], 3, 5),
        (&[2, 1, 4, 3], &[12, 12, 3, 1], &[3, 3, 0, 1], 24, 6),
        (&[7], &[0], &[1], 1, 7),
    ];
    let plain = [Add, Subtract, Multiply, Maximum, Minimum];
    let compares = [Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual];
    let gradients = [ReluGradient, LeakyReluGradient { slope: 0.1 }, SigmoidGradient, TanhGradient];
    for (sizes, left, right, left_length, right_length) in shapes {
        let kernel =
            |op| Kernel::Binary { op, sizes: sizes.to_vec(), left_strides: left.to_vec(), right_strides: right.to_vec() };
        let length = sizes.iter().product();
        let (a, b) = (scaled(left_length, 1, 4.0), floats(right_length, 2));
        for op in plain.into_iter().chain(gradients) {
            compare(&gpu, kernel(op), &[a.clone(), b.clone()], &[zeros(F, length)]);
        }
        for op in [Divide, FloorDivide, Remainder] {
            compare(&gpu, kernel(op), &[a.clone(), positive(right_length, 3)], &[zeros(F, length)]);
            let whole =
                |data: HostData, plus| HostData::Float32(data.to_f64().iter().map(|x| (x.round() + plus) as f32).collect());
            compare(
                &gpu,
                kernel(op),
                &[whole(scaled(left_length, 4, 9.0), 0.0), whole(positive(right_length, 5), 2.0)],
                &[zeros(F, length)],
            );
        }
        compare(&gpu, kernel(Power), &[positive(left_length, 4), b.clone()], &[zeros(F, length)]);
        // Small integers, so that some are equal.
        let small = |length, seed| HostData::Float32(noise(length, seed).iter().map(|x| (x * 2.0).round()).collect());
        for op in compares.into_iter().chain([LogicalAnd, LogicalOr, LogicalXor]) {
            compare(&gpu, kernel(op), &[small(left_length, 5), small(right_length, 6)], &[zeros(Element::Bool, length)]);
        }
    }
}

#[test]
fn selection_by_a_condition() {
    let Some(gpu) = gpu("selection_by_a_condition") else { return };
    let kernel = Kernel::Select {
        sizes: vec![4, 3, 5],
        condition_strides: vec![0, 5, 1],
        left_strides: vec![15, 5, 1],
        right_strides: vec![0, 0, 0],
    };
    let condition = HostData::Bool(noise(15, 1).iter().map(|x| *x > 0.0).collect());
    compare(&gpu, kernel, &[condition, floats(60, 2), floats(1, 3)], &[zeros(F, 60)]);
}

#[test]
fn folds_over_an_axis() {
    let Some(gpu) = gpu("folds_over_an_axis") else { return };
    for (outer, axis, inner) in [(1, 1, 1), (3, 5, 7), (1, 1000, 1), (4, 129, 3), (200, 200, 1), (1, 64, 300), (2, 131, 1)] {
        let kernel = |op| Kernel::Reduce { op, outer, axis, inner, shards: 1 };
        let (x, out) = (floats(outer * axis * inner, 1), zeros(F, outer * inner));
        compare(&gpu, kernel(ReduceOp::Sum), std::slice::from_ref(&x), std::slice::from_ref(&out));
        let near_one = HostData::Float32(noise(outer * axis * inner, 2).iter().map(|x| 1.0 + x * 0.01).collect());
        compare(&gpu, kernel(ReduceOp::Product), &[near_one], std::slice::from_ref(&out));
        // Few different values, so that the first of equals matters.
        let coarse = HostData::Float32(noise(outer * axis * inner, 3).iter().map(|x| (x * 4.0).round()).collect());
        for op in [ReduceOp::Maximum, ReduceOp::Minimum] {
            let outputs = [out.clone(), zeros(Element::Index, outer * inner)];
            compare(&gpu, kernel(op), std::slice::from_ref(&coarse), &outputs);
        }
    }
}

#[test]
fn moving_elements() {
    let Some(gpu) = gpu("moving_elements") else { return };
    // Transpose, flip with an offset, stretch, and windows that overlap.
    let moves: [(&[usize], &[isize], usize, usize); 4] =
        [(&[5, 3], &[1, 5], 0, 15), (&[4, 3], &[-3, -1], 11, 12), (&[4, 3], &[0, 1], 2, 5), (&[6, 3], &[1, 1], 0, 8)];
    for (sizes, strides, offset, length) in moves {
        let elements = sizes.iter().product();
        let kernel = Kernel::Rearrange { sizes: sizes.to_vec(), strides: strides.to_vec(), offset };
        compare(&gpu, kernel, &[floats(length, 1)], &[zeros(F, elements)]);
        let kernel = Kernel::RearrangeAdd { sizes: sizes.to_vec(), strides: strides.to_vec(), offset };
        compare(&gpu, kernel, &[floats(elements, 2)], &[floats(length, 3)]);
    }
    for (outer, axis, inner, count) in [(3, 5, 2, 4), (1, 1, 1, 1), (1, 300, 1, 70), (70, 3, 5, 9)] {
        let sizes = [outer, axis, inner, count];
        let [x, y] = [floats(outer * axis * inner, 1), floats(outer * count * inner, 2)];
        let rows = indices(count, axis, 3);
        let each = indices(outer * count * inner, axis, 4);
        let [outer, axis, inner, count] = sizes;
        let (picked, spread) = (zeros(F, outer * count * inner), floats(outer * axis * inner, 5));
        let kernel = Kernel::IndexSelect { outer, axis, inner, count };
        compare(&gpu, kernel, &[x.clone(), rows.clone()], std::slice::from_ref(&picked));
        let kernel = Kernel::Gather { outer, axis, inner, count };
        compare(&gpu, kernel, &[x.clone(), each.clone()], std::slice::from_ref(&picked));
        let kernel = Kernel::IndexAdd { outer, axis, inner, count };
        compare(&gpu, kernel, &[y.clone(), rows], std::slice::from_ref(&spread));
        let kernel = Kernel::ScatterAdd { outer, axis, inner, count };
        compare(&gpu, kernel, &[y.clone(), each], std::slice::from_ref(&spread));
    }
}

#[test]
fn softmax_and_cross_entropy() {
    let Some(gpu) = gpu("softmax_and_cross_entropy") else { return };
    for (outer, axis, inner) in [(1, 1, 1), (5, 10, 1), (3, 7, 4), (200, 10, 1)] {
        let length = outer * axis * inner;
        compare(&gpu, Kernel::LogSoftmax { outer, axis, inner }, &[scaled(length, 1, 20.0)], &[zeros(F, length)]);
    }
    for (rows, classes) in [(1, 10), (64, 10), (200, 10), (13, 3)] {
        let kernel = Kernel::SoftmaxCrossEntropy { rows, classes, scale: 1.0 / rows as f64, shards: 1 };
        let inputs = [scaled(rows * classes, 1, 5.0), indices(rows, classes, 2)];
        compare(&gpu, kernel, &inputs, &[zeros(F, 1), zeros(F, rows * classes)]);
    }
}

/// Every variant of the matrix product, whatever the size.
fn each_product(gpu: &GpuBackend, mut check: impl FnMut()) {
    for variant in ProductVariant::ALL {
        gpu.set_tuning(Tuning { products: [variant; 3], lone: false });
        check();
    }
}

/// Both variants of the convolutions' gradients.
fn both_tunings(gpu: &GpuBackend, mut check: impl FnMut()) {
    for tuning in [Tuning::HARDWARE, Tuning::SOFTWARE] {
        gpu.set_tuning(tuning);
        check();
    }
}

#[test]
fn matrix_products() {
    let Some(gpu) = gpu("matrix_products") else { return };
    each_product(&gpu, || {
        // Every pair of layouts off the tiles; each is a pipeline of its own, so there are few shapes.
        let (m, k, n) = (33, 70, 66);
        for (transpose_left, transpose_right) in [(false, false), (false, true), (true, false), (true, true)] {
            let sizes = MatmulSizes {
                batch: 1,
                m,
                k,
                n,
                transpose_left,
                transpose_right,
                left_batched: false,
                right_batched: false,
            };
            compare(&gpu, Kernel::Matmul { sizes, shards: 1 }, &[floats(m * k, 1), floats(k * n, 2)], &[zeros(F, m * n)]);
        }
        let (batch, m, k, n) = (3, 9, 5, 34);
        let sizes = MatmulSizes {
            batch,
            m,
            k,
            n,
            transpose_left: false,
            transpose_right: true,
            left_batched: true,
            right_batched: false,
        };
        let inputs = [floats(batch * m * k, 1), floats(k * n, 2)];
        compare(&gpu, Kernel::Matmul { sizes, shards: 1 }, &inputs, &[zeros(F, batch * m * n)]);
    });
    gpu.set_tuning(Tuning::SOFTWARE);
    for (m, k, n) in [(1, 1, 1), (200, 64, 10), (1, 100, 10)] {
        let sizes = MatmulSizes {
            batch: 2,
            m,
            k,
            n,
            transpose_left: false,
            transpose_right: false,
            left_batched: false,
            right_batched: true,
        };
        let inputs = [floats(m * k, 1), floats(2 * k * n, 2)];
        compare(&gpu, Kernel::Matmul { sizes, shards: 1 }, &inputs, &[zeros(F, 2 * m * n)]);
    }
    let activations = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.01 },
        Activation::Sigmoid,
        Activation::Tanh,
    ];
    for activation in activations {
        let (m, k, n) = (3, 20, 11);
        let inputs = [floats(m * k, 1), floats(n * k, 2), floats(n, 3)];
        compare(&gpu, Kernel::Linear { m, k, n, activation }, &inputs, &[zeros(F, m * n)]);
    }
}

/// Convolutions off every tile: one pixel, stride with rounding, padding, dilation, kernels over 5.
fn convolutions() -> Vec<ConvolutionSizes> {
    let base = ConvolutionSizes {
        batch: 2,
        in_channels: 1,
        height: 8,
        width: 8,
        out_channels: 1,
        kernel_height: 3,
        kernel_width: 3,
        stride: 1,
        padding: 0,
        dilation: 1,
    };
    vec![
        base,
        ConvolutionSizes {
            in_channels: 3,
            out_channels: 7,
            height: 9,
            width: 11,
            kernel_height: 5,
            kernel_width: 5,
            ..base
        },
        ConvolutionSizes { batch: 1, height: 2, width: 2, kernel_height: 1, kernel_width: 1, out_channels: 5, ..base },
        ConvolutionSizes { in_channels: 2, out_channels: 6, height: 10, width: 7, stride: 2, ..base },
        ConvolutionSizes { in_channels: 5, out_channels: 4, height: 7, width: 6, padding: 2, ..base },
        ConvolutionSizes { in_channels: 2, out_channels: 3, height: 11, width: 12, stride: 3, padding: 1, ..base },
        ConvolutionSizes { in_channels: 2, out_channels: 3, height: 9, width: 9, dilation: 2, padding: 1, ..base },
        ConvolutionSizes {
            in_channels: 2,
            out_channels: 3,
            height: 12,
            width: 10,
            kernel_height: 7,
            kernel_width: 6,
            padding: 3,
            ..base
        },
        ConvolutionSizes { in_channels: 2, out_channels: 3, height: 6, width: 8, kernel_height: 2, kernel_width: 4, ..base },
        ConvolutionSizes {
            batch: 3,
            in_channels: 10,
            out_channels: 20,
            height: 12,
            width: 12,
            kernel_height: 5,
            kernel_width: 5,
            ..base
        },
    ]
}

#[test]
fn convolutions_and_their_gradients() {
    let Some(gpu) = gpu("convolutions_and_their_gradients") else { return };
    both_tunings(&gpu, || plain_convolutions(&gpu));
}

fn plain_convolutions(gpu: &GpuBackend) {
    for sizes in convolutions() {
        let x = sizes.batch * sizes.in_channels * sizes.height * sizes.width;
        let weight = sizes.out_channels * sizes.in_channels * sizes.kernel_height * sizes.kernel_width;
        let out = sizes.batch * sizes.out_channels * sizes.out_height() * sizes.out_width();
        compare(gpu, Kernel::Convolution(sizes), &[floats(x, 1), floats(weight, 2)], &[zeros(F, out)]);
        compare(gpu, Kernel::ConvolutionInputGradient(sizes), &[floats(out, 3), floats(weight, 2)], &[zeros(F, x)]);
        let kernel = Kernel::ConvolutionWeightGradient { sizes, shards: 1 };
        compare(gpu, kernel, &[floats(x, 1), floats(out, 3)], &[zeros(F, weight)]);
    }
}

#[test]
fn convolution_blocks_and_their_gradients() {
    let Some(gpu) = gpu("convolution_blocks_and_their_gradients") else { return };
    both_tunings(&gpu, || convolution_blocks(&gpu));
}

fn convolution_blocks(gpu: &GpuBackend) {
    for sizes in convolutions() {
        if sizes.out_height() < 2 || sizes.out_width() < 2 {
            continue;
        }
        let x = floats(sizes.batch * sizes.in_channels * sizes.height * sizes.width, 1);
        let weights = sizes.out_channels * sizes.in_channels * sizes.kernel_height * sizes.kernel_width;
        let weight = floats(weights, 2);
        let bias = floats(sizes.out_channels, 3);
        let pooled = sizes.batch * sizes.out_channels * (sizes.out_height() / 2) * (sizes.out_width() / 2);
        let outputs = [zeros(F, pooled), zeros(Element::Byte, pooled)];
        let inputs = [x.clone(), weight.clone(), bias];
        let ours = run_on(&gpu.device(), &Kernel::ConvolutionBlock(sizes), &inputs, &outputs);
        let made = run_on(&Device::Cpu, &Kernel::ConvolutionBlock(sizes), &inputs, &outputs);
        assert_close(&format!("block of {sizes:?}"), &ours[0], &made[0]);
        // Where ReLU lets nothing through, the place does not matter.
        let winners = |made: &[HostData]| -> Vec<f64> {
            made[1]
                .to_f64()
                .iter()
                .zip(made[0].to_f64())
                .map(|(place, value)| if value > 0.0 { *place } else { -1.0 })
                .collect()
        };
        assert_eq!(winners(&ours), winners(&made), "places of {sizes:?}");
        let gradient = floats(pooled, 4);
        let inputs = [weight, made[0].clone(), made[1].clone(), gradient.clone()];
        let cpu = run_on(&Device::Cpu, &Kernel::ConvolutionBlockInputGradient(sizes), &inputs, &[zeros(F, x.len())]);
        let ours = block_on_gpu(gpu, &Kernel::ConvolutionBlockInputGradient(sizes), &inputs, &[x.len()]);
        assert_close(&format!("input gradient of {sizes:?}"), &ours[0], &cpu[0]);
        let inputs = [x, made[0].clone(), made[1].clone(), gradient];
        let kernel = Kernel::ConvolutionBlockWeightGradient { sizes, shards: 1 };
        let lengths = [weights, sizes.out_channels];
        let cpu = run_on(&Device::Cpu, &kernel, &inputs, &lengths.map(|length| zeros(F, length)));
        let ours = block_on_gpu(gpu, &kernel, &inputs, &lengths);
        assert_close(&format!("weight gradient of {sizes:?}"), &ours[0], &cpu[0]);
        assert_close(&format!("bias gradient of {sizes:?}"), &ours[1], &cpu[1]);
    }
}

/// As `run_on`, but positions lie as a forward pass leaves them: in a buffer that was allocated.
fn block_on_gpu(gpu: &GpuBackend, kernel: &Kernel, inputs: &[HostData], outputs: &[usize]) -> Vec<HostData> {
    let device = gpu.device();
    let inputs: Vec<_> = inputs
        .iter()
        .map(|data| {
            let buffer = device.allocate(data.element(), data.len()).unwrap();
            buffer.write(0, data).unwrap();
            buffer
        })
        .collect();
    let outputs: Vec<_> = outputs.iter().map(|&length| device.allocate(F, length).unwrap()).collect();
    device.run(kernel.clone(), &inputs.iter().collect::<Vec<_>>(), &outputs.iter().collect::<Vec<_>>()).unwrap();
    outputs.iter().map(|buffer| pollster::block_on(buffer.read()).unwrap()).collect()
}

#[test]
fn pooling_and_its_gradients() {
    let Some(gpu) = gpu("pooling_and_its_gradients") else { return };
    for (planes, height, width, kernel, stride, padding) in [
        (3, 8, 8, 2, 2, 0),
        (2, 7, 9, 2, 2, 0),
        (2, 7, 9, 3, 2, 1),
        (1, 5, 5, 3, 1, 0),
        (1, 6, 7, 2, 3, 0),
        (1, 1, 1, 1, 1, 0),
    ] {
        let sizes = PoolSizes { planes, height, width, kernel, stride, padding };
        let (x, out) = (planes * height * width, planes * sizes.out_height() * sizes.out_width());
        // Few different values, so that the first of equals matters.
        let coarse = HostData::Float32(noise(x, 3).iter().map(|x| (x * 3.0).round()).collect());
        let outputs = [zeros(F, out), zeros(Element::Index, out)];
        compare(&gpu, Kernel::MaxPool(sizes), std::slice::from_ref(&coarse), &outputs);
        let made = run_on(&Device::Cpu, &Kernel::MaxPool(sizes), &[coarse], &outputs);
        compare(&gpu, Kernel::MaxPoolGradient(sizes), &[floats(out, 1), made[1].clone()], &[zeros(F, x)]);
        compare(&gpu, Kernel::AveragePool(sizes), &[floats(x, 2)], &[zeros(F, out)]);
        compare(&gpu, Kernel::AveragePoolGradient(sizes), &[floats(out, 1)], &[zeros(F, x)]);
    }
}

fn bytes(length: usize, bound: u8, seed: u32) -> HostData {
    HostData::Byte(noise(length, seed).iter().map(|x| ((x + 1.0) * 127.9) as u8 % bound).collect())
}

#[test]
fn batches_dropout_and_counting() {
    let Some(gpu) = gpu("batches_dropout_and_counting") else { return };
    for features in [784, 5] {
        let images = bytes(30 * features, 255, 1);
        let (labels, order) = (bytes(30, 10, 2), indices(30, 30, 3));
        let cursor = HostData::Index(vec![4, 2]);
        let kernel = Kernel::LoadBatch { batch: 7, first: 2, rows: 5, features, mean: 0.1307, deviation: 0.3081 };
        let outputs = [zeros(F, 5 * features), zeros(Element::Index, 5)];
        compare(&gpu, kernel, &[images, labels, order, cursor], &outputs);
    }
    let cursor = HostData::Index(vec![2, 9]);
    let kernel = Kernel::Dropout { elements: 33, first: 3, row: 40, scale: 2.0 };
    compare(&gpu, kernel, &[floats(33, 1), bytes(120, 2, 2), cursor.clone()], &[zeros(F, 33)]);
    compare(&gpu, Kernel::Store { count: 3 }, &[floats(3, 1), cursor.clone()], &[floats(12, 2)]);
    let inputs = [floats(2000, 1), indices(200, 10, 2), cursor];
    compare(&gpu, Kernel::CountCorrect { rows: 200, classes: 10 }, &inputs, &[zeros(Element::Index, 5)]);
    compare(&gpu, Kernel::Advance, &[], &[HostData::Index(vec![7, 3])]);
}

/// Rows of a schedule with all penalties on.
pub fn schedule(rule: UpdateRule, rows: usize) -> Vec<UpdateRow> {
    let kind = match rule {
        UpdateRule::Sgd | UpdateRule::SgdMomentum => OptimizerKind::Sgd,
        UpdateRule::Adam { decoupled: false } => OptimizerKind::Adam,
        UpdateRule::Adam { decoupled: true } => OptimizerKind::AdamW,
        UpdateRule::RmsProp => OptimizerKind::RmsProp,
    };
    let settings = OptimizerSettings {
        momentum: 0.9,
        dampening: 0.3,
        weight_decay: 0.01,
        l1: 0.001,
        ..OptimizerSettings::new(kind, 0.1)
    };
    (0..rows).map(|i| UpdateRow { nesterov: (i % 2) as f32, ..settings.row(i as u64, 0.1) }).collect()
}

#[test]
fn update_rules() {
    let Some(gpu) = gpu("update_rules") else { return };
    let rules = [
        UpdateRule::Sgd,
        UpdateRule::SgdMomentum,
        UpdateRule::Adam { decoupled: false },
        UpdateRule::Adam { decoupled: true },
        UpdateRule::RmsProp,
    ];
    for rule in rules {
        let schedule = HostData::Float32(bytemuck::cast_slice(&schedule(rule, 3)).to_vec());
        for row in 0..3 {
            let elements = 131;
            let inputs = [floats(elements, 1), schedule.clone(), HostData::Index(vec![row, 0])];
            let mut outputs = vec![floats(elements, 2)];
            // Second moments are not negative.
            outputs.extend((0..rule.states()).map(|i| positive(elements, 3 + i as u32)));
            compare(&gpu, Kernel::Update { rule, elements }, &inputs, &outputs);
        }
    }
}
