//! The pad: mouse, touch, pen or keyboard leave strokes on it. Draws nothing but what the strokes say.

use crate::data::pad::{PEN_ON_PAD, Point, Strokes};
use crate::ui::i18n::{t, use_i18n};
use crate::ui::state::use_pad;
use crate::ui::theme::{css, use_palette};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Inner resolution: fine enough for any screen, and independent of it.
const SIDE: u32 = 896;
/// Points nearer than this, in shares of the side, lie on whole pixels rather than where the hand was: a curve through
/// them takes the grain out.
const GRAIN: f64 = 0.04;
/// How far an arrow key moves the cursor, in shares of the side; with Shift a third of it.
const STRIDE: f32 = 0.03;

/// A square to draw on.
#[component]
pub fn Pad(
    /// Called when the reader takes the pen.
    #[prop(into)]
    on_touch: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let pad = use_pad();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    // Which finger draws: a second one must not tear the stroke to its own place.
    let pointer = StoredValue::new(None::<i32>);
    let cursor = RwSignal::new(None::<Point>);
    let pen_down = RwSignal::new(false);

    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let ink = css(palette.get().ink);
        pad.with(|strokes| draw_strokes(&canvas, strokes, &ink));
    });

    let place = move |event: &web_sys::MouseEvent| {
        let rectangle = canvas.get_untracked()?.get_bounding_client_rect();
        let share = |at: i32, start: f64, length: f64| (((f64::from(at) - start) / length) as f32).clamp(0.0, 1.0);
        Some(Point {
            x: share(event.client_x(), rectangle.left(), rectangle.width()),
            y: share(event.client_y(), rectangle.top(), rectangle.height()),
        })
    };
    let on_down = move |event: web_sys::PointerEvent| {
        if pointer.get_value().is_some() || event.button() != 0 {
            return;
        }
        let Some(point) = place(&event) else { return };
        on_touch.run(());
        pointer.set_value(Some(event.pointer_id()));
        if let Some(canvas) = canvas.get_untracked() {
            // So that a stroke goes on when it leaves the pad.
            let _ = canvas.set_pointer_capture(event.pointer_id());
        }
        cursor.set(None);
        pen_down.set(false);
        pad.pen_down(point);
    };
    let on_move = move |event: web_sys::PointerEvent| {
        if pointer.get_value() != Some(event.pointer_id()) {
            return;
        }
        pad.extend(coalesced(&event).iter().filter_map(|event| place(event)).collect());
    };
    let on_up = move |event: web_sys::PointerEvent| {
        if pointer.get_value() == Some(event.pointer_id()) {
            pointer.set_value(None);
            pad.keep();
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let stride = if event.shift_key() { STRIDE / 3.0 } else { STRIDE };
        let (right, down) = match event.key().as_str() {
            "ArrowRight" => (stride, 0.0),
            "ArrowLeft" => (-stride, 0.0),
            "ArrowDown" => (0.0, stride),
            "ArrowUp" => (0.0, -stride),
            " " | "Enter" => (0.0, 0.0),
            "Backspace" | "Delete" => {
                event.prevent_default();
                on_touch.run(());
                return if event.key() == "Delete" { pad.clear() } else { pad.undo() };
            }
            _ => return,
        };
        event.prevent_default();
        let now = cursor.get_untracked().unwrap_or(Point { x: 0.5, y: 0.3 });
        if (right, down) == (0.0, 0.0) {
            cursor.set(Some(now));
            on_touch.run(());
            pen_down.update(|pen_down| *pen_down = !*pen_down);
            if pen_down.get_untracked() {
                pad.pen_down(now)
            } else {
                pad.keep()
            }
            return;
        }
        let next = Point { x: (now.x + right).clamp(0.0, 1.0), y: (now.y + down).clamp(0.0, 1.0) };
        cursor.set(Some(next));
        if pen_down.get_untracked() {
            pad.extend(vec![next]);
        }
    };
    // The focus is lost too when the view goes, and its signals with it.
    let lift = move || {
        if pen_down.try_get_untracked() == Some(true) {
            let _ = pen_down.try_set(false);
            pad.keep();
        }
        let _ = cursor.try_set(None);
    };
    let pen = move || {
        cursor.get().map(|point| {
            view! {
                <span
                    class="pad-cursor"
                    data-down=move || pen_down.get().to_string()
                    style:left=format!("{:.2}%", point.x * 100.0)
                    style:top=format!("{:.2}%", point.y * 100.0)
                ></span>
            }
        })
    };
    view! {
        <div
            class="pad"
            role="application"
            tabindex="0"
            aria-label=t!(i18n, draw.pad_label)
            data-testid="draw-pad"
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=on_up
            on:pointercancel=on_up
            on:keydown=on_key
            on:blur=move |_| lift()
        >
            <canvas node_ref=canvas width=SIDE height=SIDE></canvas>
            {move || pad.with(Vec::is_empty).then(|| view! { <span class="pad-hint" aria-hidden="true">{t!(i18n, draw.pad_hint)}</span> })}
            {pen}
        </div>
    }
}

/// All the places a pointer was at since the last event: a fast hand leaves a smooth line.
fn coalesced(event: &web_sys::PointerEvent) -> Vec<web_sys::PointerEvent> {
    let get = js_sys::Reflect::get(event, &"getCoalescedEvents".into());
    let events = get.ok().and_then(|get| get.dyn_into::<js_sys::Function>().ok()).and_then(|get| get.call0(event).ok());
    let events: Vec<_> = events
        .map(|events| js_sys::Array::from(&events).iter().filter_map(|event| event.dyn_into().ok()).collect())
        .unwrap_or_default();
    if events.is_empty() { vec![event.clone()] } else { events }
}

fn draw_strokes(canvas: &web_sys::HtmlCanvasElement, strokes: &Strokes, ink: &str) {
    let context = canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into().ok());
    let Some(context): Option<web_sys::CanvasRenderingContext2d> = context else { return };
    let side = f64::from(SIDE);
    context.clear_rect(0.0, 0.0, side, side);
    context.set_stroke_style_str(ink);
    context.set_line_width(f64::from(PEN_ON_PAD) * side);
    context.set_line_cap("round");
    context.set_line_join("round");
    for stroke in strokes {
        let (Some(first), Some(last)) = (stroke.first(), stroke.last()) else { continue };
        context.begin_path();
        context.move_to(f64::from(first.x) * side, f64::from(first.y) * side);
        for pair in stroke.windows(2) {
            let [from, to] = [&pair[0], &pair[1]].map(|point| (f64::from(point.x) * side, f64::from(point.y) * side));
            if (to.0 - from.0).hypot(to.1 - from.1) > GRAIN * side {
                context.line_to(from.0, from.1);
                context.line_to(to.0, to.1);
            } else {
                context.quadratic_curve_to(from.0, from.1, f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
            }
        }
        context.line_to(f64::from(last.x) * side, f64::from(last.y) * side);
        context.stroke();
    }
}
