//! Fewer dispatches for a recorded step: neighbours that one shader can do at once become one. Works on the recording as
//! data: every buffer that a step makes anew is written once, so who reads and who writes it says what may be joined.
//!
//! `loss` joins what stands around the loss, `mask` the gradients of activations, `update` the optimizer.
//!
//! A fused step leaves intermediate results out; those that somebody reads afterwards are named in `kept`.

mod loss;
mod mask;
mod update;

use super::buffer::GpuBuffer;
use crate::backend::Kernel;
use crate::backend::kernel::{Activation, BinaryOp, ConvolutionSizes, MatmulSizes, UpdateRule};
use std::collections::HashSet;

/// What one step of a replay does.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// A kernel as it was recorded.
    Plain(Kernel),
    /// `left, right, activated -> out`: a product, then the gradient through an activation.
    Masked { sizes: MatmulSizes, activation: Activation },
    /// `left, right, schedule, cursor -> weight, states ..., bias, bias states ...`: a weight gradient and the update.
    MatmulUpdate { sizes: MatmulSizes, rule: UpdateRule, has_bias: bool },
    /// `x, pooled, positions, gradient, schedule, cursor -> weight, states ..., bias, bias states ...`
    BlockUpdate { sizes: ConvolutionSizes, rule: UpdateRule },
    /// `images, order, cursor, weight, bias -> out, x`: the first linear layer on a batch that it picks itself.
    LinearOfImages { n: usize, activation: Activation, batch: Batch },
    /// `images, order, cursor, weight, bias -> out, positions, x`: the first convolution block likewise.
    BlockOfImages { sizes: ConvolutionSizes, batch: Batch },
    /// The loss and its gradient.
    Loss(Loss),
}

/// Which images are picked, as in `Kernel::LoadBatch`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    /// Images of a whole batch.
    pub images: usize,
    pub first: usize,
    pub rows: usize,
    pub features: usize,
    pub mean: f32,
    pub deviation: f32,
    /// Whether somebody reads the picked batch later.
    pub copied: bool,
}

/// `scores (or x), labels, cursor, [weight, bias,] [order] -> gradient, series, [cursor]`
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    pub rows: usize,
    pub classes: usize,
    pub scale: f64,
    /// The slope of a (leaky) ReLU that made the scores: its gradient is applied too.
    pub slope: Option<f64>,
    /// The linear layer that makes the scores: its inputs and activation.
    pub linear: Option<(usize, Activation)>,
    /// Where the labels are picked from those of the data set: images of a whole batch, and the first that is taken.
    pub picked: Option<[usize; 2]>,
    /// Whether the cursor moves on here.
    pub advance: bool,
}

/// One step with its buffers.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub work: Work,
    pub inputs: Vec<GpuBuffer>,
    pub outputs: Vec<GpuBuffer>,
    /// Of a convolution block's gradient: it is 0 already where the block's ReLU was.
    pub masked: bool,
    /// The cursor has moved on already.
    pub passed: bool,
}

struct Fuser {
    /// None where a step was joined into another.
    steps: Vec<Option<Step>>,
    kept: HashSet<usize>,
    max_storage_buffers: u32,
}

/// Joins what can be joined, drops what nobody reads.
pub(super) fn fuse(steps: Vec<Step>, kept: &[GpuBuffer], max_storage_buffers: u32) -> Vec<Step> {
    let kept = kept.iter().map(GpuBuffer::identity).collect();
    let mut fuser = Fuser { steps: steps.into_iter().map(Some).collect(), kept, max_storage_buffers };
    let passes = [
        Fuser::drop_multiplication_by_one,
        Fuser::join_store,
        Fuser::join_mask,
        Fuser::join_block_mask,
        Fuser::join_update,
        Fuser::join_scores,
        Fuser::join_batch,
    ];
    for pass in passes {
        (0..fuser.steps.len()).for_each(|i| pass(&mut fuser, i));
    }
    fuser.join_advance();
    fuser.drop_unread();
    fuser.steps.into_iter().flatten().collect()
}

/// Strides of contiguous elements of these sizes; axes of one element may have any.
fn is_contiguous(sizes: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    for (&size, &stride) in sizes.iter().zip(strides).rev() {
        if size != 1 && stride != expected {
            return false;
        }
        expected *= size;
    }
    true
}

impl Fuser {
    fn step(&self, i: usize) -> Option<&Step> {
        self.steps.get(i).and_then(Option::as_ref)
    }

    fn plain(&self, i: usize) -> Option<(&Kernel, &Step)> {
        match self.step(i) {
            Some(step @ Step { work: Work::Plain(kernel), .. }) => Some((kernel, step)),
            _ => None,
        }
    }

    fn readers(&self, buffer: &GpuBuffer) -> Vec<usize> {
        let reads = |step: &Step| step.inputs.iter().any(|input| input.same(buffer));
        (0..self.steps.len()).filter(|&i| self.step(i).is_some_and(reads)).collect()
    }

    fn writers(&self, buffer: &GpuBuffer) -> Vec<usize> {
        let writes = |step: &Step| step.outputs.iter().any(|output| output.same(buffer));
        (0..self.steps.len()).filter(|&i| self.step(i).is_some_and(writes)).collect()
    }

    /// The one step that makes a buffer which `reader` alone reads.
    fn made_only_for(&self, buffer: &GpuBuffer, reader: usize) -> Option<usize> {
        let alone = self.readers(buffer) == [reader] && !self.kept.contains(&buffer.identity());
        match self.writers(buffer)[..] {
            [writer] if alone && writer < reader => Some(writer),
            _ => None,
        }
    }

    /// Whether no step after `from` up to `to` writes any of the buffers.
    fn unwritten_between(&self, buffers: &[GpuBuffer], from: usize, to: usize) -> bool {
        buffers.iter().all(|buffer| self.writers(buffer).iter().all(|&writer| writer <= from || writer > to))
    }

    /// A backward pass starts from a gradient of 1; multiplying by it changes nothing.
    fn drop_multiplication_by_one(&mut self, i: usize) {
        let Some((Kernel::Binary { op: BinaryOp::Multiply, sizes, left_strides, .. }, step)) = self.plain(i) else { return };
        let (left, right, out) = (step.inputs[0].clone(), step.inputs[1].clone(), step.outputs[0].clone());
        let ones = match self.writers(&right)[..] {
            [writer] => matches!(self.plain(writer), Some((Kernel::Fill { value: 1.0 }, _))),
            _ => false,
        };
        let whole = is_contiguous(sizes, left_strides) && left.len() == out.len();
        let single = self.writers(&left).len() == 1 && self.writers(&out) == [i];
        if !(ones && whole && single) || self.kept.contains(&out.identity()) {
            return;
        }
        self.steps[i] = None;
        for step in self.steps.iter_mut().flatten() {
            for input in &mut step.inputs {
                if input.same(&out) {
                    *input = left.clone();
                }
            }
        }
    }

    /// Drops steps whose results neither a later step nor anybody outside reads.
    fn drop_unread(&mut self) {
        loop {
            let unread = (0..self.steps.len()).find(|&i| {
                let Some(step) = self.step(i) else { return false };
                let lasting = match &step.work {
                    Work::Plain(kernel) => matches!(
                        kernel,
                        Kernel::Update { .. } | Kernel::Store { .. } | Kernel::CountCorrect { .. } | Kernel::Advance
                    ),
                    Work::MatmulUpdate { .. } | Work::BlockUpdate { .. } | Work::Loss(_) => true,
                    Work::Masked { .. } | Work::LinearOfImages { .. } | Work::BlockOfImages { .. } => false,
                };
                let read = |output: &GpuBuffer| {
                    self.kept.contains(&output.identity()) || self.readers(output).iter().any(|&reader| reader != i)
                };
                !lasting && !step.outputs.iter().any(read)
            });
            match unread {
                Some(i) => self.steps[i] = None,
                None => return,
            }
        }
    }
}
