//! What stands around the loss: the last layer, the labels, the place where the loss is kept, and the cursor that moves on.

use super::{Batch, Fuser, Loss, Step, Work};
use crate::backend::Kernel;
use crate::backend::gpu::buffer::GpuBuffer;

/// Multiply-adds a class up to which one workgroup makes the scores: more would keep the rest of the GPU waiting.
const LONE_WORK: usize = 1 << 17;
/// Classes that its threads hold.
const LONE_CLASSES: usize = 16;

impl Fuser {
    /// The loss is kept by the pass that makes it.
    pub(super) fn join_store(&mut self, i: usize) {
        let Some((&Kernel::Store { count: 1 }, store)) = self.plain(i) else { return };
        let Some(j) = self.made_only_for(&store.inputs[0], i) else { return };
        let Some((&Kernel::SoftmaxCrossEntropy { rows, classes, scale, .. }, entropy)) = self.plain(j) else { return };
        let (cursor, series) = (store.inputs[1].clone(), store.outputs[0].clone());
        let is_loss = store.inputs[0].same(&entropy.outputs[0]);
        if !is_loss || series.packed() || !self.unwritten_between(std::slice::from_ref(&cursor), j, i) {
            return;
        }
        let loss = Loss { rows, classes, scale, slope: None, linear: None, picked: None, advance: false };
        let joined = Step {
            work: Work::Loss(loss),
            inputs: entropy.inputs.iter().cloned().chain([cursor]).collect(),
            outputs: vec![entropy.outputs[1].clone(), series],
            masked: false,
            passed: false,
        };
        self.steps[i] = None;
        self.steps[j] = Some(joined);
    }

    /// A last linear layer with few units makes its scores where the loss is.
    pub(super) fn join_scores(&mut self, i: usize) {
        let Some(&Step { work: Work::Loss(loss), ref inputs, .. }) = self.step(i) else { return };
        let scores = inputs[0].clone();
        let Some(j) = self.made_only_for(&scores, i) else { return };
        let Some((&Kernel::Linear { m, k, n, activation }, layer)) = self.plain(j) else { return };
        let small = n <= LONE_CLASSES && m * k <= LONE_WORK && self.max_storage_buffers >= 7;
        if loss.linear.is_some() || !small || !self.unwritten_between(&layer.inputs, j, i) {
            return;
        }
        let [x, weight, bias] = [0, 1, 2].map(|at| layer.inputs[at].clone());
        self.steps[j] = None;
        if let Some(step) = &mut self.steps[i] {
            step.work = Work::Loss(Loss { linear: Some((k, activation)), ..loss });
            step.inputs[0] = x;
            step.inputs.extend([weight, bias]);
        }
    }

    /// The first layer picks its batch from the packed data set itself, and the loss its labels.
    pub(super) fn join_batch(&mut self, j: usize) {
        let Some((kernel, load)) = self.plain(j) else { return };
        let &Kernel::LoadBatch { batch, first, rows, features, mean, deviation } = kernel else { return };
        let [images, labels, order, cursor] = [0, 1, 2, 3].map(|at| load.inputs[at].clone());
        let [x, picked] = [0, 1].map(|at| load.outputs[at].clone());
        let (layers, losses) = (self.readers(&x), self.readers(&picked));
        let lone = |buffer: &GpuBuffer| self.writers(buffer) == [j] && !self.kept.contains(&buffer.identity());
        let Some(&layer) = layers.first() else { return };
        if !(images.packed() && labels.packed() && lone(&x) && lone(&picked) && layer > j) {
            return;
        }
        let Some((work, step)) = self.plain(layer) else { return };
        let batch_of = Batch { images: batch, first, rows, features, mean, deviation, copied: layers.len() > 1 };
        let work = match *work {
            Kernel::Linear { m, k, n, activation } if m == rows && k == features => {
                Work::LinearOfImages { n, activation, batch: batch_of }
            }
            Kernel::ConvolutionBlock(sizes) if sizes.batch == rows => Work::BlockOfImages { sizes, batch: batch_of },
            _ => return,
        };
        let needed = step.inputs.len() + step.outputs.len() + 2;
        let still = self.unwritten_between(&[images.clone(), order.clone(), cursor.clone()], j, layer);
        if !step.inputs[0].same(&x) || !still || needed > self.max_storage_buffers as usize {
            return;
        }
        // Every reader of the labels must be able to pick them.
        for &reader in &losses {
            let Some(Step { work: Work::Loss(loss), inputs, .. }) = self.step(reader) else { return };
            let bound = if loss.linear.is_some() { 8 } else { 6 };
            if !inputs[1].same(&picked) || !inputs[2].same(&cursor) || self.max_storage_buffers < bound {
                return;
            }
        }
        for reader in losses {
            let Some(step) = &mut self.steps[reader] else { continue };
            if let Work::Loss(loss) = &mut step.work {
                loss.picked = Some([batch, first]);
            }
            step.inputs[1] = labels.clone();
            step.inputs.push(order.clone());
        }
        if let Some(step) = &mut self.steps[layer] {
            step.work = work;
            step.inputs.splice(0..1, [images, order, cursor]);
            step.outputs.push(x);
        }
        self.steps[j] = None;
    }

    /// The cursor moves on where the loss is, in one workgroup that nobody shares; what follows looks one place back.
    pub(super) fn join_advance(&mut self) {
        let Some(last) = (0..self.steps.len()).rev().find(|&i| self.step(i).is_some()) else { return };
        let Some((Kernel::Advance, advance)) = self.plain(last) else { return };
        let cursor = advance.outputs[0].clone();
        let is_loss =
            |&i: &usize| self.step(i).is_some_and(|step| matches!(step.work, Work::Loss(_)) && step.inputs[2].same(&cursor));
        let Some(at) = (0..last).find(is_loss) else { return };
        if self.writers(&cursor) != [last] {
            return;
        }
        self.steps[last] = None;
        if let Some(step) = &mut self.steps[at] {
            if let Work::Loss(loss) = &mut step.work {
                loss.advance = true;
            }
            step.outputs.push(cursor);
        }
        for step in self.steps[at + 1..].iter_mut().flatten() {
            step.passed = true;
        }
    }
}
