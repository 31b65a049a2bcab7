//! The points of the lab with the live decision map below them; the learner's own are made here.

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
const REACH: f64 = 1.6;
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
    let dots = move || {
        state.identity.track();
        state.own.track();
        state.records.with(Vec::is_empty);
        state.lab.with_value(|lab| lab.as_ref().map(|lab| (dots(&lab.held_out, Kind::Held), dots(&lab.points, Kind::Train))))
    };
    view! {
        <div class="lab-map" on:pointerdown=move |event| add_where(state, &event)>
            <canvas node_ref=canvas role="img" aria-label=t!(i18n, learn.map_label)></canvas>
            <svg viewBox="0 0 100 100" aria-hidden="true">{dots}</svg>
        </div>
        <p class="small muted">{t!(i18n, learn.map_legend)}</p>
        <Show when=move || state.handle.text("set") == "own">
            <OwnPoints state />
        </Show>
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

fn add_where(state: LabState, event: &web_sys::PointerEvent) {
    if state.handle.values_untracked().text("set") != "own" {
        return;
    }
    let target = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let Some(target) = target else { return };
    let rectangle = target.get_bounding_client_rect();
    let x = (f64::from(event.client_x()) - rectangle.left()) / rectangle.width() * 2.0 - 1.0;
    let y = 1.0 - (f64::from(event.client_y()) - rectangle.top()) / rectangle.height() * 2.0;
    add(state, [(x * REACH) as f32, (y * REACH) as f32]);
}

fn add(state: LabState, place: [f32; 2]) {
    state.own.update(|own| {
        own.places.push(place);
        own.classes.push(state.own_class.get_untracked());
    });
}

/// The class of the next point; and for keyboards, a point near the middle of its side.
#[component]
fn OwnPoints(state: LabState) -> impl IntoView {
    let i18n = use_i18n();
    let add_near = move |_| {
        let count = state.own.with_untracked(|own| own.places.len());
        let near = crate::random::Generator::new(count as u64).randn_f32(2);
        let side = if state.own_class.get_untracked() == 0 { -0.6 } else { 0.6 };
        add(state, [side + 0.4 * near[0], 0.4 * near[1]]);
    };
    let class_button = move |class: u8, sign: &'static str| {
        view! {
            <button
                type="button"
                class="small"
                aria-pressed=move || (state.own_class.get() == class).to_string()
                on:click=move |_| state.own_class.set(class)
            >
                {sign}
            </button>
        }
    };
    view! {
        <div class="widget-buttons">
            <span class="small">{t!(i18n, learn.own_hint)}</span>
            {class_button(0, "●")}
            {class_button(1, "■")}
            <button type="button" class="small" on:click=add_near>{t!(i18n, learn.own_add)}</button>
            <button type="button" class="small quiet" on:click=move |_| state.own.set(Points::default())>{t!(i18n, learn.own_clear)}</button>
        </div>
    }
}
