//! A chart of lines that can be read: a cursor by pointer or arrow keys, a stretch of it looked at closely, a logarithmic axis on
//! demand, the same numbers as a table.
//!
//! ```ignore
//! <LineChart label=t!(i18n, train.loss_chart) x_label=t!(i18n, train.step) y_label=t!(i18n, train.loss)
//!     empty=t!(i18n, train.chart_empty)
//!     series=Signal::derive(move || vec![Series { label, role: Role::Main, points }]) test_id="loss-chart" />
//! ```

use super::decimate::{decimate, nearest};
use super::draw::{Labels, Plot, Role, Series, draw};
use super::zoom::Zoom;
use crate::ui::components::{Switch, TableToggle, show_number};
use crate::ui::i18n::{t, t_string, use_i18n};
use crate::ui::theme::use_palette;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Lines over a shared x axis; those with [`Role::Second`] on an axis from 0 to 1 at the right.
#[component]
pub fn LineChart(
    /// What the chart shows, for those who cannot see it.
    #[prop(into)]
    label: TextProp,
    #[prop(into)] series: Signal<Vec<Series>>,
    #[prop(into)] x_label: TextProp,
    #[prop(into)] y_label: TextProp,
    #[prop(into, optional)] second_label: TextProp,
    /// What stands in its place as long as there is nothing to draw.
    #[prop(into)]
    empty: TextProp,
    /// Whether the left axis is logarithmic, and what to call when the reader switches it.
    #[prop(into, optional)]
    logarithmic: Signal<bool>,
    #[prop(into, optional)] on_logarithmic: Option<Callback<bool>>,
    #[prop(optional)] test_id: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let palette = use_palette();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = size_of(canvas);
    let plot = RwSignal::new(None::<Plot>);
    let cursor = RwSignal::new(None::<f64>);
    let zoom = Zoom::new();
    let labels = {
        let (x, y, second) = (x_label.clone(), y_label.clone(), second_label.clone());
        move || Labels { x: x.get().to_string(), y: y.get().to_string(), second: second.get().to_string() }
    };
    Effect::new(move |_| {
        let (Some(canvas), (width, height)) = (canvas.get(), size.get()) else { return };
        if width < 40.0 || height < 40.0 {
            return;
        }
        let scale = window().device_pixel_ratio().clamp(1.0, 3.0);
        let (pixels_across, pixels_down) = ((width * scale).round() as u32, (height * scale).round() as u32);
        if (canvas.width(), canvas.height()) != (pixels_across, pixels_down) {
            canvas.set_width(pixels_across);
            canvas.set_height(pixels_down);
        }
        let drawn = series
            .with(|series| draw(&canvas, series, &labels(), logarithmic.get(), zoom.stretch.get(), &palette.get(), scale));
        match drawn {
            // Where the lines lie is known only once they are drawn, which is why an effect may tell it.
            Ok(drawn) if plot.get_untracked() != drawn => plot.set(drawn),
            Ok(_) => {}
            Err(error) => leptos::logging::error!("chart: {error}"),
        }
    });

    let to_value = move |event: &web_sys::PointerEvent| {
        let plot = plot.get_untracked()?;
        let rectangle = canvas.get_untracked()?.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - rectangle.left()) / rectangle.width();
        let place = (share - plot.left) / (plot.right - plot.left);
        (-0.02..=1.02).contains(&place).then(|| plot.from + place.clamp(0.0, 1.0) * (plot.to - plot.from))
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let Some(plot) = plot.get_untracked() else { return };
        let span = plot.to - plot.from;
        let now = cursor.get_untracked().unwrap_or(plot.to);
        let stride = (span / if event.shift_key() { 10.0 } else { 100.0 }).max(1.0_f64.min(span));
        let next = match event.key().as_str() {
            "ArrowRight" => now + stride,
            "ArrowLeft" => now - stride,
            "Home" => plot.from,
            "End" => plot.to,
            "+" | "=" => return zoom.closer(&plot, now, true),
            "-" => return zoom.closer(&plot, now, false),
            "0" => return zoom.all(),
            _ => return,
        };
        event.prevent_default();
        let (first, last) = plot.whole;
        let next = next.clamp(first, last);
        zoom.show(&plot, next);
        cursor.set(Some(next));
    };
    // At the cursor, or else at the end: the latest values.
    let reading = move || {
        let at = cursor.get().or_else(|| Some(plot.get()?.to))?;
        let x = series.with(|series| {
            let lines = series.iter().filter(|series| series.role != Role::Ghost && !series.points.is_empty());
            lines
                .max_by_key(|series| series.points.len())
                .and_then(|series| nearest(&series.points, at))
                .map(|point| point.0)
        })?;
        let values: Vec<(TextProp, Role, f64)> = series.with(|series| {
            let read = |series: &Series| Some((series.label.clone(), series.role, nearest(&series.points, x)?.1));
            series.iter().filter_map(read).collect()
        });
        Some((x, values))
    };
    let legend = {
        let x_label = x_label.clone();
        move || {
            reading().map(|(x, values)| {
                let items = values.into_iter().map(|(label, role, value)| {
                    view! {
                        <li>
                            <span class="legend-key" data-role=format!("{role:?}") aria-hidden="true"></span>
                            {move || label.get()} " " <b class="number">{show_number(value)}</b>
                        </li>
                    }
                });
                let x_label = x_label.clone();
                view! {
                    <li>{move || x_label.get()} " " <b class="number">{show_number(x)}</b></li>
                    {items.collect_view()}
                }
            })
        }
    };
    let line = move || {
        let plot = plot.get()?;
        let place = (cursor.get()? - plot.from) / (plot.to - plot.from);
        let left = 100.0 * (plot.left + place * (plot.right - plot.left));
        Some(view! {
            <span
                class="chart-cursor"
                style:left=format!("{left:.3}%")
                style:top=format!("{:.3}%", plot.top * 100.0)
                style:bottom=format!("{:.3}%", (1.0 - plot.bottom) * 100.0)
            ></span>
        })
    };
    // What the mouse has drawn so far.
    let drawn = move || {
        let (plot, (a, b)) = (plot.get()?, zoom.drawn.get()?);
        let share = |x: f64| 100.0 * (plot.left + (x - plot.from) / (plot.to - plot.from) * (plot.right - plot.left));
        let (left, width) = (share(a.min(b)), share(a.max(b)) - share(a.min(b)));
        Some(view! { <span class="chart-drawn" style:left=format!("{left:.3}%") style:width=format!("{width:.3}%")></span> })
    };
    let button = move |text: &'static str, name: TextProp, act: fn(Zoom, &Plot, f64)| {
        let press = move |_| {
            if let Some(plot) = plot.get_untracked() {
                act(zoom, &plot, cursor.get_untracked().unwrap_or((plot.from + plot.to) / 2.0));
            }
        };
        let said = name.clone();
        view! { <button type="button" class="quiet small" aria-label=move || name.get() title=move || said.get() on:click=press>{text}</button> }
    };
    let is_close = Memo::new(move |_| zoom.stretch.with(Option::is_some));
    let zoom_buttons = move || {
        plot.with(Option::is_some).then(|| {
            view! {
                {button("−", t!(i18n, common.chart_farther).into(), |zoom, plot, at| zoom.closer(plot, at, false))}
                {button("+", t!(i18n, common.chart_closer).into(), |zoom, plot, at| zoom.closer(plot, at, true))}
                {move || is_close.get().then(|| button("↔", t!(i18n, common.chart_all).into(), |zoom, _, _| zoom.all()))}
            }
        })
    };
    let head_of_x = x_label.clone();
    let rows = Signal::derive(move || series.with(|series| table_of(&head_of_x, series)));
    let name = label.clone();
    let nothing = move || {
        let words = empty.clone();
        plot.get().is_none().then(move || view! { <p class="chart-empty">{move || words.get()}</p> })
    };
    let switch = on_logarithmic.map(|on_logarithmic| {
        view! { <Switch label=t!(i18n, common.logarithmic) value=logarithmic on_change=on_logarithmic /> }
    });
    view! {
        <TableToggle rows>
            <figure class="chart">
                <div
                    class="chart-picture"
                    role="img"
                    tabindex="0"
                    aria-label=move || {
                        let reading = reading().map(|(x, values)| {
                            let values = values.iter().map(|(label, _, value)| format!("{} {}", label.get(), show_number(*value)));
                            let values = values.collect::<Vec<_>>().join(", ");
                            t_string!(i18n, common.chart_reading, x = show_number(x), values = values)
                        });
                        format!("{}. {}", name.get(), reading.unwrap_or_default())
                    }
                    data-testid=(!test_id.is_empty()).then_some(test_id)
                    on:pointermove=move |event| {
                        let at = to_value(&event);
                        if let (Some(plot), Some(at)) = (plot.get_untracked(), at) {
                            zoom.moved(&event, &plot, at);
                        }
                        cursor.set(at);
                    }
                    on:pointerdown=move |event| if let Some(at) = to_value(&event) { zoom.down(&event, at) }
                    on:pointerup=move |event| zoom.up(&event, plot.get_untracked())
                    on:pointercancel=move |event| zoom.up(&event, None)
                    on:pointerleave=move |event| {
                        zoom.up(&event, plot.get_untracked());
                        cursor.set(None);
                    }
                    on:dblclick=move |_| zoom.all()
                    on:keydown=on_key
                    on:blur=move |_| cursor.set(None)
                >
                    <canvas node_ref=canvas></canvas>
                    {drawn}
                    {line}
                    {nothing}
                </div>
                <figcaption><ul class="legend">{legend}</ul><div class="chart-tools">{zoom_buttons}{switch}</div></figcaption>
            </figure>
        </TableToggle>
    }
}

/// The chart as rows: the x of each drawn point of the longest line and of every point of the sparse ones, and what each
/// line has there. At most about 200.
fn table_of(x_label: &TextProp, series: &[Series]) -> Vec<Vec<String>> {
    const MOST_ROWS: usize = 200;
    let head = std::iter::once(x_label.get().to_string()).chain(series.iter().map(|series| series.label.get().to_string()));
    let mut rows = vec![head.collect()];
    let Some(longest) = series.iter().max_by_key(|series| series.points.len()) else { return rows };
    let (Some(first), Some(last)) = (longest.points.first(), longest.points.last()) else { return rows };
    let mut places: Vec<f64> =
        decimate(&longest.points, first.0, last.0, MOST_ROWS / 2).iter().map(|point| point.0).collect();
    let sparse = series.iter().filter(|series| series.points.len() <= MOST_ROWS / 4);
    places.extend(sparse.flat_map(|series| series.points.iter().map(|point| point.0)));
    places.sort_by(f64::total_cmp);
    places.dedup();
    // A line says nothing of places that are far from all its points.
    let reach = (last.0 - first.0) / MOST_ROWS as f64;
    for x in places {
        let value = |series: &Series| nearest(&series.points, x).filter(|point| (point.0 - x).abs() <= reach);
        let values = series.iter().map(|series| value(series).map(|point| show_number(point.1)).unwrap_or_default());
        rows.push(std::iter::once(show_number(x)).chain(values).collect());
    }
    rows
}

/// The size of an element in CSS pixels, followed as it changes.
fn size_of(canvas: NodeRef<html::Canvas>) -> Signal<(f64, f64)> {
    let size = RwSignal::new((0.0, 0.0));
    let observer: StoredValue<Option<web_sys::ResizeObserver>, LocalStorage> = StoredValue::new_local(None);
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let watched = canvas.clone();
        let measure = Closure::<dyn Fn()>::new(move || {
            size.try_set((f64::from(watched.client_width()), f64::from(watched.client_height())));
        });
        if let Ok(new) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) {
            new.observe(&canvas);
            observer.set_value(Some(new));
        }
        // The browser holds it as long as the element is watched.
        measure.forget();
    });
    on_cleanup(move || {
        observer.try_update_value(|observer| observer.take().inspect(web_sys::ResizeObserver::disconnect));
    });
    size.into()
}
