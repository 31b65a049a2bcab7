//! The controls: everything that decides a run. Each shows what the address says and changes the address.

use super::Settings;
use super::layers::LayerEditor;
use super::news::device_words;
use super::overfitting::OverfittingFields;
use super::schedule::ScheduleFields;
use super::state::{Phase, use_train};
use crate::export::link::default_optimizer;
use crate::nn::optimizer::OptimizerKind;
use crate::nn::spec::PRESETS;
use crate::trainer::protocol::Command;
use crate::trainer::settings::{DeviceChoice, Initialization, LARGEST_SEED, TrainSettings};
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
                    <button type="button" class="primary" data-testid="pause" disabled=move || train.phase.get() == Phase::Pausing on:click=move |_| train.pause()>
                        {move || if train.phase.get() == Phase::Pausing { t!(i18n, train.pausing)() } else { t!(i18n, train.pause)() }}
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

/// Which device the run is on and why, under the choice.
#[component]
fn DeviceDetail() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let words = move || {
        let note = train.device_note.get()?;
        let device = train.configured.with(|configured| configured.as_ref().map(|configured| configured.device.clone()))?;
        Some(view! { <p class="small muted" data-testid="device-note">{device_words(i18n, &device, Some(&note))}</p> })
    };
    view! { {words} }
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
        <DeviceDetail />
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
