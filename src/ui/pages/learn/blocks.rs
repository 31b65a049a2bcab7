//! The blocks of a chapter. Their text follows the document, so that a change of language rewrites the words and leaves
//! widgets, cells and answers as they are: both languages have the same blocks, which a test holds.

use super::cell::Cell;
use super::notebook::Notebook;
use super::prose::sentence;
use super::question::QuestionView;
use super::state::Answer;
use crate::lessons::document::{Block, Question};
use crate::ui::widgets::{Board, WidgetView};
use leptos::prelude::*;

/// What blocks need to know of their chapter.
#[derive(Clone, Copy)]
pub struct Place {
    pub board: Board,
    pub notebook: Notebook,
    pub answer: Answer,
    /// Called when the question is answered.
    pub finish: Callback<()>,
}

/// All blocks of a list, each following its own text.
pub fn blocks(list: Signal<Vec<Block>>, place: Place) -> AnyView {
    let first = list.get_untracked();
    first
        .into_iter()
        .enumerate()
        .map(|(at, block)| {
            let here = Signal::derive(move || list.with(|list| list.get(at).cloned()));
            one(block, here, place)
        })
        .collect_view()
        .into_any()
}

fn one(first: Block, here: Signal<Option<Block>>, place: Place) -> AnyView {
    let board = place.board;
    match first {
        Block::Widget(line) => match board.handle(&line.name) {
            Some(handle) => view! { <WidgetView handle /> }.into_any(),
            None => ().into_any(),
        },
        Block::Code { source, .. } => match place.notebook.find(&source) {
            Some(cell) => view! { <Cell cell notebook=place.notebook /> }.into_any(),
            None => view! { <pre>{source}</pre> }.into_any(),
        },
        Block::Question(question) => {
            let now = Memo::new(move |_| match here.get() {
                Some(Block::Question(question)) => question,
                _ => Question { ask: vec![], choices: vec![], reveal: vec![], why: vec![] },
            });
            let choices = question.choices.iter().map(|(_, right)| *right).collect();
            view! { <QuestionView question=now right=choices place /> }.into_any()
        }
        Block::Heading(..) | Block::Paragraph(_) | Block::List { .. } | Block::Formula(_) => {
            (move || here.get().map(|block| text(block, board))).into_any()
        }
    }
}

fn text(block: Block, board: Board) -> AnyView {
    match block {
        Block::Heading(2, inlines) => view! { <h2>{sentence(&inlines, board)}</h2> }.into_any(),
        Block::Heading(_, inlines) => view! { <h3>{sentence(&inlines, board)}</h3> }.into_any(),
        Block::Paragraph(inlines) => view! { <p>{sentence(&inlines, board)}</p> }.into_any(),
        Block::Formula(mathml) => {
            view! { <div class="display-formula" tabindex="0" role="group" inner_html=mathml></div> }.into_any()
        }
        Block::List { ordered, items } => {
            let items = items.iter().map(|item| view! { <li>{sentence(item, board)}</li> }).collect_view();
            if ordered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
        Block::Widget(_) | Block::Code { .. } | Block::Question(_) => ().into_any(),
    }
}
