//! Charts. `decimate` is pure; the rest draws.

pub mod decimate;

#[cfg(target_arch = "wasm32")]
mod draw;
#[cfg(target_arch = "wasm32")]
mod line_chart;
#[cfg(target_arch = "wasm32")]
mod ridge;

#[cfg(target_arch = "wasm32")]
pub use draw::{Role, Series};
#[cfg(target_arch = "wasm32")]
pub use line_chart::LineChart;
#[cfg(target_arch = "wasm32")]
pub use ridge::{RidgePlot, Ridges};
