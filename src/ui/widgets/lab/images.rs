//! The lab's side for images: how the data set comes, what the first layer looks for, and what went wrong.

use super::state::LabState;
use crate::trainer::protocol::Floats;
use crate::ui::components::{Scale, Values, draw_values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::pages::train::problem_words;
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;

/// Units of the first layer that are shown.
const SHOWN: usize = 16;
const SIDE: usize = 28;

/// The first layer's weights: penalties thin them out before one's eyes.
#[component]
pub fn Images(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let run = state.mnist;
    let units = Memo::new(move |_| {
        run.first_layer.with(|layer| layer.as_ref().map_or(0, |layer| layer.shape.first().copied().unwrap_or(0).min(SHOWN)))
    });
    let loading = move || {
        run.loading.get().map(|(loaded, total)| {
            let mega = |bytes: u64| format!("{:.1}", bytes as f64 / 1e6);
            let text = t_string!(i18n, train.loading, loaded = mega(loaded), total = mega(total));
            view! {
                <progress max=total.to_string() value=loaded.to_string() aria-label=t!(i18n, train.loading_label)></progress>
                " "
                <span class="small muted number">{text}</span>
            }
        })
    };
    view! {
        <p class="small muted">{t!(i18n, learn.images_hint)}</p>
        <ul class="lab-weights" aria-label=t!(i18n, train.first_layer)>
            {move || (0..units.get()).map(|unit| view! { <li><Unit state unit /></li> }).collect_view()}
        </ul>
        {loading}
        {move || run.problem.get().map(|problem| view! { <p class="field-error" role="alert">{problem_words(i18n, &problem)}</p> })}
    }
}

#[component]
fn Unit(state: LabState, unit: usize) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        state.mnist.first_layer.with(|layer| {
            let size = SIDE * SIDE;
            let numbers = layer.as_ref().and_then(|layer| {
                let Floats(values) = &layer.values;
                values.get(unit * size..(unit + 1) * size)
            });
            if let Some(numbers) = numbers {
                let values = Values { width: SIDE, height: SIDE, numbers: numbers.into() };
                draw_values(&canvas, &values, Scale::Signed, &palette.get());
            }
        });
    });
    view! { <canvas class="thumbnail" role="img" aria-label=t!(i18n, train.weight_picture, unit = unit + 1) node_ref=canvas></canvas> }
}
