//! What a view keeps in the address. It asks for a [`Setting`] with [`use_setting`], or for the whole query; what it sets stands in the
//! address, defaults left out.

use super::address::{Address, SettingValue};
use super::route::{Known, Problem, Route};
use leptos::prelude::*;

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
        if !readers.contains(&place) {
            readers.push(place.clone());
        }
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
