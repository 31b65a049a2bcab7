//! The way of a drawing from the pad to the network: a picture and a switch for each step, and what it does to the
//! reading when a step is left out.

use super::{Derived, Steps, most_probable, percent};
use crate::data::pad::{SIDE, Stage};
use crate::ui::components::{Heatmap, Scale, Switch, Values, draw_values};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::route::Setting;
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;

/// The strip of stages.
#[component]
pub fn Stages(derived: Derived, steps: Steps) -> impl IntoView {
    let i18n = use_i18n();
    let compared = move || {
        let now = derived.now.with(|now| most_probable(now.as_ref()?));
        let full = derived.full.with(|full| most_probable(full.as_ref()?));
        match (full, now) {
            (Some((full, full_share)), Some((now, now_share))) => t_string!(
                i18n,
                draw.compared,
                full = full,
                full_percent = percent(full_share),
                now = now,
                now_percent = percent(now_share)
            ),
            _ => t_string!(i18n, draw.sees_hint).to_owned(),
        }
    };
    let stages = Stage::ALL.map(|stage| {
        let picture = match stage {
            Stage::Normalise => view! { <ModelInput derived /> }.into_any(),
            _ => view! { <StagePicture derived stage /> }.into_any(),
        };
        let title = move || title_of(i18n, stage);
        let head = match setting_of(steps, stage) {
            Some(setting) => {
                view! { <Switch label=title value=setting on_change=move |on| setting.set(on) test_id=test_id_of(stage) /> }
                    .into_any()
            }
            None => view! { <span class="stage-title">{title}</span> }.into_any(),
        };
        let off = move || setting_of(steps, stage).is_some_and(|setting| !setting.get());
        view! {
            <li class="pad-stage" data-off=move || off().to_string()>
                {head}
                {picture}
                <p class="muted small">{move || reason_of(i18n, stage)}</p>
            </li>
        }
    });
    view! {
        <section class="draw-stages" aria-labelledby="draw-sees">
            <div class="stages-head">
                <h2 id="draw-sees">{t!(i18n, draw.sees)}</h2>
                <p class="muted" data-testid="compared">{compared}</p>
            </div>
            <ol class="pad-stages">{stages.into_iter().collect_view()}</ol>
        </section>
    }
}

/// The picture that one stage made.
#[component]
fn StagePicture(derived: Derived, stage: Stage) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let palette = palette.get();
        derived.prepared.with(|prepared| {
            let values = match prepared {
                Some(prepared) => {
                    let picture = prepared.stage(stage);
                    Values { width: picture.side, height: picture.side, numbers: picture.pixels.as_slice().into() }
                }
                None => blank(),
            };
            draw_values(&canvas, &values, Scale::Ink, &palette);
        });
    });
    view! { <canvas class="thumbnail" role="img" aria-label=move || title_of(i18n, stage) node_ref=canvas width="28" height="28"></canvas> }
}

/// The last stage, whose numbers can be read: they are what the network gets.
#[component]
fn ModelInput(derived: Derived) -> impl IntoView {
    let i18n = use_i18n();
    let values = Signal::derive(move || {
        derived.prepared.with(|prepared| match prepared {
            Some(prepared) => Values { width: SIDE, height: SIDE, numbers: prepared.input().into() },
            None => blank(),
        })
    });
    view! { <Heatmap label=t!(i18n, draw.model_input) values scale=Signal::stored(Scale::Signed) test_id="model-input" table=true /> }
}

/// An empty sheet.
fn blank() -> Values {
    Values { width: SIDE, height: SIDE, numbers: [0.0; SIDE * SIDE].as_slice().into() }
}

fn setting_of(steps: Steps, stage: Stage) -> Option<Setting<bool>> {
    match stage {
        Stage::Strokes => None,
        Stage::Crop => Some(steps.crop),
        Stage::Fit => Some(steps.fit),
        Stage::Centre => Some(steps.centre),
        Stage::Antialias => Some(steps.antialias),
        Stage::Normalise => Some(steps.normalise),
    }
}

fn test_id_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Strokes => "",
        Stage::Crop => "step-crop",
        Stage::Fit => "step-fit",
        Stage::Centre => "step-centre",
        Stage::Antialias => "step-antialias",
        Stage::Normalise => "step-normalise",
    }
}

fn title_of(i18n: I18n, stage: Stage) -> &'static str {
    match stage {
        Stage::Strokes => t_string!(i18n, draw.stage.strokes),
        Stage::Crop => t_string!(i18n, draw.stage.crop),
        Stage::Fit => t_string!(i18n, draw.stage.fit),
        Stage::Centre => t_string!(i18n, draw.stage.centre),
        Stage::Antialias => t_string!(i18n, draw.stage.antialias),
        Stage::Normalise => t_string!(i18n, draw.stage.normalise),
    }
}

fn reason_of(i18n: I18n, stage: Stage) -> &'static str {
    match stage {
        Stage::Strokes => t_string!(i18n, draw.stage.strokes_why),
        Stage::Crop => t_string!(i18n, draw.stage.crop_why),
        Stage::Fit => t_string!(i18n, draw.stage.fit_why),
        Stage::Centre => t_string!(i18n, draw.stage.centre_why),
        Stage::Antialias => t_string!(i18n, draw.stage.antialias_why),
        Stage::Normalise => t_string!(i18n, draw.stage.normalise_why),
    }
}
