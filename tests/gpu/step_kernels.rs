//! What a training step has besides its network, on the GPU against the CPU: batches, dropout, counting, update rules.

use crate::{compare, floats, gpu, indices, noise, positive, zeros};
use gradlab::backend::kernel::*;
use gradlab::backend::{Element, HostData, Kernel};
use gradlab::nn::optimizer::{OptimizerKind, OptimizerSettings};

const F: Element = Element::Float32;

fn bytes(length: usize, bound: u8, seed: u32) -> HostData {
    HostData::Byte(noise(length, seed).iter().map(|x| ((x + 1.0) * 127.9) as u8 % bound).collect())
}

#[test]
fn batches_dropout_and_counting() {
    let Some(gpu) = gpu("batches_dropout_and_counting") else { return };
    for features in [784, 5] {
        let images = bytes(30 * features, 255, 1);
        let (labels, order) = (bytes(30, 10, 2), indices(30, 30, 3));
        let cursor = HostData::Index(vec![4, 2]);
        let kernel = Kernel::LoadBatch { batch: 7, first: 2, rows: 5, features, mean: 0.1307, deviation: 0.3081 };
        let outputs = [zeros(F, 5 * features), zeros(Element::Index, 5)];
        compare(&gpu, kernel, &[images, labels, order, cursor], &outputs);
    }
    let cursor = HostData::Index(vec![2, 9]);
    let kernel = Kernel::Dropout { elements: 33, first: 3, row: 40, scale: 2.0 };
    compare(&gpu, kernel, &[floats(33, 1), bytes(120, 2, 2), cursor.clone()], &[zeros(F, 33)]);
    compare(&gpu, Kernel::Store { count: 3 }, &[floats(3, 1), cursor.clone()], &[floats(12, 2)]);
    let inputs = [floats(2000, 1), indices(200, 10, 2), cursor];
    compare(&gpu, Kernel::CountCorrect { rows: 200, classes: 10 }, &inputs, &[zeros(Element::Index, 5)]);
    compare(&gpu, Kernel::Advance, &[], &[HostData::Index(vec![7, 3])]);
}

/// Rows of a schedule with all penalties on.
pub fn schedule(rule: UpdateRule, rows: usize) -> Vec<UpdateRow> {
    let kind = match rule {
        UpdateRule::Sgd | UpdateRule::SgdMomentum => OptimizerKind::Sgd,
        UpdateRule::Adam { decoupled: false } => OptimizerKind::Adam,
        UpdateRule::Adam { decoupled: true } => OptimizerKind::AdamW,
        UpdateRule::RmsProp => OptimizerKind::RmsProp,
    };
    let settings = OptimizerSettings {
        momentum: 0.9,
        dampening: 0.3,
        weight_decay: 0.01,
        l1: 0.001,
        ..OptimizerSettings::new(kind, 0.1)
    };
    (0..rows).map(|i| UpdateRow { nesterov: (i % 2) as f32, ..settings.row(i as u64, 0.1) }).collect()
}

#[test]
fn update_rules() {
    let Some(gpu) = gpu("update_rules") else { return };
    let rules = [
        UpdateRule::Sgd,
        UpdateRule::SgdMomentum,
        UpdateRule::Adam { decoupled: false },
        UpdateRule::Adam { decoupled: true },
        UpdateRule::RmsProp,
    ];
    for rule in rules {
        let schedule = HostData::Float32(bytemuck::cast_slice(&schedule(rule, 3)).to_vec());
        for row in 0..3 {
            let elements = 131;
            let inputs = [floats(elements, 1), schedule.clone(), HostData::Index(vec![row, 0])];
            let mut outputs = vec![floats(elements, 2)];
            // Second moments are not negative.
            outputs.extend((0..rule.states()).map(|i| positive(elements, 3 + i as u32)));
            compare(&gpu, Kernel::Update { rule, elements }, &inputs, &outputs);
        }
    }
}
