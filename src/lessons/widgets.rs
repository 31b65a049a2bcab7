//! Which widgets there are, what each can be set to, and which of its numbers a sentence may show.
//! A lesson that names anything else fails the tests, and a link that sets something impossible is refused.

mod table;

use super::widget_line::Settings;
use crate::data::points::Points;
use std::collections::BTreeMap;
pub use table::{ACTIVATIONS, WIDGETS};

/// What a setting may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number from `low` to `high`.
    Number { low: f64, high: f64 },
    /// A whole number from `low` to `high`.
    Whole { low: i64, high: i64 },
    /// Numbers with commas between, at least one.
    Numbers,
    /// Rows of numbers, with semicolons between.
    Rows,
    /// Sizes of a tensor, with commas between.
    Sizes,
    /// Points of a plane with their class, `x,y,class` with semicolons between; or none.
    Points,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Anything typed.
    Text,
}

/// One setting of a widget.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in widget lines and links.
    pub key: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// What it holds if the lesson does not say.
    pub default: &'static str,
}

/// A kind of widget.
#[derive(Debug, Clone, Copy)]
pub struct Widget {
    /// Its name in widget lines, links and bound numbers.
    pub name: &'static str,
    /// What can be set.
    pub settings: &'static [Setting],
    /// Computed numbers that a sentence may show, beside the settings.
    pub results: &'static [&'static str],
    /// Whether it also takes a number for any variable of a typed expression (and has a result `d<variable>`).
    pub variables: bool,
}

/// Whether a widget's numbers come from something that runs, not from its settings alone.
pub fn is_live(name: &str) -> bool {
    matches!(name, "dead-relu" | "live-training" | "device-race" | "overfitting")
}

/// The widget of this name.
pub fn find(name: &str) -> Option<&'static Widget> {
    WIDGETS.iter().find(|widget| widget.name == name)
}

/// Whether a typed expression could use this as a variable: a letter, then letters and digits.
fn is_variable(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Kind {
    /// Whether `value` is one that a setting of this kind may hold; the error says what it may.
    pub fn check(self, value: &str) -> Result<(), String> {
        let fits = match self {
            Kind::Number { low, high } => value.parse().is_ok_and(|number: f64| (low..=high).contains(&number)),
            Kind::Whole { low, high } => value.parse().is_ok_and(|number: i64| (low..=high).contains(&number)),
            Kind::Numbers => value.split(',').all(is_number),
            Kind::Rows => value.split(';').all(|row| row.split(',').all(is_number)),
            Kind::Sizes => value.split(',').all(|size| size.parse().is_ok_and(|size: usize| size <= 16)),
            Kind::Points => value.is_empty() || parse_points(value).is_some(),
            Kind::Choice(words) => words.contains(&value),
            Kind::Text => true,
        };
        if fits { Ok(()) } else { Err(format!("`{value}` is not {self:?}")) }
    }
}

/// The most points that fit into an address.
pub const MOST_POINTS: usize = 200;

/// `x,y,class;x,y,class`: places within 2 of the middle, classes 0 and 1.
fn parse_points(text: &str) -> Option<Vec<([f32; 2], u8)>> {
    let point = |point: &str| {
        let [x, y, class] = point.split(',').collect::<Vec<_>>()[..] else { return None };
        let place: [f32; 2] = [x.parse().ok()?, y.parse().ok()?];
        let inside = place.iter().all(|number| number.abs() <= 2.0);
        Some((place, class.parse().ok()?)).filter(|(_, class)| inside && *class <= 1)
    };
    text.split(';').map(point).collect::<Option<Vec<_>>>().filter(|points| points.len() <= MOST_POINTS)
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}

impl Widget {
    /// The setting of this name.
    pub fn setting(&self, key: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// Whether all these settings exist and hold what they may.
    pub fn check(&self, settings: &Settings) -> Result<(), String> {
        for (key, value) in settings {
            let checked = match self.setting(key) {
                Some(setting) => setting.kind.check(value),
                None if self.variables && is_variable(key) => Kind::Number { low: -1e6, high: 1e6 }.check(value),
                None => Err("no such setting".into()),
            };
            checked.map_err(|error| format!("{}: {key}: {error}", self.name))?;
        }
        Ok(())
    }

    /// Whether a sentence may show a number of this name.
    pub fn has_number(&self, key: &str) -> bool {
        self.results.contains(&key) || self.setting(key).is_some() || (self.variables && is_variable(key))
    }

    /// The widget's settings: its defaults with `given` over them.
    pub fn values(&self, given: &Settings) -> Values {
        let defaults = self.settings.iter().map(|setting| (setting.key.to_owned(), setting.default.to_owned()));
        Values(defaults.chain(given.iter().cloned()).collect())
    }
}

/// What a widget is set to. Values are kept as written, so that `2.0` stays `2.0` in a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<String, String>);

impl Values {
    /// A setting as written; empty if there is none.
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// A setting as a number; 0 if it is none.
    pub fn number(&self, key: &str) -> f64 {
        self.text(key).parse().unwrap_or(0.0)
    }

    /// A setting as a whole number; 0 if it is none.
    pub fn whole(&self, key: &str) -> usize {
        self.text(key).parse().unwrap_or(0)
    }

    /// A setting as numbers.
    pub fn numbers(&self, key: &str) -> Vec<f64> {
        self.text(key).split(',').filter_map(|number| number.trim().parse().ok()).collect()
    }

    /// A setting as rows of numbers.
    pub fn rows(&self, key: &str) -> Vec<Vec<f64>> {
        let row = |row: &str| row.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        self.text(key).split(';').map(row).collect()
    }

    /// A setting as points with their classes.
    pub fn points(&self, key: &str) -> Points {
        let (places, classes) = parse_points(self.text(key)).unwrap_or_default().into_iter().unzip();
        Points { places, classes }
    }

    /// A setting as the sizes of a tensor.
    pub fn sizes(&self, key: &str) -> Vec<usize> {
        self.text(key).split(',').filter_map(|size| size.trim().parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fit_their_kinds() {
        for widget in WIDGETS {
            for setting in widget.settings {
                assert_eq!(setting.kind.check(setting.default), Ok(()), "{} {}", widget.name, setting.key);
            }
        }
    }

    #[test]
    fn settings_are_checked() {
        let activation = find("activation").unwrap();
        let set = |key: &str, value: &str| activation.check(&vec![(key.to_owned(), value.to_owned())]);
        assert!(set("fn", "relu").is_ok() && set("x", "-2").is_ok());
        assert!(set("fn", "abs").is_err() && set("x", "99").is_err() && set("y", "1").is_err());
        let points = |text: &str| Kind::Points.check(text).is_ok();
        assert!(points("") && points("0.5,-1,0;0,0,1") && !points("0,0") && !points("0,0,2") && !points("0,9,1"));
        let values = activation.values(&vec![("x".into(), "2.5".into())]);
        assert_eq!((values.text("fn"), values.number("x")), ("sigmoid", 2.5));
    }
}
