//! The Inspect view: every layer of a network at work on one image, the softmax Jacobian, one weight's gradient taken apart.

mod attack;
mod gallery;
pub mod jacobian;
mod layers;
mod scores;
pub mod subject;
mod weights;

use crate::ui::components::{Choice, Tab, Tabs};
use crate::ui::i18n::{Language, t, t_string, td_string, use_i18n};
use crate::ui::networks::NetworkName;
use crate::ui::route::{Route, use_setting_where};
use attack::Attack;
use gallery::Gallery;
use layers::Layers;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use scores::Scores;
use subject::{ImageChoice, Subject};
use weights::Weights;

/// Look inside a network at work.
#[component]
pub fn InspectPage() -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let subject = Subject::from_address();
    provide_context(subject);
    let tab =
        use_setting_where("tab", "jacobian".to_string(), |tab| matches!(tab.as_str(), "jacobian" | "weight" | "attack"));
    let networks = Signal::derive(move || {
        NetworkName::ALL
            .into_iter()
            .filter(|name| *name != NetworkName::Training || subject.has_training() || subject.network.get() == *name)
            .map(|name| {
                let label = move || match name {
                    NetworkName::Training => t_string!(i18n, inspect.in_training).to_string(),
                    other => other.code().to_string(),
                };
                (name.code().to_string(), TextProp::from(label))
            })
            .collect::<Vec<_>>()
    });
    let choose_network = Callback::new(move |code: String| {
        if let Some(name) = NetworkName::from_code(&code) {
            subject.edits.set(Vec::new());
            subject.network.set(name);
        }
    });
    let reading = move || {
        subject.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let read = trace.read(0);
            let percent = format!("{:.1}", trace.probabilities.image(0).get(read).copied().unwrap_or(0.0) * 100.0);
            Some(t_string!(i18n, inspect.reads, digit = read, percent = percent))
        })
    };
    let source = move || match subject.choice() {
        ImageChoice::Pad if subject.stands_in() => t_string!(i18n, inspect.stands_in).to_string(),
        ImageChoice::Pad => t_string!(i18n, inspect.from_pad).to_string(),
        ImageChoice::Test(index) => t_string!(i18n, inspect.from_tests, index = index),
    };
    let waiting = move || {
        subject.trace.with(Option::is_none).then(|| match subject.problem() {
            Some(reason) => t_string!(i18n, inspect.network_missing, reason = reason),
            None => t_string!(i18n, inspect.waiting).to_string(),
        })
    };
    let tabs = vec![
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
            key: "attack",
            label: t!(i18n, inspect.tab_attack).into(),
            panel: || view! { <Attack subject=expect_context() /> }.into_any(),
        },
    ];
    view! {
        <h1 class="visually-hidden">{t!(i18n, inspect.title)}</h1>
        <div class="inspect">
            <div class="inspect-head">
                <Choice label=t!(i18n, inspect.network) options=networks value=Signal::derive(move || subject.network.get().code().to_string()) on_change=choose_network test_id="inspect-network" />
                <div>
                    <p class="reading" data-testid="inspect-reading">{reading}</p>
                    <p class="muted small">
                        {source} " "
                        <a href=move || route.link("draw")>{t!(i18n, inspect.draw_one)}</a>
                        {move || matches!(subject.choice(), ImageChoice::Test(_)).then(|| view! {
                            <button type="button" class="small" data-testid="use-pad" on:click=move |_| subject.choose(ImageChoice::Pad)>{t!(i18n, inspect.use_pad)}</button>
                        })}
                    </p>
                </div>
            </div>
            {move || waiting().map(|text| view! { <p role="status">{text}</p> })}
            <Layers subject />
            <Tabs label=t!(i18n, inspect.tabs) tabs=tabs value=tab.signal() on_change=Callback::new(move |value| tab.set(value)) />
            <Gallery subject />
        </div>
    }
}

/// The keys of this view, for the help.
pub fn keys(language: Language) -> Vec<(&'static str, &'static str)> {
    vec![("← ↑ → ↓", td_string!(language, inspect.key_move)), ("Enter", td_string!(language, inspect.key_choose))]
}
