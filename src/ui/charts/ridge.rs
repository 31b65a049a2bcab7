//! A ridge plot: one histogram behind the other, the newest in front, on a logarithmic axis. Drawn as SVG, because there are
//! few of them and each is only told twice a second. Below it the same as a table, by powers of ten.

use crate::trainer::spread::{BARS, FIRST, Spread};
use crate::ui::components::TableToggle;
use crate::ui::i18n::{t_string, use_i18n};
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use std::sync::Arc;

const WIDTH: f64 = 320.0;
/// From one ridge to the next, and how high the highest one is.
const GAP: f64 = 9.0;
const HEIGHT: f64 = 34.0;
/// Ridges at most.
const SHOWN: usize = 18;

/// Histograms with the step of each, oldest first.
pub type Ridges = Arc<Vec<(u64, Spread)>>;

/// The plot, and what it says in words.
#[component]
pub fn RidgePlot(#[prop(into)] label: TextProp, #[prop(into)] ridges: Signal<Ridges>) -> impl IntoView {
    let i18n = use_i18n();
    let rows = Signal::derive(move || {
        let step = t_string!(i18n, inspect.ridge_step).to_string();
        ridges.with(|ridges| table(step, &chosen(ridges)))
    });
    let plot = move || {
        let ridges = chosen(&ridges.get());
        let range = range_of(&ridges);
        let most = ridges.iter().flat_map(|(_, spread)| &spread.counts).copied().max().unwrap_or(1).max(1);
        let last = ridges.len().saturating_sub(1).max(1) as f64;
        let paths = ridges.iter().enumerate().map(|(place, (step, spread))| {
            let base = HEIGHT + place as f64 * GAP;
            let age = format!("{:.0}%", place as f64 / last * 100.0);
            view! {
                <path class="ridge" style:--age=age d=path(spread, &range, most, base)></path>
                {(place + 1 == ridges.len() || (place == 0 && last * GAP > 14.0)).then(|| view! { <text class="ridge-step" x=WIDTH + 4.0 y=base>{*step}</text> })}
            }
        });
        let bottom = HEIGHT + last * GAP;
        let ticks = ticks(&range).into_iter().map(|(x, text)| {
            view! { <line class="ridge-tick" x1=x x2=x y1=0 y2=bottom + 4.0></line> <text class="ridge-axis" x=x y=bottom + 18.0>{text}</text> }
        });
        view! {
            <svg class="ridges" viewBox=format!("-14 -4 {} {}", WIDTH + 70.0, bottom + 26.0) role="img" aria-label=label.get()>
                {ticks.collect_view()}
                {paths.collect_view()}
            </svg>
        }
    };
    view! { <TableToggle rows>{plot}</TableToggle> }
}

/// How many numbers have which size at each step, by powers of ten.
fn table(step: String, ridges: &[(u64, Spread)]) -> Vec<Vec<String>> {
    let power = |bar: usize| (f64::from(FIRST + bar as i32 + 1) * 2f64.log10()).ceil() as i32 - 1;
    let range = range_of(ridges);
    let mut powers: Vec<i32> = range.clone().map(power).collect();
    powers.dedup();
    let head = std::iter::once(step).chain(powers.iter().map(|power| format!("1e{power}"))).collect();
    let row = |(step, spread): &(u64, Spread)| {
        let count = |wanted: &i32| {
            let bars = range.clone().filter(|&bar| power(bar) == *wanted);
            bars.map(|bar| spread.counts.get(bar).copied().unwrap_or(0)).sum::<u32>().to_string()
        };
        std::iter::once(step.to_string()).chain(powers.iter().map(count)).collect()
    };
    std::iter::once(head).chain(ridges.iter().map(row)).collect()
}

/// So many that they can be told apart, the first and the last among them.
fn chosen(ridges: &[(u64, Spread)]) -> Vec<(u64, Spread)> {
    let count = ridges.len().min(SHOWN);
    let at = |k: usize| if count < 2 { 0 } else { k * (ridges.len() - 1) / (count - 1) };
    (0..count).map(|k| ridges[at(k)].clone()).collect()
}

/// The doublings that occur, with room at both sides.
fn range_of(ridges: &[(u64, Spread)]) -> std::ops::Range<usize> {
    let occurs = |bar: &usize| ridges.iter().any(|(_, spread)| spread.counts.get(*bar).is_some_and(|&count| count > 0));
    let first = (0..BARS).find(occurs).unwrap_or(BARS / 2);
    let last = (0..BARS).rev().find(occurs).unwrap_or(BARS / 2);
    first.saturating_sub(1)..(last + 2).min(BARS)
}

fn x_of(bar: f64, range: &std::ops::Range<usize>) -> f64 {
    (bar - range.start as f64) / range.len().max(1) as f64 * WIDTH
}

fn path(spread: &Spread, range: &std::ops::Range<usize>, most: u32, base: f64) -> String {
    let points = range.clone().map(|bar| {
        let share = f64::from(spread.counts.get(bar).copied().unwrap_or(0)) / f64::from(most);
        format!("L{:.1} {:.1}", x_of(bar as f64 + 0.5, range), base - share.sqrt() * HEIGHT)
    });
    format!("M0 {base:.1}{}L{WIDTH} {base:.1}", points.collect::<String>())
}

/// Powers of ten that lie in the range, not more than six.
fn ticks(range: &std::ops::Range<usize>) -> Vec<(f64, String)> {
    let bar_of = |power: i32| f64::from(power) * 10f64.log2() - f64::from(FIRST);
    let inside: Vec<i32> =
        (-13..=3).filter(|&power| (range.start as f64..=range.end as f64).contains(&bar_of(power))).collect();
    let every = inside.len().div_ceil(6).max(1);
    inside.into_iter().step_by(every).map(|power| (x_of(bar_of(power), range), format!("1e{power}"))).collect()
}
