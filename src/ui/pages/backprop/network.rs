//! The same walk over a network: a card for each op, with a picture of its output, the gradient that arrived and the sizes
//! of those that left, and the PyTorch line. One training step, forward and back, and the next one after the update.

use super::transport::{Transport, Walker};
use super::{read_position, write_position};
use crate::explain::formula::plain_number;
use crate::explain::mosaic::Mosaic;
use crate::explain::network_trace::{NetworkTrace, Values};
use crate::explain::network_walk::{Card, NetworkStep, cards, ends, module, pytorch_line, steps, updated};
use crate::explain::trace::Position;
use crate::ui::components::{Choice, NumberField, Scale, Values as Picture, draw_values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::networks::NetworkName;
use crate::ui::pages::inspect::subject::Subject;
use crate::ui::route::{Route, use_setting_where};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::Arc;

/// Rounds that are walked at most: each is computed from the first on.
const ROUNDS: usize = 20;

/// The stepper over the network and the image.
#[component]
pub fn NetworkPanel() -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let subject = Subject::from_address();
    let rate = use_setting_where("nlr", 0.01, |rate: &f64| (0.0..=100.0).contains(rate));
    let speed = use_setting_where("nspeed", 2.0, |speed: &f64| (0.1..=60.0).contains(speed));
    let at = use_setting_where("nat", "0.0".to_string(), |text| {
        read_position(text).is_some_and(|position| position.round < ROUNDS)
    });
    let wanted = Memo::new(move |_| read_position(&at.get()).unwrap_or_default());
    let round = Memo::new(move |_| wanted.get().round);
    let trace = Memo::new(move |_| {
        let mut network = subject.network_now()?;
        let (picture, label) = (subject.picture.get()?, subject.label.get());
        let mut trace = NetworkTrace::new(&network, &picture, &[label]).ok()?;
        for _ in 0..round.get() {
            network = updated(&network, &trace, rate.get()).ok()?;
            trace = NetworkTrace::new(&network, &picture, &[label]).ok()?;
        }
        Some(Arc::new(trace))
    });
    let list = Memo::new(move |_| trace.with(|trace| trace.as_ref().map(|trace| steps(trace)).unwrap_or_default()));
    let position = Memo::new(move |_| {
        let Position { round, step } = wanted.get();
        Position { round, step: step.min(list.with(Vec::len)) }
    });
    let walker = Walker {
        position,
        ends: Signal::derive(move || list.with(|list| ends(list))),
        next: Callback::new(move |()| {
            let Position { round, step } = position.get_untracked();
            match step < list.with_untracked(Vec::len) {
                true => Position { round, step: step + 1 },
                false if round + 1 < ROUNDS => Position { round: round + 1, step: 0 },
                false => Position { round, step },
            }
        }),
        previous: Callback::new(move |()| match position.get_untracked() {
            Position { round: 0, step: 0 } => Position::default(),
            Position { round, step: 0 } => Position { round: round - 1, step: list.with_untracked(Vec::len) },
            Position { round, step } => Position { round, step: step - 1 },
        }),
        go: Callback::new(move |position: Position| at.set(write_position(position))),
    };
    let all = Memo::new(move |_| trace.with(|trace| trace.as_ref().map(|trace| cards(trace)).unwrap_or_default()));
    let line = move || {
        let step = list.with(|list| list.get(position.get().step.checked_sub(1)?).copied())?;
        trace.with(|trace| Some(pytorch_line(trace.as_ref()?, step, rate.get())))
    };
    let networks = Signal::derive(move || {
        NetworkName::ALL
            .into_iter()
            .filter(|name| *name != NetworkName::Training || subject.has_training() || subject.network.get() == *name)
            .map(|name| {
                let label = move || match name {
                    NetworkName::Training => t_string!(i18n, inspect.in_training).to_string(),
                    other => other.code().to_string(),
                };
                (name.code().to_string(), TextProp::from(label))
            })
            .collect::<Vec<_>>()
    });
    let choose = Callback::new(move |code: String| {
        if let Some(name) = NetworkName::from_code(&code) {
            subject.network.set(name);
        }
    });
    let loss = move || trace.with(|trace| trace.as_ref().map(|trace| plain_number(f64::from(trace.loss))));
    let done = move || position.get().step >= walker.ends.get()[0];
    view! {
        <div class="network-walk">
            <div class="network-head">
                <Choice label=t!(i18n, inspect.network) options=networks value=Signal::derive(move || subject.network.get().code().to_string())
                    on_change=choose test_id="walk-network" />
                <NumberField label=t!(i18n, backprop.rate) value=rate.signal() min=0.0 max=100.0 step=0.01 on_change=Callback::new(move |value| rate.set(value)) />
                <p class="muted small">
                    {t!(i18n, backprop.network_image)} " " <a href=move || route.link("inspect")>{t!(i18n, backprop.open_inspect)}</a>
                </p>
                <p class="loss">{t!(i18n, inspect.loss)} " " <output data-testid="walk-loss">{move || done().then(loss).flatten().unwrap_or_else(|| "–".to_string())}</output></p>
            </div>
            <div class="backprop-foot network-bar">
                <Transport walker keys=true speed=speed.signal() on_speed=Callback::new(move |value| speed.set(value)) />
                <pre class="panel rule-code" role="status" aria-live="polite" data-testid="walk-line"><code>{move || line().unwrap_or_default()}</code></pre>
            </div>
            <ol class="cards">
                {move || all.get().into_iter().map(|card| view! { <CardView card trace list position rate=rate.signal() /> }).collect_view()}
            </ol>
        </div>
    }
}

/// One op.
#[component]
fn CardView(
    card: Card,
    trace: Memo<Option<Arc<NetworkTrace>>>,
    list: Memo<Vec<NetworkStep>>,
    position: Memo<Position>,
    rate: Signal<f64>,
) -> impl IntoView {
    let i18n = use_i18n();
    let place = move |wanted: NetworkStep| list.with(|list| list.iter().position(|step| *step == wanted));
    let taken = move |wanted: NetworkStep| place(wanted).is_some_and(|at| position.get().step > at);
    let forward = Memo::new(move |_| taken(NetworkStep::Forward(card)));
    let backward = Memo::new(move |_| taken(NetworkStep::Backward(card)));
    let current = Memo::new(move |_| {
        let step = list.with(|list| list.get(position.get().step.checked_sub(1)?).copied());
        match step {
            Some(NetworkStep::Forward(at)) if at == card => "forward",
            Some(NetworkStep::Backward(at)) if at == card => "backward",
            Some(NetworkStep::Seed) if card == Card::Loss => "backward",
            _ => "",
        }
    });
    let title = Memo::new(move |_| {
        trace.with(|trace| match (card, trace) {
            (Card::Layer(index), Some(trace)) => {
                trace.layers.get(index).map(|view| module(view.layer, &view.input.shape)).unwrap_or_default()
            }
            (Card::LogSoftmax, _) => "F.log_softmax".to_string(),
            (Card::Loss, _) => "F.nll_loss".to_string(),
            _ => String::new(),
        })
    });
    let output = Memo::new(move |_| {
        trace.with(|trace| {
            let trace = trace.as_ref()?;
            Some(match card {
                Card::Layer(index) => trace.layers.get(index)?.output.clone(),
                Card::LogSoftmax => trace.log_probabilities.clone(),
                Card::Loss => Values { shape: vec![1, 1], data: vec![trace.loss].into() },
            })
        })
    });
    // The gradient that arrives is here as soon as the op after has had its turn.
    let arrived = Memo::new(move |_| {
        trace.with(|trace| {
            let trace = trace.as_ref()?;
            Some(match card {
                Card::Layer(index) => trace.layers.get(index)?.output_gradient.clone(),
                Card::LogSoftmax => trace.log_probabilities_gradient.clone(),
                Card::Loss => Values { shape: vec![1, 1], data: vec![1.0].into() },
            })
        })
    });
    let next_card = Memo::new(move |_| {
        trace.with(|trace| {
            let all = cards(trace.as_ref()?);
            let at = all.iter().position(|other| *other == card)?;
            all.get(at + 1).copied()
        })
    });
    let has_arrived = Memo::new(move |_| match next_card.get() {
        Some(next) => taken(NetworkStep::Backward(next)),
        None => taken(NetworkStep::Seed),
    });
    let leaving = move || {
        trace.with(|trace| {
            let trace = trace.as_ref()?;
            let mut rows = Vec::new();
            match card {
                Card::Layer(index) => {
                    let view = trace.layers.get(index)?;
                    rows.push(("x".to_string(), view.input_gradient.norm()));
                    rows.extend(view.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.gradient.norm())));
                }
                Card::LogSoftmax => rows.push(("x".to_string(), trace.logits_gradient.norm())),
                Card::Loss => rows.push(("log_p".to_string(), trace.log_probabilities_gradient.norm())),
            }
            let cells = rows.into_iter().map(|(name, norm)| {
                view! { <tr><th scope="row">{format!("|∂L/∂ {name}|")}</th><td data-value=norm.to_string()>{plain_number(norm)}</td></tr> }
            });
            Some(view! { <table class="numbers"><tbody>{cells.collect_view()}</tbody></table> })
        })
    };
    let moved = move || {
        let names: Vec<(usize, String)> = trace.with(|trace| {
            trace
                .as_ref()
                .map(|trace| trace.parameters().enumerate().map(|(at, parameter)| (at, parameter.name.clone())).collect())
                .unwrap_or_default()
        });
        let Card::Layer(index) = card else { return None };
        let own: Vec<String> = names
            .into_iter()
            .filter(|(at, name)| {
                name.split_once('.').is_some_and(|(layer, _)| layer == index.to_string()) && taken(NetworkStep::Update(*at))
            })
            .map(|(_, name)| name)
            .collect();
        (!own.is_empty()).then(|| view! { <p class="small card-moved">{t_string!(i18n, backprop.moved, names = own.join(", "), rate = rate.get())}</p> })
    };
    let shape = move || {
        output.with(|output| {
            output
                .as_ref()
                .map(|output| output.shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "))
                .unwrap_or_default()
        })
    };
    view! {
        <li class="card" data-current=move || current.get() data-testid=match card {
            Card::Layer(index) => format!("card-{index}"),
            Card::LogSoftmax => "card-log-softmax".to_string(),
            Card::Loss => "card-loss".to_string(),
        }>
            <h3><code>{move || title.get()}</code></h3>
            <p class="muted small">{shape}</p>
            <div class="card-pictures">
                <figure>
                    <figcaption class="small">{t!(i18n, backprop.output)}</figcaption>
                    <Small values=output shown=forward />
                </figure>
                <figure>
                    <figcaption class="small">{t!(i18n, backprop.arrives)}</figcaption>
                    <Small values=arrived shown=has_arrived />
                </figure>
            </div>
            <div class="card-leaving">
                {move || backward.get().then(|| view! { <p class="small muted">{t!(i18n, backprop.leaves)}</p> {leaving()} })}
                {moved}
            </div>
        </li>
    }
}

/// A picture that is only there once its numbers are known.
#[component]
fn Small(values: Memo<Option<Values>>, shown: Memo<bool>) -> impl IntoView {
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        if let (Some(values), true) = (values.get(), shown.get()) {
            let mosaic = Mosaic::new(&values.shape[1..]);
            let signed = values.data.iter().any(|value| *value < 0.0);
            let picture =
                Picture { width: mosaic.width, height: mosaic.height, numbers: mosaic.numbers(&values.data).into() };
            draw_values(&canvas, &picture, if signed { Scale::Signed } else { Scale::Amounts }, &palette.get());
        }
    });
    let number = move || {
        let values = values.get()?;
        (values.data.len() == 1).then(|| plain_number(f64::from(values.data[0])))
    };
    view! {
        <div class="card-picture" data-shown=move || shown.get().to_string()>
            <canvas class="thumbnail" aria-hidden="true" node_ref=canvas></canvas>
            <span class="number">{move || if shown.get() { number() } else { None }}</span>
        </div>
    }
}
