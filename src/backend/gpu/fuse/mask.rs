//! The gradient through an activation, applied by what makes the gradient.

use super::{Fuser, Loss, Work, is_contiguous};
use crate::backend::Kernel;
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::kernel::{Activation, BinaryOp};

impl Fuser {
    /// The gradient through an activation is applied by what makes the gradient.
    pub(super) fn join_mask(&mut self, i: usize) {
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
            (&Work::Loss(loss), Activation::Relu | Activation::LeakyRelu { .. }) if maker.inputs[0].same(&output) => {
                let slope = if let Activation::LeakyRelu { slope } = activation { slope } else { 0.0 };
                joined.work = Work::Loss(Loss { slope: Some(slope), ..loss });
                joined.outputs[0] = out;
            }
            _ => return,
        }
        self.steps[i] = None;
        self.steps[j] = Some(joined);
    }

    /// A product that makes the gradient of a convolution block applies the gradient of the block's ReLU, so that the block's two
    /// gradients need not look where it was.
    pub(super) fn join_block_mask(&mut self, i: usize) {
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
}
