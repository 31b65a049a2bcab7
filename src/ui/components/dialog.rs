//! A dialog over the page: the browser's own, so that focus stays in it and Escape closes it.

use crate::ui::i18n::{t, use_i18n};
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Shown while `open`; closing it, in whatever way, sets `open` to false.
#[component]
pub fn Dialog(open: RwSignal<bool>, #[prop(into)] title: TextProp, children: Children) -> impl IntoView {
    let i18n = use_i18n();
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if open.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    let label = title.clone();
    view! {
        <dialog node_ref=element aria-label=move || label.get() on:close=move |_| open.set(false)>
            <div class="dialog-head">
                <h2>{move || title.get()}</h2>
                <button type="button" class="quiet" on:click=move |_| open.set(false)>{t!(i18n, common.close)}</button>
            </div>
            {children()}
        </dialog>
    }
}
