//! The test images: read one after the other in small portions while the page stays free, a confusion matrix whose cells
//! open their images, the worst first; a click looks inside one.

use super::chooser::tests_failed;
use super::confusion::{ConfusionMatrix, Counts};
use super::readings::{Reading, readings_of};
use super::subject::{ImageChoice, Subject, Tests};
use crate::ui::components::{Choice, Scale, Values, draw_values, options};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::route::{Setting, use_setting, use_setting_where};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::Arc;

/// Images shown at first, and how many more at a time.
const PAGE: usize = 60;

/// How the images are ordered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Largest,
    Smallest,
    Number,
}

impl Order {
    fn named(name: &str) -> Order {
        match name {
            "smallest" => Order::Smallest,
            "number" => Order::Number,
            _ => Order::Largest,
        }
    }
}

/// The whole section. It loads, reads and is made only once it is opened.
#[component]
pub fn Gallery(subject: Subject) -> impl IntoView {
    let i18n = use_i18n();
    let label = use_setting("label", "any".to_string());
    let read = use_setting("read", "wrong".to_string());
    let order = use_setting_where("order", "largest".to_string(), |order| {
        matches!(order.as_str(), "largest" | "smallest" | "number")
    });
    let open = use_setting("gallery", false);
    let readings = readings_of(subject, open.signal());
    view! {
        <details class="gallery" prop:open=move || open.get() on:toggle=move |event| {
            use wasm_bindgen::JsCast;
            let is_open = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlDetailsElement>().ok()).is_some_and(|details| details.open());
            // The element tells of every change, also of those that the address made.
            if is_open != open.get_untracked() {
                open.set(is_open);
            }
        }>
            <summary data-testid="gallery">{t!(i18n, inspect.gallery)}</summary>
            {move || open.get().then(|| view! { <Readings subject readings label read order /> })}
        </details>
    }
}

/// How well the network reads: the matrix, and the images of one of its cells or of a filter.
#[component]
fn Readings(
    subject: Subject,
    readings: Memo<Vec<Reading>>,
    label: Setting<String>,
    read: Setting<String>,
    order: Setting<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    // Another filter begins at its first images.
    let wanted = Memo::new(move |_| (label.get(), read.get(), order.get()));
    let pages = RwSignal::new((wanted.get_untracked(), 1usize));
    let shown = Memo::new(move |_| pages.with(|(of, pages)| if *of == wanted.get() { pages * PAGE } else { PAGE }));
    let counts = Memo::new(move |_| {
        let mut counts: Counts = [[0; 10]; 10];
        readings.with(|readings| {
            for reading in readings {
                counts[usize::from(reading.label)][usize::from(reading.read)] += 1;
            }
        });
        counts
    });
    let found = Memo::new(move |_| {
        let (label, read, order) = wanted.get();
        readings.with(|readings| {
            let mut found: Vec<(usize, Reading)> = readings
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, reading)| label == "any" || reading.label.to_string() == label)
                .filter(|(_, reading)| match read.as_str() {
                    "any" => true,
                    "wrong" => reading.read != reading.label,
                    "right" => reading.read == reading.label,
                    digit => reading.read.to_string() == digit,
                })
                .collect();
            match Order::named(&order) {
                Order::Largest => found.sort_by(|a, b| b.1.loss.total_cmp(&a.1.loss)),
                Order::Smallest => found.sort_by(|a, b| a.1.loss.total_cmp(&b.1.loss)),
                Order::Number => {}
            }
            (found.len(), found.into_iter().take(shown.get()).collect::<Vec<_>>())
        })
    });
    let digits = |first: Vec<(&'static str, TextProp)>| {
        first
            .into_iter()
            .map(|(key, label)| (key.to_string(), label))
            .chain((0..10).map(|digit: usize| (digit.to_string(), TextProp::from(digit.to_string()))))
            .collect::<Vec<_>>()
    };
    let labels =
        Signal::derive(move || digits(vec![("any", TextProp::from(move || t_string!(i18n, inspect.any).to_string()))]));
    let reads = Signal::derive(move || {
        digits(vec![
            ("wrong", TextProp::from(move || t_string!(i18n, inspect.wrong).to_string())),
            ("right", TextProp::from(move || t_string!(i18n, inspect.right).to_string())),
            ("any", TextProp::from(move || t_string!(i18n, inspect.any).to_string())),
        ])
    });
    let orders = Signal::derive(move || {
        options([
            ("largest", TextProp::from(t!(i18n, inspect.order_largest))),
            ("smallest", TextProp::from(t!(i18n, inspect.order_smallest))),
            ("number", TextProp::from(t!(i18n, inspect.order_number))),
        ])
    });
    let more = move || {
        let (all, seen) = found.with(|(all, seen)| (*all, seen.len()));
        (seen < all).then(|| {
            let add = move |_| pages.set((wanted.get_untracked(), shown.get_untracked() / PAGE + 1));
            view! { <button type="button" class="small" data-testid="more-images" on:click=add>{t_string!(i18n, inspect.more_images, left = all - seen)}</button> }
        })
    };
    let progress = move || match subject.tests.get() {
        Tests::Unwanted => String::new(),
        Tests::Loading => t_string!(i18n, inspect.tests_loading).to_string(),
        Tests::Failed(problem) => tests_failed(i18n, &problem),
        Tests::Ready(_) => {
            let total = readings.with(Vec::len);
            let right: u32 = counts.with(|counts| (0..10).map(|k| counts[k][k]).sum());
            let share = if total == 0 { 0.0 } else { f64::from(right) / total as f64 * 100.0 };
            t_string!(i18n, inspect.tests_read, count = total, percent = format!("{share:.2}"))
        }
    };
    let pictures = move || {
        let Tests::Ready(images) = subject.tests.get() else { return None };
        let (_, shown) = found.get();
        Some(
            shown
                .into_iter()
                .map(|(index, reading)| view! { <TestPicture subject images=images.clone() index reading /> })
                .collect_view(),
        )
    };
    view! {
            <p role="status" data-testid="gallery-progress">{progress}</p>
            <div class="gallery-columns">
                <div>
                    <h3>{t!(i18n, inspect.confusion)}</h3>
                    <ConfusionMatrix counts label read />
                </div>
                <div>
                    <div class="gallery-filters">
                        <Choice label=t!(i18n, inspect.filter_label) options=labels value=label.signal() on_change=Callback::new(move |value| label.set(value)) test_id="filter-label" />
                        <Choice label=t!(i18n, inspect.filter_read) options=reads value=read.signal() on_change=Callback::new(move |value| read.set(value)) test_id="filter-read" />
                        <Choice label=t!(i18n, inspect.order) options=orders value=order.signal() on_change=Callback::new(move |value| order.set(value)) test_id="filter-order" />
                    </div>
                    <p class="muted small">{move || found.with(|(all, seen)| t_string!(i18n, inspect.found, count = all, seen = seen.len()))}</p>
                    <ul class="pictures">{pictures}</ul>
                    {more}
                </div>
            </div>
    }
}

/// One test image that can be opened.
#[component]
fn TestPicture(subject: Subject, images: Arc<crate::data::mnist::Images>, index: usize, reading: Reading) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    let ink: Vec<f32> = images.image(index).iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let values = Values { width: 28, height: 28, numbers: ink.into() };
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            draw_values(&canvas, &values, Scale::Ink, &palette.get());
        }
    });
    // What is seen begins what is read aloud.
    let seen = format!("{} → {}", reading.label, reading.read);
    let shown = seen.clone();
    let label = move || {
        t_string!(
            i18n,
            inspect.open_image,
            index = index,
            label = reading.label,
            read = reading.read,
            loss = format!("{:.2}", reading.loss)
        )
    };
    view! {
        <li>
            <button type="button" class="picture" aria-label=move || format!("{seen}: {}", label()) title=label
                aria-pressed=move || (subject.choice() == ImageChoice::Test(index)).to_string()
                on:click=move |_| { subject.choose(ImageChoice::Test(index)); window().scroll_to_with_x_and_y(0.0, 0.0); }>
                <canvas class="thumbnail" node_ref=canvas aria-hidden="true"></canvas>
                <span aria-hidden="true" class="small" data-wrong=(reading.label != reading.read).to_string()>{shown}</span>
            </button>
        </li>
    }
}
