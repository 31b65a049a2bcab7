//! A training run as a PyTorch script that needs nothing but torch and the IDX files, and gives the page's losses from the
//! same seed: alone, or on several processes under `torchrun`. `template.py` is the script; this fills in its places.

use crate::error::Result;
use crate::nn::optimizer::{OptimizerKind, OptimizerSettings};
use crate::nn::schedule::Schedule;
use crate::nn::spec::{LayerSpec, NetworkSpec};
use crate::trainer::settings::{Initialization, TrainSettings};

/// The script for these settings. An error where the network does not read.
///
/// ```
/// use gradlab::{export::pytorch, trainer::settings::TrainSettings};
/// let script = pytorch::script(&TrainSettings::for_model("cnn"))?;
/// assert!(script.contains("nn.Conv2d(1, 10, 5)"));
/// # Ok::<(), gradlab::Error>(())
/// ```
pub fn script(settings: &TrainSettings) -> Result<String> {
    let spec = settings.network()?;
    let drops = spec.layers.iter().any(|layer| matches!(layer, LayerSpec::Dropout { .. }));
    let network = Network::of(&spec)?;
    let image_shape = if network.flat { "-1, 784" } else { "-1, 1, 28, 28" };
    let (schedule, each_step, schedule_epoch) = schedule(&settings.schedule);
    let stopping = settings.patience.map(stopping).unwrap_or_default();
    let watched = if held_out(settings) { "evaluate(validation_images, validation_labels)[0]" } else { "test_loss" };
    let mut each_epoch = String::new();
    if !schedule_epoch.is_empty() || settings.patience.is_some() {
        each_epoch += &format!("        watched = {watched}\n{schedule_epoch}");
    }
    each_epoch += &stopping.1;
    let places = [
        ("model", spec.to_string()),
        ("seed", settings.seed.to_string()),
        ("imports", if network.named { "from collections import OrderedDict\n".to_string() } else { String::new() }),
        ("steps", settings.last_step().to_string()),
        ("image_shape", image_shape.to_string()),
        ("dropout", if drops { DROPOUT.to_string() } else { String::new() }),
        ("split", split(settings)),
        ("batch", settings.batch.to_string()),
        ("network", network.code),
        ("initialization", initialization(settings.initialization)),
        ("optimizer", optimizer(&settings.optimizer)),
        ("schedule", schedule),
        ("before", stopping.0),
        ("set_rows", if drops { "        Dropout.rows = slice(first, last), len(order)\n" } else { "" }.to_string()),
        ("penalty", penalty(settings.optimizer.l1)),
        ("each_step", each_step),
        ("each_epoch", each_epoch),
    ];
    let mut text = include_str!("template.py").to_string();
    for (name, value) in places {
        text = text.replace(&format!("{{{{{name}}}}}"), &value);
    }
    Ok(text)
}

/// A dropout whose mask does not depend on how many processes share a batch, nor on the device.
const DROPOUT: &str = r#"class Dropout(nn.Module):
    """nn.Dropout, with a mask for the whole batch drawn on the CPU: every process, every device gets the same one."""

    rows = None  # this process's rows, and the size of the batch

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        part, size = Dropout.rows
        mask = torch.empty(size, *x.shape[1:]).bernoulli_(1 - self.p).div_(1 - self.p)
        return x * mask[part].to(x.device)


"#;

/// The model in Python.
struct Network {
    code: String,
    /// Pictures come as rows of 784: no layer wants them otherwise.
    flat: bool,
    /// Layers have names, because one was put in that the numbering does not count.
    named: bool,
}

impl Network {
    fn of(spec: &NetworkSpec) -> Result<Network> {
        let shapes = spec.shapes()?;
        let mut lines = Vec::new();
        let flat = !spec.layers.iter().any(|layer| {
            matches!(
                layer,
                LayerSpec::Convolution { .. }
                    | LayerSpec::MaxPool { .. }
                    | LayerSpec::AveragePool { .. }
                    | LayerSpec::Flatten
            )
        });
        let mut named = false;
        let mut entries = Vec::new();
        for (i, layer) in spec.layers.iter().enumerate() {
            let before: &[usize] = if i == 0 { &spec.input } else { &shapes[i - 1] };
            if matches!(layer, LayerSpec::Linear { .. }) && before.len() > 1 && !flat {
                named = true;
                entries.push((format!("flatten{i}"), "nn.Flatten()".to_string()));
            }
            entries.push((i.to_string(), class(layer, before)));
        }
        for (name, code) in entries {
            lines.push(if named { format!("    (\"{name}\", {code}),\n") } else { format!("    {code},\n") });
        }
        let code = match named {
            true => format!("nn.Sequential(OrderedDict([\n{}]))", lines.concat()),
            false => format!("nn.Sequential(\n{})", lines.concat()),
        };
        Ok(Network { code, flat, named })
    }
}

/// A layer as PyTorch makes it. `before`: sizes of one example that comes in.
fn class(layer: &LayerSpec, before: &[usize]) -> String {
    match *layer {
        LayerSpec::Linear { units } => format!("nn.Linear({}, {units})", before.iter().product::<usize>()),
        LayerSpec::Convolution { channels, kernel, stride, padding } => {
            let mut code = format!("nn.Conv2d({}, {channels}, {kernel}", before.first().copied().unwrap_or(1));
            if stride != 1 {
                code += &format!(", stride={stride}");
            }
            if padding != 0 {
                code += &format!(", padding={padding}");
            }
            code + ")"
        }
        LayerSpec::MaxPool { kernel } => format!("nn.MaxPool2d({kernel})"),
        LayerSpec::AveragePool { kernel } => format!("nn.AvgPool2d({kernel})"),
        LayerSpec::Flatten => "nn.Flatten()".to_string(),
        LayerSpec::Dropout { probability } => format!("Dropout({probability:?})"),
        LayerSpec::Relu => "nn.ReLU()".to_string(),
        LayerSpec::LeakyRelu { slope } => format!("nn.LeakyReLU({slope:?})"),
        LayerSpec::Sigmoid => "nn.Sigmoid()".to_string(),
        LayerSpec::Tanh => "nn.Tanh()".to_string(),
        LayerSpec::Elu => "nn.ELU()".to_string(),
        LayerSpec::Selu => "nn.SELU()".to_string(),
        LayerSpec::Gelu => "nn.GELU()".to_string(),
        LayerSpec::Softplus => "nn.Softplus()".to_string(),
    }
}

fn held_out(settings: &TrainSettings) -> bool {
    settings.folds >= 2 || settings.validation > 0
}

/// Which of the training pictures are used, and which are kept back.
fn split(settings: &TrainSettings) -> String {
    let mut code = format!("images, labels = images[:{0}], labels[:{0}]\n", settings.examples);
    if settings.folds >= 2 {
        code += &format!(
            "# Fold {} of {} is held out.\nfolds = list(torch.arange(len(labels)).tensor_split({}))\n\
             held_out = folds.pop({})\nrest = torch.cat(folds)\n",
            settings.fold + 1,
            settings.folds,
            settings.folds,
            settings.fold.min(settings.folds - 1)
        );
    } else if settings.validation > 0 {
        code += &format!(
            "# The last pictures are held out.\nrest, held_out = torch.arange(len(labels)).split([len(labels) - {0}, {0}])\n",
            settings.validation.min(settings.examples.saturating_sub(1))
        );
    } else {
        return code;
    }
    code + "validation_images, validation_labels = images[held_out], labels[held_out]\n\
            images, labels = images[rest], labels[rest]\n"
}

fn initialization(choice: Initialization) -> String {
    match choice {
        Initialization::Default => String::new(),
        Initialization::Kaiming => "for layer in model:\n    if isinstance(layer, (nn.Linear, nn.Conv2d)):\n        \
                                    nn.init.kaiming_normal_(layer.weight)\n        nn.init.zeros_(layer.bias)\n"
            .to_string(),
    }
}

fn optimizer(settings: &OptimizerSettings) -> String {
    let mut arguments = vec![format!("lr={:?}", settings.learning_rate)];
    let plain = OptimizerSettings::new(settings.kind, settings.learning_rate);
    let mut put = |name: &str, value: f64, usual: f64| {
        if value != usual {
            arguments.push(format!("{name}={value:?}"));
        }
    };
    match settings.kind {
        OptimizerKind::Sgd => {
            put("momentum", settings.momentum, 0.0);
            put("dampening", settings.dampening, 0.0);
        }
        OptimizerKind::RmsProp => {
            put("momentum", settings.momentum, 0.0);
            put("alpha", settings.alpha, plain.alpha);
            put("eps", settings.epsilon, plain.epsilon);
        }
        OptimizerKind::Adam | OptimizerKind::AdamW => put("eps", settings.epsilon, plain.epsilon),
    }
    put("weight_decay", settings.weight_decay, plain.weight_decay);
    if matches!(settings.kind, OptimizerKind::Adam | OptimizerKind::AdamW) {
        arguments.push(format!("betas=({:?}, {:?})", settings.beta1, settings.beta2));
    }
    if settings.nesterov && settings.kind == OptimizerKind::Sgd {
        arguments.push("nesterov=True".to_string());
    }
    format!("torch.optim.{}(parameters, {})", settings.kind.class_name(), arguments.join(", "))
}

/// The schedule, what it does after a step, and what after an epoch.
fn schedule(schedule: &Schedule) -> (String, String, String) {
    let made = |code: String| format!("schedule = torch.optim.lr_scheduler.{code}\n");
    let each_epoch = "        schedule.step()\n".to_string();
    match *schedule {
        Schedule::Constant => Default::default(),
        Schedule::Step { every, gamma } => {
            (made(format!("StepLR(optimizer, {every}, {gamma:?})")), String::new(), each_epoch)
        }
        Schedule::Exponential { gamma } => (made(format!("ExponentialLR(optimizer, {gamma:?})")), String::new(), each_epoch),
        Schedule::Cosine { epochs } => (made(format!("CosineAnnealingLR(optimizer, {epochs})")), String::new(), each_epoch),
        Schedule::Plateau { patience, factor } => (
            made(format!("ReduceLROnPlateau(optimizer, factor={factor:?}, patience={patience})")),
            String::new(),
            "        schedule.step(watched)\n".to_string(),
        ),
        Schedule::OneCycle { epochs } => (
            made(format!(
                "OneCycleLR(\n    optimizer, optimizer.param_groups[0][\"lr\"], total_steps={epochs} * steps_per_epoch, cycle_momentum=False)"
            )),
            format!("        if step + 1 < {epochs} * steps_per_epoch:\n            schedule.step()\n"),
            String::new(),
        ),
    }
}

/// The L1 penalty's gradient; the loss that is printed is without the penalty.
fn penalty(l1: f64) -> String {
    if l1 == 0.0 {
        return String::new();
    }
    format!("        for parameter in parameters:\n            parameter.grad += {l1:?} * parameter.detach().sign()\n")
}

/// Early stopping: what stands before the loop, and at an epoch's end.
fn stopping(patience: usize) -> (String, String) {
    (
        "best, best_epoch, kept = float(\"inf\"), 0, None\n".to_string(),
        format!(
            "        if watched < best:\n            best, best_epoch = watched, epoch\n            \
             kept = {{name: value.clone() for name, value in model.state_dict().items()}}\n        \
             elif epoch >= best_epoch + {patience}:\n            model.load_state_dict(kept)\n            break\n"
        ),
    )
}
