//! What the page shows of a step beside its loss: the size of each layer's gradient, dead units, and which operation
//! first made a number that is none.

use super::protocol::LayerStatistics;
use super::step::Step;
use crate::backend::{HostData, Recording};
use crate::error::Result;
use crate::nn::network::{Network, floats};

/// Figures of each layer with weights, at the last step.
pub async fn layer_statistics(network: &Network, step: &Step) -> Result<Vec<LayerStatistics>> {
    let mut layers: Vec<LayerStatistics> = Vec::new();
    for (parameter, gradient) in network.parameters.iter().zip(&step.gradients) {
        let squares = sum_of_squares(&floats(gradient.read().await?)?);
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
            });
        } else if let Some(last) = layers.last_mut() {
            last.gradient_norm += squares;
        }
    }
    for figures in &mut layers {
        figures.gradient_norm = figures.gradient_norm.sqrt();
        if let Some((_, activation)) = step.activations.iter().find(|(layer, _)| *layer as u32 == figures.layer) {
            let units = activation.shape()[1];
            let inner = activation.shape()[2..].iter().product();
            figures.dead = Some(dead_share(&floats(activation.read().await?)?, units, inner));
        }
    }
    Ok(layers)
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

/// The kernel of the first call whose result holds an infinity or no number, with its place in the step: for CPU buffers.
pub fn first_not_finite(recording: &Recording) -> Option<String> {
    for (number, call) in recording.calls.iter().enumerate() {
        for output in &call.outputs {
            let found = match output.host() {
                Ok(HostData::Float32(values)) => values.iter().any(|value| !value.is_finite()),
                _ => false,
            };
            if found {
                let name = format!("{:?}", call.kernel);
                let name = name.split([' ', '(', '{']).next().unwrap_or_default().to_string();
                return Some(format!("{name} ({}/{})", number + 1, recording.calls.len()));
            }
        }
    }
    None
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
