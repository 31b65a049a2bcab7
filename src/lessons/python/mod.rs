//! A small, honest Python: enough of the language, and of PyTorch, to run the code cells of the course.
//!
//! It computes with this crate's own tensors and prints as PyTorch does. What it does not know is an error that
//! says so, never a guess. The same interpreter checks every output in the lessons and runs the cells a learner
//! edits.

mod arguments;
mod attributes;
mod autograd;
mod dict;
mod elementwise;
mod evaluate;
mod exception;
mod expression;
mod format;
mod functions;
pub mod index;
mod initialise;
mod interpreter;
mod layer_functions;
mod literal;
mod losses;
pub mod make;
mod memory;
mod methods;
mod module_make;
mod module_print;
mod modules;
mod names;
mod operators;
mod optimizers;
mod parameter_group;
mod rearrange;
mod reductions;
mod schedulers;
pub mod statement;
pub mod syntax;
mod tensor_functions;
mod update_rules;
pub mod value;
mod variable;
mod views;

pub use interpreter::Interpreter;
