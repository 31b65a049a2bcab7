//! The update rules of optimizers, written out as tensor operations in PyTorch's order. Training proper uses one kernel for each rule
//! instead (`Kernel::Update`).

use super::parameter_group::ParameterGroup;
use super::value::PyResult;
use crate::nn::optimizer::OptimizerKind;
use crate::tensor::Tensor;

/// What is remembered of a parameter.
#[derive(Clone, Default)]
pub(super) struct Memory {
    /// Velocity, or the averages of the gradient and of its square, and what an option remembers.
    kept: [Option<Tensor>; 3],
    steps: i32,
}

/// The weight after a step along this gradient, by the group's settings.
pub(super) fn updated(
    kind: OptimizerKind,
    group: &ParameterGroup,
    weight: &Tensor,
    gradient: &Tensor,
    memory: &mut Memory,
) -> PyResult<Tensor> {
    memory.steps += 1;
    let decay = group.setting("weight_decay")?.as_float()?;
    let adam = matches!(kind, OptimizerKind::Adam | OptimizerKind::AdamW);
    let decoupled = adam && group.setting("decoupled_weight_decay")?.truth()?;
    let mut gradient = if group.setting("maximize")?.truth()? { gradient.neg()? } else { gradient.clone() };
    let mut weight = weight.clone();
    match decay != 0.0 {
        true if decoupled => weight = weight.affine(1.0 - group.rate()? * decay, 0.0)?,
        true => gradient = gradient.add(&weight.affine(decay, 0.0)?)?,
        false => {}
    }
    match kind {
        OptimizerKind::Sgd => sgd(group, &weight, gradient, memory),
        OptimizerKind::Adam | OptimizerKind::AdamW => adam_step(group, &weight, &gradient, memory),
        OptimizerKind::RmsProp => rms_prop(group, &weight, &gradient, memory),
    }
}

fn sgd(group: &ParameterGroup, weight: &Tensor, gradient: Tensor, memory: &mut Memory) -> PyResult<Tensor> {
    let momentum = group.setting("momentum")?.as_float()?;
    let direction = if momentum == 0.0 {
        gradient
    } else {
        let take = 1.0 - group.setting("dampening")?.as_float()?;
        let velocity = match &memory.kept[0] {
            Some(velocity) => velocity.affine(momentum, 0.0)?.add(&gradient.affine(take, 0.0)?)?,
            None => gradient.clone(),
        };
        memory.kept[0] = Some(velocity.clone());
        match group.setting("nesterov")?.truth()? {
            true => gradient.add(&velocity.affine(momentum, 0.0)?)?,
            false => velocity,
        }
    };
    Ok(weight.sub(&direction.affine(group.rate()?, 0.0)?)?)
}

fn adam_step(group: &ParameterGroup, weight: &Tensor, gradient: &Tensor, memory: &mut Memory) -> PyResult<Tensor> {
    let betas: Vec<f64> = group.setting("betas")?.items()?.iter().map(|beta| beta.as_float()).collect::<PyResult<_>>()?;
    let [beta1, beta2] = betas[..] else { return super::value::raise("ValueError", "betas must be two numbers") };
    let epsilon = group.setting("eps")?.as_float()?;
    let zeros = gradient.zeros_like()?;
    let first = memory.kept[0].as_ref().unwrap_or(&zeros);
    let first = first.add(&gradient.sub(first)?.affine(1.0 - beta1, 0.0)?)?;
    let second = memory.kept[1].as_ref().unwrap_or(&zeros);
    let second = second.affine(beta2, 0.0)?.add(&gradient.affine(1.0 - beta2, 0.0)?.mul(gradient)?)?;
    let (bias1, bias2) = (1.0 - beta1.powi(memory.steps), 1.0 - beta2.powi(memory.steps));
    let largest = match &memory.kept[2] {
        Some(largest) if group.setting("amsgrad")?.truth()? => largest.maximum(&second)?,
        _ => second.clone(),
    };
    let denominator = largest.sqrt()?.div_scalar(bias2.sqrt())?.affine(1.0, epsilon)?;
    let step = first.affine(group.rate()? / bias1, 0.0)?.div(&denominator)?;
    memory.kept = [Some(first), Some(second), Some(largest)];
    Ok(weight.sub(&step)?)
}

fn rms_prop(group: &ParameterGroup, weight: &Tensor, gradient: &Tensor, memory: &mut Memory) -> PyResult<Tensor> {
    let number = |key: &str| group.setting(key)?.as_float();
    let (alpha, momentum) = (number("alpha")?, number("momentum")?);
    let zeros = gradient.zeros_like()?;
    let square = memory.kept[0].as_ref().unwrap_or(&zeros).affine(alpha, 0.0)?;
    let square = square.add(&gradient.affine(1.0 - alpha, 0.0)?.mul(gradient)?)?;
    let spread = if group.setting("centered")?.truth()? {
        let mean = memory.kept[2].as_ref().unwrap_or(&zeros);
        let mean = mean.add(&gradient.sub(mean)?.affine(1.0 - alpha, 0.0)?)?;
        let spread = square.sub(&mean.square()?)?;
        memory.kept[2] = Some(mean);
        spread
    } else {
        square.clone()
    };
    let denominator = spread.sqrt()?.affine(1.0, number("eps")?)?;
    memory.kept[0] = Some(square);
    if momentum == 0.0 {
        return Ok(weight.sub(&gradient.affine(group.rate()?, 0.0)?.div(&denominator)?)?);
    }
    let velocity = memory.kept[1].as_ref().unwrap_or(&zeros).affine(momentum, 0.0)?.add(&gradient.div(&denominator)?)?;
    memory.kept[1] = Some(velocity.clone());
    Ok(weight.sub(&velocity.affine(group.rate()?, 0.0)?)?)
}
