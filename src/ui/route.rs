//! Where the reader is, and the settings of each view: the one place that reads and writes the address.
//! A view asks for a [`Setting`] with [`use_setting`]; what it sets stands in the address, defaults left out, and
//! stays with the view while another one is shown.

use super::address::{Address, SettingValue};
use super::hide::{self, Part};
use super::i18n::{I18n, t_string};
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How long the address may lag behind a slider. Browsers refuse more than about three changes a second for long.
const ADDRESS_LAG: Duration = Duration::from_millis(350);

/// The current place and every view's settings. A context; `Copy`.
#[derive(Clone, Copy)]
pub struct Route {
    home: &'static str,
    path: RwSignal<Vec<String>>,
    /// Settings of each place that was visited, by its path: `train`, `learn/softmax`.
    places: RwSignal<BTreeMap<String, Address>>,
    /// `lang=` and `hide=` of the address, kept apart because they go along to every view, links in texts included.
    language: RwSignal<Option<String>>,
    hidden: RwSignal<Option<String>>,
    /// What the address bar showed when it was last read or written.
    seen: StoredValue<Option<String>>,
    /// The settings that are in use, for telling nonsense from sense.
    known: RwSignal<Vec<Known>>,
    /// Places whose query a view reads as a whole.
    readers: RwSignal<BTreeSet<String>>,
}

#[derive(Clone)]
struct Known {
    place: String,
    key: &'static str,
    problem: Memo<Option<Problem>>,
}

/// A value in the address that is none, and what is used in its place.
#[derive(Clone, PartialEq)]
struct Problem {
    value: String,
    used: String,
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
            readers: RwSignal::new(BTreeSet::new()),
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

/// One setting of a view, kept in the address. `Copy`; reading it in a view follows it.
pub struct Setting<T: SettingValue> {
    route: Route,
    place: StoredValue<String>,
    key: &'static str,
    default: StoredValue<T>,
    value: Memo<T>,
}

impl<T: SettingValue> Clone for Setting<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: SettingValue> Copy for Setting<T> {}

/// The setting `key` of the view that is shown now. Anything that does not parse counts as `default`, and the status
/// line says so.
pub fn use_setting<T: SettingValue>(key: &'static str, default: T) -> Setting<T> {
    use_setting_where(key, default, |_| true)
}

/// As [`use_setting`], with a condition on the value: a batch must be between 1 and 1000.
pub fn use_setting_where<T: SettingValue>(
    key: &'static str,
    default: T,
    valid: impl Fn(&T) -> bool + Copy + Send + Sync + 'static,
) -> Setting<T> {
    let route = expect_context::<Route>();
    let place = route.path.get_untracked().join("/");
    let text_of = {
        let place = place.clone();
        move || route.places.with(|places| places.get(&place)?.get(key).map(str::to_owned))
    };
    let text = Memo::new(move |_| text_of());
    let default_value = StoredValue::new(default);
    let parsed = move || text.get().map(|text| (T::parse(&text).filter(valid), text));
    let value = Memo::new(move |_| parsed().and_then(|(value, _)| value).unwrap_or_else(|| default_value.get_value()));
    let problem = Memo::new(move |_| match parsed() {
        Some((None, value)) => Some(Problem { value, used: default_value.with_value(T::to_text) }),
        _ => None,
    });
    let registered = Known { place: place.clone(), key, problem };
    route.known.update(|known| {
        known.retain(|setting| setting.place != registered.place || setting.key != key);
        known.push(registered);
    });
    let gone = place.clone();
    on_cleanup(move || {
        route.known.try_update(|known| known.retain(|setting| setting.place != gone || setting.key != key));
    });
    Setting { route, place: StoredValue::new(place), key, default: default_value, value }
}

/// The whole query of the view, for a view that has a reader of its own (`export::link`) and tells of nonsense itself.
#[derive(Clone, Copy)]
pub struct Query {
    route: Route,
    place: StoredValue<String>,
}

/// The query of the view that is shown now.
pub fn use_query() -> Query {
    let route = expect_context::<Route>();
    let place = route.path.get_untracked().join("/");
    route.readers.update(|readers| {
        readers.insert(place.clone());
    });
    Query { route, place: StoredValue::new(place) }
}

impl Query {
    /// `seed=7&batch=64`, without `lang`; followed.
    pub fn get(self) -> String {
        let place = self.place.get_value();
        self.route.places.with(|places| places.get(&place).map(Address::query_text).unwrap_or_default())
    }

    /// Puts another query in its place, here and in the address.
    pub fn set(self, query: &str) {
        self.place.with_value(|place| self.route.set_query(place, query));
    }
}

impl<T: SettingValue> Setting<T> {
    /// The value; followed by whoever reads it in a view.
    pub fn get(self) -> T {
        self.value.get()
    }

    /// The value, not followed.
    pub fn get_untracked(self) -> T {
        self.value.get_untracked()
    }

    /// Sets it, here and in the address.
    pub fn set(self, value: T) {
        let text = self.default.with_value(|default| (*default != value).then(|| value.to_text()));
        let place = self.place.get_value();
        self.route.places.update(|places| {
            places.entry(place.clone()).or_insert_with(|| Address::parse(&place)).set(self.key, text);
        });
    }

    /// As a signal, for the components that take one.
    pub fn signal(self) -> Signal<T> {
        self.value.into()
    }
}

impl<T: SettingValue> From<Setting<T>> for Signal<T> {
    fn from(setting: Setting<T>) -> Self {
        setting.signal()
    }
}
