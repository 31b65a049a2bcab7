//! What the browser keeps for the reader between visits: strokes, theme, language. A browser that keeps nothing
//! (private windows) is no error: the page then starts afresh.

use leptos::prelude::window;

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok()?
}

/// What was kept under this name.
pub fn load(name: &str) -> Option<String> {
    storage()?.get_item(&format!("gradlab.{name}")).ok()?
}

/// Keeps a text under this name.
pub fn save(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&format!("gradlab.{name}"), text);
    }
}

/// Forgets what was kept.
pub fn remove(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("gradlab.{name}"));
    }
}
