//! A matrix as a picture: an activation map, a weight, a Jacobian. Amounts in viridis, signed numbers on the diverging
//! scale with a hatch over the negative ones where cells are large enough, so that no sign is told by colour alone.
//! Hover or arrow keys read one cell; a switch shows all as a table.

use super::number_field::show_number;
use super::table_toggle::TableToggle;
use crate::explain::mosaic::GAP;
use crate::ui::i18n::{t_string, use_i18n};
use crate::ui::theme::{Palette, Rgb, css, mix, use_palette};
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::Arc;
use wasm_bindgen::{Clamped, JsCast};

/// Numbers in rows, shared without copying.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    pub width: usize,
    pub height: usize,
    /// Row by row, `width * height` of them.
    pub numbers: Arc<[f32]>,
}

/// Which colours stand for which numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// 0 to the largest number, viridis.
    Amounts,
    /// Minus to plus the largest size, diverging.
    Signed,
    /// Minus to plus this size: for several pictures that are to be compared.
    SignedTo(f32),
    /// 0 is paper, 1 is ink: as a drawing looks.
    Ink,
}

/// Paints the numbers into a canvas, one pixel each; the style sheet enlarges it without smoothing.
pub fn draw_values(canvas: &web_sys::HtmlCanvasElement, values: &Values, scale: Scale, palette: &Palette) {
    let (width, height) = (values.width as u32, values.height as u32);
    if values.numbers.is_empty() || values.numbers.len() != values.width * values.height {
        return;
    }
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let largest = values.numbers.iter().copied().filter(|number| number.is_finite()).fold(0.0_f32, |a, b| a.max(b.abs()));
    let unit = if largest > 0.0 { 1.0 / largest } else { 0.0 };
    // From a number to 0 ... 255, then to a colour by a table: this runs at every move of the pen.
    let (unit, zero, color): (f32, f32, Box<dyn Fn(f32) -> Rgb>) = match scale {
        Scale::Amounts => (255.0 * unit, 0.0, Box::new(Palette::amount)),
        Scale::Ink => (255.0, 0.0, Box::new(|share| mix(palette.surface, palette.ink, share))),
        Scale::Signed => (127.5 * unit, 127.5, Box::new(|share| palette.signed(share * 2.0 - 1.0))),
        Scale::SignedTo(size) => {
            let unit = if size > 0.0 { 127.5 / size } else { 0.0 };
            (unit, 127.5, Box::new(|share| palette.signed(share * 2.0 - 1.0)))
        }
    };
    let table: [Rgb; 256] = std::array::from_fn(|step| color(step as f32 / 255.0));
    let mut bytes = Vec::with_capacity(values.numbers.len() * 4);
    for &number in values.numbers.iter() {
        let [red, green, blue] = if number.to_bits() == GAP.to_bits() {
            palette.line
        } else if number.is_nan() {
            palette.muted
        } else {
            table[(number * unit + zero + 0.5).clamp(0.0, 255.0) as usize]
        };
        bytes.extend([red, green, blue, 255]);
    }
    let Ok(image) = web_sys::ImageData::new_with_u8_clamped_array_and_sh(Clamped(&bytes), width, height) else { return };
    if let Some(context) = context_2d(canvas) {
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

fn context_2d(canvas: &web_sys::HtmlCanvasElement) -> Option<web_sys::CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// A matrix that can be read: colours, the cell under the pointer or the keyboard's cursor, and a table.
#[component]
pub fn Heatmap(
    /// What the picture is, for those who cannot see it.
    #[prop(into)]
    label: TextProp,
    #[prop(into)] values: Signal<Values>,
    #[prop(into)] scale: Signal<Scale>,
    #[prop(optional)] test_id: &'static str,
    /// Offers the numbers as a table below.
    #[prop(optional)]
    table: bool,
    /// Tells of a click, or Enter, on the cell in this row and column.
    #[prop(into, optional)]
    on_choose: Option<Callback<(usize, usize)>>,
    /// Tells which cell is under the pointer or the keyboard's cursor, if any.
    #[prop(into, optional)]
    on_point: Option<Callback<Option<(usize, usize)>>>,
    /// The cell that was chosen: it keeps a frame.
    #[prop(into, optional)]
    chosen: Signal<Option<(usize, usize)>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    let cell = RwSignal::new(None::<(usize, usize)>);
    let point = move |now: Option<(usize, usize)>| {
        if cell.try_get_untracked().is_some_and(|before| before != now) {
            cell.set(now);
            if let Some(on_point) = on_point {
                on_point.run(now);
            }
        }
    };
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            values.with(|values| draw_values(&canvas, values, scale.get(), &palette.get()));
        }
    });
    let size = Memo::new(move |_| values.with(|values| (values.width, values.height)));
    let point_at = move |event: &web_sys::PointerEvent| {
        let canvas = canvas.get_untracked()?;
        let (width, height) = size.get_untracked();
        let rectangle = canvas.get_bounding_client_rect();
        let column = (event.client_x() as f64 - rectangle.left()) / rectangle.width() * width as f64;
        let row = (event.client_y() as f64 - rectangle.top()) / rectangle.height() * height as f64;
        ((0.0..width as f64).contains(&column) && (0.0..height as f64).contains(&row))
            .then_some((row as usize, column as usize))
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let (width, height) = size.get_untracked();
        let (row, column) = cell.get_untracked().unwrap_or((0, 0));
        let next = match event.key().as_str() {
            "ArrowRight" => (row, (column + 1).min(width.saturating_sub(1))),
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowDown" => ((row + 1).min(height.saturating_sub(1)), column),
            "ArrowUp" => (row.saturating_sub(1), column),
            "Enter" | " " => {
                if let Some(on_choose) = on_choose {
                    on_choose.run((row, column));
                }
                (row, column)
            }
            _ => return,
        };
        event.prevent_default();
        point(Some(next));
    };
    let reading = move || {
        let (row, column) = cell.get()?;
        let number = values.with(|values| values.numbers.get(row * values.width + column).copied())?;
        Some(t_string!(i18n, common.cell, row = row, column = column, value = show_number(f64::from(number))))
    };
    let marker = move |at: Option<(usize, usize)>, kept: bool| {
        let (row, column) = at?;
        let (width, height) = size.get();
        Some(view! {
            <span
                class="heatmap-cell"
                data-kept=kept.to_string()
                style:left=format!("{}%", 100.0 * column as f64 / width as f64)
                style:top=format!("{}%", 100.0 * row as f64 / height as f64)
                style:width=format!("{}%", 100.0 / width as f64)
                style:height=format!("{}%", 100.0 / height as f64)
            ></span>
        })
    };
    let rows = Signal::derive(move || {
        values.with(|values| {
            let head = std::iter::once(String::new()).chain((0..values.width).map(|column| column.to_string())).collect();
            let body = values.numbers.chunks(values.width.max(1)).enumerate().map(|(row, numbers)| {
                std::iter::once(row.to_string())
                    .chain(numbers.iter().map(|number| show_number(f64::from(*number))))
                    .collect()
            });
            std::iter::once(head).chain(body).collect::<Vec<Vec<String>>>()
        })
    });
    let name = label.clone();
    let picture = view! {
        <figure class="heatmap">
            <div
                class="heatmap-picture"
                role="img"
                tabindex="0"
                aria-label=move || {
                    let reading = reading().map(|reading| format!(". {reading}")).unwrap_or_default();
                    format!("{}{reading}", name.get())
                }
                data-testid=(!test_id.is_empty()).then_some(test_id)
                on:pointermove=move |event| point(point_at(&event))
                on:pointerleave=move |_| point(None)
                on:click=move |_| if let (Some(on_choose), Some(cell)) = (on_choose, cell.get_untracked()) { on_choose.run(cell) }
                on:keydown=on_key
                on:blur=move |_| point(None)
            >
                <canvas node_ref=canvas data-hatched=move || matches!(scale.get(), Scale::Signed | Scale::SignedTo(_)).to_string()></canvas>
                <Hatch values scale />
                {move || marker(chosen.get(), true)}
                {move || marker(cell.get(), false)}
            </div>
            <figcaption class="number">{move || reading().unwrap_or_else(|| "\u{a0}".into())}</figcaption>
        </figure>
    };
    if table { view! { <TableToggle rows>{picture}</TableToggle> }.into_any() } else { picture.into_any() }
}

/// A thin stroke over each negative cell, where there are few enough cells for strokes to be seen.
#[component]
fn Hatch(values: Signal<Values>, scale: Signal<Scale>) -> impl IntoView {
    const MOST_CELLS: usize = 400;
    let palette = use_palette();
    move || {
        let signed = matches!(scale.get(), Scale::Signed | Scale::SignedTo(_));
        let values = values.get();
        (signed && values.numbers.len() <= MOST_CELLS).then(|| {
            let strokes: String = (0..values.numbers.len())
                .filter(|index| values.numbers[*index] < 0.0)
                .map(|index| format!("M{}.3 {}.7l.4-.4", index % values.width, index / values.width))
                .collect();
            view! {
                <svg class="heatmap-hatch" aria-hidden="true" preserveAspectRatio="none" viewBox=format!("0 0 {} {}", values.width, values.height)>
                    <path d=strokes stroke=css(palette.get().ink) stroke-width="0.06" fill="none"></path>
                </svg>
            }
        })
    }
}
