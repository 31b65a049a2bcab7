//! Curves in SVG with a point to drag: pointer, touch, arrow keys.

use super::pointer::pressed_at;
use crate::lessons::compute::short;
use leptos::prelude::*;

/// What a plot shows: the ranges of its axes.
#[derive(Clone, Copy, PartialEq)]
pub struct Frame {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// Size of the drawing in its own units.
pub const WIDTH: f64 = 600.0;
/// See [`WIDTH`].
pub const HEIGHT: f64 = 260.0;

impl Frame {
    /// Where a value lies on the drawing.
    pub fn place(self, x: f64, y: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        (share(x, self.x) * WIDTH, HEIGHT - share(y, self.y).clamp(-1.0, 2.0) * HEIGHT)
    }

    /// Points of a line, as SVG has them.
    pub fn line(self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut text = String::new();
        for (x, y) in points.filter(|(_, y)| y.is_finite()) {
            let (x, y) = self.place(x, y);
            text.push_str(&format!("{x:.1},{y:.1} "));
        }
        text
    }
}

/// Round numbers for an axis.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let rough = (high - low) / 5.0;
    let unit = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * unit).find(|step| *step >= rough).unwrap_or(unit);
    let mut ticks = Vec::new();
    let mut at = (low / step).ceil() * step;
    while at <= high + step * 1e-6 {
        ticks.push(if at.abs() < step * 1e-6 { 0.0 } else { at });
        at += step;
    }
    ticks
}

/// A frame with rules and numbers; `inner` is drawn over them; `on_x` hears where the pointer or the keys go.
pub fn plot(
    frame: Signal<Frame>,
    label: Signal<String>,
    x_now: Signal<f64>,
    on_x: Callback<f64>,
    inner: AnyView,
) -> AnyView {
    let pressed = RwSignal::new(false);
    let follow = move |event: web_sys::PointerEvent| {
        if let Some((across, _)) = pressed_at(pressed, &event) {
            let (low, high) = frame.get_untracked().x;
            on_x.run(low + across * (high - low));
        }
    };
    let rules = move || {
        let frame = frame.get();
        let vertical = ticks(frame.x).into_iter().map(|at| {
            let (x, _) = frame.place(at, frame.y.0);
            // At the right end the number stands before its rule.
            let last = x > WIDTH - 50.0;
            let (x_text, anchor) = if last { (x - 3.0, "end") } else { (x + 3.0, "start") };
            view! {
                <line class="rule" x1=x x2=x y1="0" y2=HEIGHT></line>
                <text class="tick" x=x_text y=HEIGHT - 4.0 text-anchor=anchor>{short(at)}</text>
            }
        });
        let horizontal = ticks(frame.y).into_iter().map(|at| {
            let (_, y) = frame.place(frame.x.0, at);
            // In the lower corner stands the other axis's number; at the upper rim this one goes below its rule.
            let number = (y < HEIGHT - 24.0).then(|| short(at));
            view! {
                <line class="rule" x1="0" x2=WIDTH y1=y y2=y></line>
                <text class="tick" x="3" y=if y < 24.0 { y + 20.0 } else { y - 3.0 }>{number}</text>
            }
        });
        (vertical.collect_view(), horizontal.collect_view())
    };
    view! {
        <svg
            class="plot"
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            role="slider"
            tabindex="0"
            aria-label=move || label.get()
            aria-valuenow=move || x_now.get().to_string()
            aria-valuemin=move || frame.get().x.0.to_string()
            aria-valuemax=move || frame.get().x.1.to_string()
            on:pointerdown=follow
            on:pointermove=follow
            on:pointerup=follow
            on:pointercancel=follow
            on:keydown=move |event| {
                let (low, high) = frame.get_untracked().x;
                let step = (high - low) / if event.shift_key() { 20.0 } else { 160.0 };
                let now = x_now.get_untracked();
                let next = match event.key().as_str() {
                    "ArrowRight" | "ArrowUp" => now + step,
                    "ArrowLeft" | "ArrowDown" => now - step,
                    "Home" => low,
                    "End" => high,
                    _ => return,
                };
                event.prevent_default();
                on_x.run(next.clamp(low, high));
            }
        >
            {rules}
            {inner}
        </svg>
    }
    .into_any()
}
