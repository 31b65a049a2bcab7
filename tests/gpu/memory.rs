//! Memory on the GPU: what it holds, what it refuses, that it comes back, and that a device may vanish.

use crate::{floats, gpu};
use gradlab::backend::kernel::UnaryOp;
use gradlab::backend::{Device, Element, HostData, Kernel};
use gradlab::error::Error;

#[test]
fn elements_come_back_as_they_went() {
    let Some(gpu) = gpu("elements_come_back_as_they_went") else { return };
    let device = gpu.device();
    let all = [
        HostData::Float32(vec![1.5, -0.0, f32::NAN]),
        HostData::Index(vec![7, u32::MAX]),
        HostData::Int64(vec![-3, i64::from(i32::MAX)]),
        HostData::Bool(vec![true, false, true, true, false]),
        HostData::Byte((0..=255).chain(0..3).collect()),
        HostData::Float32(vec![]),
    ];
    for data in all {
        let buffer = device.upload(data.clone()).unwrap();
        let back = pollster::block_on(buffer.read()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{data:?}"));
        // Into memory that was used before, and must be zero again.
        drop(buffer);
        let fresh = device.allocate(data.element(), data.len()).unwrap();
        assert_eq!(pollster::block_on(fresh.read()).unwrap(), HostData::zeros(data.element(), data.len()));
        fresh.write(0, &data).unwrap();
        assert_eq!(format!("{:?}", pollster::block_on(fresh.read()).unwrap()), format!("{data:?}"));
    }
}

#[test]
fn what_the_gpu_cannot_hold_is_a_clear_error() {
    let Some(gpu) = gpu("what_the_gpu_cannot_hold_is_a_clear_error") else { return };
    let device = gpu.device();
    let error = device.allocate(Element::Float64, 3).unwrap_err().to_string();
    assert!(error.contains("the GPU holds float32"), "{error}");
    let too_many = (gpu.report().max_binding_bytes.min(gpu.report().max_buffer_bytes) / 4 + 1_000) as usize;
    let error = device.allocate(Element::Float32, too_many).unwrap_err().to_string();
    assert!(error.contains("over this GPU's limit"), "{error}");
    let host = Device::Cpu.upload(floats(3, 1)).unwrap();
    let there = device.upload(floats(3, 1)).unwrap();
    let error = device.run(Kernel::Unary(UnaryOp::Relu), &[&host], &[&there]).unwrap_err().to_string();
    assert!(error.contains("same device"), "{error}");
}

#[test]
fn dropped_buffers_are_used_again() {
    let Some(gpu) = gpu("dropped_buffers_are_used_again") else { return };
    let device = gpu.device();
    let round = || {
        let x = device.upload(floats(1000, 1)).unwrap();
        let y = device.allocate(Element::Float32, 1000).unwrap();
        device.run(Kernel::Unary(UnaryOp::Exponential), &[&x], &[&y]).unwrap();
        pollster::block_on(y.read()).unwrap()
    };
    let first = round();
    round();
    let before = gpu.counters();
    for _ in 0..50 {
        assert_eq!(round(), first);
    }
    let after = gpu.counters();
    assert_eq!((after.buffers_made, after.bytes), (before.buffers_made, before.bytes));
    assert_eq!(after.dispatches - before.dispatches, 50);
}

#[test]
fn a_lost_device_is_an_error_value() {
    let Some(gpu) = gpu("a_lost_device_is_an_error_value") else { return };
    let device = gpu.device();
    let x = device.upload(floats(100, 1)).unwrap();
    let y = device.allocate(Element::Float32, 100).unwrap();
    gpu.destroy();
    let run = device.run(Kernel::Unary(UnaryOp::Relu), &[&x], &[&y]);
    let read = pollster::block_on(y.read());
    assert!(matches!(run, Err(Error::DeviceLost(_))) || matches!(read, Err(Error::DeviceLost(_))), "{run:?} {read:?}");
    assert!(matches!(gpu.check(), Err(Error::DeviceLost(_))));
}
