//! Amounts between 0 and 1 as bars, each with its number: probabilities, shares.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// One bar.
#[derive(Clone)]
pub struct Bar {
    pub label: TextProp,
    /// Becomes the test id of the number.
    pub test_id: String,
    /// `None` when there is nothing to show yet.
    pub value: Signal<Option<f32>>,
    /// A second amount to compare with, drawn as a mark on the bar.
    pub mark: Signal<Option<f32>>,
    /// Drawn in the accent colour.
    pub strong: Signal<bool>,
}

/// A list of bars; `data-value` has each number in full precision.
#[component]
pub fn Bars(#[prop(into)] label: TextProp, bars: Vec<Bar>) -> impl IntoView {
    let rows = bars
        .into_iter()
        .map(|Bar { label, test_id, value, mark, strong }| {
            let full = move || value.get().map(|value| value.to_string()).unwrap_or_default();
            let shown = move || value.get().map(|value| format!("{:.1}", value * 100.0)).unwrap_or_default();
            view! {
                <li class="bar" data-strong=move || strong.get().to_string()>
                    <span class="bar-label">{move || label.get()}</span>
                    <span class="bar-track" aria-hidden="true">
                        <span
                            class="bar-fill"
                            style:transform=move || format!("scaleX({:.4})", value.get().unwrap_or(0.0).clamp(0.0, 1.0))
                        ></span>
                        {move || mark.get().map(|mark| view! {
                            <span class="bar-mark" style:inset-inline-start=format!("calc({:.4} * (100% - 2px))", mark.clamp(0.0, 1.0))></span>
                        })}
                    </span>
                    <span class="bar-number number">
                        <span data-testid=test_id data-value=full>{shown}</span>
                        <span class="unit">{move || value.get().map(|_| " %")}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="bars" aria-label=move || label.get()>{rows}</ul> }
}
