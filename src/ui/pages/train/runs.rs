//! Earlier runs: ghost lines in the chart; named, compared, hidden, taken up again, removed.

use super::Settings;
use super::state::use_train;
use crate::export::link;
use crate::ui::components::show_number;
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;

/// The list of earlier runs; nothing as long as there are none.
#[component]
pub fn Runs() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let settings = expect_context::<Settings>();
    let numbers = Memo::new(move |_| train.runs.with(|runs| runs.iter().map(|run| run.number).collect::<Vec<_>>()));
    let row = move |number: u32| {
        let run = train.runs.with_untracked(|runs| runs.iter().find(|run| run.number == number).cloned())?;
        let shown = move || train.runs.with(|runs| runs.iter().any(|run| run.number == number && run.shown));
        let rename = move |name: String| {
            train.runs.update(|runs| {
                if let Some(run) = runs.iter_mut().find(|run| run.number == number) {
                    run.name = name;
                }
            });
        };
        let show = move |on: bool| {
            train.runs.update(|runs| {
                if let Some(run) = runs.iter_mut().find(|run| run.number == number) {
                    run.shown = on;
                }
            });
        };
        let query = if run.query.is_empty() { "model=cnn".to_owned() } else { run.query.replace('&', " ") };
        let again = run.query.clone();
        let take_up = move |_| settings.edit(|settings| *settings = link::read(&again).settings);
        Some(view! {
            <tr>
                <td><input type="checkbox" aria-label=t!(i18n, train.run_show, number = number) prop:checked=shown on:change:target=move |event| show(event.target().checked()) /></td>
                <td>
                    <input
                        type="text" class="run-name" aria-label=t!(i18n, train.run_name, number = number)
                        placeholder=t!(i18n, train.run_number, number = number)
                        prop:value=run.name.clone()
                        on:change:target=move |event| rename(event.target().value())
                    />
                    <br /><code class="small muted run-query">{query}</code>
                </td>
                <td>{run.steps}</td>
                <td>{show_number(run.loss)}</td>
                <td>{run.accuracy.map(|accuracy| format!("{:.2} %", accuracy * 100.0)).unwrap_or_else(|| "–".to_owned())}</td>
                <td class="run-buttons-cell">
                    <button type="button" class="quiet small" on:click=take_up>{t!(i18n, train.run_again)}</button>
                    <button type="button" class="quiet small" aria-label=t!(i18n, train.run_remove, number = number) on:click=move |_| train.runs.update(|runs| runs.retain(|run| run.number != number))>"✕"</button>
                </td>
            </tr>
        })
    };
    move || {
        (!numbers.with(Vec::is_empty)).then(|| {
            view! {
                <section class="pictures-block runs-block">
                    <h2 class="block-title">{t!(i18n, train.runs)}</h2>
                    <div class="table-scroll" tabindex="0">
                        <table class="numbers runs">
                            <thead>
                                <tr>
                                    <th scope="col">{t!(i18n, train.run_line)}</th>
                                    <th scope="col">{t!(i18n, train.run)}</th>
                                    <th scope="col">{t!(i18n, train.steps)}</th>
                                    <th scope="col">{t!(i18n, train.loss)}</th>
                                    <th scope="col">{t!(i18n, train.test_accuracy)}</th>
                                    <th scope="col"><span class="visually-hidden">{t!(i18n, train.run_again)}</span></th>
                                </tr>
                            </thead>
                            <tbody>{numbers.get().into_iter().map(row).collect_view()}</tbody>
                        </table>
                    </div>
                </section>
            }
        })
    }
}
