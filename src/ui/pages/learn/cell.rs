//! A PyTorch cell that runs in the page: text, output, Run, Copy, and back to the lesson's text.

use super::notebook::{CellState, Notebook};
use crate::ui::i18n::{t, use_i18n};
use crate::ui::status::Status;
use leptos::prelude::*;

/// One cell and what it prints.
#[component]
pub fn Cell(cell: CellState, notebook: Notebook) -> impl IntoView {
    let i18n = use_i18n();
    let status = expect_context::<Status>();
    let CellState { number, source, output, original } = cell;
    let changed = move || source.with(|source| original.with_value(|(original, _)| source != original));
    let run = move || notebook.run(number);
    let copy = move |_| {
        let text = source.get_untracked();
        let clipboard = window().navigator().clipboard();
        if clipboard.is_undefined() {
            return;
        }
        leptos::task::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await.is_ok() {
                status.say(t!(i18n, learn.copied));
            }
        });
    };
    let reset = move |_| {
        let (text, printed) = original.get_value();
        source.set(text);
        output.set(printed);
    };
    let failed = move || output.with(|output| output.lines().last().is_some_and(|line| line.contains("Error: ")));
    // A tensor keeps its lines; a long message is wrapped.
    let wraps = move || output.with(|output| output.lines().any(|line| line.chars().count() > 90));
    view! {
        <div class="cell" data-testid=format!("cell-{number}")>
            <textarea
                class="cell-source"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                wrap="off"
                rows=move || source.with(|source| source.lines().count().max(1))
                aria-label=move || t!(i18n, learn.cell, number = number + 1)()
                prop:value=move || source.get()
                on:input:target=move |event| source.set(event.target().value())
                on:keydown=move |event| {
                    if event.key() == "Enter" && (event.shift_key() || event.ctrl_key() || event.meta_key()) {
                        event.prevent_default();
                        run();
                    }
                }
            ></textarea>
            <div class="cell-tools">
                <button type="button" class="small" on:click=move |_| run()>{t!(i18n, learn.run)}</button>
                <button type="button" class="small quiet" on:click=copy>{t!(i18n, learn.copy)}</button>
                {move || changed().then(|| view! {
                    <button type="button" class="small quiet" on:click=reset>{t!(i18n, learn.restore)}</button>
                })}
            </div>
            {move || (!output.with(String::is_empty)).then(|| view! {
                <pre
                    class="cell-output"
                    tabindex="0"
                    role="region"
                    aria-label=move || t!(i18n, learn.output, number = number + 1)()
                    aria-live="polite"
                    data-failed=move || failed().to_string()
                    data-wraps=move || wraps().to_string()
                >{move || output.get()}</pre>
            })}
        </div>
    }
}
