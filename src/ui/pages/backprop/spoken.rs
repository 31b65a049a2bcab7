//! What a screen reader says for each formula of a step: the same names and numbers as the formula, as a sentence.

use crate::explain::expression::{Operand, Program};
use crate::explain::formula::plain_number;
use crate::explain::trace::Step;
use crate::ui::i18n::{I18n, t_string};

/// A sentence for each line of a [`crate::explain::formula::Rule`].
pub struct Spoken {
    pub symbols: String,
    pub slope: String,
    pub numbers: String,
    pub sum: String,
}

/// The sentences of a step.
pub fn spoken(i18n: I18n, program: &Program, step: &Step) -> Spoken {
    let name = |id: usize| program.label(id);
    let n = plain_number;
    let lines = |symbols: String, numbers: String| Spoken { symbols, numbers, slope: String::new(), sum: String::new() };
    match *step {
        Step::Forward { node, value } => {
            let operands: Vec<String> =
                program.nodes[node].operands.iter().map(|operand| written(program, operand)).collect();
            let text = program.nodes[node].operation.pytorch(&operands);
            lines(
                t_string!(i18n, backprop.read_forward, name = name(node), text = text),
                t_string!(i18n, backprop.read_value, name = name(node), value = n(value)),
            )
        }
        Step::Seed { node } => {
            let text = t_string!(i18n, backprop.read_seed, name = name(node));
            lines(text.clone(), text)
        }
        Step::Backward { node, input, upstream, slope, product, before, after, .. } => {
            let output = name(program.output);
            Spoken {
                symbols: t_string!(i18n, backprop.read_rule, output = output, input = name(input), node = name(node)),
                slope: t_string!(i18n, backprop.read_slope, node = name(node), input = name(input), slope = n(slope)),
                numbers: t_string!(i18n, backprop.read_product, left = n(upstream), right = n(slope), product = n(product)),
                sum: t_string!(i18n, backprop.read_sum, left = n(before.unwrap_or(0.0)), right = n(product), sum = n(after)),
            }
        }
        Step::Update { node, before, gradient, learning_rate, after } => lines(
            t_string!(i18n, backprop.read_update, name = name(node)),
            t_string!(
                i18n,
                backprop.read_moved,
                before = n(before),
                rate = n(learning_rate),
                gradient = n(gradient),
                after = n(after)
            ),
        ),
    }
}

/// An operand as it is written in PyTorch.
pub fn written(program: &Program, operand: &Operand) -> String {
    match operand {
        Operand::Node(id) => program.label(*id),
        Operand::Number(number) => format!("{number}"),
    }
}
