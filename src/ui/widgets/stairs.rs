//! Accuracy as stairs over the smooth loss, for one weight.

use super::Handle;
use super::controls;
use super::plot::{Frame, plot};
use crate::lessons::compute::curves::{stairs, stairs_at};
use crate::lessons::compute::short;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// The widget `accuracy-stairs`.
#[component]
pub fn Stairs(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let frame = Frame { x: (-0.5, 1.5), y: (0.0, 1.5) };
    let weights: Vec<f64> = (0..=800).map(|i| -0.5 + f64::from(i) * 0.0025).collect();
    let (accuracy, losses, _) = stairs(&weights).unwrap_or_default();
    let accuracy = frame.line(weights.iter().copied().zip(accuracy));
    let losses = frame.line(weights.iter().copied().zip(losses));
    let w = Signal::derive(move || handle.number("w"));
    let at = Memo::new(move |_| stairs_at(w.get()).unwrap_or_default());
    let tangent = move || {
        let (_, loss, slope) = at.get();
        let (from, to) = (frame.place(w.get() - 0.2, loss - 0.2 * slope), frame.place(w.get() + 0.2, loss + 0.2 * slope));
        view! { <line class="tangent" x1=from.0 y1=from.1 x2=to.0 y2=to.1></line> }
    };
    let inner = view! {
        <polyline class="curve slope" points=losses></polyline>
        <polyline class="curve" points=accuracy></polyline>
        {tangent}
        <circle class="point slope" r="8" cx=move || frame.place(w.get(), at.get().1).0 cy=move || frame.place(w.get(), at.get().1).1></circle>
        <circle class="point" r="8" cx=move || frame.place(w.get(), at.get().0).0 cy=move || frame.place(w.get(), at.get().0).1></circle>
    };
    let label = Signal::derive(move || {
        let (accuracy, loss, slope) = at.get();
        t_string!(
            i18n,
            learn.stairs_at,
            w = short(w.get()),
            accuracy = format!("{:.0}", accuracy * 100.0),
            loss = short(loss),
            slope = short(slope)
        )
    });
    view! {
        <div class="widget-stage">
            {plot(Signal::stored(frame), label, w, Callback::new(move |w| handle.set_number("w", w)), inner.into_any())}
            <p class="widget-legend"><span class="key curve">{t!(i18n, learn.key_accuracy)}</span> <span class="key slope">{t!(i18n, learn.key_loss)}</span></p>
            <p class="widget-numbers number" aria-live="polite">{label}</p>
        </div>
        {controls::all(handle, &[])}
    }
}
