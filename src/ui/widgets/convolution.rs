//! The sliding kernel, the size of what comes out, and pooling.

use super::Handle;
use super::cells::{Shade, grid, rows};
use super::controls;
use crate::lessons::compute::convolution::{output_size, pool, slide};
use crate::lessons::compute::short;
use crate::ui::i18n::{t, use_i18n};
use leptos::prelude::*;

/// The widget `kernel`.
#[component]
pub fn Kernel(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let state = Memo::new(move |_| slide(&handle.values()).ok());
    let pick = Callback::new(move |(row, column): (usize, usize)| {
        handle.set_all(&vec![("row".into(), row.to_string()), ("column".into(), column.to_string())]);
    });
    let step = move |by: isize| {
        if let Some(slide) = state.get_untracked() {
            let count = slide.output_size * slide.output_size;
            let at = (slide.row * slide.output_size + slide.column) as isize + by;
            let at = at.rem_euclid(count as isize) as usize;
            pick.run((at / slide.output_size, at % slide.output_size));
        }
    };
    let picture = move || match state.get() {
        None => view! { <p class="field-error" aria-live="polite">{t!(i18n, learn.does_not_fit)}</p> }.into_any(),
        Some(slide) => {
            let padded = slide.padded;
            let shade = |at: usize| {
                let (row, column) = (at / padded, at % padded);
                let border = |at: usize| at < slide.padding || at >= padded - slide.padding;
                match slide.kernel_cell(row, column) {
                    Some(_) => Shade::Chosen,
                    None if border(row) || border(column) => Shade::Faint,
                    None => Shade::Plain,
                }
            };
            let here = slide.row * slide.output_size + slide.column;
            let products = slide.products();
            let terms: Vec<String> = products.iter().map(|(a, b)| format!("{a}·{b}")).collect();
            view! {
                <div class="widget-row">
                    {grid(t!(i18n, learn.picture)(), rows(&slide.picture, padded, shade), None)}
                    {grid(t!(i18n, learn.s_kernel)(), rows(&slide.kernel, slide.kernel_size, |_| Shade::Chosen), None)}
                    {grid(t!(i18n, learn.output_map)(), rows(&slide.output, slide.output_size, |at| if at == here { Shade::Strong } else { Shade::Plain }), Some(pick))}
                </div>
                <p class="widget-numbers number" aria-live="polite">{terms.join(" + ")} " = " <strong>{short(slide.value())}</strong></p>
            }
            .into_any()
        }
    };
    view! {
        <div class="widget-stage">{picture}</div>
        <div class="widget-buttons">
            <button type="button" on:click=move |_| step(-1) aria-label=t!(i18n, learn.step_back)>"<"</button>
            <button type="button" on:click=move |_| step(1) aria-label=t!(i18n, learn.step_on)>">"</button>
        </div>
        {controls::all(handle, &["row", "column"])}
    }
}

/// The widget `output-size`.
#[component]
pub fn OutputSize(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || {
        let of = |key: &str| handle.whole(key);
        let (input, kernel, padding, stride) = (of("in"), of("kernel"), of("padding"), of("stride"));
        match output_size(input, kernel, padding, stride) {
            Some(out) => {
                let exact = (input + 2 * padding - kernel) as f64 / stride as f64;
                let floor = if exact.fract() == 0.0 { String::new() } else { format!(" → {}", exact.floor()) };
                format!("({input} − {kernel} + 2·{padding}) / {stride} = {}{floor}, + 1 = {out}", short(exact))
            }
            None => t!(i18n, learn.does_not_fit)().to_owned(),
        }
    };
    view! {
        <div class="widget-stage"><p class="widget-formula number" aria-live="polite">{words}</p></div>
        {controls::all(handle, &[])}
    }
}

/// The widget `pooling`.
#[component]
pub fn Pooling(handle: Handle) -> impl IntoView {
    let i18n = use_i18n();
    let picture = move || match pool(&handle.values()) {
        Err(_) => view! { <p class="field-error" aria-live="polite">{t!(i18n, learn.does_not_fit)}</p> }.into_any(),
        Ok(pooled) => {
            let winner = |at: usize| if pooled.gradient.get(at) == Some(&1.0) { Shade::Strong } else { Shade::Plain };
            let block = |at: usize| {
                let (row, column) = (at / pooled.size / pooled.window, at % pooled.size / pooled.window);
                match (winner(at), (row + column) % 2) {
                    (Shade::Strong, _) => Shade::Strong,
                    (_, 0) => Shade::Chosen,
                    _ => Shade::Plain,
                }
            };
            view! {
                {grid(t!(i18n, learn.picture)(), rows(&pooled.picture, pooled.size, block), None)}
                <span class="widget-pair">"→" {grid("max", rows(&pooled.output, pooled.output_size, |_| Shade::Plain), None)}</span>
                <span class="widget-pair">"←" {grid(t!(i18n, learn.gradient)(), rows(&pooled.gradient, pooled.size, winner), None)}</span>
            }
            .into_any()
        }
    };
    view! {
        <div class="widget-stage widget-row">{picture}</div>
        <div class="widget-buttons">
            <button type="button" on:click=move |_| handle.set_number("seed", (handle.whole("seed") + 1) as f64)>{t!(i18n, learn.new_picture)}</button>
        </div>
        {controls::some(handle, &["size", "kernel"])}
    }
}
