//! The update of a parameter, made where its gradient is.

use super::{Fuser, Step, Work};
use crate::backend::Kernel;
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::kernel::{ReduceOp, UpdateRule};

impl Fuser {
    /// The update of a parameter happens where its gradient is made, and the bias's along with the weight's.
    pub(super) fn join_update(&mut self, i: usize) {
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
                self.steps[i] = Some(Step { work, inputs, outputs, masked, passed: false });
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
                self.steps[i] =
                    Some(Step { work: Work::BlockUpdate { sizes, rule }, inputs, outputs, masked, passed: false });
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
}
