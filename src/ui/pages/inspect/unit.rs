//! One number of a layer taken apart: the products that sum to it, or the one op that made it, for values, gradients and
//! weights alike.

use super::focus::Show;
use super::patch::PatchTables;
use crate::explain::connections::reads;
use crate::explain::digits::{DIGITS, agreeing, factors, plain_number};
use crate::explain::network_trace::{LayerView, NetworkTrace, Values};
use crate::explain::passing::passed;
use crate::explain::patch::patches;
use crate::explain::products::{
    Place, Product, Sum, bias_gradient_sum, input_gradient_sum, output_sum, weight_gradient_sum,
};
use crate::ui::i18n::{I18n, t_string};
use leptos::prelude::*;

/// How many inputs of a window are written out.
const WRITTEN: usize = 9;
/// How many products of a sum are listed.
const LISTED: usize = 12;

/// What a number of layer `index` is made of. `element` counts within one image, or within the weight.
pub fn unit_view(
    i18n: I18n,
    trace: &NetworkTrace,
    index: usize,
    image: usize,
    kind: Show,
    element: usize,
) -> impl IntoView + use<> {
    let view = &trace.layers[index];
    let whole = element + image * view.output.image(0).len();
    let parts = match kind {
        Show::Activations => output_parts(i18n, view, whole),
        Show::Gradients => gradient_parts(i18n, trace, index, whole),
        Show::Weights | Show::WeightGradients => {
            let title = t_string!(i18n, inspect.sum_weight).to_string();
            weight_gradient_sum(view, element).ok().map(|sum| sum_view(i18n, title, sum, view).into_any())
        }
    };
    view! { <div class="unit-parts">{parts}</div> }
}

fn output_parts(i18n: I18n, view: &LayerView, output: usize) -> Option<AnyView> {
    if let Ok(sum) = output_sum(view, output) {
        let patches = patches(view, output).ok().map(|patches| view! { <PatchTables patches /> });
        let sum = sum_view(i18n, t_string!(i18n, inspect.sum_output).to_string(), sum, view);
        return Some(view! { {patches} {sum} }.into_any());
    }
    let inputs = reads(view, output);
    let number = |value: Option<&f32>| plain_number(value.map_or(f64::NAN, |&value| f64::from(value)));
    let mut shown: Vec<String> = inputs.iter().take(WRITTEN).map(|&input| number(view.input.data.get(input))).collect();
    if inputs.len() > WRITTEN {
        shown.push("…".to_string());
    }
    let line = format!("{}({}) = {}", view.layer, shown.join(", "), number(view.output.data.get(output)));
    Some(view! { <pre class="rule-code"><code>{line}</code></pre> }.into_any())
}

/// The gradient of an output is what the next layer sends back to its input; at the end, p - y.
fn gradient_parts(i18n: I18n, trace: &NetworkTrace, index: usize, output: usize) -> Option<AnyView> {
    let Some(next) = trace.layers.get(index + 1) else {
        let (p, gradient) = (*trace.probabilities.data.get(output)?, *trace.logits_gradient.data.get(output)?);
        let classes = trace.probabilities.image(0).len().max(1);
        let y = u8::from(trace.labels.get(output / classes) == Some(&(output % classes)));
        let images = if trace.images() > 1 { format!(" / {}", trace.images()) } else { String::new() };
        let (open, close) = if images.is_empty() { ("", "") } else { ("(", ")") };
        let of_images = |p: &[f64]| (p[0] - f64::from(y)) / trace.images() as f64;
        let p = agreeing(&[f64::from(p)], f64::from(gradient), DIGITS, of_images).texts.concat();
        let gradient = plain_number(f64::from(gradient));
        return Some(
            view! {
                <p>{t_string!(i18n, inspect.sum_logit)}</p>
                <pre class="rule-code"><code>{format!("{open}{p} − {y}{close}{images} = {gradient}")}</code></pre>
            }
            .into_any(),
        );
    };
    if let Ok(sum) = input_gradient_sum(next, output) {
        let title = t_string!(i18n, inspect.sum_input, number = next.index + 1, name = next.layer);
        return Some(sum_view(i18n, title, sum, next).into_any());
    }
    let found = passed(next, output)?;
    let (number, name) = (next.index + 1, next.layer);
    Some(match found.slope {
        Some(slope) => {
            let (upstream, factor) = factors(found.upstream, slope);
            let line = format!("{upstream} × {factor} = {}", plain_number(found.product));
            view! {
                <p>{t_string!(i18n, inspect.passes, number = number, name = name)}</p>
                <pre class="rule-code"><code>{line}</code></pre>
            }
            .into_any()
        }
        None => view! { <p>{t_string!(i18n, inspect.passes_nothing, number = number, name = name)}</p> }.into_any(),
    })
}

/// The sum that makes the gradient of an element of a parameter, for all images.
pub fn parameter_sum(i18n: I18n, trace: &NetworkTrace, name: &str, element: usize) -> Option<AnyView> {
    let view = trace.layers.iter().find(|view| view.parameters.iter().any(|parameter| parameter.name == name))?;
    let sum = match name.ends_with(".bias") {
        true => bias_gradient_sum(view, element).ok()?,
        false => weight_gradient_sum(view, element).ok()?,
    };
    Some(sum_view(i18n, t_string!(i18n, inspect.sum_weight).to_string(), sum, view).into_any())
}

/// How a factor of a product is called: `a[3,4]`, `w[0,1,2,3]`, `δ[7]`.
fn name_of(place: Place, view: &LayerView) -> String {
    let text = |values: &Values, index: usize, skip: usize| {
        values.position(index).iter().skip(skip).map(usize::to_string).collect::<Vec<_>>().join(",")
    };
    let skip = usize::from(view.input.shape.first() == Some(&1));
    match place {
        Place::Input(index) => format!("a[{}]", text(&view.input, index, skip)),
        Place::Output(index) => format!("δ[{}]", text(&view.output, index, skip)),
        Place::Weight(index) => {
            format!("w[{}]", view.parameters.first().map(|p| text(&p.value, index, 0)).unwrap_or_default())
        }
        Place::One => "1".to_string(),
    }
}

/// A sum written out: the products that weigh most, how many more there are, the bias, the total.
fn sum_view(i18n: I18n, title: String, sum: Sum, view: &LayerView) -> impl IntoView + use<> {
    let row = |product: Product| {
        let (left, right) = factors(product.left, product.right);
        view! {
            <tr>
                <th scope="row">{format!("{} · {}", name_of(product.left_place, view), name_of(product.right_place, view))}</th>
                <td>{left}</td>
                <td>"×"</td>
                <td>{right}</td>
                <td>"="</td>
                <td>{plain_number(product.value())}</td>
            </tr>
        }
    };
    let last = |title: String, number: f64| {
        view! { <tr><th scope="row">{title}</th><td></td><td></td><td></td><td>"="</td><td>{plain_number(number)}</td></tr> }
    };
    let (count, total, bias, shown) = (sum.products.len(), sum.total, sum.bias, sum.shown);
    let largest = sum.largest(LISTED);
    let rest: f64 = total - bias.unwrap_or(0.0) - largest.iter().map(Product::value).sum::<f64>();
    let left = count.saturating_sub(largest.len());
    view! {
        <div class="sum" data-testid="sum" data-total=total.to_string() data-shown=shown.to_string() data-count=count>
            <p>{title}</p>
            <div class="table-scroll" tabindex="0">
                <table class="numbers">
                    <tbody>
                        {largest.into_iter().map(row).collect_view()}
                        {(left > 0).then(|| last(t_string!(i18n, inspect.more_products, count = left), rest))}
                        {bias.map(|bias| last(t_string!(i18n, inspect.bias).to_string(), bias))}
                        <tr class="sum-total">
                            <th scope="row">{t_string!(i18n, inspect.sum_of, count = count)}</th><td></td><td></td><td></td><td>"="</td><td>{plain_number(total)}</td>
                        </tr>
                    </tbody>
                </table>
            </div>
        </div>
    }
}
