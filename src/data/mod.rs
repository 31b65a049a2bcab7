//! What networks are trained on and fed with.

pub mod mnist;
pub mod pad;
