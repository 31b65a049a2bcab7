//! Style sheets that the pad does without: `index.html` lists them as disabled, so the browser does not fetch them yet.

use js_sys::{Array, Promise, Reflect};
use leptos::prelude::{document, window};
use std::cell::OnceCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

/// Milliseconds after which a view is shown without them. One that failed before the program ran tells no more of it.
const PATIENCE: i32 = 3000;

thread_local! {
    /// All of them, once asked for.
    static ARRIVING: OnceCell<Promise> = const { OnceCell::new() };
}

/// Fetches them; to be awaited until every one is there, or will not come: a view without its looks is better than none.
pub fn load_styles() -> impl Future<Output = ()> {
    let all = ARRIVING.with(|arriving| arriving.get_or_init(fetch_all).clone());
    async {
        let _ = JsFuture::from(all).await;
    }
}

fn fetch_all() -> Promise {
    let arriving = Array::new();
    if let Ok(links) = document().query_selector_all("link.later") {
        for link in (0..links.length()).filter_map(|place| links.item(place)) {
            arriving.push(&arrival(link.unchecked_into()));
        }
    }
    let patience = Promise::new(&mut |done, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, PATIENCE);
    });
    Promise::race(&Array::of2(&Promise::all(&arriving), &patience))
}

fn arrival(link: Element) -> Promise {
    if Reflect::get(&link, &JsValue::from_str("sheet")).is_ok_and(|sheet| sheet.is_object()) {
        return Promise::resolve(&JsValue::NULL);
    }
    Promise::new(&mut |done, _| {
        for event in ["load", "error"] {
            let _ = link.add_event_listener_with_callback(event, &done);
        }
        let _ = link.remove_attribute("disabled");
    })
}
