//! The numbers of a vector as bars above and below zero. For the eye and the mouse: the picture beside it is read aloud, takes the
//! keys, and has the numbers as a table.

use crate::explain::network_trace::Values;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// More bars than this are too thin to be told apart.
const MOST: usize = 320;
const HEIGHT: f32 = 40.0;

/// Whether numbers are shown as bars too.
pub fn has_bars(values: &Values) -> bool {
    values.shape.len() == 1 && (2..=MOST).contains(&values.data.len())
}

/// Bars on one line; a click chooses one.
#[component]
pub fn UnitBars(
    #[prop(into)] values: Signal<Option<Values>>,
    #[prop(into)] chosen: Signal<usize>,
    on_choose: Callback<usize>,
) -> impl IntoView {
    move || {
        let values = values.get().filter(has_bars)?;
        let count = values.data.len();
        let finite = |value: &f32| if value.is_finite() { *value } else { 0.0 };
        let (low, high) = values.data.iter().map(finite).fold((0.0f32, 0.0f32), |(low, high), x| (low.min(x), high.max(x)));
        let scale = HEIGHT / (high - low).max(f32::MIN_POSITIVE);
        let zero = high * scale;
        let bars = |wanted: fn(f32) -> bool| -> String {
            let bar = |(place, value): (usize, f32)| {
                format!("M{:.2} {zero:.2}v{:.2}h.84V{zero:.2}z", place as f32 + 0.08, -value * scale)
            };
            values.data.iter().map(finite).enumerate().filter(|(_, value)| wanted(*value)).map(bar).collect()
        };
        let choose = move |event: web_sys::MouseEvent| {
            let Some(target) = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
                return;
            };
            let place = target.get_bounding_client_rect();
            let share = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
            on_choose.run(((share * count as f64) as usize).min(count - 1));
        };
        Some(view! {
            <svg class="unit-bars" aria-hidden="true" preserveAspectRatio="none" data-testid="unit-bars" data-count=count
                viewBox=format!("0 0 {count} {HEIGHT}") on:click=choose>
                <rect class="unit-bar-chosen" x=move || chosen.get() y="0" width="1" height=HEIGHT></rect>
                <path class="unit-bars-plus" d=bars(|value| value > 0.0)></path>
                <path class="unit-bars-minus" d=bars(|value| value < 0.0)></path>
                <path class="unit-bars-zero" d=format!("M0 {zero:.2}H{count}")></path>
            </svg>
        })
    }
}
