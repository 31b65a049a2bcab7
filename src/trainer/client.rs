//! The page's end: starts the worker, sends it commands once it listens, hands its events on.

use super::messages::{pack, unpack};
use super::protocol::{Command, Event, Problem};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// Where the worker's script lies, seen from the page.
const SCRIPT: &str = "www/worker.js";

/// A handle on the worker. Cheap to clone; the worker lives as long as the page.
#[derive(Clone)]
pub struct Client {
    inner: Rc<Inner>,
}

struct Inner {
    worker: Option<Worker>,
    /// Commands from before the worker listened; none once it does.
    early: RefCell<Option<Vec<Command>>>,
}

impl Client {
    /// Starts the worker. Every event goes to `on_event`, on the page's thread.
    pub fn start(on_event: impl Fn(Event) + 'static) -> Client {
        let on_event = Rc::new(on_event);
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = match Worker::new_with_options(SCRIPT, &options) {
            Ok(worker) => Some(worker),
            Err(error) => {
                on_event(Event::Failed(Problem::Browser(format!("{error:?}"))));
                None
            }
        };
        let client = Client { inner: Rc::new(Inner { worker, early: RefCell::new(Some(Vec::new())) }) };
        if let Some(worker) = &client.inner.worker {
            let handle = client.clone();
            let tell = on_event.clone();
            let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
                match unpack::<Event>(message.data()) {
                    Ok(Event::Ready) => {
                        handle.send_early();
                        tell(Event::Ready);
                    }
                    Ok(event) => tell(event),
                    Err(error) => tell(Event::Failed(Problem::Browser(error))),
                }
            });
            worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            on_message.forget();
            let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
                let message =
                    js_sys::Reflect::get(&event, &JsValue::from_str("message")).ok().and_then(|text| text.as_string());
                on_event(Event::Failed(Problem::Browser(message.unwrap_or_else(|| SCRIPT.to_string()))));
            });
            worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
            on_error.forget();
        }
        client
    }

    /// Sends a command, at once or as soon as the worker listens.
    pub fn send(&self, command: Command) {
        if let Some(early) = self.inner.early.borrow_mut().as_mut() {
            early.push(command);
            return;
        }
        self.post(&command);
    }

    /// Ends the worker at once, whatever it does. For those that serve one view only.
    pub fn stop(&self) {
        if let Some(worker) = &self.inner.worker {
            worker.terminate();
        }
    }

    fn send_early(&self) {
        let early = self.inner.early.borrow_mut().take().unwrap_or_default();
        early.iter().for_each(|command| self.post(command));
    }

    fn post(&self, command: &Command) {
        let Some(worker) = &self.inner.worker else { return };
        let outcome = pack(command).and_then(|(value, transfer)| {
            worker.post_message_with_transfer(&value, &transfer).map_err(|error| format!("{error:?}"))
        });
        if let Err(error) = outcome {
            web_sys::console::error_1(&JsValue::from_str(&format!("a command could not be sent: {error}")));
        }
    }
}
