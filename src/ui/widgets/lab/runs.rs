//! The lab's earlier runs: named, compared, hidden, removed; and the folds of a cross-validation.

use super::earlier::EarlierRun;
use super::points::FoldMap;
use super::state::LabState;
use crate::lessons::compute::short;
use crate::nn::folds::mean_and_spread;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// A row for each earlier run; nothing as long as there are none.
#[component]
pub fn Runs(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let numbers = Memo::new(move |_| state.earlier.with(|earlier| earlier.iter().map(|run| run.number).collect::<Vec<_>>()));
    let rows = move || numbers.get().into_iter().filter_map(|number| row(state, number)).collect_view();
    view! {
        <Show when=move || !numbers.with(Vec::is_empty)>
            <div class="table-scroll" tabindex="0">
                <table class="numbers lab-runs" data-testid="lab-runs">
                    <thead><tr>
                        <th scope="col">{t!(i18n, train.run_line)}</th>
                        <th scope="col">{t!(i18n, train.runs)}</th>
                        <th scope="col">{t!(i18n, learn.run_epochs)}</th>
                        <th scope="col">{t!(i18n, learn.run_best)}</th>
                        <th scope="col"><span class="visually-hidden">{t!(i18n, learn.forget_runs)}</span></th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Show>
    }
}

fn row(state: LabState, number: usize) -> Option<impl IntoView> {
    let i18n = use_i18n();
    let run = state.earlier.with_untracked(|earlier| earlier.iter().find(|run| run.number == number).cloned())?;
    let change = move |change: &dyn Fn(&mut EarlierRun)| {
        state.earlier.update(|earlier| earlier.iter_mut().filter(|run| run.number == number).for_each(change));
    };
    let best = run.best();
    let figures = best
        .map_or("–".to_owned(), |best| format!("{} · {:.0} %", short(best.validation), best.validation_accuracy * 100.0));
    Some(view! {
        <tr>
            <td><input
                type="checkbox"
                aria-label=t!(i18n, train.run_show, number = number)
                prop:checked=run.shown
                on:change:target=move |event| { let on = event.target().checked(); change(&|run| run.shown = on); }
            /></td>
            <td>
                <input
                    type="text" class="run-name" aria-label=t!(i18n, train.run_name, number = number)
                    placeholder=t!(i18n, train.run_number, number = number)
                    prop:value=run.name.clone()
                    on:change:target=move |event| { let name = event.target().value(); change(&|run| run.name.clone_from(&name)); }
                />
                <br /><code class="small muted run-query">{run.settings.clone()}</code>
            </td>
            <td>{run.records.len().saturating_sub(1)}</td>
            <td>{figures}</td>
            <td><button
                type="button" class="quiet small" aria-label=t!(i18n, train.run_remove, number = number)
                on:click=move |_| state.earlier.update(|earlier| earlier.retain(|run| run.number != number))
            >"✕"</button></td>
        </tr>
    })
}

/// The folds that are done, each with its accuracy as a bar; mean and spread of all.
#[component]
pub fn FoldResults(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        state.fold_results.get().into_iter().enumerate().map(|(fold, (loss, accuracy))| {
            view! {
                <div class="race-row">
                    <span>{t_string!(i18n, learn.fold, number = fold + 1)}</span>
                    <span class="series-track" aria-hidden="true"><span class="series-part" style=format!("left:0;width:{:.1}%", accuracy * 100.0)></span></span>
                    <span class="number">{format!("{} · {:.0} %", short(loss), accuracy * 100.0)}</span>
                </div>
            }
        }).collect_view()
    };
    let words = move || {
        let (losses, accuracies): (Vec<f64>, Vec<f64>) = state.fold_results.get().into_iter().unzip();
        let ((loss, loss_spread), (accuracy, accuracy_spread)) = (mean_and_spread(&losses), mean_and_spread(&accuracies));
        t_string!(
            i18n,
            learn.fold_words,
            loss = short(loss),
            loss_spread = short(loss_spread),
            accuracy = format!("{:.1}", accuracy * 100.0),
            accuracy_spread = format!("{:.1}", accuracy_spread * 100.0)
        )
    };
    let maps = move || {
        let count = if state.on_images() { 0 } else { state.fold_results.with(Vec::len) };
        let map = |fold| view! { <li><FoldMap state fold /><span class="small">{t_string!(i18n, learn.fold, number = fold + 1)}</span></li> };
        (count > 0).then(|| {
            view! {
                <p class="small muted">{t_string!(i18n, learn.fold_maps)}</p>
                <ul class="fold-maps" data-testid="fold-maps">{(0..count).map(map).collect_view()}</ul>
            }
        })
    };
    view! {
        <Show when=move || !state.fold_results.with(Vec::is_empty)>
            <div class="fold-results" data-testid="fold-results">
                {rows}
                <p class="number" aria-live="polite">{words}</p>
                {maps}
            </div>
        </Show>
    }
}
