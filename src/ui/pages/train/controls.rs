//! The controls: everything that decides a run. Each shows what the address says and changes the address.

use super::Settings;
use super::class_link::ClassLink;
use super::layers::LayerEditor;
use super::schedule::ScheduleFields;
use super::state::{Phase, use_train};
use crate::export::link::default_optimizer;
use crate::nn::optimizer::OptimizerKind;
use crate::nn::spec::PRESETS;
use crate::trainer::protocol::Command;
use crate::trainer::settings::{DeviceChoice, Initialization, LARGEST_SEED, TRAIN_IMAGES, TrainSettings};
use crate::ui::components::{Choice, NumberField, Switch, options};
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// The left column.
#[component]
pub fn Controls() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let model = settings.part(|settings| settings.model.clone());
    let models = Signal::derive(move || {
        let mut choices: Vec<(String, TextProp)> =
            PRESETS.into_iter().map(|name| (name.to_owned(), TextProp::from(name))).collect();
        let own = model.get();
        if !PRESETS.contains(&own.as_str()) {
            choices.push((own, t!(i18n, train.own_network).into()));
        }
        choices
    });
    let choose_model = move |name: String| {
        settings.edit(|settings| {
            let usual = TrainSettings::for_model(&name);
            settings.model = name;
            settings.batch = usual.batch;
            settings.optimizer = usual.optimizer;
        });
    };
    view! {
        <section class="controls panel" aria-label=t!(i18n, train.set_up)>
            <Buttons />
            <Choice label=t!(i18n, train.network) options=models value=model on_change=choose_model test_id="model" />
            <LayerEditor />
            <Basics />
            <details class="more momentum-fields">
                <summary>{t!(i18n, train.more_optimizer)}</summary>
                <OptimizerFields />
            </details>
            <details class="more overfitting-fields">
                <summary>{t!(i18n, train.more_overfitting)}</summary>
                <OverfittingFields />
            </details>
            <Recipe />
            <ClassLink />
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let standing = move || train.phase.get() == Phase::Standing;
    let begun = move || train.figures.with(|figures| figures.step > 0);
    view! {
        <div class="button-row run-buttons">
            {move || if standing() {
                view! {
                    <button type="button" class="primary" data-testid="start" on:click=move |_| train.go(Command::Start { steps: None })>
                        {move || if begun() { t!(i18n, train.resume)() } else { t!(i18n, train.start)() }}
                    </button>
                }.into_any()
            } else {
                view! {
                    <button type="button" class="primary" data-testid="pause" on:click=move |_| train.send(Command::Pause)>
                        {t!(i18n, train.pause)}
                    </button>
                }.into_any()
            }}
            <button type="button" data-testid="step" disabled=move || !standing() on:click=move |_| train.go(Command::Step)>
                {t!(i18n, train.one_step)}
            </button>
            <button type="button" data-testid="reset" title=t!(i18n, train.reset_hint) on:click=move |_| train.reset()>
                {t!(i18n, train.reset)}
            </button>
        </div>
    }
}

#[component]
fn Basics() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let devices = Signal::derive(move || {
        options([
            (DeviceChoice::Auto.name(), TextProp::from(t!(i18n, train.device_auto))),
            (DeviceChoice::Cpu.name(), TextProp::from("CPU")),
            (DeviceChoice::Gpu.name(), TextProp::from("GPU (WebGPU)")),
        ])
    });
    let optimizers =
        Signal::derive(|| options(OptimizerKind::ALL.map(|kind| (kind.name(), TextProp::from(kind.class_name())))));
    let new_seed = move |_| {
        let seed = (js_sys::Math::random() * 1e6) as u64;
        settings.edit(|settings| settings.seed = seed);
    };
    view! {
        <div class="field-pair">
            <NumberField
                label=t!(i18n, train.seed)
                value=settings.part(|settings| settings.seed as f64)
                on_change=move |seed: f64| settings.edit(|settings| settings.seed = seed as u64)
                min=0.0 max=LARGEST_SEED as f64 whole=true test_id="seed"
            />
            <button type="button" class="beside-field" data-testid="new-seed" title=t!(i18n, train.new_seed_hint) on:click=new_seed>
                {t!(i18n, train.new_seed)}
            </button>
        </div>
        <Choice
            label=t!(i18n, train.device)
            options=devices
            value=settings.part(|settings| settings.device.name().to_owned())
            on_change=move |name: String| settings.edit(|settings| settings.device = DeviceChoice::parse(&name).unwrap_or(settings.device))
            test_id="device"
        />
        <div class="field-pair">
            <Choice
                label=t!(i18n, train.optimizer)
                options=optimizers
                value=settings.part(|settings| settings.optimizer.kind.name().to_owned())
                on_change=move |name: String| settings.edit(|settings| {
                    if let Some(kind) = OptimizerKind::parse(&name) {
                        settings.optimizer = default_optimizer(&settings.model, kind);
                    }
                })
                test_id="optimizer"
            />
            <NumberField
                label=t!(i18n, train.learning_rate)
                value=settings.part(|settings| settings.optimizer.learning_rate)
                on_change=move |rate: f64| settings.edit(|settings| settings.optimizer.learning_rate = rate)
                min=0.0 step=0.001 test_id="learning-rate"
            />
        </div>
        <div class="field-pair">
            <NumberField
                label=t!(i18n, train.batch)
                value=settings.part(|settings| settings.batch as f64)
                on_change=move |batch: f64| settings.edit(|settings| settings.batch = batch as usize)
                min=1.0 max=4096.0 whole=true test_id="batch"
            />
            <NumberField
                label=t!(i18n, train.epochs)
                value=settings.part(|settings| settings.epochs as f64)
                on_change=move |epochs: f64| settings.edit(|settings| settings.epochs = epochs as u64)
                min=1.0 max=1000.0 whole=true test_id="epochs"
            />
        </div>
        <ScheduleFields />
    }
}

#[component]
fn OptimizerFields() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let is_sgd = settings.part(|settings| settings.optimizer.kind == OptimizerKind::Sgd);
    let without_momentum =
        settings.part(|settings| matches!(settings.optimizer.kind, OptimizerKind::Adam | OptimizerKind::AdamW));
    view! {
        <div class="field-pair">
            <NumberField
                label=t!(i18n, train.momentum)
                value=settings.part(|settings| settings.optimizer.momentum)
                on_change=move |momentum: f64| settings.edit(|settings| settings.optimizer.momentum = momentum)
                min=0.0 max=1.0 step=0.1 test_id="momentum" disabled=without_momentum
            />
            <NumberField
                label=t!(i18n, train.dampening)
                value=settings.part(|settings| settings.optimizer.dampening)
                on_change=move |dampening: f64| settings.edit(|settings| settings.optimizer.dampening = dampening)
                min=0.0 max=1.0 step=0.1 test_id="dampening" disabled=Signal::derive(move || !is_sgd.get())
            />
        </div>
        <Switch
            label=t!(i18n, train.nesterov)
            value=settings.part(|settings| settings.optimizer.nesterov)
            on_change=move |nesterov: bool| settings.edit(|settings| settings.optimizer.nesterov = nesterov)
            disabled=settings.part(|settings| settings.optimizer.kind != OptimizerKind::Sgd || settings.optimizer.momentum == 0.0)
        />
        <Choice
            label=t!(i18n, train.initialization)
            options=Signal::derive(move || options([
                (Initialization::Default.name(), TextProp::from(t!(i18n, train.init_default))),
                (Initialization::Kaiming.name(), TextProp::from(t!(i18n, train.init_kaiming))),
            ]))
            value=settings.part(|settings| settings.initialization.name().to_owned())
            on_change=move |name: String| settings.edit(|settings| {
                settings.initialization = Initialization::parse(&name).unwrap_or(Initialization::Default);
            })
            test_id="initialization"
        />
    }
}

#[component]
fn OverfittingFields() -> impl IntoView {
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

#[component]
fn Recipe() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let take = move |_| {
        settings.edit(|settings| {
            let (seed, device) = (settings.seed, settings.device);
            *settings = TrainSettings { seed, device, ..TrainSettings::recipe() };
        });
    };
    view! { <button type="button" class="quiet small" data-testid="recipe" title=t!(i18n, train.recipe_hint) on:click=take>{t!(i18n, train.recipe)}</button> }
}
