//! How large the graph is drawn and which part of it is in sight: buttons and keys, the wheel with Ctrl (what a touchpad's pinch
//! comes as), two fingers, dragging. What lies under the fingers stays there.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Smallest and largest scale.
const RANGE: (f64, f64) = (0.25, 3.0);
/// A pointer that moves further than this, in CSS pixels, drags and does not click.
const CLICK: f64 = 4.0;

/// A place on the screen, in CSS pixels.
type Point = (f64, f64);

/// The place through which the drawing is seen. `Copy`.
#[derive(Clone, Copy)]
pub struct Zoom {
    /// The element that scrolls.
    pub scroller: NodeRef<html::Div>,
    /// CSS pixels a unit of the drawing.
    pub scale: Memo<f64>,
    chosen: RwSignal<Option<f64>>,
    /// Where the mouse has grabbed the drawing, and how far it was moved since.
    grabbed: StoredValue<Option<(Point, f64)>>,
    /// How far apart two fingers were, and the scale then.
    pinched: StoredValue<Option<(f64, f64)>>,
}

impl Zoom {
    /// Fits a drawing of this width while that stays readable, until somebody chooses a scale.
    pub fn new(width: impl Fn() -> f64 + Send + Sync + 'static) -> Zoom {
        let scroller = NodeRef::<html::Div>::new();
        let room = RwSignal::new(0.0);
        let measure = move || {
            if let Some(scroller) = scroller.get_untracked() {
                room.set(f64::from(scroller.client_width()));
            }
        };
        let resized = window_event_listener(leptos::ev::resize, move |_| measure());
        on_cleanup(move || resized.remove());
        Effect::new(move |_| {
            if scroller.get().is_some() {
                measure();
            }
        });
        let chosen = RwSignal::new(None::<f64>);
        let scale = Memo::new(move |_| {
            chosen.get().unwrap_or_else(|| {
                let smallest = if room.get() < 600.0 { 0.8 } else { 0.66 };
                (room.get() / width().max(1.0)).clamp(smallest, 1.25)
            })
        });
        Zoom { scroller, scale, chosen, grabbed: StoredValue::new(None), pinched: StoredValue::new(None) }
    }

    /// Larger or smaller, around the middle of what is in sight.
    pub fn by(self, factor: f64) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let rectangle = scroller.get_bounding_client_rect();
        let middle = (rectangle.left() + rectangle.width() / 2.0, rectangle.top() + rectangle.height() / 2.0);
        self.to(self.scale.get_untracked() * factor, middle);
    }

    /// Back to the width of the place.
    pub fn fit(self) {
        self.chosen.set(None);
    }

    fn to(self, scale: f64, around: Point) {
        let (before, after) = (self.scale.get_untracked(), scale.clamp(RANGE.0, RANGE.1));
        let Some(scroller) = self.scroller.get_untracked().filter(|_| before != after) else { return };
        let rectangle = scroller.get_bounding_client_rect();
        let (x, y) = (around.0 - rectangle.left(), around.1 - rectangle.top());
        let moved = |scrolled: i32, at: f64| ((f64::from(scrolled) + at) * after / before - at).round() as i32;
        let (left, top) = (moved(scroller.scroll_left(), x), moved(scroller.scroll_top(), y));
        self.chosen.set(Some(after));
        // The drawing has its new size before the next frame is painted.
        request_animation_frame(move || {
            scroller.set_scroll_left(left);
            scroller.set_scroll_top(top);
        });
    }

    pub fn on_key(self, event: &web_sys::KeyboardEvent) {
        match event.key().as_str() {
            "+" | "=" => self.by(1.25),
            "-" => self.by(0.8),
            "0" => self.fit(),
            _ => {}
        }
    }

    pub fn on_wheel(self, event: &web_sys::WheelEvent) {
        if event.ctrl_key() {
            event.prevent_default();
            let around = (f64::from(event.client_x()), f64::from(event.client_y()));
            self.to(self.scale.get_untracked() * (-event.delta_y() * 0.01).clamp(-0.5, 0.5).exp(), around);
        }
    }

    /// Two fingers; with one the browser scrolls.
    pub fn on_touch(self, event: &web_sys::TouchEvent) {
        let [first, second] = fingers(event)[..] else { return self.pinched.set_value(None) };
        event.prevent_default();
        let distance = (first.0 - second.0).hypot(first.1 - second.1).max(1.0);
        match self.pinched.get_value() {
            None => self.pinched.set_value(Some((distance, self.scale.get_untracked()))),
            Some((before, scale)) => {
                self.to(scale * distance / before, ((first.0 + second.0) / 2.0, (first.1 + second.1) / 2.0));
            }
        }
    }

    pub fn grab(self, event: &web_sys::PointerEvent) {
        if event.pointer_type() == "mouse" && event.button() == 0 {
            self.grabbed.set_value(Some((place(event), 0.0)));
        }
    }

    pub fn drag(self, event: &web_sys::PointerEvent) {
        let (Some((before, way)), Some(scroller)) = (self.grabbed.get_value(), self.scroller.get_untracked()) else {
            return;
        };
        if event.buttons() & 1 == 0 {
            return self.grabbed.set_value(None);
        }
        let now = place(event);
        let moved = (before.0 - now.0, before.1 - now.1);
        scroller.set_scroll_left((f64::from(scroller.scroll_left()) + moved.0).round() as i32);
        scroller.set_scroll_top((f64::from(scroller.scroll_top()) + moved.1).round() as i32);
        self.grabbed.set_value(Some((now, way + moved.0.hypot(moved.1))));
    }

    /// Lets go. A click that ends a drag is none.
    pub fn on_click(self, event: &web_sys::MouseEvent) {
        if self.grabbed.get_value().is_some_and(|(_, way)| way > CLICK) {
            event.stop_propagation();
        }
        self.grabbed.set_value(None);
    }

    /// Scrolls as far as needed for a place of the drawing to be in sight. In the next frame: the browser has laid out what is
    /// new by then, and does it once.
    pub fn reveal(self, x: f64, y: f64) {
        let scale = self.scale.get_untracked();
        let scroller = self.scroller.get_untracked();
        request_animation_frame(move || {
            let Some(scroller) = scroller else { return };
            if let Some(left) = start_of(x * scale, scroller.scroll_left(), scroller.client_width()) {
                scroller.set_scroll_left(left);
            }
            if let Some(top) = start_of(y * scale, scroller.scroll_top(), scroller.client_height()) {
                scroller.set_scroll_top(top);
            }
        });
    }
}

/// Where to scroll to for a place to be in sight; none if it is.
fn start_of(at: f64, start: i32, length: i32) -> Option<i32> {
    const ROOM: f64 = 90.0;
    let (from, length) = (f64::from(start), f64::from(length));
    let there = (from + ROOM..=from + length - ROOM).contains(&at);
    (!there).then(|| (at - length / 2.0).max(0.0) as i32).filter(|now| *now != start)
}

fn place(event: &web_sys::PointerEvent) -> Point {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn fingers(event: &web_sys::TouchEvent) -> Vec<Point> {
    let read = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &JsValue::from_str(name)).ok();
    let touches = read(event, "touches").map(|touches| js_sys::Array::from(&touches)).unwrap_or_default();
    let finger = |touch: JsValue| Some((read(&touch, "clientX")?.as_f64()?, read(&touch, "clientY")?.as_f64()?));
    touches.iter().filter_map(finger).collect()
}
