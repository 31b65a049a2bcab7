//! Memory that kernels need only while they run: packed panels, images laid out another way. One block a thread, which
//! grows to the largest need and is then reused, so that a replayed step allocates nothing.

use std::cell::RefCell;

thread_local! {
    static BLOCK: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `length` floats of unknown content, aligned to a cache line. Does not nest.
pub fn with_scratch<R>(length: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    const LINE: usize = 16;
    BLOCK.with(|block| {
        let mut block = block.borrow_mut();
        if block.len() < length + LINE {
            block.resize(length + LINE, 0.0);
        }
        let skip = block.as_ptr().align_offset(64).min(LINE);
        work(&mut block[skip..skip + length])
    })
}
