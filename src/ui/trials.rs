//! What was tried out on this machine once and is remembered by the browser, in the worker's own words: which kernels suit its GPUs,
//! how many workers are fastest. Every worker is told when it starts, whichever view wants it.

use super::storage;
use crate::trainer::client::Client;
use crate::trainer::protocol::{Command, Event};

/// Names in the browser's storage.
const KERNELS: &str = "kernels";
const CREW: &str = "workers";

/// Starts a worker that knows what was found so far; what it finds is remembered.
pub fn start_worker(on_event: impl Fn(Event) + 'static) -> Client {
    let client = Client::start(move |event| {
        match &event {
            Event::KernelsTried(kernels) => remember_kernels(kernels),
            Event::Crew { keep: Some(crew), .. } => storage::save(CREW, crew),
            _ => {}
        }
        on_event(event);
    });
    let known = [kernels().map(Command::RecallKernels), storage::load(CREW).map(Command::RecallCrew)];
    known.into_iter().flatten().for_each(|command| client.send(command));
    client
}

/// The kernels that suit this machine's GPUs, for what opens one without a worker.
pub fn kernels() -> Option<String> {
    storage::load(KERNELS)
}

/// Remembers them.
pub fn remember_kernels(kernels: &str) {
    storage::save(KERNELS, kernels);
}
