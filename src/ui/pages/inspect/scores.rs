//! The ten logits, which can be moved by hand, the probabilities that follow, the loss, and the Jacobian between them.

use super::jacobian::JacobianView;
use super::subject::Subject;
use crate::explain::digits::plain_number;
use crate::explain::jacobian::SoftmaxJacobian;
use crate::ui::components::{Choice, NumberField};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::route::use_setting_where;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// What "softer" divides the logits by.
const SOFTER: f64 = 10.0;

/// Logits, probabilities, loss.
#[component]
pub fn Scores(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let changed = use_setting_where("logits", String::new(), |text| text.is_empty() || read_moved(text).is_some());
    let computed = Memo::new(move |_| {
        subject.trace.with(|trace| {
            trace
                .as_ref()
                .map(|trace| trace.logits.data.iter().map(|&x| f64::from(x)).collect::<Vec<_>>())
                .unwrap_or_default()
        })
    });
    // A change by hand is to these very logits: it is gone as soon as those are others.
    let logits = Memo::new(move |_| {
        let computed = computed.get();
        match read_moved(&changed.get()) {
            Some((of, to)) if of == mark_of(&computed) && to.len() == computed.len() => to,
            _ => computed,
        }
    });
    let move_to = move |to: &[f64]| changed.set(write_moved(&computed.get_untracked(), to));
    let jacobian = Memo::new(move |_| logits.with(|logits| SoftmaxJacobian::new(logits).ok()));
    let probability = move |k: usize| jacobian.with(|jacobian| jacobian.as_ref()?.probabilities.get(k).copied());
    let loss = Memo::new(move |_| {
        jacobian.with(|jacobian| jacobian.as_ref()?.collapse(subject.label.get()).ok().map(|collapse| collapse.loss))
    });
    let set = move |k: usize, value: f64| {
        let mut to = logits.get_untracked();
        if let Some(logit) = to.get_mut(k) {
            *logit = value;
            move_to(&to);
        }
    };
    // Scores far apart leave probabilities of 0 and 1, and nothing that moves.
    let stiff = Memo::new(move |_| {
        jacobian.with(|jacobian| jacobian.as_ref().is_some_and(|jacobian| jacobian.probabilities.iter().any(|p| *p > 0.999)))
    });
    let soften = move |_| move_to(&logits.get_untracked().iter().map(|logit| logit / SOFTER).collect::<Vec<_>>());
    let bound = Memo::new(move |_| {
        computed.with(|computed| computed.iter().fold(30.0, |bound: f64, logit| bound.max(logit.abs().ceil())))
    });
    let count = Memo::new(move |_| logits.with(Vec::len));
    let row = move |k: usize| {
        let logit = Memo::new(move |_| logits.with(|logits| logits.get(k).copied().unwrap_or(0.0)));
        let share = move || probability(k).unwrap_or(0.0);
        let difference = move || share() - f64::from(u8::from(subject.label.get() == k));
        view! {
            <tr data-target=move || (subject.label.get() == k).to_string()>
                <th scope="row">{k}</th>
                <td class="score-field">
                    <NumberField label=move || format!("a{k}") value=logit step=0.1 on_change=Callback::new(move |value| set(k, value)) />
                </td>
                <td class="score-slider">
                    <input
                        type="range"
                        min=move || -bound.get()
                        max=move || bound.get()
                        step="0.1"
                        data-testid=format!("logit-{k}")
                        data-value=move || logit.get().to_string()
                        aria-label=move || t_string!(i18n, inspect.logit, digit = k)
                        prop:value=move || logit.get().to_string()
                        on:input:target=move |event| if let Ok(value) = event.target().value().parse() { set(k, value) }
                    />
                </td>
                <td class="score-bar"><span class="bar-track" aria-hidden="true"><span class="bar-fill" style:transform=move || format!("scaleX({:.4})", share())></span></span></td>
                <td data-testid=format!("inspect-probability-{k}") data-value=move || share().to_string()>{move || format!("{:.2} %", share() * 100.0)}</td>
                <td>{move || plain_number(difference())}</td>
            </tr>
        }
    };
    let targets = Signal::derive(move || {
        std::iter::once(("auto".to_string(), TextProp::from(move || t_string!(i18n, inspect.target_auto).to_string())))
            .chain((0..10).map(|digit| (digit.to_string(), TextProp::from(digit.to_string()))))
            .collect::<Vec<_>>()
    });
    let target = subject.target();
    view! {
        <section class="scores" aria-label=t!(i18n, inspect.scores)>
            <div class="scores-head">
                <Choice label=t!(i18n, inspect.target) options=targets value=target.signal() on_change=Callback::new(move |value| target.set(value)) test_id="target" />
                <p class="loss">
                    {t!(i18n, inspect.loss)} " "
                    <output data-testid="inspect-loss" data-value=move || loss.get().map(|loss| loss.to_string()).unwrap_or_default()>
                        {move || loss.get().map(plain_number).unwrap_or_default()}
                    </output>
                    <span class="muted">{move || loss.get().map(|_| format!("  = −log p[{}]", subject.label.get()))}</span>
                </p>
                {move || (logits.get() != computed.get()).then(|| view! {
                    <button type="button" class="small" data-testid="logits-reset" on:click=move |_| changed.set(String::new())>{t!(i18n, inspect.logits_reset)}</button>
                })}
            </div>
            <div class="table-scroll scores-table" tabindex="0">
                <table class="numbers">
                    <thead><tr>
                        <th scope="col">{t!(i18n, inspect.digit)}</th><th scope="col" colspan="2">{t!(i18n, inspect.logit_column)}</th>
                        <th scope="col" colspan="2">{t!(i18n, inspect.probability)}</th><th scope="col">"p − y"</th>
                    </tr></thead>
                    <tbody>{move || (0..count.get()).map(row).collect_view()}</tbody>
                </table>
            </div>
            {move || stiff.get().then(|| view! {
                <p class="small muted stiff">
                    {t!(i18n, inspect.stiff)} " "
                    <button type="button" class="small" data-testid="soften" on:click=soften>{t!(i18n, inspect.soften)}</button>
                </p>
            })}
            <JacobianView logits=logits target=subject.label />
        </section>
    }
}

/// By what a change tells to which logits it was made.
fn mark_of(logits: &[f64]) -> String {
    format!("{:.3}", logits.iter().sum::<f64>())
}

/// `mark:2.5:-1:...`: the mark, then the logits.
fn read_moved(text: &str) -> Option<(String, Vec<f64>)> {
    let (mark, logits) = text.split_once(':')?;
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    Some((mark.to_string(), logits.split(':').map(number).collect::<Option<Vec<_>>>()?))
}

fn write_moved(from: &[f64], to: &[f64]) -> String {
    let number = |logit: &f64| format!(":{}", *logit as f32);
    mark_of(from) + &to.iter().map(number).collect::<String>()
}
