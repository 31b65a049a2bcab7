//! Whether ops record a graph, on this thread.

use std::cell::Cell;

thread_local! {
    static GRAD_ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// Whether ops record a graph: `torch.is_grad_enabled()`.
pub fn grad_enabled() -> bool {
    GRAD_ENABLED.with(Cell::get)
}

/// Runs `body` without recording a graph: `with torch.no_grad():`.
pub fn no_grad<T>(body: impl FnOnce() -> T) -> T {
    with_grad(false, body)
}

/// Runs `body` with recording switched on or off: `with torch.set_grad_enabled(enabled):`.
pub fn with_grad<T>(enabled: bool, body: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            GRAD_ENABLED.with(|enabled| enabled.set(self.0));
        }
    }
    let _restore = Restore(GRAD_ENABLED.with(|present| present.replace(enabled)));
    body()
}
