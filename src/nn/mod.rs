//! Networks: what they are made of, how they start, what they are trained with.

pub mod early_stopping;
pub mod folds;
pub mod init;
pub mod network;
pub mod optimizer;
pub mod schedule;
pub mod spec;
