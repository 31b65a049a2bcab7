//! Controls for a widget's settings, each by its kind: sliders, fields, menus, lines to type.

use super::Handle;
use super::labels;
use crate::lessons::widgets::{Kind, Setting};
use crate::ui::components::{Choice, NumberField, Segmented, Slider};
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Controls for all settings but those that the stage itself takes care of.
pub fn all(handle: Handle, without: &[&str]) -> AnyView {
    let controls = handle.spec().settings.iter().filter(|setting| !without.contains(&setting.key));
    let controls = controls.map(|setting| control(handle, setting)).collect_view();
    view! { <div class="widget-controls">{controls}</div> }.into_any()
}

/// Controls for these settings only.
pub fn some(handle: Handle, keys: &[&str]) -> AnyView {
    let controls = keys.iter().filter_map(|key| handle.spec().setting(key)).map(|setting| control(handle, setting));
    view! { <div class="widget-controls">{controls.collect_view()}</div> }.into_any()
}

fn control(handle: Handle, setting: &'static Setting) -> AnyView {
    let i18n = use_i18n();
    let key = setting.key;
    let label = TextProp::from(move || labels::setting(i18n.language(), key));
    let number = Signal::derive(move || handle.number(key));
    let text = Signal::derive(move || handle.text(key));
    let set_number = Callback::new(move |value: f64| handle.set_number(key, value));
    let set_text = Callback::new(move |value: String| handle.set(key, value));
    match setting.kind {
        // A penalty is small, and its size matters by powers of ten.
        Kind::Number { low, high } if matches!(key, "l1" | "l2") => {
            view! { <NumberField label value=number on_change=set_number min=low max=high step=0.001 /> }.into_any()
        }
        Kind::Number { low, high } if high <= 20.0 && low > -20.0 && low != 0.0001 && low != 0.001 => {
            let step = if high - low > 4.0 { 0.1 } else { 0.01 };
            view! { <Slider label value=number on_change=set_number min=low max=high step /> }.into_any()
        }
        Kind::Number { low, high } => {
            view! { <NumberField label value=number on_change=set_number min=low max=high step=0.01 /> }.into_any()
        }
        Kind::Whole { low, high } if high - low <= 32 => {
            view! { <Slider label value=number on_change=set_number min=low as f64 max=high as f64 step=1.0 /> }.into_any()
        }
        Kind::Whole { low, high } => {
            view! { <NumberField label value=number on_change=set_number min=low as f64 max=high as f64 whole=true /> }
                .into_any()
        }
        Kind::Choice(words) => {
            let options: Vec<(String, TextProp)> = words
                .iter()
                .map(|word| ((*word).to_owned(), TextProp::from(move || labels::choice(i18n.language(), word))))
                .collect();
            if words.len() <= 4 {
                view! { <Segmented label options=Signal::stored(options) value=text on_change=set_text /> }.into_any()
            } else {
                view! { <Choice label options=Signal::stored(options) value=text on_change=set_text /> }.into_any()
            }
        }
        // Made on the map.
        Kind::Points => ().into_any(),
        Kind::Text | Kind::Sizes | Kind::Numbers | Kind::Rows => view! { <Line handle key label /> }.into_any(),
    }
}

/// A line to type, followed letter by letter where what stands there makes sense.
/// What makes none stays in the field, with a word on what would.
#[component]
pub fn Line(handle: Handle, key: &'static str, #[prop(into)] label: TextProp) -> impl IntoView {
    let i18n = use_i18n();
    let refused = RwSignal::new(false);
    let take = move |text: String| {
        let setting = vec![(key.to_owned(), text)];
        refused.set(handle.spec().check(&setting).is_err());
        handle.set_all(&setting);
    };
    // Set from elsewhere, what was typed is gone.
    let shown = Memo::new(move |_| handle.text(key));
    Effect::new(move |_| {
        shown.track();
        refused.set(false);
    });
    view! {
        <label class="field line-field">
            <span class="field-label">{move || label.get()}</span>
            <input
                type="text"
                class="code-input"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                aria-invalid=move || refused.get().to_string()
                prop:value=move || shown.get()
                on:input:target=move |event| take(event.target().value())
            />
            {move || refused.get().then(|| view! { <span class="field-error">{t!(i18n, learn.sizes_wanted)}</span> })}
        </label>
    }
}

/// A slider for each number of a comma list.
pub fn list(handle: Handle, key: &'static str, range: (f64, f64, f64), label: fn(usize) -> String) -> AnyView {
    let count = Memo::new(move |_| handle.list(key).len());
    (move || {
        (0..count.get())
            .map(|at| {
                let value = Signal::derive(move || handle.list(key).get(at).copied().unwrap_or(0.0));
                let change = Callback::new(move |value: f64| handle.set_in_list(key, at, value));
                view! { <Slider label=label(at) value on_change=change min=range.0 max=range.1 step=range.2 /> }
            })
            .collect_view()
    })
    .into_any()
}
