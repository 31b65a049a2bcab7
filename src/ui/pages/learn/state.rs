//! What the reader has done in the course: widgets as they were left, cells as they were edited, answers. It lives as long
//! as the page, so that a chapter that is left and entered again is as it was.

use super::notebook::Notebook;
use super::progress::Progress;
use crate::lessons::document::Document;
use crate::ui::widgets::Board;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The answer to a chapter's question.
#[derive(Clone, Copy)]
pub struct Answer {
    pub chosen: RwSignal<Option<usize>>,
    pub revealed: RwSignal<bool>,
}

/// All of it. A context; `Copy`.
#[derive(Clone, Copy)]
pub struct LearnState {
    pub boards: Board,
    pub progress: Progress,
    chapters: StoredValue<BTreeMap<&'static str, (Notebook, Answer)>>,
    owner: StoredValue<Owner>,
}

impl LearnState {
    /// Nothing is open yet.
    pub fn start() -> Self {
        LearnState {
            boards: Board::start(),
            progress: Progress::start(),
            chapters: StoredValue::new(BTreeMap::new()),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// Cells and answer of a chapter: as they were left, or as the lesson has them.
    pub fn open(self, chapter: &'static str, document: &Document) -> (Notebook, Answer) {
        if let Some(kept) = self.chapters.with_value(|chapters| chapters.get(chapter).copied()) {
            return kept;
        }
        let make = || {
            let answer = Answer { chosen: RwSignal::new(None), revealed: RwSignal::new(false) };
            (Notebook::of(document), answer)
        };
        let made = self.owner.with_value(|owner| owner.with(make));
        self.chapters.update_value(|chapters| {
            chapters.insert(chapter, made);
        });
        made
    }
}
