//! The controls against overfitting: dropout, penalties, patience, the size of the sets, and the folds of a
//! cross-validation with their results.

use super::Settings;
use super::state::{Phase, use_train};
use crate::trainer::settings::TRAIN_IMAGES;
use crate::ui::components::{Choice, NumberField, options};
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Dropout, penalties, early stopping, how many images, and cross-validation.
#[component]
pub fn OverfittingFields() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let settings = expect_context::<Settings>();
    let folds = settings.part(|settings| settings.folds);
    let fold_line = move || {
        let results = train.folds.get();
        let accuracies: Vec<f64> = results.iter().map(|(_, accuracy)| 100.0 * accuracy).collect();
        let (mean, spread) = crate::nn::folds::mean_and_spread(&accuracies);
        (folds.get() >= 2 && !results.is_empty()).then(|| {
            let (mean, spread) = (format!("{mean:.2}"), format!("{spread:.2}"));
            let text = t!(i18n, train.fold_result, count = accuracies.len(), mean = mean, spread = spread);
            view! { <p class="small">{text}</p> }
        })
    };
    view! {
        <div class="field-pair">
            <NumberField
                label=t!(i18n, train.dropout)
                value=settings.part(|settings| settings.dropout)
                on_change=move |dropout: f64| settings.edit(|settings| settings.dropout = dropout)
                min=0.0 max=0.95 step=0.1 test_id="dropout"
            />
            <NumberField
                label=t!(i18n, train.weight_decay)
                value=settings.part(|settings| settings.optimizer.weight_decay)
                on_change=move |decay: f64| settings.edit(|settings| settings.optimizer.weight_decay = decay)
                min=0.0 max=1000.0 step=0.0001 test_id="weight-decay"
            />
        </div>
        <div class="field-pair">
            <NumberField
                label=t!(i18n, train.l1)
                value=settings.part(|settings| settings.optimizer.l1)
                on_change=move |l1: f64| settings.edit(|settings| settings.optimizer.l1 = l1)
                min=0.0 max=1000.0 step=0.0001 test_id="l1"
            />
            <NumberField
                label=t!(i18n, train.patience)
                value=settings.part(|settings| settings.patience.unwrap_or(0) as f64)
                on_change=move |epochs: f64| settings.edit(|settings| settings.patience = (epochs > 0.0).then_some(epochs as usize))
                min=0.0 max=1000.0 whole=true test_id="patience"
            />
        </div>
        <div class="field-pair">
            <NumberField
                label=t!(i18n, train.examples)
                value=settings.part(|settings| settings.examples as f64)
                on_change=move |count: f64| settings.edit(|settings| settings.examples = count as usize)
                min=1.0 max=TRAIN_IMAGES as f64 step=1000.0 whole=true test_id="examples"
            />
            <NumberField
                label=t!(i18n, train.validation)
                value=settings.part(|settings| settings.validation as f64)
                on_change=move |count: f64| settings.edit(|settings| settings.validation = count as usize)
                min=0.0 max=(TRAIN_IMAGES - 1) as f64 step=1000.0 whole=true test_id="validation"
            />
        </div>
        <div class="field-pair">
            <Choice
                label=t!(i18n, train.folds)
                options=Signal::derive(move || options([
                    ("0", TextProp::from(t!(i18n, train.folds_none))),
                    ("3", TextProp::from("3")),
                    ("5", TextProp::from("5")),
                    ("10", TextProp::from("10")),
                ]))
                value=Signal::derive(move || folds.get().to_string())
                on_change=move |count: String| {
                    train.folds.set(Vec::new());
                    settings.edit(|settings| {
                        settings.folds = count.parse().unwrap_or(0);
                        settings.fold = 0;
                    });
                }
                test_id="folds"
            />
            <NumberField
                label=t!(i18n, train.fold)
                value=settings.part(|settings| settings.fold as f64 + 1.0)
                on_change=move |fold: f64| settings.edit(|settings| settings.fold = fold as usize - 1)
                min=1.0 max=20.0 whole=true test_id="fold" disabled=Signal::derive(move || folds.get() < 2)
            />
        </div>
        <Folds />
        {fold_line}
        <p class="small"><a href="#/learn/lab">{t!(i18n, train.to_lab)}</a></p>
    }
}

/// The examples as a bar of k parts; the validation part of this run is hatched.
#[component]
fn Folds() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let train = use_train();
    let chosen = settings.part(|settings| (settings.folds, settings.fold));
    move || {
        let (folds, fold) = chosen.get();
        (folds >= 2).then(|| {
            let results = train.folds.get();
            let parts = (0..folds).map(|part| {
                let result =
                    results.iter().find(|(done, _)| *done == part).map(|(_, accuracy)| format!("{:.1}", accuracy * 100.0));
                view! {
                    <button
                        type="button"
                        class="fold"
                        data-held=(part == fold).to_string()
                        aria-pressed=(part == fold).to_string()
                        on:click=move |_| settings.edit(|settings| settings.fold = part)
                    >
                        {part + 1}<br />{result.unwrap_or_else(|| "\u{a0}".to_owned())}
                    </button>
                }
            });
            view! {
                <div class="folds" role="group" aria-label=t!(i18n, train.folds)>{parts.collect_view()}</div>
                <button
                    type="button" class="small" data-testid="run-folds"
                    disabled=move || train.phase.get() != Phase::Standing
                    on:click=move |_| train.run_folds(settings.now())
                >
                    {t!(i18n, train.run_folds, count = folds)}
                </button>
            }
        })
    }
}
