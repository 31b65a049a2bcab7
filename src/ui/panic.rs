//! What the reader sees when the program breaks: a sentence in the status line instead of a dead page. The strokes are
//! safe, they were stored as they were drawn. Written straight into the page, since the signals may be what broke.

use super::i18n::{Language, td_string};
use leptos::prelude::document;

/// From now on a panic goes to the console, with its place, and to the status line.
pub fn set_hook() {
    std::panic::set_hook(Box::new(|information| {
        console_error_panic_hook::hook(information);
        let language = document()
            .document_element()
            .and_then(|root| Language::from_code(&root.get_attribute("lang")?))
            .unwrap_or(Language::English);
        if let Ok(Some(line)) = document().query_selector("[data-testid=status]") {
            line.set_text_content(Some(td_string!(language, common.broken)));
            let _ = line.set_attribute("data-warning", "true");
        }
    }));
}
