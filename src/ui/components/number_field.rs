//! A number to type, and a number to drag. What is typed and is no number stays in the field, marked, with a word on
//! what is allowed; the value stays as it was.

use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// A number as a person writes it: six significant digits, without noise at the end.
pub fn show_number(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN".into()
        } else if number > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return trim_zeros(&format!("{number:.4e}"));
    }
    let decimals = if size >= 1.0 { 5 - (size.log10() as i32).min(5) } else { 6 };
    trim_zeros(&format!("{number:.*}", decimals.max(0) as usize))
}

fn trim_zeros(text: &str) -> String {
    let (digits, exponent) = text.split_once('e').map_or((text, String::new()), |(digits, end)| (digits, format!("e{end}")));
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    format!("{digits}{exponent}")
}

/// A labelled field for a number, with the arrow keys for steps.
#[component]
pub fn NumberField(
    #[prop(into)] label: TextProp,
    #[prop(into)] value: Signal<f64>,
    #[prop(into)] on_change: Callback<f64>,
    /// Told at every key of what could be meant; nothing is refused before the reader is done.
    #[prop(into, optional)]
    on_input: Option<Callback<f64>>,
    /// The smallest and the largest value that is allowed.
    #[prop(default = f64::NEG_INFINITY)]
    min: f64,
    #[prop(default = f64::INFINITY)] max: f64,
    /// What an arrow key adds.
    #[prop(default = 1.0)]
    step: f64,
    /// Only whole numbers.
    #[prop(optional)]
    whole: bool,
    #[prop(optional)] test_id: &'static str,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let refused = RwSignal::new(false);
    let shown = Memo::new(move |_| if whole { format!("{}", value.get()) } else { format!("{}", value.get() as f32) });
    let allowed_number = move |text: &str| {
        let number = text.trim().replace(',', ".").parse::<f64>().ok();
        number.filter(|number| number.is_finite() && (min..=max).contains(number) && (!whole || number.fract() == 0.0))
    };
    // What stood there before the first key: it comes back where what was typed is refused.
    let before = StoredValue::new(None::<f64>);
    let preview = move |text: &str| {
        if let (Some(tell), Some(number)) = (on_input, allowed_number(text)) {
            before.update_value(|before| {
                before.get_or_insert(value.get_untracked());
            });
            tell.run(number);
        }
    };
    let accept = move |text: &str| {
        let (number, before) = (allowed_number(text), before.try_update_value(Option::take).flatten());
        refused.set(number.is_none());
        match (number, on_input, before) {
            (Some(number), _, before) if number != before.unwrap_or_else(|| value.get_untracked()) => on_change.run(number),
            (None, Some(tell), Some(before)) => tell.run(before),
            _ => {}
        }
    };
    let nudge = move |direction: f64| {
        let next = (value.get_untracked() + direction * step).clamp(min, max);
        refused.set(false);
        // Away from the dust of adding 0.1 three times.
        on_change.run(format!("{next:.9}").parse().unwrap_or(next));
    };
    let allowed = move || {
        if !refused.get() {
            return None;
        }
        let text = match (min.is_finite(), max.is_finite()) {
            (true, true) => t!(i18n, common.number_between, min = show_number(min), max = show_number(max))(),
            (true, false) => t!(i18n, common.number_from, min = show_number(min))(),
            _ if whole => t!(i18n, common.number_whole)().to_owned(),
            _ => t!(i18n, common.number_any)().to_owned(),
        };
        Some(view! { <span class="field-error">{text}</span> })
    };
    view! {
        <label class="field">
            <span class="field-label">{move || label.get()}</span>
            <input
                type="text"
                inputmode=if whole { "numeric" } else { "decimal" }
                autocomplete="off"
                spellcheck="false"
                data-testid=(!test_id.is_empty()).then_some(test_id)
                data-value=move || value.get().to_string()
                prop:value=move || shown.get()
                aria-invalid=move || refused.get().to_string()
                disabled=move || disabled.get()
                on:input:target=move |event| preview(&event.target().value())
                on:change:target=move |event| accept(&event.target().value())
                on:keydown=move |event| match event.key().as_str() {
                    "ArrowUp" => { event.prevent_default(); nudge(1.0); }
                    "ArrowDown" => { event.prevent_default(); nudge(-1.0); }
                    _ => {}
                }
            />
            {allowed}
        </label>
    }
}

/// A labelled slider, its value beside it.
#[component]
pub fn Slider(
    #[prop(into)] label: TextProp,
    #[prop(into)] value: Signal<f64>,
    #[prop(into)] on_change: Callback<f64>,
    min: f64,
    max: f64,
    #[prop(default = 0.01)] step: f64,
    #[prop(optional)] test_id: &'static str,
    #[prop(into, optional)] disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <label class="field slider">
            <span class="field-label">{move || label.get()}</span>
            <input
                type="range"
                min=min
                max=max
                step=step
                data-testid=(!test_id.is_empty()).then_some(test_id)
                data-value=move || value.get().to_string()
                prop:value=move || value.get().to_string()
                disabled=move || disabled.get()
                on:input:target=move |event| {
                    if let Ok(number) = event.target().value().parse() {
                        on_change.run(number);
                    }
                }
            />
            // After the field: a label names the first thing in it that can have a name.
            <output class="number">{move || show_number(value.get())}</output>
        </label>
    }
}
