//! Which pixels matter, and what a small change of each can do: the loss's gradient by the image, and the gradient-sign
//! attack (Goodfellow and others, 2014) on the network at hand.

use super::network_trace::NetworkTrace;
use crate::data::mnist::{DEVIATION, MEAN};
use crate::error::Result;
use crate::nn::network::Network;
use crate::tensor::{Tensor, no_grad};

/// An image that was changed on purpose, and how it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Attack {
    /// Normalised, as the network sees it.
    pub image: Vec<f32>,
    /// Probabilities of the ten digits.
    pub probabilities: Vec<f32>,
    /// The most probable one.
    pub read: usize,
}

/// The gradient of the first image's loss by its pixels: where it is large, a change matters.
pub fn saliency(trace: &NetworkTrace) -> Vec<f32> {
    trace.layers.first().map(|layer| layer.input_gradient.image(0).to_vec()).unwrap_or_default()
}

/// Moves each pixel by `strength` (in grey values of 0 to 1) to where the loss grows, within black and white, and reads it.
pub fn attack(network: &Network, image: &[f32], gradient: &[f32], strength: f64) -> Result<Attack> {
    let step = strength as f32 / DEVIATION;
    let (black, white) = ((0.0 - MEAN) / DEVIATION, (1.0 - MEAN) / DEVIATION);
    let image: Vec<f32> = image
        .iter()
        .zip(gradient)
        .map(|(&pixel, &slope)| {
            let direction = if slope == 0.0 { 0.0 } else { slope.signum() };
            if direction == 0.0 { pixel } else { (pixel + step * direction).clamp(black.min(pixel), white.max(pixel)) }
        })
        .collect();
    let probabilities = read(network, &image)?;
    let read = (0..probabilities.len()).fold(0, |best, k| if probabilities[k] > probabilities[best] { k } else { best });
    Ok(Attack { image, probabilities, read })
}

/// Probabilities of one normalised image.
pub fn read(network: &Network, image: &[f32]) -> Result<Vec<f32>> {
    no_grad(|| {
        let shape = [&[1], network.spec.input.as_slice()].concat();
        let input = Tensor::from_vec(image.to_vec(), shape)?;
        let outputs = network.forward_layers(&input)?;
        outputs.last().unwrap_or(&input).flatten(1, -1)?.softmax(1)?.to_f32_vec()
    })
}
