//! What the overfitting lab knows: the run, the runs before it, the folds. It is kept while the chapter is left.

use super::earlier::EarlierRun;
use super::mnist::MnistRun;
use crate::lessons::compute::folds::Folds;
use crate::lessons::compute::lab::{LEAST_OWN, Lab, Record};
use crate::lessons::compute::short;
use crate::ui::components::Values;
use crate::ui::widgets::Handle;
use crate::ui::widgets::running::Running;
use leptos::prelude::*;

/// Settings that can change while a run on points goes on; any other begins a new one.
const LIVE: [&str; 8] = ["rate", "batch", "momentum", "schedule", "l1", "l2", "dropout", "patience"];
/// A run shorter than this is not worth keeping.
const WORTH_KEEPING: usize = 4;
/// How many earlier runs are kept.
const MOST_RUNS: usize = 6;

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Marks {
    /// The epoch with the smallest validation loss.
    pub best: usize,
    /// The epoch at which the patience runs out if nothing gets better.
    pub deadline: usize,
    /// It has run out.
    pub stopped: bool,
}

/// All signals of the lab. `Copy`.
#[derive(Clone, Copy)]
pub struct LabState {
    pub handle: Handle,
    /// Works on the page's thread; pauses when the reader leaves.
    pub running: Running,
    /// The run on images, in a worker of its own.
    pub mnist: MnistRun,
    pub records: RwSignal<Vec<Record>>,
    pub marks: RwSignal<Marks>,
    /// The epoch that is looked at; none follows the run.
    pub looked_at: RwSignal<Option<usize>>,
    /// The mask of the last batch, a row for each example, a column for each unit; none without dropout.
    pub mask: RwSignal<Option<Values>>,
    pub earlier: RwSignal<Vec<EarlierRun>>,
    /// Of each fold that is done: the smallest validation loss, and the accuracy there.
    pub fold_results: RwSignal<Vec<(f64, f64)>>,
    /// How many points there must be, where there are too few of the learner's own.
    pub too_few: RwSignal<Option<usize>>,
    /// Which run this is: the settings that cannot change on the way.
    pub identity: Memo<String>,
    pub lab: StoredValue<Option<Lab>, LocalStorage>,
    pub folds: StoredValue<Option<Folds>, LocalStorage>,
    next_run: StoredValue<usize>,
    /// What the present run is set to: the controls may be ahead of it.
    settings: StoredValue<String>,
}

impl LabState {
    /// The first run, standing at its beginning.
    pub fn new(handle: Handle) -> Self {
        let state = LabState {
            handle,
            running: Running::new(),
            mnist: MnistRun::new(),
            records: RwSignal::new(Vec::new()),
            marks: RwSignal::new(Marks::default()),
            looked_at: RwSignal::new(None),
            mask: RwSignal::new(None),
            earlier: RwSignal::new(Vec::new()),
            fold_results: RwSignal::new(Vec::new()),
            too_few: RwSignal::new(None),
            identity: Memo::new(move |_| identity(handle)),
            lab: StoredValue::new_local(None),
            folds: StoredValue::new_local(None),
            next_run: StoredValue::new(1),
            settings: StoredValue::new(String::new()),
        };
        Effect::new(move |_| {
            state.identity.track();
            untrack(|| state.reset());
        });
        // The text sets folds: then they run.
        let count = Memo::new(move |_| handle.whole("folds"));
        Effect::new(move |before: Option<usize>| {
            let count = count.get();
            if before.is_some_and(|before| before != count) {
                state.compare_folds();
            }
            count
        });
        state
    }

    /// Whether it is about images, not points; followed.
    pub fn on_images(self) -> bool {
        self.handle.text("set") == "mnist"
    }

    fn on_images_untracked(self) -> bool {
        self.handle.values_untracked().text("set") == "mnist"
    }

    /// Whether something trains; followed.
    pub fn is_on(self) -> bool {
        self.running.is_on() || self.mnist.is_on()
    }

    /// The epoch that is shown; followed.
    pub fn epoch(self) -> usize {
        self.looked_at.get().unwrap_or_else(|| self.records.with(|records| records.len().saturating_sub(1)))
    }

    /// Puts the run so far among the earlier ones, and begins anew with the same settings.
    pub fn reset(self) {
        self.keep();
        self.begin();
    }

    fn keep(self) {
        let settings = self.settings.get_value();
        let records = self.records.get_untracked();
        if records.len() < WORTH_KEEPING {
            return;
        }
        let number = self.next_run.get_value();
        self.next_run.set_value(number + 1);
        self.earlier.update(|earlier| {
            earlier.push(EarlierRun { number, name: String::new(), settings, records, shown: true });
            if earlier.len() > MOST_RUNS {
                earlier.remove(0);
            }
        });
    }

    fn begin(self) {
        self.stop();
        self.mnist.forget();
        self.looked_at.set(None);
        self.records.set(Vec::new());
        self.mask.set(None);
        self.marks.set(Marks::default());
        self.too_few.set(None);
        let values = self.handle.values_untracked();
        if values.text("set") == "mnist" {
            self.lab.set_value(None);
            return self.tell();
        }
        let made = Lab::new(&values);
        self.too_few.set(made.is_err().then_some(LEAST_OWN));
        self.lab.set_value(made.ok());
        self.report();
    }

    /// Pauses whatever trains.
    pub fn stop(self) {
        self.running.stop();
        self.mnist.stop();
    }

    /// Starts, or goes on, also beyond the end of the patience; a run that has done all its epochs is followed by another.
    pub fn run(self) {
        let at_end = self.lab.with_value(|lab| lab.as_ref().is_some_and(|lab| lab.finished() && !lab.stopped));
        if at_end || (self.on_images_untracked() && !self.mnist.has_begun()) {
            self.reset();
        }
        self.looked_at.set(None);
        if self.on_images_untracked() {
            return self.mnist.run(self);
        }
        let go_on = self.marks.get_untracked().stopped;
        if go_on {
            self.lab.update_value(|lab| {
                if let Some(lab) = lab {
                    lab.go_on();
                }
            });
        }
        let epoch = move || {
            let done = self.lab.try_update_value(|lab| {
                let Some(lab) = lab else { return true };
                if !go_on {
                    lab.adjust(&self.handle.values_untracked());
                }
                lab.finished() || lab.train_epoch().is_err() || lab.finished()
            });
            done.unwrap_or(true)
        };
        self.running.start_paced(2, epoch, move || self.report());
    }

    /// Takes over what the run on points has come to.
    fn report(self) {
        self.lab.with_value(|lab| {
            let Some(lab) = lab else { return };
            self.records.set(lab.records.clone());
            self.mask.set(lab.mask_rows().map(|width| Values {
                width,
                height: lab.mask.len() / width,
                numbers: lab.mask.iter().map(|factor| factor.min(1.0)).collect(),
            }));
            self.mark(Marks { best: lab.best(), deadline: lab.deadline(), stopped: lab.stopped });
        });
        self.tell();
    }

    /// Notes where the run stands. Where the patience has run out, the best weights are back before the reader's eyes.
    pub fn mark(self, marks: Marks) {
        self.marks.set(marks);
        if marks.stopped {
            self.looked_at.set(Some(marks.best));
        }
    }

    /// Tells the sentences of the chapter, and notes what the run is set to.
    pub fn tell(self) {
        self.settings.set_value(described(self.handle));
        let last = self.records.with_untracked(|records| records.last().copied());
        let shown = |number: Option<f64>| number.filter(|number| number.is_finite()).map_or("–".to_owned(), short);
        self.handle.show_live("train", shown(last.map(|last| last.train)));
        self.handle.show_live("validation", shown(last.map(|last| last.validation)));
        self.handle.show_live("test", shown(last.map(|last| last.test)));
        self.handle.show_live("best", self.marks.get_untracked().best.to_string());
        let epoch = self.records.with_untracked(|records| records.len().saturating_sub(1));
        self.handle.show_live("epoch", epoch.to_string());
    }

    /// Trains as often as there are folds, each time with another part held out.
    pub fn compare_folds(self) {
        self.fold_results.set(Vec::new());
        self.stop();
        let values = self.handle.values_untracked();
        if values.whole("folds") < 2 {
            return;
        }
        if self.on_images_untracked() {
            return self.mnist.run_folds(self);
        }
        let made = Folds::new(&values);
        self.too_few.set(made.is_err().then(|| values.whole("folds")));
        self.folds.set_value(made.ok());
        let advance = move || {
            let done =
                self.folds.try_update_value(|folds| folds.as_mut().is_none_or(|folds| folds.advance().unwrap_or(true)));
            done.unwrap_or(true)
        };
        let show = move || {
            let results =
                self.folds.with_value(|folds| folds.as_ref().map(|folds| folds.results.clone())).unwrap_or_default();
            // Told once a fold, for each is drawn.
            if self.fold_results.with_untracked(|told| *told != results) {
                self.fold_results.set(results);
            }
        };
        self.running.start(advance, show);
    }
}

fn identity(handle: Handle) -> String {
    let on_images = handle.text("set") == "mnist";
    let values = handle.values();
    let kept = values.0.iter().filter(|(key, _)| key.as_str() != "folds" && (on_images || !LIVE.contains(&key.as_str())));
    kept.map(|(key, value)| format!("{key}={value} ")).collect()
}

/// What is not at its default, as a line.
fn described(handle: Handle) -> String {
    let values = handle.values_untracked();
    let changed = handle.spec().settings.iter().filter(|setting| !matches!(setting.key, "folds" | "points"));
    let changed = changed.filter(|setting| values.text(setting.key) != setting.default);
    changed.map(|setting| format!("{}={}", setting.key, values.text(setting.key))).collect::<Vec<_>>().join(" ")
}
