//! Recorded training steps: fused on the GPU, as recorded on the GPU, and on the CPU give the same losses; a repetition makes no
//! object; few dispatches; memory stays as it is.

use crate::kernels::schedule;
use crate::{assert_close, gpu, noise};
use gradlab::backend::gpu::{GpuBackend, Tuning};
use gradlab::backend::kernel::{Activation, Kernel, UpdateRow, UpdateRule};
use gradlab::backend::{Buffer, Device, Element, HostData, Recording, Replay};
use gradlab::tensor::{Conv2dSize, Tensor};

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
    dispatches: 11,
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
    dispatches: 17,
};
const CNN: Case = Case {
    name: "cnn",
    batch: 64,
    rule: UpdateRule::SgdMomentum,
    layers: &[Layer::Block(10, 5), Layer::Block(20, 5), Layer::Linear(10, NONE)],
    dispatches: 11,
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
            let replay = Replay::new(self.recording.clone(), &self.device, &[]).unwrap();
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
    let device = Device::Gpu(gpu.clone());
    let expected = Trained::record(case, &Device::Cpu).losses(steps, false);
    let plain = Trained::record(case, &device).losses(steps, false);
    assert_close(&format!("{}, as recorded", case.name), &plain, &expected);
    let trained = Trained::record(case, &device);
    let Replay::Gpu(replay) = Replay::new(trained.recording.clone(), &device, &[]).unwrap() else {
        panic!("a recording on the GPU replays on the GPU");
    };
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
    for registers in [true, false] {
        gpu.set_tuning(Tuning { registers });
        check(&gpu, &MLP, 5);
        check(&gpu, &CNN, 5);
    }
    check(&gpu, &FCN, 5);
}

#[test]
fn other_networks_and_rules_learn_as_on_the_cpu() {
    let Some(gpu) = gpu("other_networks_and_rules_learn_as_on_the_cpu") else { return };
    const LEAKY: Activation = Activation::LeakyRelu { slope: 0.01 };
    let layers: &'static [Layer] =
        &[Layer::Linear(31, LEAKY), Layer::Linear(17, Activation::Sigmoid), Layer::Linear(10, LEAKY)];
    check(
        &gpu,
        &Case { name: "leaky, Adam", batch: 33, rule: UpdateRule::Adam { decoupled: false }, layers, dispatches: 11 },
        6,
    );
    let layers: &'static [Layer] =
        &[Layer::Linear(32, RELU), Layer::Dropout(0.5), Layer::Tanh, Layer::Linear(10, Activation::Tanh)];
    check(&gpu, &Case { name: "dropout, RMSprop", batch: 20, rule: UpdateRule::RmsProp, layers, dispatches: 13 }, 6);
    let layers: &'static [Layer] = &[Layer::Block(3, 5), Layer::Linear(10, NONE)];
    check(
        &gpu,
        &Case { name: "block, AdamW", batch: 7, rule: UpdateRule::Adam { decoupled: true }, layers, dispatches: 8 },
        6,
    );
}

#[test]
fn a_long_run_holds_memory_and_makes_nothing() {
    let Some(gpu) = gpu("a_long_run_holds_memory_and_makes_nothing") else { return };
    let case =
        Case { name: "small", batch: 8, rule: UpdateRule::SgdMomentum, layers: &[Layer::Linear(10, NONE)], dispatches: 5 };
    let device = Device::Gpu(gpu.clone());
    let trained = Trained::record(&case, &device);
    let replay = Replay::new(trained.recording.clone(), &device, &[]).unwrap();
    let chunk = |steps: usize| {
        trained.cursor.write(0, &HostData::Index(vec![0, 0])).unwrap();
        pollster::block_on(replay.ready()).unwrap();
        replay.run(steps).unwrap();
        pollster::block_on(trained.losses.read()).unwrap().to_f64()[..steps].to_vec()
    };
    chunk(50);
    let before = gpu.counters();
    for _ in 0..100 {
        assert!(chunk(50).iter().all(|loss| loss.is_finite()));
    }
    let after = gpu.counters();
    assert_eq!((after.buffers, after.bytes, after.pipelines), (before.buffers, before.bytes, before.pipelines));
    assert_eq!(after.buffers_made, before.buffers_made);
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

/// Processor seconds that this program has used, all threads: what a software adapter costs, whoever else is at work.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: f64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Steps a second on this adapter and where their time goes, for whoever tunes:
/// `cargo test --test gpu speed -- --ignored --nocapture`. `GRADLAB_CASES`: names of networks, `GRADLAB_TILED=1`: through workgroup memory.
#[test]
#[ignore = "a measurement"]
fn speed() {
    let Some(gpu) = gpu("speed") else { return };
    let device = Device::Gpu(gpu.clone());
    println!("{} ({})", gpu.report().name, gpu.report().interface);
    let cases = std::env::var("GRADLAB_CASES").unwrap_or("mlp-200 fcn-5 cnn".to_string());
    let registers = std::env::var("GRADLAB_TILED").is_err();
    gpu.set_tuning(Tuning { registers });
    for case in [&MLP, &FCN, &CNN].into_iter().filter(|case| cases.contains(case.name)) {
        let trained = Trained::record(case, &device);
        let replay = Replay::new(trained.recording.clone(), &device, &[]).unwrap();
        replay.run(2).unwrap();
        pollster::block_on(replay.finish()).unwrap();
        let (start, used) = (std::time::Instant::now(), processor_seconds());
        replay.run(10).unwrap();
        pollster::block_on(replay.finish()).unwrap();
        let (seconds, used) = (start.elapsed().as_secs_f64() / 10.0, (processor_seconds() - used) / 10.0);
        println!("{}: {:.1} steps/s; {:.1} ms of processor a step", case.name, 1.0 / seconds, used * 1e3);
        let Replay::Gpu(replay) = replay else { return };
        for (shader, seconds) in replay.profile(10, processor_seconds).unwrap() {
            println!("    {:8.2} ms {shader}", seconds * 1e3);
        }
    }
}
