//! Looking inside: pure functions that turn a graph into something a person can follow. Which step comes next, the rule
//! that it applies with its numbers filled in, a Jacobian, the products that make one gradient. No drawing here: the page
//! draws what these return, so all of it is tested natively.

pub mod arithmetic;
pub mod badges;
pub mod check;
pub mod connections;
pub mod digits;
pub mod expression;
pub mod feeders;
pub mod formula;
pub mod jacobian;
pub mod layout;
pub mod mosaic;
pub mod network_formula;
pub mod network_trace;
pub mod network_walk;
pub mod operation;
mod parser;
pub mod passing;
pub mod patch;
pub mod presets;
pub mod problem;
pub mod products;
pub mod saliency;
pub mod scalar_check;
pub mod scalar_graph;
mod scope;
mod slopes;
mod token;
pub mod trace;
pub mod update;
pub mod written;
