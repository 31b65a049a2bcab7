//! The layer list: add, remove, move, change; shapes and parameter counts follow at once. A list that does not fit stays
//! here as a draft, with a word on what does not fit, until it does.

use super::Settings;
use super::news::mistake_words;
use crate::error::Mistake;
use crate::nn::spec::{LayerSpec, NetworkSpec};
use crate::trainer::settings::TrainSettings;
use crate::ui::components::NumberField;
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

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
    let change = move |at: usize, layer: LayerSpec| {
        let mut all = layers.get_untracked();
        if let Some(place) = all.get_mut(at) {
            *place = layer;
        }
        apply(all);
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
    let rows = move || {
        let all = layers.get();
        let count = all.len();
        let rows = all.into_iter().enumerate().map(|(at, layer)| {
            let shape = move || {
                let text = shapes.with(|shapes| shapes.get(at).map(|shape| join(shape)));
                text.unwrap_or_else(|| "?".to_owned())
            };
            let parameters = move || {
                layers.with(|layers| parameter_count(&layers[..layers.len().min(at + 1)]))
            };
            let kinds = KINDS.iter().enumerate().map(|(index, (name, _))| {
                view! { <option value=index selected=index == kind_of(&layer)>{*name}</option> }
            });
            let choose = move |event: leptos::ev::Event| {
                let index: usize = event_target_value(&event).parse().unwrap_or(0);
                if let Some((_, layer)) = KINDS.get(index) {
                    change(at, *layer);
                }
            };
            let swap = move |with: usize| {
                let mut all = layers.get_untracked();
                all.swap(at, with);
                apply(all);
            };
            let remove = move |_| {
                let mut all = layers.get_untracked();
                all.remove(at);
                apply(all);
            };
            view! {
                <li class="layer-row">
                    <select aria-label=t!(i18n, train.layer_kind, number = at + 1) on:change=choose>{kinds.collect_view()}</select>
                    <span class="layer-buttons">
                        <button type="button" class="quiet small" disabled=at == 0 aria-label=t!(i18n, train.layer_up, number = at + 1) on:click=move |_| swap(at - 1)>"↑"</button>
                        <button type="button" class="quiet small" disabled=at + 1 == count aria-label=t!(i18n, train.layer_down, number = at + 1) on:click=move |_| swap(at + 1)>"↓"</button>
                        <button type="button" class="quiet small" aria-label=t!(i18n, train.layer_remove, number = at + 1) on:click=remove>"✕"</button>
                    </span>
                    <Sizes layer on_change=move |layer| change(at, layer) />
                    <span class="layer-shape number">"→ " {shape} {move || parameters().map(|count| view! { <span class="muted">" · " {group(count)}</span> })}</span>
                </li>
            }
        });
        rows.collect_view()
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
            <ol class="layer-list">{rows}</ol>
            {move || wrong.get().map(|reason| view! { <p class="field-error" role="alert">{t!(i18n, train.layers_wrong, reason = mistake_words(i18n, &reason))}</p> })}
            <button type="button" class="small" data-testid="add-layer" on:click=add>{t!(i18n, train.add_layer)}</button>
        </details>
    }
}

/// The numbers of one layer.
#[component]
fn Sizes(layer: LayerSpec, #[prop(into)] on_change: Callback<LayerSpec>) -> impl IntoView {
    let i18n = use_i18n();
    let whole = move |label: TextProp, value: usize, min: f64, make: Box<dyn Fn(usize) -> LayerSpec + Send + Sync>| {
        view! {
            <NumberField
                label value=Signal::derive(move || value as f64) min max=4096.0 whole=true
                on_change=move |value: f64| on_change.run(make(value as usize))
            />
        }
    };
    let real = move |label: TextProp, value: f64, make: fn(f64) -> LayerSpec| {
        view! {
            <NumberField
                label value=Signal::derive(move || value) min=0.0 max=0.99 step=0.05
                on_change=move |value: f64| on_change.run(make(value))
            />
        }
    };
    let fields = match layer {
        LayerSpec::Linear { units } => {
            whole(t!(i18n, train.units).into(), units, 1.0, Box::new(|units| LayerSpec::Linear { units })).into_any()
        }
        LayerSpec::Convolution { channels, kernel, stride, padding } => view! {
            {whole(t!(i18n, train.channels).into(), channels, 1.0, Box::new(move |channels| LayerSpec::Convolution { channels, kernel, stride, padding }))}
            {whole(t!(i18n, train.kernel).into(), kernel, 1.0, Box::new(move |kernel| LayerSpec::Convolution { channels, kernel, stride, padding }))}
            {whole(t!(i18n, train.stride).into(), stride, 1.0, Box::new(move |stride| LayerSpec::Convolution { channels, kernel, stride, padding }))}
            {whole(t!(i18n, train.padding).into(), padding, 0.0, Box::new(move |padding| LayerSpec::Convolution { channels, kernel, stride, padding }))}
        }
        .into_any(),
        LayerSpec::MaxPool { kernel } => {
            whole(t!(i18n, train.kernel).into(), kernel, 1.0, Box::new(|kernel| LayerSpec::MaxPool { kernel })).into_any()
        }
        LayerSpec::AveragePool { kernel } => {
            whole(t!(i18n, train.kernel).into(), kernel, 1.0, Box::new(|kernel| LayerSpec::AveragePool { kernel })).into_any()
        }
        LayerSpec::Dropout { probability } => {
            real(t!(i18n, train.probability).into(), probability, |probability| LayerSpec::Dropout { probability }).into_any()
        }
        LayerSpec::LeakyRelu { slope } => real(t!(i18n, train.slope).into(), slope, |slope| LayerSpec::LeakyRelu { slope }).into_any(),
        _ => ().into_any(),
    };
    view! { <span class="layer-sizes">{fields}</span> }
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
