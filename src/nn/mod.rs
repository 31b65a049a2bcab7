//! Networks: what they are made of, how they start, what they are trained with.

pub mod spec;
