//! The rule of the current step: in symbols, with numbers, as a sentence, and as the PyTorch line that does the same.

use super::model::Model;
use super::spoken::{in_python, said, spoken};
use crate::explain::check::Check;
use crate::explain::formula::{mathml, rule};
use crate::explain::scalar_check::check_node;
use crate::explain::trace::{Position, Step, Trace};
use crate::explain::written::written;
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::pages::inspect::checking::{STEP, check_result};
use leptos::prelude::*;
use std::sync::Arc;

/// Formulas and sentence of the step that was taken last.
#[component]
pub fn RuleView(model: Model) -> impl IntoView {
    let i18n = use_i18n();
    let sentence = move || match model.shown() {
        None => t_string!(i18n, backprop.say_start).to_string(),
        Some((step, state)) => model.program.with(|program| said(i18n, program, &step, &written(program, &step, &state))),
    };
    let formulas = move || {
        let (step, state) = model.shown()?;
        let (shown, said) = model
            .program
            .with(|program| (rule(program, &step, &state), spoken(i18n, program, &step, &written(program, &step, &state))));
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
        let (step, _) = model.shown()?;
        let lines = model.program.with(|program| match step {
            Step::Forward { node, .. } | Step::Backward { node, .. } => {
                let line = format!("{} = {}", program.label(node), in_python(program, node));
                match program.nodes[node].grad_fn() {
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
    let found = RwSignal::new(None::<(Arc<Trace>, Position, Check)>);
    let complete = Memo::new(move |_| model.trace.with(|trace| trace.completed(model.position.get().step)));
    let run_check = move |_| {
        let (Some(node), position) = (complete.get_untracked(), model.position.get_untracked()) else { return };
        let (program, trace) = (model.program.get_untracked(), model.trace.get_untracked());
        if let Ok(check) = check_node(&program, &trace, node, STEP) {
            found.set(Some((trace, position, check)));
        }
    };
    let checked = move || {
        let (of, at, check) = found.get()?;
        let same = model.trace.with(|trace| Arc::ptr_eq(trace, &of)) && model.position.get() == at;
        same.then(|| check_result(i18n, &check))
    };
    let checking = move || {
        complete.get().map(|_| view! {
            <div class="checking">
                <button type="button" class="small" data-testid="check-node" on:click=run_check>{t!(i18n, inspect.check)}</button>
                {checked}
            </div>
        })
    };
    view! {
        <section class="rule panel" aria-label=t!(i18n, backprop.rule)>
            <p class="rule-sentence" role="status" aria-live="polite" data-testid="rule">{sentence}</p>
            {formulas}
            {move || pytorch().map(|line| view! { <pre class="rule-code"><code>{line}</code></pre> })}
            {checking}
        </section>
    }
}
