//! Sentences: words, formulas, links to views, links that set a widget, numbers that follow one.

use crate::lessons::document::Inline;
use crate::ui::widgets::{Board, Bound};
use leptos::prelude::*;

/// A sentence of a chapter.
pub fn sentence(inlines: &[Inline], board: Board) -> AnyView {
    inlines.iter().map(|inline| piece(inline, board)).collect_view().into_any()
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
