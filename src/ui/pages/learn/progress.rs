//! Which chapters are done, kept on this machine. A chapter is done when its question has been answered.

use crate::lessons::CHAPTERS;
use crate::ui::storage;
use leptos::prelude::*;

/// The chapters that are done; `Copy`.
#[derive(Clone, Copy)]
pub struct Progress(RwSignal<Vec<&'static str>>);

impl Progress {
    /// As the last visit left it.
    pub fn start() -> Self {
        let kept = storage::load("progress").unwrap_or_default();
        let done = CHAPTERS.into_iter().filter(|chapter| kept.split(',').any(|name| name == *chapter)).collect();
        Progress(RwSignal::new(done))
    }

    /// Whether this chapter is done; followed.
    pub fn is_done(self, chapter: &str) -> bool {
        self.0.with(|done| done.contains(&chapter))
    }

    /// How many are done; followed.
    pub fn count(self) -> usize {
        self.0.with(Vec::len)
    }

    /// This one is done.
    pub fn finish(self, chapter: &'static str) {
        if !self.0.with_untracked(|done| done.contains(&chapter)) {
            self.0.update(|done| done.push(chapter));
            self.keep();
        }
    }

    /// Begin again.
    pub fn forget(self) {
        self.0.set(Vec::new());
        self.keep();
    }

    fn keep(self) {
        self.0.with_untracked(|done| storage::save("progress", &done.join(",")));
    }
}
