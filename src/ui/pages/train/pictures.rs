//! Small pictures that change while the run goes on: first-layer weights, misread test images.

use super::state::use_train;
use crate::trainer::protocol::{Bytes, Floats};
use crate::ui::components::{Scale, Thumbnail, Values};
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// Units of a fully connected layer that are shown.
const MOST_UNITS: usize = 32;

/// The weights of the first layer, a picture a unit: they are what it looks for.
#[component]
pub fn FirstLayer() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    let shape = Memo::new(move |_| train.first_layer.with(|picture| picture.as_ref().map(|picture| picture.shape.clone())));
    move || {
        let shape = shape.get()?;
        let (units, height, width) = match shape[..] {
            [units, 1, height, width] => (units, height, width),
            [units, 784] => (units, 28, 28),
            _ => return None,
        };
        let shown = units.min(MOST_UNITS);
        let all = (0..shown).map(|unit| {
            let values = Memo::new(move |_| {
                train.first_layer.with(|picture| {
                    let Floats(values) = &picture.as_ref()?.values;
                    let size = width * height;
                    let numbers = values.get(unit * size..(unit + 1) * size)?;
                    Some(Values { width, height, numbers: numbers.into() })
                })
            });
            view! { <li><Thumbnail label=t!(i18n, train.weight_picture, unit = unit + 1) values scale=Scale::Signed /></li> }
        });
        let all = all.collect_view();
        Some(view! {
            <section class="pictures-block first-layer-block">
                <h2 class="block-title">{t!(i18n, train.first_layer)}</h2>
                <p class="small muted">{move || t!(i18n, train.first_layer_hint, shown = shown, units = units)()}</p>
                <ul class="pictures" data-testid="first-layer" data-wide=(width > 12).to_string()>{all}</ul>
            </section>
        })
    }
}

/// Test images that the network reads wrongly, the most wrong first.
#[component]
pub fn Misread() -> impl IntoView {
    let i18n = use_i18n();
    let train = use_train();
    move || {
        let misread = train.evaluations.with(|all| all.last().map(|evaluation| evaluation.misread.clone()))?;
        let accuracy = train.evaluations.with(|all| all.last().map(|evaluation| evaluation.accuracy))?;
        let images = train.images.get();
        let items = misread.into_iter().filter_map(|wrong| {
            let Bytes(pixels) = images.iter().find(|image| image.index == wrong.index).map(|image| image.pixels.clone())?;
            let numbers: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            let values = Some(Values { width: 28, height: 28, numbers: numbers.into() });
            let label =
                move || t_string!(i18n, train.misread_image, index = wrong.index, label = wrong.label, read = wrong.read);
            Some(view! {
                <li>
                    <a class="misread-link" href=format!("#/inspect?network=training&image=test{}", wrong.index)>
                        <Thumbnail label values=Signal::stored(values) scale=Scale::Ink />
                        <span class="small number" aria-hidden="true">{wrong.label} " → " <b>{wrong.read}</b></span>
                    </a>
                </li>
            })
        });
        let items = items.collect_view();
        let count = ((1.0 - accuracy) * 10_000.0).round() as u32;
        Some(view! {
            <section class="pictures-block misread-block">
                <h2 class="block-title">{t!(i18n, train.misread)}</h2>
                <p class="small muted">{t!(i18n, train.misread_hint, count = count)}</p>
                <ul class="pictures" data-wide="true" data-testid="misread">{items}</ul>
            </section>
        })
    }
}
