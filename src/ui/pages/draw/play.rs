//! Strokes that draw themselves: an example of a digit, and the 7 that greets a first visit. Whoever asked for less
//! motion gets the finished drawing at once, and no greeting.

use crate::data::pad::{Strokes, example};
use crate::ui::state::PadState;
use crate::ui::storage;
use crate::ui::theme::use_reduced_motion;
use leptos::prelude::*;

/// Milliseconds that the greeting and an example take.
const GREETING: f64 = 1800.0;
const EXAMPLE: f64 = 650.0;

/// Plays one drawing at a time. `Copy`.
#[derive(Clone, Copy)]
pub struct Player {
    pad: PadState,
    reduced_motion: Signal<bool>,
    /// Which playing is the latest: an earlier one that finds another number here ends.
    turn: StoredValue<u32>,
}

impl Player {
    /// Plays onto this pad, as long as the view is shown.
    pub fn new(pad: PadState) -> Self {
        let player = Self { pad, reduced_motion: use_reduced_motion(), turn: StoredValue::new(0) };
        on_cleanup(move || player.stop());
        player
    }

    /// On the first visit only: shows what the pad is for.
    pub fn greet(self) {
        if storage::load("greeted").is_some() || !self.pad.with_untracked(Vec::is_empty) {
            return;
        }
        if self.reduced_motion.get_untracked() {
            return;
        }
        storage::save("greeted", "1");
        self.run(example(7), GREETING);
    }

    /// Draws an example of a digit in the place of what is there.
    pub fn play(self, digit: usize) {
        let duration = if self.reduced_motion.get_untracked() { 0.0 } else { EXAMPLE };
        self.run(example(digit), duration);
    }

    /// Stops where it is: somebody else has the pen.
    pub fn stop(self) {
        let _ = self.turn.try_update_value(|turn| *turn += 1);
    }

    fn run(self, strokes: Strokes, duration: f64) {
        self.stop();
        if duration == 0.0 {
            self.pad.replace_for_show(strokes);
            self.pad.keep();
            return;
        }
        let turn = self.turn.get_value();
        let start = now();
        self.frame(turn, start, duration, strokes);
    }

    fn frame(self, turn: u32, start: f64, duration: f64, strokes: Strokes) {
        if self.turn.try_get_value() != Some(turn) {
            return;
        }
        let share = ((now() - start) / duration).clamp(0.0, 1.0);
        self.pad.replace_for_show(part(&strokes, share));
        if share < 1.0 {
            request_animation_frame(move || self.frame(turn, start, duration, strokes));
        } else {
            self.pad.keep();
        }
    }
}

/// The first `share` of the points.
fn part(strokes: &Strokes, share: f64) -> Strokes {
    let mut left = (strokes.iter().map(Vec::len).sum::<usize>() as f64 * share).ceil() as usize;
    let mut shown = Strokes::new();
    for stroke in strokes {
        let taken = stroke.len().min(left);
        if taken > 0 {
            shown.push(stroke[..taken].to_vec());
        }
        left -= taken;
    }
    shown
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
