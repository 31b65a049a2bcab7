//! The training step of a network as a list of ops that can be walked in both directions: every layer forward, the loss,
//! every layer backward, every parameter's update. The numbers are those of a [`NetworkTrace`]; a place in the list says how
//! many of them are known.

use super::network_trace::NetworkTrace;
use super::trace::Phase;
use super::update::Optimizer;
use crate::nn::spec::LayerSpec;

/// One op of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Card {
    /// A layer, by its index.
    Layer(usize),
    /// `log_softmax` of the logits.
    LogSoftmax,
    /// The mean of minus the log-probabilities of the right classes.
    Loss,
}

/// One step of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetworkStep {
    /// The op computes its output.
    Forward(Card),
    /// The gradient of the loss by itself: 1.
    Seed,
    /// The op turns the gradient that arrived into those of its input and its parameters.
    Backward(Card),
    /// A parameter moves, by its place among all parameters.
    Update(usize),
}

impl NetworkStep {
    /// The part of the training step that it belongs to.
    pub fn phase(self) -> Phase {
        match self {
            NetworkStep::Forward(_) => Phase::Forward,
            NetworkStep::Seed | NetworkStep::Backward(_) => Phase::Backward,
            NetworkStep::Update(_) => Phase::Update,
        }
    }
}

/// The ops of a network, in the order of computation.
pub fn cards(trace: &NetworkTrace) -> Vec<Card> {
    (0..trace.layers.len()).map(Card::Layer).chain([Card::LogSoftmax, Card::Loss]).collect()
}

/// All steps of one training step.
pub fn steps(trace: &NetworkTrace) -> Vec<NetworkStep> {
    let cards = cards(trace);
    let forward = cards.iter().copied().map(NetworkStep::Forward);
    let backward = cards.iter().rev().copied().map(NetworkStep::Backward);
    let update = (0..trace.parameters().count()).map(NetworkStep::Update);
    forward.chain([NetworkStep::Seed]).chain(backward).chain(update).collect()
}

/// Where each phase ends, in steps.
pub fn ends(steps: &[NetworkStep]) -> [usize; 3] {
    [Phase::Forward, Phase::Backward, Phase::Update]
        .map(|phase| steps.iter().rposition(|step| step.phase() == phase).map_or(0, |last| last + 1))
}

/// The PyTorch line that a step stands for, for a model that is an `nn.Sequential`.
pub fn pytorch_line(trace: &NetworkTrace, step: NetworkStep, optimizer: &Optimizer) -> String {
    match step {
        NetworkStep::Forward(Card::Layer(index)) => {
            let view = &trace.layers[index];
            format!("x = model[{index}](x)  # {}", module(view.layer, &view.input.shape))
        }
        NetworkStep::Forward(Card::LogSoftmax) => "log_p = F.log_softmax(x, dim=1)".to_string(),
        NetworkStep::Forward(Card::Loss) => "loss = F.nll_loss(log_p, target)".to_string(),
        NetworkStep::Seed => "loss.backward()".to_string(),
        NetworkStep::Backward(Card::Layer(index)) => {
            let view = &trace.layers[index];
            // In training dropout multiplies by the mask.
            format!("# {}", if view.is_masked() { "MulBackward0" } else { grad_fn(view.layer) })
        }
        NetworkStep::Backward(Card::LogSoftmax) => "# LogSoftmaxBackward0".to_string(),
        NetworkStep::Backward(Card::Loss) => "# NllLossBackward0".to_string(),
        NetworkStep::Update(place) => {
            trace.parameters().nth(place).map(|parameter| optimizer.pytorch(&parameter.name)).unwrap_or_default()
        }
    }
}

/// How PyTorch writes a layer.
pub fn module(layer: LayerSpec, input: &[usize]) -> String {
    match layer {
        LayerSpec::Linear { units } => format!("nn.Linear({}, {units})", input[1..].iter().product::<usize>()),
        LayerSpec::Convolution { channels, kernel, stride, padding } => {
            let stride = if stride == 1 { String::new() } else { format!(", stride={stride}") };
            let padding = if padding == 0 { String::new() } else { format!(", padding={padding}") };
            format!("nn.Conv2d({}, {channels}, {kernel}{stride}{padding})", input.get(1).copied().unwrap_or(1))
        }
        LayerSpec::MaxPool { kernel } => format!("nn.MaxPool2d({kernel})"),
        LayerSpec::AveragePool { kernel } => format!("nn.AvgPool2d({kernel})"),
        LayerSpec::Flatten => "nn.Flatten()".to_string(),
        LayerSpec::Dropout { probability } => format!("nn.Dropout({probability})"),
        LayerSpec::Relu => "nn.ReLU()".to_string(),
        LayerSpec::LeakyRelu { slope } => format!("nn.LeakyReLU({slope})"),
        LayerSpec::Sigmoid => "nn.Sigmoid()".to_string(),
        LayerSpec::Tanh => "nn.Tanh()".to_string(),
        LayerSpec::Elu => "nn.ELU()".to_string(),
        LayerSpec::Selu => "nn.SELU()".to_string(),
        LayerSpec::Gelu => "nn.GELU()".to_string(),
        LayerSpec::Softplus => "nn.Softplus()".to_string(),
    }
}

fn grad_fn(layer: LayerSpec) -> &'static str {
    match layer {
        LayerSpec::Linear { .. } => "AddmmBackward0",
        LayerSpec::Convolution { .. } => "ConvolutionBackward0",
        LayerSpec::MaxPool { .. } => "MaxPool2DWithIndicesBackward0",
        LayerSpec::AveragePool { .. } => "AvgPool2DBackward0",
        LayerSpec::Flatten => "ViewBackward0",
        LayerSpec::Dropout { .. } => "nn.Dropout passes everything in evaluation",
        LayerSpec::Relu => "ReluBackward0",
        LayerSpec::LeakyRelu { .. } => "LeakyReluBackward0",
        LayerSpec::Sigmoid => "SigmoidBackward0",
        LayerSpec::Tanh => "TanhBackward0",
        LayerSpec::Elu | LayerSpec::Selu => "EluBackward0",
        LayerSpec::Gelu => "GeluBackward0",
        LayerSpec::Softplus => "SoftplusBackward0",
    }
}
