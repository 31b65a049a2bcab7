//! The rule of the current step: in symbols, with numbers, as a sentence, and as the PyTorch line that does the same.

use super::model::Model;
use super::spoken::{spoken, written};
use crate::explain::formula::{mathml, plain_number, rule};
use crate::explain::trace::Step;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// Formulas and sentence of the step that was taken last.
#[component]
pub fn RuleView(model: Model) -> impl IntoView {
    let i18n = use_i18n();
    let sentence = move || {
        let name = |id: usize| model.program.with(|program| program.label(id));
        let n = plain_number;
        match model.step() {
            None => t_string!(i18n, backprop.say_start).to_string(),
            Some(Step::Forward { node, value }) => {
                t_string!(i18n, backprop.say_forward, name = name(node), value = n(value))
            }
            Some(Step::Seed { node }) => t_string!(i18n, backprop.say_seed, name = name(node)),
            Some(Step::Backward { node, input, upstream, slope, product, before: None, .. }) => t_string!(
                i18n,
                backprop.say_backward,
                node = name(node),
                input = name(input),
                upstream = n(upstream),
                slope = n(slope),
                product = n(product)
            ),
            Some(Step::Backward { node, input, upstream, slope, product, before: Some(before), after, .. }) => t_string!(
                i18n,
                backprop.say_backward_add,
                node = name(node),
                input = name(input),
                upstream = n(upstream),
                slope = n(slope),
                product = n(product),
                before = n(before),
                after = n(after)
            ),
            Some(Step::Update { node, before, gradient, learning_rate, after }) => t_string!(
                i18n,
                backprop.say_update,
                name = name(node),
                before = n(before),
                rate = n(learning_rate),
                gradient = n(gradient),
                after = n(after)
            ),
        }
    };
    let formulas = move || {
        let step = model.step()?;
        let shown = model.program.with(|program| model.state.with(|state| rule(program, &step, state)));
        let said = model.program.with(|program| spoken(i18n, program, &step));
        let line = |title: &'static str, tex: String, label: &str, test_id: &'static str| {
            view! {
                <div class="rule-line">
                    <dt>{title}</dt>
                    <dd data-testid=test_id inner_html=mathml(&tex, label, true)></dd>
                </div>
            }
        };
        Some(view! {
            <dl class="rule-lines">
                {line(t_string!(i18n, backprop.rule_symbols), shown.symbols, &said.symbols, "rule-symbols")}
                {shown.slope.map(|slope| line(t_string!(i18n, backprop.rule_slope), slope, &said.slope, "rule-slope"))}
                {line(t_string!(i18n, backprop.rule_numbers), shown.numbers, &said.numbers, "rule-numbers")}
                {shown.sum.map(|sum| line(t_string!(i18n, backprop.rule_sum), sum, &said.sum, "rule-sum"))}
            </dl>
        })
    };
    let pytorch = move || {
        let step = model.step()?;
        let lines = model.program.with(|program| match step {
            Step::Forward { node, .. } | Step::Backward { node, .. } => {
                let operands: Vec<String> =
                    program.nodes[node].operands.iter().map(|operand| written(program, operand)).collect();
                let operation = program.nodes[node].operation;
                let line = format!("{} = {}", program.label(node), operation.pytorch(&operands));
                match operation.grad_fn() {
                    Some(grad_fn) => format!("{line}  # grad_fn=<{grad_fn}>"),
                    None => line,
                }
            }
            Step::Seed { node } => format!("{}.backward()", program.label(node)),
            Step::Update { node, learning_rate, .. } => {
                let name = program.label(node);
                format!("with torch.no_grad(): {name} -= {learning_rate} * {name}.grad")
            }
        });
        Some(lines)
    };
    view! {
        <section class="rule panel" aria-label=t!(i18n, backprop.rule)>
            <p class="rule-sentence" role="status" aria-live="polite" data-testid="rule">{sentence}</p>
            {formulas}
            {move || pytorch().map(|line| view! { <pre class="rule-code"><code>{line}</code></pre> })}
        </section>
    }
}
