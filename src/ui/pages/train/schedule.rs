//! The learning-rate schedule: which, its numbers, and its course drawn.

use super::Settings;
use crate::nn::schedule::{Moment, Schedule};
use crate::ui::components::{Choice, NumberField, options};
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Menu, numbers and picture.
#[component]
pub fn ScheduleFields() -> impl IntoView {
    let i18n = use_i18n();
    let settings = expect_context::<Settings>();
    let schedule = settings.part(|settings| settings.schedule);
    let choices = Signal::derive(move || {
        options([
            ("constant", TextProp::from(t!(i18n, train.schedule_constant))),
            ("step", TextProp::from("StepLR")),
            ("exponential", TextProp::from("ExponentialLR")),
            ("cosine", TextProp::from("CosineAnnealingLR")),
            ("plateau", TextProp::from("ReduceLROnPlateau")),
            ("onecycle", TextProp::from("OneCycleLR")),
        ])
    });
    let kind = Signal::derive(move || schedule.get().to_string().split(':').next().unwrap_or_default().to_owned());
    let choose = move |name: String| {
        settings.edit(|settings| {
            let epochs = settings.epochs as usize;
            settings.schedule = match name.as_str() {
                "step" => Schedule::Step { every: 2, gamma: 0.5 },
                "exponential" => Schedule::Exponential { gamma: 0.8 },
                "cosine" => Schedule::Cosine { epochs },
                "plateau" => Schedule::Plateau { patience: 2, factor: 0.1 },
                "onecycle" => Schedule::OneCycle { epochs },
                _ => Schedule::Constant,
            };
        });
    };
    let set = move |new: Schedule| settings.edit(|settings| settings.schedule = new);
    let whole = move |label: TextProp, value: usize, make: fn(usize, Schedule) -> Schedule| {
        view! {
            <NumberField
                label value=Signal::derive(move || value as f64) min=1.0 max=1000.0 whole=true
                on_change=move |value: f64| set(make(value as usize, schedule.get_untracked()))
            />
        }
    };
    let real = move |label: TextProp, value: f64, make: fn(f64, Schedule) -> Schedule| {
        view! {
            <NumberField
                label value=Signal::derive(move || value) min=0.0001 max=1.0 step=0.1
                on_change=move |value: f64| set(make(value, schedule.get_untracked()))
            />
        }
    };
    let every = move || TextProp::from(t!(i18n, train.schedule_every));
    let factor = move || TextProp::from(t!(i18n, train.schedule_factor));
    let length = move || TextProp::from(t!(i18n, train.schedule_epochs));
    let patience = move || TextProp::from(t!(i18n, train.schedule_patience));
    let numbers = move || match schedule.get() {
        Schedule::Constant => ().into_any(),
        Schedule::Step { every: epochs, gamma } => view! {
            <div class="field-pair">
                {whole(every(), epochs, |every, old| match old {
                    Schedule::Step { gamma, .. } => Schedule::Step { every, gamma },
                    other => other,
                })}
                {real(factor(), gamma, |gamma, old| match old {
                    Schedule::Step { every, .. } => Schedule::Step { every, gamma },
                    other => other,
                })}
            </div>
        }
        .into_any(),
        Schedule::Exponential { gamma } => real(factor(), gamma, |gamma, _| Schedule::Exponential { gamma }).into_any(),
        Schedule::Cosine { epochs } => whole(length(), epochs, |epochs, _| Schedule::Cosine { epochs }).into_any(),
        Schedule::OneCycle { epochs } => whole(length(), epochs, |epochs, _| Schedule::OneCycle { epochs }).into_any(),
        Schedule::Plateau { patience: epochs, factor: by } => view! {
            <div class="field-pair">
                {whole(patience(), epochs, |patience, old| match old {
                    Schedule::Plateau { factor, .. } => Schedule::Plateau { patience, factor },
                    other => other,
                })}
                {real(factor(), by, |factor, old| match old {
                    Schedule::Plateau { patience, .. } => Schedule::Plateau { patience, factor },
                    other => other,
                })}
            </div>
        }
        .into_any(),
    };
    let course = settings.part(|settings| course(settings.schedule, settings.epochs));
    let picture = move || {
        course.get().map(|path| {
            view! {
                <svg class="schedule-course" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=t!(i18n, train.schedule_course)>
                    <path d=path fill="none" vector-effect="non-scaling-stroke"></path>
                </svg>
            }
        })
    };
    view! {
        <div class="schedule-fields">
            <Choice label=t!(i18n, train.schedule) options=choices value=kind on_change=choose test_id="schedule" />
            {numbers}
            {picture}
        </div>
    }
}

/// The factor over the epochs as a path of 100 by 24; none where it is constant or depends on what the run gives.
fn course(schedule: Schedule, epochs: u64) -> Option<String> {
    if matches!(schedule, Schedule::Constant | Schedule::Plateau { .. }) {
        return None;
    }
    let steps_per_epoch = 40;
    let all = epochs.clamp(1, 200) * steps_per_epoch;
    let points = (0..=200u64).map(|i| {
        let step = i * (all - 1) / 200;
        let factor = schedule.factor(Moment { step, epoch: step / steps_per_epoch, steps_per_epoch }, 0);
        format!("{:.2} {:.2}", i as f64 / 2.0, 23.0 - 22.0 * factor)
    });
    Some(format!("M{}", points.collect::<Vec<_>>().join("L")))
}
