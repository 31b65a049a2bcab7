//! The layers over many test images at once: one image says little about a unit. Units that are never on, ends where no
//! gradient passes, and how large the gradient still is when it gets there.

use super::chooser::tests_failed;
use super::findings::{flow_words, percent};
use super::subject::{Subject, Tests, want_tests};
use crate::data::mnist::{PIXELS, normalise};
use crate::explain::badges::{Badges, NotFinite, badges, first_not_finite};
use crate::explain::digits::plain_number;
use crate::explain::network_trace::NetworkTrace;
use crate::ui::components::NumberField;
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::route::use_setting_where;
use leptos::prelude::*;
use std::sync::Arc;

/// Images at most: each keeps all its intermediates.
const MOST: usize = 200;

/// What is wrong with each layer over a batch.
#[component]
pub fn OverBatch(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let count = use_setting_where("count", 50, |count: &usize| (1..=MOST).contains(count));
    Effect::new(move |_| want_tests(subject.tests));
    let trace = Memo::new(move |_| {
        let Tests::Ready(images) = subject.tests.get() else { return None };
        let count = count.get().min(images.len());
        let pixels = normalise(&images.pixels[..count * PIXELS]);
        let labels: Vec<usize> = images.labels[..count].iter().map(|&label| usize::from(label)).collect();
        NetworkTrace::new(&subject.network_now()?, &pixels, &labels).ok().map(Arc::new)
    });
    let summary = move || match (subject.tests.get(), trace.get()) {
        (Tests::Failed(problem), _) => tests_failed(i18n, &problem),
        (Tests::Ready(_), Some(trace)) => {
            let right = (0..trace.images()).filter(|&image| trace.read(image) == trace.labels[image]).count();
            t_string!(
                i18n,
                inspect.batch_summary,
                count = trace.images(),
                right = right,
                loss = plain_number(f64::from(trace.loss))
            )
        }
        _ => t_string!(i18n, inspect.tests_loading).to_string(),
    };
    let notice = move || trace.with(|trace| not_finite_sentence(i18n, trace.as_ref()?));
    let rows = move || {
        trace.with(|trace| {
            let trace = trace.as_ref()?;
            let names = trace.layers.iter().map(|view| view.layer.to_string());
            Some(
                names
                    .zip(badges(trace))
                    .enumerate()
                    .map(|(index, (name, found))| row(i18n, index, name, found))
                    .collect_view(),
            )
        })
    };
    view! {
        <section class="over-batch" aria-label=t!(i18n, inspect.tab_batch)>
            <div class="batch-head">
                <NumberField label=t!(i18n, inspect.batch_count) value=Signal::derive(move || count.get() as f64) min=1.0 max=MOST as f64 step=10.0
                    whole=true on_change=Callback::new(move |value: f64| count.set(value as usize)) test_id="batch-count" />
                <p role="status" data-testid="batch-summary">{summary}</p>
            </div>
            {move || notice().map(|text| view! { <p class="problem-sentence">{text}</p> })}
            <div class="table-scroll" tabindex="0">
                <table class="numbers" data-testid="batch-layers">
                    <thead><tr>
                        <th scope="col">{t!(i18n, inspect.layer)}</th><th scope="col">{t!(i18n, inspect.batch_dead)}</th>
                        <th scope="col">{t!(i18n, inspect.batch_saturated)}</th><th scope="col">{t!(i18n, inspect.batch_gradient)}</th>
                        <th scope="col">{t!(i18n, inspect.batch_relative)}</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="muted small">{t!(i18n, inspect.batch_hint)}</p>
        </section>
    }
}

fn row(i18n: I18n, index: usize, name: String, found: Badges) -> impl IntoView {
    let dead = found.dead.as_ref().map(|dead| {
        let which = dead.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let share = t_string!(i18n, inspect.batch_dead_of, dead = dead.len(), units = found.units);
        view! { <span>{share}</span> {(!dead.is_empty()).then(|| view! { <span class="muted dead-units">{which}</span> })} }
    });
    let dead_share = found.dead_share().map(|share| share.to_string());
    let saturated = found.saturated.map(|share| format!("{} %", percent(share)));
    let flag = flow_words(i18n, found.relative);
    view! {
        <tr data-testid=format!("batch-layer-{index}")>
            <th scope="row">{format!("{} {name}", index + 1)}</th>
            <td data-value=dead_share>{dead}</td>
            <td>{saturated}</td>
            <td>{plain_number(found.gradient)}</td>
            <td>{plain_number(found.relative)} {flag.map(|text| view! { " " <span class="badge">{text}</span> })}</td>
        </tr>
    }
}

fn not_finite_sentence(i18n: I18n, trace: &NetworkTrace) -> Option<String> {
    let place: NotFinite = first_not_finite(trace)?;
    Some(super::layers::nan_sentence(i18n, trace, &place))
}
