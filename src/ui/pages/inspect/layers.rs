//! The network as a row of layers, each a picture; one opens large, and one unit of it is taken apart.

use super::subject::Subject;
use crate::explain::badges::{NotFinite, badges, first_not_finite};
use crate::explain::formula::plain_number;
use crate::explain::mosaic::Mosaic;
use crate::explain::network_trace::{LayerView, NetworkTrace, Values};
use crate::explain::products::{Place, Product, Sum, input_gradient_sum, output_sum, receptive_field};
use crate::ui::components::{Heatmap, Scale, Segmented, Values as Picture, draw_values, options};
use crate::ui::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::route::{Setting, use_setting, use_setting_where};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
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

    /// The numbers of a layer, without the batch axis; none where the layer has no such numbers.
    fn of(self, view: &LayerView) -> Option<Values> {
        let batchless = |values: &Values| Values { shape: values.shape[1..].to_vec(), data: values.data.clone() };
        match self {
            Show::Activations => Some(batchless(&view.output)),
            Show::Gradients => Some(batchless(&view.output_gradient)),
            Show::Weights => view.parameters.first().map(|parameter| parameter.value.clone()),
            Show::WeightGradients => view.parameters.first().map(|parameter| parameter.gradient.clone()),
        }
    }
}

/// A picture of numbers of any shape.
fn picture_of(values: &Values) -> (Arc<Mosaic>, Picture) {
    let mosaic = Mosaic::new(&values.shape);
    let picture = Picture { width: mosaic.width, height: mosaic.height, numbers: mosaic.numbers(&values.data).into() };
    (Arc::new(mosaic), picture)
}

fn scale_of(values: &Values) -> Scale {
    if values.data.iter().any(|value| *value < 0.0) { Scale::Signed } else { Scale::Amounts }
}

/// Strips, the opened layer, the unit.
#[component]
pub fn Layers(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let show = use_setting_where("show", "activations".to_string(), |text| {
        matches!(text.as_str(), "activations" | "gradients" | "weights" | "weight-gradients")
    });
    let layer = use_setting("layer", 0usize);
    let element = use_setting("element", 0usize);
    let kind = Memo::new(move |_| Show::named(&show.get()));
    let choices = Signal::derive(move || {
        options([
            ("activations", TextProp::from(t!(i18n, inspect.activations))),
            ("gradients", TextProp::from(t!(i18n, inspect.gradients))),
            ("weights", TextProp::from(t!(i18n, inspect.weights))),
            ("weight-gradients", TextProp::from(t!(i18n, inspect.weight_gradients))),
        ])
    });
    let count = Memo::new(move |_| subject.trace.with(|trace| trace.as_ref().map_or(0, |trace| trace.layers.len())));
    let notice = move || {
        subject.trace.with(|trace| first_not_finite(trace.as_ref()?)).map(|place| nan_sentence(i18n, subject, &place))
    };
    view! {
        <section class="inspect-layers" aria-label=t!(i18n, inspect.layers)>
            <Segmented label=t!(i18n, inspect.show) options=choices value=show.signal() on_change=Callback::new(move |value| show.set(value)) test_id="show" />
            {move || notice().map(|text| view! { <p class="problem-sentence" data-testid="first-nan">{text}</p> })}
            <ol class="strips">
                <li class="strip strip-image"><ImageCard subject layer element kind /></li>
                {move || (0..count.get()).map(|index| view! { <li class="strip"><Strip subject index layer element kind /></li> }).collect_view()}
            </ol>
            <OpenLayer subject layer element kind />
        </section>
    }
}

fn nan_sentence(i18n: I18n, subject: Subject, place: &NotFinite) -> String {
    let name = |index: usize| {
        subject.trace.with(|trace| trace.as_ref().map(|trace| trace.layers[index].layer.to_string()).unwrap_or_default())
    };
    match place {
        NotFinite::Image => t_string!(i18n, inspect.nan_image).to_string(),
        NotFinite::Parameter(parameter) => t_string!(i18n, inspect.nan_parameter, name = parameter),
        NotFinite::Layer(index) => t_string!(i18n, inspect.nan_layer, name = name(*index), number = index + 1),
        NotFinite::Loss => t_string!(i18n, inspect.nan_loss).to_string(),
        NotFinite::Gradient(index) => t_string!(i18n, inspect.nan_gradient, name = name(*index), number = index + 1),
    }
}

/// The image, with what reaches the chosen unit marked.
#[component]
fn ImageCard(subject: Subject, layer: Setting<usize>, element: Setting<usize>, kind: Memo<Show>) -> impl IntoView {
    let i18n = use_i18n();
    let values = Signal::derive(move || {
        let numbers: Arc<[f32]> = match kind.get() {
            Show::Gradients => subject
                .trace
                .with(|trace| trace.as_ref()?.layers.first().map(|view| view.input_gradient.data.clone()))
                .unwrap_or_default(),
            _ => subject.picture.get().map(|picture| picture.as_slice().into()).unwrap_or_default(),
        };
        Picture { width: 28, height: 28, numbers }
    });
    let field = move || {
        let trace = subject.trace.get()?;
        let index = layer.get().min(trace.layers.len().checked_sub(1)?);
        if !matches!(kind.get(), Show::Activations | Show::Gradients)
            || element.get() >= trace.layers[index].output.data.len()
        {
            return None;
        }
        let pixels = receptive_field(&trace.layers, index, element.get());
        let (first, last) = (*pixels.first()?, *pixels.last()?);
        let left = pixels.iter().map(|pixel| pixel % 28).min()?;
        let right = pixels.iter().map(|pixel| pixel % 28).max()?;
        let (top, bottom) = (first / 28, last / 28);
        let share = |cells: usize| format!("{:.2}%", cells as f64 / 28.0 * 100.0);
        Some(view! {
            <span
                class="field-mark"
                style:left=share(left)
                style:top=share(top)
                style:width=share(right + 1 - left)
                style:height=share(bottom + 1 - top)
            ></span>
        })
    };
    view! {
        <div class="strip-card">
            <span class="strip-name">{t!(i18n, inspect.image)}</span>
            <div class="strip-picture"><Thumbnail values=values scale=Signal::derive(|| Scale::Signed) />{field}</div>
            <span class="muted small">"1 × 28 × 28"</span>
        </div>
    }
}

/// A small picture without words.
#[component]
fn Thumbnail(values: Signal<Picture>, scale: Signal<Scale>) -> impl IntoView {
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            values.with(|values| draw_values(&canvas, values, scale.get(), &palette.get()));
        }
    });
    view! { <canvas class="thumbnail" aria-hidden="true" node_ref=canvas></canvas> }
}

fn shape_text(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

#[component]
fn Strip(subject: Subject, index: usize, layer: Setting<usize>, element: Setting<usize>, kind: Memo<Show>) -> impl IntoView {
    let i18n = use_i18n();
    let with = move |read: &dyn Fn(&NetworkTrace) -> Option<Values>| subject.trace.with(|trace| read(trace.as_ref()?));
    let values = Memo::new(move |_| with(&|trace| kind.get().of(trace.layers.get(index)?)));
    let picture = Signal::derive(move || {
        values.with(|values| values.as_ref().map(|values| picture_of(values).1)).unwrap_or(Picture {
            width: 1,
            height: 1,
            numbers: Arc::new([f32::NAN]),
        })
    });
    let scale = Signal::derive(move || values.with(|values| values.as_ref().map_or(Scale::Amounts, scale_of)));
    let name = Memo::new(move |_| {
        subject.trace.with(|trace| {
            trace.as_ref().and_then(|trace| trace.layers.get(index).map(|view| view.layer.to_string())).unwrap_or_default()
        })
    });
    let marks = move || {
        let found = subject.trace.with(|trace| badges(trace.as_ref()?).into_iter().nth(index))?;
        let mut texts = Vec::new();
        if let Some(share) = found.dead_share().filter(|share| *share > 0.0) {
            texts.push(t_string!(i18n, inspect.silent, percent = format!("{:.0}", share * 100.0)));
        }
        if let Some(share) = found.saturated.filter(|share| *share > 0.0) {
            texts.push(t_string!(i18n, inspect.saturated, percent = format!("{:.0}", share * 100.0)));
        }
        if found.vanishing() {
            texts.push(t_string!(i18n, inspect.vanishing).to_string());
        }
        if found.exploding() {
            texts.push(t_string!(i18n, inspect.exploding).to_string());
        }
        Some(view! {
            <span class="strip-badges">
                {texts.into_iter().map(|text| view! { <span class="badge">{text}</span> }).collect_view()}
            </span>
        })
    };
    let shape = move || {
        values.with(|values| {
            values
                .as_ref()
                .map_or_else(|| t_string!(i18n, inspect.no_weights).to_string(), |values| shape_text(&values.shape))
        })
    };
    view! {
        <button
            type="button"
            class="strip-card"
            data-testid=format!("layer-{index}")
            aria-pressed=move || (layer.get() == index).to_string()
            title=move || t_string!(i18n, inspect.open_layer, number = index + 1, name = name.get())
            on:click=move |_| { layer.set(index); element.set(0); }
        >
            <span class="strip-name">{move || name.get()}</span>
            <span class="strip-picture"><Thumbnail values=picture scale=scale /></span>
            <span class="muted small">{shape}</span>
            {marks}
        </button>
    }
}

/// The chosen layer, large, and one number of it.
#[component]
fn OpenLayer(subject: Subject, layer: Setting<usize>, element: Setting<usize>, kind: Memo<Show>) -> impl IntoView {
    let i18n = use_i18n();
    let opened = Memo::new(move |_| {
        subject.trace.with(|trace| {
            let trace = trace.as_ref()?;
            let index = layer.get().min(trace.layers.len().checked_sub(1)?);
            let view = trace.layers[index].clone();
            let values = kind.get().of(&view)?;
            Some((Arc::new(view), values))
        })
    });
    let picture = Memo::new(move |_| opened.with(|opened| opened.as_ref().map(|(_, values)| picture_of(values))));
    let shown = Signal::derive(move || {
        picture.with(|picture| picture.as_ref().map(|(_, picture)| picture.clone())).unwrap_or(Picture {
            width: 1,
            height: 1,
            numbers: Arc::new([f32::NAN]),
        })
    });
    let scale =
        Signal::derive(move || opened.with(|opened| opened.as_ref().map_or(Scale::Amounts, |(_, values)| scale_of(values))));
    let choose = Callback::new(move |(row, column): (usize, usize)| {
        let found = picture.with_untracked(|picture| picture.as_ref().and_then(|(mosaic, _)| mosaic.element(row, column)));
        if let Some(found) = found {
            element.set(found);
        }
    });
    let title = move || {
        opened.with(|opened| match opened {
            Some((view, values)) => {
                t_string!(
                    i18n,
                    inspect.layer_title,
                    number = view.index + 1,
                    name = view.layer,
                    shape = shape_text(&values.shape)
                )
            }
            None => t_string!(i18n, inspect.no_weights).to_string(),
        })
    };
    let shape_wide = move || {
        opened.with(|opened| opened.as_ref().is_some_and(|_| shown.with(|picture| picture.width > 3 * picture.height)))
    };
    view! {
        <div class="open-layer panel" data-wide=move || shape_wide().to_string()>
            <div class="open-picture">
                <h2>{title}</h2>
                <Heatmap label=title values=shown scale=scale test_id="open-layer" on_choose=choose />
                <p class="muted small">{t!(i18n, inspect.choose_unit)}</p>
            </div>
            <div class="unit" data-testid="unit">
                {move || opened.get().map(|(view, values)| unit_view(i18n, &view, &values, kind.get(), element))}
            </div>
        </div>
    }
}

fn unit_view(i18n: I18n, view: &LayerView, values: &Values, kind: Show, element: Setting<usize>) -> impl IntoView + use<> {
    let chosen = element.get().min(values.data.len().saturating_sub(1));
    let number = values.data.get(chosen).copied().unwrap_or(f32::NAN);
    let position = values.position(chosen).iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let sum = match kind {
        Show::Activations => output_sum(view, chosen).ok(),
        Show::Weights | Show::WeightGradients => crate::explain::products::weight_gradient_sum(view, chosen).ok(),
        Show::Gradients => None,
    };
    let into_sum =
        (kind == Show::Gradients).then(|| input_gradient_sum(view, chosen.min(view.input.data.len() - 1)).ok()).flatten();
    let pre = (kind == Show::Activations && sum.is_none()).then(|| {
        let read = crate::explain::products::reads(view, chosen);
        let inputs: Vec<String> = read
            .iter()
            .take(9)
            .filter_map(|&input| view.input.data.get(input))
            .map(|&x| plain_number(f64::from(x)))
            .collect();
        format!("{}({}) = {}", view.layer, inputs.join(", "), plain_number(f64::from(number)))
    });
    let max = values.data.len().saturating_sub(1) as f64;
    view! {
        <h3>{t_string!(i18n, inspect.unit_title, position = position)}</h3>
        <crate::ui::components::NumberField label=t!(i18n, inspect.unit_number) value=Signal::derive(move || chosen as f64) min=0.0 max=max whole=true
            on_change=Callback::new(move |value: f64| element.set(value as usize)) test_id="element" />
        <p class="unit-value"><output data-testid="unit-value" data-value=number.to_string()>{plain_number(f64::from(number))}</output></p>
        {pre.map(|text| view! { <pre class="rule-code"><code>{text}</code></pre> })}
        {sum.map(|sum| {
            let title = match kind {
                Show::Activations => t_string!(i18n, inspect.sum_output),
                _ => t_string!(i18n, inspect.sum_weight),
            };
            sum_view(i18n, title.to_string(), sum, view)
        })}
        {into_sum.map(|sum| sum_view(i18n, t_string!(i18n, inspect.sum_input).to_string(), sum, view))}
    }
}

/// A sum written out: the products that weigh most, how many more there are, the bias, the total.
pub fn sum_view(i18n: I18n, title: String, sum: Sum, view: &LayerView) -> impl IntoView + use<> {
    const SHOWN: usize = 12;
    let place = |place: Place, view: &LayerView| {
        let text = |values: &Values, index: usize, skip: usize| {
            values.position(index).iter().skip(skip).map(usize::to_string).collect::<Vec<_>>().join(",")
        };
        let images = view.input.shape[0] > 1;
        match place {
            Place::Input(index) => format!("a[{}]", text(&view.input, index, usize::from(!images))),
            Place::Output(index) => format!("δ[{}]", text(&view.output, index, usize::from(!images))),
            Place::Weight(index) => {
                format!("w[{}]", view.parameters.first().map(|p| text(&p.value, index, 0)).unwrap_or_default())
            }
            Place::One => "1".to_string(),
        }
    };
    let row = |product: Product| {
        view! {
            <tr>
                <th scope="row">{format!("{} · {}", place(product.left_place, view), place(product.right_place, view))}</th>
                <td>{plain_number(product.left)}</td>
                <td>"×"</td>
                <td>{plain_number(product.right)}</td>
                <td>"="</td>
                <td>{plain_number(product.value())}</td>
            </tr>
        }
    };
    let (count, total, bias, shown) = (sum.products.len(), sum.total, sum.bias, sum.shown);
    let largest = sum.largest(SHOWN);
    let rest: f64 = total - bias.unwrap_or(0.0) - largest.iter().map(Product::value).sum::<f64>();
    let left = count.saturating_sub(largest.len());
    view! {
        <div class="sum" data-testid="sum" data-total=total.to_string() data-shown=shown.to_string() data-count=count>
            <p>{title}</p>
            <div class="table-scroll" tabindex="0">
                <table class="numbers">
                    <tbody>
                        {largest.into_iter().map(row).collect_view()}
                        {(left > 0).then(|| view! {
                            <tr><th scope="row">{t_string!(i18n, inspect.more_products, count = left)}</th><td></td><td></td><td></td><td>"="</td><td>{plain_number(rest)}</td></tr>
                        })}
                        {bias.map(|bias| view! {
                            <tr><th scope="row">{t_string!(i18n, inspect.bias)}</th><td></td><td></td><td></td><td>"="</td><td>{plain_number(bias)}</td></tr>
                        })}
                        <tr class="sum-total">
                            <th scope="row">{t_string!(i18n, inspect.sum_of, count = count)}</th><td></td><td></td><td></td><td>"="</td><td>{plain_number(total)}</td>
                        </tr>
                    </tbody>
                </table>
            </div>
        </div>
    }
}
