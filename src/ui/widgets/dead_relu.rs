//! The dead last ReLU: a small run on ten clusters of points, and which of its ten outputs can still learn.

use super::Handle;
use super::controls;
use super::running::Running;
use crate::data::points::ten_clusters;
use crate::lessons::compute::perceptron::{self, Examples, Last, Perceptron};
use crate::lessons::compute::short;
use crate::random::Generator;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// Points of the dead-ReLU widget.
const CLUSTERED: usize = 200;

struct Clusters {
    network: Perceptron,
    examples: Examples,
    done: usize,
}

impl Clusters {
    fn new(last: &str, seed: u64) -> crate::Result<Clusters> {
        let last = match last {
            "relu" => Last::Relu,
            "leaky" => Last::Leaky,
            _ => Last::None,
        };
        let network = Perceptron::new(&[2, 32, 10], last, &mut Generator::new(seed))?;
        Ok(Clusters { network, examples: Examples::of(&ten_clusters(CLUSTERED, seed))?, done: 0 })
    }
}

/// The widget `dead-relu`: ten outputs after what stands behind the last layer. It trains anew at each change.
#[component]
pub fn DeadRelu(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let running = Running::new();
    let state = StoredValue::new_local(None::<Clusters>);
    let largest = RwSignal::new(Vec::<f64>::new());
    let report = move || {
        state.try_with_value(|state| {
            let Some(state) = state else { return };
            let scores = state.network.largest_scores(&state.examples.inputs).unwrap_or_default();
            let free = handle.values_untracked().text("last") == "none";
            let dead = if free { 0 } else { scores.iter().filter(|score| **score <= 0.0).count() };
            let (loss, accuracy) = state.network.judge(&state.examples).unwrap_or_default();
            handle.show_live("dead", dead.to_string());
            handle.show_live("accuracy", format!("{:.0} %", accuracy * 100.0));
            handle.show_live("loss", short(loss));
            largest.set(scores);
        });
    };
    let train = move || {
        let values = handle.values_untracked();
        let steps = values.whole("steps");
        state.set_value(Clusters::new(values.text("last"), values.whole("seed") as u64).ok());
        let step = move || {
            state
                .try_update_value(|state| {
                    let Some(state) = state.as_mut().filter(|state| state.done < steps) else { return true };
                    state.done += 1;
                    let update = perceptron::Update { rate: 0.3, momentum: 0.5, l1: 0.0, l2: 0.0 };
                    let examples = state.examples.clone();
                    state.network.step(&examples, &[], update).is_err()
                })
                .unwrap_or(true)
        };
        running.start(step, report);
    };
    // A setting changed, here or by the text: what was trained is no longer of it.
    Effect::new(move |_| {
        handle.values();
        train();
    });
    let bars = move || {
        let free = handle.text("last") == "none";
        largest
            .get()
            .into_iter()
            .enumerate()
            .map(|(class, score)| {
                let dead = !free && score <= 0.0;
                view! {
                    <li class="bar" data-strong=(!dead).to_string()>
                        <span class="bar-label">{class}</span>
                        <span class="bar-track" aria-hidden="true">
                            <span class="bar-fill" style:transform=format!("scaleX({:.3})", (score / 12.0).clamp(0.0, 1.0))></span>
                        </span>
                        <span class="bar-number number">{if dead { t!(i18n, learn.dead)().to_owned() } else { short(score) }}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="widget-stage">
            <p class="small muted">{t!(i18n, learn.dead_caption)}</p>
            <ul class="bars">{bars}</ul>
            <p class="widget-numbers number" aria-live="polite">
                {move || t_string!(i18n, learn.dead_words, dead = handle.shown("dead"), accuracy = handle.shown("accuracy"), loss = handle.shown("loss"))}
            </p>
        </div>
        <div class="widget-buttons"><button type="button" prop:disabled=move || running.is_on() on:click=move |_| train()>{t!(i18n, learn.train_again)}</button></div>
        {controls::all(handle, &[])}
    }
}
