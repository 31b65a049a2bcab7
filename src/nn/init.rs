//! How weights start: PyTorch's defaults and the course's Kaiming normal, drawn in PyTorch's order from its generator.

use crate::random::Generator;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// How the weights start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Initialization {
    /// PyTorch's default: weight and bias uniform within 1 / sqrt(fan in).
    Default,
    /// The course's by-hand network: all layers are made as PyTorch makes them, then `init.kaiming_normal_` on each
    /// weight and zeros in each bias, layer by layer.
    Kaiming,
}

impl Initialization {
    /// The word in the address.
    pub fn name(self) -> &'static str {
        match self {
            Initialization::Default => "default",
            Initialization::Kaiming => "kaiming",
        }
    }

    /// Reads the word in the address.
    pub fn parse(text: &str) -> Option<Initialization> {
        [Initialization::Default, Initialization::Kaiming].into_iter().find(|choice| choice.name() == text)
    }

    /// The values of all parameters, in order. `parameters`: names and sizes, each weight followed by its bias.
    pub fn values(self, parameters: &[(String, Vec<usize>)], generator: &mut Generator) -> Vec<Vec<f32>> {
        let mut values: Vec<Vec<f32>> = Vec::with_capacity(parameters.len());
        let mut fan_in = 1;
        for (_, shape) in parameters {
            let elements = Shape::new(shape).elements();
            let is_weight = shape.len() > 1;
            if is_weight {
                fan_in = shape[1..].iter().product();
            }
            let bound = if is_weight { weight_bound(fan_in) } else { 1.0 / (fan_in as f64).sqrt() };
            values.push(generator.uniform_f32(elements, -bound as f32, bound as f32));
        }
        if self == Initialization::Kaiming {
            for ((_, shape), values) in parameters.iter().zip(&mut values) {
                if shape.len() > 1 {
                    let fan_in: usize = shape[1..].iter().product();
                    let deviation = (2.0f64).sqrt() / (fan_in as f64).sqrt();
                    *values = generator.normal_f32(values.len(), 0.0, deviation as f32);
                } else {
                    values.fill(0.0);
                }
            }
        }
        values
    }
}

/// `init.kaiming_uniform_(weight, a=sqrt(5))` as PyTorch writes it: 1 / sqrt(fan in), with its roundings.
fn weight_bound(fan_in: usize) -> f64 {
    let slope = 5.0f64.sqrt();
    let gain = (2.0 / (1.0 + slope * slope)).sqrt();
    3.0f64.sqrt() * (gain / (fan_in as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `torch.manual_seed(0); nn.Linear(2, 3)`
    #[test]
    fn a_linear_layer_starts_as_in_pytorch() {
        let parameters = [("0.weight".to_string(), vec![3, 2]), ("0.bias".to_string(), vec![3])];
        let values = Initialization::Default.values(&parameters, &mut Generator::new(0));
        // (2 rand - 1) / sqrt(2) of 0.4963, 0.7682, 0.0885.
        assert!((values[0][0] + 0.0053).abs() < 1e-4);
        assert!((values[0][1] - 0.3793).abs() < 1e-4);
        assert!((values[0][2] + 0.5820).abs() < 1e-4);
        assert_eq!(values[1].len(), 3);
    }

    #[test]
    fn kaiming_zeroes_the_biases() {
        let parameters = [("0.weight".to_string(), vec![30, 50]), ("0.bias".to_string(), vec![30])];
        let values = Initialization::Kaiming.values(&parameters, &mut Generator::new(0));
        assert!(values[1].iter().all(|&bias| bias == 0.0));
        let variance = values[0].iter().map(|x| x * x).sum::<f32>() / 1500.0;
        assert!((variance - 0.04).abs() < 0.005, "{variance}");
    }
}
