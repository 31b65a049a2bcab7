//! The loss of a line over all its slopes and offsets, with steps downhill; and the series inside the logarithm.

use super::Handle;
use super::controls;
use super::pointer::pressed_at;
use crate::lessons::compute::curves::{LINE_POINTS, line_loss, line_surface, log_series};
use crate::lessons::compute::short;
use crate::ui::components::{Scale, Values, draw_values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use std::sync::Arc;

const W: (f64, f64) = (-2.0, 4.0);
const B: (f64, f64) = (-3.0, 3.0);
const SIZE: usize = 48;

/// The widget `loss-surface`.
#[component]
pub fn Surface(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    let path = handle.kept(|| RwSignal::new(Vec::<(f64, f64)>::new()));
    let loss = Memo::new(move |_| handle.text("loss"));
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let losses = line_surface(&loss.get(), W, B, SIZE).unwrap_or_default();
        // Roots, so that the valley is told from its floor.
        let numbers: Arc<[f32]> = losses.iter().map(|loss| loss.sqrt() as f32).collect();
        draw_values(&canvas, &Values { width: SIZE, height: SIZE, numbers }, Scale::Amounts, &palette.get());
    });
    let here = move || (handle.number("w"), handle.number("b"));
    let step = move |_| {
        let values = handle.values_untracked();
        let (w, b) = (values.number("w"), values.number("b"));
        if let Ok((_, dw, db)) = line_loss(values.text("loss"), w, b) {
            let rate = values.number("rate");
            path.update(|path| {
                path.push((w, b));
                if path.len() > 200 {
                    path.remove(0);
                }
            });
            handle.set_number("w", (w - rate * dw).clamp(W.0, W.1));
            handle.set_number("b", (b - rate * db).clamp(B.0, B.1));
        }
    };
    let x_of = |w: f64| (w - W.0) / (W.1 - W.0) * 100.0;
    let y_of = |b: f64| (B.1 - b) / (B.1 - B.0) * 100.0;
    let pressed = RwSignal::new(false);
    let set_by_pointer = move |event: web_sys::PointerEvent| {
        let Some((across, down)) = pressed_at(pressed, &event) else { return };
        path.set(Vec::new());
        handle.set_number("w", W.0 + across * (W.1 - W.0));
        handle.set_number("b", B.1 - down * (B.1 - B.0));
    };
    let trail = move || {
        let mut points: Vec<(f64, f64)> = path.get();
        points.push(here());
        points.iter().map(|(w, b)| format!("{:.2},{:.2} ", x_of(*w), y_of(*b))).collect::<String>()
    };
    let fitted = move || {
        let (w, b) = here();
        let place = |x: f64, y: f64| ((x + 2.0) / 5.0 * 100.0, (6.0 - y) / 10.0 * 100.0);
        let (from, to) = (place(-2.0, -2.0 * w + b), place(3.0, 3.0 * w + b));
        let misses = LINE_POINTS.map(|(x, y)| {
            let (px, py) = place(x, y);
            let (_, line) = place(x, w * x + b);
            view! {
                <line class="miss" x1=px x2=px y1=py y2=line></line>
                <circle class="datum" cx=px cy=py r="2.4"></circle>
            }
        });
        view! { <line class="fit" x1=from.0 y1=from.1 x2=to.0 y2=to.1></line> {misses.collect_view()} }
    };
    let words = move || {
        t_string!(
            i18n,
            learn.surface_at,
            w = short(handle.number("w")),
            b = short(handle.number("b")),
            loss = handle.shown("value"),
            dw = handle.shown("dw"),
            db = handle.shown("db")
        )
    };
    view! {
        <div class="widget-stage widget-row">
            <div
                class="surface"
                on:pointerdown=set_by_pointer
                on:pointermove=set_by_pointer
                on:pointerup=set_by_pointer
                on:pointercancel=set_by_pointer
            >
                <canvas node_ref=canvas class="pixels" role="img" aria-label=words></canvas>
                <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                    <polyline class="trail" points=trail></polyline>
                    <circle class="here" r="2.6" cx=move || x_of(here().0) cy=move || y_of(here().1)></circle>
                </svg>
            </div>
            <svg class="fit-plot" viewBox="0 0 100 100" role="img" aria-label=words>{fitted}</svg>
        </div>
        <p class="small muted">{t!(i18n, learn.surface_hint)}</p>
        <p class="widget-numbers number" aria-live="polite">{words}</p>
        <div class="widget-buttons">
            <button type="button" on:click=step>{t!(i18n, learn.step)}</button>
            <button type="button" class="quiet" on:click=move |_| { path.set(Vec::new()); handle.set("w", "-1"); handle.set("b", "1.5"); }>
                {t!(i18n, learn.again)}
            </button>
        </div>
        {controls::all(handle, &[])}
    }
}

/// The widget `log-series`.
#[component]
pub fn Series(handle: Handle) -> impl IntoView {
    let series = move || log_series(handle.number("p"), handle.whole("terms"), handle.number("epsilon")).ok();
    let bars = move || {
        let series = series()?;
        let largest = series.exact.max(series.sum).max(series.poly).max(1e-9);
        let mut before = 0.0;
        let parts = series
            .terms
            .iter()
            .map(|term| {
                let from = before / largest * 100.0;
                before += term;
                view! { <span class="series-part" style=format!("left:{from:.2}%;width:{:.2}%", term / largest * 100.0)></span> }
            })
            .collect_view();
        let share = |value: f64| format!("width:{:.2}%", (value / largest * 100.0).clamp(0.0, 100.0));
        Some(view! {
            <div class="series-row"><span>"Σ"</span><span class="series-track">{parts}</span><span class="number">{short(series.sum)}</span></div>
            <div class="series-row"><span>"−log p"</span><span class="series-track"><span class="series-part exact" style=share(series.exact)></span></span><span class="number">{short(series.exact)}</span></div>
            <div class="series-row"><span>"poly"</span><span class="series-track"><span class="series-part poly" style=share(series.poly)></span></span><span class="number">{short(series.poly)}</span></div>
        })
    };
    let terms = move || {
        let series = series()?;
        let shown = series.terms.iter().take(6).map(|term| short(*term)).collect::<Vec<_>>().join(" + ");
        Some(if series.terms.len() > 6 { format!("{shown} + …") } else { shown })
    };
    view! {
        <div class="widget-stage">{bars} <p class="widget-numbers number" aria-live="polite">{terms}</p></div>
        {controls::all(handle, &[])}
    }
}
