//! The page's texts in its two languages. The keys are those of `locales/en/*.json`, read at compile time:
//! `t!(i18n, draw.clear)`, or with values `t!(i18n, draw.reads, digit = digit.get())`. A key or a value that
//! is missing, in either language, does not compile. See `build.rs`.

use leptos::prelude::*;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

impl Language {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// As the address, `<html lang>` and the folders of locales and lessons have it.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Its name in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// `zh`, `zh-CN` and so on; `None` for a language that the page does not have.
    pub fn from_code(code: &str) -> Option<Self> {
        let code = code.to_ascii_lowercase();
        let primary = code.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.code() == primary)
    }
}

/// The texts themselves: a module for each namespace, a struct for each text.
#[allow(non_camel_case_types, missing_docs, unused_imports)]
pub mod texts {
    use super::Language;
    use std::fmt::Display;
    include!(concat!(env!("OUT_DIR"), "/texts.rs"));
}

/// Which language the page is in: follows `lang=` in the address, else the reader's last choice, else the browser.
#[derive(Clone, Copy)]
pub struct I18n(Memo<Language>);

impl I18n {
    /// Wraps the language that the frame derives.
    pub fn new(language: Memo<Language>) -> Self {
        Self(language)
    }

    /// The language now; a view that reads it follows it.
    pub fn language(self) -> Language {
        self.0.get()
    }

    /// The language now, without following it.
    pub fn language_untracked(self) -> Language {
        self.0.get_untracked()
    }
}

/// The language of the page this component is on.
pub fn use_i18n() -> I18n {
    expect_context()
}

/// A text that follows the language (and whatever signals its values read): a closure, for `view!`, attributes and
/// [`Status`](super::status::Status).
macro_rules! t {
    ($i18n:expr, $($path:tt)*) => {
        {
            let i18n: $crate::ui::i18n::I18n = $i18n;
            move || $crate::ui::i18n::text_of!([i18n.language()] [] $($path)*)
        }
    };
}

/// The text as it is now, inside something that already follows the language.
macro_rules! t_string {
    ($i18n:expr, $($path:tt)*) => { $crate::ui::i18n::text_of!([$i18n.language()] [] $($path)*) };
}

#[allow(unused_macros)]
/// The text as it is now, without following the language: for event handlers.
macro_rules! tu_string {
    ($i18n:expr, $($path:tt)*) => { $crate::ui::i18n::text_of!([$i18n.language_untracked()] [] $($path)*) };
}

/// The text in a given [`Language`].
macro_rules! td_string {
    ($language:expr, $($path:tt)*) => { $crate::ui::i18n::text_of!([$language] [] $($path)*) };
}

/// `a.b.c, x = 1` -> `texts::a::b::c { x: &1 }.text(language)`; the other macros use it.
macro_rules! text_of {
    ([$language:expr] [$($done:ident)*] $key:ident . $($rest:tt)*) => {
        $crate::ui::i18n::text_of!([$language] [$($done)* $key] $($rest)*)
    };
    ([$language:expr] [$($done:ident)*] $key:ident $(, $($name:ident = $value:expr),* $(,)?)?) => {
        $crate::ui::i18n::texts::$($done::)*$key { $($($name: &$value),*)? }.text($language)
    };
}

#[allow(unused_imports)]
pub(crate) use {t, t_string, td_string, text_of, tu_string};
