//! What all views share: the strokes on the pad and the device that computes. Each is a context, given once by the
//! frame; what can be derived from them is derived where it is needed.

use super::storage;
use crate::data::pad::{Point, Preparation, Strokes, prepare, strokes_from_text, strokes_to_text};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The drawing. Survives views and visits.
#[derive(Clone, Copy)]
pub struct PadState {
    strokes: RwSignal<Strokes>,
    /// Counts finished changes: a lifted pen, an undo, a clear.
    finished: RwSignal<u32>,
    /// What is on the pad was not drawn by the reader; the first stroke of theirs takes its place.
    for_show: RwSignal<bool>,
}

impl PadState {
    /// Takes up the drawing of the last visit.
    pub fn start() -> Self {
        let stored = storage::load("strokes").and_then(|text| strokes_from_text(&text)).unwrap_or_default();
        Self { strokes: RwSignal::new(stored), finished: RwSignal::new(0), for_show: RwSignal::new(false) }
    }

    /// The strokes; followed.
    pub fn strokes(self) -> Strokes {
        self.strokes.get()
    }

    /// Reads the strokes without copying them; followed.
    pub fn with<T>(self, read: impl FnOnce(&Strokes) -> T) -> T {
        self.strokes.with(read)
    }

    /// Follows finished changes only, not every move of the pen.
    pub fn finished(self) -> u32 {
        self.finished.get()
    }

    /// The 28x28 numbers that the network reads, prepared as MNIST was; none when the pad is empty. Followed.
    pub fn input(self) -> Option<Vec<f32>> {
        self.with(|strokes| Some(prepare(strokes, Preparation::FULL)?.input().to_vec()))
    }

    /// Reads the strokes, not followed.
    pub fn with_untracked<T>(self, read: impl FnOnce(&Strokes) -> T) -> T {
        self.strokes.with_untracked(read)
    }

    /// Puts the pen down.
    pub fn pen_down(self, point: Point) {
        let afresh = self.for_show.get_untracked();
        self.for_show.set(false);
        self.strokes.update(|strokes| {
            if afresh {
                strokes.clear();
            }
            strokes.push(vec![point]);
        });
    }

    /// Moves the pen that is down.
    pub fn extend(self, points: Vec<Point>) {
        self.strokes.update(|strokes| {
            if let Some(stroke) = strokes.last_mut() {
                stroke.extend(points);
            }
        });
    }

    /// Shows a drawing that is not the reader's: an example, a greeting. [`keep`](Self::keep) when it is complete.
    pub fn replace_for_show(self, strokes: Strokes) {
        self.for_show.set(true);
        self.strokes.set(strokes);
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
        self.strokes.set(Vec::new());
        self.keep();
    }

    /// A change is finished: stores the strokes for the next visit.
    pub fn keep(self) {
        self.finished.update(|finished| *finished += 1);
        self.strokes.with_untracked(|strokes| storage::save("strokes", &strokes_to_text(strokes)));
    }
}

/// The drawing that all views share.
pub fn use_pad() -> PadState {
    expect_context()
}

/// The frame as the owner of what outlives a view.
#[derive(Clone)]
pub struct FrameOwner(Owner);

impl FrameOwner {
    /// Called by the frame itself.
    pub fn current() -> Self {
        Self(Owner::current().unwrap_or_default())
    }
}

/// A context that only some views use: made when the first of them opens, so that its code comes with theirs, and kept
/// as long as the page.
pub fn use_kept<T: Clone + Send + Sync + 'static>(start: fn() -> T) -> T {
    use_context().unwrap_or_else(|| {
        let FrameOwner(frame) = expect_context();
        frame.with(|| {
            let state = start();
            provide_context(state.clone());
            state
        })
    })
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
