//! The learner's own points: a click on the map makes one, and so does the keyboard, where the mark stands. They are a setting
//! of the lab, so an address keeps them.

use super::points::REACH;
use crate::data::points::Points;
use crate::lessons::widgets::MOST_POINTS;
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::widgets::Handle;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// How far an arrow key moves the mark.
const STEP: f64 = 0.1;

/// The points, the class of the next one, and the mark. `Copy`.
#[derive(Clone, Copy)]
pub struct Own {
    handle: Handle,
    class: RwSignal<u8>,
    mark: RwSignal<(f64, f64)>,
}

impl Own {
    /// The mark stands in the middle.
    pub fn of(handle: Handle) -> Own {
        Own { handle, class: RwSignal::new(0), mark: RwSignal::new((0.0, 0.0)) }
    }

    /// All points; followed.
    pub fn points(self) -> Points {
        self.handle.values().points("points")
    }

    fn text(self) -> String {
        self.handle.values_untracked().text("points").to_owned()
    }

    fn add(self, (x, y): (f64, f64)) {
        let point = format!("{x:.2},{y:.2},{}", self.class.get_untracked());
        let before = self.text();
        self.handle.set("points", if before.is_empty() { point } else { format!("{before};{point}") });
    }

    fn remove_last(self) {
        let before = self.text();
        self.handle.set("points", before.rsplit_once(';').map_or("", |(rest, _)| rest));
    }

    fn move_mark(self, across: f64, up: f64) {
        let inside = |place: f64| place.clamp(-REACH, REACH);
        self.mark.update(|(x, y)| (*x, *y) = (inside(*x + across * STEP), inside(*y + up * STEP)));
    }
}

/// What lies over the map and takes clicks and keys.
#[component]
pub fn OwnField(own: Own) -> impl IntoView {
    let i18n = use_i18n();
    let click = move |event: web_sys::MouseEvent| {
        let target = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(target) = target else { return };
        // Space and Enter on a button come as clicks without a place.
        if event.detail() == 0 {
            return own.add(own.mark.get_untracked());
        }
        let rectangle = target.get_bounding_client_rect();
        let across = (f64::from(event.client_x()) - rectangle.left()) / rectangle.width() * 2.0 - 1.0;
        let down = (f64::from(event.client_y()) - rectangle.top()) / rectangle.height() * 2.0 - 1.0;
        let place = (across * REACH, -down * REACH);
        own.mark.set(place);
        own.add(place);
    };
    let key = move |event: web_sys::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" => own.move_mark(-1.0, 0.0),
            "ArrowRight" => own.move_mark(1.0, 0.0),
            "ArrowUp" => own.move_mark(0.0, 1.0),
            "ArrowDown" => own.move_mark(0.0, -1.0),
            "Backspace" | "Delete" => own.remove_last(),
            "1" => own.class.set(0),
            "2" => own.class.set(1),
            _ => return,
        }
        event.prevent_default();
    };
    let share = |place: f64| (place / REACH + 1.0) * 50.0;
    view! {
        <button type="button" class="own-field" data-testid="own-field" aria-label=t!(i18n, learn.own_field) on:click=click on:keydown=key>
            <span
                class="own-mark"
                data-class=move || own.class.get().to_string()
                style=move || format!("left:{:.1}%;top:{:.1}%", share(own.mark.get().0), 100.0 - share(own.mark.get().1))
            ></span>
        </button>
    }
}

/// The class of the next point, taking back, clearing; and in words what there is.
#[component]
pub fn OwnButtons(own: Own) -> impl IntoView {
    let i18n = use_i18n();
    let none = move || own.points().classes.is_empty();
    let class_button = move |class: u8, sign: &'static str| {
        view! {
            <button
                type="button"
                class="small"
                aria-pressed=move || (own.class.get() == class).to_string()
                on:click=move |_| own.class.set(class)
            >
                {sign}
            </button>
        }
    };
    let words = move || {
        let classes = own.points().classes;
        let second = classes.iter().filter(|class| **class == 1).count();
        let (x, y) = own.mark.get();
        t_string!(
            i18n,
            learn.own_words,
            first = classes.len() - second,
            second = second,
            most = MOST_POINTS,
            x = format!("{x:.1}"),
            y = format!("{y:.1}")
        )
    };
    view! {
        <p class="small">{t!(i18n, learn.own_hint)}</p>
        <div class="widget-buttons">
            {class_button(0, "●")}
            {class_button(1, "■")}
            <button type="button" class="small" prop:disabled=none on:click=move |_| own.remove_last()>{t!(i18n, learn.own_undo)}</button>
            <button type="button" class="small quiet" prop:disabled=none on:click=move |_| own.handle.set("points", "")>{t!(i18n, learn.own_clear)}</button>
        </div>
        <p class="small muted number" aria-live="polite" data-testid="own-words">{words}</p>
    }
}
