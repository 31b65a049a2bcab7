//! The update rules of the optimizers, in place, in the order of operations of `torch.optim`.

use super::CpuBuffer;
use super::number::Value;
use crate::backend::kernel::{UPDATE_ROW, UpdateRow, UpdateRule};
use crate::error::{Error, Result};

/// `Kernel::Update`: `gradient, schedule, cursor -> parameter, state ...`
pub fn update(rule: UpdateRule, elements: usize, inputs: &[&CpuBuffer], outputs: &[&CpuBuffer]) -> Result<()> {
    let (gradient, schedule, cursor) = (f32::read(inputs[0]), f32::read(inputs[1]), u32::read(inputs[2]));
    let start = cursor[0] as usize * UPDATE_ROW;
    let row: UpdateRow = match schedule.get(start..start + UPDATE_ROW) {
        Some(row) => bytemuck::pod_read_unaligned(bytemuck::cast_slice(row)),
        None => {
            return Err(Error::Value(format!(
                "the schedule has {} rows, the step asks for row {}",
                schedule.len() / UPDATE_ROW,
                cursor[0]
            )));
        }
    };
    let gradient = &gradient[..elements];
    let mut parameter = f32::write(outputs[0]);
    let parameter = &mut parameter[..elements];
    match rule {
        UpdateRule::Sgd => sgd(&row, gradient, parameter),
        UpdateRule::SgdMomentum => sgd_momentum(&row, gradient, parameter, &mut f32::write(outputs[1])),
        UpdateRule::Adam { decoupled } => {
            adam(&row, decoupled, gradient, parameter, &mut f32::write(outputs[1]), &mut f32::write(outputs[2]));
        }
        UpdateRule::RmsProp => {
            rms_prop(&row, gradient, parameter, &mut f32::write(outputs[1]), &mut f32::write(outputs[2]));
        }
    }
    Ok(())
}

/// The gradient with the penalties' parts added: L1 is part of the loss, so it comes first.
#[inline(always)]
fn penalised(row: &UpdateRow, gradient: f32, parameter: f32) -> f32 {
    let sign = if parameter > 0.0 {
        1.0
    } else if parameter < 0.0 {
        -1.0
    } else {
        0.0
    };
    gradient + row.l1 * sign + row.weight_decay * parameter
}

fn sgd(row: &UpdateRow, gradient: &[f32], parameter: &mut [f32]) {
    if row.weight_decay == 0.0 && row.l1 == 0.0 {
        for (parameter, &gradient) in parameter.iter_mut().zip(gradient) {
            *parameter -= row.learning_rate * gradient;
        }
        return;
    }
    for (parameter, &gradient) in parameter.iter_mut().zip(gradient) {
        *parameter -= row.learning_rate * penalised(row, gradient, *parameter);
    }
}

fn sgd_momentum(row: &UpdateRow, gradient: &[f32], parameter: &mut [f32], velocity: &mut [f32]) {
    // On the first step the velocity is the gradient itself.
    let (keep, take) = if row.first != 0.0 { (0.0, 1.0) } else { (row.momentum, row.take) };
    let (nesterov, plain) = if row.nesterov != 0.0 { (row.momentum, 1.0) } else { (1.0, 0.0) };
    let simple = row.weight_decay == 0.0 && row.l1 == 0.0 && row.nesterov == 0.0;
    for ((parameter, velocity), &gradient) in parameter.iter_mut().zip(velocity).zip(gradient) {
        if simple {
            *velocity = keep * *velocity + take * gradient;
            *parameter -= row.learning_rate * *velocity;
        } else {
            let gradient = penalised(row, gradient, *parameter);
            *velocity = keep * *velocity + take * gradient;
            *parameter -= row.learning_rate * (plain * gradient + nesterov * *velocity);
        }
    }
}

fn adam(row: &UpdateRow, decoupled: bool, gradient: &[f32], parameter: &mut [f32], first: &mut [f32], second: &mut [f32]) {
    let keep = if decoupled { row.keep } else { 1.0 };
    let coupled = UpdateRow { weight_decay: if decoupled { 0.0 } else { row.weight_decay }, ..*row };
    for (((parameter, first), second), &gradient) in parameter.iter_mut().zip(first).zip(second).zip(gradient) {
        let gradient = penalised(&coupled, gradient, *parameter);
        *parameter *= keep;
        *first += row.take * (gradient - *first);
        *second = *second * row.second + row.take_square * gradient * gradient;
        let denominator = second.sqrt() / row.bias_correction2_sqrt + row.epsilon;
        *parameter -= row.step_size * *first / denominator;
    }
}

fn rms_prop(row: &UpdateRow, gradient: &[f32], parameter: &mut [f32], square: &mut [f32], velocity: &mut [f32]) {
    let remembers = row.momentum > 0.0;
    for (((parameter, square), velocity), &gradient) in parameter.iter_mut().zip(square).zip(velocity).zip(gradient) {
        let gradient = penalised(row, gradient, *parameter);
        *square = *square * row.second + row.take_square * gradient * gradient;
        let denominator = square.sqrt() + row.epsilon;
        if remembers {
            *velocity = row.momentum * *velocity + gradient / denominator;
            *parameter -= row.learning_rate * *velocity;
        } else {
            *parameter -= row.learning_rate * gradient / denominator;
        }
    }
}
