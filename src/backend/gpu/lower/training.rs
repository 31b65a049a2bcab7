//! The kernels of a training step: the batch, the loss, the update, and the counters that move it on.

use super::{Dispatch, activation_constants};
use crate::backend::Element;
use crate::backend::gpu::buffer::GpuBuffer;
use crate::backend::gpu::fuse::Loss;
use crate::backend::gpu::shader;
use crate::backend::kernel::UpdateRule;
use crate::error::{Error, Result};

fn flag(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

/// The number of an update rule in the shaders.
pub fn rule_number(rule: UpdateRule) -> f64 {
    match rule {
        UpdateRule::Sgd => 0.0,
        UpdateRule::SgdMomentum => 1.0,
        UpdateRule::Adam { decoupled: false } => 2.0,
        UpdateRule::Adam { decoupled: true } => 3.0,
        UpdateRule::RmsProp => 4.0,
    }
}

pub(super) fn cross_entropy(
    rows: usize,
    classes: usize,
    scale: f64,
    inputs: &[&GpuBuffer],
    outputs: &[&GpuBuffer],
) -> Dispatch {
    Dispatch::new(&shader::SOFTMAX_CROSS_ENTROPY, &[inputs[0], inputs[1], outputs[0], outputs[1]], 1).constants(&[
        ("ROWS", rows as f64),
        ("CLASSES", classes as f64),
        ("SCALE", scale),
    ])
}

/// The loss of a fused step, with what was joined to it.
pub fn recorded_loss(loss: &Loss, inputs: &[&GpuBuffer], outputs: &[&GpuBuffer]) -> Dispatch {
    let program = &shader::LOSS[usize::from(loss.linear.is_some())][usize::from(loss.picked.is_some())];
    let mut buffers = vec![inputs[0], inputs[1], inputs[2], outputs[0], outputs[1]];
    buffers.extend_from_slice(&inputs[3..]);
    let mut dispatch = Dispatch::new(program, &buffers, 1).constants(&[
        ("ROWS", loss.rows as f64),
        ("CLASSES", loss.classes as f64),
        ("SCALE", loss.scale),
        ("MASKED", flag(loss.slope.is_some())),
        ("MASK_SLOPE", loss.slope.unwrap_or(0.0)),
        ("ADVANCE", flag(loss.advance)),
    ]);
    if let Some((k, activation)) = loss.linear {
        dispatch = dispatch.constants(&[("K", k as f64)]).constants(&activation_constants(activation));
    }
    if let Some([images, first]) = loss.picked {
        dispatch = dispatch.constants(&[("IMAGES", images as f64), ("FIRST", first as f64)]);
    }
    dispatch
}

/// `sizes`: batch, first, rows, features.
pub(super) fn load_batch(
    sizes: [usize; 4],
    mean: f32,
    deviation: f32,
    inputs: &[&GpuBuffer],
    outputs: &[&GpuBuffer],
) -> Dispatch {
    let [batch, first, rows, features] = sizes;
    let buffers = [inputs[0], inputs[1], inputs[2], inputs[3], outputs[0], outputs[1]];
    Dispatch::elements(&shader::LOAD_BATCH, &buffers, rows * features).constants(&[
        ("BATCH", batch as f64),
        ("FIRST", first as f64),
        ("ROWS", rows as f64),
        ("FEATURES", features as f64),
        ("MEAN", f64::from(mean)),
        ("DEVIATION", f64::from(deviation)),
        ("IMAGES_PACKED", flag(inputs[0].packed())),
        ("LABELS_PACKED", flag(inputs[1].packed())),
    ])
}

/// `sizes`: elements, first, row.
pub(super) fn dropout(sizes: [usize; 3], scale: f32, inputs: &[&GpuBuffer], out: &GpuBuffer) -> Dispatch {
    let [elements, first, row] = sizes;
    Dispatch::elements(&shader::DROPOUT, &[inputs[0], inputs[1], inputs[2], out], elements).constants(&[
        ("ELEMENTS", elements as f64),
        ("FIRST", first as f64),
        ("ROW", row as f64),
        ("SCALE", f64::from(scale)),
        ("MASKS_PACKED", flag(inputs[1].packed())),
    ])
}

pub(super) fn update(rule: UpdateRule, elements: usize, inputs: &[&GpuBuffer], outputs: &[&GpuBuffer]) -> Dispatch {
    let program = &shader::UPDATE[rule.states()];
    let buffers: Vec<&GpuBuffer> = inputs.iter().chain(outputs).copied().collect();
    Dispatch::elements(program, &buffers, elements).constants(&[("RULE", rule_number(rule)), ("ELEMENTS", elements as f64)])
}

pub(super) fn store(count: usize, inputs: &[&GpuBuffer], series: &GpuBuffer) -> Result<Dispatch> {
    if inputs[0].packed() || series.packed() {
        return Err(Error::Device("the GPU does not keep packed bytes".to_string()));
    }
    Ok(Dispatch::elements(&shader::STORE, &[inputs[0], inputs[1], series], count).constants(&[("COUNT", count as f64)]))
}

pub(super) fn count_correct(rows: usize, classes: usize, inputs: &[&GpuBuffer], correct: &GpuBuffer) -> Dispatch {
    Dispatch::new(&shader::COUNT_CORRECT, &[inputs[0], inputs[1], inputs[2], correct], 1).constants(&[
        ("ROWS", rows as f64),
        ("CLASSES", classes as f64),
        ("FLOAT_COUNT", flag(correct.element() == Element::Float32)),
    ])
}

pub(super) fn advance(cursor: &GpuBuffer) -> Dispatch {
    Dispatch::new(&shader::ADVANCE, &[cursor], 1)
}
