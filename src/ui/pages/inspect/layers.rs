//! The layers of a network at work: which of them is open, what all pictures show, and the open one large, with one number
//! of it taken apart. Backprop opens its ops in the same way.

use super::bars::UnitBars;
use super::checking::CheckGradient;
use super::focus::{Focus, LARGEST, Show, picture_of, scale_of, shape_text};
use super::sheet::sheet_rows;
use super::strips::Strips;
use super::subject::Subject;
use super::unit::unit_view;
use crate::explain::badges::{NotFinite, first_not_finite};
use crate::explain::check;
use crate::explain::digits::plain_number;
use crate::explain::network_trace::{NetworkTrace, Values};
use crate::ui::components::{Heatmap, NumberField, Scale, Segmented, TableToggle, Values as Picture, options};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::Arc;

/// Strips and the opened layer.
#[component]
pub fn Layers(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let focus = Focus::from_address(subject.trace, Signal::derive(|| 0));
    let notice = move || {
        subject.trace.with(|trace| {
            let trace = trace.as_ref()?;
            Some(nan_sentence(i18n, trace, &first_not_finite(trace)?))
        })
    };
    view! {
        <section class="inspect-layers" aria-label=t!(i18n, inspect.layers)>
            <ShowChoice focus />
            {move || notice().map(|text| view! { <p class="problem-sentence" data-testid="first-nan">{text}</p> })}
            <Strips subject focus />
            {move || matches!(focus.kind.get(), Show::Activations | Show::Gradients).then(|| view! {
                <p class="muted small feed-hint">{t!(i18n, inspect.feed_hint)}</p>
            })}
            <OpenLayer focus />
        </section>
    }
}

/// The switch between activations, gradients and weights.
#[component]
pub fn ShowChoice(focus: Focus) -> impl IntoView {
    let i18n = use_i18n();
    let choices = Signal::derive(move || {
        options([
            ("activations", TextProp::from(t!(i18n, inspect.activations))),
            ("gradients", TextProp::from(t!(i18n, inspect.gradients))),
            ("weights", TextProp::from(t!(i18n, inspect.weights))),
            ("weight-gradients", TextProp::from(t!(i18n, inspect.weight_gradients))),
        ])
    });
    let choose = Callback::new(move |value| {
        focus.show.set(value);
        focus.element.set(LARGEST);
    });
    view! { <Segmented label=t!(i18n, inspect.show) options=choices value=focus.show.signal() on_change=choose test_id="show" /> }
}

/// Where the first number that is none appeared, as a sentence.
pub fn nan_sentence(i18n: I18n, trace: &NetworkTrace, place: &NotFinite) -> String {
    let name = |index: usize| trace.layers.get(index).map(|view| view.layer.to_string()).unwrap_or_default();
    match place {
        NotFinite::Image => t_string!(i18n, inspect.nan_image).to_string(),
        NotFinite::Parameter(parameter) => t_string!(i18n, inspect.nan_parameter, name = parameter),
        NotFinite::Layer(index) => t_string!(i18n, inspect.nan_layer, name = name(*index), number = index + 1),
        NotFinite::Loss => t_string!(i18n, inspect.nan_loss).to_string(),
        NotFinite::Gradient(index) => t_string!(i18n, inspect.nan_gradient, name = name(*index), number = index + 1),
    }
}

/// The open layer, large, and one number of it.
#[component]
pub fn OpenLayer(focus: Focus) -> impl IntoView {
    let i18n = use_i18n();
    let picture = Memo::new(move |_| focus.opened.with(|opened| opened.as_ref().map(|(_, values)| picture_of(values))));
    let shown = Signal::derive(move || {
        let picture = picture.with(|picture| picture.as_ref().map(|(_, picture)| picture.clone()));
        picture.unwrap_or(Picture { width: 0, height: 0, numbers: Arc::new([]) })
    });
    let scale = Signal::derive(move || {
        focus.opened.with(|opened| opened.as_ref().map_or(Scale::Amounts, |(_, values)| scale_of(values)))
    });
    let choose = Callback::new(move |(row, column): (usize, usize)| {
        let found = picture.with_untracked(|picture| picture.as_ref().and_then(|(mosaic, _)| mosaic.element(row, column)));
        if let Some(found) = found {
            focus.element.set(found);
        }
    });
    let point = Callback::new(move |cell: Option<(usize, usize)>| {
        let element = |(row, column)| picture.with_untracked(|picture| picture.as_ref()?.0.element(row, column));
        let _ = focus.pointed.try_set(cell.and_then(element));
    });
    let chosen = Signal::derive(move || picture.with(|picture| picture.as_ref()?.0.place(focus.chosen.get())));
    let title = move || {
        focus.opened.with(|opened| {
            let (index, values) = opened.as_ref()?;
            let name = focus.trace.with(|trace| Some(trace.as_ref()?.layers.get(*index)?.layer.to_string()))?;
            Some(t_string!(i18n, inspect.layer_title, number = index + 1, name = name, shape = shape_text(&values.shape)))
        })
    };
    let title = move || title().unwrap_or_default();
    let rows = Signal::derive(move || {
        let rows = |(_, values): &(usize, Values)| sheet_rows(values, focus.chosen.get());
        focus.opened.with(|opened| opened.as_ref().map(rows).unwrap_or_default())
    });
    let numbers = Signal::derive(move || focus.opened.with(|opened| opened.as_ref().map(|(_, values)| values.clone())));
    let wide = move || shown.with(|picture| picture.width > 3 * picture.height);
    let there = Memo::new(move |_| focus.opened.with(Option::is_some));
    let known = Memo::new(move |_| focus.known.get());
    let large = move || {
        view! {
            <div class="open-picture">
                <h2>{title}</h2>
                <UnitBars values=numbers chosen=focus.chosen on_choose=Callback::new(move |unit| focus.element.set(unit)) />
                <TableToggle rows>
                    <Heatmap label=title values=shown scale=scale test_id="open-layer" on_choose=choose on_point=point chosen=chosen />
                </TableToggle>
                <p class="muted small">{t!(i18n, inspect.choose_unit)}</p>
            </div>
            <Unit focus />
        }
    };
    view! {
        <div class="open-layer panel" data-wide=move || wide().to_string()>
            {move || match (there.get(), known.get()) {
                (true, true) => large().into_any(),
                (true, false) => view! { <h2>{title}</h2> <p class="muted" data-testid="not-yet">{t!(i18n, backprop.not_yet)}</p> }.into_any(),
                (false, _) => view! { <p class="muted">{t!(i18n, inspect.no_weights_here)}</p> }.into_any(),
            }}
        </div>
    }
}

/// The chosen number and what it is made of.
#[component]
fn Unit(focus: Focus) -> impl IntoView {
    let i18n = use_i18n();
    let with = move |read: &dyn Fn(&Values, usize) -> Option<f32>| {
        focus.opened.with(|opened| read(&opened.as_ref()?.1, focus.chosen.get()))
    };
    let number = Memo::new(move |_| with(&|values, chosen| values.data.get(chosen).copied()).unwrap_or(f32::NAN));
    let position = move || {
        focus.opened.with(|opened| {
            let at = opened.as_ref().map(|(_, values)| values.position(focus.chosen.get())).unwrap_or_default();
            at.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
        })
    };
    let count = Memo::new(move |_| focus.opened.with(|opened| opened.as_ref().map_or(1, |(_, values)| values.data.len())));
    let parts = move || {
        focus.trace.with(|trace| {
            let (index, element) = (focus.opened.with(|opened| opened.as_ref().map(|opened| opened.0))?, focus.chosen.get());
            Some(unit_view(i18n, trace.as_ref()?, index, focus.image.get(), focus.kind.get(), element))
        })
    };
    view! {
        <div class="unit" data-testid="unit">
            <h3>{move || t_string!(i18n, inspect.unit_title, position = position())}</h3>
            {move || {
                let max = count.get().saturating_sub(1) as f64;
                view! {
                    <NumberField label=t!(i18n, inspect.unit_number) value=Signal::derive(move || focus.chosen.get() as f64) min=0.0 max=max whole=true
                        on_change=Callback::new(move |value: f64| focus.element.set(value as usize)) test_id="element" />
                }
            }}
            <p class="unit-value"><output data-testid="unit-value" data-value=move || number.get().to_string()>{move || plain_number(f64::from(number.get()))}</output></p>
            {parts}
            <CheckGradient trace=focus.trace place=Signal::derive(move || gradient_at(focus)) />
        </div>
    }
}

/// The gradient that is taken apart, for who checks it.
fn gradient_at(focus: Focus) -> Option<check::Subject> {
    let (layer, element) = (focus.opened.with(|opened| opened.as_ref().map(|opened| opened.0))?, focus.chosen.get());
    focus.trace.with(|trace| {
        let view = trace.as_ref()?.layers.get(layer)?;
        match focus.kind.get() {
            Show::Gradients => {
                let element = element + focus.image.get() * view.output.image(0).len();
                Some(check::Subject::Activation { layer: layer + 1, element })
            }
            Show::WeightGradients => {
                view.parameters.first().map(|weight| check::Subject::Parameter { name: weight.name.clone(), element })
            }
            Show::Activations | Show::Weights => None,
        }
    })
}
