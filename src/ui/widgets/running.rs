//! Something that computes on the page's thread in slices of a few milliseconds, so that the page stays free.

use leptos::prelude::*;
use std::time::Duration;

/// How long a slice may take, in milliseconds.
const SLICE: f64 = 7.0;

/// Milliseconds on the browser's clock.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// A switch with a timer behind it; `Copy`.
#[derive(Clone, Copy)]
pub struct Running {
    on: RwSignal<bool>,
    timer: StoredValue<Option<IntervalHandle>>,
}

impl Running {
    /// Off. The timer ends with the component that calls this.
    pub fn new() -> Self {
        let running = Running { on: RwSignal::new(false), timer: StoredValue::new(None) };
        on_cleanup(move || running.clear());
        running
    }

    /// Whether it runs; followed.
    pub fn is_on(self) -> bool {
        self.on.get()
    }

    fn clear(self) {
        self.timer.try_update_value(|timer| {
            if let Some(timer) = timer.take() {
                timer.clear();
            }
        });
    }

    /// Calls `work` again and again, a slice's worth at a time, until it says that it is done; `after` follows each slice.
    pub fn start(self, work: impl Fn() -> bool + 'static, after: impl Fn() + 'static) {
        self.start_paced(usize::MAX, work, after);
    }

    /// The same, with at most so many calls a slice: for what the reader should see happen.
    pub fn start_paced(self, most: usize, work: impl Fn() -> bool + 'static, after: impl Fn() + 'static) {
        self.clear();
        self.on.set(true);
        let handle = set_interval_with_handle(
            move || {
                let began = now();
                let (mut done, mut calls) = (false, 0);
                while !done && calls < most && now() - began < SLICE {
                    done = work();
                    calls += 1;
                }
                after();
                if done {
                    self.stop();
                }
            },
            Duration::from_millis(16),
        );
        self.timer.set_value(handle.ok());
    }

    /// Stops after the present slice.
    pub fn stop(self) {
        self.clear();
        self.on.set(false);
    }
}
