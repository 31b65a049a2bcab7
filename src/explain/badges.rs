//! What is wrong with a layer, at a glance: dead and saturated units, gradients that vanish or explode on their way back,
//! the first op that made a number that is none.

use super::network_trace::{LayerView, NetworkTrace};
use crate::nn::spec::LayerSpec;

/// Gradients that fall below this share of those at the network's end have vanished; above its inverse they explode.
const VANISHING: f64 = 1e-3;

/// Findings on one layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Badges {
    /// Units (channels of a convolution) that are 0 for every image and position after a ReLU; none for other layers.
    pub dead: Option<Vec<usize>>,
    /// Share of outputs on the flat ends of a sigmoid or tanh, where nearly no gradient passes; none for other layers.
    pub saturated: Option<f64>,
    /// Root mean square of the gradient that arrives at the layer's output.
    pub gradient: f64,
    /// That, relative to the gradient at the network's last layer.
    pub relative: f64,
    /// How many units there are.
    pub units: usize,
}

/// What a gradient came to on its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It has nearly gone.
    Vanishing,
    /// It has grown out of proportion.
    Exploding,
}

/// What is wrong with a gradient of this size, relative to that at the network's end; none if nothing is.
pub fn flow(relative: f64) -> Option<Flow> {
    if relative < VANISHING {
        return Some(Flow::Vanishing);
    }
    (relative > 1.0 / VANISHING).then_some(Flow::Exploding)
}

impl Badges {
    /// Share of dead units.
    pub fn dead_share(&self) -> Option<f64> {
        self.dead.as_ref().map(|dead| dead.len() as f64 / self.units.max(1) as f64)
    }
}

/// Findings on every layer, in order.
pub fn badges(trace: &NetworkTrace) -> Vec<Badges> {
    let last = root_mean_square(&trace.logits_gradient.data);
    let of = |view: &LayerView| {
        let channels = view.output.shape.get(1).copied().unwrap_or(1);
        let gradient = root_mean_square(&view.output_gradient.data);
        Badges {
            dead: matches!(view.layer, LayerSpec::Relu).then(|| dead_units(view, channels)),
            saturated: saturated(view),
            gradient,
            relative: if last > 0.0 { gradient / last } else { 1.0 },
            units: channels,
        }
    };
    trace.layers.iter().map(of).collect()
}

fn dead_units(view: &LayerView, channels: usize) -> Vec<usize> {
    let plane: usize = view.output.shape.iter().skip(2).product();
    let mut alive = vec![false; channels];
    for (place, value) in view.output.data.iter().enumerate() {
        alive[place / plane % channels] |= *value != 0.0;
    }
    (0..channels).filter(|&channel| !alive[channel]).collect()
}

fn saturated(view: &LayerView) -> Option<f64> {
    let flat = |test: &dyn Fn(f32) -> bool| {
        let count = view.output.data.iter().filter(|value| test(**value)).count();
        count as f64 / view.output.data.len().max(1) as f64
    };
    match view.layer {
        LayerSpec::Sigmoid => Some(flat(&|y| !(0.01..=0.99).contains(&y))),
        LayerSpec::Tanh => Some(flat(&|y| y.abs() > 0.98)),
        _ => None,
    }
}

fn root_mean_square(values: &[f32]) -> f64 {
    let sum: f64 = values.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (sum / values.len().max(1) as f64).sqrt()
}

/// Where a number that is none appeared first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFinite {
    /// In the image itself.
    Image,
    /// In a parameter.
    Parameter(String),
    /// In the output of a layer.
    Layer(usize),
    /// In the loss.
    Loss,
    /// In the gradient of a layer's output, on the way back.
    Gradient(usize),
}

/// The first op of the step that made an infinite number or none at all, in the order of computation.
pub fn first_not_finite(trace: &NetworkTrace) -> Option<NotFinite> {
    let bad = |values: &[f32]| values.iter().any(|value| !value.is_finite());
    if trace.layers.first().is_some_and(|layer| bad(&layer.input.data)) {
        return Some(NotFinite::Image);
    }
    for layer in &trace.layers {
        if let Some(parameter) = layer.parameters.iter().find(|parameter| bad(&parameter.value.data)) {
            return Some(NotFinite::Parameter(parameter.name.clone()));
        }
        if bad(&layer.output.data) {
            return Some(NotFinite::Layer(layer.index));
        }
    }
    if !trace.loss.is_finite() {
        return Some(NotFinite::Loss);
    }
    trace.layers.iter().rev().find(|layer| bad(&layer.output_gradient.data)).map(|layer| NotFinite::Gradient(layer.index))
}

/// How often values fall into each of `bins` equal parts of `low..high`; values outside count at the ends.
pub fn histogram(values: &[f32], low: f64, high: f64, bins: usize) -> Vec<u32> {
    let mut counts = vec![0; bins.max(1)];
    let width = (high - low).max(f64::MIN_POSITIVE);
    for &value in values.iter().filter(|value| value.is_finite()) {
        let place = ((f64::from(value) - low) / width * bins as f64).floor();
        counts[place.clamp(0.0, bins as f64 - 1.0) as usize] += 1;
    }
    counts
}
