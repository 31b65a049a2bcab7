//! What all views share: the strokes on the pad and the device that computes. Each is a context, given once by the
//! frame; what can be derived from them is derived where it is needed.

use super::storage;
use crate::data::pad::{Point, Strokes, strokes_from_text, strokes_to_text};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The drawing. Survives views and visits.
#[derive(Clone, Copy)]
pub struct PadState {
    strokes: RwSignal<Strokes>,
}

impl PadState {
    /// Takes up the drawing of the last visit.
    pub fn start() -> Self {
        let stored = storage::load("strokes").and_then(|text| strokes_from_text(&text)).unwrap_or_default();
        Self { strokes: RwSignal::new(stored) }
    }

    /// The strokes; followed.
    pub fn strokes(self) -> Strokes {
        self.strokes.get()
    }

    /// Reads the strokes without copying them; followed.
    pub fn with<T>(self, read: impl FnOnce(&Strokes) -> T) -> T {
        self.strokes.with(read)
    }

    /// Reads the strokes, not followed.
    pub fn with_untracked<T>(self, read: impl FnOnce(&Strokes) -> T) -> T {
        self.strokes.with_untracked(read)
    }

    /// Puts the pen down.
    pub fn pen_down(self, point: Point) {
        self.strokes.update(|strokes| strokes.push(vec![point]));
    }

    /// Moves the pen that is down.
    pub fn extend(self, points: Vec<Point>) {
        self.strokes.update(|strokes| {
            if let Some(stroke) = strokes.last_mut() {
                stroke.extend(points);
            }
        });
    }

    /// Puts another drawing in the place of this one.
    pub fn replace(self, strokes: Strokes) {
        self.strokes.set(strokes);
        self.keep();
    }

    /// Takes the last stroke away.
    pub fn undo(self) {
        self.strokes.update(|strokes| {
            strokes.pop();
        });
        self.keep();
    }

    /// Takes all strokes away.
    pub fn clear(self) {
        self.replace(Vec::new());
    }

    /// Stores the strokes for the next visit.
    pub fn keep(self) {
        self.strokes.with_untracked(|strokes| storage::save("strokes", &strokes_to_text(strokes)));
    }
}

/// The drawing that all views share.
pub fn use_pad() -> PadState {
    expect_context()
}

/// What the badge in the header says: the device that trains, or that predicts as long as nothing trains.
#[derive(Clone, Copy)]
pub struct DeviceBadge(RwSignal<TextProp>);

impl DeviceBadge {
    /// Before anything else is known the page computes on the CPU.
    pub fn start() -> Self {
        Self(RwSignal::new(TextProp::from("CPU")))
    }

    /// A short name: `GPU: Intel Xe`, `CPU, 4 workers`.
    pub fn set(self, name: impl Into<TextProp>) {
        self.0.set(name.into());
    }

    /// The name now; followed.
    pub fn name(self) -> String {
        self.0.get().get().to_string()
    }
}

/// The badge of the header, for whoever learns of a device.
pub fn use_device_badge() -> DeviceBadge {
    expect_context()
}
