//! The Learn view: the table of contents at `#/learn`, a chapter at `#/learn/<chapter>`.

mod blocks;
mod cell;
mod chapter;
mod contents;
mod lab;
mod notebook;
mod progress;
mod prose;
mod question;
mod state;

use crate::lessons::CHAPTERS;
use crate::ui::i18n::{Language, td_string};
use crate::ui::route::Route;
use crate::ui::state::use_kept;
use leptos::prelude::*;
use state::LearnState;

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![
        ("Shift+Enter", td_string!(language, learn.key_run)),
        ("← →", td_string!(language, learn.key_arrows)),
        ("Enter", td_string!(language, learn.key_set)),
    ]
}

/// Contents or chapter, as the address says.
#[component]
pub fn LearnPage() -> impl IntoView {
    let route = expect_context::<Route>();
    let state = use_kept(LearnState::start);
    let chapter = Memo::new(move |_| {
        let path = route.path();
        let name = path.get(1)?;
        CHAPTERS.iter().copied().find(|chapter| chapter == name)
    });
    Effect::new(move |earlier: Option<Option<&'static str>>| {
        let now = chapter.get();
        if earlier.is_some_and(|earlier| earlier != now) {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
        now
    });
    // The overfitting lab has an address of its own.
    let lab = Memo::new(move |_| route.path().get(1).is_some_and(|name| name == "lab"));
    move || match chapter.get() {
        None if lab.get() => view! { <lab::LabPage boards=state.boards /> }.into_any(),
        None => view! { <contents::Contents progress=state.progress /> }.into_any(),
        Some(chapter) => view! { <chapter::Chapter chapter state /> }.into_any(),
    }
}
