//! The network while it trains: how gradients and activations spread over the steps, layer by layer, what is dead, saturated,
//! vanishing or exploding, and what the optimizer keeps.

use super::findings::{findings, percent};
use crate::explain::digits::plain_number;
use crate::trainer::protocol::{Command, LayerStatistics};
use crate::trainer::spread::Spread;
use crate::ui::charts::{RidgePlot, Ridges};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::pages::train::{Phase, TrainState, place_words, use_train};
use crate::ui::route::Route;
use leptos::prelude::*;
use std::sync::Arc;

/// The run of the Train view, looked into.
#[component]
pub fn DuringTraining() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let route = expect_context::<Route>();
    let set_up = Memo::new(move |_| train.configured.with(Option::is_some));
    // What the optimizer keeps is told only while it is looked at.
    Effect::new(move |_| {
        if set_up.get() {
            train.send(Command::WatchOptimizer(true));
        }
    });
    on_cleanup(move || {
        if set_up.try_get_untracked() == Some(true) {
            train.send(Command::WatchOptimizer(false));
        }
    });
    let nothing = move || {
        view! { <p>{t!(i18n, inspect.no_run)} " " <a href=move || route.link("train")>{t!(i18n, inspect.to_train)}</a></p> }
    };
    view! {
        <section class="during" aria-label=t!(i18n, inspect.tab_training)>
            {move || match set_up.get() {
                false => nothing().into_any(),
                true => view! { <Controls train /> <Ridge train /> <OptimizerTable train /> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Controls(train: TrainState) -> impl IntoView {
    let i18n = use_i18n();
    let runs = move || train.phase.get() != Phase::Standing;
    let toggle = move |_| match train.phase.get_untracked() {
        Phase::Standing => train.go(Command::Start { steps: None }),
        _ => train.pause(),
    };
    let not_finite = move || {
        train.not_finite.get().map(|(step, place)| match place {
            Some(place) => t_string!(i18n, inspect.nan_step, step = step, place = place_words(i18n, &place)),
            None => t_string!(i18n, inspect.nan_step_only, step = step),
        })
    };
    view! {
        <div class="button-row during-head">
            <button type="button" class="primary" data-testid="during-start" on:click=toggle>
                {move || if runs() { t_string!(i18n, inspect.run_pause) } else { t_string!(i18n, inspect.run_start) }}
            </button>
            <button type="button" data-testid="during-step" disabled=runs on:click=move |_| train.go(Command::Step)>{t!(i18n, inspect.run_step)}</button>
            <span data-testid="during-step-count" data-value=move || train.figures.get().step>{move || t_string!(i18n, inspect.run_at, step = train.figures.get().step)}</span>
        </div>
        {move || not_finite().map(|text| view! { <p class="problem-sentence">{text}</p> })}
    }
}

/// A row for each layer with weights: both ridge plots and the findings.
#[component]
fn Ridge(train: TrainState) -> impl IntoView {
    let i18n = use_i18n();
    let names = Memo::new(move |_| {
        train.layers.with(|layers| layers.iter().map(|layer| (layer.layer, layer.name.clone())).collect::<Vec<_>>())
    });
    let ridges = move |place: usize, read: fn(&LayerStatistics) -> Option<&Spread>| {
        Signal::derive(move || -> Ridges {
            let read = |snapshot: &crate::ui::pages::train::Snapshot| {
                Some((snapshot.step, snapshot.layers.get(place).and_then(read)?.clone()))
            };
            Arc::new(train.history.with(|history| history.iter().filter_map(read).collect()))
        })
    };
    let row = move |(place, (layer, name)): (usize, (u32, String))| {
        let gradients = ridges(place, |layer| Some(&layer.gradients));
        let activations = ridges(place, |layer| layer.activations.as_ref());
        let kept = Memo::new(move |_| activations.with(|ridges| !ridges.is_empty()));
        let (title, other) = (name.clone(), name.clone());
        let words = move || train.layers.with(|layers| words(i18n, layers, place));
        view! {
            <section class="ridge-layer" data-testid=format!("ridge-{layer}")>
                <h3>{format!("{layer} {name}")}</h3>
                <ul class="findings">{move || words().into_iter().map(|text| view! { <li class="badge">{text}</li> }).collect_view()}</ul>
                <figure>
                    <figcaption class="small muted">{t!(i18n, inspect.ridge_gradients)}</figcaption>
                    <RidgePlot label=move || t_string!(i18n, inspect.ridge_gradients_of, name = title) ridges=gradients />
                </figure>
                {move || kept.get().then(|| {
                    let name = other.clone();
                    view! {
                        <figure>
                            <figcaption class="small muted">{t!(i18n, inspect.ridge_activations)}</figcaption>
                            <RidgePlot label=move || t_string!(i18n, inspect.ridge_activations_of, name = name) ridges=activations />
                        </figure>
                    }
                })}
            </section>
        }
    };
    view! {
        <p class="muted small">{t!(i18n, inspect.ridge_hint)}</p>
        {move || names.with(Vec::is_empty).then(|| view! { <p>{t!(i18n, inspect.ridge_later)}</p> })}
        <div class="ridge-layers">{move || names.get().into_iter().enumerate().map(row).collect_view()}</div>
    }
}

/// Words on a layer at the last step.
fn words(i18n: I18n, layers: &[LayerStatistics], place: usize) -> Vec<String> {
    let (Some(layer), Some(last)) = (layers.get(place), layers.last()) else { return Vec::new() };
    let size = t_string!(i18n, inspect.gradient_size, size = plain_number(layer.gradient_norm));
    let dead = layer.dead.map(|share| t_string!(i18n, inspect.dead, percent = percent(share)));
    let found = findings(i18n, dead, layer.saturated, layer.gradient_norm / last.gradient_norm);
    std::iter::once(size).chain(found).collect()
}

/// What the optimizer keeps for each parameter.
#[component]
fn OptimizerTable(train: TrainState) -> impl IntoView {
    let i18n = use_i18n();
    let rows = move || {
        let row = |state: crate::trainer::protocol::OptimizerState| {
            let id = format!("optimizer-{}-{}", state.parameter, state.state);
            view! {
                <tr data-testid=id data-value=state.norm.to_string()>
                    <th scope="row">{state.parameter}</th><td><code>{state.state}</code></td>
                    <td>{train.figures.with_untracked(|figures| figures.step)}</td>
                    <td>{plain_number(state.norm)}</td><td>{plain_number(state.mean)}</td>
                    <td>{plain_number(state.minimum)}</td><td>{plain_number(state.maximum)}</td>
                </tr>
            }
        };
        train.optimizer.get().into_iter().map(row).collect_view()
    };
    let table = move || {
        view! {
            <div class="table-scroll" tabindex="0">
                <table class="numbers" data-testid="optimizer-state">
                    <thead><tr>
                        <th scope="col">{t!(i18n, inspect.parameter)}</th><th scope="col">{t!(i18n, inspect.optimizer_keeps)}</th><th scope="col">"step"</th>
                        <th scope="col">{t!(i18n, inspect.size)}</th><th scope="col">{t!(i18n, inspect.mean)}</th>
                        <th scope="col">{t!(i18n, inspect.smallest)}</th><th scope="col">{t!(i18n, inspect.largest)}</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    };
    view! {
        <h3>{t!(i18n, inspect.optimizer)}</h3>
        {move || match train.optimizer.with(Vec::is_empty) {
            true => view! { <p class="muted">{t!(i18n, inspect.optimizer_nothing)}</p> }.into_any(),
            false => table().into_any(),
        }}
    }
}
