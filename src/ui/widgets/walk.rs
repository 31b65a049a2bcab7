//! Back-propagation through a 2-2-1 network, a step at a time.

use super::Handle;
use super::controls;
use super::narrow::use_narrow;
use crate::lessons::compute::networks::{DeltaWalk, WALK_WEIGHTS, delta_walk};
use crate::lessons::compute::short;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

const LAST: usize = 6;
/// Centres of inputs, hidden neurons and output: from left to right, and downward on a phone.
const ACROSS: [(f64, f64); 5] = [(60.0, 70.0), (60.0, 210.0), (290.0, 70.0), (290.0, 210.0), (520.0, 140.0)];
const DOWN: [(f64, f64); 5] = [(60.0, 46.0), (270.0, 46.0), (60.0, 196.0), (270.0, 196.0), (165.0, 342.0)];
const RADIUS: f64 = 42.0;

/// What a step computes, formula and numbers.
fn words(walk: &DeltaWalk, step: usize) -> String {
    let DeltaWalk { inputs: x, hidden: h, output_weights: v, output: o, target: t, output_delta: d, .. } = walk;
    let s = |number: f64| if number < 0.0 { format!("({})", short(number)) } else { short(number) };
    let hidden = |j: usize| {
        let [a, b] = [WALK_WEIGHTS[0][j], WALK_WEIGHTS[1][j]];
        format!("O{} = σ({}·{} + {}·{}) = {}", j + 1, s(x[0]), s(a), s(x[1]), s(b), short(h[j]))
    };
    let delta = |j: usize| {
        format!("δ{} = {}·{}·{}·{} = {}", j + 1, s(h[j]), s(1.0 - h[j]), s(*d), s(v[j]), short(walk.hidden_deltas[j]))
    };
    match step {
        0 => format!("x = ({}, {}), t = {}", short(x[0]), short(x[1]), short(*t)),
        1 => format!("{}; {}", hidden(0), hidden(1)),
        2 => format!(
            "O = σ({}·{} + {}·{}) = {}; E = ½({} − {})² = {}",
            s(h[0]),
            s(v[0]),
            s(h[1]),
            s(v[1]),
            short(*o),
            short(*o),
            short(*t),
            short(walk.loss)
        ),
        3 => format!("δ = O(1 − O)(O − t) = {}·{}·{} = {}", s(*o), s(1.0 - o), s(o - t), short(*d)),
        4 => format!(
            "∂E/∂V = Oⱼ δ: {}·{} = {}, {}·{} = {}",
            s(h[0]),
            s(*d),
            short(walk.output_gradients[0]),
            s(h[1]),
            s(*d),
            short(walk.output_gradients[1])
        ),
        5 => format!("{}; {}", delta(0), delta(1)),
        _ => {
            let g = walk.hidden_gradients;
            format!("∂E/∂W = xᵢ δⱼ: {}, {}; {}, {}", short(g[0][0]), short(g[0][1]), short(g[1][0]), short(g[1][1]))
        }
    }
}

/// The widget `delta-walk`.
#[component]
pub fn Walk(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let narrow = use_narrow();
    let walk = Memo::new(move |_| delta_walk(&handle.values()).ok());
    let step = move || handle.whole("step").min(LAST);
    let picture = move || {
        let walk = walk.get()?;
        let step = step();
        let places = if narrow.get() { DOWN } else { ACROSS };
        let edge = |from: usize, to: usize, weight: f64, gradient: Option<f64>, late: bool| {
            let ((x1, y1), (x2, y2)) = (places[from], places[to]);
            // The two that cross are named before they do.
            let crossing = (from, to) == (0, 3) || (from, to) == (1, 2);
            let share = if crossing { 0.32 } else { 0.5 };
            let (x, y) = (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share);
            let gradient = gradient.map(|gradient| format!("∂ {}", short(gradient)));
            view! {
                <line class="wire" data-active=late.to_string() data-sign=if weight < 0.0 { "minus" } else { "plus" } x1=x1 y1=y1 x2=x2 y2=y2 stroke-width=1.0 + weight.abs() * 3.0></line>
                <text class="wire-label" x=x y=y - 6.0>{short(weight)}</text>
                <text class="wire-gradient" x=x y=y + 12.0>{gradient}</text>
            }
        };
        let first = (0..2).flat_map(|i| (0..2).map(move |j| (i, j))).map(|(i, j)| {
            edge(i, 2 + j, WALK_WEIGHTS[i][j], (step >= 6).then_some(walk.hidden_gradients[i][j]), step == 1 || step == 6)
        });
        let second = (0..2).map(|j| {
            edge(2 + j, 4, walk.output_weights[j], (step >= 4).then_some(walk.output_gradients[j]), (2..=5).contains(&step))
        });
        let node = |at: usize, name: String, value: Option<f64>, delta: Option<f64>| {
            let (x, y) = places[at];
            view! {
                <g class="neuron" transform=format!("translate({x},{y})")>
                    <circle r=RADIUS></circle>
                    <text class="node-name" y="-14">{name}</text>
                    <text class="node-value" y="5">{value.map(short)}</text>
                    <text class="node-gradient" y="22">{delta.map(|delta| format!("δ {}", short(delta)))}</text>
                </g>
            }
        };
        Some(view! {
            {first.collect_view()} {second.collect_view()}
            {node(0, "x1".into(), Some(walk.inputs[0]), None)}
            {node(1, "x2".into(), Some(walk.inputs[1]), None)}
            {node(2, "O1".into(), (step >= 1).then_some(walk.hidden[0]), (step >= 5).then_some(walk.hidden_deltas[0]))}
            {node(3, "O2".into(), (step >= 1).then_some(walk.hidden[1]), (step >= 5).then_some(walk.hidden_deltas[1]))}
            {node(4, "O".into(), (step >= 2).then_some(walk.output), (step >= 3).then_some(walk.output_delta))}
        })
    };
    let sentence = move || walk.get().map(|walk| words(&walk, step()));
    let go = move |to: usize| handle.set("step", to.min(LAST).to_string());
    view! {
        <div class="widget-stage">
            <div class="graph-scroll" tabindex="0" role="region" aria-label=t!(i18n, learn.w_delta_walk)>
                <svg class="walk" viewBox=move || if narrow.get() { "0 0 330 388" } else { "0 0 580 280" } role="img" aria-label=move || sentence().unwrap_or_default()>{picture}</svg>
            </div>
            <p class="widget-numbers number" aria-live="polite">{sentence}</p>
        </div>
        <div class="widget-buttons">
            <button type="button" on:click=move |_| go(0) aria-label=t!(i18n, learn.to_start)>"|<"</button>
            <button type="button" prop:disabled=move || step() == 0 on:click=move |_| go(step().saturating_sub(1)) aria-label=t!(i18n, learn.step_back)>"<"</button>
            <button type="button" prop:disabled=move || step() == LAST on:click=move |_| go(step() + 1) aria-label=t!(i18n, learn.step_on)>">"</button>
            <span class="muted">{move || t_string!(i18n, learn.step_of, step = step(), all = LAST)}</span>
        </div>
        {controls::all(handle, &["step"])}
    }
}
