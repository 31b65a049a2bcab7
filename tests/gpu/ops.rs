//! The op table on the GPU, and what a GPU makes of whole numbers.

use crate::gpu;
use gradlab::Device;
use gradlab::backend::HostData;
use gradlab::tensor::Tensor;

#[test]
fn the_op_table_holds_on_the_gpu() {
    let Some(gpu) = gpu("the_op_table_holds_on_the_gpu") else { return };
    pollster::block_on(crate::device_table::hold(&gpu.device()));
}

fn on(device: &Device, numbers: &[i64]) -> Tensor {
    let tensor = Tensor::from_vec(numbers.to_vec(), [numbers.len()]).unwrap();
    pollster::block_on(tensor.to_device(device)).unwrap()
}

fn read(tensor: &Tensor) -> HostData {
    pollster::block_on(tensor.read()).unwrap()
}

#[test]
fn whole_numbers_are_compared_and_counted_there() {
    let Some(gpu) = gpu("whole_numbers_are_compared_and_counted_there") else { return };
    let device = gpu.device();
    // Beyond 2^24, where float32 would lose the last digit.
    let (a, b) = (on(&device, &[3, -5, 16_777_217]), on(&device, &[3, 5, 16_777_216]));
    let same = a.eq(&b).unwrap();
    assert_eq!(read(&same), HostData::Bool(vec![true, false, false]));
    assert_eq!(read(&same.sum(&[], false).unwrap()), HostData::Int64(vec![1]));
    assert_eq!(read(&same.any(&[], false).unwrap()), HostData::Bool(vec![true]));
    assert_eq!(read(&a.add(&b).unwrap()), HostData::Int64(vec![6, 0, 33_554_433]));
    assert_eq!(read(&a.cumsum(0).unwrap()), HostData::Int64(vec![3, -2, 16_777_215]));
    let scores = Tensor::from_vec(vec![0.5f32, 2.0, -1.0, 4.0, 0.0, 4.0], [2, 3]).unwrap();
    let scores = pollster::block_on(scores.to_device(&device)).unwrap();
    assert_eq!(read(&scores.argmax(1, false).unwrap()), HostData::Int64(vec![1, 0]));
}

#[test]
fn what_does_not_fit_is_refused_with_the_way_out() {
    let Some(gpu) = gpu("what_does_not_fit_is_refused_with_the_way_out") else { return };
    let device = gpu.device();
    let error = |result: gradlab::Result<Tensor>| result.unwrap_err().to_string();
    let large = Tensor::from_vec(vec![1i64 << 40], [1]).unwrap();
    assert!(error(pollster::block_on(large.to_device(&device))).contains("1099511627776"));
    let doubles = Tensor::from_vec(vec![1.0f64], [1]).unwrap();
    assert!(error(pollster::block_on(doubles.to_device(&device))).contains("float32, not float64"));
    let numbers = on(&device, &[7, 2]);
    assert!(error(numbers.floor_divide(&numbers)).contains(".to(float32)"));
    assert!(error(numbers.neg()).contains(".to(float32)"));
}
