//! A network as a list of layers: what the address, the layer editor, the PyTorch export and the trainer share.
//! Written `conv10k5,relu,maxpool2,flatten,linear10`: see [`NetworkSpec::parse`]. No parameters here; `network` makes them.

use crate::error::{Error, Mistake, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One layer. Sizes that follow from the layer before are not stored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum LayerSpec {
    /// `nn.Linear(in, units)`; a picture is flattened before it.
    Linear { units: usize },
    /// `nn.Conv2d(in, channels, kernel, stride, padding)`
    Convolution { channels: usize, kernel: usize, stride: usize, padding: usize },
    /// `nn.MaxPool2d(kernel)`
    MaxPool { kernel: usize },
    /// `nn.AvgPool2d(kernel)`
    AveragePool { kernel: usize },
    /// `nn.Flatten()`
    Flatten,
    /// `nn.Dropout(probability)`
    Dropout { probability: f64 },
    /// `nn.ReLU()`
    Relu,
    /// `nn.LeakyReLU(slope)`
    LeakyRelu { slope: f64 },
    /// `nn.Sigmoid()`
    Sigmoid,
    /// `nn.Tanh()`
    Tanh,
    /// `nn.ELU()`
    Elu,
    /// `nn.SELU()`
    Selu,
    /// `nn.GELU()`
    Gelu,
    /// `nn.Softplus()`
    Softplus,
}

/// A network from pictures of 1 x 28 x 28 (or points of 2 numbers) to class scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// Sizes of one input: `[1, 28, 28]` for MNIST, `[2]` for points.
    pub input: Vec<usize>,
    /// The layers, first to last.
    pub layers: Vec<LayerSpec>,
}

/// The four networks of the course, by the name in the address.
pub const PRESETS: [&str; 4] = ["mlp-200", "mlp-200-leaky", "fcn-5", "cnn"];

impl NetworkSpec {
    /// The activation that the outputs of a layer go through before the next weights.
    pub fn activation_of(&self, layer: usize) -> Option<LayerSpec> {
        let after = self.layers.iter().skip(layer + 1).take_while(|layer| !layer.has_parameters());
        after.copied().find(LayerSpec::is_activation)
    }

    /// A network of the course by name: `mlp-200`, `mlp-200-leaky`, `fcn-5`, `cnn`.
    pub fn preset(name: &str) -> Option<NetworkSpec> {
        use LayerSpec::*;
        let linears = |units: &[usize], between: LayerSpec, last: Option<LayerSpec>| {
            let mut layers = Vec::new();
            for (i, &units_here) in units.iter().enumerate() {
                layers.push(Linear { units: units_here });
                if i + 1 < units.len() {
                    layers.push(between);
                }
            }
            layers.extend(last);
            layers
        };
        let layers = match name {
            // ReLU after the last layer too: the course shows what that does.
            "mlp-200" => linears(&[200, 200, 10], Relu, Some(Relu)),
            "mlp-200-leaky" => {
                let leaky = LeakyRelu { slope: 0.01 };
                linears(&[200, 200, 10], leaky, Some(leaky))
            }
            "fcn-5" => linears(&[512, 256, 128, 64, 10], Relu, None),
            "cnn" => vec![
                Convolution { channels: 10, kernel: 5, stride: 1, padding: 0 },
                Relu,
                MaxPool { kernel: 2 },
                Convolution { channels: 20, kernel: 5, stride: 1, padding: 0 },
                Relu,
                MaxPool { kernel: 2 },
                Flatten,
                Linear { units: 10 },
            ],
            _ => return None,
        };
        Some(NetworkSpec { input: vec![1, 28, 28], layers })
    }

    /// Reads a preset's name or a list of layers for MNIST pictures: `conv10k5`, `conv10k5s2p1`, `maxpool2`, `avgpool2`,
    /// `flatten`, `linear200`, `dropout0.5`, `relu`, `leaky0.01`, `sigmoid`, `tanh`, `elu`, `selu`, `gelu`, `softplus`,
    /// joined by commas. An error names the first layer that does not read or does not fit.
    pub fn parse(text: &str) -> Result<NetworkSpec> {
        if let Some(preset) = NetworkSpec::preset(text) {
            return Ok(preset);
        }
        let layers: Vec<LayerSpec> = text.split(',').map(|part| LayerSpec::parse(part.trim())).collect::<Result<_>>()?;
        let spec = NetworkSpec { input: vec![1, 28, 28], layers };
        spec.shapes()?;
        Ok(spec)
    }

    /// Sizes of one example after each layer. An error names the layer that does not fit, and why.
    pub fn shapes(&self) -> Result<Vec<Vec<usize>>> {
        let mut shape = self.input.clone();
        let mut shapes = Vec::with_capacity(self.layers.len());
        for (i, layer) in self.layers.iter().enumerate() {
            shape = layer.output_shape(&shape).map_err(|why| {
                Error::Mistake(Mistake::Layer { number: i + 1, layer: layer.to_string(), why: Box::new(why.into()) })
            })?;
            shapes.push(shape.clone());
        }
        Ok(shapes)
    }

    /// Parameters of each layer as `(name, sizes)` with PyTorch's `state_dict` names inside an `nn.Sequential`: `0.weight`, `0.bias`.
    pub fn parameters(&self) -> Result<Vec<(String, Vec<usize>)>> {
        let shapes = self.shapes()?;
        let mut parameters = Vec::new();
        for (i, layer) in self.layers.iter().enumerate() {
            let before: &[usize] = if i == 0 { &self.input } else { &shapes[i - 1] };
            let (weight, bias) = match *layer {
                LayerSpec::Linear { units } => (vec![units, before.iter().product()], vec![units]),
                LayerSpec::Convolution { channels, kernel, .. } => {
                    (vec![channels, before[0], kernel, kernel], vec![channels])
                }
                _ => continue,
            };
            parameters.push((format!("{i}.weight"), weight));
            parameters.push((format!("{i}.bias"), bias));
        }
        Ok(parameters)
    }

    /// How many numbers training may change.
    pub fn parameter_count(&self) -> Result<usize> {
        Ok(self.parameters()?.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum())
    }
}

impl LayerSpec {
    /// Reads one layer as [`NetworkSpec::parse`] describes.
    pub fn parse(text: &str) -> Result<LayerSpec> {
        let split = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (name, rest) = text.split_at(split);
        let wrong = || Error::Mistake(Mistake::NotALayer { text: text.to_string() });
        let size = |digits: &str, default: Option<usize>| match (digits.parse::<usize>(), default) {
            (Ok(size), _) if (1..=4096).contains(&size) => Ok(size),
            (Err(_), Some(default)) if digits.is_empty() => Ok(default),
            _ => Err(wrong()),
        };
        let real = |digits: &str, default: f64| match digits.parse::<f64>() {
            _ if digits.is_empty() => Ok(default),
            Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
            _ => Err(wrong()),
        };
        let plain = |layer: LayerSpec| if rest.is_empty() { Ok(layer) } else { Err(wrong()) };
        match name {
            "linear" => Ok(LayerSpec::Linear { units: size(rest, None)? }),
            "conv" => {
                let (rest, padding) = match rest.split_once('p') {
                    Some((head, digits)) => (head, digits.parse().ok().filter(|p| *p <= 16).ok_or_else(wrong)?),
                    None => (rest, 0),
                };
                let (rest, stride) = rest.split_once('s').unwrap_or((rest, "1"));
                let (channels, kernel) = rest.split_once('k').ok_or_else(wrong)?;
                Ok(LayerSpec::Convolution {
                    channels: size(channels, None)?,
                    kernel: size(kernel, None)?,
                    stride: size(stride, None)?,
                    padding,
                })
            }
            "maxpool" => Ok(LayerSpec::MaxPool { kernel: size(rest, Some(2))? }),
            "avgpool" => Ok(LayerSpec::AveragePool { kernel: size(rest, Some(2))? }),
            "dropout" => Ok(LayerSpec::Dropout { probability: real(rest, 0.5)? }),
            "leaky" => Ok(LayerSpec::LeakyRelu { slope: real(rest, 0.01)? }),
            "flatten" => plain(LayerSpec::Flatten),
            "relu" => plain(LayerSpec::Relu),
            "sigmoid" => plain(LayerSpec::Sigmoid),
            "tanh" => plain(LayerSpec::Tanh),
            "elu" => plain(LayerSpec::Elu),
            "selu" => plain(LayerSpec::Selu),
            "gelu" => plain(LayerSpec::Gelu),
            "softplus" => plain(LayerSpec::Softplus),
            _ => Err(wrong()),
        }
    }

    /// Sizes of one example after this layer, given those before it.
    pub fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let picture = || match *input {
            [channels, height, width] => Ok((channels, height, width)),
            _ => Err(Error::Mistake(Mistake::NeedsPicture { input: input.to_vec() })),
        };
        let window = |size: usize, kernel: usize, stride: usize, padding: usize| {
            let padded = size + 2 * padding;
            if kernel > padded {
                return Err(Error::Mistake(Mistake::KernelTooLarge { kernel, padded }));
            }
            Ok((padded - kernel) / stride + 1)
        };
        Ok(match *self {
            LayerSpec::Linear { units } => vec![units],
            LayerSpec::Convolution { channels, kernel, stride, padding } => {
                let (_, height, width) = picture()?;
                vec![channels, window(height, kernel, stride, padding)?, window(width, kernel, stride, padding)?]
            }
            LayerSpec::MaxPool { kernel } | LayerSpec::AveragePool { kernel } => {
                let (channels, height, width) = picture()?;
                vec![channels, window(height, kernel, kernel, 0)?, window(width, kernel, kernel, 0)?]
            }
            LayerSpec::Flatten => vec![input.iter().product()],
            _ => input.to_vec(),
        })
    }

    /// Whether it has weights.
    pub fn has_parameters(&self) -> bool {
        matches!(self, LayerSpec::Linear { .. } | LayerSpec::Convolution { .. })
    }

    /// Whether it applies a function to each number alone.
    pub fn is_activation(&self) -> bool {
        !self.has_parameters()
            && !matches!(
                self,
                LayerSpec::MaxPool { .. } | LayerSpec::AveragePool { .. } | LayerSpec::Flatten | LayerSpec::Dropout { .. }
            )
    }
}

impl fmt::Display for LayerSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            LayerSpec::Linear { units } => write!(formatter, "linear{units}"),
            LayerSpec::Convolution { channels, kernel, stride, padding } => {
                write!(formatter, "conv{channels}k{kernel}")?;
                if stride != 1 {
                    write!(formatter, "s{stride}")?;
                }
                if padding != 0 {
                    write!(formatter, "p{padding}")?;
                }
                Ok(())
            }
            LayerSpec::MaxPool { kernel } => write!(formatter, "maxpool{kernel}"),
            LayerSpec::AveragePool { kernel } => write!(formatter, "avgpool{kernel}"),
            LayerSpec::Flatten => write!(formatter, "flatten"),
            LayerSpec::Dropout { probability } => write!(formatter, "dropout{probability}"),
            LayerSpec::Relu => write!(formatter, "relu"),
            LayerSpec::LeakyRelu { slope } => write!(formatter, "leaky{slope}"),
            LayerSpec::Sigmoid => write!(formatter, "sigmoid"),
            LayerSpec::Tanh => write!(formatter, "tanh"),
            LayerSpec::Elu => write!(formatter, "elu"),
            LayerSpec::Selu => write!(formatter, "selu"),
            LayerSpec::Gelu => write!(formatter, "gelu"),
            LayerSpec::Softplus => write!(formatter, "softplus"),
        }
    }
}

impl fmt::Display for NetworkSpec {
    /// A preset's name where the layers are a preset's, else the list of layers; [`NetworkSpec::parse`] reads both.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = PRESETS.iter().find(|name| NetworkSpec::preset(name).as_ref() == Some(self)) {
            return formatter.write_str(name);
        }
        let layers: Vec<String> = self.layers.iter().map(LayerSpec::to_string).collect();
        formatter.write_str(&layers.join(","))
    }
}
