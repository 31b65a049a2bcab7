//! The same walk over a network: a card for each op, the open one large with any number of it taken apart, and in slow motion
//! the network that Train has in training.

use super::card::{CardView, title_of};
use super::transport::Transport;
use super::walk::{MOST_IMAGES, NetworkWalk};
use crate::data::mnist::{DEVIATION, MEAN, PIXELS};
use crate::explain::badges::first_not_finite;
use crate::explain::digits::plain_number;
use crate::explain::formula::mathml;
use crate::explain::network_formula::formulas;
use crate::explain::network_trace::NetworkTrace;
use crate::explain::network_walk::{Card, NetworkStep, cards, pytorch_line};
use crate::trainer::protocol::Command;
use crate::ui::components::{Choice, NumberField, Scale, Switch, Thumbnail, Values as Picture, reveal_in};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::networks::NetworkName;
use crate::ui::pages::inspect::chooser::{ImageField, NetworkField};
use crate::ui::pages::inspect::focus::{Focus, Show, shape_text};
use crate::ui::pages::inspect::layers::{OpenLayer, ShowChoice, nan_sentence};
use crate::ui::pages::inspect::subject::Subject;
use crate::ui::pages::train::use_train;
use crate::ui::route::{Route, use_setting, use_setting_where};
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The stepper over the network and the images.
#[component]
pub fn NetworkPanel() -> impl IntoView {
    let i18n = use_i18n();
    let subject = Subject::from_address();
    let walk = NetworkWalk::from_address(subject);
    let speed = use_setting_where("nspeed", 2.0, |speed: &f64| (0.1..=60.0).contains(speed));
    let shown = use_setting("of", 0usize);
    let image = Signal::derive(move || shown.get().min(walk.images() - 1));
    let focus = opened_where(walk, Focus::from_address(walk.trace, image));
    let all = Memo::new(move |_| walk.trace.with(|trace| trace.as_ref().map(|trace| cards(trace)).unwrap_or_default()));
    let line = move || {
        let step = walk.step()?;
        walk.trace.with(|trace| Some(pytorch_line(trace.as_ref()?, step, &walk.optimizer.get())))
    };
    let sentence = move || walk.trace.with(|trace| trace.as_ref().map(|trace| say(i18n, trace, walk)));
    let rules = move || {
        let step = walk.step()?;
        walk.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let lines = formulas(trace, step, &walk.optimizer.get());
            // The sentence above says what the first one does; the others are read as the mathematics that they are.
            let said = say(i18n, trace, walk);
            let label = |line: usize| if line == 0 { said.as_str() } else { "" };
            let lines: Vec<String> =
                lines.iter().enumerate().map(|(line, tex)| mathml(tex, label(line), true)).collect();
            let line = |markup: String| view! { <div class="walk-rule" inner_html=markup></div> };
            Some(view! { <div class="walk-rules" data-testid="walk-rules">{lines.into_iter().map(line).collect_view()}</div> })
        })
    };
    let not_finite = move || {
        walk.trace.with(|trace| {
            let trace = trace.as_ref()?;
            Some(nan_sentence(i18n, trace, &first_not_finite(trace)?))
        })
    };
    let row = NodeRef::<html::Ol>::new();
    Effect::new(move |_| {
        walk.step();
        if let Some(row) = row.get() {
            request_animation_frame(move || reveal_in(&row, "[data-current=forward], [data-current=backward]"));
        }
    });
    let waiting = move || {
        let reason = subject.problem();
        walk.trace.with(Option::is_none).then(|| match reason {
            Some(reason) => t_string!(i18n, inspect.network_missing, reason = reason.words(i18n)),
            None => t_string!(i18n, inspect.waiting).to_string(),
        })
    };
    view! {
        <div class="network-walk">
            <Head subject walk shown=image on_shown=Callback::new(move |image| shown.set(image)) />
            {move || waiting().map(|text| view! { <p role="status">{text}</p> })}
            <div class="backprop-foot network-bar">
                <Transport walker=walk.walker() keys=true speed=speed.signal() on_speed=Callback::new(move |value| speed.set(value)) />
                <section class="rule panel" aria-label=t!(i18n, backprop.rule)>
                    <p class="rule-sentence" role="status" aria-live="polite" data-testid="walk-sentence">{sentence}</p>
                    {rules}
                    <pre class="rule-code" data-testid="walk-line"><code>{move || line().unwrap_or_default()}</code></pre>
                </section>
            </div>
            {move || not_finite().map(|text| view! { <p class="problem-sentence" data-testid="walk-nan">{text}</p> })}
            <ol class="cards" node_ref=row>
                {move || all.get().into_iter().map(|card| view! { <CardView card walk focus /> }).collect_view()}
            </ol>
            <section class="opened" aria-label=t!(i18n, backprop.opened)>
                <ShowChoice focus />
                <OpenLayer focus />
            </section>
        </div>
    }
}

/// What of the open op is known where the walk stands: its weight has moved once its update is taken.
fn opened_where(walk: NetworkWalk, focus: Focus) -> Focus {
    let layer = Memo::new(move |_| focus.opened.with(|opened| opened.as_ref().map_or(0, |(index, _)| *index)));
    let opened = Memo::new(move |_| match (focus.kind.get(), walk.moved_weight(layer.get())) {
        (Show::Weights, Some(moved)) => Some((layer.get(), moved)),
        _ => focus.opened.get(),
    });
    Focus { opened, known: Signal::derive(move || walk.knows(focus.kind.get(), layer.get())), ..focus }
}

/// What goes in, how fast it learns, and how far it is from what it should say.
#[component]
fn Head(
    subject: Subject,
    walk: NetworkWalk,
    #[prop(into)] shown: Signal<usize>,
    on_shown: Callback<usize>,
) -> impl IntoView {
    let i18n = use_i18n();
    let loss = Memo::new(move |_| walk.trace.with(|trace| trace.as_ref().map(|trace| trace.loss)));
    let computed = move || walk.taken(NetworkStep::Forward(Card::Loss));
    let target = subject.target();
    let targets = Signal::derive(move || {
        std::iter::once(("auto".to_string(), TextProp::from(move || t_string!(i18n, inspect.target_auto).to_string())))
            .chain((0..10).map(|digit| (digit.to_string(), TextProp::from(digit.to_string()))))
            .collect::<Vec<_>>()
    });
    let count = Memo::new(move |_| walk.images());
    let several = move || {
        let images = count.get();
        (images > 1).then(|| view! {
            <NumberField label=t!(i18n, backprop.shown_image) value=Signal::derive(move || shown.get() as f64) min=0.0 max=(images - 1) as f64
                whole=true on_change=Callback::new(move |value: f64| on_shown.run(value as usize)) test_id="shown-image" />
        })
    };
    let is_real = Memo::new(move |_| walk.real.with(Option::is_some));
    let chosen = move || {
        view! {
            <ImageField subject />
            <NumberField label=t!(i18n, backprop.batch) value=Signal::derive(move || walk.batch.get() as f64) min=1.0 max=MOST_IMAGES as f64
                whole=true on_change=Callback::new(move |value: f64| walk.batch.set(value as usize)) test_id="walk-batch" />
            <Choice label=t!(i18n, inspect.target) options=targets value=target.signal() on_change=Callback::new(move |value| target.set(value)) test_id="target" />
            <NumberField label=t!(i18n, backprop.rate) value=walk.rate.signal() min=0.0 max=100.0 step=0.01 on_change=Callback::new(move |value| walk.rate.set(value)) />
        }
    };
    let picture = Signal::derive(move || {
        walk.trace.with(|trace| {
            let pixels = trace.as_ref()?.layers.first()?.input.image(shown.get());
            let numbers: Vec<f32> = pixels.iter().map(|value| value * DEVIATION + MEAN).collect();
            (numbers.len() == PIXELS).then(|| Picture { width: 28, height: 28, numbers: numbers.into() })
        })
    });
    let says = move || {
        walk.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let (image, asked) = (shown.get(), *trace.labels.get(shown.get())?);
            Some(match computed() {
                true => t_string!(i18n, backprop.image_reads, asked = asked, read = trace.read(image)),
                false => t_string!(i18n, backprop.image_asks, asked = asked),
            })
        })
    };
    let probabilities = move || {
        let probability = |k: usize| {
            let share = Memo::new(move |_| {
                walk.trace.with(|trace| trace.as_ref()?.probabilities.image(shown.get()).get(k).copied())
            });
            let value = move || share.get().map(|share| share.to_string()).unwrap_or_default();
            let text = move || share.get().map(|share| format!("{:.1}", share * 100.0)).unwrap_or_default();
            view! { <li><b>{k}</b> <span class="number" data-testid=format!("walk-probability-{k}") data-value=value>{text}</span></li> }
        };
        computed().then(|| (0..10).map(probability).collect_view())
    };
    view! {
        <div class="network-head">
            <NetworkField subject test_id="walk-network" />
            {move || (!is_real.get()).then(chosen)}
            {several}
            <div class="walk-image">
                <Thumbnail label=t!(i18n, backprop.shown_picture) values=picture scale=Signal::derive(|| Scale::Ink) />
                <p data-testid="walk-image">{says}</p>
            </div>
            <p class="loss">{t!(i18n, inspect.loss)} " "
                <output data-testid="walk-loss" data-value=move || loss.get().map(|loss| loss.to_string()).unwrap_or_default()>
                    {move || loss.get().filter(|_| computed()).map(|loss| plain_number(f64::from(loss))).unwrap_or_else(|| "–".to_string())}
                </output>
            </p>
            <ul class="walk-probabilities" aria-label=t!(i18n, backprop.probabilities)>{probabilities}</ul>
            <SlowMotion subject walk />
        </div>
    }
}

/// Steps of the real run: each is taken by the trainer, then its network is here to be walked through.
#[component]
fn SlowMotion(subject: Subject, walk: NetworkWalk) -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let route = expect_context::<Route>();
    let made_of = move || {
        walk.real.with(|next| {
            let next = next.as_ref()?;
            let optimizer = next.settings.optimizer.kind.class_name();
            let (rate, images) = (plain_number(next.learning_rate), next.batch);
            let text = t_string!(i18n, backprop.real_made_of, step = next.step, images = images, optimizer = optimizer, rate = rate);
            let cut = (next.positions.len() < images as usize).then(|| t_string!(i18n, backprop.real_cut, images = next.positions.len()));
            Some(view! { <p class="slow-motion small" data-testid="real-made-of" data-step=next.step.to_string()>{text} {cut.map(|cut| format!(" {cut}"))}</p> })
        })
    };
    let step = move || {
        view! {
            <Switch label=t!(i18n, backprop.of_run) value=walk.of_run.signal() on_change=Callback::new(move |on| walk.of_run.set(on)) />
            {made_of}
            <p class="slow-motion small">
                <button type="button" data-testid="real-step" on:click=move |_| train.go(Command::Step)>{t!(i18n, backprop.real_step)}</button>
                " " <span data-testid="real-step-count" data-value=move || train.figures.get().step>{move || t_string!(i18n, backprop.real_step_count, step = train.figures.get().step)}</span>
            </p>
        }
    };
    move || {
        match (subject.network.get(), train.configured.with(Option::is_some)) {
        (NetworkName::Training, true) => step().into_any(),
        (NetworkName::Training, false) => view! {
            <p class="slow-motion small muted">{t!(i18n, backprop.no_run)} " " <a href=move || route.link("train")>{t!(i18n, backprop.to_train)}</a></p>
        }
        .into_any(),
        _ => ().into_any(),
    }
    }
}

/// What the step does, with its sizes and numbers.
fn say(i18n: I18n, trace: &NetworkTrace, walk: NetworkWalk) -> String {
    let norm = |values: &crate::explain::network_trace::Values| plain_number(values.norm());
    match walk.step() {
        None => t_string!(i18n, backprop.walk_start).to_string(),
        Some(NetworkStep::Forward(card)) => match card {
            Card::Layer(index) => {
                let view = &trace.layers[index];
                let (from, to) = (shape_text(&view.input.shape), shape_text(&view.output.shape));
                t_string!(i18n, backprop.walk_forward, name = title_of(trace, card), from = from, to = to)
            }
            Card::LogSoftmax => t_string!(i18n, backprop.walk_log_softmax).to_string(),
            Card::Loss => t_string!(i18n, backprop.walk_loss, loss = plain_number(f64::from(trace.loss))),
        },
        Some(NetworkStep::Seed) => t_string!(i18n, backprop.walk_seed).to_string(),
        Some(NetworkStep::Backward(card)) => {
            let (arrived, left) = match card {
                Card::Layer(index) => {
                    (norm(&trace.layers[index].output_gradient), norm(&trace.layers[index].input_gradient))
                }
                Card::LogSoftmax => (norm(&trace.log_probabilities_gradient), norm(&trace.logits_gradient)),
                Card::Loss => ("1".to_string(), norm(&trace.log_probabilities_gradient)),
            };
            let has_weights = matches!(card, Card::Layer(index) if !trace.layers[index].parameters.is_empty());
            let name = title_of(trace, card);
            match has_weights {
                true => t_string!(i18n, backprop.walk_backward_weights, name = name, arrived = arrived, left = left),
                false => t_string!(i18n, backprop.walk_backward, name = name, arrived = arrived, left = left),
            }
        }
        Some(NetworkStep::Update(place)) => {
            let parameter = trace.parameters().nth(place);
            let name = parameter.map(|parameter| parameter.name.clone()).unwrap_or_default();
            let optimizer = walk.optimizer.get();
            let (class, moved) = (optimizer.settings.kind.class_name(), plain_number(walk.distance(place)));
            let rate = plain_number(optimizer.learning_rate);
            t_string!(i18n, backprop.walk_update, name = name, optimizer = class, rate = rate, moved = moved)
        }
    }
}
