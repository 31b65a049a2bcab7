//! An activation function and its slope, a point to drag, and what ten such slopes make of a gradient.

use super::Handle;
use super::controls;
use super::plot::{Frame, plot};
use crate::lessons::compute::curves::{activation_at, activation_curve, activation_tex};
use crate::lessons::compute::short;
use crate::lessons::math::to_mathml;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// The widget `activation`.
#[component]
pub fn Activation(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let name = Memo::new(move |_| handle.text("fn"));
    let curve = Memo::new(move |_| {
        let places: Vec<f64> = (0..=320).map(|i| -8.0 + f64::from(i) * 0.05).collect();
        let (values, slopes) = activation_curve(&name.get(), &places).unwrap_or_default();
        (places, values, slopes)
    });
    let frame = Signal::derive(move || match name.get().as_str() {
        "relu" | "leaky-relu" | "selu" | "softplus" => Frame { x: (-8.0, 8.0), y: (-2.2, 8.0) },
        "sigmoid" => Frame { x: (-8.0, 8.0), y: (-0.2, 1.2) },
        _ => Frame { x: (-8.0, 8.0), y: (-1.25, 1.25) },
    });
    let line = move |slope: bool| {
        curve.with(|(places, values, slopes)| {
            let heights = if slope { slopes } else { values };
            frame.get().line(places.iter().copied().zip(heights.iter().copied()))
        })
    };
    let x = Signal::derive(move || handle.number("x"));
    let at = Memo::new(move |_| activation_at(&name.get(), x.get()).unwrap_or_default());
    let point = move |slope: bool| {
        let (value, slope_there) = at.get();
        frame.get().place(x.get(), if slope { slope_there } else { value })
    };
    let inner = view! {
        <polyline class="curve slope" points=move || line(true)></polyline>
        <polyline class="curve" points=move || line(false)></polyline>
        <circle class="point slope" r="6" cx=move || point(true).0 cy=move || point(true).1></circle>
        <circle class="point" r="8" cx=move || point(false).0 cy=move || point(false).1></circle>
    };
    let label = Signal::derive(move || {
        let (value, slope) = at.get();
        t_string!(i18n, learn.curve_at, x = short(x.get()), value = short(value), slope = short(slope))
    });
    let formulas = move || {
        let lines = activation_tex(&name.get(), x.get()).unwrap_or_default();
        lines.map(|line| view! { <div class="widget-formula" tabindex="0" role="group" inner_html=to_mathml(&line, true).unwrap_or_default()></div> })
    };
    // Ten layers, each at this point: how much of a gradient of 1 is left after each.
    let layers = move || {
        let slope = at.get().1;
        (1..=10)
            .map(|layer| {
                let left = slope.powi(layer);
                view! {
                    <li style:--left=format!("{:.4}", left.abs().min(1.0))>
                        <span class="layer-bar" aria-hidden="true"></span>
                        <span class="number">{short(left)}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="widget-stage">
            {move || formulas().collect_view()}
            {plot(frame, label, x, Callback::new(move |x| handle.set_number("x", x)), inner.into_any())}
            <p class="widget-legend"><span class="key curve">{t!(i18n, learn.key_value)}</span> <span class="key slope">{t!(i18n, learn.key_slope)}</span></p>
            <p class="widget-numbers number" aria-live="polite">{label}</p>
            <p class="small muted">{t!(i18n, learn.ten_layers)}</p>
            <ol class="layers">{layers}</ol>
        </div>
        {controls::all(handle, &[])}
    }
}
