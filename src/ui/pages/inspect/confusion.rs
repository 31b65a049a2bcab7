//! The confusion matrix: how often which digit was read as which. A cell chooses its images.

use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::route::Setting;
use leptos::prelude::*;

/// How often a digit (row) was read as another (column).
pub type Counts = [[u32; 10]; 10];

/// The table; the filters follow a click on a cell.
#[component]
pub fn ConfusionMatrix(counts: Memo<Counts>, label: Setting<String>, read: Setting<String>) -> impl IntoView {
    let i18n = use_i18n();
    let cell = move |i: usize, j: usize| {
        let count = Memo::new(move |_| counts.with(|counts| counts[i][j]));
        let row = move || counts.with(|counts| counts[i].iter().sum::<u32>()).max(1);
        // Mistakes are few: they are coloured by the largest of them, not by how many images there are.
        let mistakes = move || {
            counts
                .with(|counts| (0..100).filter(|k| k / 10 != k % 10).map(|k| counts[k / 10][k % 10]).max().unwrap_or(1))
                .max(1)
        };
        let share = move || f64::from(count.get()) / f64::from(if i == j { row() } else { mistakes() });
        view! {
            <td data-diagonal=(i == j).to_string() style:--share=move || format!("{:.3}", share().sqrt())>
                <button type="button" class="confusion-cell" aria-label=move || t_string!(i18n, inspect.confusion_cell, label = i, read = j, count = count.get())
                    on:click=move |_| { label.set(i.to_string()); read.set(j.to_string()); }>
                    {move || count.get()}
                </button>
            </td>
        }
    };
    view! {
        <div class="table-scroll confusion" tabindex="0">
            <table class="numbers">
                <thead><tr><th scope="col">{t!(i18n, inspect.confusion_corner)}</th>{(0..10).map(|j| view! { <th scope="col">{j}</th> }).collect_view()}</tr></thead>
                <tbody>
                    {(0..10).map(|i| view! { <tr><th scope="row">{i}</th>{(0..10).map(|j| cell(i, j)).collect_view()}</tr> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}
