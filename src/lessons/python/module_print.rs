//! Layers as PyTorch prints them.

use super::modules::{Layer, Module};
use crate::lessons::print;
use crate::tensor::{Conv2dWindow, Padding, Tensor};

impl Module {
    /// As PyTorch prints it.
    pub fn show(&self) -> String {
        let name = self.class_name();
        let comma_in_place = if self.in_place { ", inplace=True" } else { "" };
        match &self.layer {
            Layer::Linear { weight, bias } => {
                let shape = weight.get().shape().to_vec();
                let bias = if bias.is_some() { "True" } else { "False" };
                format!("{name}(in_features={}, out_features={}, bias={bias})", shape[1], shape[0])
            }
            Layer::Convolution { weight, bias, window } => shown_convolution(&weight.get(), bias.is_some(), window),
            Layer::MaxPool { window, written: [kernel, stride, padding] } => {
                let dilation = match window.dilation {
                    [down, across] if down == across => down.to_string(),
                    [down, across] => format!("({down}, {across})"),
                };
                let ceil = if window.ceil_mode { "True" } else { "False" };
                format!(
                    "{name}(kernel_size={kernel}, stride={stride}, padding={padding}, dilation={dilation}, ceil_mode={ceil})"
                )
            }
            Layer::AveragePool { written: [kernel, stride, padding], .. } => {
                format!("{name}(kernel_size={kernel}, stride={stride}, padding={padding})")
            }
            Layer::Elu(alpha) => format!("{name}(alpha={}{comma_in_place})", print::float(*alpha)),
            Layer::Gelu { by_tanh } => format!("{name}(approximate='{}')", if *by_tanh { "tanh" } else { "none" }),
            Layer::Softplus { beta, threshold } => {
                format!("{name}(beta={}, threshold={})", print::float(*beta), print::float(*threshold))
            }
            Layer::Softmax { dim, .. } => format!("{name}(dim={dim})"),
            Layer::LeakyRelu(slope) => format!("{name}(negative_slope={}{comma_in_place})", print::float(*slope)),
            Layer::Dropout(p) => {
                format!("{name}(p={}, inplace={})", print::float(*p), if self.in_place { "True" } else { "False" })
            }
            Layer::Hardtanh { low, high } if name == "Hardtanh" => {
                format!("{name}(min_val={}, max_val={}{comma_in_place})", print::float(*low), print::float(*high))
            }
            Layer::Flatten { start, end } => format!("{name}(start_dim={start}, end_dim={end})"),
            Layer::Sequential(layers) => {
                let mut text = format!("{name}(\n");
                for (at, layer) in layers.iter().enumerate() {
                    text.push_str(&format!("  ({}): {}\n", at + self.first, layer.show().replace('\n', "\n  ")));
                }
                text + ")"
            }
            _ => format!("{name}({})", comma_in_place.trim_start_matches(", ")),
        }
    }
}

fn shown_convolution(weight: &Tensor, biased: bool, window: &Conv2dWindow) -> String {
    let pair = |[down, across]: [usize; 2]| format!("({down}, {across})");
    let shape = weight.shape();
    let (inputs, kernel) = (shape[1] * window.groups, pair([shape[2], shape[3]]));
    let mut text = format!("Conv2d({inputs}, {}, kernel_size={kernel}, stride={}", shape[0], pair(window.stride));
    match window.padding {
        Padding::Same => text.push_str(", padding=same"),
        Padding::Sizes([0, 0]) => {}
        Padding::Sizes(sizes) => text.push_str(&format!(", padding={}", pair(sizes))),
    }
    if window.dilation != [1, 1] {
        text.push_str(&format!(", dilation={}", pair(window.dilation)));
    }
    if window.groups != 1 {
        text.push_str(&format!(", groups={}", window.groups));
    }
    if !biased {
        text.push_str(", bias=False");
    }
    text + ")"
}
