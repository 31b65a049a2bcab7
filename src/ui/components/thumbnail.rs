//! A picture of numbers without axes: a unit's weights, an activation, a digit.

use super::{Scale, Values, draw_values};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// With a label it is read aloud; without one what stands beside it says the same. Without numbers it is not shown there.
#[component]
pub fn Thumbnail(
    #[prop(into, optional)] label: Option<TextProp>,
    #[prop(into)] values: Signal<Option<Values>>,
    #[prop(into)] scale: Signal<Scale>,
) -> impl IntoView {
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        values.with(|values| {
            if let Some(values) = values {
                draw_values(&canvas, values, scale.get(), &palette.get());
            }
        });
    });
    match label {
        Some(label) => {
            view! { <canvas class="thumbnail" role="img" aria-label=move || label.get() node_ref=canvas></canvas> }
                .into_any()
        }
        None => {
            let there = move || values.with(Option::is_some).to_string();
            view! { <canvas class="thumbnail" aria-hidden="true" data-shown=there node_ref=canvas></canvas> }.into_any()
        }
    }
}
