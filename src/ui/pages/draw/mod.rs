//! The Draw view: a pad, what the network reads, and what it sees.

mod pad;

use crate::ui::i18n::{Language, t, td_string, use_i18n};
use crate::ui::state::use_pad;
use leptos::prelude::*;
use pad::Pad;

/// Write a digit, see it read.
#[component]
pub fn DrawPage() -> impl IntoView {
    let i18n = use_i18n();
    let pad = use_pad();
    let empty = move || pad.with(Vec::is_empty);
    view! {
        <h1 class="visually-hidden">{t!(i18n, common.view_draw)}</h1>
        <div class="draw-view">
            <section class="draw-left" aria-label=t!(i18n, draw.pad)>
                <Pad />
                <div class="button-row">
                    <button type="button" data-testid="undo" disabled=empty on:click=move |_| pad.undo()>{t!(i18n, draw.undo)}</button>
                    <button type="button" data-testid="clear" disabled=empty on:click=move |_| pad.clear()>{t!(i18n, draw.clear)}</button>
                </div>
            </section>
        </div>
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![
        ("← ↑ → ↓", td_string!(language, draw.key_move)),
        ("Space", td_string!(language, draw.key_pen)),
        ("Backspace", td_string!(language, draw.key_undo)),
        ("Delete", td_string!(language, draw.key_clear)),
    ]
}
