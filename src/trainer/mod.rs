//! Training: settings, the session that takes steps, and the worker that runs it beside the page. Only the files that
//! post messages need a browser; everything else runs and is tested natively.

pub mod protocol;
pub mod settings;

pub use settings::TrainSettings;
