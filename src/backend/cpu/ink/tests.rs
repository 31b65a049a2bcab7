//! A recorded step that reads a batch as ink against the same step with the whole batch.

use crate::backend::cpu::fuse;
use crate::backend::kernel::{Activation, MatmulSizes, shard_bounds};
use crate::backend::recording::Recording;
use crate::backend::{Buffer, Device, Element, HostData, Kernel};

const FEATURES: usize = 67;

/// Images of which a fifth is ink, with one all of ground; weights and gradients that are not round.
struct Step {
    rows: usize,
    outputs: usize,
    shards: usize,
    first: usize,
    activation: Activation,
    inputs: [Buffer; 4],
    weight: Buffer,
    bias: Buffer,
    gradient: Buffer,
}

fn noise(length: usize, seed: usize) -> Vec<f32> {
    (0..length).map(|i| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.5 - 1.0).collect()
}

fn upload(data: HostData) -> Buffer {
    Device::Cpu.upload(data).unwrap()
}

impl Step {
    fn new(rows: usize, outputs: usize, shards: usize, activation: Activation) -> Step {
        let count = 40;
        let pixel = |i: usize| if (i * 31).is_multiple_of(5) && i / FEATURES != 3 { (i * 97 % 255 + 1) as u8 } else { 0 };
        let pixels = (0..count * FEATURES).map(pixel).collect();
        let order = (0..count as u32).map(|i| i * 7 % count as u32).collect();
        Step {
            rows,
            outputs,
            shards,
            first: 0,
            activation,
            inputs: [
                upload(HostData::Byte(pixels)),
                upload(HostData::Byte((0..count as u8).collect())),
                upload(HostData::Index(order)),
                upload(HostData::Index(vec![0, 0])),
            ],
            weight: upload(HostData::Float32(noise(outputs * FEATURES, 1))),
            bias: upload(HostData::Float32(noise(outputs, 2))),
            gradient: upload(HostData::Float32(noise(count * outputs, 3))),
        }
    }

    /// The step over its rows: labels, result of the layer, gradient of its weight; and its recording.
    fn record(&self, with_reader: bool) -> (Recording, [Buffer; 3]) {
        let Step { rows, outputs, shards, first, activation, .. } = *self;
        let new = |element, length| Device::Cpu.allocate(element, length).unwrap();
        let x = new(Element::Float32, rows * FEATURES);
        let results =
            [new(Element::Index, rows), new(Element::Float32, rows * outputs), new(Element::Float32, outputs * FEATURES)];
        let [labels, out, of_weight] = &results;
        let [from_first, other] = [new(Element::Float32, rows * outputs), new(Element::Float32, rows * FEATURES)];
        let HostData::Float32(gradient) = self.gradient.host().unwrap() else { unreachable!() };
        let part = gradient[first * outputs..(first + rows) * outputs].to_vec();
        from_first.write(0, &HostData::Float32(part)).unwrap();
        let plan = || {
            let load = Kernel::LoadBatch { batch: rows, first, rows, features: FEATURES, mean: 0.1307, deviation: 0.3081 };
            let inputs: Vec<&Buffer> = self.inputs.iter().collect();
            Device::Cpu.run(load, &inputs, &[&x, labels])?;
            let layer = Kernel::Linear { m: rows, k: FEATURES, n: outputs, activation };
            Device::Cpu.run(layer, &[&x, &self.weight, &self.bias], &[out])?;
            let sizes = MatmulSizes {
                batch: 1,
                m: outputs,
                k: rows,
                n: FEATURES,
                transpose_left: true,
                transpose_right: false,
                left_batched: true,
                right_batched: true,
            };
            Device::Cpu.run(Kernel::Matmul { sizes, shards }, &[&from_first, &x], &[of_weight])?;
            if with_reader {
                Device::Cpu.run(Kernel::Cast, &[&x], &[&other])?;
            }
            Ok(())
        };
        let ((), recording) = Recording::plan(plan).unwrap();
        (recording, results)
    }

    /// The results through ink.
    fn through_ink(&self) -> [HostData; 3] {
        let (recording, results) = self.record(false);
        let fused = fuse(recording).unwrap();
        assert!(fused.calls.iter().all(|call| !matches!(call.kernel, Kernel::LoadBatch { .. } | Kernel::Matmul { .. })));
        fused.replay(&Device::Cpu).unwrap();
        results.map(|buffer| buffer.host().unwrap())
    }

    fn through_batch(&self) -> [HostData; 3] {
        let (recording, results) = self.record(false);
        recording.replay(&Device::Cpu).unwrap();
        results.map(|buffer| buffer.host().unwrap())
    }
}

fn close(name: &str, ours: &HostData, plain: &HostData) {
    let (HostData::Float32(ours), HostData::Float32(plain)) = (ours, plain) else { unreachable!() };
    for (i, (a, b)) in ours.iter().zip(plain).enumerate() {
        assert!((a - b).abs() <= 3e-5 * (1.0 + b.abs()), "{name}[{i}]: {a} against {b}");
    }
}

#[test]
fn ink_gives_what_the_whole_batch_gives() {
    let activations = [Activation::Identity, Activation::Relu, Activation::LeakyRelu { slope: 0.1 }, Activation::Tanh];
    for (rows, outputs, shards) in [(1, 1, 1), (7, 10, 8), (25, 37, 2), (40, 64, 8), (40, 200, 4), (3, 130, 8)] {
        for activation in activations {
            let step = Step::new(rows, outputs, shards, activation);
            let name = format!("{rows} rows, {outputs} outputs, {shards} shards, {activation:?}");
            let (ink, batch) = (step.through_ink(), step.through_batch());
            assert_eq!(ink[0], batch[0], "labels of {name}");
            close(&format!("out of {name}"), &ink[1], &batch[1]);
            close(&format!("gradient of {name}"), &ink[2], &batch[2]);
        }
    }
}

#[test]
fn halves_of_a_batch_have_the_bits_of_the_whole() {
    let rows = 37;
    let whole = Step::new(rows, 50, 8, Activation::Relu).through_ink();
    let middle = shard_bounds(rows, 8, 4).0;
    let [low, high] = [(0, middle), (middle, rows)].map(|(first, end)| {
        let step = Step { first, rows: end - first, ..Step::new(rows, 50, 4, Activation::Relu) };
        step.through_ink().map(|data| match data {
            HostData::Float32(values) => values,
            _ => Vec::new(),
        })
    });
    let [_, HostData::Float32(out), HostData::Float32(gradient)] = whole else { unreachable!() };
    assert_eq!(out, [low[1].clone(), high[1].clone()].concat());
    let sum: Vec<f32> = low[2].iter().zip(&high[2]).map(|(low, high)| low + high).collect();
    assert_eq!(gradient, sum);
}

#[test]
fn what_is_not_finite_stays_so_where_there_is_only_ground() {
    let step = Step::new(20, 5, 8, Activation::Identity);
    step.weight.write(FEATURES + 1, &HostData::Float32(vec![f32::INFINITY])).unwrap();
    step.gradient.write(2, &HostData::Float32(vec![f32::NAN])).unwrap();
    let [_, HostData::Float32(out), HostData::Float32(gradient)] = step.through_ink() else { unreachable!() };
    assert!(out.chunks(5).all(|row| !row[1].is_finite() && row[0].is_finite()));
    assert!(gradient[2 * FEATURES..3 * FEATURES].iter().all(|value| value.is_nan()));
    assert!(gradient[..2 * FEATURES].iter().all(|value| value.is_finite()));
}

#[test]
fn a_batch_that_something_else_reads_stays_whole() {
    let (recording, _) = Step::new(6, 4, 8, Activation::Relu).record(true);
    let calls = recording.calls.len();
    let fused = fuse(recording).unwrap();
    assert_eq!(fused.calls.len(), calls);
    assert!(matches!(fused.calls[0].kernel, Kernel::LoadBatch { .. }));
}
