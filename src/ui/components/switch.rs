//! On or off.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// A labelled switch.
#[component]
pub fn Switch(
    #[prop(into)] label: TextProp,
    #[prop(into)] value: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
    #[prop(optional)] test_id: &'static str,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                data-testid=(!test_id.is_empty()).then_some(test_id)
                data-value=move || value.get().to_string()
                prop:checked=move || value.get()
                disabled=move || disabled.get()
                on:change:target=move |event| on_change.run(event.target().checked())
            />
            <span class="switch-track" aria-hidden="true"></span>
            <span>{move || label.get()}</span>
        </label>
    }
}
