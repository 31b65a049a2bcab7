//! The rule of each op of a network, forward and backward, as TeX: in symbols (δ is the gradient that arrives), and with the sizes
//! and numbers of this very step.

use super::digits::{DIGITS, agreeing, plain_number};
use super::formula::{factor, number, tex};
use super::network_trace::{LayerView, NetworkTrace, Values};
use super::network_walk::{Card, NetworkStep};
use super::update::Optimizer;
use crate::backend::kernel::UpdateRule;
use crate::nn::spec::LayerSpec;

/// The lines of a step: rules first, then what they come to here.
pub fn formulas(trace: &NetworkTrace, step: NetworkStep, optimizer: &Optimizer) -> Vec<String> {
    match step {
        NetworkStep::Forward(Card::Layer(index)) => forward(&trace.layers[index]),
        NetworkStep::Backward(Card::Layer(index)) => backward(&trace.layers[index]),
        NetworkStep::Forward(Card::LogSoftmax) => vec![r"\log p_k = x_k - \ln \sum_j e^{x_j}".to_string()],
        NetworkStep::Backward(Card::LogSoftmax) => log_softmax_backward(trace),
        NetworkStep::Forward(Card::Loss) => loss_forward(trace),
        NetworkStep::Backward(Card::Loss) => {
            let images = trace.images();
            vec![format!(
                r"\frac{{\partial L}}{{\partial \log p_{{n,k}}}} = -\frac{{1}}{{N}}\,[k = t_n] = -\frac{{1}}{{{images}}}\,[k = t_n]"
            )]
        }
        NetworkStep::Seed => vec![r"\frac{\partial L}{\partial L} = 1".to_string()],
        NetworkStep::Update(_) => update(optimizer),
    }
}

fn size(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("({})", sizes.join(r" \times "))
}

fn shape(values: &Values) -> String {
    size(&values.shape)
}

/// A picture before a linear layer is one row.
fn row(values: &Values) -> String {
    let images = values.shape.first().copied().unwrap_or(1);
    size(&[images, values.data.len() / images.max(1)])
}

fn forward(view: &LayerView) -> Vec<String> {
    let sizes = format!(r"{} \rightarrow {}", shape(&view.input), shape(&view.output));
    let rule = match view.layer {
        LayerSpec::Linear { .. } => {
            let weight = view.parameters.first().map(|weight| weight.value.shape.clone()).unwrap_or_default();
            let turned: Vec<usize> = weight.iter().rev().copied().collect();
            let product = format!(r"{} \cdot {} = {}", row(&view.input), size(&turned), shape(&view.output));
            return vec![r"y = x\, W^{\mathsf T} + b".to_string(), product];
        }
        LayerSpec::Convolution { kernel, stride, padding, .. } => {
            let channels = view.input.shape.get(1).copied().unwrap_or(1);
            let at = |place: char, offset: char| match (stride, padding) {
                (1, 0) => format!("{place}+{offset}"),
                (stride, 0) => format!("{stride}{place}+{offset}"),
                (1, padding) => format!("{place}+{offset}-{padding}"),
                (stride, padding) => format!("{stride}{place}+{offset}-{padding}"),
            };
            let products = format!(r"{channels} \cdot {kernel} \cdot {kernel} = {}", channels * kernel * kernel);
            return vec![
                format!(r"y_{{o,i,j}} = b_o + \sum_{{c,u,v}} w_{{o,c,u,v}}\; x_{{c,\,{},\,{}}}", at('i', 'u'), at('j', 'v')),
                format!(r"{sizes}, \quad {products}"),
            ];
        }
        LayerSpec::MaxPool { kernel } => {
            format!(r"y_{{c,i,j}} = \max_{{u,v < {kernel}}} x_{{c,\,{kernel}i+u,\,{kernel}j+v}}")
        }
        LayerSpec::AveragePool { kernel } => {
            let cells = kernel * kernel;
            format!(r"y_{{c,i,j}} = \frac{{1}}{{{cells}}} \sum_{{u,v < {kernel}}} x_{{c,\,{kernel}i+u,\,{kernel}j+v}}")
        }
        LayerSpec::Flatten => r"y = x".to_string(),
        LayerSpec::Dropout { probability } if view.is_masked() => {
            format!(r"y = \frac{{m \odot x}}{{1 - {}}}", number(probability))
        }
        LayerSpec::Dropout { .. } => "y = x".to_string(),
        LayerSpec::Relu => r"y = \max(0, x)".to_string(),
        LayerSpec::LeakyRelu { slope } => format!(r"y = \max(x,\; {}\, x)", number(slope)),
        LayerSpec::Sigmoid => r"y = \frac{1}{1 + e^{-x}}".to_string(),
        LayerSpec::Tanh => r"y = \tanh x".to_string(),
        LayerSpec::Elu => r"y = x\,[x > 0] + (e^x - 1)\,[x \le 0]".to_string(),
        LayerSpec::Selu => r"y = \lambda\,(x\,[x > 0] + \alpha\,(e^x - 1)\,[x \le 0])".to_string(),
        LayerSpec::Gelu => r"y = x\, \Phi(x)".to_string(),
        LayerSpec::Softplus => r"y = \ln(1 + e^x)".to_string(),
    };
    vec![rule, sizes]
}

fn backward(view: &LayerView) -> Vec<String> {
    let by_input = |right: &str| format!(r"\frac{{\partial L}}{{\partial x}} = {right}");
    let sizes = format!(r"{} \leftarrow {}", shape(&view.input_gradient), shape(&view.output_gradient));
    let rule = match view.layer {
        LayerSpec::Linear { .. } => {
            let weight = view.parameters.first().map(|weight| shape(&weight.value)).unwrap_or_default();
            let delta = &view.output_gradient;
            let turned: Vec<usize> = delta.shape.iter().rev().copied().collect();
            return vec![
                format!(
                    r"\frac{{\partial L}}{{\partial x}} = \delta\, W: \quad {} \cdot {weight} = {}",
                    shape(delta),
                    row(&view.input)
                ),
                format!(
                    r"\frac{{\partial L}}{{\partial W}} = \delta^{{\mathsf T}} x: \quad {} \cdot {} = {weight}",
                    size(&turned),
                    row(&view.input)
                ),
                r"\frac{\partial L}{\partial b} = \sum_n \delta_n".to_string(),
            ];
        }
        LayerSpec::Convolution { .. } => {
            let places = view.output.data.len() / view.output.shape.get(1).copied().unwrap_or(1).max(1);
            return vec![
                r"\frac{\partial L}{\partial x} = \sum_o \sum_{i,j} \delta_{o,i,j}\, w_o".to_string(),
                format!(
                    r"\frac{{\partial L}}{{\partial w}} = \sum_{{n,i,j}} \delta_{{n,o,i,j}}\, x_{{n,i,j}}, \quad \frac{{\partial L}}{{\partial b_o}} = \sum_{{n,i,j}} \delta_{{n,o,i,j}}"
                ),
                format!(r"{sizes}, \quad n,i,j: {places}"),
            ];
        }
        LayerSpec::MaxPool { .. } => by_input(r"\delta\,[x = y]"),
        LayerSpec::AveragePool { kernel } => by_input(&format!(r"\frac{{\delta}}{{{}}}", kernel * kernel)),
        LayerSpec::Dropout { probability } if view.is_masked() => {
            by_input(&format!(r"\frac{{m \odot \delta}}{{1 - {}}}", number(probability)))
        }
        LayerSpec::Flatten | LayerSpec::Dropout { .. } => by_input(r"\delta"),
        LayerSpec::Relu => by_input(r"\delta\,[x > 0]"),
        LayerSpec::LeakyRelu { slope } => by_input(&format!(r"\delta\,[x > 0] + {}\,\delta\,[x \le 0]", number(slope))),
        LayerSpec::Sigmoid => by_input(r"\delta \odot y \odot (1 - y)"),
        LayerSpec::Tanh => by_input(r"\delta \odot (1 - y^2)"),
        LayerSpec::Elu => by_input(r"\delta\,[x > 0] + \delta\, e^x\,[x \le 0]"),
        LayerSpec::Selu => by_input(r"\lambda\,(\delta\,[x > 0] + \alpha\, \delta\, e^x\,[x \le 0])"),
        LayerSpec::Gelu => by_input(r"\delta \odot (\Phi(x) + x\, \varphi(x))"),
        LayerSpec::Softplus => by_input(r"\delta \odot \frac{1}{1 + e^{-x}}"),
    };
    vec![rule, sizes]
}

/// `p - y`, with the numbers of the right class.
fn log_softmax_backward(trace: &NetworkTrace) -> Vec<String> {
    let general = r"\frac{\partial L}{\partial x_k} = \delta_k - p_k \sum_j \delta_j = \frac{p_k - y_k}{N}".to_string();
    let label = trace.labels.first().copied().unwrap_or(0);
    let (Some(&p), Some(&found)) = (trace.probabilities.image(0).get(label), trace.logits_gradient.image(0).get(label))
    else {
        return vec![general];
    };
    let images = trace.images() as f64;
    let shown = agreeing(&[f64::from(p)], f64::from(found), DIGITS, |n| (n[0] - 1.0) / images).texts[0].clone();
    let result = number(f64::from(found));
    let left = format!(r"\frac{{\partial L}}{{\partial x_{{{label}}}}}");
    let right = match trace.images() {
        1 => format!("{} - 1", tex(&shown)),
        images => format!(r"\frac{{{} - 1}}{{{images}}}", tex(&shown)),
    };
    vec![general, format!("{left} = {right} = {result}")]
}

fn loss_forward(trace: &NetworkTrace) -> Vec<String> {
    let rule = r"L = -\frac{1}{N} \sum_n \log p_{n,t_n}".to_string();
    let terms: Vec<f64> = trace.losses.iter().map(|&loss| -f64::from(loss)).collect();
    let mean = |terms: &[f64]| -terms.iter().sum::<f64>() / terms.len().max(1) as f64;
    const WRITTEN: usize = 4;
    let loss = number(f64::from(trace.loss));
    let numbers = match terms.len() {
        1 => format!("L = -{} = {loss}", factor(&plain_number(terms[0]))),
        count if count <= WRITTEN => {
            let texts = agreeing(&terms, mean(&terms), DIGITS, mean).texts;
            let sum = texts.iter().map(|text| factor(text)).collect::<Vec<_>>().join(" + ");
            format!(r"L = -\frac{{1}}{{{count}}}\,\bigl({sum}\bigr) = {loss}")
        }
        count => {
            let first: Vec<String> = terms[..WRITTEN].iter().map(|term| factor(&plain_number(*term))).collect();
            format!(r"L = -\frac{{1}}{{{count}}}\,\bigl({} + \dots\bigr) = {loss}", first.join(" + "))
        }
    };
    vec![rule, numbers]
}

fn update(optimizer: &Optimizer) -> Vec<String> {
    let rate = number(format!("{:.5e}", optimizer.learning_rate).parse().unwrap_or(optimizer.learning_rate));
    let settings = &optimizer.settings;
    let (momentum, step) = (number(settings.momentum), optimizer.step + 1);
    let mut gradient = r"g = \frac{\partial L}{\partial w}".to_string();
    if settings.weight_decay > 0.0 && settings.rule() != (UpdateRule::Adam { decoupled: true }) {
        gradient += &format!(r" + {}\, w", number(settings.weight_decay));
    }
    if settings.l1 > 0.0 {
        gradient += &format!(r" + {}\, \operatorname{{sign}} w", number(settings.l1));
    }
    let descent = |direction: &str| format!(r"w \leftarrow w - {rate}\; {direction}");
    let averages = |square: f64| format!(r"v \leftarrow {}\, v + {}\, g^2", number(square), number(1.0 - square));
    match settings.rule() {
        UpdateRule::Sgd => vec![gradient, descent("g")],
        UpdateRule::SgdMomentum if settings.nesterov => {
            vec![gradient, format!(r"m \leftarrow {momentum}\, m + g"), descent(&format!(r"(g + {momentum}\, m)"))]
        }
        UpdateRule::SgdMomentum => vec![gradient, format!(r"m \leftarrow {momentum}\, m + g"), descent("m")],
        UpdateRule::Adam { .. } => {
            let (beta1, beta2) = (number(settings.beta1), number(settings.beta2));
            let first = format!(r"m \leftarrow {beta1}\, m + {}\, g", number(1.0 - settings.beta1));
            let hat = |name: &str, beta: &str| format!(r"\frac{{{name}}}{{1 - {beta}^{{{step}}}}}");
            let (m, v) = (hat("m", &beta1), hat("v", &beta2));
            let direction = format!(r"\frac{{{m}}}{{\sqrt{{{v}}} + {}}}", number(settings.epsilon));
            vec![gradient, format!(r"{first}, \quad {}", averages(settings.beta2)), descent(&direction)]
        }
        UpdateRule::RmsProp => {
            vec![
                gradient,
                averages(settings.alpha),
                descent(&format!(r"\frac{{g}}{{\sqrt{{v}} + {}}}", number(settings.epsilon))),
            ]
        }
    }
}
