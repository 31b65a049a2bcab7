//! What the page shows of a step beside its loss: the size of each layer's gradient, dead units, and which operation
//! first made a number that is none.

use super::protocol::{LayerStatistics, Operation, OperationPlace, OptimizerState};
use super::spread::Spread;
use super::step::Step;
use crate::backend::kernel::{Kernel, UpdateRule};
use crate::backend::{Buffer, HostData, Recording};
use crate::error::Result;
use crate::nn::network::{Network, floats};
use crate::nn::optimizer::OptimizerSettings;
use crate::nn::spec::LayerSpec;

/// Figures of each layer with weights, at the last step.
pub async fn layer_statistics(network: &Network, step: &Step) -> Result<Vec<LayerStatistics>> {
    let mut layers: Vec<LayerStatistics> = Vec::new();
    for (parameter, gradient) in network.parameters.iter().zip(&step.gradients) {
        let gradient = floats(gradient.read().await?)?;
        let squares = sum_of_squares(&gradient);
        let Some((layer, kind)) = parameter.name.split_once('.') else { continue };
        let layer = layer.parse().unwrap_or(0);
        if kind == "weight" {
            let weight = sum_of_squares(&floats(parameter.tensor.read().await?)?);
            layers.push(LayerStatistics {
                layer: layer as u32,
                name: network.spec.layers.get(layer).map(ToString::to_string).unwrap_or_default(),
                gradient_norm: squares,
                weight_norm: weight.sqrt(),
                dead: None,
                saturated: None,
                gradients: Spread::of(&gradient),
                activations: None,
            });
        } else if let Some(last) = layers.last_mut() {
            last.gradient_norm += squares;
            last.gradients.add(&gradient);
        }
    }
    for figures in &mut layers {
        figures.gradient_norm = figures.gradient_norm.sqrt();
        if let Some((_, activation)) = step.activations.iter().find(|(layer, _)| *layer as u32 == figures.layer) {
            let units = activation.shape()[1];
            let inner = activation.shape()[2..].iter().product();
            let values = floats(activation.read().await?)?;
            let kind = network.spec.activation_of(figures.layer as usize);
            figures.dead = matches!(kind, Some(LayerSpec::Relu)).then(|| dead_share(&values, units, inner));
            figures.saturated = kind.and_then(|kind| saturated_share(kind, &values));
            figures.activations = Some(Spread::of(&values));
        }
    }
    Ok(layers)
}

/// What the optimizer keeps for each parameter; none where its rule keeps nothing.
pub async fn optimizer_state(
    network: &Network,
    settings: &OptimizerSettings,
    states: &[Vec<Buffer>],
) -> Result<Vec<OptimizerState>> {
    let mut rows = Vec::new();
    for (parameter, buffers) in network.parameters.iter().zip(states) {
        for (buffer, name) in buffers.iter().zip(state_names(settings)) {
            let values = floats(buffer.read().await?)?;
            let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
            rows.push(OptimizerState {
                parameter: parameter.name.clone(),
                state: (*name).to_string(),
                norm: sum_of_squares(&values).sqrt(),
                mean: sum / values.len().max(1) as f64,
                minimum: values.iter().copied().fold(f32::INFINITY, f32::min).into(),
                maximum: values.iter().copied().fold(f32::NEG_INFINITY, f32::max).into(),
            });
        }
    }
    Ok(rows)
}

/// PyTorch's names of a rule's states, in the order of its buffers.
fn state_names(settings: &OptimizerSettings) -> &'static [&'static str] {
    match settings.rule() {
        UpdateRule::Sgd => &[],
        UpdateRule::SgdMomentum => &["momentum_buffer"],
        UpdateRule::Adam { .. } => &["exp_avg", "exp_avg_sq"],
        UpdateRule::RmsProp if settings.momentum == 0.0 => &["square_avg"],
        UpdateRule::RmsProp => &["square_avg", "momentum_buffer"],
    }
}

/// Share of outputs where a sigmoid or tanh lets nearly no gradient through.
fn saturated_share(kind: LayerSpec, values: &[f32]) -> Option<f64> {
    let flat: fn(f32) -> bool = match kind {
        LayerSpec::Sigmoid => |y| !(0.01..=0.99).contains(&y),
        LayerSpec::Tanh => |y| y.abs() > 0.98,
        _ => return None,
    };
    Some(values.iter().filter(|value| flat(**value)).count() as f64 / values.len().max(1) as f64)
}

fn sum_of_squares(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value) * f64::from(value)).sum()
}

/// Share of units that are 0 in every row; `activation` is `(rows, units, inner)`.
fn dead_share(activation: &[f32], units: usize, inner: usize) -> f64 {
    let mut alive = vec![false; units];
    for row in activation.chunks_exact(units * inner) {
        for (alive, unit) in alive.iter_mut().zip(row.chunks_exact(inner)) {
            *alive |= unit.iter().any(|&value| value > 0.0);
        }
    }
    alive.iter().filter(|&&alive| !alive).count() as f64 / units.max(1) as f64
}

/// The first call whose result holds an infinity or no number, with its place in the step: for CPU buffers.
pub fn first_not_finite(recording: &Recording) -> Option<OperationPlace> {
    for (number, call) in recording.calls.iter().enumerate() {
        for output in &call.outputs {
            let found = match output.host() {
                Ok(HostData::Float32(values)) => values.iter().any(|value| !value.is_finite()),
                _ => false,
            };
            if found {
                let (number, of) = (number as u32 + 1, recording.calls.len() as u32);
                return Some(OperationPlace { operation: operation_of(&call.kernel), number, of });
            }
        }
    }
    None
}

fn operation_of(kernel: &Kernel) -> Operation {
    match kernel {
        Kernel::LoadBatch { .. } | Kernel::LoadInk { .. } | Kernel::TransposeInk { .. } => Operation::Data,
        Kernel::Linear { .. } | Kernel::LinearInk { .. } => Operation::Linear,
        Kernel::Matmul { .. } | Kernel::InkWeightGradient { .. } => Operation::MatrixProduct,
        Kernel::Convolution(_) | Kernel::ConvolutionBlock(_) => Operation::Convolution,
        Kernel::ConvolutionInputGradient(_)
        | Kernel::ConvolutionWeightGradient { .. }
        | Kernel::ConvolutionBlockInputGradient(_)
        | Kernel::ConvolutionBlockWeightGradient { .. } => Operation::ConvolutionGradient,
        Kernel::MaxPool(_) | Kernel::AveragePool(_) => Operation::Pooling,
        Kernel::MaxPoolGradient(_) | Kernel::AveragePoolGradient(_) => Operation::PoolingGradient,
        Kernel::Dropout { .. } => Operation::Dropout,
        Kernel::Reduce { .. } | Kernel::CumulativeSum { .. } | Kernel::CountCorrect { .. } => Operation::Sum,
        Kernel::LogSoftmax { .. } | Kernel::SoftmaxCrossEntropy { .. } => Operation::Loss,
        Kernel::Update { .. } | Kernel::Store { .. } | Kernel::Advance => Operation::Update,
        Kernel::Fill { .. } | Kernel::Cast | Kernel::Unary(_) | Kernel::Binary { .. } | Kernel::Select { .. } => {
            Operation::Elementwise
        }
        Kernel::Rearrange { .. }
        | Kernel::RearrangeAdd { .. }
        | Kernel::IndexSelect { .. }
        | Kernel::IndexAdd { .. }
        | Kernel::Gather { .. }
        | Kernel::ScatterAdd { .. } => Operation::Rearrange,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_dead_only_if_it_never_fires() {
        // Two rows, three units, two positions.
        let activation = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0];
        assert!((dead_share(&activation, 3, 2) - 1.0 / 3.0).abs() < 1e-12);
    }
}
