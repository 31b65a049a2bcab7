//! Sentences: words, formulas, links to views, links that set a widget, numbers that follow one.

use crate::lessons::document::Inline;
use crate::ui::widgets::{Board, Bound};
use leptos::prelude::*;

/// What does not begin a line, and what does not end one. Beside a button or a formula a browser breaks even there, so such signs go
/// into one unbroken piece with it.
const CLOSING: &str = "，。、：；！？）”,.:;!?)";
const OPENING: &str = "（“(";

/// A sentence of a chapter.
pub fn sentence(inlines: &[Inline], board: Board) -> AnyView {
    let pieces = inlines.iter().enumerate().map(|(at, inline)| {
        let (before, after) = (at.checked_sub(1).and_then(|at| inlines.get(at)), inlines.get(at + 1));
        match inline {
            Inline::Text(text) => {
                let text = if before.is_some_and(stands_apart) { &text[closing(text)..] } else { text };
                let end = if after.is_some_and(stands_apart) { text.trim_end_matches(opens).len() } else { text.len() };
                text[..end].to_string().into_any()
            }
            apart if stands_apart(apart) => unbroken(before, piece(apart, board), after),
            other => piece(other, board),
        }
    });
    pieces.collect_view().into_any()
}

/// Whether a line may break beside it, whatever sign stands there.
fn stands_apart(inline: &Inline) -> bool {
    matches!(inline, Inline::Set { .. } | Inline::Formula(_) | Inline::Bound(_))
}

fn opens(letter: char) -> bool {
    OPENING.contains(letter)
}

/// Bytes of the signs at the beginning that belong to what precedes them.
fn closing(text: &str) -> usize {
    text.len() - text.trim_start_matches(|letter| CLOSING.contains(letter)).len()
}

/// A piece with the signs around it that must not be parted from it.
fn unbroken(before: Option<&Inline>, piece: AnyView, after: Option<&Inline>) -> AnyView {
    let text = |inline: Option<&Inline>| match inline {
        Some(Inline::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let (before, after) = (text(before), text(after));
    let (start, end) = (before[before.trim_end_matches(opens).len()..].to_string(), after[..closing(&after)].to_string());
    match start.is_empty() && end.is_empty() {
        true => piece,
        false => view! { <span class="unbroken">{start}{piece}{end}</span> }.into_any(),
    }
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
