//! Claims about single kernels that the op table above the tensors cannot make.

use super::{CpuBackend, CpuBuffer};
use crate::backend::kernel::{BinaryOp, ConvolutionSizes, MatmulSizes, PoolSizes, ReduceOp, UnaryOp, shard_bounds};
use crate::backend::{Element, HostData, Kernel};

fn float(data: &[f32]) -> CpuBuffer {
    CpuBuffer::new(HostData::Float32(data.to_vec()))
}

fn empty(element: Element, length: usize) -> CpuBuffer {
    CpuBuffer::new(HostData::zeros(element, length))
}

/// Numbers that are not round, the same in every run.
fn noise(length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

fn run(kernel: &Kernel, inputs: &[&CpuBuffer], outputs: &[&CpuBuffer]) {
    CpuBackend.compute(kernel, inputs, outputs).unwrap();
}

fn unary(op: UnaryOp, x: &[f32]) -> Vec<f32> {
    let out = empty(Element::Float32, x.len());
    run(&Kernel::Unary(op), &[&float(x)], &[&out]);
    out.float32().to_vec()
}

#[test]
fn shards_of_a_half_are_half_of_the_shards() {
    for rows in 0..70 {
        let middle = shard_bounds(rows, 8, 4).0;
        for shard in 0..4 {
            assert_eq!(shard_bounds(rows, 8, shard), shard_bounds(middle, 4, shard));
            let (start, end) = shard_bounds(rows - middle, 4, shard);
            assert_eq!(shard_bounds(rows, 8, 4 + shard), (middle + start, middle + end));
        }
        let joined: Vec<usize> = (0..8)
            .flat_map(|shard| {
                let (a, b) = shard_bounds(rows, 8, shard);
                a..b
            })
            .collect();
        assert_eq!(joined, (0..rows).collect::<Vec<_>>());
    }
}

#[test]
fn rounding_is_half_to_even_and_nan_goes_through() {
    assert_eq!(unary(UnaryOp::Round, &[0.5, 1.5, 2.5, -0.5, -1.5]), [0.0, 2.0, 2.0, 0.0, -2.0]);
    assert!(unary(UnaryOp::Relu, &[f32::NAN])[0].is_nan());
    assert!(unary(UnaryOp::Clamp { low: 0.0, high: 1.0 }, &[f32::NAN])[0].is_nan());
}

#[test]
fn error_function_has_the_values_of_scipy() {
    // from scipy.special import erf; erf([0.3, 1.0, 2.0, -3.5])
    let expected = [0.328_626_759_459_127_43, 0.842_700_792_949_714_9, 0.995_322_265_018_952_7, -0.999_999_256_901_627_7];
    for (x, expected) in [0.3, 1.0, 2.0, -3.5].into_iter().zip(expected) {
        assert!((super::erf::erf(x) - expected).abs() < 2e-16, "{x}");
    }
}

#[test]
fn a_row_and_a_column_stretch_over_a_matrix() {
    let out = empty(Element::Float32, 6);
    let add = |left_strides: Vec<usize>, right_strides: Vec<usize>| Kernel::Binary {
        op: BinaryOp::Add,
        sizes: vec![2, 3],
        left_strides,
        right_strides,
    };
    let matrix = float(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    run(&add(vec![3, 1], vec![0, 1]), &[&matrix, &float(&[10.0, 20.0, 30.0])], &[&out]);
    assert_eq!(*out.float32(), [11.0, 22.0, 33.0, 14.0, 25.0, 36.0]);
    run(&add(vec![1, 0], vec![3, 1]), &[&float(&[10.0, 20.0]), &matrix], &[&out]);
    assert_eq!(*out.float32(), [11.0, 12.0, 13.0, 24.0, 25.0, 26.0]);
    run(&add(vec![0, 1], vec![1, 0]), &[&float(&[1.0, 2.0, 3.0]), &float(&[10.0, 20.0])], &[&out]);
    assert_eq!(*out.float32(), [11.0, 12.0, 13.0, 21.0, 22.0, 23.0]);
}

#[test]
fn a_transpose_is_a_rearrangement_and_its_gradient_adds() {
    let x = float(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let out = empty(Element::Float32, 6);
    run(&Kernel::Rearrange { sizes: vec![3, 2], strides: vec![1, 3], offset: 0 }, &[&x], &[&out]);
    assert_eq!(*out.float32(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    // A flip reads backwards; an expanded axis comes back as a sum.
    run(&Kernel::Rearrange { sizes: vec![6], strides: vec![-1], offset: 5 }, &[&x], &[&out]);
    assert_eq!(*out.float32(), [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
    let sum = empty(Element::Float32, 3);
    run(&Kernel::RearrangeAdd { sizes: vec![2, 3], strides: vec![0, 1], offset: 0 }, &[&x], &[&sum]);
    assert_eq!(*sum.float32(), [5.0, 7.0, 9.0]);
}

#[test]
fn extremes_give_the_first_position_and_nan_wins() {
    let (out, positions) = (empty(Element::Float32, 2), empty(Element::Index, 2));
    let kernel = Kernel::Reduce { op: ReduceOp::Maximum, outer: 2, axis: 4, inner: 1, shards: 1 };
    run(&kernel, &[&float(&[1.0, 5.0, 5.0, 2.0, 1.0, f32::NAN, 9.0, f32::NAN])], &[&out, &positions]);
    assert_eq!(out.float32()[0], 5.0);
    assert!(out.float32()[1].is_nan());
    assert_eq!(*positions.index(), [1, 1]);
}

#[test]
fn a_long_sum_of_float32_keeps_its_digits() {
    let out = empty(Element::Float32, 1);
    let kernel = Kernel::Reduce { op: ReduceOp::Sum, outer: 1, axis: 1 << 20, inner: 1, shards: 1 };
    run(&kernel, &[&float(&vec![0.1; 1 << 20])], &[&out]);
    assert!((out.float32()[0] / 104_857.6 - 1.0).abs() < 1e-6, "{}", out.float32()[0]);
}

#[test]
fn a_max_pool_with_padding_reads_only_the_plane() {
    let sizes = PoolSizes { planes: 1, height: 3, width: 3, kernel: 2, stride: 2, padding: 1 };
    let (out, positions) = (empty(Element::Float32, 4), empty(Element::Index, 4));
    let x = float(&[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, -9.0]);
    run(&Kernel::MaxPool(sizes), &[&x], &[&out, &positions]);
    assert_eq!(*out.float32(), [-1.0, -2.0, -4.0, -5.0]);
    assert_eq!(*positions.index(), [0, 1, 3, 4]);
}

/// Convolution, bias, ReLU and pooling one after another, through the plain kernels.
fn plain_block(
    sizes: &ConvolutionSizes,
    x: &CpuBuffer,
    weight: &CpuBuffer,
    bias: &[f32],
) -> (CpuBuffer, CpuBuffer, CpuBuffer) {
    let (height, width) = (sizes.out_height(), sizes.out_width());
    let planes = sizes.batch * sizes.out_channels;
    let product = empty(Element::Float32, planes * height * width);
    run(&Kernel::Convolution(*sizes), &[x, weight], &[&product]);
    for (i, value) in product.float32_mut().iter_mut().enumerate() {
        *value = (*value + bias[i / (height * width) % sizes.out_channels]).max(0.0);
    }
    let pool = PoolSizes { planes, height, width, kernel: 2, stride: 2, padding: 0 };
    let length = planes * (height / 2) * (width / 2);
    let (out, positions) = (empty(Element::Float32, length), empty(Element::Index, length));
    run(&Kernel::MaxPool(pool), &[&product], &[&out, &positions]);
    (product, out, positions)
}

fn close(name: &str, ours: &[f32], plain: &[f32]) {
    assert_eq!(ours.len(), plain.len(), "{name}");
    for (i, (a, b)) in ours.iter().zip(plain).enumerate() {
        assert!((a - b).abs() <= 2e-5 * (1.0 + b.abs()), "{name}[{i}]: {a} against {b}");
    }
}

#[test]
fn the_convolution_block_is_its_four_plain_kernels() {
    let base = ConvolutionSizes {
        batch: 3,
        in_channels: 2,
        height: 9,
        width: 11,
        out_channels: 3,
        kernel_height: 3,
        kernel_width: 3,
        stride: 1,
        padding: 0,
        dilation: 1,
    };
    let course1 = ConvolutionSizes {
        in_channels: 1,
        height: 28,
        width: 28,
        out_channels: 10,
        kernel_height: 5,
        kernel_width: 5,
        ..base
    };
    let course2 = ConvolutionSizes { in_channels: 10, height: 12, width: 12, out_channels: 20, ..course1 };
    let all = [
        base,
        ConvolutionSizes { stride: 2, padding: 1, ..base },
        ConvolutionSizes { dilation: 2, padding: 2, ..base },
        ConvolutionSizes { kernel_height: 1, kernel_width: 2, batch: 1, out_channels: 1, ..base },
        ConvolutionSizes {
            kernel_height: 5,
            kernel_width: 5,
            out_channels: 9,
            in_channels: 5,
            batch: 2,
            padding: 2,
            ..base
        },
        course1,
        course2,
    ];
    for sizes in all {
        let name = format!("{sizes:?}");
        let x = float(&noise(sizes.batch * sizes.in_channels * sizes.height * sizes.width, 1));
        let kernel = sizes.kernel_height * sizes.kernel_width;
        let weight = float(&noise(sizes.out_channels * sizes.in_channels * kernel, 2));
        let bias = noise(sizes.out_channels, 3);
        let (product, plain_out, plain_positions) = plain_block(&sizes, &x, &weight, &bias);
        let length = plain_out.len();
        let (out, positions) = (empty(Element::Float32, length), empty(Element::Byte, length));
        run(&Kernel::ConvolutionBlock(sizes), &[&x, &weight, &float(&bias)], &[&out, &positions]);
        close(&format!("out of {name}"), &out.float32(), &plain_out.float32());

        let gradient = float(&noise(length, 4));
        let planes = sizes.batch * sizes.out_channels;
        let pool =
            PoolSizes { planes, height: sizes.out_height(), width: sizes.out_width(), kernel: 2, stride: 2, padding: 0 };
        let of_product = empty(Element::Float32, product.len());
        run(&Kernel::MaxPoolGradient(pool), &[&gradient, &plain_positions], &[&of_product]);
        for (gradient, &value) in of_product.float32_mut().iter_mut().zip(product.float32().iter()) {
            *gradient = if value > 0.0 { *gradient } else { 0.0 };
        }
        let (plain_x, block_x) = (empty(Element::Float32, x.len()), empty(Element::Float32, x.len()));
        run(&Kernel::ConvolutionInputGradient(sizes), &[&of_product, &weight], &[&plain_x]);
        run(&Kernel::ConvolutionBlockInputGradient(sizes), &[&weight, &out, &positions, &gradient], &[&block_x]);
        close(&format!("input gradient of {name}"), &block_x.float32(), &plain_x.float32());

        for shards in [1, 2, 8] {
            let (plain_weight, block_weight) =
                (empty(Element::Float32, weight.len()), empty(Element::Float32, weight.len()));
            let (plain_bias, block_bias) = (empty(Element::Float32, bias.len()), empty(Element::Float32, bias.len()));
            run(&Kernel::ConvolutionWeightGradient { sizes, shards }, &[&x, &of_product], &[&plain_weight]);
            let kernel = Kernel::ConvolutionBlockWeightGradient { sizes, shards };
            run(&kernel, &[&x, &out, &positions, &gradient], &[&block_weight, &block_bias]);
            close(&format!("weight gradient of {name}"), &block_weight.float32(), &plain_weight.float32());
            let area = sizes.out_height() * sizes.out_width();
            for (i, &value) in of_product.float32().iter().enumerate() {
                plain_bias.float32_mut()[i / area % sizes.out_channels] += value;
            }
            close(&format!("bias gradient of {name}"), &block_bias.float32(), &plain_bias.float32());
        }
    }
}

#[test]
fn every_form_of_matmul_is_its_definition() {
    for (m, k, n) in
        [(1, 1, 1), (3, 5, 7), (4, 8, 8), (13, 300, 17), (1, 784, 10), (33, 1, 9), (64, 40, 2), (5, 0, 3), (0, 4, 4)]
    {
        for (transpose_left, transpose_right) in [(false, false), (false, true), (true, false), (true, true)] {
            for (batch, left_batched, right_batched) in
                [(1, false, false), (2, true, true), (3, true, false), (2, false, true)]
            {
                for shards in [1, 2, 8] {
                    let sizes = MatmulSizes { batch, m, k, n, transpose_left, transpose_right, left_batched, right_batched };
                    let left = noise(m * k * if left_batched { batch } else { 1 }, 5);
                    let right = noise(k * n * if right_batched { batch } else { 1 }, 6);
                    let out = empty(Element::Float32, batch * m * n);
                    run(&Kernel::Matmul { sizes, shards }, &[&float(&left), &float(&right)], &[&out]);
                    let mut expected = vec![0.0; batch * m * n];
                    for b in 0..batch {
                        let left = &left[if left_batched { b * m * k } else { 0 }..];
                        let right = &right[if right_batched { b * k * n } else { 0 }..];
                        for i in 0..m {
                            for j in 0..n {
                                expected[(b * m + i) * n + j] = (0..k)
                                    .map(|p| {
                                        let a = if transpose_left { left[p * m + i] } else { left[i * k + p] };
                                        let b = if transpose_right { right[j * k + p] } else { right[p * n + j] };
                                        f64::from(a) * f64::from(b)
                                    })
                                    .sum::<f64>() as f32;
                            }
                        }
                    }
                    close(&format!("{sizes:?} in {shards}"), &out.float32(), &expected);
                }
            }
        }
    }
}
