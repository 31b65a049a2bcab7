//! The update of a training step, by the rule that training itself runs: an optimizer, the numbers of this step, and what it
//! remembers of each parameter.

use super::network_trace::{NetworkTrace, ParameterView, Values};
use crate::backend::kernel::{Kernel, UPDATE_ROW, UpdateRule};
use crate::backend::{Buffer, Device, HostData};
use crate::error::Result;
use crate::nn::network::floats;
use crate::nn::optimizer::{OptimizerKind, OptimizerSettings};

/// An optimizer before a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimizer {
    /// Which one, with its numbers.
    pub settings: OptimizerSettings,
    /// The rate of this step, after the schedule.
    pub learning_rate: f64,
    /// Updates done.
    pub step: u64,
    /// What it remembers: for each parameter the states of its rule; empty if there are none.
    pub states: Vec<Vec<Vec<f32>>>,
}

impl Optimizer {
    /// Plain gradient descent: every parameter minus the rate times its gradient.
    pub fn plain(learning_rate: f64) -> Optimizer {
        let settings = OptimizerSettings::new(OptimizerKind::Sgd, learning_rate);
        Optimizer { settings, learning_rate, step: 0, states: Vec::new() }
    }

    /// The parameters after the update, in order. What is remembered after it is not kept: each step of a run brings its own.
    pub fn update(&self, trace: &NetworkTrace) -> Result<Vec<Values>> {
        let row = self.settings.row(self.step, self.learning_rate);
        let row = upload(&bytemuck::cast::<_, [f32; UPDATE_ROW]>(row))?;
        let cursor = Device::Cpu.upload(HostData::Index(vec![0, 0]))?;
        let rule = self.settings.rule();
        let update = |(place, parameter): (usize, &ParameterView)| {
            let (gradient, weight) = (upload(&parameter.gradient.data)?, upload(&parameter.value.data)?);
            let elements = weight.len();
            let zeros = vec![0.0; elements];
            let kept = |state: usize| self.states.get(place).and_then(|states| states.get(state)).unwrap_or(&zeros);
            let states = (0..rule.states()).map(|state| upload(kept(state))).collect::<Result<Vec<_>>>()?;
            let outputs: Vec<_> = std::iter::once(&weight).chain(&states).collect();
            Device::Cpu.run(Kernel::Update { rule, elements }, &[&gradient, &row, &cursor], &outputs)?;
            Ok(Values { shape: parameter.value.shape.clone(), data: floats(weight.host()?)?.into() })
        };
        trace.parameters().enumerate().map(update).collect()
    }

    /// The update of a parameter, written as PyTorch would compute it.
    pub fn pytorch(&self, parameter: &str) -> String {
        let (layer, kind) = parameter.split_once('.').unwrap_or((parameter, ""));
        // A schedule leaves rates of seventeen digits.
        let rate = format!("{:.5e}", self.learning_rate).parse().unwrap_or(self.learning_rate);
        let weight = format!("model[{layer}].{kind}");
        let OptimizerSettings { momentum, beta1, beta2, alpha, weight_decay, l1, .. } = self.settings;
        let decoupled = self.settings.rule() == UpdateRule::Adam { decoupled: true };
        let mut gradient = format!("{weight}.grad");
        if weight_decay > 0.0 && !decoupled {
            gradient += &format!(" + {weight_decay} * {weight}");
        }
        if l1 > 0.0 {
            gradient += &format!(" + {l1} * {weight}.sign()");
        }
        match self.settings.rule() {
            UpdateRule::Sgd if weight_decay == 0.0 && l1 == 0.0 => format!("{weight} -= {rate} * {gradient}"),
            UpdateRule::Sgd => format!("{weight} -= {rate} * ({gradient})"),
            UpdateRule::SgdMomentum if self.settings.nesterov => {
                format!("g = {gradient}\nbuf = {momentum} * buf + g\n{weight} -= {rate} * (g + {momentum} * buf)")
            }
            UpdateRule::SgdMomentum => format!("buf = {momentum} * buf + {gradient}\n{weight} -= {rate} * buf"),
            UpdateRule::Adam { .. } => {
                let step = self.step + 1;
                let decay = match decoupled && weight_decay > 0.0 {
                    true => format!("{weight} *= 1 - {rate} * {weight_decay}\n"),
                    false => String::new(),
                };
                format!(
                    "g = {gradient}\n{decay}m = {beta1} * m + (1 - {beta1}) * g\nv = {beta2} * v + (1 - {beta2}) * g**2\n\
                     {weight} -= {rate} * m/(1 - {beta1}**{step}) / ((v/(1 - {beta2}**{step})).sqrt() + {})",
                    self.settings.epsilon
                )
            }
            UpdateRule::RmsProp => {
                let start = format!("g = {gradient}\nv = {alpha} * v + (1 - {alpha}) * g**2\n");
                let move_by = format!("g / (v.sqrt() + {})", self.settings.epsilon);
                match momentum > 0.0 {
                    true => format!("{start}buf = {momentum} * buf + {move_by}\n{weight} -= {rate} * buf"),
                    false => format!("{start}{weight} -= {rate} * {move_by}"),
                }
            }
        }
    }
}

fn upload(values: &[f32]) -> Result<Buffer> {
    Device::Cpu.upload(HostData::Float32(values.to_vec()))
}
