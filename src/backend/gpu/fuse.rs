//! Fewer dispatches for a recorded step: neighbours that one shader can do at once become one. Works on the recording as
//! data: every buffer that a step makes anew is written once, so who reads and who writes it says what may be joined.
//!
//! A fused step leaves intermediate results out; those that somebody reads afterwards are named in `kept`.

use super::buffer::GpuBuffer;
use crate::backend::Kernel;
use crate::backend::kernel::{Activation, BinaryOp, ConvolutionSizes, MatmulSizes, ReduceOp, UpdateRule};
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
    /// `logits, labels, cursor -> loss, gradient, series`; with the slope of a (leaky) ReLU that made the logits, its gradient too.
    CrossEntropy { rows: usize, classes: usize, scale: f64, slope: Option<f64> },
}

/// One step with its buffers.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub work: Work,
    pub inputs: Vec<GpuBuffer>,
    pub outputs: Vec<GpuBuffer>,
    /// Of a convolution block's gradient: it is 0 already where the block's ReLU was.
    pub masked: bool,
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
    for i in 0..fuser.steps.len() {
        fuser.drop_multiplication_by_one(i);
    }
    for i in 0..fuser.steps.len() {
        fuser.join_store(i);
    }
    for i in 0..fuser.steps.len() {
        fuser.join_mask(i);
    }
    for i in 0..fuser.steps.len() {
        fuser.join_block_mask(i);
    }
    for i in 0..fuser.steps.len() {
        fuser.join_update(i);
    }
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

    /// The loss is kept by the pass that makes it.
    fn join_store(&mut self, i: usize) {
        let Some((&Kernel::Store { count: 1 }, store)) = self.plain(i) else { return };
        let [j] = self.writers(&store.inputs[0])[..] else { return };
        let Some((&Kernel::SoftmaxCrossEntropy { rows, classes, scale, .. }, entropy)) = self.plain(j) else { return };
        let (cursor, series) = (store.inputs[1].clone(), store.outputs[0].clone());
        let reads_loss = store.inputs[0].same(&entropy.outputs[0]);
        if j > i || !reads_loss || series.packed() || !self.unwritten_between(std::slice::from_ref(&cursor), j, i) {
            return;
        }
        let joined = Step {
            work: Work::CrossEntropy { rows, classes, scale, slope: None },
            inputs: entropy.inputs.iter().cloned().chain([cursor]).collect(),
            outputs: entropy.outputs.iter().cloned().chain([series]).collect(),
            masked: false,
        };
        self.steps[i] = None;
        self.steps[j] = Some(joined);
    }

    /// The gradient through an activation is applied by what makes the gradient.
    fn join_mask(&mut self, i: usize) {
        let Some((Kernel::Binary { op, sizes, left_strides, right_strides }, step)) = self.plain(i) else { return };
        let activation = match *op {
            BinaryOp::ReluGradient => Activation::Relu,
            BinaryOp::LeakyReluGradient { slope } => Activation::LeakyRelu { slope },
            BinaryOp::SigmoidGradient => Activation::Sigmoid,
            BinaryOp::TanhGradient => Activation::Tanh,
            _ => return,
        };
        if !is_contiguous(sizes, left_strides) || !is_contiguous(sizes, right_strides) {
            return;
        }
        let (gradient, output, out) = (step.inputs[0].clone(), step.inputs[1].clone(), step.outputs[0].clone());
        let Some(j) = self.made_only_for(&gradient, i) else { return };
        if self.writers(&output).iter().any(|&writer| writer >= j) {
            return;
        }
        let Some(maker) = self.step(j) else { return };
        let mut joined = maker.clone();
        match (&maker.work, activation) {
            (&Work::Plain(Kernel::Matmul { sizes, .. }), _) => {
                joined.work = Work::Masked { sizes, activation };
                joined.inputs.push(output);
                joined.outputs = vec![out];
            }
            (&Work::CrossEntropy { rows, classes, scale, .. }, Activation::Relu | Activation::LeakyRelu { .. })
                if maker.inputs[0].same(&output) =>
            {
                let slope = if let Activation::LeakyRelu { slope } = activation { slope } else { 0.0 };
                joined.work = Work::CrossEntropy { rows, classes, scale, slope: Some(slope) };
                joined.outputs[1] = out;
            }
            _ => return,
        }
        self.steps[i] = None;
        self.steps[j] = Some(joined);
    }

    /// A product that makes the gradient of a convolution block applies the gradient of the block's ReLU, so that the block's two
    /// gradients need not look where it was.
    fn join_block_mask(&mut self, i: usize) {
        let Some((&Kernel::Matmul { sizes, .. }, step)) = self.plain(i) else { return };
        let gradient = step.outputs[0].clone();
        let readers = self.readers(&gradient);
        let mut pooled: Option<GpuBuffer> = None;
        for &reader in &readers {
            let Some((kernel, step)) = self.plain(reader) else { return };
            let its_pooled = match kernel {
                Kernel::ConvolutionBlockInputGradient(_) | Kernel::ConvolutionBlockWeightGradient { .. } => &step.inputs[1],
                _ => return,
            };
            if pooled.as_ref().is_some_and(|pooled| !pooled.same(its_pooled)) {
                return;
            }
            pooled = Some(its_pooled.clone());
        }
        let Some(pooled) = pooled else { return };
        let early = self.writers(&pooled).iter().all(|&writer| writer < i);
        if !early || self.kept.contains(&gradient.identity()) || self.writers(&gradient) != [i] {
            return;
        }
        for reader in readers {
            if let Some(step) = &mut self.steps[reader] {
                step.masked = true;
            }
        }
        if let Some(step) = &mut self.steps[i] {
            step.work = Work::Masked { sizes, activation: Activation::Relu };
            step.inputs.push(pooled);
        }
    }

    /// The update of a parameter happens where its gradient is made, and the bias's along with the weight's.
    fn join_update(&mut self, i: usize) {
        let Some((&Kernel::Update { rule, .. }, update)) = self.plain(i) else { return };
        let (gradient, settings, weight) = (update.inputs[0].clone(), update.inputs[1..3].to_vec(), update.outputs.clone());
        let Some(j) = self.made_only_for(&gradient, i) else { return };
        let Some((kernel, maker)) = self.plain(j) else { return };
        if !self.unwritten_between(&maker.inputs, j, i) {
            return;
        }
        let (mut inputs, masked) = (maker.inputs.clone(), maker.masked);
        inputs.extend(settings.clone());
        let states = rule.states() as u32;
        match *kernel {
            Kernel::Matmul { sizes, .. } if sizes.transpose_left && sizes.batch == 1 => {
                // Left, right and schedule are read; each parameter is written with its states.
                if 3 + 2 * (1 + states) > self.max_storage_buffers {
                    return;
                }
                let bias = self.bias_of(&inputs[0], [sizes.k, sizes.m], i, rule, &settings);
                let work = Work::MatmulUpdate { sizes, rule, has_bias: bias.is_some() };
                let mut outputs = weight;
                if let Some((reduction, bias_update)) = bias {
                    outputs.extend(self.steps[bias_update].take().map(|step| step.outputs).unwrap_or_default());
                    self.steps[reduction] = None;
                }
                self.steps[j] = None;
                self.steps[i] = Some(Step { work, inputs, outputs, masked });
            }
            Kernel::ConvolutionBlockWeightGradient { sizes, .. } if gradient.same(&maker.outputs[0]) => {
                let bias_gradient = maker.outputs[1].clone();
                if 5 + 2 * (1 + states) > self.max_storage_buffers {
                    return;
                }
                let [bias_update] = self.readers(&bias_gradient)[..] else { return };
                if self.kept.contains(&bias_gradient.identity()) || !self.may_move(bias_update, i, rule, &settings) {
                    return;
                }
                let mut outputs = weight;
                outputs.extend(self.steps[bias_update].take().map(|step| step.outputs).unwrap_or_default());
                self.steps[j] = None;
                self.steps[i] = Some(Step { work: Work::BlockUpdate { sizes, rule }, inputs, outputs, masked });
            }
            _ => {}
        }
    }

    /// The sum over the rows of `gradient` (rows, units) and the update that it feeds, if that may happen at step `i`.
    fn bias_of(
        &self,
        gradient: &GpuBuffer,
        [rows, units]: [usize; 2],
        i: usize,
        rule: UpdateRule,
        settings: &[GpuBuffer],
    ) -> Option<(usize, usize)> {
        self.readers(gradient).into_iter().find_map(|reduction| {
            let (kernel, step) = self.plain(reduction)?;
            let &Kernel::Reduce { op: ReduceOp::Sum, outer: 1, axis, inner, .. } = kernel else { return None };
            let sum = &step.outputs[0];
            let [update] = self.readers(sum)[..] else { return None };
            let fits = axis == rows && inner == units && self.made_only_for(sum, update) == Some(reduction);
            (fits && self.may_move(update, i, rule, settings)).then_some((reduction, update))
        })
    }

    /// Whether the update at `from` is of the same kind and may happen at `to` instead.
    fn may_move(&self, from: usize, to: usize, rule: UpdateRule, settings: &[GpuBuffer]) -> bool {
        let Some((&Kernel::Update { rule: its_rule, .. }, step)) = self.plain(from) else { return false };
        let same_settings = step.inputs[1..3].iter().zip(settings).all(|(a, b)| a.same(b));
        let (first, last) = (from.min(to), from.max(to));
        let touched = step.outputs.iter().any(|output| {
            let inside = |&other: &usize| other > first && other < last;
            self.readers(output).iter().any(inside) || self.writers(output).iter().any(inside)
        });
        its_rule == rule && same_settings && !touched && self.unwritten_between(settings, first, last)
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
                    Work::MatmulUpdate { .. } | Work::BlockUpdate { .. } | Work::CrossEntropy { .. } => true,
                    Work::Masked { .. } => false,
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
