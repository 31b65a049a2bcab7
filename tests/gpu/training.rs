//! Recorded training steps: fused on the GPU, as recorded on the GPU, and on the CPU give the same losses; a repetition makes no
//! object; few dispatches; memory stays as it is.

use crate::step_kernels::schedule;
use crate::{assert_close, gpu, noise};
use gradlab::backend::gpu::{CompiledStep, GpuBackend, ProductVariant, Tuning};
use gradlab::backend::kernel::{Activation, Kernel, UpdateRow, UpdateRule};
use gradlab::backend::{Buffer, Device, Element, HostData, Recording};
use gradlab::tensor::{Conv2dSize, Tensor};
use std::collections::VecDeque;

/// Layers of the test networks.
#[derive(Clone, Copy)]
enum Layer {
    Linear(usize, Activation),
    Block(usize, usize),
    Tanh,
    Dropout(f64),
}

const RELU: Activation = Activation::Relu;
const NONE: Activation = Activation::Identity;

struct Case {
    name: &'static str,
    batch: usize,
    rule: UpdateRule,
    layers: &'static [Layer],
    /// Dispatches of a fused step.
    dispatches: usize,
}

const MLP: Case = Case {
    name: "mlp-200",
    batch: 200,
    rule: UpdateRule::Sgd,
    layers: &[Layer::Linear(200, RELU), Layer::Linear(200, RELU), Layer::Linear(10, RELU)],
    dispatches: 8,
};
const FCN: Case = Case {
    name: "fcn-5",
    batch: 64,
    rule: UpdateRule::SgdMomentum,
    layers: &[
        Layer::Linear(512, RELU),
        Layer::Linear(256, RELU),
        Layer::Linear(128, RELU),
        Layer::Linear(64, RELU),
        Layer::Linear(10, NONE),
    ],
    dispatches: 14,
};
const CNN: Case = Case {
    name: "cnn",
    batch: 64,
    rule: UpdateRule::SgdMomentum,
    layers: &[Layer::Block(10, 5), Layer::Block(20, 5), Layer::Linear(10, NONE)],
    dispatches: 8,
};

const EXAMPLES: usize = 1000;
const ROWS: usize = 64;

/// A recorded step with what the outside reads.
struct Trained {
    device: Device,
    recording: Recording,
    parameters: Vec<Tensor>,
    losses: Buffer,
    cursor: Buffer,
}

impl Trained {
    /// Takes the first step and records it. The data are noise with a pattern for each label.
    fn record(case: &Case, device: &Device) -> Trained {
        let pixels: Vec<u8> = noise(EXAMPLES * 784, 1)
            .iter()
            .enumerate()
            .map(|(i, x)| if (i % 784) % 10 == (i / 784) % 10 { 250 } else { ((x + 1.0) * 60.0) as u8 })
            .collect();
        let labels: Vec<u8> = (0..EXAMPLES).map(|i| (i % 10) as u8).collect();
        let images = device.upload(HostData::Byte(pixels)).unwrap();
        let labels = device.upload(HostData::Byte(labels)).unwrap();
        let order = (0..EXAMPLES as u32).map(|i| (i * 7 + 3) % EXAMPLES as u32).collect();
        let order = device.upload(HostData::Index(order)).unwrap();
        let cursor = device.upload(HostData::Index(vec![0, 0])).unwrap();
        let mut rows = schedule(case.rule, ROWS);
        for row in &mut rows {
            let step_size = row.step_size / 10.0;
            *row =
                UpdateRow { learning_rate: 0.01, step_size, keep: 1.0, nesterov: 0.0, weight_decay: 0.0, l1: 0.0, ..*row };
        }
        let rows = device.upload(HostData::Float32(bytemuck::cast_slice(&rows).to_vec())).unwrap();
        let losses = device.allocate(Element::Float32, ROWS).unwrap();
        let masks = noise(ROWS * case.batch * 32, 9).iter().map(|x| u8::from(*x > 0.0)).collect();
        let masks = device.upload(HostData::Byte(masks)).unwrap();

        let mut parameters: Vec<Tensor> = Vec::new();
        let mut sizes = vec![1, 28, 28];
        for &layer in case.layers {
            let (shape, units): (Vec<usize>, usize) = match layer {
                Layer::Linear(units, _) => {
                    let inputs = sizes.iter().product();
                    sizes = vec![units];
                    (vec![units, inputs], units)
                }
                Layer::Block(channels, kernel) => {
                    let shape = vec![channels, sizes[0], kernel, kernel];
                    sizes = vec![channels, (sizes[1] + 1 - kernel) / 2, (sizes[2] + 1 - kernel) / 2];
                    (shape, channels)
                }
                Layer::Tanh | Layer::Dropout(_) => continue,
            };
            let length: usize = shape.iter().product();
            let scale = (shape[0] as f32 / length as f32).sqrt();
            let seed = parameters.len() as u32;
            let values = noise(length, 20 + seed).iter().map(|x| x * scale).collect();
            for (values, shape) in [(values, shape), (noise(units, 40 + seed), vec![units])] {
                let buffer = device.upload(HostData::Float32(values)).unwrap();
                parameters.push(Tensor::from_buffer(buffer, shape).unwrap().requires_grad_(true).unwrap());
            }
        }
        let states: Vec<Vec<Buffer>> = parameters
            .iter()
            .map(|p| (0..case.rule.states()).map(|_| device.allocate(Element::Float32, p.numel()).unwrap()).collect())
            .collect();

        let batch = case.batch;
        let ((), recording) = Recording::of(|| {
            let x = device.allocate(Element::Float32, batch * 784)?;
            let picked = device.allocate(Element::Index, batch)?;
            let load = Kernel::LoadBatch { batch, first: 0, rows: batch, features: 784, mean: 0.1307, deviation: 0.3081 };
            device.run(load, &[&images, &labels, &order, &cursor], &[&x, &picked])?;
            let mut x = Tensor::from_buffer(x, [batch, 1, 28, 28])?;
            let mut next = parameters.iter();
            for &layer in case.layers {
                x = match layer {
                    Layer::Linear(_, activation) => {
                        let (weight, bias) = (next.next().unwrap(), next.next().unwrap());
                        x.reshape([batch, x.numel() / batch])?.linear_activated(weight, bias, activation, 4)?
                    }
                    Layer::Block(..) => {
                        let (weight, bias) = (next.next().unwrap(), next.next().unwrap());
                        x.convolution_block(weight, bias, Conv2dSize::default(), 4)?
                    }
                    Layer::Tanh => x.tanh()?,
                    Layer::Dropout(probability) => {
                        x.step_dropout(&masks, &cursor, 0, batch * 32, (1.0 / (1.0 - probability)) as f32)?
                    }
                };
            }
            let loss = x.softmax_cross_entropy(&picked, 1.0 / batch as f64, 4)?;
            let gradients = loss.backward()?;
            for (parameter, states) in parameters.iter().zip(&states) {
                let gradient = gradients.get(parameter).unwrap();
                let mut outputs = vec![parameter.buffer()];
                outputs.extend(states);
                let kernel = Kernel::Update { rule: case.rule, elements: parameter.numel() };
                device.run(kernel, &[gradient.buffer(), &rows, &cursor], &outputs)?;
            }
            device.run(Kernel::Store { count: 1 }, &[loss.buffer(), &cursor], &[&losses])?;
            device.run(Kernel::Advance, &[], &[&cursor])
        })
        .unwrap();
        Trained { device: device.clone(), recording, parameters, losses, cursor }
    }

    /// The first `steps` losses, taken with or without fusing.
    fn losses(self, steps: usize, fused: bool) -> HostData {
        if fused {
            let replay = self.device.compile(self.recording.clone(), &[]).unwrap();
            replay.run(steps - 1).unwrap();
            pollster::block_on(replay.finish()).unwrap();
        } else {
            for _ in 1..steps {
                self.recording.replay(&self.device).unwrap();
            }
        }
        match pollster::block_on(self.losses.read()).unwrap() {
            HostData::Float32(losses) => HostData::Float32(losses[..steps].to_vec()),
            other => other,
        }
    }
}

fn check(gpu: &GpuBackend, case: &Case, steps: usize) {
    let device = gpu.device();
    let expected = Trained::record(case, &Device::Cpu).losses(steps, false);
    let plain = Trained::record(case, &device).losses(steps, false);
    assert_close(&format!("{}, as recorded", case.name), &plain, &expected);
    let trained = Trained::record(case, &device);
    let replay = device.compile(trained.recording.clone(), &[]).unwrap();
    let replay = CompiledStep::of(&*replay).expect("a recording on the GPU replays on the GPU");
    let shaders = replay.shaders().join(", ");
    println!(
        "{}: {} calls recorded, {} dispatches: {shaders}",
        case.name,
        trained.recording.calls.len(),
        replay.shaders().len()
    );
    assert_eq!(replay.shaders().len(), case.dispatches, "{}: {shaders}", case.name);
    let fused = trained.losses(steps, true);
    assert_close(&format!("{}, fused", case.name), &fused, &expected);
    let values = expected.to_f64();
    assert!(values[steps - 1] < values[0], "{}: the loss falls: {values:?}", case.name);
}

#[test]
fn presets_learn_as_on_the_cpu() {
    let Some(gpu) = gpu("presets_learn_as_on_the_cpu") else { return };
    for case in [&MLP, &CNN, &FCN] {
        check(&gpu, case, 5);
    }
}

#[test]
fn each_variant_learns_as_on_the_cpu() {
    let Some(gpu) = gpu("each_variant_learns_as_on_the_cpu") else { return };
    let layers: &'static [Layer] = &[Layer::Linear(70, RELU), Layer::Linear(10, NONE)];
    let small = Case { name: "small", batch: 40, rule: UpdateRule::SgdMomentum, layers, dispatches: 5 };
    for variant in ProductVariant::TRIED {
        gpu.set_tuning(Tuning { products: [variant; 3], lone: false });
        check(&gpu, &small, 4);
    }
    check(&gpu, &Case { batch: 16, ..CNN }, 4);
}

#[test]
fn other_networks_and_rules_learn_as_on_the_cpu() {
    let Some(gpu) = gpu("other_networks_and_rules_learn_as_on_the_cpu") else { return };
    const LEAKY: Activation = Activation::LeakyRelu { slope: 0.01 };
    let layers: &'static [Layer] =
        &[Layer::Linear(31, LEAKY), Layer::Linear(17, Activation::Sigmoid), Layer::Linear(10, LEAKY)];
    check(
        &gpu,
        &Case { name: "leaky, Adam", batch: 33, rule: UpdateRule::Adam { decoupled: false }, layers, dispatches: 8 },
        6,
    );
    let layers: &'static [Layer] =
        &[Layer::Linear(32, RELU), Layer::Dropout(0.5), Layer::Tanh, Layer::Linear(10, Activation::Tanh)];
    check(&gpu, &Case { name: "dropout, RMSprop", batch: 20, rule: UpdateRule::RmsProp, layers, dispatches: 11 }, 6);
    let layers: &'static [Layer] = &[Layer::Block(3, 5), Layer::Linear(10, NONE)];
    check(
        &gpu,
        &Case { name: "block, AdamW", batch: 7, rule: UpdateRule::Adam { decoupled: true }, layers, dispatches: 5 },
        6,
    );
}

#[test]
fn a_long_run_holds_memory_and_makes_nothing() {
    let Some(gpu) = gpu("a_long_run_holds_memory_and_makes_nothing") else { return };
    let case =
        Case { name: "small", batch: 8, rule: UpdateRule::SgdMomentum, layers: &[Layer::Linear(10, NONE)], dispatches: 3 };
    let device = gpu.device();
    let trained = Trained::record(&case, &device);
    let replay = device.compile(trained.recording.clone(), &[]).unwrap();
    // As a run does: losses come back behind the work, two submits in flight, nobody waits for the last one.
    let mut coming = VecDeque::new();
    let mut losses = 0;
    let mut chunk = |steps: usize| {
        trained.cursor.write(0, &HostData::Index(vec![0, 0])).unwrap();
        coming.push_back(replay.run_and_read(steps, &trained.losses, steps).unwrap());
        while coming.len() > 2 {
            let read = pollster::block_on(coming.pop_front().unwrap().floats()).unwrap();
            assert!(read.iter().all(|loss| loss.is_finite()));
            losses += read.len();
        }
    };
    (0..3).for_each(|_| chunk(50));
    let before = gpu.counters();
    (0..100).for_each(|_| chunk(50));
    let after = gpu.counters();
    assert_eq!(losses, 101 * 50);
    assert_eq!((after.buffers, after.bytes, after.pipelines), (before.buffers, before.bytes, before.pipelines));
    assert_eq!((after.buffers_made, after.bind_groups), (before.buffers_made, before.bind_groups));
    assert_eq!((after.dispatches - before.dispatches, after.submits - before.submits), (5000 * 3, 100));
    let per_step = |count: u64| count as f64 / 5000.0;
    println!(
        "a step: {} dispatches, {} submits, {} bytes uploaded, {} waits",
        per_step(after.dispatches - before.dispatches),
        per_step(after.submits - before.submits),
        per_step(after.uploaded_bytes - before.uploaded_bytes),
        per_step(after.waits - before.waits)
    );
    pollster::block_on(trained.parameters[0].read()).unwrap();
}
