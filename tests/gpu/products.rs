//! Matrix products, convolutions and pooling on the GPU against the CPU, in every variant: shapes that are off the tiles, contain 1,
//! and stride with rounding.

use crate::{assert_close, compare, floats, gpu, noise, run_on, zeros};
use gradlab::Device;
use gradlab::backend::gpu::{GpuBackend, ProductVariant, Tuning};
use gradlab::backend::kernel::*;
use gradlab::backend::{Element, HostData, Kernel};

const F: Element = Element::Float32;

/// Every variant of the matrix product, whatever the size.
fn each_product(gpu: &GpuBackend, mut check: impl FnMut()) {
    for variant in ProductVariant::TRIED {
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

/// Convolutions off every tile: one pixel, stride with rounding, padding, dilation, kernels over 5; the last is one that the variants for 5 x 5
/// taps take, with channels and windows over their edges.
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
            out_channels: 18,
            height: 11,
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
