//! All parameters and all outputs of layers with the size of their gradients, and how these are spread.

use super::subject::Subject;
use crate::explain::badges::histogram;
use crate::explain::digits::plain_number;
use crate::explain::network_trace::Values;
use crate::ui::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;

/// What a row shows.
#[derive(Clone, PartialEq)]
struct Sizes {
    value: f64,
    gradient: f64,
    spread: String,
    /// The largest gradient: where the histogram ends.
    largest: f64,
}

impl Sizes {
    fn of(value: &Values, gradient: &Values) -> Sizes {
        let largest = gradient.data.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        Sizes {
            value: value.norm(),
            gradient: gradient.norm(),
            spread: bars(&gradient.data, largest),
            largest: f64::from(largest),
        }
    }
}

/// The table. A parameter can be chosen in it.
#[component]
pub fn Norms(
    subject: Subject,
    names: Memo<Vec<String>>,
    #[prop(into)] chosen: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let layers = Memo::new(move |_| {
        let names = |trace: &std::sync::Arc<crate::explain::network_trace::NetworkTrace>| {
            trace.layers.iter().map(|view| (view.index, view.layer.to_string())).collect::<Vec<_>>()
        };
        subject.trace.with(|trace| trace.as_ref().map(names).unwrap_or_default())
    });
    let parameter = move |own: String| {
        let sizes = {
            let own = own.clone();
            Memo::new(move |_| {
                subject.trace.with(|trace| {
                    let parameter = trace.as_ref()?.parameter(&own)?;
                    Some(Sizes::of(&parameter.value, &parameter.gradient))
                })
            })
        };
        let (wanted, pressed) = (own.clone(), own.clone());
        view! {
            <tr>
                <th scope="row">
                    <button type="button" class="quiet small" aria-pressed=move || (chosen.get() == pressed).to_string()
                        on:click=move |_| on_choose.run(wanted.clone())>{own.clone()}</button>
                </th>
                <Cells sizes test_id=format!("gradient-{own}") />
            </tr>
        }
    };
    let layer = move |(index, name): (usize, String)| {
        let sizes = Memo::new(move |_| {
            subject
                .trace
                .with(|trace| trace.as_ref()?.layers.get(index).map(|view| Sizes::of(&view.output, &view.output_gradient)))
        });
        view! {
            <tr>
                <th scope="row">{move || t_string!(i18n, inspect.output_of, number = index + 1, name = name.clone())}</th>
                <Cells sizes test_id=format!("gradient-layer-{index}") />
            </tr>
        }
    };
    view! {
        <div class="table-scroll" tabindex="0">
            <table class="numbers norms">
                <thead><tr>
                    <th scope="col">{t!(i18n, inspect.parameter)}</th><th scope="col">{t!(i18n, inspect.norm)}</th>
                    <th scope="col">{t!(i18n, inspect.gradient_norm)}</th><th scope="col">{t!(i18n, inspect.histogram)}</th>
                </tr></thead>
                <tbody>{move || names.get().into_iter().map(parameter).collect_view()}</tbody>
                <thead><tr>
                    <th scope="col">{t!(i18n, inspect.output)}</th><th scope="col">{t!(i18n, inspect.norm_output)}</th>
                    <th scope="col">{t!(i18n, inspect.gradient_norm_output)}</th><th scope="col">{t!(i18n, inspect.histogram)}</th>
                </tr></thead>
                <tbody>{move || layers.get().into_iter().map(layer).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Cells(sizes: Memo<Option<Sizes>>, test_id: String) -> impl IntoView {
    let with = move |read: fn(&Sizes) -> String| sizes.with(|sizes| sizes.as_ref().map(read).unwrap_or_default());
    view! {
        <td>{move || with(|sizes| plain_number(sizes.value))}</td>
        <td data-testid=test_id data-value=move || with(|sizes| sizes.gradient.to_string())>{move || with(|sizes| plain_number(sizes.gradient))}</td>
        <td class="spread">
            <svg class="spark" viewBox="0 0 40 20" aria-hidden="true"><path d=move || with(|sizes| sizes.spread.clone())></path></svg>
            <span class="small muted">{move || with(|sizes| format!("±{}", plain_number(sizes.largest)))}</span>
        </td>
    }
}

/// A histogram as an SVG path, 40 wide and 20 high, from minus to plus the largest.
fn bars(values: &[f32], largest: f32) -> String {
    const BINS: usize = 20;
    let size = f64::from(largest.max(f32::MIN_POSITIVE));
    let counts = histogram(values, -size, size, BINS);
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    // Logarithmic: nearly all gradients of a layer are close to zero.
    let height = |count: u32| (f64::from(count) + 1.0).ln() / (f64::from(most) + 1.0).ln() * 19.0;
    counts.iter().enumerate().map(|(bin, &count)| format!("M{} 20v-{:.1}h1.6V20z", bin * 2, height(count))).collect()
}
