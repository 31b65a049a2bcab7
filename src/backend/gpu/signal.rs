//! A value that a callback delivers once, awaited as a future: how the callbacks of wgpu become `async`.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// The receiving end.
#[derive(Debug)]
pub(super) struct Signal<T>(Arc<Mutex<State<T>>>);

/// The sending end.
#[derive(Debug)]
pub(super) struct Sender<T>(Arc<Mutex<State<T>>>);

/// A new pair.
pub(super) fn signal<T>() -> (Sender<T>, Signal<T>) {
    let state = Arc::new(Mutex::new(State { value: None, waker: None }));
    (Sender(state.clone()), Signal(state))
}

impl<T> Sender<T> {
    /// Delivers the value.
    pub fn send(self, value: T) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.value = Some(value);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Signal<T> {
    /// Whether the value is there.
    pub fn is_ready(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).value.is_some()
    }
}

impl<T> Future for Signal<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
