//! What is connected to what: which inputs an output of a layer reads, through which weight, and which pixels of the image reach it.

use super::network_trace::LayerView;
use crate::error::{Error, Result};
use crate::nn::spec::LayerSpec;

/// How a layer's outputs read its inputs. All positions are indices into the row-major numbers of the view.
pub struct Connections<'a> {
    view: &'a LayerView,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Linear { inputs: usize, outputs: usize },
    Convolution(Convolution),
}

/// Sizes of a convolution of one image.
#[derive(Clone, Copy)]
struct Convolution {
    channels: usize,
    height: usize,
    width: usize,
    out_channels: usize,
    out_height: usize,
    out_width: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

impl Convolution {
    /// Place of an output.
    fn output(&self, image: usize, channel: usize, y: usize, x: usize) -> usize {
        ((image * self.out_channels + channel) * self.out_height + y) * self.out_width + x
    }

    /// Place of a weight: from input channel `c` to output channel `channel`.
    fn weight(&self, channel: usize, c: usize, ky: usize, kx: usize) -> usize {
        ((channel * self.channels + c) * self.kernel + ky) * self.kernel + kx
    }

    /// Place of the input that lies under a cell of the kernel where it makes the output at (y, x); none in the padding.
    fn input(&self, image: usize, c: usize, [y, x]: [usize; 2], [ky, kx]: [usize; 2]) -> Option<usize> {
        let row = (y * self.stride + ky).checked_sub(self.padding).filter(|&row| row < self.height)?;
        let column = (x * self.stride + kx).checked_sub(self.padding).filter(|&column| column < self.width)?;
        Some(((image * self.channels + c) * self.height + row) * self.width + column)
    }
}

impl<'a> Connections<'a> {
    /// Of a layer with weights.
    pub fn new(view: &'a LayerView) -> Result<Connections<'a>> {
        let kind = match (view.layer, &view.input.shape[..], &view.output.shape[..]) {
            (LayerSpec::Linear { units }, input, _) => Kind::Linear { inputs: input[1..].iter().product(), outputs: units },
            (
                LayerSpec::Convolution { kernel, stride, padding, .. },
                &[_, channels, height, width],
                &[_, out_channels, out_height, out_width],
            ) => Kind::Convolution(Convolution {
                channels,
                height,
                width,
                out_channels,
                out_height,
                out_width,
                kernel,
                stride,
                padding,
            }),
            _ => return Err(Error::Value(format!("{} has no weights", view.layer))),
        };
        Ok(Connections { view, kind })
    }

    fn images(&self) -> usize {
        self.view.input.shape[0]
    }

    /// `(weight, input)` of every product of an output, in the order of the weight.
    pub fn of_output(&self, output: usize) -> Vec<(usize, usize)> {
        match self.kind {
            Kind::Linear { inputs, outputs } => {
                let (image, unit) = (output / outputs, output % outputs);
                (0..inputs).map(|k| (unit * inputs + k, image * inputs + k)).collect()
            }
            Kind::Convolution(sizes) => {
                let Convolution { channels, out_channels, out_height, out_width, kernel, .. } = sizes;
                let x = output % out_width;
                let y = output / out_width % out_height;
                let channel = output / (out_width * out_height) % out_channels;
                let image = output / (out_width * out_height * out_channels);
                let pair = |(c, ky, kx)| Some((sizes.weight(channel, c, ky, kx), sizes.input(image, c, [y, x], [ky, kx])?));
                cube(channels, kernel, kernel).filter_map(pair).collect()
            }
        }
    }

    /// `(output, input)` of every product in which a weight takes part, by image and position.
    pub fn of_weight(&self, weight: usize) -> Vec<(usize, usize)> {
        match self.kind {
            Kind::Linear { inputs, outputs } => {
                let (unit, k) = (weight / inputs, weight % inputs);
                (0..self.images()).map(|image| (image * outputs + unit, image * inputs + k)).collect()
            }
            Kind::Convolution(sizes) => {
                let Convolution { channels, out_height, out_width, kernel, .. } = sizes;
                let kx = weight % kernel;
                let ky = weight / kernel % kernel;
                let c = weight / (kernel * kernel) % channels;
                let channel = weight / (kernel * kernel * channels);
                let pair =
                    |(image, y, x)| Some((sizes.output(image, channel, y, x), sizes.input(image, c, [y, x], [ky, kx])?));
                cube(self.images(), out_height, out_width).filter_map(pair).collect()
            }
        }
    }

    /// `(output, weight)` of every product in which an input takes part.
    pub fn of_input(&self, input: usize) -> Vec<(usize, usize)> {
        match self.kind {
            Kind::Linear { inputs, outputs } => {
                let (image, k) = (input / inputs, input % inputs);
                (0..outputs).map(|unit| (image * outputs + unit, unit * inputs + k)).collect()
            }
            Kind::Convolution(sizes) => {
                let Convolution { channels, height, width, out_channels, out_height, out_width, kernel, stride, padding } =
                    sizes;
                let column = input % width;
                let row = input / width % height;
                let c = input / (width * height) % channels;
                let image = input / (width * height * channels);
                let mut pairs = Vec::new();
                for (channel, ky, kx) in cube(out_channels, kernel, kernel) {
                    let place = |at: usize, k: usize, size: usize| {
                        let moved = (at + padding).checked_sub(k)?;
                        (moved % stride == 0 && moved / stride < size).then_some(moved / stride)
                    };
                    if let (Some(y), Some(x)) = (place(row, ky, out_height), place(column, kx, out_width)) {
                        pairs.push((sizes.output(image, channel, y, x), sizes.weight(channel, c, ky, kx)));
                    }
                }
                pairs
            }
        }
    }

    /// Which output unit or channel an output belongs to: the index of its bias.
    pub fn bias_of(&self, output: usize) -> usize {
        match self.kind {
            Kind::Linear { outputs, .. } => output % outputs,
            Kind::Convolution(sizes) => output / (sizes.out_width * sizes.out_height) % sizes.out_channels,
        }
    }
}

fn cube(a: usize, b: usize, c: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..a).flat_map(move |i| (0..b).flat_map(move |j| (0..c).map(move |k| (i, j, k))))
}

/// The inputs that an output of a layer reads, as indices into the input: a window, a row, or the one element.
pub fn reads(view: &LayerView, output: usize) -> Vec<usize> {
    if let Ok(connections) = Connections::new(view) {
        return connections.of_output(output).into_iter().map(|(_, input)| input).collect();
    }
    match (view.layer, &view.input.shape[..], &view.output.shape[..]) {
        (
            LayerSpec::MaxPool { kernel } | LayerSpec::AveragePool { kernel },
            &[.., height, width],
            &[.., out_height, out_width],
        ) => {
            let (plane, y, x) = (output / (out_height * out_width), output / out_width % out_height, output % out_width);
            cube(1, kernel, kernel).map(|(_, ky, kx)| (plane * height + y * kernel + ky) * width + x * kernel + kx).collect()
        }
        _ => vec![output],
    }
}

/// The pixels of the network's input that can reach an output of layer `layer`: its receptive field, as indices into the
/// first layer's input, ascending.
pub fn receptive_field(layers: &[LayerView], layer: usize, output: usize) -> Vec<usize> {
    let mut reached = vec![output];
    for view in layers[..=layer.min(layers.len().saturating_sub(1))].iter().rev() {
        let whole = matches!(view.layer, LayerSpec::Linear { .. });
        let mut before: Vec<usize> = match (whole, reached.first()) {
            // Every unit of a linear layer reads the same.
            (true, Some(&first)) => reads(view, first),
            _ => reached.iter().flat_map(|&output| reads(view, output)).collect(),
        };
        before.sort_unstable();
        before.dedup();
        reached = before;
    }
    reached
}
