//! Training: settings, the session that takes steps, and the worker that runs it beside the page. Only the files that
//! post messages need a browser; everything else runs and is tested natively.

pub mod evaluation;
pub mod protocol;
pub mod session;
pub mod settings;
pub mod statistics;
pub mod step;

pub use settings::TrainSettings;
