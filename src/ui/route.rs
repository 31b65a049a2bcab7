//! Where the reader is: the one place that reads and writes the address. What a view keeps in it, `setting` reads and sets; it stays
//! with the view while another one is shown.

use super::address::Address;
use super::hide::{self, Part};
use super::i18n::{I18n, t_string};
pub use super::setting::{Query, Setting, use_query, use_setting, use_setting_where};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How long the address may lag behind a slider. Browsers refuse more than about three changes a second for long.
const ADDRESS_LAG: Duration = Duration::from_millis(350);

/// The current place and every view's settings. A context; `Copy`.
#[derive(Clone, Copy)]
pub struct Route {
    home: &'static str,
    pub(super) path: RwSignal<Vec<String>>,
    /// Settings of each place that was visited, by its path: `train`, `learn/softmax`.
    pub(super) places: RwSignal<BTreeMap<String, Address>>,
    /// `lang=` and `hide=` of the address, kept apart because they go along to every view, links in texts included.
    language: RwSignal<Option<String>>,
    hidden: RwSignal<Option<String>>,
    /// What the address bar showed when it was last read or written.
    seen: StoredValue<Option<String>>,
    /// The settings that are in use, for telling nonsense from sense.
    pub(super) known: RwSignal<Vec<Known>>,
    /// Places whose query a view reads as a whole.
    pub(super) readers: RwSignal<Vec<String>>,
}

#[derive(Clone)]
pub(super) struct Known {
    pub place: String,
    pub key: &'static str,
    pub problem: Memo<Option<Problem>>,
}

/// A value in the address that is none, and what is used in its place.
#[derive(Clone, PartialEq)]
pub(super) struct Problem {
    pub value: String,
    pub used: String,
}

impl Route {
    /// Reads the address and follows it from now on; an empty one leads `home`. Once, by the frame.
    pub fn start(home: &'static str) -> Self {
        let route = Self {
            home,
            path: RwSignal::new(Vec::new()),
            places: RwSignal::new(BTreeMap::new()),
            language: RwSignal::new(None),
            hidden: RwSignal::new(None),
            seen: StoredValue::new(None),
            known: RwSignal::new(Vec::new()),
            readers: RwSignal::new(Vec::new()),
        };
        route.read_location();
        let listener = window_event_listener(leptos::ev::hashchange, move |_| route.read_location());
        on_cleanup(move || listener.remove());
        let pending: StoredValue<Option<TimeoutHandle>> = StoredValue::new(None);
        Effect::new(move |_| {
            route.track();
            pending.update_value(|pending| {
                if let Some(earlier) = pending.take() {
                    earlier.clear();
                }
                *pending = set_timeout_with_handle(move || route.show_in_address_bar(), ADDRESS_LAG).ok();
            });
        });
        route
    }

    fn read_location(self) {
        let shown = location_hash();
        let mut address = Address::parse(shown.as_deref().unwrap_or_default());
        self.seen.set_value(shown);
        for (key, kept) in self.everywhere() {
            let named = address.get(key).map(str::to_owned);
            address.set(key, None);
            if named.is_some() && kept.get_untracked() != named {
                kept.set(named.filter(|text| !text.is_empty()));
            }
        }
        if address.path.is_empty() {
            address.path.push(self.home.to_owned());
        }
        let place = address.path.join("/");
        let path = address.path.clone();
        if self.places.with_untracked(|places| places.get(&place) != Some(&address)) {
            self.places.update(|places| {
                places.insert(place, address);
            });
        }
        if self.path.get_untracked() != path {
            self.path.set(path);
        }
    }

    /// What an address sets for every view.
    fn everywhere(self) -> [(&'static str, RwSignal<Option<String>>); 2] {
        [("lang", self.language), ("hide", self.hidden)]
    }

    /// Follows all that stands in the address, without spelling it.
    fn track(self) {
        self.path.track();
        self.places.track();
        self.everywhere().iter().for_each(|(_, kept)| kept.track());
    }

    fn show_in_address_bar(self) {
        let hash = untrack(|| self.address().to_hash());
        let shown = location_hash();
        // Unread: the reader is on the way to another place, which must not be lost.
        let unread = self.seen.with_value(|seen| *seen != shown);
        if unread || shown.is_some_and(|shown| format!("#{}", shown.trim_start_matches('#')) == hash) {
            return;
        }
        if let Ok(history) = window().history() {
            // A browser that refuses (too many changes) gets the next one.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&hash));
        }
        self.seen.set_value(location_hash());
    }

    /// The parts of the path: `["draw"]`, `["learn", "softmax"]` in a chapter.
    pub fn path(self) -> Vec<String> {
        self.path.get()
    }

    /// The same, not followed.
    pub fn path_untracked(self) -> Vec<String> {
        self.path.get_untracked()
    }

    /// The whole address of this place, with every setting that is not its default.
    pub fn address(self) -> Address {
        self.address_of(&self.path.get().join("/"))
    }

    /// `#/train?seed=7`: a link to a place, with the settings it was left with and the language of the address.
    pub fn link(self, place: &str) -> String {
        self.address_of(place).to_hash()
    }

    fn address_of(self, place: &str) -> Address {
        let mut address = self.places.with(|places| places.get(place).cloned()).unwrap_or_else(|| Address::parse(place));
        for (key, kept) in self.everywhere() {
            if let Some(text) = kept.get() {
                address.set(key, Some(text));
            }
        }
        address
    }

    /// Goes to a place, as a link would: `route.go("inspect?layer=2")`.
    pub fn go(self, address: &str) {
        let _ = location().set_hash(&Address::parse(address).to_hash());
    }

    /// `lang=` of the address, if it has one.
    pub fn language(self) -> Option<String> {
        self.language.get()
    }

    /// The parts of the page that `hide=` of the address takes away, and the first word there that is none; followed.
    pub fn hidden(self) -> (Vec<Part>, Option<String>) {
        self.hidden.with(|text| {
            let (parts, unknown) = hide::parse(text.as_deref().unwrap_or_default());
            (parts, unknown.map(str::to_owned))
        })
    }

    /// Sets up a view that is not shown now, or is: the query of its address.
    pub fn set_query(self, place: &str, query: &str) {
        let address = Address::parse(&format!("#/{place}?{query}"));
        if self.places.with_untracked(|places| places.get(place) != Some(&address)) {
            self.places.update(|places| {
                places.insert(place.to_owned(), address);
            });
        }
    }

    /// The reader chose a language: an address that names one has to follow.
    pub fn set_language(self, code: &str) {
        if self.language.get_untracked().is_some() {
            self.language.set(Some(code.to_owned()));
        }
    }

    /// One sentence on the first thing in the address that makes no sense.
    pub fn problem(self, i18n: I18n) -> Option<String> {
        if let (_, Some(value)) = self.hidden() {
            return Some(t_string!(i18n, common.address_hide, value = value));
        }
        let place = self.path.get().join("/");
        let address = self.address_of(&place);
        if self.readers.with(|readers| readers.contains(&place)) {
            return None;
        }
        self.known.with(|known| {
            for setting in known.iter().filter(|setting| setting.place == place) {
                if let Some(Problem { value, used }) = setting.problem.get() {
                    return Some(
                        t_string!(i18n, common.address_value, key = setting.key, value = value, used = used).to_string(),
                    );
                }
            }
            let unknown = address.query.iter().find(|(key, _)| {
                key != "lang" && key != "hide" && !known.iter().any(|setting| setting.place == place && setting.key == key)
            });
            unknown.map(|(key, _)| t_string!(i18n, common.address_key, key = key))
        })
    }
}
