//! A pointer, finger or pen that is followed while it presses an element.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::PointerEvent;

/// Where it presses the element that hears the event, as shares of its width and height from the top left; none while it does not.
/// The element hands over what it hears of `pointerdown`, `pointermove`, `pointerup` and `pointercancel`.
pub fn pressed_at(pressed: RwSignal<bool>, event: &PointerEvent) -> Option<(f64, f64)> {
    let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
    match event.type_().as_str() {
        "pointerdown" => {
            pressed.set(true);
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        "pointermove" => {}
        _ => pressed.set(false),
    }
    if !pressed.get_untracked() {
        return None;
    }
    let rectangle = element.get_bounding_client_rect();
    let across = (f64::from(event.client_x()) - rectangle.left()) / rectangle.width();
    let down = (f64::from(event.client_y()) - rectangle.top()) / rectangle.height();
    Some((across.clamp(0.0, 1.0), down.clamp(0.0, 1.0)))
}
