//! What leaves the page and comes back: addresses, weight files, PyTorch scripts.

pub mod link;
pub mod pytorch;
pub mod safetensors;
