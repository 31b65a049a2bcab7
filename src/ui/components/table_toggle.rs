//! A picture, and the same as a table: for those who want the numbers, and for those who cannot see the picture.

use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;

/// Shows the figure, and below it, on demand, its numbers. The table is only made when it is asked for.
#[component]
pub fn TableToggle(
    /// Rows of the table, the first one being its head.
    #[prop(into)]
    rows: Signal<Vec<Vec<String>>>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let table = move || {
        open.get().then(|| {
            let mut rows = rows.get().into_iter();
            let head = rows.next().unwrap_or_default();
            view! {
                <div class="table-scroll" tabindex="0">
                    <table class="numbers">
                        <thead><tr>{head.into_iter().map(head_cell).collect_view()}</tr></thead>
                        <tbody>
                            {rows
                                .map(|row| {
                                    let cells = row.into_iter().enumerate().map(|(column, cell)| match column {
                                        0 => view! { <th scope="row">{cell}</th> }.into_any(),
                                        _ => view! { <td>{cell}</td> }.into_any(),
                                    });
                                    view! { <tr>{cells.collect_view()}</tr> }
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
            }
        })
    };
    view! {
        <div class="table-toggle">
            {children()}
            <button
                type="button"
                class="quiet small"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {move || if open.get() { t!(i18n, common.hide_table)() } else { t!(i18n, common.show_table)() }}
            </button>
            {table}
        </div>
    }
}

/// A corner without a word is no heading.
fn head_cell(cell: String) -> AnyView {
    match cell.is_empty() {
        true => view! { <td></td> }.into_any(),
        false => view! { <th scope="col">{cell}</th> }.into_any(),
    }
}
