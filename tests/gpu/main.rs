//! The GPU backend against the CPU backend, kernel by kernel and as recorded steps, on whatever adapter there is: natively a
//! software driver (Debian's `mesa-vulkan-drivers`). Without an adapter the tests print that they skip; `REQUIRE_GPU=1` makes that a failure.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../device_table/mod.rs"]
mod device_table;
mod elementwise;
mod memory;
#[path = "../op_table/mod.rs"]
mod op_table;
mod ops;
mod products;
mod session;
mod step_kernels;
mod training;

use gradlab::backend::gpu::GpuBackend;
use gradlab::backend::{Buffer, Device, Element, HostData, Kernel};

/// The GPU, or a printed skip.
pub fn gpu(test: &str) -> Option<GpuBackend> {
    match pollster::block_on(GpuBackend::open()) {
        Ok(gpu) => Some(gpu),
        Err(error) if std::env::var("REQUIRE_GPU").is_ok_and(|value| value == "1") => panic!("{test}: {error}"),
        Err(error) => {
            println!("SKIPPED {test}: {error}");
            None
        }
    }
}

/// Numbers between -1 and 1 that are not round, the same in every run.
pub fn noise(length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// Noise as elements.
pub fn floats(length: usize, seed: u32) -> HostData {
    HostData::Float32(noise(length, seed))
}

/// Noise up to `scale`.
pub fn scaled(length: usize, seed: u32, scale: f32) -> HostData {
    HostData::Float32(noise(length, seed).iter().map(|x| x * scale).collect())
}

/// Noise above 0.
pub fn positive(length: usize, seed: u32) -> HostData {
    HostData::Float32(noise(length, seed).iter().map(|x| x.abs() + 0.1).collect())
}

/// Positions below `bound`.
pub fn indices(length: usize, bound: usize, seed: u32) -> HostData {
    HostData::Index(noise(length, seed).iter().map(|x| ((x + 1.0) * 0.5 * bound as f32) as u32 % bound as u32).collect())
}

/// Runs a kernel on a device: buffers uploaded, outputs made (or uploaded where they are updated in place), read back.
pub fn run_on(device: &Device, kernel: &Kernel, inputs: &[HostData], outputs: &[HostData]) -> Vec<HostData> {
    let upload = |data: &HostData| match data {
        // As the tensors above do: what kernels write is allocated, not uploaded.
        HostData::Byte(bytes) if bytes.iter().all(|&byte| byte == 0) => device.allocate(Element::Byte, bytes.len()).unwrap(),
        other => device.upload(other.clone()).unwrap(),
    };
    let inputs: Vec<Buffer> = inputs.iter().map(upload).collect();
    let outputs: Vec<Buffer> = outputs.iter().map(upload).collect();
    let inputs: Vec<&Buffer> = inputs.iter().collect();
    let outputs: Vec<&Buffer> = outputs.iter().collect();
    device.run(kernel.clone(), &inputs, &outputs).unwrap_or_else(|error| panic!("{kernel:?}: {error}"));
    outputs
        .iter()
        .map(|buffer| pollster::block_on(buffer.read()).unwrap_or_else(|error| panic!("{kernel:?}: {error}")))
        .collect()
}

/// Whether two results agree: each element within 1e-4 of the other, relative to the larger of 1 and the largest.
pub fn assert_close(what: &str, ours: &HostData, expected: &HostData) {
    assert_eq!(ours.element(), expected.element(), "{what}");
    let (ours, expected) = (ours.to_f64(), expected.to_f64());
    assert_eq!(ours.len(), expected.len(), "{what}");
    let largest = expected.iter().filter(|x| x.is_finite()).fold(1.0f64, |largest, x| largest.max(x.abs()));
    for (i, (a, b)) in ours.iter().zip(&expected).enumerate() {
        let same = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-4 * largest.min(b.abs().max(1.0));
        assert!(same, "{what}: element {i} of {} is {a}, expected {b}", ours.len());
    }
}

/// The same kernel on the GPU and on the CPU.
pub fn compare(gpu: &GpuBackend, kernel: Kernel, inputs: &[HostData], outputs: &[HostData]) {
    let expected = run_on(&Device::Cpu, &kernel, inputs, outputs);
    let ours = run_on(&gpu.device(), &kernel, inputs, outputs);
    for (i, (ours, expected)) in ours.iter().zip(&expected).enumerate() {
        assert_close(&format!("{kernel:?}, output {i}"), ours, expected);
    }
}

/// Zeros for an output.
pub fn zeros(element: Element, length: usize) -> HostData {
    HostData::zeros(element, length)
}
