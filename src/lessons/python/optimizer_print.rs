//! Optimizers as PyTorch prints them.

use super::optimizers::Optimizer;
use crate::lessons::print;
use crate::nn::optimizer::OptimizerKind;

impl Optimizer {
    /// As PyTorch prints it: all settings, by name.
    pub fn show(&self) -> String {
        let own = *self.settings.borrow();
        let number = |value: f64| if value == 0.0 { "0".to_owned() } else { print::float(value) };
        let truth = |value: bool| if value { "True" } else { "False" }.to_owned();
        let mut lines = vec![
            ("differentiable", truth(false)),
            ("foreach", "None".to_owned()),
            ("lr", print::float(own.learning_rate)),
            ("maximize", truth(self.options.maximize)),
            ("weight_decay", number(own.weight_decay)),
        ];
        match own.kind {
            OptimizerKind::Sgd => lines.extend([
                ("dampening", number(own.dampening)),
                ("fused", "None".to_owned()),
                ("momentum", number(own.momentum)),
                ("nesterov", truth(own.nesterov)),
            ]),
            OptimizerKind::Adam | OptimizerKind::AdamW => lines.extend([
                ("amsgrad", truth(self.options.amsgrad)),
                ("betas", format!("({}, {})", print::float(own.beta1), print::float(own.beta2))),
                ("capturable", truth(false)),
                ("decoupled_weight_decay", truth(own.kind == OptimizerKind::AdamW)),
                ("eps", print::float(own.epsilon)),
                ("fused", "None".to_owned()),
            ]),
            OptimizerKind::RmsProp => lines.extend([
                ("alpha", print::float(own.alpha)),
                ("capturable", truth(false)),
                ("centered", truth(self.options.centered)),
                ("eps", print::float(own.epsilon)),
                ("momentum", number(own.momentum)),
            ]),
        }
        lines.sort_unstable();
        let lines: Vec<String> = lines.iter().map(|(name, value)| format!("    {name}: {value}\n")).collect();
        format!("{} (\nParameter Group 0\n{})", own.kind.class_name(), lines.concat())
    }
}
