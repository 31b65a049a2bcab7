//! Training: settings, the session that takes steps, and the worker that runs it beside the page. Only the files that
//! post messages need a browser; everything else runs and is tested natively.

pub mod bench;
#[cfg(page)]
pub mod client;
pub mod crew;
pub mod device;
pub mod engine;
pub mod evaluation;
#[cfg(page)]
pub mod fetch;
#[cfg(page)]
mod messages;
pub mod pace;
pub mod protocol;
pub mod session;
pub mod settings;
pub mod shards;
#[cfg(page)]
mod shared_memory;
pub mod spread;
pub mod statistics;
pub mod step;
#[cfg(page)]
mod team;
#[cfg(page)]
mod worker;

pub use settings::TrainSettings;
