//! The overfitting lab: a live decision map over points, or MNIST cut down; the curves of the run, patience and the best
//! epoch, the mask of the present batch, the schedule of the rate, earlier runs to compare with, and k-fold.

mod curves;
mod earlier;
mod images;
mod mnist;
mod own;
mod points;
mod runs;
mod state;

use super::Handle;
use super::controls;
use crate::lessons::compute::short;
use crate::ui::components::{Scale, Slider, Thumbnail};
use crate::ui::i18n::{t, t_string, use_i18n};
use curves::{Curves, words};
use images::Images;
use leptos::prelude::*;
use points::PointMap;
use runs::{FoldResults, Runs};
use state::LabState;

/// Settings that mean something for points alone.
const FOR_POINTS: [&str; 1] = ["noise"];
/// Those that the learner's own points take the place of.
const FOR_MADE_POINTS: [&str; 2] = ["noise", "count"];

/// The widget `overfitting`.
#[component]
pub fn Overfitting(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let state = handle.kept(|| LabState::new(handle));
    on_cleanup(move || state.stop());
    let on_images = Memo::new(move |_| state.on_images());
    let without = Memo::new(move |_| -> &'static [&'static str] {
        match handle.text("set").as_str() {
            "mnist" => &FOR_POINTS,
            "own" => &FOR_MADE_POINTS,
            _ => &[],
        }
    });
    let stopped = move || {
        let marks = state.marks.get();
        marks.stopped.then(|| {
            let on = if state.on_images() { "" } else { t!(i18n, learn.go_on_words)() };
            format!("{} {on}", t_string!(i18n, learn.stopped_words, best = marks.best))
        })
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
        {move || state.too_few.get().map(|count| view! { <p class="field-error">{t_string!(i18n, learn.too_few, count = count)}</p> })}
        <Buttons state />
        <Scrubber state />
        <Mask state />
        <Runs state />
        <FoldResults state />
        {move || controls::all(handle, without.get())}
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

/// Which units of the first hidden layer each example of the last batch could use.
#[component]
fn Mask(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let there = Memo::new(move |_| state.mask.with(Option::is_some));
    let words = move || {
        state.mask.with(|mask| {
            let mask = mask.as_ref()?;
            let off = mask.numbers.iter().filter(|factor| **factor == 0.0).count();
            let percent = format!("{:.0}", off as f64 / mask.numbers.len().max(1) as f64 * 100.0);
            Some(t_string!(i18n, train.mask_words, images = mask.height, units = mask.width, percent = percent))
        })
    };
    view! {
        <Show when=move || there.get()>
            <div class="lab-mask" data-testid="lab-mask">
                <p class="small">{t!(i18n, learn.mask_label)}</p>
                <Thumbnail label=t!(i18n, train.mask) values=state.mask scale=Signal::stored(Scale::Ink) />
                <p class="small muted">{words}</p>
            </div>
        </Show>
    }
}
