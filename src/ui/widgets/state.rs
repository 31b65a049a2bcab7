//! What a widget is set to and what it shows, shared between the widget and the sentences about it.

use crate::lessons::compute::{Numbers, results, short};
use crate::lessons::document::{Block, Document};
use crate::lessons::widget_line::Settings;
use crate::lessons::widgets::{Values, Widget, find};
use leptos::prelude::*;
use std::any::Any;
use std::collections::BTreeMap;

/// One widget of a chapter; `Copy`.
#[derive(Clone, Copy)]
pub struct Handle {
    widget: StoredValue<&'static Widget>,
    values: RwSignal<Values>,
    results: Memo<Numbers>,
    /// Numbers of something that runs.
    live: RwSignal<Numbers>,
    /// What the widget keeps of its own, and who owns it.
    kept: StoredValue<Option<Box<dyn Any + Send + Sync>>>,
    owner: StoredValue<Owner>,
}

impl Handle {
    fn new(widget: &'static Widget, settings: &Settings) -> Self {
        let values = RwSignal::new(widget.values(settings));
        let results = Memo::new(move |_| values.with(|values| results(widget.name, values)));
        Handle {
            widget: StoredValue::new(widget),
            values,
            results,
            live: RwSignal::new(Numbers::new()),
            kept: StoredValue::new(None),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// What the widget keeps while its chapter is left: made by `make` the first time, the same ever after.
    pub fn kept<T: Copy + Send + Sync + 'static>(self, make: impl FnOnce() -> T) -> T {
        let kept = self.kept.with_value(|kept| kept.as_ref().and_then(|kept| kept.downcast_ref::<T>().copied()));
        kept.unwrap_or_else(|| {
            let made = self.owner.with_value(|owner| owner.with(make));
            self.kept.set_value(Some(Box::new(made)));
            made
        })
    }

    /// What kind it is.
    pub fn name(self) -> &'static str {
        self.widget.get_value().name
    }

    /// What can be set.
    pub fn spec(self) -> &'static Widget {
        self.widget.get_value()
    }

    /// Everything it is set to; followed.
    pub fn values(self) -> Values {
        self.values.get()
    }

    /// The same, not followed.
    pub fn values_untracked(self) -> Values {
        self.values.get_untracked()
    }

    /// A setting as written; followed.
    pub fn text(self, key: &str) -> String {
        self.values.with(|values| values.text(key).to_owned())
    }

    /// A setting as a number; followed.
    pub fn number(self, key: &str) -> f64 {
        self.values.with(|values| values.number(key))
    }

    /// A setting as a whole number; followed.
    pub fn whole(self, key: &str) -> usize {
        self.values.with(|values| values.whole(key))
    }

    /// Sets one thing, if it may hold that.
    pub fn set(self, key: &str, value: impl Into<String>) {
        self.set_all(&vec![(key.to_owned(), value.into())]);
    }

    /// Sets a number.
    pub fn set_number(self, key: &str, value: f64) {
        // Away from the dust of adding 0.1 three times.
        let rounded: f64 = format!("{value:.6}").parse().unwrap_or(value);
        self.set(key, format!("{rounded}"));
    }

    /// Sets several things at once, as a link in the text does; nothing if one of them is impossible.
    pub fn set_all(self, settings: &Settings) {
        if self.spec().check(settings).is_ok() {
            self.values.update(|values| values.0.extend(settings.iter().cloned()));
        }
    }

    /// A number of a comma list; followed.
    pub fn list(self, key: &str) -> Vec<f64> {
        self.values.with(|values| values.numbers(key))
    }

    /// Sets one number of a comma list.
    pub fn set_in_list(self, key: &str, at: usize, value: f64) {
        let mut list = self.values.with_untracked(|values| values.numbers(key));
        if let Some(place) = list.get_mut(at) {
            *place = format!("{value:.4}").parse().unwrap_or(value);
            self.set(key, list.iter().map(f64::to_string).collect::<Vec<_>>().join(","));
        }
    }

    /// Shows a number of something that runs.
    pub fn show_live(self, key: &str, value: String) {
        self.live.try_update(|live| live.insert(key.to_owned(), value));
    }

    /// A number as a sentence shows it: of what runs, of what is computed, or of what is set; followed.
    pub fn shown(self, key: &str) -> String {
        let computed =
            self.live.with(|live| live.get(key).cloned()).or_else(|| self.results.with(|results| results.get(key).cloned()));
        computed.unwrap_or_else(|| match self.text(key) {
            text if text.is_empty() => "–".to_owned(),
            text => text
                .parse()
                .map_or(text.clone(), |number: f64| if key == "x" || text.len() > 6 { short(number) } else { text }),
        })
    }
}

/// The widgets of one chapter, and of the chapters visited before; `Copy`.
#[derive(Clone, Copy)]
pub struct Board {
    chapters: StoredValue<BTreeMap<String, Handle>>,
    chapter: StoredValue<&'static str>,
    owner: StoredValue<Owner>,
}

impl Board {
    /// Without widgets. They belong to whoever calls this, so that they outlive their chapter's page.
    pub fn start() -> Self {
        Board {
            chapters: StoredValue::new(BTreeMap::new()),
            chapter: StoredValue::new(""),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// The widgets of a chapter: as they were left, or as the lesson sets them.
    pub fn open(self, chapter: &'static str, document: &Document) -> Self {
        for block in document.all_blocks() {
            if let Block::Widget(line) = block {
                self.put(chapter, &line.name, &line.settings);
            }
        }
        Board { chapter: StoredValue::new(chapter), ..self }
    }

    /// A widget without a lesson, as it is by default or as it was left.
    pub fn place(self, chapter: &'static str, name: &str) -> Option<Handle> {
        self.put(chapter, name, &Settings::new());
        Board { chapter: StoredValue::new(chapter), ..self }.handle(name)
    }

    fn put(self, chapter: &str, name: &str, settings: &Settings) {
        let key = format!("{chapter}/{name}");
        if self.chapters.with_value(|chapters| chapters.contains_key(&key)) {
            return;
        }
        if let Some(widget) = find(name) {
            let handle = self.owner.with_value(|owner| owner.with(|| Handle::new(widget, settings)));
            self.chapters.update_value(|chapters| {
                chapters.insert(key, handle);
            });
        }
    }

    /// The widget of this name in this chapter.
    pub fn handle(self, name: &str) -> Option<Handle> {
        let key = format!("{}/{name}", self.chapter.get_value());
        self.chapters.with_value(|chapters| chapters.get(&key).copied())
    }
}
