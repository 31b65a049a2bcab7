//! Steps a second over the last second or so, and the time that is left.

use std::collections::VecDeque;

/// How far back the pace looks, in milliseconds.
const WINDOW: f64 = 1500.0;

/// Moments at which steps were done.
#[derive(Debug, Default)]
pub struct Pace {
    seen: VecDeque<(f64, u64)>,
}

impl Pace {
    /// After a pause the time before it does not count.
    pub fn restart(&mut self, now: f64, step: u64) {
        self.seen.clear();
        self.seen.push_back((now, step));
    }

    /// Takes the steps done at a time in milliseconds.
    pub fn note(&mut self, now: f64, step: u64) {
        self.seen.push_back((now, step));
        while self.seen.len() > 2 && self.seen.front().is_some_and(|(then, _)| now - then > WINDOW) {
            self.seen.pop_front();
        }
    }

    /// Steps a second; 0 before there is something to measure.
    pub fn steps_per_second(&self) -> f64 {
        match (self.seen.front(), self.seen.back()) {
            (Some((start, first)), Some((end, last))) if end > start => (last - first) as f64 / (end - start) * 1000.0,
            _ => 0.0,
        }
    }

    /// Seconds until `goal`, at this pace.
    pub fn seconds_left(&self, goal: u64) -> Option<f64> {
        let pace = self.steps_per_second();
        let step = self.seen.back()?.1;
        (pace > 0.0).then(|| goal.saturating_sub(step) as f64 / pace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_moments() {
        let mut pace = Pace::default();
        assert_eq!(pace.steps_per_second(), 0.0);
        pace.restart(0.0, 0);
        pace.note(1000.0, 100);
        assert_eq!(pace.steps_per_second(), 100.0);
        assert_eq!(pace.seconds_left(300), Some(2.0));
        for tick in 2..10 {
            pace.note(f64::from(tick) * 1000.0, 100 + u64::from(tick as u32 - 1) * 200);
        }
        assert_eq!(pace.steps_per_second(), 200.0);
    }
}
