//! The layer list: add, remove, move, change; shapes and parameter counts follow at once. A list that does not fit stays
//! here as a draft, with a word on what does not fit, until it does.

use super::Settings;
use super::layer_sizes::Sizes;
use super::news::mistake_words;
use crate::error::Mistake;
use crate::nn::spec::{LayerSpec, NetworkSpec};
use crate::trainer::settings::TrainSettings;
use crate::ui::i18n::{t, use_i18n};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Every kind of layer as it starts, by its class in `torch.nn`.
const KINDS: [(&str, LayerSpec); 14] = [
    ("Linear", LayerSpec::Linear { units: 100 }),
    ("Conv2d", LayerSpec::Convolution { channels: 10, kernel: 5, stride: 1, padding: 0 }),
    ("MaxPool2d", LayerSpec::MaxPool { kernel: 2 }),
    ("AvgPool2d", LayerSpec::AveragePool { kernel: 2 }),
    ("Flatten", LayerSpec::Flatten),
    ("Dropout", LayerSpec::Dropout { probability: 0.5 }),
    ("ReLU", LayerSpec::Relu),
    ("LeakyReLU", LayerSpec::LeakyRelu { slope: 0.01 }),
    ("Sigmoid", LayerSpec::Sigmoid),
    ("Tanh", LayerSpec::Tanh),
    ("ELU", LayerSpec::Elu),
    ("SELU", LayerSpec::Selu),
    ("GELU", LayerSpec::Gelu),
    ("Softplus", LayerSpec::Softplus),
];

fn kind_of(layer: &LayerSpec) -> usize {
    KINDS.iter().position(|(_, kind)| std::mem::discriminant(kind) == std::mem::discriminant(layer)).unwrap_or(0)
}

/// The list behind "edit".
#[component]
pub fn LayerEditor() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let model = settings.part(|settings| settings.model.clone());
    // What was typed and does not fit, with the network it began from: another choice of network puts it away.
    let draft = RwSignal::new(None::<(String, Vec<LayerSpec>)>);
    let layers = Memo::new(move |_| match draft.get() {
        Some((from, layers)) if from == model.get() => layers,
        _ => NetworkSpec::parse(&model.get()).map(|spec| spec.layers).unwrap_or_default(),
    });
    let spec = move |layers: Vec<LayerSpec>| NetworkSpec { input: vec![1, 28, 28], layers };
    let wrong = Memo::new(move |_| {
        let text = spec(layers.get()).to_string();
        TrainSettings { model: text, ..TrainSettings::default() }.check().err().map(Mistake::from)
    });
    let apply = move |layers: Vec<LayerSpec>| {
        let text = spec(layers.clone()).to_string();
        let fits = TrainSettings { model: text.clone(), ..TrainSettings::default() }.check().is_ok();
        if fits {
            draft.set(None);
            settings.edit(|settings| settings.model = text);
        } else {
            draft.set(Some((model.get_untracked(), layers)));
        }
    };
    let shapes = Memo::new(move |_| {
        // As far as it fits.
        let mut shape = vec![1, 28, 28];
        let mut shapes = Vec::new();
        for layer in layers.get() {
            let Ok(next) = layer.output_shape(&shape) else { break };
            shape = next;
            shapes.push(shape.clone());
        }
        shapes
    });
    let list = NodeRef::<html::Ol>::new();
    // A row stays what it is while the layer in it changes, or the focus would be lost with every key.
    let count = Memo::new(move |_| layers.with(Vec::len));
    let row = move |at: usize| {
        let layer = Memo::new(move |_| layers.with(|layers| layers.get(at).copied()).unwrap_or(LayerSpec::Flatten));
        let shape = move || {
            let text = shapes.with(|shapes| shapes.get(at).map(|shape| join(shape)));
            text.unwrap_or_else(|| "?".to_owned())
        };
        let parameters = move || layers.with(|layers| parameter_count(&layers[..layers.len().min(at + 1)]));
        let kind = Memo::new(move |_| kind_of(&layer.get()));
        let kinds = KINDS.iter().enumerate().map(|(index, (name, _))| {
            view! { <option value=index selected=move || index == kind.get()>{*name}</option> }
        });
        let choose = move |event: leptos::ev::Event| {
            let index: usize = event_target_value(&event).parse().unwrap_or(0);
            if let Some((_, layer)) = KINDS.get(index) {
                apply(replaced(layers.get_untracked(), at, *layer));
            }
        };
        let swap = move |with: usize, button: usize| {
            let mut all = layers.get_untracked();
            all.swap(at, with);
            apply(all);
            focus_button(list, with, button);
        };
        let remove = move |_| {
            let mut all = layers.get_untracked();
            all.remove(at);
            let rest = all.len();
            apply(all);
            focus_button(list, at.min(rest.saturating_sub(1)), 2);
        };
        let preview = Callback::new(move |layer: LayerSpec| {
            draft.set(Some((model.get_untracked(), replaced(layers.get_untracked(), at, layer))));
        });
        let change = Callback::new(move |layer: LayerSpec| apply(replaced(layers.get_untracked(), at, layer)));
        view! {
            <li class="layer-row">
                <select aria-label=t!(i18n, train.layer_kind, number = at + 1) prop:value=move || kind.get().to_string() on:change=choose>{kinds.collect_view()}</select>
                <span class="layer-buttons">
                    <button type="button" class="quiet small" disabled=at == 0 aria-label=t!(i18n, train.layer_up, number = at + 1) on:click=move |_| swap(at - 1, 0)>"↑"</button>
                    <button type="button" class="quiet small" disabled=move || at + 1 >= count.get() aria-label=t!(i18n, train.layer_down, number = at + 1) on:click=move |_| swap(at + 1, 1)>"↓"</button>
                    <button type="button" class="quiet small" aria-label=t!(i18n, train.layer_remove, number = at + 1) on:click=remove>"✕"</button>
                </span>
                {move || { kind.track(); view! { <Sizes layer on_input=preview on_change=change /> } }}
                <span class="layer-shape number">"→ " {shape} {move || parameters().map(|count| view! { <span class="muted">" · " {group(count)}</span> })}</span>
            </li>
        }
    };
    let add = move |_| {
        let mut all = layers.get_untracked();
        // Before the last layer, which gives the ten scores.
        let place = all.len().saturating_sub(1);
        all.insert(place, LayerSpec::Relu);
        apply(all);
    };
    let total = move || spec(layers.get()).parameter_count().map(group).unwrap_or_else(|_| "?".to_owned());
    view! {
        <details class="more layer-editor">
            <summary>{t!(i18n, train.edit_layers)} " " <span class="muted number">{move || t!(i18n, train.parameter_count, count = total())()}</span></summary>
            <p class="small muted number">{t!(i18n, train.layer_input)}</p>
            <ol class="layer-list" node_ref=list>
                <For each=move || 0..count.get() key=|at| *at children=row />
            </ol>
            {move || wrong.get().map(|reason| view! { <p class="field-error" role="alert">{t!(i18n, train.layers_wrong, reason = mistake_words(i18n, &reason))}</p> })}
            <button type="button" class="small" data-testid="add-layer" on:click=add>{t!(i18n, train.add_layer)}</button>
        </details>
    }
}

fn replaced(mut layers: Vec<LayerSpec>, at: usize, layer: LayerSpec) -> Vec<LayerSpec> {
    if let Some(place) = layers.get_mut(at) {
        *place = layer;
    }
    layers
}

/// Puts the focus where the layer went that was moved, or where one was removed; on what can be pressed there.
fn focus_button(list: NodeRef<html::Ol>, row: usize, button: usize) {
    request_animation_frame(move || {
        let Some(list) = list.get_untracked() else { return };
        let in_row = |which: &str| {
            let found = list.query_selector(&format!("li:nth-child({}) .layer-buttons button{which}", row + 1));
            found.ok().flatten().and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok())
        };
        let wanted = in_row(&format!(":nth-child({}):not(:disabled)", button + 1));
        if let Some(button) = wanted.or_else(|| in_row(":not(:disabled)")) {
            let _ = button.focus();
        }
    });
}

/// Parameters of the last of these layers; none if it has none or does not fit.
fn parameter_count(layers: &[LayerSpec]) -> Option<usize> {
    let (last, before) = layers.split_last()?;
    if !last.has_parameters() {
        return None;
    }
    let count =
        |layers: &[LayerSpec]| NetworkSpec { input: vec![1, 28, 28], layers: layers.to_vec() }.parameter_count().ok();
    Some(count(layers)? - count(before)?)
}

fn join(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

/// 1234567 as 1 234 567, with narrow spaces.
fn group(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}
