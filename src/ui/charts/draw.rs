//! Draws lines into a canvas with plotters: axes, a grid, raw and smoothed lines, points on a second axis, earlier runs as
//! ghosts. Knows nothing of signals.

use super::decimate::decimate;
use crate::ui::components::show_number;
use crate::ui::theme::{Palette, Rgb, mix};
use leptos::text_prop::TextProp;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters_canvas::CanvasBackend;
use std::ops::Range;
use std::sync::Arc;

/// What a line is, which decides how it looks: never by its colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Every measured value: thin and pale.
    Raw,
    /// What the reader should follow: bold.
    Main,
    /// Another quantity on the same axis: dashed.
    Other,
    /// On the axis at the right, which runs from 0 to 1: line and circles.
    Second,
    /// An earlier run: pale and dotted.
    Ghost,
    /// From one moment to another: a ring where it begins, a dashed line, a bar where it ends.
    Span,
}

/// One line.
#[derive(Clone)]
pub struct Series {
    pub label: TextProp,
    pub role: Role,
    /// Sorted by x. Shared, so that a signal can hand it on without a copy.
    pub points: Arc<Vec<(f64, f64)>>,
}

/// What the axes say.
pub struct Labels {
    pub x: String,
    pub y: String,
    pub second: String,
}

/// Where the lines were drawn, for the cursor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    /// Shares of the canvas: left, right, top, bottom edge of the area between the axes.
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    /// The x values at those edges.
    pub from: f64,
    pub to: f64,
    /// Those that the lines reach.
    pub whole: (f64, f64),
}

type Area = DrawingArea<CanvasBackend, Shift>;
type DrawError = Box<dyn std::error::Error>;

/// Draws all series, or what of them lies in a stretch of x. `scale` is device pixels a CSS pixel. `Ok(None)` when there is nothing
/// to draw yet.
pub fn draw(
    canvas: &web_sys::HtmlCanvasElement,
    series: &[Series],
    labels: &Labels,
    logarithmic: bool,
    stretch: Option<(f64, f64)>,
    palette: &Palette,
    scale: f64,
) -> Result<Option<Plot>, DrawError> {
    let backend = CanvasBackend::with_canvas_object(canvas.clone()).ok_or("no 2d canvas")?;
    let area = backend.into_drawing_area();
    area.fill(&color(palette.surface))?;
    let Some(bounds) = Bounds::of(series, logarithmic, stretch) else { return Ok(None) };
    let has_second = series.iter().any(|series| series.role == Role::Second && !series.points.is_empty());
    draw_chart(&area, series, labels, &bounds, has_second, palette, scale).map(Some)
}

/// The part of the plane that the lines need.
struct Bounds {
    whole: (f64, f64),
    x: Range<f64>,
    y: Range<f64>,
    logarithmic: bool,
}

impl Bounds {
    fn of(series: &[Series], logarithmic: bool, stretch: Option<(f64, f64)>) -> Option<Self> {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for series in series {
            for &(x, y) in series.points.iter() {
                if !y.is_finite() {
                    continue;
                }
                (from, to) = (from.min(x), to.max(x));
                let seen = stretch.is_none_or(|(first, last)| (first..=last).contains(&x));
                if seen && series.role != Role::Second && (!logarithmic || y > 0.0) {
                    (low, high) = (low.min(y), high.max(y));
                }
            }
        }
        if from > to {
            return None;
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let y = if logarithmic {
            let (low, high) = (low.max(1e-12).log10(), high.max(1e-12).log10());
            let air = ((high - low) * 0.05).max(0.05);
            low - air..high + air
        } else if stretch.is_some() {
            let air = ((high - low) * 0.05).max(1e-9);
            low - air..high + air
        } else {
            // Amounts start at zero, so that a fall by half looks like half.
            let low = low.min(0.0);
            low..(high + (high - low) * 0.05).max(low + 1e-9)
        };
        let whole = (from, to.max(from + 1.0));
        let (first, last) = stretch.unwrap_or(whole);
        Some(Self { whole, x: first..last, y, logarithmic })
    }

    fn place(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        if self.logarithmic { (y > 0.0).then(|| (x, y.log10())) } else { Some((x, y)) }
    }
}

fn draw_chart(
    area: &Area,
    series: &[Series],
    labels: &Labels,
    bounds: &Bounds,
    has_second: bool,
    palette: &Palette,
    scale: f64,
) -> Result<Plot, DrawError> {
    let pixels = |size: f64| (size * scale).round() as u32;
    let font = |size: f64, rgb: Rgb| ("system-ui, sans-serif", size * scale).into_font().color(&color(rgb));
    let mut chart = ChartBuilder::on(area)
        .margin_top(pixels(10.0))
        .margin_right(pixels(if has_second { 4.0 } else { 14.0 }))
        .x_label_area_size(pixels(38.0))
        .y_label_area_size(pixels(52.0))
        .right_y_label_area_size(pixels(if has_second { 48.0 } else { 0.0 }))
        .build_cartesian_2d(bounds.x.clone(), bounds.y.clone())?
        .set_secondary_coord(bounds.x.clone(), 0.0..1.0);
    let (width, height) = area.dim_in_pixel();
    let across = ((f64::from(width) / scale) / 90.0).clamp(2.0, 10.0) as usize;
    let down = ((f64::from(height) / scale) / 50.0).clamp(2.0, 8.0) as usize;
    let whole = |x: &f64| if *x >= 10_000.0 { format!("{}k", show_number(*x / 1000.0)) } else { show_number(*x) };
    let logarithmic = bounds.logarithmic;
    let value =
        |y: &f64| if logarithmic { format!("{:.1$}", 10f64.powf(*y), (1.5 - y).max(0.0) as usize) } else { show_number(*y) };
    chart
        .configure_mesh()
        .x_labels(across)
        .y_labels(down)
        .x_label_formatter(&whole)
        .y_label_formatter(&value)
        .x_desc(&labels.x)
        .y_desc(&labels.y)
        .axis_desc_style(font(13.0, palette.muted))
        .label_style(font(12.0, palette.muted))
        .axis_style(color(palette.line))
        .bold_line_style(color(mix(palette.surface, palette.line, 0.6)))
        .light_line_style(color(palette.surface))
        .draw()?;
    if has_second {
        chart
            .configure_secondary_axes()
            .y_labels(down)
            .y_desc(&labels.second)
            .axis_desc_style(font(13.0, palette.plus))
            .label_style(font(12.0, palette.plus))
            .axis_style(color(palette.line))
            .draw()?;
    }
    let (across_pixels, down_pixels) = chart.plotting_area().get_pixel_range();
    let columns = across_pixels.len().max(1);
    let in_order = [Role::Ghost, Role::Raw, Role::Span, Role::Other, Role::Main, Role::Second];
    for role in in_order {
        for series in series.iter().filter(|series| series.role == role) {
            let kept = decimate(around(&series.points, &bounds.x), bounds.x.start, bounds.x.end, columns);
            let line = |rgb: Rgb, size: f64| color(rgb).stroke_width(pixels(size).max(1));
            if role == Role::Second {
                chart.draw_secondary_series(LineSeries::new(kept.iter().copied(), line(palette.plus, 1.5)))?;
                chart.draw_secondary_series(
                    kept.iter().map(|point| Circle::new(*point, pixels(3.0), color(palette.plus).filled())),
                )?;
                continue;
            }
            let points = kept.into_iter().filter_map(|point| bounds.place(point));
            if role == Role::Span {
                let points: Vec<_> = points.collect();
                let (Some(&begin), Some(&(end, _))) = (points.first(), points.last()) else { continue };
                let line = line(palette.ink, 1.25);
                chart.draw_series(DashedLineSeries::new(points, pixels(3.0), pixels(3.0), line))?;
                let bar = [(end, bounds.y.start), (end, bounds.y.end)];
                chart.draw_series(DashedLineSeries::new(bar, pixels(3.0), pixels(3.0), line))?;
                chart.draw_series([Circle::new(begin, pixels(5.0), line)])?;
                continue;
            }
            match role {
                Role::Raw => {
                    chart.draw_series(LineSeries::new(points, line(mix(palette.surface, palette.accent, 0.35), 1.0)))?
                }
                Role::Main => chart.draw_series(LineSeries::new(points, line(palette.accent, 2.25)))?,
                Role::Other => {
                    chart.draw_series(DashedLineSeries::new(points, pixels(6.0), pixels(4.0), line(palette.ink, 1.75)))?
                }
                _ => {
                    let pale = mix(palette.surface, palette.muted, 0.6);
                    chart.draw_series(DashedLineSeries::new(points, pixels(2.0), pixels(3.0), line(pale, 1.5)))?
                }
            };
        }
    }
    let share = |pixel: i32, all: u32| f64::from(pixel) / f64::from(all.max(1));
    let plot = Plot {
        left: share(across_pixels.start, width),
        right: share(across_pixels.end, width),
        top: share(down_pixels.start, height),
        bottom: share(down_pixels.end, height),
        from: bounds.x.start,
        to: bounds.x.end,
        whole: bounds.whole,
    };
    area.present()?;
    Ok(plot)
}

/// The points in a stretch of x, and one beyond each end, so that lines go on to the edges.
fn around<'a>(points: &'a [(f64, f64)], stretch: &Range<f64>) -> &'a [(f64, f64)] {
    let first = points.partition_point(|point| point.0 < stretch.start).saturating_sub(1);
    let end = points.partition_point(|point| point.0 <= stretch.end);
    &points[first.min(end)..points.len().min(end + 1)]
}

fn color([red, green, blue]: Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}
