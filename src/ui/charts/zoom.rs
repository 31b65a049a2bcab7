//! Which stretch of its x axis a chart shows: drawn by the mouse, pinched by two fingers, or by keys and buttons.

use super::draw::Plot;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// How much closer a key or a button goes.
const STRIDE: f64 = 2.0;
/// A drag of less than this share of the chart is a click.
const LEAST_DRAG: f64 = 0.02;
/// A stretch is at least this share of the whole.
const CLOSEST: f64 = 1e-3;

/// The stretch, and what the fingers are at. `Copy`.
#[derive(Clone, Copy)]
pub struct Zoom {
    /// First and last x; none for all of it.
    pub stretch: RwSignal<Option<(f64, f64)>>,
    /// From where to where the mouse has drawn so far.
    pub drawn: RwSignal<Option<(f64, f64)>>,
    fingers: StoredValue<BTreeMap<i32, f64>>,
}

impl Zoom {
    /// All of it.
    pub fn new() -> Zoom {
        Zoom { stretch: RwSignal::new(None), drawn: RwSignal::new(None), fingers: StoredValue::new(BTreeMap::new()) }
    }

    fn set(self, whole: (f64, f64), from: f64, to: f64) {
        let (first, last) = whole;
        let width = (to - from).clamp((last - first) * CLOSEST, last - first);
        let from = from.clamp(first, last - width);
        let all = width >= (last - first) * (1.0 - 1e-9);
        self.stretch.set((!all).then_some((from, from + width)));
    }

    /// Closer (or farther off) around a place.
    pub fn closer(self, plot: &Plot, at: f64, closer: bool) {
        let factor = if closer { 1.0 / STRIDE } else { STRIDE };
        self.set(plot.whole, at - (at - plot.from) * factor, at + (plot.to - at) * factor);
    }

    /// All of it again.
    pub fn all(self) {
        self.stretch.set(None);
    }

    /// Moves the stretch along so that a place comes in sight.
    pub fn show(self, plot: &Plot, at: f64) {
        let by = (at - plot.to).max(0.0) + (at - plot.from).min(0.0);
        if by != 0.0 && self.stretch.with_untracked(Option::is_some) {
            self.set(plot.whole, plot.from + by, plot.to + by);
        }
    }

    /// A pointer goes down at an x.
    pub fn down(self, event: &web_sys::PointerEvent, at: f64) {
        if event.pointer_type() == "touch" {
            self.fingers.update_value(|fingers| {
                fingers.insert(event.pointer_id(), at);
            });
        } else if event.button() == 0 {
            self.drawn.set(Some((at, at)));
        }
    }

    /// It moves. Two fingers keep what is below them below them.
    pub fn moved(self, event: &web_sys::PointerEvent, plot: &Plot, at: f64) {
        self.drawn.update(|drawn| *drawn = drawn.map(|(from, _)| (from, at)));
        let id = event.pointer_id();
        let fingers = self.fingers.get_value();
        let (Some(&own), Some((_, &other))) = (fingers.get(&id), fingers.iter().find(|(other, _)| **other != id)) else {
            return;
        };
        if (at - other).abs() > (plot.to - plot.from) * LEAST_DRAG {
            let factor = (own - other) / (at - other);
            if factor > 0.0 {
                self.set(plot.whole, other - (other - plot.from) * factor, other + (plot.to - other) * factor);
            }
        }
    }

    /// It goes up, or away: what was drawn becomes the stretch.
    pub fn up(self, event: &web_sys::PointerEvent, plot: Option<Plot>) {
        self.fingers.update_value(|fingers| {
            fingers.remove(&event.pointer_id());
        });
        let Some((a, b)) = self.drawn.get_untracked() else { return };
        self.drawn.set(None);
        if let Some(plot) = plot.filter(|plot| (a - b).abs() > (plot.to - plot.from) * LEAST_DRAG) {
            self.set(plot.whole, a.min(b), a.max(b));
        }
    }
}
