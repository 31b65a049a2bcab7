//! Patch times kernel, cell by cell, with a number in each: for the input channel that adds most to an output.

use crate::explain::digits::plain_number;
use crate::explain::patch::Patch;
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::theme::{css, use_palette};
use leptos::prelude::*;

/// Kernels up to this size fit beside each other.
const WIDEST: usize = 7;

/// The three tables.
#[component]
pub fn PatchTables(patches: Vec<Patch>) -> impl IntoView {
    let i18n = use_i18n();
    let channels = patches.len();
    let strongest = patches.into_iter().max_by(|a, b| a.sum().abs().total_cmp(&b.sum().abs()));
    strongest.filter(|patch| patch.size <= WIDEST).map(|patch| {
        let sum = plain_number(patch.sum());
        let Patch { channel, size, input, kernel, products } = patch;
        let title = move || match channels {
            1 => t_string!(i18n, inspect.patch_only, sum = sum.clone()),
            _ => t_string!(i18n, inspect.patch_channel, channel = channel, channels = channels, sum = sum.clone()),
        };
        view! {
            <div class="patches">
                <p>{title}</p>
                <div class="patch-row">
                    <Cells title=t!(i18n, inspect.patch_input)().to_string() numbers=input size /> <span aria-hidden="true">"×"</span>
                    <Cells title=t!(i18n, inspect.patch_kernel)().to_string() numbers=kernel size /> <span aria-hidden="true">"="</span>
                    <Cells title=t!(i18n, inspect.patch_products)().to_string() numbers=products size />
                </div>
            </div>
        }
    })
}

/// A small table whose cells are coloured by sign and size.
#[component]
fn Cells(title: String, numbers: Vec<f64>, size: usize) -> impl IntoView {
    let palette = use_palette();
    let largest = numbers.iter().fold(f64::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
    let cell = move |number: f64| {
        // Half strength: the number on it is to be read in both themes.
        let colour = move || css(palette.get().signed((number / largest * 0.5) as f32));
        view! { <td style:background-color=colour>{short(number)}</td> }
    };
    let row = move |row: &[f64]| view! { <tr>{row.iter().map(|&number| cell(number)).collect_view()}</tr> };
    view! {
        <table class="patch">
            <caption class="small muted">{title}</caption>
            <tbody>{numbers.chunks(size.max(1)).map(row).collect_view()}</tbody>
        </table>
    }
}

/// Two digits, for narrow cells.
fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_string(),
        size if size < 0.005 => "≈0".to_string(),
        size if size < 9.95 => format!("{number:.2}").replace('-', "−"),
        _ => format!("{number:.0}").replace('-', "−"),
    }
}
