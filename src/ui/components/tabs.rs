//! Several panels of which one is shown. The panel that is shown is made anew when it is chosen.

use super::reveal::reveal_in;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;

/// One panel.
#[derive(Clone)]
pub struct Tab {
    /// As the address has it; also part of the element ids.
    pub key: &'static str,
    pub label: TextProp,
    pub panel: fn() -> AnyView,
}

/// A row of tabs and the panel below. Arrow keys, Home and End go along the row.
#[component]
pub fn Tabs(
    #[prop(into)] label: TextProp,
    tabs: Vec<Tab>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let tabs = StoredValue::new(tabs);
    let keys: Vec<&'static str> = tabs.with_value(|tabs| tabs.iter().map(|tab| tab.key).collect());
    let count = keys.len();
    let keys = StoredValue::new(keys);
    let current = Memo::new(move |_| {
        let value = value.get();
        keys.with_value(|keys| keys.iter().position(|key| *key == value).unwrap_or(0))
    });
    let go_to = move |index: usize| {
        let key = keys.with_value(|keys| keys[index]);
        on_change.run(key.to_owned());
        let button = document().get_element_by_id(&format!("tab-{key}"));
        if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = button.focus();
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let now = current.get_untracked();
        let next = match event.key().as_str() {
            "ArrowRight" => (now + 1) % count,
            "ArrowLeft" => (now + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        go_to(next);
    };
    let buttons = tabs.with_value(|tabs| {
        tabs.iter()
            .enumerate()
            .map(|(index, tab)| {
                let label = tab.label.clone();
                let key = tab.key;
                view! {
                    <button
                        type="button"
                        role="tab"
                        id=format!("tab-{key}")
                        aria-controls=format!("panel-{key}")
                        aria-selected=move || (current.get() == index).to_string()
                        tabindex=move || if current.get() == index { "0" } else { "-1" }
                        on:click=move |_| on_change.run(key.to_owned())
                    >
                        {move || label.get()}
                    </button>
                }
            })
            .collect_view()
    });
    let panel = move || {
        let index = current.get();
        tabs.with_value(|tabs| {
            let tab = &tabs[index];
            view! {
                <div role="tabpanel" id=format!("panel-{}", tab.key) aria-labelledby=format!("tab-{}", tab.key)>
                    {(tab.panel)()}
                </div>
            }
        })
    };
    let row = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        current.get();
        if let Some(row) = row.get() {
            request_animation_frame(move || reveal_in(&row, "[aria-selected=true]"));
        }
    });
    view! {
        <div class="tabs">
            <div role="tablist" node_ref=row aria-label=move || label.get() on:keydown=on_key>{buttons}</div>
            {panel}
        </div>
    }
}
