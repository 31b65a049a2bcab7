//! The expression to type, the presets, and the sentence that says where something is wrong.

use super::model::Model;
use crate::explain::problem::{Problem, ProblemKind};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use leptos::prelude::*;

/// What is wrong, as a sentence in the page's language.
pub fn sentence(i18n: I18n, kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::Empty => t_string!(i18n, backprop.wrong.empty).to_string(),
        ProblemKind::Character(character) => t_string!(i18n, backprop.wrong.character, character = character),
        ProblemKind::Number => t_string!(i18n, backprop.wrong.number).to_string(),
        ProblemKind::ValueExpected => t_string!(i18n, backprop.wrong.value_expected).to_string(),
        ProblemKind::OperatorExpected => t_string!(i18n, backprop.wrong.operator_expected).to_string(),
        ProblemKind::BracketOpen => t_string!(i18n, backprop.wrong.bracket_open).to_string(),
        ProblemKind::BracketClosed => t_string!(i18n, backprop.wrong.bracket_closed).to_string(),
        ProblemKind::NameExpected => t_string!(i18n, backprop.wrong.name_expected).to_string(),
        ProblemKind::UnknownFunction(name) => t_string!(i18n, backprop.wrong.unknown_function, name = name),
        ProblemKind::FunctionWithoutBrackets(name) => t_string!(i18n, backprop.wrong.without_brackets, name = name),
        ProblemKind::Arguments { function, expected, given } => {
            t_string!(i18n, backprop.wrong.arguments, name = function, expected = expected, given = given)
        }
        ProblemKind::UsedBeforeDefined(name) => t_string!(i18n, backprop.wrong.used_before, name = name),
        ProblemKind::AssignedTwice(name) => t_string!(i18n, backprop.wrong.assigned_twice, name = name),
        ProblemKind::DivisionByZero => t_string!(i18n, backprop.wrong.division_by_zero).to_string(),
        ProblemKind::NotFinite => t_string!(i18n, backprop.wrong.not_finite).to_string(),
        ProblemKind::TooDeep { limit } => t_string!(i18n, backprop.wrong.too_deep, limit = limit),
        ProblemKind::TooManyNodes { limit } => t_string!(i18n, backprop.wrong.too_many_nodes, limit = limit),
        ProblemKind::TooLong { limit } => t_string!(i18n, backprop.wrong.too_long, limit = limit),
    }
}

/// A part of a source with what stands around it, for pointing at a place: before, the place, after.
fn pointed(source: &str, span: &std::ops::Range<usize>) -> (String, String, String) {
    const AROUND: usize = 24;
    let start = span.start.min(source.len());
    let end = span.end.clamp(start, source.len());
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = source[end..].find('\n').map_or(source.len(), |at| end + at);
    let before: String = source[line_start..start].chars().rev().take(AROUND).collect();
    let place: String = source[start..end].chars().take(60).collect();
    let after: String = source[end..line_end].chars().take(AROUND).collect();
    let place = if place.trim().is_empty() { "▲".to_string() } else { place };
    (before.chars().rev().collect(), place, after)
}

/// The field for the expression. What cannot be read stays in the field; the last good graph stays in the drawing.
#[component]
pub fn Editor(
    model: Model,
    #[prop(into)] source: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let complaint = move || {
        let problem: Problem = model.problem.get()?;
        let (before, place, after) = source.with(|source| pointed(source, &problem.span));
        Some(view! {
            <p class="problem-sentence">{sentence(i18n, &problem.kind)}</p>
            <pre class="problem-place"><code>{before}<mark>{place}</mark>{after}</code></pre>
        })
    };
    // Values that the sliders lead to: a division by zero, a logarithm of nothing.
    let warning = move || {
        if model.problem.with(Option::is_some) {
            return None;
        }
        model.program.with(|program| {
            model.trace.with(|trace| {
                if let Some(node) = trace.first_not_finite() {
                    let text = program.nodes[node].span.clone();
                    let text = source.with(|source| source.get(text).unwrap_or_default().to_string());
                    let value = trace.values()[node].to_string().replace("inf", "∞");
                    return Some(t_string!(i18n, backprop.not_finite, place = text, value = value));
                }
                (!program.nodes.is_empty() && !trace.steps().is_empty() && !trace.requires_grad(program.output))
                    .then(|| t_string!(i18n, backprop.no_gradient).to_string())
            })
        })
    };
    let lines = move || source.with(|source| source.matches('\n').count() + 1).clamp(1, 8).to_string();
    view! {
        <div class="expression-field">
            <label class="field-label" for="expression-input">{t!(i18n, backprop.expression)}</label>
            <textarea
                id="expression-input"
                data-testid="expression"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="off"
                rows=lines
                prop:value=move || source.get()
                aria-invalid=move || model.problem.with(Option::is_some).to_string()
                aria-describedby="expression-problem"
                on:input:target=move |event| on_change.run(event.target().value())
            ></textarea>
            <div id="expression-problem" class="problem" role="status" aria-live="polite" data-testid="expression-problem">
                {complaint}
                {move || warning().map(|text| view! { <p class="problem-sentence">{text}</p> })}
            </div>
        </div>
    }
}
