//! Lines in the row of layers: from the unit that is pointed at, or chosen, to what feeds it most.

use super::focus::{Focus, Show};
use crate::explain::feeders::{feeders, gradient_feeders};
use crate::explain::mosaic::Mosaic;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Lines that are drawn at most.
const MOST: usize = 8;
const SIDE: usize = 28;

/// A spot in one of the pictures of the row, 0 is the image: shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spot {
    picture: usize,
    x: f64,
    y: f64,
}

/// What feeds a unit.
#[derive(Clone, Debug, PartialEq)]
struct Feeding {
    unit: Spot,
    /// The spot, how strong it is against the strongest, and whether it lowers the number.
    from: Vec<(Spot, f64, bool)>,
}

fn spot(picture: usize, shape: &[usize], element: usize) -> Option<Spot> {
    let image = [1, SIDE, SIDE];
    // The image is drawn as one whatever shape the network reads it in.
    let mosaic = Mosaic::new(if picture == 0 { &image } else { shape });
    let (row, column) = mosaic.place(element)?;
    let share = |at: usize, of: usize| (at as f64 + 0.5) / of as f64;
    Some(Spot { picture, x: share(column, mosaic.width), y: share(row, mosaic.height) })
}

fn feeding(focus: Focus) -> Option<Feeding> {
    let trace = focus.trace.get()?;
    let layer = focus.layer.get().min(trace.layers.len().checked_sub(1)?);
    let (view, image, element) = (&trace.layers[layer], focus.image.get(), focus.looked_at());
    let whole = element + image * view.output.image(0).len();
    // Numbers come from the layer before, gradients from the layer after.
    let (picture, shape, all) = match focus.kind.get() {
        Show::Activations => (layer, &view.input.shape, feeders(view, whole, MOST)),
        Show::Gradients => {
            let next = trace.layers.get(layer + 1)?;
            (layer + 2, &next.output.shape, gradient_feeders(next, whole, MOST))
        }
        Show::Weights | Show::WeightGradients => return None,
    };
    let size = shape[1..].iter().product::<usize>().max(1);
    let largest = all.iter().map(|feeder| feeder.product.abs()).fold(f64::MIN_POSITIVE, f64::max);
    let from = all.iter().filter_map(|feeder| {
        let spot = spot(picture, &shape[1..], feeder.element % size)?;
        Some((spot, feeder.product.abs() / largest, feeder.product < 0.0))
    });
    Some(Feeding { unit: spot(layer + 1, &view.output.shape[1..], element)?, from: from.collect() })
}

/// A line in CSS pixels of the row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    from: (f64, f64),
    to: (f64, f64),
    strength: f64,
    lowers: bool,
}

/// Where the lines run, and how large the row is: known once the browser has laid it out.
fn measured(row: &web_sys::HtmlElement, feeding: &Feeding) -> Option<(Vec<Line>, i32, i32)> {
    let pictures = row.query_selector_all(".strip-picture").ok()?;
    let origin = row.get_bounding_client_rect();
    let place = |spot: &Spot| {
        let picture = pictures.item(spot.picture as u32)?.dyn_into::<web_sys::Element>().ok()?;
        let canvas = picture.query_selector("canvas").ok()??.get_bounding_client_rect();
        let x = canvas.left() - origin.left() + f64::from(row.scroll_left()) + spot.x * canvas.width();
        Some((x, canvas.top() - origin.top() + spot.y * canvas.height()))
    };
    let to = place(&feeding.unit)?;
    let line = |(spot, strength, lowers): &(Spot, f64, bool)| {
        Some(Line { from: place(spot)?, to, strength: *strength, lowers: *lowers })
    };
    Some((feeding.from.iter().filter_map(line).collect(), row.scroll_width(), row.client_height()))
}

/// The lines over the row.
#[component]
pub fn FeedLines(focus: Focus, row: NodeRef<html::Ol>) -> impl IntoView {
    let feeding = Memo::new(move |_| feeding(focus));
    let lines = RwSignal::new(None::<(Vec<Line>, i32, i32)>);
    let resizes = RwSignal::new(0u32);
    let resized = window_event_listener(leptos::ev::resize, move |_| resizes.update(|count| *count += 1));
    on_cleanup(move || resized.remove());
    Effect::new(move |_| {
        resizes.track();
        let (feeding, row) = (feeding.get(), row.get());
        request_animation_frame(move || {
            let found = row.zip(feeding).and_then(|(row, feeding)| measured(&row, &feeding));
            lines.try_set(found);
        });
    });
    move || {
        let (lines, width, height) = lines.get()?;
        let path = |line: Line| {
            let ((x1, y1), (x2, y2)) = (line.from, line.to);
            let bend = (x2 - x1) * 0.4;
            let d = format!("M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}", x1 + bend, x2 - bend);
            view! {
                <path class="feed-line" data-lowers=line.lowers.to_string() d=d stroke-width=format!("{:.2}", 0.6 + 2.4 * line.strength)></path>
                <circle class="feed-end" cx=x1 cy=y1 r=2.5></circle>
            }
        };
        let unit = lines.first().map(|line| view! { <circle class="feed-end" cx=line.to.0 cy=line.to.1 r=3.5></circle> });
        let count = lines.len();
        Some(view! {
            <li class="feed" aria-hidden="true" data-testid="feed-lines" data-count=count>
                <svg width=width height=height>{lines.into_iter().map(path).collect_view()}{unit}</svg>
            </li>
        })
    }
}
