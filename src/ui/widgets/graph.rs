//! A typed expression as a graph, with values and gradients. Backward adds to what is there, until the gradients are
//! cleared.

use super::Handle;
use super::controls;
use super::narrow::use_narrow;
use crate::error::Error;
use crate::explain::expression::Program;
use crate::lessons::compute::networks::{NODE, graph};
use crate::lessons::compute::short;
use crate::ui::components::Slider;
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::pages::backprop::sentence;
use leptos::prelude::*;

/// The curve from a node to one that reads it, `spread` beside its middle; rightward or downward.
fn edge(from: (f64, f64), to: (f64, f64), spread: f64, down: bool) -> String {
    if down {
        let (x1, y1, x2, y2) = (from.0, from.1 + NODE.1 / 2.0, to.0 + spread, to.1 - NODE.1 / 2.0);
        let middle = (y1 + y2) / 2.0;
        return format!("M {x1} {y1} C {x1} {middle}, {x2} {middle}, {x2} {y2}");
    }
    let (x1, y1, x2, y2) = (from.0 + NODE.0 / 2.0, from.1, to.0 - NODE.0 / 2.0, to.1 + spread);
    let middle = (x1 + x2) / 2.0;
    format!("M {x1} {y1} C {middle} {y1}, {middle} {y2}, {x2} {y2}")
}

/// What is wrong with a typed expression, in the reader's language.
fn complaint(i18n: I18n, expression: &str, error: &Error) -> String {
    match Program::parse(expression) {
        Err(problem) => sentence(i18n, &problem.kind),
        Ok(_) => error.to_string(),
    }
}

/// The widget `graph`.
#[component]
pub fn Graph(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let narrow = use_narrow();
    let picture = move || match graph(&handle.values()) {
        Err(error) => {
            view! { <p class="field-error" aria-live="polite">{complaint(i18n, &handle.text("expr"), &error)}</p> }
                .into_any()
        }
        Ok(graph) => {
            let down = narrow.get();
            let layout = if down { graph.downward() } else { graph.layout.clone() };
            let centres = &layout.centres;
            let edges = graph
                .inputs
                .iter()
                .enumerate()
                .flat_map(|(to, inputs)| inputs.iter().enumerate().map(move |(k, from)| (*from, to, k, inputs.len())))
                .map(|(from, to, k, count)| {
                    let spread = (k as f64 - (count as f64 - 1.0) / 2.0) * 14.0;
                    view! { <path class="edge" d=edge(centres[from], centres[to], spread, down)></path> }
                })
                .collect_view();
            let nodes = centres
                .iter()
                .enumerate()
                .map(|(id, (x, y))| {
                    let gradient = graph.gradients[id].map(|gradient| format!("∂ {}", short(gradient)));
                    let kind = if graph.variable[id] {
                        "variable"
                    } else if id == graph.output {
                        "output"
                    } else {
                        "inner"
                    };
                    view! {
                        <g class="node" data-kind=kind transform=format!("translate({x},{y})")>
                            <rect x=-NODE.0 / 2.0 y=-NODE.1 / 2.0 width=NODE.0 height=NODE.1 rx="8"></rect>
                            <text class="node-name" y="-14">{graph.captions[id].clone()}</text>
                            <text class="node-value" y="6">{short(graph.values[id])}</text>
                            <text class="node-gradient" y="24">{gradient}</text>
                        </g>
                    }
                })
                .collect_view();
            let (width, height) = (layout.width + 4.0, layout.height + 4.0);
            // On a phone it shrinks a little before it scrolls.
            let least = if down { width * 0.75 } else { width };
            let name_of = |name: String| if name == "value" { t_string!(i18n, learn.graph_value).to_owned() } else { name };
            let words = graph.numbers().into_iter().map(|(name, value)| format!("{} = {value}", name_of(name)));
            let words = words.collect::<Vec<_>>();
            view! {
                <div class="graph-scroll" tabindex="0" role="region" aria-label=t!(i18n, learn.w_graph)>
                    <svg class="graph" viewBox=format!("-2 -2 {width} {height}") style=format!("width:min({width}px,max(100%,{least}px))") role="img" aria-label=words.join(", ")>
                        {edges} {nodes}
                    </svg>
                </div>
                <p class="widget-numbers number" aria-live="polite">{words.join(" · ")}</p>
            }
            .into_any()
        }
    };
    let names = Memo::new(move |_| {
        let Ok(graph) = graph(&handle.values()) else { return Vec::new() };
        (0..graph.labels.len()).filter(|&id| graph.variable[id]).map(|id| graph.labels[id].clone()).collect::<Vec<_>>()
    });
    let sliders = move || {
        names
            .get()
            .into_iter()
            .map(|name| {
                let key = StoredValue::new(name.clone());
                let value = Signal::derive(move || {
                    let key = key.get_value();
                    if handle.values().0.contains_key(&key) {
                        return handle.number(&key);
                    }
                    // Not set yet: where the expression starts it.
                    graph(&handle.values())
                        .ok()
                        .and_then(|graph| {
                            let at = graph.labels.iter().position(|label| *label == key)?;
                            Some(graph.values[at])
                        })
                        .unwrap_or(0.0)
                });
                let change = Callback::new(move |value: f64| key.with_value(|key| handle.set_number(key, value)));
                view! { <Slider label=name value on_change=change min=-5.0 max=5.0 step=0.1 /> }
            })
            .collect_view()
    };
    let passes = move || handle.whole("passes");
    view! {
        {controls::some(handle, &["expr"])}
        <div class="widget-stage">{picture}</div>
        <div class="widget-buttons">
            <button type="button" on:click=move |_| handle.set_number("passes", (passes() + 1).min(9) as f64)>
                {t!(i18n, learn.backward)}
            </button>
            <button type="button" class="quiet" on:click=move |_| handle.set_number("passes", 0.0)>{t!(i18n, learn.zero_grad)}</button>
            <span class="muted" aria-live="polite">{move || t_string!(i18n, learn.passes, count = passes())}</span>
        </div>
        <div class="widget-controls">{sliders}</div>
    }
}
