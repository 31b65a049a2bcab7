//! A number in a sentence that follows a widget. If it is one of the widget's settings it can be dragged, or moved with the
//! arrow keys.

use super::Handle;
use crate::lessons::widgets::Kind;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The number `key` of a widget.
#[component]
pub fn Bound(handle: Handle, key: String) -> impl IntoView {
    let range = match handle.spec().setting(&key).map(|setting| setting.kind) {
        Some(Kind::Number { low, high }) => Some((low, high, (high - low) / 200.0)),
        Some(Kind::Whole { low, high }) => Some((low as f64, high as f64, 1.0)),
        None if handle.spec().variables && handle.values_untracked().0.contains_key(&key) => Some((-5.0, 5.0, 0.1)),
        _ => None,
    };
    let key = StoredValue::new(key);
    let shown = move || key.with_value(|key| handle.shown(key));
    let Some((low, high, step)) = range else {
        return view! { <span class="bound number">{shown}</span> }.into_any();
    };
    let value = move || key.with_value(|key| handle.number(key));
    let change = move |by: f64| {
        let now = key.with_value(|key| handle.values_untracked().number(key));
        key.with_value(|key| handle.set_number(key, (now + by * step).clamp(low, high)));
    };
    let dragged_from = RwSignal::new(None::<f64>);
    view! {
        <span
            class="bound number draggable"
            role="slider"
            tabindex="0"
            aria-label=key.get_value()
            aria-valuenow=move || value().to_string()
            aria-valuemin=low.to_string()
            aria-valuemax=high.to_string()
            on:keydown=move |event| {
                let by = match event.key().as_str() {
                    "ArrowRight" | "ArrowUp" => 1.0,
                    "ArrowLeft" | "ArrowDown" => -1.0,
                    _ => return,
                };
                event.prevent_default();
                change(by);
            }
            on:pointerdown=move |event| {
                dragged_from.set(Some(f64::from(event.client_x())));
                if let Some(element) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
                    let _ = element.set_pointer_capture(event.pointer_id());
                }
            }
            on:pointermove=move |event| {
                if let Some(from) = dragged_from.get_untracked() {
                    let now = f64::from(event.client_x());
                    let steps = ((now - from) / 3.0).trunc();
                    if steps != 0.0 {
                        change(steps);
                        dragged_from.set(Some(from + steps * 3.0));
                    }
                }
            }
            on:pointerup=move |_| dragged_from.set(None)
            on:pointercancel=move |_| dragged_from.set(None)
        >
            {shown}
        </span>
    }
    .into_any()
}
