//! The overfitting lab: a live decision map over points, or MNIST cut down; the curves of the run, patience and the best
//! epoch, the mask of the present batch, the schedule of the rate, earlier runs to compare with, and k-fold.

mod curves;
mod images;
mod mnist;
mod points;
mod runs;
mod state;

use super::Handle;
use super::controls;
use crate::lessons::compute::short;
use crate::ui::components::Slider;
use crate::ui::i18n::{t, t_string, use_i18n};
use curves::{Curves, words};
use images::Images;
use leptos::prelude::*;
use points::PointMap;
use runs::{FoldResults, Runs};
use state::LabState;

/// Settings that mean something for points alone.
const FOR_POINTS: [&str; 1] = ["noise"];

/// The widget `overfitting`.
#[component]
pub fn Overfitting(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let state = handle.kept(|| LabState::new(handle));
    on_cleanup(move || state.stop());
    let on_images = Memo::new(move |_| state.on_images());
    let stopped = move || {
        let marks = state.marks.get();
        marks.stopped.then(|| t_string!(i18n, learn.stopped_words, best = marks.best))
    };
    view! {
        <div class="lab-grid">
            <div>
                {move || if on_images.get() { view! { <Images state /> }.into_any() } else { view! { <PointMap state /> }.into_any() }}
            </div>
            <div><Curves state /></div>
        </div>
        <p class="widget-numbers number" data-testid="lab-words">{move || words(state)}</p>
        <p class="small muted number">{move || weights(state)}</p>
        <p aria-live="polite">{stopped}</p>
        {move || state.too_few.get().then(|| view! { <p class="field-error">{t!(i18n, learn.too_few)}</p> })}
        <Buttons state />
        <Scrubber state />
        <Mask state />
        <Runs state />
        <FoldResults state />
        {move || controls::all(handle, if on_images.get() { &FOR_POINTS } else { &[] })}
    }
}

/// How large the weights are and how many are gone: what penalties do.
fn weights(state: LabState) -> Option<String> {
    let i18n = use_i18n();
    state.records.track();
    let epoch = state.epoch();
    let (zero, size) = state.lab.with_value(|lab| lab.as_ref().and_then(|lab| lab.weight_sizes(epoch).ok()))?;
    Some(t_string!(i18n, learn.weight_words, size = short(size), zero = zero))
}

#[component]
fn Buttons(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let toggle = move |_| if state.is_on() { state.stop() } else { state.run() };
    let label = move || match (state.is_on(), state.marks.get().stopped && !state.on_images()) {
        (true, _) => t!(i18n, learn.pause)(),
        (false, true) => t!(i18n, learn.go_on)(),
        (false, false) => t!(i18n, learn.start)(),
    };
    view! {
        <div class="widget-buttons">
            <button type="button" class="primary" data-testid="lab-start" on:click=toggle>{label}</button>
            <button type="button" data-testid="lab-reset" on:click=move |_| state.reset()>{t!(i18n, learn.reset)}</button>
            <button type="button" class="quiet" on:click=move |_| state.looked_at.set(Some(state.marks.get_untracked().best))>
                {t!(i18n, learn.look_best)}
            </button>
        </div>
    }
}

/// Which epoch is looked at, once the run stands.
#[component]
fn Scrubber(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let count = state.records.with(Vec::len);
        (count > 1 && !state.is_on()).then(|| {
            view! {
                <Slider
                    label=t!(i18n, learn.scrub)
                    value=Signal::derive(move || state.epoch() as f64)
                    on_change=Callback::new(move |epoch: f64| state.looked_at.set(Some(epoch as usize)))
                    min=0.0
                    max=(count - 1) as f64
                    step=1.0
                    test_id="lab-epoch"
                />
            }
        })
    }
}

/// Which units of the first hidden layer the last batch could use.
#[component]
fn Mask(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let count = move || state.mask.with(|mask| format!("{}/{}", mask.iter().filter(|on| **on).count(), mask.len()));
    let units = move || state.mask.get().into_iter().map(|on| view! { <span data-on=on.to_string()></span> }).collect_view();
    view! {
        <Show when=move || !state.mask.with(Vec::is_empty)>
            <p class="small muted">{t!(i18n, learn.mask_label)} " " {count}</p>
            <div class="mask" aria-hidden="true">{units}</div>
        </Show>
    }
}
