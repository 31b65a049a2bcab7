//! A network with its parameters: made from a spec and a generator, run in two ways. `forward` uses the fused ops and is
//! what training records; `forward_layers` uses the plain ops, a tensor a layer, and is what looking inside uses.

use super::init::Initialization;
use super::spec::{LayerSpec, NetworkSpec};
use crate::backend::kernel::Activation;
use crate::backend::{Buffer, Device, HostData};
use crate::error::{Error, Result};
use crate::random::Generator;
use crate::tensor::{Conv2dSize, Tensor};

/// A tensor that training changes, under PyTorch's `state_dict` name.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub name: String,
    pub tensor: Tensor,
}

/// A spec with its parameters on a device.
#[derive(Debug, Clone)]
pub struct Network {
    pub spec: NetworkSpec,
    /// In PyTorch's order: each layer's weight, then its bias.
    pub parameters: Vec<Parameter>,
}

/// The dropout masks of a chunk of recorded steps: rows of bytes, one row a step, all dropout layers side by side.
#[derive(Debug, Clone)]
pub struct StepMasks {
    pub masks: Buffer,
    pub cursor: Buffer,
    /// Bytes a step.
    pub row: usize,
    /// Where workers share a batch: the first row of this part, and the rows of the whole batch.
    pub part: Option<(usize, usize)>,
}

/// What a fused forward pass made.
#[derive(Debug, Clone)]
pub struct Forward {
    /// `(rows, classes)`
    pub logits: Tensor,
    /// Outputs of layers with an activation, by the index of the layer with the weights.
    pub activations: Vec<(usize, Tensor)>,
}

impl Network {
    /// Fresh parameters, drawn as PyTorch draws them.
    pub fn new(
        spec: NetworkSpec,
        initialization: Initialization,
        generator: &mut Generator,
        device: &Device,
    ) -> Result<Network> {
        let shapes = spec.parameters()?;
        let values = initialization.values(&shapes, generator);
        Network::with_values(spec, values, device)
    }

    /// Parameters with these values, in order.
    pub fn with_values(spec: NetworkSpec, values: Vec<Vec<f32>>, device: &Device) -> Result<Network> {
        let shapes = spec.parameters()?;
        if shapes.len() != values.len() {
            return Err(Error::Value(format!("the network has {} parameters, got {}", shapes.len(), values.len())));
        }
        let parameters = shapes
            .into_iter()
            .zip(values)
            .map(|((name, shape), values)| {
                let tensor = Tensor::from_buffer(device.upload(HostData::Float32(values))?, shape)?.requires_grad_(true)?;
                Ok(Parameter { name, tensor })
            })
            .collect::<Result<_>>()?;
        Ok(Network { spec, parameters })
    }

    /// The weight and bias of a layer, by its index in the spec.
    pub fn layer_parameters(&self, layer: usize) -> Option<(&Tensor, &Tensor)> {
        let at = self.parameters.iter().position(|parameter| parameter.name == format!("{layer}.weight"))?;
        Some((&self.parameters[at].tensor, &self.parameters.get(at + 1)?.tensor))
    }

    /// The values of all parameters, in order.
    pub async fn read(&self) -> Result<Vec<Vec<f32>>> {
        let mut values = Vec::with_capacity(self.parameters.len());
        for parameter in &self.parameters {
            values.push(floats(parameter.tensor.read().await?)?);
        }
        Ok(values)
    }

    /// Overwrites all parameters, in place. Sizes must agree.
    pub fn write(&self, values: &[Vec<f32>]) -> Result<()> {
        let fits = values.len() == self.parameters.len()
            && self.parameters.iter().zip(values).all(|(parameter, values)| parameter.tensor.numel() == values.len());
        if !fits {
            return Err(Error::Value("the weights do not fit this network".to_string()));
        }
        for (parameter, values) in self.parameters.iter().zip(values) {
            parameter.tensor.buffer().write(0, &HostData::Float32(values.clone()))?;
        }
        Ok(())
    }

    /// Images `(rows, pixels)` to logits, with fused ops where there are some. `dropout` is on where masks are given.
    /// `shards`: see [`crate::backend::Kernel`].
    pub fn forward(&self, input: &Tensor, dropout: Option<&StepMasks>, shards: usize) -> Result<Forward> {
        let rows = input.shape()[0];
        let shapes = self.spec.shapes()?;
        let layers = &self.spec.layers;
        let mut x = input.reshape(with_rows(rows, &self.spec.input))?;
        let mut activations = Vec::new();
        let mut first_mask = 0;
        let mut i = 0;
        while i < layers.len() {
            let mut taken = 1;
            x = match (layers[i], self.layer_parameters(i)) {
                (LayerSpec::Linear { .. }, Some((weight, bias))) => {
                    let activation = layers.get(i + 1).and_then(fused_activation);
                    taken += usize::from(activation.is_some());
                    let activation = activation.unwrap_or(Activation::Identity);
                    let flat = x.reshape([rows, x.numel() / rows])?;
                    let y = flat.linear_activated(weight, bias, activation, shards)?;
                    if activation != Activation::Identity {
                        activations.push((i, y.clone()));
                    }
                    y
                }
                (LayerSpec::Convolution { stride, padding, .. }, Some((weight, bias))) => {
                    let size = Conv2dSize { stride, padding, ..Conv2dSize::default() };
                    let block =
                        matches!(layers.get(i + 1..i + 3), Some([LayerSpec::Relu, LayerSpec::MaxPool { kernel: 2 }]));
                    if block {
                        taken += 2;
                        let y = x.convolution_block(weight, bias, size, shards)?;
                        activations.push((i, y.clone()));
                        y
                    } else {
                        x.conv2d(weight, Some(bias), size)?
                    }
                }
                (LayerSpec::Dropout { probability }, _) => match dropout {
                    Some(masks) if probability > 0.0 => {
                        let (first_row, batch_rows) = masks.part.unwrap_or((0, rows));
                        let units = x.numel() / rows;
                        let first = first_mask + first_row * units;
                        first_mask += batch_rows * units;
                        let scale = (1.0 / (1.0 - probability)) as f32;
                        x.step_dropout(&masks.masks, &masks.cursor, first, masks.row, scale)?
                    }
                    _ => x,
                },
                (layer, _) => {
                    let y = plain_layer(layer, &x)?;
                    let parameters_before = (0..i).rev().find(|&before| layers[before].has_parameters());
                    if let (true, Some(before)) = (layer.is_activation(), parameters_before) {
                        activations.push((before, y.clone()));
                    }
                    y
                }
            };
            i += taken;
            debug_assert_eq!(x.numel(), rows * shapes[i - 1].iter().product::<usize>());
        }
        Ok(Forward { logits: x.reshape([rows, x.numel() / rows])?, activations })
    }

    /// The output of every layer for images `(rows, ...)`, with plain ops, dropout off. The last one is the logits.
    pub fn forward_layers(&self, input: &Tensor) -> Result<Vec<Tensor>> {
        self.forward_layers_masked(input, &[])
    }

    /// The same with dropout on, where masks are given: a byte for each element of each dropout layer, one layer after the other.
    pub fn forward_layers_masked(&self, input: &Tensor, mut masks: &[u8]) -> Result<Vec<Tensor>> {
        let rows = input.shape().first().copied().unwrap_or(0);
        let mut x = input.reshape(with_rows(rows, &self.spec.input))?;
        let mut outputs = Vec::with_capacity(self.spec.layers.len());
        for (i, &layer) in self.spec.layers.iter().enumerate() {
            x = match (layer, self.layer_parameters(i)) {
                (LayerSpec::Linear { .. }, Some((weight, bias))) => x.flatten(1, -1)?.linear(weight, Some(bias))?,
                (LayerSpec::Convolution { stride, padding, .. }, Some((weight, bias))) => {
                    x.conv2d(weight, Some(bias), Conv2dSize { stride, padding, ..Conv2dSize::default() })?
                }
                (LayerSpec::Dropout { probability }, _) if probability > 0.0 && masks.len() >= x.numel() => {
                    let (own, rest) = masks.split_at(x.numel());
                    masks = rest;
                    let scale = (1.0 / (1.0 - probability)) as f32;
                    let kept = own.iter().map(|&keep| if keep == 0 { 0.0 } else { scale }).collect();
                    x.mul(&Tensor::from_vec(kept, x.shape().clone())?)?
                }
                _ => plain_layer(layer, &x)?,
            };
            outputs.push(x.clone());
        }
        Ok(outputs)
    }

    /// Bytes of dropout masks that a step over `rows` images needs; 0 without dropout.
    pub fn mask_bytes(&self, rows: usize) -> Result<usize> {
        Ok(self.dropout_sizes(rows)?.iter().map(|(elements, _)| elements).sum())
    }

    /// Elements and probability of each dropout layer for `rows` images.
    pub fn dropout_sizes(&self, rows: usize) -> Result<Vec<(usize, f64)>> {
        let shapes = self.spec.shapes()?;
        let sizes = self.spec.layers.iter().zip(shapes).filter_map(|(layer, shape)| match layer {
            LayerSpec::Dropout { probability } if *probability > 0.0 => {
                Some((rows * shape.iter().product::<usize>(), *probability))
            }
            _ => None,
        });
        Ok(sizes.collect())
    }
}

/// A layer without parameters, as a plain op; dropout and flatten as they are in evaluation.
fn plain_layer(layer: LayerSpec, x: &Tensor) -> Result<Tensor> {
    match layer {
        LayerSpec::MaxPool { kernel } => x.max_pool2d(kernel, kernel, 0),
        LayerSpec::AveragePool { kernel } => x.avg_pool2d(kernel, kernel, 0),
        LayerSpec::Flatten => x.flatten(1, -1),
        LayerSpec::Relu => x.relu(),
        LayerSpec::LeakyRelu { slope } => x.leaky_relu(slope),
        LayerSpec::Sigmoid => x.sigmoid(),
        LayerSpec::Tanh => x.tanh(),
        LayerSpec::Elu => x.elu(1.0),
        LayerSpec::Selu => x.selu(),
        LayerSpec::Gelu => x.gelu(),
        LayerSpec::Softplus => x.softplus(1.0, 20.0),
        LayerSpec::Dropout { .. } => Ok(x.clone()),
        LayerSpec::Linear { .. } | LayerSpec::Convolution { .. } => Err(Error::Value(format!("{layer} has no parameters"))),
    }
}

fn fused_activation(layer: &LayerSpec) -> Option<Activation> {
    match *layer {
        LayerSpec::Relu => Some(Activation::Relu),
        LayerSpec::LeakyRelu { slope } => Some(Activation::LeakyRelu { slope }),
        LayerSpec::Sigmoid => Some(Activation::Sigmoid),
        LayerSpec::Tanh => Some(Activation::Tanh),
        _ => None,
    }
}

fn with_rows(rows: usize, sizes: &[usize]) -> Vec<usize> {
    [&[rows], sizes].concat()
}

/// The elements of a float32 buffer.
pub(crate) fn floats(data: HostData) -> Result<Vec<f32>> {
    match data {
        HostData::Float32(values) => Ok(values),
        other => Err(Error::DType(format!("expected float32, the buffer holds {:?}", other.element()))),
    }
}
