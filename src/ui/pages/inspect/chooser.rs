//! The fields for what is looked at: the network, and the image from the pad or from the test set.

use super::subject::{ImageChoice, Subject, Tests};
use crate::data::mnist::DataProblem;
use crate::ui::components::{Choice, NumberField, Segmented, options};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::networks::NetworkName;
use crate::ui::route::Route;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Which network. The one in training is offered once there is one.
#[component]
pub fn NetworkField(subject: Subject, test_id: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    let networks = Signal::derive(move || {
        NetworkName::ALL
            .into_iter()
            .filter(|name| *name != NetworkName::Training || subject.has_training() || subject.network.get() == *name)
            .map(|name| {
                let label = move || match name {
                    NetworkName::Training => t_string!(i18n, inspect.in_training).to_string(),
                    NetworkName::Untrained => t_string!(i18n, inspect.untrained, name = name.code()),
                    other => other.code().to_string(),
                };
                (name.code().to_string(), TextProp::from(label))
            })
            .collect::<Vec<_>>()
    });
    let choose = Callback::new(move |code: String| {
        if let Some(name) = NetworkName::from_code(&code) {
            subject.choose_network(name);
        }
    });
    view! {
        <Choice label=t!(i18n, inspect.network) options=networks
            value=Signal::derive(move || subject.network.get().code().to_string()) on_change=choose test_id />
    }
}

/// Which image: the drawing, or one of the test images by its index.
#[component]
pub fn ImageField(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let route = expect_context::<Route>();
    let index = Memo::new(move |_| match subject.choice() {
        ImageChoice::Test(index) => Some(index),
        ImageChoice::Pad => None,
    });
    let choices = Signal::derive(move || {
        options([
            ("pad", TextProp::from(t!(i18n, inspect.source_pad))),
            ("test", TextProp::from(t!(i18n, inspect.source_test))),
        ])
    });
    let source = Signal::derive(move || if index.get().is_some() { "test" } else { "pad" }.to_string());
    let choose = Callback::new(move |source: String| {
        subject.choose(if source == "test" { ImageChoice::Test(0) } else { ImageChoice::Pad });
    });
    let go = move |index: usize| subject.choose(ImageChoice::Test(index.min(LAST)));
    let field = move || {
        view! {
            <div class="image-index">
                <button type="button" class="small" aria-label=t!(i18n, inspect.image_before) title=t!(i18n, inspect.image_before)
                    on:click=move |_| go(index.get_untracked().unwrap_or(0).saturating_sub(1))>"◀"</button>
                <NumberField label=t!(i18n, inspect.image_number) value=Signal::derive(move || index.get().unwrap_or(0) as f64) min=0.0 max=LAST as f64
                    whole=true on_change=Callback::new(move |value: f64| go(value as usize)) test_id="image-number" />
                <button type="button" class="small" aria-label=t!(i18n, inspect.image_after) title=t!(i18n, inspect.image_after) data-testid="image-after"
                    on:click=move |_| go(index.get_untracked().unwrap_or(0) + 1)>"▶"</button>
            </div>
        }
    };
    let from_tests = Memo::new(move |_| index.get().is_some());
    let note = move || match (subject.choice(), subject.tests.get()) {
        (ImageChoice::Pad, _) if subject.stands_in() => Some(t_string!(i18n, inspect.stands_in).to_string()),
        (ImageChoice::Test(_), Tests::Unwanted | Tests::Loading) => Some(t_string!(i18n, inspect.tests_loading).to_string()),
        (ImageChoice::Test(_), Tests::Failed(problem)) => Some(tests_failed(i18n, &problem)),
        _ => None,
    };
    view! {
        <div class="image-field">
            <Segmented label=t!(i18n, inspect.image) options=choices value=source on_change=choose test_id="image-source" />
            {move || match from_tests.get() {
                true => field().into_any(),
                false => view! { <a class="image-draw" href=move || route.link("draw")>{t!(i18n, inspect.draw_one)}</a> }.into_any(),
            }}
            {move || note().map(|text| view! { <p class="muted small image-note">{text}</p> })}
        </div>
    }
}

/// Why the test images are not here.
pub fn tests_failed(i18n: I18n, problem: &DataProblem) -> String {
    match problem {
        DataProblem::Missing { file, .. } => t_string!(i18n, inspect.tests_missing, file = file),
        DataProblem::Truncated { file } => t_string!(i18n, inspect.tests_truncated, file = file),
        DataProblem::Foreign { file } => t_string!(i18n, inspect.tests_foreign, file = file),
    }
}

/// The index of the last test image.
const LAST: usize = 9_999;
