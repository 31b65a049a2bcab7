//! Memory that kernels need only while they run: packed panels, images laid out another way. One block a thread, which
//! grows to the largest need and is then reused, so that a replayed step allocates nothing.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

/// Floats in a cache line.
const LINE: usize = 16;

thread_local! {
    static BLOCK: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Some floats of unknown content, aligned to a cache line. A guard and not a closure's argument: what a closure does
/// would be compiled without the vector instructions of the function around it.
pub struct Scratch {
    block: Vec<f32>,
    skip: usize,
    length: usize,
}

impl Scratch {
    /// Borrows the thread's block. While another guard lives, a fresh block is made.
    pub fn new(length: usize) -> Scratch {
        let mut block = BLOCK.take();
        if block.len() < length + LINE {
            block.resize(length + LINE, 0.0);
        }
        let skip = block.as_ptr().align_offset(64).min(LINE);
        Scratch { block, skip, length }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        BLOCK.set(std::mem::take(&mut self.block));
    }
}

impl Deref for Scratch {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.block[self.skip..self.skip + self.length]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.block[self.skip..self.skip + self.length]
    }
}
