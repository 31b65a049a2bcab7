//! The Train view: what is trained at the left, how it goes in the middle, what the network thinks of it at the right.

mod controls;
mod details;
mod events;
mod files;
mod layer_sizes;
mod layers;
mod many_runs;
mod news;
mod overfitting;
mod pictures;
mod progress;
mod runs;
mod schedule;
mod stage;
mod state;

use crate::data::pad::example;
use crate::export::link::{self, TrainLink};
use crate::trainer::protocol::Command;
use crate::trainer::settings::TrainSettings;
use crate::ui::class_link::ClassLink;
use crate::ui::hide;
use crate::ui::i18n::{I18n, Language, t, t_string, td_string, use_i18n};
use crate::ui::route::{Query, use_query};
use crate::ui::state::use_pad;
use crate::ui::status::Status;
use leptos::prelude::*;
pub use news::{place_words, problem_words};
pub use progress::Snapshot;
pub use state::{Phase, TrainState, use_train};

/// The settings in the address, read as one, and the way to change them.
#[derive(Clone, Copy)]
pub struct Settings {
    query: Query,
    link: Memo<TrainLink>,
}

impl Settings {
    fn of_address() -> Self {
        let query = use_query();
        Settings { query, link: Memo::new(move |_| link::read(&query.get())) }
    }

    /// The settings now; followed.
    pub fn get(self) -> TrainSettings {
        self.link.with(|link| link.settings.clone())
    }

    /// The settings now, not followed.
    pub fn now(self) -> TrainSettings {
        self.link.with_untracked(|link| link.settings.clone())
    }

    /// A part of them, followed.
    pub fn part<T: PartialEq + Send + Sync + Clone + 'static>(
        self,
        read: impl Fn(&TrainSettings) -> T + Send + Sync + 'static,
    ) -> Signal<T> {
        Memo::new(move |_| self.link.with(|link| read(&link.settings))).into()
    }

    /// Changes them, here and in the address.
    pub fn edit(self, change: impl FnOnce(&mut TrainSettings)) {
        let mut settings = self.now();
        change(&mut settings);
        if settings.optimizer.momentum == 0.0 || settings.optimizer.dampening != 0.0 {
            settings.optimizer.nesterov = false;
        }
        self.query.set(&link::write(&settings));
    }
}

/// Choose a network, train it, watch it.
#[component]
pub fn TrainPage() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let pad = use_pad();
    let settings = Settings::of_address();
    provide_context(settings);
    let status = expect_context::<Status>();
    Effect::new(move |_| {
        let link = settings.link.get();
        if let Some((key, value)) = link.problems.first().cloned() {
            if link::KEYS.contains(&key.as_str()) {
                let used = link::value_of(&link.settings, &key);
                status.warn(t!(i18n, common.address_value, key = key, value = value, used = used));
            } else {
                status.warn(t!(i18n, common.address_key, key = key));
            }
        }
        if train.request(&link.settings) && link.run {
            train.go(Command::Start { steps: None });
        }
    });
    // The drawing, or an example as long as nothing is drawn.
    Effect::new(move |_| {
        let strokes = pad.strokes();
        if strokes.is_empty() { train.show_digit(&example(7)) } else { train.show_digit(&strokes) }
    });
    view! {
        <h1 class="visually-hidden">{t!(i18n, common.view_train)}</h1>
        <div class="train-view">
            <div class="columns">
                <stage::Stage />
                <controls::Controls />
                <stage::Pictures />
                <details::Details />
            </div>
            <ClassLink parts=&hide::TRAIN names=part_name />
        </div>
    }
}

/// What the parts are called that can be taken off this view.
fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "model" => t_string!(i18n, train.network),
        "layers" => t_string!(i18n, train.edit_layers),
        "seed" => t_string!(i18n, train.seed),
        "device" => t_string!(i18n, train.device),
        "optimizer" => t_string!(i18n, train.optimizer),
        "lr" => t_string!(i18n, train.learning_rate),
        "batch" => t_string!(i18n, train.batch),
        "epochs" => t_string!(i18n, train.epochs),
        "schedule" => t_string!(i18n, train.schedule),
        "momentum" => t_string!(i18n, train.more_optimizer),
        "overfitting" => t_string!(i18n, train.more_overfitting),
        "recipe" => t_string!(i18n, train.recipe),
        "chart" => t_string!(i18n, train.chart),
        "runs" => t_string!(i18n, train.runs),
        "weights" => t_string!(i18n, train.first_layer),
        "misread" => t_string!(i18n, train.misread),
        "digit" => t_string!(i18n, train.your_digit_short),
        "gradients" => t_string!(i18n, train.layers_gradients),
        _ => t_string!(i18n, train.files),
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![("↑ ↓", td_string!(language, train.key_number)), ("← →", td_string!(language, train.key_chart))]
}
