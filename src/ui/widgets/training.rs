//! Two small runs on points: the dead last ReLU, and a run to be watched.

use super::Handle;
use super::controls;
use super::running::Running;
use crate::data::points::{make, ten_clusters};
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

struct Watched {
    network: Perceptron,
    examples: Examples,
    generator: Generator,
    order: Vec<usize>,
}

/// The widget `live-training`: the loss of each step, raw and smoothed.
#[component]
pub fn LiveTraining(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let running = Running::new();
    let begin = move || {
        let seed = handle.values_untracked().whole("seed") as u64;
        let mut generator = Generator::new(seed);
        let network = Perceptron::new(&[2, 16, 2], Last::None, &mut generator).ok()?;
        let examples = Examples::of(&make("moons", 400, 0.2, seed)).ok()?;
        Some(Watched { network, examples, generator, order: Vec::new() })
    };
    let (state, losses) = handle.kept(|| (StoredValue::new_local(begin()), RwSignal::new(Vec::<f64>::new())));
    let smoothed = Memo::new(move |_| {
        let keep = handle.number("smoothing");
        let mut average = None::<f64>;
        losses.with(|losses| {
            losses
                .iter()
                .map(|loss| {
                    let next = average.map_or(*loss, |average| keep * average + (1.0 - keep) * loss);
                    average = Some(next);
                    next
                })
                .collect::<Vec<f64>>()
        })
    });
    let step = move || {
        let values = handle.values_untracked();
        let loss = state
            .try_update_value(|state| {
                let state = state.as_mut()?;
                let batch = values.whole("batch").max(1);
                if state.order.len() < batch {
                    state.order = state.generator.randperm(state.examples.count());
                }
                let rest = state.order.split_off(batch.min(state.order.len()));
                let positions = std::mem::replace(&mut state.order, rest);
                let examples = state.examples.pick(&positions).ok()?;
                let update = perceptron::Update { rate: values.number("rate"), momentum: 0.0, l1: 0.0, l2: 0.0 };
                state.network.step(&examples, &[], update).ok()
            })
            .flatten();
        let Some(loss) = loss else { return true };
        losses.update(|losses| losses.push(loss));
        losses.with_untracked(|losses| losses.len() >= 2000)
    };
    let report = move || {
        handle.show_live("step", losses.with_untracked(Vec::len).to_string());
        if let Some(loss) = losses.with_untracked(|losses| losses.last().copied()) {
            handle.show_live("loss", short(loss));
        }
        if let Some(smooth) = smoothed.with_untracked(|smoothed| smoothed.last().copied()) {
            handle.show_live("smooth", short(smooth));
        }
    };
    let reset = move |_| {
        running.stop();
        state.set_value(begin());
        losses.set(Vec::new());
        handle.show_live("step", "0".into());
        handle.show_live("loss", "–".into());
    };
    let line = move |numbers: &[f64]| {
        let count = numbers.len().max(100) as f64;
        let stride = (numbers.len() / 600).max(1);
        numbers
            .iter()
            .enumerate()
            .step_by(stride)
            .filter(|(_, loss)| loss.is_finite())
            .map(|(at, loss)| format!("{:.1},{:.1} ", at as f64 / count * 600.0, 250.0 - (loss.min(1.6) / 1.6) * 240.0))
            .collect::<String>()
    };
    let words = move || {
        t_string!(
            i18n,
            learn.watch_words,
            step = losses.with(Vec::len),
            loss = handle.shown("loss"),
            smooth = handle.shown("smooth")
        )
    };
    view! {
        <div class="widget-stage">
            <svg class="plot still" viewBox="0 0 600 260" role="img" aria-label=words>
                {[0.0, 0.4, 0.8, 1.2, 1.6].map(|tick| {
                    let y = 250.0 - tick / 1.6 * 240.0;
                    view! { <line class="rule" x1="0" x2="600" y1=y y2=y></line> <text class="tick" x="3" y=y - 3.0>{short(tick)}</text> }
                }).collect_view()}
                <polyline class="raw" points=move || losses.with(|losses| line(losses))></polyline>
                <polyline class="curve" points=move || smoothed.with(|smoothed| line(smoothed))></polyline>
            </svg>
            <p class="widget-legend"><span class="key raw">{t!(i18n, learn.key_raw)}</span> <span class="key curve">{t!(i18n, learn.key_smooth)}</span></p>
            <p class="widget-numbers number">{words}</p>
        </div>
        <div class="widget-buttons">
            <button type="button" data-testid="live-start" on:click=move |_| if running.is_on() { running.stop() } else { running.start_paced(2, step, report) }>
                {move || if running.is_on() { t!(i18n, learn.pause)() } else { t!(i18n, learn.start)() }}
            </button>
            <button type="button" class="quiet" on:click=reset>{t!(i18n, learn.reset)}</button>
        </div>
        {controls::all(handle, &[])}
    }
}
