//! One op of the network: what came out, the gradient that arrived, those that left, the update; each once its step is taken.

use super::walk::NetworkWalk;
use crate::explain::digits::plain_number;
use crate::explain::network_trace::{LayerView, NetworkTrace, Values};
use crate::explain::network_walk::{Card, NetworkStep, module};
use crate::ui::components::{Scale, TableToggle, Thumbnail};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::pages::inspect::focus::{Focus, picture_of, scale_of, shape_text};
use leptos::prelude::*;

/// How PyTorch writes an op.
pub fn title_of(trace: &NetworkTrace, card: Card) -> String {
    match card {
        Card::Layer(index) => trace.layers.get(index).map(|view| module(view.layer, &view.input.shape)).unwrap_or_default(),
        Card::LogSoftmax => "F.log_softmax".to_string(),
        Card::Loss => "F.nll_loss".to_string(),
    }
}

/// What an op has read and made, and the gradients at both its ends.
struct Ends {
    input: Values,
    output: Values,
    arrived: Values,
    left: Values,
}

fn ends_of(trace: &NetworkTrace, card: Card) -> Option<Ends> {
    let one = |value: f32| Values { shape: vec![1, 1], data: vec![value].into() };
    Some(match card {
        Card::Layer(index) => {
            let LayerView { input, output, output_gradient, input_gradient, .. } = trace.layers.get(index)?.clone();
            Ends { input, output, arrived: output_gradient, left: input_gradient }
        }
        Card::LogSoftmax => Ends {
            input: trace.logits.clone(),
            output: trace.log_probabilities.clone(),
            arrived: trace.log_probabilities_gradient.clone(),
            left: trace.logits_gradient.clone(),
        },
        Card::Loss => Ends {
            input: trace.log_probabilities.clone(),
            output: one(trace.loss),
            arrived: one(1.0),
            left: trace.log_probabilities_gradient.clone(),
        },
    })
}

/// The part of one image, without the batch axis; what has no batch axis as it is.
fn one_image(values: &Values, image: usize) -> Values {
    match values.shape.first() {
        Some(&images) if images > image => Values { shape: values.shape[1..].to_vec(), data: values.image(image).into() },
        _ => Values { shape: values.shape[1..].to_vec(), data: values.image(0).into() },
    }
}

/// One op.
#[component]
pub fn CardView(card: Card, walk: NetworkWalk, focus: Focus) -> impl IntoView {
    let i18n = use_i18n();
    let backward = Memo::new(move |_| walk.taken(NetworkStep::Backward(card)));
    let current = Memo::new(move |_| match walk.step() {
        Some(NetworkStep::Forward(at)) if at == card => "forward",
        Some(NetworkStep::Backward(at)) if at == card => "backward",
        Some(NetworkStep::Seed) if card == Card::Loss => "backward",
        _ => "",
    });
    let title = Memo::new(move |_| walk.trace.with(|trace| trace.as_ref().map(|trace| title_of(trace, card))));
    let ends = move |read: fn(Ends) -> Values| {
        Memo::new(move |_| {
            walk.trace.with(|trace| Some(one_image(&read(ends_of(trace.as_ref()?, card)?), focus.image.get())))
        })
    };
    let output = ends(|ends| ends.output);
    // With the batch, where there is one.
    let sizes = move || {
        walk.trace.with(|trace| {
            let Ends { input, output, .. } = ends_of(trace.as_ref()?, card)?;
            let batch = usize::from(trace.as_ref()?.images() == 1);
            let text = |values: &Values| shape_text(values.shape.get(batch..).unwrap_or_default());
            Some(match card {
                Card::Loss => format!("{} → 1", text(&input)),
                _ => format!("{} → {}", text(&input), text(&output)),
            })
        })
    };
    let computed = Memo::new(move |_| walk.taken(NetworkStep::Forward(card)));
    let arrived = Memo::new(move |_| walk.arrived(card));
    let figure = move |label: &'static str, values: Memo<Option<Values>>, shown: Memo<bool>| {
        view! {
            <figure>
                <figcaption class="small muted">{label}</figcaption>
                <Small values shown />
            </figure>
        }
    };
    let open = move || match card {
        Card::Layer(index) => Some(view! {
            <button type="button" class="small card-open" aria-pressed=move || (focus.layer.get() == index).to_string()
                aria-label=move || t_string!(i18n, backprop.open_op, name = title.get().unwrap_or_default())
                data-testid=format!("open-{index}") on:click=move |_| focus.open(index)>{t!(i18n, backprop.open)}</button>
        }),
        _ => None,
    };
    let pictures = move || {
        view! {
            <div class="card-pictures">
                {move || figure(t_string!(i18n, backprop.output), output, computed)}
                {move || figure(t_string!(i18n, backprop.arrives), ends(|ends| ends.arrived), arrived)}
                {move || figure(t_string!(i18n, backprop.leaves), ends(|ends| ends.left), backward)}
            </div>
        }
    };
    // A layer is opened for its numbers; the ten of the softmax stand here.
    let rows = Signal::derive(move || class_rows(i18n, walk, focus.image.get()));
    let pictures = match card {
        Card::LogSoftmax => view! { <TableToggle rows>{pictures()}</TableToggle> }.into_any(),
        _ => pictures().into_any(),
    };
    view! {
        <li class="card" data-current=move || current.get() data-testid=match card {
            Card::Layer(index) => format!("card-{index}"),
            Card::LogSoftmax => "card-log-softmax".to_string(),
            Card::Loss => "card-loss".to_string(),
        }>
            <div class="card-head"><h2><code>{move || title.get()}</code></h2>{open}</div>
            <p class="muted small">{sizes}</p>
            {pictures}
            {move || backward.get().then(|| view! { <Leaving card walk /> })}
        </li>
    }
}

/// What goes through the softmax, class by class, as far as it is known.
fn class_rows(i18n: I18n, walk: NetworkWalk, image: usize) -> Vec<Vec<String>> {
    let (forward, backward) =
        (walk.taken(NetworkStep::Forward(Card::LogSoftmax)), walk.taken(NetworkStep::Backward(Card::LogSoftmax)));
    let arrived = walk.arrived(Card::LogSoftmax);
    let head = [t_string!(i18n, inspect.digit), "x", "log p", "∂L/∂ log p", "∂L/∂ x"].map(str::to_string).to_vec();
    walk.trace.with(|trace| {
        let Some(trace) = trace else { return vec![head] };
        let show = |values: &Values, class: usize, known: bool| match values.image(image).get(class) {
            Some(&number) if known => plain_number(f64::from(number)),
            _ => "–".to_string(),
        };
        let row = |class: usize| {
            vec![
                class.to_string(),
                show(&trace.logits, class, forward),
                show(&trace.log_probabilities, class, forward),
                show(&trace.log_probabilities_gradient, class, arrived),
                show(&trace.logits_gradient, class, backward),
            ]
        };
        std::iter::once(head).chain((0..trace.logits.image(image).len()).map(row)).collect()
    })
}

/// The sizes of the gradients that left, and whether the parameters have moved.
#[component]
fn Leaving(card: Card, walk: NetworkWalk) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        walk.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let x = if card == Card::Loss { "log_p" } else { "x" };
            let mut rows = vec![(x.to_string(), ends_of(trace, card)?.left.norm(), None)];
            if let Card::Layer(index) = card {
                let all = trace.parameters().enumerate();
                let own = all.filter(|(_, parameter)| {
                    parameter.name.split_once('.').is_some_and(|(layer, _)| layer == index.to_string())
                });
                rows.extend(own.map(|(at, parameter)| (parameter.name.clone(), parameter.gradient.norm(), Some(at))));
            }
            let row = |(name, norm, _): &(String, f64, Option<usize>)| {
                view! {
                    <tr><th scope="row">{format!("|∂L/∂ {name}|")}</th><td data-value=norm.to_string()>{plain_number(*norm)}</td></tr>
                }
            };
            let table = rows.iter().map(row).collect_view();
            let places: Vec<(usize, String)> = rows.into_iter().filter_map(|(name, _, place)| Some((place?, name))).collect();
            let moved = move || {
                let taken = places.iter().filter(|(place, _)| walk.taken(NetworkStep::Update(*place)));
                let names: Vec<String> = taken.map(|(_, name)| name.clone()).collect();
                let text = (!names.is_empty()).then(|| t_string!(i18n, backprop.moved, names = names.join(", "), rate = plain_number(walk.optimizer.get().learning_rate)));
                text.map(|text| view! { <p class="small card-moved">{text}</p> })
            };
            Some(view! { <table class="numbers card-leaving"><tbody>{table}</tbody></table> {moved} })
        })
    };
    view! { <div>{rows}</div> }
}

/// A picture that is only there once its numbers are known; a single number is written.
#[component]
fn Small(values: Memo<Option<Values>>, shown: Memo<bool>) -> impl IntoView {
    let number = Memo::new(move |_| {
        values.with(|values| values.as_ref().filter(|values| values.data.len() == 1).map(|values| values.data[0]))
    });
    let picture = Signal::derive(move || {
        let there = shown.get() && number.get().is_none();
        values.with(|values| values.as_ref().filter(|_| there).map(|values| picture_of(values).1))
    });
    let scale = Signal::derive(move || values.with(|values| values.as_ref().map_or(Scale::Amounts, scale_of)));
    let text = move || number.get().filter(|_| shown.get()).map(|number| plain_number(f64::from(number)));
    view! {
        <div class="card-picture" data-shown=move || shown.get().to_string() data-number=move || number.get().is_some().to_string()>
            <Thumbnail values=picture scale />
            <span class="number">{text}</span>
        </div>
    }
}
