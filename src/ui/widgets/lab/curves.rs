//! The curves of the lab: training, validation and test loss over the epochs, the patience line and the epoch that would be
//! restored, earlier runs as ghosts, and the learning rate below.

use super::state::{LabState, Marks};
use crate::lessons::compute::lab::Record;
use crate::lessons::compute::short;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// The picture's own units.
const WIDTH: f64 = 600.0;
const FLOOR: f64 = 250.0;
const HEIGHT: f64 = 228.0;
/// The axes reach at least this far.
const LEAST_EPOCHS: usize = 20;
const LEAST_LOSS: f64 = 0.8;
/// The loss axis ends at a multiple of this, so that its rules stand at round numbers.
const LOSS_STRIDE: f64 = 0.4;
/// A loss beyond this runs along the upper rim.
const MOST_LOSS: f64 = 4.0;

/// How far the axes reach: the largest loss, and the number of epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reach {
    loss: f64,
    epochs: usize,
}

impl Reach {
    fn of(state: LabState) -> Reach {
        let largest = |records: &[Record]| {
            let losses = records.iter().map(|record| record.train.max(record.validation));
            losses.filter(|loss| loss.is_finite()).fold(0.0, f64::max)
        };
        let (ghost_loss, ghost_epochs) = state.earlier.with(|earlier| {
            earlier.iter().filter(|run| run.shown).fold((0.0, 0), |(loss, epochs): (f64, usize), run| {
                (loss.max(largest(&run.records)), epochs.max(run.records.len()))
            })
        });
        let (loss, epochs) = state.records.with(|records| (largest(records), records.len()));
        let deadline = if epochs == 0 { 0 } else { state.marks.get().deadline + 2 };
        Reach {
            loss: (loss.max(ghost_loss).clamp(LEAST_LOSS, MOST_LOSS) / LOSS_STRIDE - 1e-9).ceil() * LOSS_STRIDE,
            epochs: epochs.max(ghost_epochs).max(deadline).max(LEAST_EPOCHS),
        }
    }

    fn x(self, epoch: usize) -> f64 {
        epoch as f64 / self.epochs as f64 * WIDTH
    }

    fn y(self, loss: f64) -> f64 {
        FLOOR - loss.min(self.loss * 1.02) / self.loss * HEIGHT
    }

    fn line(self, records: &[Record], pick: fn(&Record) -> f64) -> String {
        let points = records.iter().enumerate().filter(|(_, record)| pick(record).is_finite());
        points.map(|(epoch, record)| format!("{:.1},{:.1} ", self.x(epoch), self.y(pick(record)))).collect()
    }
}

/// The losses over the epochs, with their legend and the numbers of the epoch that is looked at.
#[component]
pub fn Curves(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let reach = Memo::new(move |_| Reach::of(state));
    let line = move |pick: fn(&Record) -> f64| state.records.with(|records| reach.get().line(records, pick));
    let rules = move || {
        [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| {
            let loss = share * reach.get().loss;
            let y = reach.get().y(loss);
            view! { <line class="rule" x1="0" x2=WIDTH y1=y y2=y></line> <text class="tick" x="3" y=y - 3.0>{short(loss)}</text> }
        })
    };
    let ghosts = move || {
        let line = |records: &[Record]| reach.get().line(records, |record| record.validation);
        state.earlier.with(|earlier| {
            let shown = earlier.iter().filter(|run| run.shown);
            shown.map(|run| view! { <polyline class="ghost" points=line(&run.records)></polyline> }).collect_view()
        })
    };
    let cursor = move || reach.get().x(state.epoch());
    view! {
        <svg class="plot still" viewBox="0 0 600 260" role="img" aria-label=move || words(state)>
            {move || rules().collect_view()}
            {ghosts}
            <polyline class="curve test" fill="none" points=move || line(|record| record.test)></polyline>
            <polyline class="curve" points=move || line(|record| record.train)></polyline>
            <polyline class="curve validation" points=move || line(|record| record.validation)></polyline>
            {move || patience(state, reach.get())}
            <line class="cursor" x1=cursor x2=cursor y1="0" y2="260"></line>
        </svg>
        <p class="widget-legend">
            <span class="key curve">{t!(i18n, learn.key_train)}</span>
            <span class="key validation">{t!(i18n, learn.key_validation)}</span>
            <span class="key test">{t!(i18n, learn.key_test)}</span>
        </p>
        <RateLine state reach />
    }
}

/// The best epoch as a ring, and from there the dashed line along which the patience runs out.
fn patience(state: LabState, reach: Reach) -> Option<impl IntoView> {
    let Marks { best, deadline, .. } = state.marks.get();
    let loss = state.records.with(|records| records.get(best).map(|record| record.validation))?;
    let (x, end, y) = (reach.x(best), reach.x(deadline), reach.y(loss));
    loss.is_finite().then(|| {
        view! {
            <circle class="best" cx=x cy=y r="7"></circle>
            <line class="mark" x1=x x2=end y1=y y2=y></line>
            <line class="mark" x1=end x2=end y1="10" y2=FLOOR></line>
        }
    })
}

#[component]
fn RateLine(state: LabState, reach: Memo<Reach>) -> impl IntoView {
    let i18n = use_i18n();
    let points = move || {
        state.records.with(|records| {
            let largest = records.iter().map(|record| record.rate).fold(1e-12, f64::max);
            let points = records.iter().enumerate();
            let point = |(epoch, record): (usize, &Record)| {
                format!("{:.1},{:.1} ", reach.get().x(epoch), 46.0 - record.rate / largest * 42.0)
            };
            points.map(point).collect::<String>()
        })
    };
    view! {
        <svg class="plot rate" viewBox="0 0 600 50" role="img" aria-label=t!(i18n, learn.s_schedule)>
            <polyline class="curve" points=points></polyline>
            <text class="tick" x="3" y="14">{t!(i18n, learn.s_rate)}</text>
        </svg>
    }
}

/// The numbers of the epoch that is looked at, as a sentence.
pub fn words(state: LabState) -> String {
    let i18n = use_i18n();
    let at = state.epoch();
    let Some(record) = state.records.with(|records| records.get(at).copied()) else { return String::new() };
    let shown = |loss: f64| if loss.is_finite() { short(loss) } else { "–".to_owned() };
    t_string!(
        i18n,
        learn.lab_words,
        epoch = at,
        train = shown(record.train),
        validation = shown(record.validation),
        test = shown(record.test),
        accuracy = format!("{:.0}", record.validation_accuracy * 100.0)
    )
}
