//! One neuron, or several on the same inputs: the derivation line by line, each line with its numbers, beside autograd's.

use super::Handle;
use super::controls;
use crate::lessons::compute::networks::{Neuron as Computed, neuron};
use crate::lessons::compute::{short, tex};
use crate::lessons::math::to_mathml;
use crate::ui::components::Slider;
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;

/// The lines of the derivation for output `k`, formula and numbers.
fn lines(state: &Computed, k: usize) -> Vec<String> {
    let (o, t) = (state.outputs[k], state.targets[k]);
    let bracketed = |number: f64| if number < 0.0 { format!("({})", tex(number)) } else { tex(number) };
    let terms: Vec<String> = state
        .inputs
        .iter()
        .zip(&state.weights[k])
        .map(|(x, w)| format!(r"{} \cdot {}", bracketed(*x), bracketed(*w)))
        .collect();
    let index = if state.outputs.len() > 1 { format!("_{{{}}}", k + 1) } else { String::new() };
    let mut lines = vec![
        format!(r"x \cdot w{index} = {} = {}", terms.join(" + "), tex(state.sums[k])),
        format!(r"O{index} = \sigma({}) = {}", tex(state.sums[k]), tex(o)),
        format!(r"O{index} - t{index} = {} - {} = {}", tex(o), bracketed(t), tex(o - t)),
        format!(r"O{index}(1 - O{index}) = {} \cdot {} = {}", tex(o), tex(1.0 - o), tex(o * (1.0 - o))),
    ];
    for (j, x) in state.inputs.iter().enumerate() {
        let place = if state.outputs.len() > 1 { format!("{}{}", j + 1, k + 1) } else { format!("{}", j + 1) };
        lines.push(format!(
            r"\frac{{\partial E}}{{\partial w_{{{place}}}}} = {} \cdot {} \cdot {} = {}",
            bracketed(o - t),
            tex(o * (1.0 - o)),
            bracketed(*x),
            tex(state.formula[k][j])
        ));
    }
    lines
}

/// The widget `neuron`.
#[component]
pub fn Neuron(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let state = Memo::new(move |_| {
        let values = handle.values();
        neuron(&values.numbers("x"), &values.rows("w"), &values.numbers("t")).ok()
    });
    let derivation = move || {
        let state = state.get()?;
        let outputs = 0..state.outputs.len();
        let lines = outputs.flat_map(|k| lines(&state, k)).map(|tex| {
            let mathml = to_mathml(&tex, true).unwrap_or(tex);
            view! { <li class="derivation-line" inner_html=mathml></li> }
        });
        let agree = state.formula.concat().iter().map(|g| short(*g)).collect::<Vec<_>>().join(", ");
        let autograd = state.autograd.concat().iter().map(|g| short(*g)).collect::<Vec<_>>().join(", ");
        Some(view! {
            <ol class="derivation" tabindex="0">{lines.collect_view()}</ol>
            <p class="widget-numbers number" aria-live="polite">
                {t!(i18n, learn.formula_gives)} " [" {agree} "] · " {t!(i18n, learn.autograd_gives)} " [" {autograd} "]"
            </p>
        })
    };
    let rows = Memo::new(move |_| handle.values().rows("w").iter().map(Vec::len).collect::<Vec<_>>());
    let weights = move || {
        let single = rows.get().len() == 1;
        rows.get()
            .into_iter()
            .enumerate()
            .flat_map(|(k, width)| (0..width).map(move |j| (k, j)))
            .map(|(k, j)| {
                let value = Signal::derive(move || {
                    handle.values().rows("w").get(k).and_then(|row| row.get(j)).copied().unwrap_or(0.0)
                });
                let change = Callback::new(move |value: f64| {
                    let mut rows = handle.values_untracked().rows("w");
                    if let Some(place) = rows.get_mut(k).and_then(|row| row.get_mut(j)) {
                        *place = format!("{value:.4}").parse().unwrap_or(value);
                    }
                    let text = rows.iter().map(|row| row.iter().map(f64::to_string).collect::<Vec<_>>().join(","));
                    handle.set("w", text.collect::<Vec<_>>().join(";"));
                });
                let label = if single { format!("w{}", j + 1) } else { format!("w{}{}", j + 1, k + 1) };
                view! { <Slider label value on_change=change min=-4.0 max=4.0 step=0.1 /> }
            })
            .collect_view()
    };
    view! {
        <div class="widget-stage">{derivation}</div>
        <div class="widget-controls">
            {controls::list(handle, "x", (-3.0, 3.0, 0.1), |at| format!("x{}", at + 1))}
            {weights}
            {controls::list(handle, "t", (0.0, 1.0, 0.05), |at| format!("t{}", at + 1))}
        </div>
    }
}
