//! GradLab: tensors, gradients and MNIST in one browser tab. See `ARCHITECTURE.md` for the map.
//!
//! Data flows one way, each module uses only what stands to its right:
//! `ui -> trainer -> nn -> tensor -> backend`, with `explain` beside.

pub mod autograd;
pub mod backend;
pub mod data;
pub mod dtype;
pub mod error;
pub mod explain;
pub mod export;
pub mod lessons;
pub mod nn;
pub mod op;
#[cfg(page)]
pub mod part;
pub mod random;
pub mod shape;
pub mod tensor;
pub mod trainer;
pub mod ui;

pub use backend::Device;
pub use dtype::DType;
pub use error::{Error, Result};
pub use shape::Shape;
pub use tensor::Tensor;

/// Starts the page: `index.html` calls it once the module is loaded.
#[cfg(page)]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start_page() {
    ui::panic::set_hook();
    ui::frame::mount();
}
