//! A run to be watched: the loss of each step, raw and smoothed; after each epoch the test loss and the test accuracy.

use super::Handle;
use super::controls;
use super::running::Running;
use crate::lessons::compute::short;
use crate::lessons::compute::watched::{EpochEnd, Watched};
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// A run ends after so many steps.
const MOST_STEPS: usize = 2000;
/// The upper end of the loss axis, and the picture's own units.
const MOST_LOSS: f64 = 1.6;
const WIDTH: f64 = 600.0;
const FLOOR: f64 = 250.0;
const HEIGHT: f64 = 236.0;

/// What has been told of the run. `Copy`.
#[derive(Clone, Copy)]
struct Told {
    run: StoredValue<Option<Watched>, LocalStorage>,
    losses: RwSignal<Vec<f64>>,
    epochs: RwSignal<Vec<EpochEnd>>,
}

impl Told {
    fn new(seed: usize) -> Told {
        Told {
            run: StoredValue::new_local(Watched::new(seed as u64).ok()),
            losses: RwSignal::new(Vec::new()),
            epochs: RwSignal::new(Vec::new()),
        }
    }

    fn begin_again(self, seed: usize) {
        self.run.set_value(Watched::new(seed as u64).ok());
        self.losses.set(Vec::new());
        self.epochs.set(Vec::new());
    }

    /// One step; whether the run is over.
    fn step(self, rate: f64, batch: usize) -> bool {
        let stepped = self.run.try_update_value(|run| run.as_mut()?.step(rate, batch).ok()).flatten();
        let Some((loss, end)) = stepped else { return true };
        self.losses.update(|losses| losses.push(loss));
        if let Some(end) = end {
            self.epochs.update(|epochs| epochs.push(end));
        }
        self.losses.with_untracked(|losses| losses.len() >= MOST_STEPS)
    }

    /// Steps along the axis: it grows with the run.
    fn reach(self) -> f64 {
        self.losses.with(Vec::len).max(100) as f64
    }

    fn place(self, step: f64, loss: f64) -> (f64, f64) {
        (step / self.reach() * WIDTH, FLOOR - loss.min(MOST_LOSS) / MOST_LOSS * HEIGHT)
    }

    fn line(self, points: impl Iterator<Item = (f64, f64)>) -> String {
        let points = points.filter(|(_, loss)| loss.is_finite()).map(|(step, loss)| self.place(step, loss));
        points.map(|(x, y)| format!("{x:.1},{y:.1} ")).collect()
    }

    /// The losses of steps, thinned where there are more than the picture can show.
    fn losses_line(self, losses: &[f64]) -> String {
        let stride = (losses.len() / 600).max(1);
        self.line(losses.iter().enumerate().step_by(stride).map(|(step, loss)| (step as f64, *loss)))
    }
}

/// The widget `live-training`.
#[component]
pub fn LiveTraining(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let running = Running::new();
    let told = handle.kept(|| Told::new(handle.values_untracked().whole("seed")));
    let smoothed = Memo::new(move |_| told.losses.with(|losses| smooth(losses, handle.number("smoothing"))));
    let step = move || {
        let values = handle.values_untracked();
        told.step(values.number("rate"), values.whole("batch"))
    };
    let report = move || {
        let last = |numbers: &Vec<f64>| numbers.last().copied();
        let shown = |number: Option<f64>| number.map_or("–".to_owned(), short);
        let end = told.epochs.with_untracked(|epochs| epochs.last().copied());
        handle.show_live("step", told.losses.with_untracked(Vec::len).to_string());
        handle.show_live("loss", shown(told.losses.with_untracked(last)));
        handle.show_live("smooth", shown(smoothed.with_untracked(last)));
        handle.show_live("epoch", told.epochs.with_untracked(Vec::len).to_string());
        handle.show_live("test", shown(end.map(|end| end.loss)));
        handle.show_live("accuracy", end.map_or("–".to_owned(), |end| format!("{:.0} %", end.accuracy * 100.0)));
    };
    report();
    let reset = move |_| {
        running.stop();
        told.begin_again(handle.values_untracked().whole("seed"));
        report();
    };
    let words = move || {
        let steps = t_string!(
            i18n,
            learn.watch_words,
            step = told.losses.with(Vec::len),
            loss = handle.shown("loss"),
            smooth = handle.shown("smooth")
        );
        let epochs = t_string!(
            i18n,
            learn.watch_epochs,
            epoch = handle.shown("epoch"),
            test = handle.shown("test"),
            accuracy = handle.shown("accuracy")
        );
        format!("{steps} {epochs}")
    };
    view! {
        <div class="widget-stage">
            <svg class="plot still" viewBox="0 0 600 260" role="img" aria-label=words>
                {[0.0, 0.4, 0.8, 1.2, 1.6].map(|tick| {
                    let y = FLOOR - tick / MOST_LOSS * HEIGHT;
                    let under = if tick == MOST_LOSS { 20.0 } else { -3.0 };
                    view! { <line class="rule" x1="0" x2=WIDTH y1=y y2=y></line> <text class="tick" x="3" y=y + under>{short(tick)}</text> }
                }).collect_view()}
                <polyline class="raw" points=move || told.losses.with(|losses| told.losses_line(losses))></polyline>
                <polyline class="curve" points=move || smoothed.with(|smoothed| told.losses_line(smoothed))></polyline>
                {move || epoch_marks(told)}
            </svg>
            <p class="widget-legend">
                <span class="key raw">{t!(i18n, learn.key_raw)}</span>
                <span class="key curve">{t!(i18n, learn.key_smooth)}</span>
                <span class="key validation">{t!(i18n, learn.key_test_loss)}</span>
                <span class="key test">{t!(i18n, learn.key_test_accuracy)}</span>
            </p>
            <p class="widget-numbers number" data-testid="live-words">{words}</p>
        </div>
        <div class="widget-buttons">
            <button type="button" data-testid="live-start" on:click=move |_| if running.is_on() { running.stop() } else { running.start_paced(2, step, report) }>
                {move || if running.is_on() { t!(i18n, learn.pause)() } else { t!(i18n, learn.start)() }}
            </button>
            <button type="button" class="quiet" on:click=reset>{t!(i18n, learn.reset)}</button>
        </div>
        {controls::all(handle, &[])}
    }
}

/// A moving average: each step keeps this share of the old value.
fn smooth(losses: &[f64], keep: f64) -> Vec<f64> {
    let mut average = None::<f64>;
    let next = |loss: &f64| *average.insert(average.map_or(*loss, |average| keep * average + (1.0 - keep) * loss));
    losses.iter().map(next).collect()
}

/// Test loss and test accuracy, a dot at the end of each epoch; an accuracy of 1 stands where a loss of 1 does.
fn epoch_marks(told: Told) -> impl IntoView {
    told.epochs.with(|epochs| {
        let at = |pick: fn(&EpochEnd) -> f64| epochs.iter().map(move |end| (end.step as f64, pick(end)));
        let dots = at(|end| end.loss).filter(|(_, loss)| loss.is_finite()).map(|(step, loss)| {
            let (x, y) = told.place(step, loss);
            view! { <circle class="point slope" r="5" cx=x cy=y></circle> }
        });
        view! {
            <polyline class="curve validation" points=told.line(at(|end| end.loss))></polyline>
            <polyline class="curve test" points=told.line(at(|end| end.accuracy))></polyline>
            {dots.collect_view()}
        }
    })
}
