//! Sentences: words, formulas, links to views, links that set a widget, numbers that follow one.

use crate::lessons::document::Inline;
use crate::ui::widgets::{Board, Bound};
use leptos::prelude::*;

/// Keeps a line from breaking where it stands. Beside a button or a formula a browser breaks even before a full stop.
const NO_BREAK: &str = "\u{2060}";
/// What does not begin a line, and what does not end one.
const CLOSING: &str = "，。、：；！？）”,.:;!?)";
const OPENING: &str = "（“(";

/// A sentence of a chapter.
pub fn sentence(inlines: &[Inline], board: Board) -> AnyView {
    let pieces = inlines.iter().enumerate().map(|(at, inline)| {
        let (before, after) = glue(at.checked_sub(1).and_then(|at| inlines.get(at)), inline, inlines.get(at + 1));
        view! { {before.then_some(NO_BREAK)} {piece(inline, board)} {after.then_some(NO_BREAK)} }
    });
    pieces.collect_view().into_any()
}

/// Whether a piece must stay with the end of what precedes it, and with the beginning of what follows.
fn glue(before: Option<&Inline>, inline: &Inline, after: Option<&Inline>) -> (bool, bool) {
    if !matches!(inline, Inline::Set { .. } | Inline::Formula(_)) {
        return (false, false);
    }
    let text = |inline: Option<&'_ Inline>| match inline {
        Some(Inline::Text(text)) => text.clone(),
        _ => String::new(),
    };
    (text(before).ends_with(|c| OPENING.contains(c)), text(after).starts_with(|c| CLOSING.contains(c)))
}

fn piece(inline: &Inline, board: Board) -> AnyView {
    match inline {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Code(code) => view! { <code>{code.clone()}</code> }.into_any(),
        Inline::Emphasis(inner) => view! { <em>{sentence(inner, board)}</em> }.into_any(),
        Inline::Strong(inner) => view! { <strong>{sentence(inner, board)}</strong> }.into_any(),
        Inline::Formula(mathml) => view! { <span class="formula" inner_html=mathml.clone()></span> }.into_any(),
        Inline::Link(target, inner) => {
            let class = if target.starts_with("#/") { "open-view" } else { "" };
            view! { <a href=target.clone() class=class>{sentence(inner, board)}</a> }.into_any()
        }
        Inline::Set { widget, settings, text } => {
            let Some(handle) = board.handle(widget) else { return sentence(text, board) };
            let settings = settings.clone();
            view! {
                <button
                    type="button"
                    class="set-link"
                    on:click=move |_| handle.set_all(&settings)
                    aria-controls=format!("widget-{widget}")
                >
                    {sentence(text, board)}
                </button>
            }
            .into_any()
        }
        Inline::Bound(number) => match board.handle(&number.widget) {
            Some(handle) => view! { <Bound handle key=number.key.clone() /> }.into_any(),
            None => ().into_any(),
        },
    }
}
