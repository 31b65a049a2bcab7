//! One of several: a menu, or a row of buttons when there are few.

use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The choices, each a value as the address has it and a label: `options([("cpu", t!(i18n, train.cpu)), ...])`.
pub fn options<L: Into<TextProp>>(choices: impl IntoIterator<Item = (&'static str, L)>) -> Vec<(String, TextProp)> {
    choices.into_iter().map(|(value, label)| (value.to_owned(), label.into())).collect()
}

/// A labelled menu.
#[component]
pub fn Choice(
    #[prop(into)] label: TextProp,
    #[prop(into)] options: Signal<Vec<(String, TextProp)>>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    #[prop(optional)] test_id: &'static str,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let items = move || {
        options
            .get()
            .into_iter()
            .map(|(key, label)| {
                let selected = {
                    let key = key.clone();
                    move || value.with(|value| *value == key)
                };
                view! { <option value=key selected=selected>{move || label.get()}</option> }
            })
            .collect_view()
    };
    view! {
        <label class="field">
            <span class="field-label">{move || label.get()}</span>
            <select
                data-testid=(!test_id.is_empty()).then_some(test_id)
                data-value=move || value.get()
                prop:value=move || { options.track(); value.get() }
                disabled=move || disabled.get()
                on:change:target=move |event| on_change.run(event.target().value())
            >
                {items}
            </select>
        </label>
    }
}

/// A row of buttons of which one is chosen; arrow keys move the choice, as in any group of radio buttons.
#[component]
pub fn Segmented(
    #[prop(into)] label: TextProp,
    #[prop(into)] options: Signal<Vec<(String, TextProp)>>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
    #[prop(optional)] test_id: &'static str,
) -> impl IntoView {
    // Radio buttons belong together by a name that no other group has.
    static GROUPS: AtomicUsize = AtomicUsize::new(0);
    let name = format!("segmented-{}", GROUPS.fetch_add(1, Ordering::Relaxed));
    let items = move || {
        let name = name.clone();
        options
            .get()
            .into_iter()
            .map(move |(key, label)| {
                let checked = {
                    let key = key.clone();
                    move || value.with(|value| *value == key)
                };
                let chosen = key.clone();
                view! {
                    <label>
                        <input
                            type="radio"
                            class="visually-hidden"
                            name=name.clone()
                            value=key
                            prop:checked=checked
                            on:change=move |_| on_change.run(chosen.clone())
                        />
                        <span>{move || label.get()}</span>
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <fieldset class="segmented" data-testid=(!test_id.is_empty()).then_some(test_id) data-value=move || value.get()>
            <legend class="field-label">{move || label.get()}</legend>
            <div class="segments">{items}</div>
        </fieldset>
    }
}
