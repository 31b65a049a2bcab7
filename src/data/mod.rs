//! What networks are trained on and fed with.

pub mod augment;
pub mod mnist;
pub mod pad;
pub mod points;
