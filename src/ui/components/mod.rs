//! Controls that all views share. Each takes its label as a text that follows the language, its value as a signal, and
//! tells of a change by a callback: none keeps a value of its own.

mod bars;
mod choice;
mod dialog;
mod heatmap;
mod later;
mod number_field;
mod reveal;
mod switch;
mod table_toggle;
mod tabs;
mod thumbnail;

pub use bars::{Bar, Bars};
pub use choice::{Choice, Segmented, options};
pub use dialog::Dialog;
pub use heatmap::{Heatmap, Scale, Values, draw_values};
pub use later::Later;
pub use number_field::{NumberField, Slider, show_number};
pub use reveal::reveal_in;
pub use switch::Switch;
pub use table_toggle::TableToggle;
pub use tabs::{Tab, Tabs};
pub use thumbnail::Thumbnail;
