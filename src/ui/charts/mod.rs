//! Charts. `decimate` is pure; the rest draws.

pub mod decimate;

#[cfg(page)]
mod draw;
#[cfg(page)]
mod line_chart;
#[cfg(page)]
mod ridge;
#[cfg(page)]
mod zoom;

#[cfg(page)]
pub use draw::{Role, Series};
#[cfg(page)]
pub use line_chart::LineChart;
#[cfg(page)]
pub use ridge::{RidgePlot, Ridges};
