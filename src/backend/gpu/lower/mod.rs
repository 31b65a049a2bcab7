//! From a kernel call to dispatches: which shader, which constants, how many workgroups. No GPU object is made here, so the
//! eager path and the replay share it.

mod convolution;
mod elementwise;
mod matmul;
mod training;

use super::buffer::GpuBuffer;
use super::context::Context;
use super::queue::Dispatch;
use super::shader::Program;
use crate::backend::kernel::Activation;
use crate::backend::{Element, Kernel};
use crate::error::{Error, Result};
pub(super) use convolution::{block_of_images, weight_gradient_update};
pub(super) use matmul::{Epilogue, Pick, linear_sizes, matmul};
pub(super) use training::recorded_loss;
use training::rule_number;

/// Threads of a workgroup where a thread makes an element.
const THREADS: u64 = 64;

impl Dispatch {
    /// A dispatch of `groups` workgroups over these buffers.
    fn new(program: &'static Program, buffers: &[&GpuBuffer], groups: u64) -> Dispatch {
        Dispatch {
            program,
            constants: Vec::new(),
            params: Vec::new(),
            buffers: buffers.iter().map(|&buffer| buffer.clone()).collect(),
            groups,
            clear: Vec::new(),
        }
    }

    /// A dispatch with one thread an element.
    fn elements(program: &'static Program, buffers: &[&GpuBuffer], elements: usize) -> Dispatch {
        Dispatch::new(program, buffers, (elements as u64).div_ceil(THREADS))
    }

    /// With pipeline constants.
    fn constants(mut self, constants: &[(&'static str, f64)]) -> Dispatch {
        self.constants.extend_from_slice(constants);
        self
    }

    /// With the words of its uniform.
    fn params(mut self, params: Vec<u32>) -> Dispatch {
        self.params = params;
        self
    }

    /// With a buffer cleared before.
    fn clearing(mut self, buffer: &GpuBuffer) -> Dispatch {
        self.clear.push(buffer.clone());
        self
    }
}

/// An activation in the constants of activation.wgsl.
fn activation_constants(activation: Activation) -> [(&'static str, f64); 2] {
    let (number, slope) = match activation {
        Activation::Identity => (0.0, 0.0),
        Activation::Relu => (1.0, 0.0),
        Activation::LeakyRelu { slope } => (2.0, slope),
        Activation::Sigmoid => (3.0, 0.0),
        Activation::Tanh => (4.0, 0.0),
    };
    [("ACTIVATION", number), ("SLOPE", slope)]
}

/// Whether some of its inputs may be int64.
fn takes_whole_numbers(kernel: &Kernel) -> bool {
    matches!(
        kernel,
        Kernel::Cast
            | Kernel::Binary { .. }
            | Kernel::Select { .. }
            | Kernel::Reduce { .. }
            | Kernel::CumulativeSum { .. }
            | Kernel::Rearrange { .. }
            | Kernel::IndexSelect { .. }
            | Kernel::Gather { .. }
    )
}

/// The dispatches of one kernel call, in order.
pub(super) fn lower(
    context: &Context,
    kernel: &Kernel,
    inputs: &[&GpuBuffer],
    outputs: &[&GpuBuffer],
) -> Result<Vec<Dispatch>> {
    let one = |dispatch: Dispatch| Ok(vec![dispatch]);
    if !takes_whole_numbers(kernel) && inputs.iter().any(|buffer| buffer.element() == Element::Int64) {
        return Err(elementwise::only_floats());
    }
    match kernel {
        Kernel::Fill { value } => one(elementwise::fill(*value, outputs[0])),
        Kernel::Cast => one(elementwise::cast(inputs[0], outputs[0])?),
        Kernel::Unary(op) => one(elementwise::unary(*op, inputs[0], outputs[0])),
        Kernel::Binary { op, sizes, left_strides, right_strides } => {
            one(elementwise::binary(*op, sizes, left_strides, right_strides, inputs, outputs[0])?)
        }
        Kernel::Select { sizes, condition_strides, left_strides, right_strides } => {
            one(elementwise::select(sizes, [condition_strides, left_strides, right_strides], inputs, outputs[0])?)
        }
        Kernel::Reduce { op, outer, axis, inner, .. } => {
            one(elementwise::reduce(*op, [*outer, *axis, *inner], inputs[0], outputs)?)
        }
        Kernel::Rearrange { sizes, strides, offset } => {
            one(elementwise::rearrange(sizes, strides, *offset, inputs[0], outputs[0])?)
        }
        Kernel::RearrangeAdd { sizes, strides, offset } => {
            one(elementwise::rearrange_add(sizes, strides, *offset, inputs[0], outputs[0])?)
        }
        &Kernel::IndexSelect { outer, axis, inner, count } => {
            one(elementwise::pick([outer, axis, inner, count], false, inputs, outputs[0]))
        }
        &Kernel::IndexAdd { outer, axis, inner, count } => {
            one(elementwise::pick_add([outer, axis, inner, count], false, inputs, outputs[0]))
        }
        &Kernel::Gather { outer, axis, inner, count } => {
            one(elementwise::pick([outer, axis, inner, count], true, inputs, outputs[0]))
        }
        &Kernel::ScatterAdd { outer, axis, inner, count } => {
            one(elementwise::pick_add([outer, axis, inner, count], true, inputs, outputs[0]))
        }
        &Kernel::LogSoftmax { outer, axis, inner } => {
            one(elementwise::log_softmax([outer, axis, inner], inputs[0], outputs[0]))
        }
        &Kernel::CumulativeSum { outer, axis, inner } => {
            one(elementwise::cumulative_sum([outer, axis, inner], inputs[0], outputs[0]))
        }
        Kernel::Matmul { sizes, .. } => one(matmul(context, sizes, inputs[0], inputs[1], outputs[0], &Epilogue::Plain)),
        &Kernel::Linear { m, k, n, activation } => {
            let sizes = matmul::linear_sizes(m, k, n);
            let epilogue = Epilogue::Linear { bias: inputs[2], activation };
            one(matmul(context, &sizes, inputs[0], inputs[1], outputs[0], &epilogue))
        }
        Kernel::Convolution(sizes) => one(convolution::forward(sizes, inputs, outputs)),
        Kernel::ConvolutionInputGradient(sizes) => one(convolution::input_gradient(sizes, inputs, outputs[0])),
        Kernel::ConvolutionWeightGradient { sizes, .. } => {
            one(convolution::weight_gradient(context, sizes, inputs, outputs[0]))
        }
        Kernel::MaxPool(sizes) => one(convolution::max_pool(sizes, inputs[0], outputs)),
        Kernel::MaxPoolGradient(sizes) => one(convolution::max_pool_gradient(sizes, inputs, outputs[0])),
        Kernel::AveragePool(sizes) => one(convolution::average_pool(sizes, inputs[0], outputs[0])),
        Kernel::AveragePoolGradient(sizes) => one(convolution::average_pool_gradient(sizes, inputs[0], outputs[0])),
        Kernel::ConvolutionBlock(sizes) => one(convolution::block(context, sizes, inputs, outputs)?),
        Kernel::ConvolutionBlockInputGradient(sizes) => {
            one(convolution::block_input_gradient(context, sizes, inputs, outputs[0])?)
        }
        Kernel::ConvolutionBlockWeightGradient { sizes, .. } => {
            one(convolution::block_weight_gradient(context, sizes, inputs, outputs)?)
        }
        &Kernel::SoftmaxCrossEntropy { rows, classes, scale, .. } => {
            one(training::cross_entropy(rows, classes, scale, inputs, outputs))
        }
        &Kernel::LoadBatch { batch, first, rows, features, mean, deviation } => {
            one(training::load_batch([batch, first, rows, features], mean, deviation, inputs, outputs))
        }
        Kernel::LoadInk { .. }
        | Kernel::LinearInk { .. }
        | Kernel::TransposeInk { .. }
        | Kernel::InkWeightGradient { .. } => {
            Err(Error::Device("lists of ink are for the CPU; a GPU takes batches whole".to_string()))
        }
        &Kernel::Dropout { elements, first, row, scale } => {
            one(training::dropout([elements, first, row], scale, inputs, outputs[0]))
        }
        &Kernel::Update { rule, elements } => one(training::update(rule, elements, inputs, outputs)),
        &Kernel::Store { count } => one(training::store(count, inputs, outputs[0])?),
        &Kernel::CountCorrect { rows, classes } => one(training::count_correct(rows, classes, inputs, outputs[0])),
        Kernel::Advance => one(training::advance(outputs[0])),
    }
}
