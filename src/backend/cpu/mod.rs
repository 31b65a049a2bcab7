//! The CPU backend: plain memory, kernels that run at once. The oracle for every other backend.

mod batch;
mod binary;
mod buffer;
mod convolution;
mod convolution_block;
mod convolution_block_gradient;
mod convolution_block_plain;
mod elementwise;
mod erf;
mod fuse;
mod gemm;
mod index;
mod ink;
mod matmul;
mod number;
mod peak;
mod pool;
mod rearrange;
mod reduce;
mod scratch;
mod shard_tree;
mod simd;
mod softmax;
mod strided;
#[cfg(test)]
mod tests;
mod update;

use super::{Backend, Buffer, Coming, Element, HostData, Kernel, Recording, Replay};
use crate::error::Result;
pub use buffer::CpuBuffer;
pub use fuse::fuse;
pub use peak::{Form, ProductSpeed, instructions, measured_peak, measured_products};

/// The processor. Has no state of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuBackend;

impl CpuBackend {
    /// Runs a kernel, at once.
    fn compute(&self, kernel: &Kernel, inputs: &[&CpuBuffer], outputs: &[&CpuBuffer]) -> Result<()> {
        use index::Indexed;
        use reduce::Folded;
        match *kernel {
            Kernel::Fill { value } => elementwise::fill(value, outputs[0]),
            Kernel::Cast => elementwise::cast(inputs[0], outputs[0]),
            Kernel::Unary(op) => elementwise::unary(op, inputs[0], outputs[0]),
            Kernel::Binary { op, ref sizes, ref left_strides, ref right_strides } => {
                let layout = binary::Layout { sizes, left: left_strides, right: right_strides };
                binary::binary(op, layout, inputs[0], inputs[1], outputs[0])
            }
            Kernel::Select { ref sizes, ref condition_strides, ref left_strides, ref right_strides } => {
                let strides = [condition_strides.as_slice(), left_strides, right_strides];
                elementwise::select(sizes, strides, inputs[0], inputs[1], inputs[2], outputs[0])
            }
            Kernel::Reduce { op, outer, axis, inner, shards } => {
                reduce::reduce(op, Folded { outer, axis, inner }, shards, inputs[0], outputs)
            }
            Kernel::Rearrange { ref sizes, ref strides, offset } => {
                rearrange::rearrange(sizes, strides, offset, inputs[0], outputs[0])
            }
            Kernel::RearrangeAdd { ref sizes, ref strides, offset } => {
                rearrange::rearrange_add(sizes, strides, offset, inputs[0], outputs[0])
            }
            Kernel::IndexSelect { outer, axis, inner, count } => {
                index::index_select(Indexed { outer, axis, inner, count }, inputs[0], inputs[1], outputs[0])
            }
            Kernel::IndexAdd { outer, axis, inner, count } => {
                index::index_add(Indexed { outer, axis, inner, count }, inputs[0], inputs[1], outputs[0])
            }
            Kernel::Gather { outer, axis, inner, count } => {
                index::gather(Indexed { outer, axis, inner, count }, inputs[0], inputs[1], outputs[0])
            }
            Kernel::ScatterAdd { outer, axis, inner, count } => {
                index::scatter_add(Indexed { outer, axis, inner, count }, inputs[0], inputs[1], outputs[0])
            }
            Kernel::LogSoftmax { outer, axis, inner } => {
                softmax::log_softmax(Folded { outer, axis, inner }, inputs[0], outputs[0])
            }
            Kernel::CumulativeSum { outer, axis, inner } => {
                reduce::cumulative_sum(Folded { outer, axis, inner }, inputs[0], outputs[0])
            }
            Kernel::Matmul { ref sizes, shards } => matmul::matmul(sizes, shards, inputs[0], inputs[1], outputs[0]),
            Kernel::Convolution(ref sizes) => convolution::convolution(sizes, inputs[0], inputs[1], outputs[0]),
            Kernel::ConvolutionInputGradient(ref sizes) => {
                convolution::input_gradient(sizes, inputs[0], inputs[1], outputs[0])
            }
            Kernel::ConvolutionWeightGradient { ref sizes, shards } => {
                convolution::weight_gradient(sizes, shards, inputs[0], inputs[1], outputs[0])
            }
            Kernel::MaxPool(ref sizes) => pool::max_pool(sizes, inputs[0], outputs[0], outputs[1]),
            Kernel::MaxPoolGradient(ref sizes) => pool::max_pool_gradient(sizes, inputs[0], inputs[1], outputs[0]),
            Kernel::AveragePool(ref sizes) => pool::average_pool(sizes, inputs[0], outputs[0]),
            Kernel::AveragePoolGradient(ref sizes) => pool::average_pool_gradient(sizes, inputs[0], outputs[0]),
            Kernel::Linear { m, k, n, activation } => {
                let sizes = matmul::LinearSizes { m, k, n, activation };
                matmul::linear(sizes, inputs[0], inputs[1], inputs[2], outputs[0])
            }
            Kernel::ConvolutionBlock(ref sizes) => {
                convolution_block::forward(sizes, inputs[0], inputs[1], inputs[2], outputs[0], outputs[1])
            }
            Kernel::ConvolutionBlockInputGradient(ref sizes) => {
                convolution_block_gradient::input_gradient(sizes, inputs[0], inputs[1], inputs[2], inputs[3], outputs[0])
            }
            Kernel::ConvolutionBlockWeightGradient { ref sizes, shards } => {
                let inputs = [inputs[0], inputs[1], inputs[2], inputs[3]];
                convolution_block_gradient::weight_gradient(sizes, shards, inputs, outputs[0], outputs[1])
            }
            Kernel::SoftmaxCrossEntropy { rows, classes, scale, shards } => {
                let sizes = softmax::Classified { rows, classes, scale, shards };
                softmax::softmax_cross_entropy(sizes, inputs[0], inputs[1], outputs[0], outputs[1])
            }
            Kernel::LoadBatch { batch, first, rows, features, mean, deviation } => {
                batch::load_batch(batch::Load { batch, first, rows, features, mean, deviation }, inputs, outputs)
            }
            Kernel::LoadInk { batch, first, rows, features, mean, deviation } => {
                ink::load_ink(batch::Load { batch, first, rows, features, mean, deviation }, inputs, outputs)
            }
            Kernel::LinearInk { m, k, n, ground, activation } => {
                ink::linear_ink(ink::LinearInk { m, k, n, ground, activation }, inputs, outputs[0]);
                Ok(())
            }
            Kernel::TransposeInk { rows, features, shards } => {
                ink::transpose_ink(rows, features, shards, inputs, outputs);
                Ok(())
            }
            Kernel::InkWeightGradient { rows, features, outputs: columns, ground, shards } => {
                let sizes = ink::InkWeightGradient { rows, features, outputs: columns, ground, shards };
                ink::ink_weight_gradient(sizes, inputs, outputs[0]);
                Ok(())
            }
            Kernel::Dropout { elements, first, row, scale } => {
                batch::dropout(elements, first, row, scale, inputs, outputs[0])
            }
            Kernel::Update { rule, elements } => update::update(rule, elements, inputs, outputs),
            Kernel::Store { count } => batch::store(count, inputs[0], inputs[1], outputs[0]),
            Kernel::CountCorrect { rows, classes } => batch::count_correct(rows, classes, inputs, outputs[0]),
            Kernel::Advance => batch::advance(outputs[0]),
        }
    }
}

impl Backend for CpuBackend {
    fn identity(&self) -> usize {
        0
    }

    fn allocate(&self, element: Element, length: usize) -> Result<Buffer> {
        Ok(Buffer::Cpu(CpuBuffer::new(HostData::zeros(element, length))))
    }

    fn upload(&self, data: HostData) -> Result<Buffer> {
        Ok(Buffer::Cpu(CpuBuffer::new(data)))
    }

    fn write(&self, buffer: &Buffer, offset: usize, data: &HostData) -> Result<()> {
        buffer.cpu()?.overwrite(offset, data);
        Ok(())
    }

    fn run(&self, kernel: &Kernel, inputs: &[&Buffer], outputs: &[&Buffer]) -> Result<()> {
        let inputs: Vec<&CpuBuffer> = inputs.iter().map(|buffer| buffer.cpu()).collect::<Result<_>>()?;
        let outputs: Vec<&CpuBuffer> = outputs.iter().map(|buffer| buffer.cpu()).collect::<Result<_>>()?;
        self.compute(kernel, &inputs, &outputs)
    }

    fn read<'a>(&'a self, buffer: &'a Buffer) -> Coming<'a, HostData> {
        Box::pin(async { buffer.host() })
    }

    fn compile(&self, recording: Recording, _kept: &[&Buffer]) -> Result<Box<dyn Replay>> {
        Ok(Box::new(recording))
    }
}
