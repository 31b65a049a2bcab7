//! What of a network is looked at: which layer is open, what all pictures show, which number is chosen or pointed at; and how
//! numbers become a picture.

use crate::explain::mosaic::Mosaic;
use crate::explain::network_trace::{LayerView, NetworkTrace, Values};
use crate::ui::components::{Scale, Values as Picture};
use crate::ui::route::{Setting, use_setting, use_setting_where};
use leptos::prelude::*;
use std::sync::Arc;

/// What all pictures show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Show {
    Activations,
    Gradients,
    Weights,
    WeightGradients,
}

impl Show {
    fn named(name: &str) -> Show {
        match name {
            "gradients" => Show::Gradients,
            "weights" => Show::Weights,
            "weight-gradients" => Show::WeightGradients,
            _ => Show::Activations,
        }
    }

    /// The numbers of a layer for one image of the batch; none where the layer has no such numbers.
    pub fn of(self, view: &LayerView, image: usize) -> Option<Values> {
        let one = |values: &Values| Values { shape: values.shape[1..].to_vec(), data: values.image(image).into() };
        match self {
            Show::Activations => Some(one(&view.output)),
            Show::Gradients => Some(one(&view.output_gradient)),
            Show::Weights => view.parameters.first().map(|parameter| parameter.value.clone()),
            Show::WeightGradients => view.parameters.first().map(|parameter| parameter.gradient.clone()),
        }
    }
}

/// The element that is taken apart as long as nobody has chosen one: the largest.
pub const LARGEST: usize = usize::MAX;

/// Which layer is open, what is shown of it, and which number of it. `Copy`.
#[derive(Clone, Copy)]
pub struct Focus {
    pub trace: Memo<Option<Arc<NetworkTrace>>>,
    /// Which image of the batch.
    pub image: Signal<usize>,
    pub layer: Setting<usize>,
    pub element: Setting<usize>,
    pub show: Setting<String>,
    pub kind: Memo<Show>,
    /// The open layer and its numbers; none where it has no such numbers.
    pub opened: Memo<Option<(usize, Values)>>,
    /// The chosen element, within one image.
    pub chosen: Memo<usize>,
    /// The element under the pointer or the keyboard's cursor.
    pub pointed: RwSignal<Option<usize>>,
    /// Whether such numbers are known already: in a walk they are not before their step.
    pub known: Signal<bool>,
}

impl Focus {
    /// From the address of the view that is shown.
    pub fn from_address(trace: Memo<Option<Arc<NetworkTrace>>>, image: Signal<usize>) -> Focus {
        let show = use_setting_where("show", "activations".to_string(), |text| {
            matches!(text.as_str(), "activations" | "gradients" | "weights" | "weight-gradients")
        });
        let layer = use_setting("layer", 0usize);
        let element = use_setting("element", LARGEST);
        let kind = Memo::new(move |_| Show::named(&show.get()));
        let opened = Memo::new(move |_| {
            trace.with(|trace| {
                let trace = trace.as_ref()?;
                let index = layer.get().min(trace.layers.len().checked_sub(1)?);
                Some((index, kind.get().of(&trace.layers[index], image.get())?))
            })
        });
        let chosen = Memo::new(move |_| {
            opened.with(|opened| {
                let numbers = opened.as_ref().map(|(_, values)| &values.data[..]).unwrap_or_default();
                match element.get() {
                    element if element < numbers.len() => element,
                    _ => (0..numbers.len()).fold(0, |best, k| if numbers[k].abs() > numbers[best].abs() { k } else { best }),
                }
            })
        });
        Focus {
            trace,
            image,
            layer,
            element,
            show,
            kind,
            opened,
            chosen,
            pointed: RwSignal::new(None),
            known: Signal::stored(true),
        }
    }

    /// The element that is pointed at, or else the chosen one; followed.
    pub fn looked_at(self) -> usize {
        self.pointed.get().unwrap_or_else(|| self.chosen.get())
    }

    /// Opens another layer.
    pub fn open(self, layer: usize) {
        self.pointed.set(None);
        self.layer.set(layer);
        self.element.set(LARGEST);
    }
}

/// A picture of numbers of any shape.
pub fn picture_of(values: &Values) -> (Arc<Mosaic>, Picture) {
    let mosaic = Mosaic::new(&values.shape);
    let picture = Picture { width: mosaic.width, height: mosaic.height, numbers: mosaic.numbers(&values.data).into() };
    (Arc::new(mosaic), picture)
}

/// Diverging colours where there are negative numbers.
pub fn scale_of(values: &Values) -> Scale {
    if values.data.iter().any(|value| *value < 0.0) { Scale::Signed } else { Scale::Amounts }
}

/// `10 × 24 × 24`
pub fn shape_text(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}
