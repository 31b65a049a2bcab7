//! A step in words: the sentence beside the formulas, and what a screen reader says for each of them, with the same names and
//! the same written numbers.

use crate::explain::expression::Program;
use crate::explain::trace::Step;
use crate::explain::written::{Written, WrittenEdge};
use crate::ui::i18n::{I18n, t_string};

/// A sentence for each line of a [`crate::explain::formula::Rule`].
#[derive(Default)]
pub struct Spoken {
    pub symbols: String,
    pub slope: String,
    pub numbers: String,
    pub sum: String,
}

/// What a step does, as a sentence.
pub fn said(i18n: I18n, program: &Program, step: &Step, written: &Written) -> String {
    let name = |id: usize| program.label(id);
    match (*step, written.clone()) {
        (Step::Backward { node, input, .. }, Written::Backward(WrittenEdge { upstream, slope, product, sum, .. })) => {
            let (node, input) = (name(node), name(input));
            match sum {
                None => t_string!(
                    i18n,
                    backprop.say_backward,
                    node = node,
                    input = input,
                    upstream = upstream,
                    slope = slope,
                    product = product
                ),
                Some((before, after)) => t_string!(
                    i18n,
                    backprop.say_backward_add,
                    node = node,
                    input = input,
                    upstream = upstream,
                    slope = slope,
                    product = product,
                    before = before,
                    after = after
                ),
            }
        }
        (Step::Update { node, .. }, Written::Update { before, rate, gradient, after }) => t_string!(
            i18n,
            backprop.say_update,
            name = name(node),
            before = before,
            rate = rate,
            gradient = gradient,
            after = after
        ),
        (Step::Forward { node, .. }, Written::Forward { value, .. }) => {
            t_string!(i18n, backprop.say_forward, name = name(node), value = value)
        }
        (step, _) => t_string!(i18n, backprop.say_seed, name = name(step.node())),
    }
}

/// The sentences of a step.
pub fn spoken(i18n: I18n, program: &Program, step: &Step, written: &Written) -> Spoken {
    let name = |id: usize| program.label(id);
    match (*step, written.clone()) {
        (Step::Forward { node, .. }, Written::Forward { value, .. }) => Spoken {
            symbols: t_string!(i18n, backprop.read_forward, name = name(node), text = in_python(program, node)),
            numbers: t_string!(i18n, backprop.read_value, name = name(node), value = value),
            ..Spoken::default()
        },
        (Step::Backward { node, input, .. }, Written::Backward(WrittenEdge { upstream, slope, product, sum, .. })) => {
            let (output, input, node) = (name(program.output), name(input), name(node));
            let sum = sum.map(|(before, after)| {
                t_string!(i18n, backprop.read_sum, left = before, right = product.clone(), sum = after)
            });
            Spoken {
                symbols: t_string!(i18n, backprop.read_rule, output = output, input = input.clone(), node = node.clone()),
                slope: t_string!(i18n, backprop.read_slope, node = node, input = input, slope = slope.clone()),
                numbers: t_string!(i18n, backprop.read_product, left = upstream, right = slope, product = product),
                sum: sum.unwrap_or_default(),
            }
        }
        (Step::Update { node, .. }, Written::Update { before, rate, gradient, after }) => Spoken {
            symbols: t_string!(i18n, backprop.read_update, name = name(node)),
            numbers: t_string!(i18n, backprop.read_moved, before = before, rate = rate, gradient = gradient, after = after),
            ..Spoken::default()
        },
        (step, _) => {
            let text = t_string!(i18n, backprop.read_seed, name = name(step.node()));
            Spoken { symbols: text.clone(), numbers: text, ..Spoken::default() }
        }
    }
}

/// A node's operation as it is written in PyTorch.
pub fn in_python(program: &Program, node: usize) -> String {
    use crate::explain::expression::Operand;
    let node = &program.nodes[node];
    let operand = |operand: &Operand| match operand {
        Operand::Node(id) => program.label(*id),
        Operand::Number(number) => node.operation.pytorch_number(*number),
    };
    node.operation.pytorch(&node.operands.iter().map(operand).collect::<Vec<_>>())
}
