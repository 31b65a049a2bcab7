//! The lab's side for images: how the data set comes, what the first layer looks for, and what went wrong.

use super::state::LabState;
use crate::trainer::protocol::Floats;
use crate::ui::components::{Scale, Thumbnail, Values};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::pages::train::problem_words;
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
    let picture = move |unit: usize| {
        let values = Memo::new(move |_| {
            run.first_layer.with(|layer| {
                let Floats(values) = &layer.as_ref()?.values;
                let size = SIDE * SIDE;
                let numbers = values.get(unit * size..(unit + 1) * size)?;
                Some(Values { width: SIDE, height: SIDE, numbers: numbers.into() })
            })
        });
        view! { <li><Thumbnail label=t!(i18n, train.weight_picture, unit = unit + 1) values scale=Scale::Signed /></li> }
    };
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
            {move || (0..units.get()).map(picture).collect_view()}
        </ul>
        {loading}
        {move || run.problem.get().map(|problem| view! { <p class="field-error" role="alert">{problem_words(i18n, &problem)}</p> })}
    }
}
