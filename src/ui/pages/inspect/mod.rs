//! The Inspect view: every layer of a network at work on one image, the softmax Jacobian, one weight's gradient taken apart.

mod attack;
mod bars;
mod batch;
pub mod checking;
pub mod chooser;
mod confusion;
mod feeding;
mod findings;
pub mod focus;
mod gallery;
pub mod jacobian;
pub mod layers;
mod norms;
mod patch;
mod readings;
mod scores;
mod sheet;
pub mod strips;
pub mod subject;
mod training;
mod unit;
mod weights;

use crate::ui::class_link::ClassLink;
use crate::ui::components::{Later, Tab, Tabs};
use crate::ui::hide;
use crate::ui::i18n::{I18n, Language, t, t_string, td_string, use_i18n};
use crate::ui::route::{Route, use_setting_where};
use attack::Attack;
use batch::OverBatch;
use chooser::{ImageField, NetworkField};
use gallery::Gallery;
use layers::Layers;
use leptos::prelude::*;
use scores::Scores;
use subject::Subject;
use training::DuringTraining;
use weights::Weights;

const TABS: [&str; 5] = ["jacobian", "weight", "batch", "training", "attack"];

/// Look inside a network at work.
#[component]
pub fn InspectPage() -> impl IntoView {
    let i18n = use_i18n();
    let subject = Subject::from_address();
    provide_context(subject);
    let route = expect_context::<Route>();
    let tab = use_setting_where("tab", "jacobian".to_string(), |tab| TABS.contains(&tab.as_str()));
    let reading = move || {
        subject.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let read = trace.read(0);
            let percent = format!("{:.1}", trace.probabilities.image(0).get(read).copied().unwrap_or(0.0) * 100.0);
            Some(t_string!(i18n, inspect.reads, digit = read, percent = percent))
        })
    };
    // A network that is sure has nearly nothing to learn: all gradients vanish. Another target gives them back.
    let sure = move || {
        let loss = subject.trace.with(|trace| trace.as_ref().map(|trace| trace.loss))?;
        let other = subject.runner_up().filter(|_| loss < 1e-3)?;
        Some(view! {
            <p class="small muted sure">
                {t!(i18n, inspect.sure)} " "
                <button type="button" class="small" data-testid="ask-for-another" on:click=move |_| subject.target().set(other.to_string())>
                    {t_string!(i18n, inspect.ask_for, digit = other)}
                </button>
            </p>
        })
    };
    let waiting = move || {
        subject.trace.with(Option::is_none).then(|| match subject.problem() {
            Some(reason) => t_string!(i18n, inspect.network_missing, reason = reason.words(i18n)),
            None => t_string!(i18n, inspect.waiting).to_string(),
        })
    };
    let tabs = StoredValue::new(vec![
        Tab {
            key: "jacobian",
            label: t!(i18n, inspect.tab_jacobian).into(),
            panel: || view! { <Scores subject=expect_context() /> }.into_any(),
        },
        Tab {
            key: "weight",
            label: t!(i18n, inspect.tab_weight).into(),
            panel: || view! { <Weights subject=expect_context() /> }.into_any(),
        },
        Tab {
            key: "batch",
            label: t!(i18n, inspect.tab_batch).into(),
            panel: || view! { <OverBatch subject=expect_context() /> }.into_any(),
        },
        Tab {
            key: "training",
            label: t!(i18n, inspect.tab_training).into(),
            panel: || view! { <DuringTraining /> }.into_any(),
        },
        Tab {
            key: "attack",
            label: t!(i18n, inspect.tab_attack).into(),
            panel: || view! { <Attack subject=expect_context() /> }.into_any(),
        },
    ]);
    view! {
        <h1 class="visually-hidden">{t!(i18n, inspect.title)}</h1>
        <div class="inspect">
            <div class="inspect-head">
                <NetworkField subject test_id="inspect-network" />
                <ImageField subject />
                <p class="reading" data-testid="inspect-reading">{reading}</p>
                <a class="step-through" data-testid="step-through" href=move || route.link(&subject.walk_address())>{t!(i18n, inspect.step_through)}</a>
                {sure}
            </div>
            {move || waiting().map(|text| view! { <p role="status">{text}</p> })}
            <Layers subject />
            <Later>
                <Tabs label=t!(i18n, inspect.tabs) tabs=tabs.get_value() value=tab.signal() on_change=Callback::new(move |value| tab.set(value)) />
                <Gallery subject />
                <ClassLink parts=&hide::INSPECT names=part_name />
            </Later>
        </div>
    }
}

/// What the parts are called that can be taken off this view.
fn part_name(i18n: I18n, name: &str) -> &'static str {
    match name {
        "inspect-network" => t_string!(i18n, inspect.network),
        "image" => t_string!(i18n, inspect.image),
        "show" => t_string!(i18n, inspect.show),
        "unit" => t_string!(i18n, common.class.unit),
        "jacobian" => t_string!(i18n, inspect.tab_jacobian),
        "weight" => t_string!(i18n, inspect.tab_weight),
        "over-batch" => t_string!(i18n, inspect.tab_batch),
        "training" => t_string!(i18n, inspect.tab_training),
        "attack" => t_string!(i18n, inspect.tab_attack),
        _ => t_string!(i18n, inspect.gallery),
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![("← ↑ → ↓", td_string!(language, inspect.key_move)), ("Enter", td_string!(language, inspect.key_choose))]
}
