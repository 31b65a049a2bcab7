//! The numbers of one layer in the list: units, channels, kernel and the like.

use crate::nn::spec::LayerSpec;
use crate::ui::components::NumberField;
use crate::ui::i18n::{I18n, t_string, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// A whole number of a layer: what it is called, the least it may be, where it lies.
struct Whole {
    label: fn(I18n) -> &'static str,
    least: f64,
    place: fn(&mut LayerSpec) -> Option<&mut usize>,
}

/// Picks a number out of the kinds of layers that have it.
macro_rules! place {
    ($($kind:ident.$number:ident)|+) => {
        |layer| match layer {
            $(LayerSpec::$kind { $number, .. } => Some($number),)+
            _ => None,
        }
    };
}

const WHOLE: [Whole; 5] = [
    Whole { label: |i18n| t_string!(i18n, train.units), least: 1.0, place: place!(Linear.units) },
    Whole { label: |i18n| t_string!(i18n, train.channels), least: 1.0, place: place!(Convolution.channels) },
    Whole {
        label: |i18n| t_string!(i18n, train.kernel),
        least: 1.0,
        place: place!(Convolution.kernel | MaxPool.kernel | AveragePool.kernel),
    },
    Whole { label: |i18n| t_string!(i18n, train.stride), least: 1.0, place: place!(Convolution.stride) },
    Whole { label: |i18n| t_string!(i18n, train.padding), least: 0.0, place: place!(Convolution.padding) },
];

/// The fields of a layer's kind. `on_input` hears of whole numbers while they are typed, `on_change` of all when they are.
#[component]
pub fn Sizes(layer: Memo<LayerSpec>, on_input: Callback<LayerSpec>, on_change: Callback<LayerSpec>) -> impl IntoView {
    let i18n = use_i18n();
    let first = layer.get_untracked();
    let whole = WHOLE.iter().filter(|whole| (whole.place)(&mut first.clone()).is_some()).map(|whole| {
        let with = move |number: f64| {
            let mut layer = layer.get_untracked();
            if let Some(place) = (whole.place)(&mut layer) {
                *place = number as usize;
            }
            layer
        };
        let value = Signal::derive(move || (whole.place)(&mut layer.get()).map_or(0.0, |number| *number as f64));
        view! {
            <NumberField
                label=TextProp::from(move || (whole.label)(i18n)) value min=whole.least max=4096.0 whole=true
                on_input=Callback::new(move |number: f64| on_input.run(with(number)))
                on_change=move |number: f64| on_change.run(with(number))
            />
        }
    });
    let real = move |label: fn(I18n) -> &'static str, make: fn(f64) -> LayerSpec| {
        let value = Signal::derive(move || match layer.get() {
            LayerSpec::Dropout { probability } => probability,
            LayerSpec::LeakyRelu { slope } => slope,
            _ => 0.0,
        });
        view! {
            <NumberField
                label=TextProp::from(move || label(i18n)) value min=0.0 max=0.99 step=0.05
                on_change=move |number: f64| on_change.run(make(number))
            />
        }
    };
    let real = match first {
        LayerSpec::Dropout { .. } => {
            Some(real(|i18n| t_string!(i18n, train.probability), |probability| LayerSpec::Dropout { probability }))
        }
        LayerSpec::LeakyRelu { .. } => {
            Some(real(|i18n| t_string!(i18n, train.slope), |slope| LayerSpec::LeakyRelu { slope }))
        }
        _ => None,
    };
    view! { <span class="layer-sizes">{whole.collect_view()} {real}</span> }
}
