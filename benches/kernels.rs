//! Time of the kernels that a training step consists of, at the course's sizes: `cargo bench --bench kernels`. How the whole
//! step compares with others is `cargo xtask bench`'s matter.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradlab::Device;
use gradlab::backend::kernel::{Activation, ConvolutionSizes, MatmulSizes, UpdateRule};
use gradlab::backend::{Buffer, Element, HostData, Kernel};

fn noise(length: usize) -> Buffer {
    let data = (0..length).map(|i| (i.wrapping_mul(2_654_435_761) >> 8 & 0xffff) as f32 / 32_768.0 - 1.0).collect();
    Device::Cpu.upload(HostData::Float32(data)).unwrap()
}

fn zeros(element: Element, length: usize) -> Buffer {
    Device::Cpu.allocate(element, length).unwrap()
}

fn run(kernel: &Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) {
    Device::Cpu.run_unrecorded(kernel, inputs, outputs).unwrap();
}

/// The three products of a linear layer; throughput counts additions and multiplications.
fn matmul(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("linear layer");
    for (batch, inputs, outputs) in [(200, 784, 200), (64, 784, 512), (64, 512, 256), (64, 64, 10)] {
        let (x, weight, bias) = (noise(batch * inputs), noise(outputs * inputs), noise(outputs));
        let (y, gradient) = (zeros(Element::Float32, batch * outputs), noise(batch * outputs));
        let (of_x, of_weight) = (zeros(Element::Float32, batch * inputs), zeros(Element::Float32, outputs * inputs));
        group.throughput(Throughput::Elements(2 * (batch * inputs * outputs) as u64));
        let id = |what: &str| BenchmarkId::new(what, format!("{batch}x{inputs}x{outputs}"));
        group.bench_function(id("forward"), |bencher| {
            let kernel = Kernel::Linear { m: batch, k: inputs, n: outputs, activation: Activation::Relu };
            bencher.iter(|| run(&kernel, &[&x, &weight, &bias], &[&y]));
        });
        let sizes = |m, k, n, transpose_left| MatmulSizes {
            batch: 1,
            m,
            k,
            n,
            transpose_left,
            transpose_right: false,
            left_batched: false,
            right_batched: false,
        };
        group.bench_function(id("input gradient"), |bencher| {
            let kernel = Kernel::Matmul { sizes: sizes(batch, outputs, inputs, false), shards: 1 };
            bencher.iter(|| run(&kernel, &[&gradient, &weight], &[&of_x]));
        });
        for shards in [1, 8] {
            group.bench_function(id(&format!("weight gradient, {shards} shards")), |bencher| {
                let kernel = Kernel::Matmul { sizes: sizes(outputs, batch, inputs, true), shards };
                bencher.iter(|| run(&kernel, &[&gradient, &x], &[&of_weight]));
            });
        }
    }
    group.finish();
}

/// The two blocks of the course's convolutional network, 64 images.
fn convolution(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("convolution block");
    let first = ConvolutionSizes {
        batch: 64,
        in_channels: 1,
        height: 28,
        width: 28,
        out_channels: 10,
        kernel_height: 5,
        kernel_width: 5,
        stride: 1,
        padding: 0,
        dilation: 1,
    };
    let second = ConvolutionSizes { in_channels: 10, height: 12, width: 12, out_channels: 20, ..first };
    for (name, sizes) in [("first", first), ("second", second)] {
        let x = noise(sizes.batch * sizes.in_channels * sizes.height * sizes.width);
        let weight = noise(sizes.out_channels * sizes.in_channels * 25);
        let bias = noise(sizes.out_channels);
        let pooled = sizes.batch * sizes.out_channels * (sizes.out_height() / 2) * (sizes.out_width() / 2);
        let (out, positions) = (zeros(Element::Float32, pooled), zeros(Element::Byte, pooled));
        let gradient = noise(pooled);
        let (of_x, of_weight) = (zeros(Element::Float32, x.len()), zeros(Element::Float32, weight.len()));
        let of_bias = zeros(Element::Float32, sizes.out_channels);
        group.bench_function(BenchmarkId::new("forward", name), |bencher| {
            bencher.iter(|| run(&Kernel::ConvolutionBlock(sizes), &[&x, &weight, &bias], &[&out, &positions]));
        });
        group.bench_function(BenchmarkId::new("input gradient", name), |bencher| {
            let kernel = Kernel::ConvolutionBlockInputGradient(sizes);
            bencher.iter(|| run(&kernel, &[&weight, &out, &positions, &gradient], &[&of_x]));
        });
        group.bench_function(BenchmarkId::new("weight gradient", name), |bencher| {
            let kernel = Kernel::ConvolutionBlockWeightGradient { sizes, shards: 8 };
            bencher.iter(|| run(&kernel, &[&x, &out, &positions, &gradient], &[&of_weight, &of_bias]));
        });
    }
    group.finish();
}

/// What is bound by memory: the update of the largest layer, and loading a batch.
fn memory(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("memory");
    let elements = 784 * 512;
    let (gradient, parameter, velocity) = (noise(elements), noise(elements), noise(elements));
    let schedule = Device::Cpu.upload(HostData::Float32(vec![0.001; 16])).unwrap();
    let cursor = zeros(Element::Index, 2);
    group.throughput(Throughput::Bytes(20 * elements as u64));
    group.bench_function("SGD with momentum, 784x512", |bencher| {
        let kernel = Kernel::Update { rule: UpdateRule::SgdMomentum, elements };
        bencher.iter(|| run(&kernel, &[&gradient, &schedule, &cursor], &[&parameter, &velocity]));
    });
    let (images, labels) = (zeros(Element::Byte, 4096 * 784), zeros(Element::Byte, 4096));
    let order = Device::Cpu.upload(HostData::Index((0..4096).map(|i| i * 1777 % 4096).collect())).unwrap();
    let (x, classes) = (zeros(Element::Float32, 200 * 784), zeros(Element::Index, 200));
    group.throughput(Throughput::Bytes(5 * 200 * 784));
    group.bench_function("load 200 images", |bencher| {
        let kernel = Kernel::LoadBatch { batch: 200, first: 0, rows: 200, features: 784, mean: 0.1307, deviation: 0.3081 };
        bencher.iter(|| run(&kernel, &[&images, &labels, &order, &cursor], &[&x, &classes]));
    });
    group.finish();
}

criterion_group!(benches, matmul, convolution, memory);
criterion_main!(benches);
