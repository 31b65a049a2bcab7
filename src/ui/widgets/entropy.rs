//! Entropy, cross-entropy and the KL divergence of two distributions whose bars can be dragged.

use super::Handle;
use super::pointer::pressed_at;
use crate::lessons::compute::curves::{entropies, normalised};
use crate::lessons::compute::short;
use crate::ui::components::Slider;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// A bar to drag by its top; the slider of the same number is there for keyboards and in words.
#[component]
fn Column(of: &'static str, value: Signal<f64>, on_change: Callback<f64>) -> impl IntoView {
    let pressed = RwSignal::new(false);
    let follow = move |event: web_sys::PointerEvent| {
        if let Some((_, down)) = pressed_at(pressed, &event) {
            on_change.run(((1.0 - down) * 100.0).round() / 100.0);
        }
    };
    view! {
        <span
            class="entropy-column"
            on:pointerdown=follow
            on:pointermove=follow
            on:pointerup=follow
            on:pointercancel=follow
        >
            <span style=move || format!("height:{:.1}%", value.get() * 100.0) data-of=of></span>
        </span>
    }
}

/// The widget `entropy`.
#[component]
pub fn Entropy(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let bits = Memo::new(move |_| entropies(&handle.list("p"), &handle.list("q")).unwrap_or_default());
    // One bar moves, the others share what is left in their old proportions: it stays a distribution.
    let move_bar = move |key: &'static str, at: usize, value: f64| {
        let mut heights = normalised(&handle.values_untracked().numbers(key));
        let others: f64 = 1.0 - heights[at];
        let count = heights.len();
        for (i, height) in heights.iter_mut().enumerate() {
            *height = match (i == at, others > 1e-9) {
                (true, _) => value,
                (false, true) => *height / others * (1.0 - value),
                (false, false) => (1.0 - value) / (count - 1) as f64,
            };
        }
        let text = heights.iter().map(|height| format!("{}", (height * 10_000.0).round() / 10_000.0));
        handle.set(key, text.collect::<Vec<_>>().join(","));
    };
    let bars = move |key: &'static str| {
        let count = handle.values_untracked().numbers(key).len();
        let value = move |at: usize| Signal::derive(move || normalised(&handle.list(key)).get(at).copied().unwrap_or(0.0));
        let change = move |at: usize| Callback::new(move |value: f64| move_bar(key, at, value));
        let columns = (0..count).map(|at| view! { <Column of=key value=value(at) on_change=change(at) /> });
        let sliders = (0..count).map(|at| {
            view! { <Slider label=format!("{key}{}", at + 1) value=value(at) on_change=change(at) min=0.0 max=1.0 step=0.01 /> }
        });
        view! { <div class="entropy-columns" aria-hidden="true">{columns.collect_view()}</div> {sliders.collect_view()} }
    };
    let stack = move || {
        let (own, cross) = bits.get();
        let scale = if cross.is_finite() { cross.max(2.0) } else { own.max(2.0) * 2.0 };
        let excess = if cross.is_finite() { (cross - own).max(0.0) } else { scale - own };
        view! {
            <div class="series-track tall" aria-hidden="true">
                <span class="series-part exact" style=format!("left:0;width:{:.2}%", own / scale * 100.0)></span>
                <span class="series-part poly" style=format!("left:{:.2}%;width:{:.2}%", own / scale * 100.0, excess / scale * 100.0)></span>
            </div>
        }
    };
    let words = move || {
        let (own, cross) = bits.get();
        t_string!(i18n, learn.entropy_words, hp = short(own), kl = short((cross - own).max(0.0)), hpq = short(cross))
    };
    view! {
        <div class="widget-stage">
            <div class="entropy-bars"><fieldset><legend>{t!(i18n, learn.world_p)}</legend>{bars("p")}</fieldset>
            <fieldset><legend>{t!(i18n, learn.belief_q)}</legend>{bars("q")}</fieldset></div>
            {stack}
            <p class="widget-numbers number" aria-live="polite">{words}</p>
        </div>
        <div class="widget-buttons">
            <button type="button" class="quiet" on:click=move |_| handle.set("q", handle.text("p"))>{t!(i18n, learn.believe_right)}</button>
        </div>
    }
}
