//! The status line: one sentence on what is going on, or on what went wrong. Any component can write to it.
//! It is read aloud, so numbers that tick do not belong here.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// What the status line says. A context; `Copy`.
#[derive(Clone, Copy)]
pub struct Status(RwSignal<Option<Message>>);

/// A sentence, and whether something went wrong.
#[derive(Clone)]
pub struct Message {
    /// Follows the language when it was made with `t!`.
    pub text: TextProp,
    /// Something needs the reader's attention.
    pub warning: bool,
}

impl Status {
    /// An empty line. Once, by the frame.
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// What is going on: `status.say(t!(i18n, draw.cleared))`.
    pub fn say(self, text: impl Into<TextProp>) {
        self.0.set(Some(Message { text: text.into(), warning: false }));
    }

    /// What went wrong, and what happens now.
    pub fn warn(self, text: impl Into<TextProp>) {
        self.0.set(Some(Message { text: text.into(), warning: true }));
    }

    /// An error of the library, as it is.
    pub fn fail(self, error: impl std::fmt::Display) {
        let text = error.to_string();
        self.warn(move || text.clone());
    }

    /// Says nothing.
    pub fn clear(self) {
        if self.0.with_untracked(Option::is_some) {
            self.0.set(None);
        }
    }

    /// The sentence now; followed.
    pub fn message(self) -> Option<Message> {
        self.0.get()
    }
}

impl Default for Status {
    fn default() -> Self {
        Self::new()
    }
}
