//! The Speed view: the course's networks on every device and number of workers that this browser has, each figure beside
//! the machine's own peak.

mod measurements;

use crate::ui::class_link::ClassLink;
use crate::ui::components::show_number;
use crate::ui::i18n::{Language, t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use measurements::Measurements;

/// The column of the rates.
const RATE: usize = 3;

/// Measure, read, copy.
#[component]
pub fn BenchPage() -> impl IntoView {
    let i18n = use_i18n();
    let measurements = Measurements::none();
    on_cleanup(move || measurements.leave());
    let Measurements { results, running, .. } = measurements;
    let toggle = move |_| if running.get_untracked() { measurements.stop() } else { measurements.start() };
    let label = move || if running.get() { t_string!(i18n, bench.stop) } else { t_string!(i18n, bench.start) };
    let peak = move || {
        let instructions = results.with(|results| results.first().map(|result| result.instructions.clone()))?;
        let peak = show_number((measurements.peak() * 10.0).round() / 10.0);
        Some(view! { <p data-testid="bench-peak">{t!(i18n, bench.peak, peak = peak, instructions = instructions)}</p> })
    };
    let table = move || {
        let mut rows = measurements.rows().into_iter();
        let head = rows.next().unwrap_or_default();
        let rows = rows.zip(measurements.shares()).map(|(row, share)| {
            let cells = row.into_iter().enumerate().map(|(column, cell)| match column {
                0 => view! { <th scope="row">{cell}</th> }.into_any(),
                // The rate as a bar too, to be compared at a glance.
                RATE => view! {
                    <td>
                        <span class="bench-rate">
                            <span class="bench-bar" aria-hidden="true"><span style=format!("width:{:.1}%", share * 100.0)></span></span>
                            {cell}
                        </span>
                    </td>
                }
                .into_any(),
                _ => view! { <td>{cell}</td> }.into_any(),
            });
            view! { <tr>{cells.collect_view()}</tr> }
        });
        view! {
            <table class="numbers bench" data-testid="bench-table">
                <thead><tr>{head.into_iter().map(|cell| view! { <th scope="col">{cell}</th> }).collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    let products = move || {
        let mut rows = measurements.products().into_iter();
        let head = rows.next().unwrap_or_default();
        let rows = rows.map(|row| {
            let mut cells = row.into_iter();
            let form = cells.next();
            view! { <tr><th scope="row">{form}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
        });
        view! {
            <table class="numbers" data-testid="bench-products">
                <caption>{t!(i18n, bench.products)}</caption>
                <thead><tr>{head.into_iter().map(|cell| view! { <th scope="col">{cell}</th> }).collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    view! {
        <h1>{t!(i18n, bench.title)}</h1>
        <p class="bench-what">{t!(i18n, bench.what)}</p>
        <p>
            <button type="button" class="primary" data-testid="bench-start" on:click=toggle>{label}</button>
            " "
            <button type="button" data-testid="bench-copy" disabled=move || results.with(Vec::is_empty) on:click=move |_| measurements.copy()>
                {t!(i18n, bench.copy)}
            </button>
        </p>
        {peak}
        <Show when=move || !results.with(Vec::is_empty)>
            <div class="table-scroll" tabindex="0">{table}</div>
            <div class="table-scroll" tabindex="0">{products}</div>
        </Show>
        <ClassLink parts=&[] names=|_, _| "" />
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![("Enter", td_string!(language, bench.key_start))]
}
