//! The points of the lab with the live decision map below them.

use super::own::{Own, OwnButtons, OwnField};
use super::state::LabState;
use crate::data::points::Points;
use crate::lessons::compute::lab::Lab;
use crate::ui::components::{Scale, Thumbnail, Values};
use crate::ui::i18n::{t, use_i18n};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast};

/// Cells of the map along a side.
const MAP: usize = 64;
/// The same of a fold.
const FOLD_MAP: usize = 40;
/// The map shows places from minus this to this.
pub const REACH: f64 = 1.6;
/// How many points of a kind are drawn.
const MOST_POINTS: usize = 600;

/// Map and points.
#[component]
pub fn PointMap(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), epoch, palette) = (canvas.get(), state.epoch(), palette.get()) else { return };
        state.records.track();
        let Some(map) = state.lab.with_value(|lab| lab.as_ref().and_then(|lab| lab.map(epoch, MAP).ok())) else { return };
        let colours = map.into_iter().flat_map(|probability| {
            let [red, green, blue] = palette.signed((probability * 2.0 - 1.0) * 0.75);
            [red, green, blue, 255]
        });
        paint(&canvas, &colours.collect::<Vec<u8>>());
    });
    let own = Own::of(state.handle);
    let is_own = Memo::new(move |_| state.handle.text("set") == "own");
    let dots = move || {
        // Too few make no run; they are drawn all the same.
        if is_own.get() && state.too_few.get().is_some() {
            return Some((dots(&Points::default(), Kind::Held), dots(&own.points(), Kind::Train)));
        }
        state.identity.track();
        state.records.with(Vec::is_empty);
        state.lab.with_value(|lab| lab.as_ref().map(|lab| (dots(&lab.held_out, Kind::Held), dots(&lab.points, Kind::Train))))
    };
    view! {
        <div class="lab-map">
            <canvas node_ref=canvas role="img" aria-label=t!(i18n, learn.map_label)></canvas>
            <svg viewBox="0 0 100 100" aria-hidden="true">{dots}</svg>
            <Show when=move || is_own.get()><OwnField own /></Show>
        </div>
        <p class="small muted">{t!(i18n, learn.map_legend)}</p>
        <Show when=move || is_own.get()><OwnButtons own /></Show>
    }
}

fn paint(canvas: &web_sys::HtmlCanvasElement, colours: &[u8]) {
    canvas.set_width(MAP as u32);
    canvas.set_height(MAP as u32);
    let image = web_sys::ImageData::new_with_u8_clamped_array_and_sh(Clamped(colours), MAP as u32, MAP as u32);
    let context = canvas.get_context("2d").ok().flatten();
    let context = context.and_then(|context| context.dyn_into::<web_sys::CanvasRenderingContext2d>().ok());
    if let (Ok(image), Some(context)) = (image, context) {
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

/// A fold that is done: the points that it held out, hollow, over the boundary that was learned from the others.
#[component]
pub fn FoldMap(state: LabState, fold: usize) -> impl IntoView {
    let i18n = use_i18n();
    let drawn = state.folds.with_value(|folds| {
        let run: &Lab = folds.as_ref()?.run(fold)?;
        let map = run.map(run.best(), FOLD_MAP).ok()?;
        let numbers: Vec<f32> = map.iter().map(|probability| probability * 2.0 - 1.0).collect();
        let values = Values { width: FOLD_MAP, height: FOLD_MAP, numbers: numbers.into() };
        Some((values, dots(&run.held_out, Kind::Fold), dots(&run.points, Kind::Train)))
    });
    drawn.map(|(values, held, learned)| {
        view! {
            <div class="lab-map">
                <Thumbnail label=t!(i18n, learn.fold_map, number = fold + 1) values=Signal::stored(Some(values)) scale=Signal::stored(Scale::SignedTo(1.5)) />
                <svg viewBox="0 0 100 100" aria-hidden="true">{learned}{held}</svg>
            </div>
        }
    })
}

/// What a point is for.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Train,
    /// Validation points, of which there are many.
    Held,
    /// Those of the fold that is held out.
    Fold,
}

fn dots(points: &Points, kind: Kind) -> impl IntoView + use<> {
    let size = if kind == Kind::Held { 0.9 } else { 1.7 };
    let held = match kind {
        Kind::Train => "false",
        Kind::Held => "true",
        Kind::Fold => "fold",
    };
    let dot = |(place, class): (&[f32; 2], &u8)| {
        let x = (f64::from(place[0]) / REACH + 1.0) * 50.0;
        let y = (1.0 - f64::from(place[1]) / REACH) * 50.0;
        // A class is a shape as well as a colour.
        match class {
            0 => view! { <circle class="dot minus" data-held=held cx=x cy=y r=size></circle> }.into_any(),
            _ => view! { <rect class="dot plus" data-held=held x=x - size y=y - size width=2.0 * size height=2.0 * size></rect> }.into_any(),
        }
    };
    points.places.iter().zip(&points.classes).take(MOST_POINTS).map(dot).collect_view()
}
