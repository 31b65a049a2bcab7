//! The worker's entry: takes commands from the page, lets the engine work in slices, and posts what happens. Between two
//! slices the browser gets its turn, so that a command is heard within a few milliseconds.

use super::engine::Engine;
use super::fetch;
use super::messages::{pack, unpack};
use super::protocol::{Command, Event, Problem};
use super::team;
use crate::data::mnist::{DataProblem, Mnist};
use crate::part::part;
use js_sys::{Function, Promise};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

/// What wakes the loop.
enum Incoming {
    Command(Command),
    Data(Result<Mnist, DataProblem>),
}

#[derive(Clone, Default)]
struct Inbox {
    waiting: Rc<RefCell<VecDeque<Incoming>>>,
    wake: Rc<RefCell<Option<Function>>>,
}

impl Inbox {
    fn put(&self, incoming: Incoming) {
        self.waiting.borrow_mut().push_back(incoming);
        if let Some(wake) = self.wake.borrow_mut().take() {
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    fn take(&self) -> Option<Incoming> {
        self.waiting.borrow_mut().pop_front()
    }

    /// Until something is put in.
    async fn wait(&self) {
        if !self.waiting.borrow().is_empty() {
            return;
        }
        let promise = Promise::new(&mut |resolve, _| *self.wake.borrow_mut() = Some(resolve));
        let _ = JsFuture::from(promise).await;
    }
}

/// Begins to listen: `www/worker.js` calls it once the module is loaded. The promise fails if the worker's part cannot be had.
#[wasm_bindgen]
pub async fn start_worker() -> Result<(), JsError> {
    console_error_panic_hook::set_once();
    listen().await.map_err(JsError::from)
}

part! {
    /// Takes messages from now on, and says so.
    fn listen() -> () {
        take_messages();
    }
}

fn take_messages() {
    let inbox = Inbox::default();
    let letters = inbox.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if team::is_for_helper(&event.data()) {
            return team::become_helper(event.data());
        }
        match unpack(event.data()) {
            Ok(command) => letters.put(Incoming::Command(command)),
            Err(error) => post(&Event::Failed(Problem::Browser(error))),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&Event::Ready);
    spawn_local(work(inbox));
}

async fn work(inbox: Inbox) {
    let mut engine = Engine::new(now);
    engine.set_team_maker(team::MAKER);
    let mut fetching = false;
    // Made once: a channel whose message is the next turn.
    let Ok(channel) = MessageChannel::new() else {
        post(&Event::Failed(Problem::Browser("MessageChannel".to_string())));
        return;
    };
    loop {
        while let Some(incoming) = inbox.take() {
            match incoming {
                Incoming::Command(command) => engine.handle(command).await,
                Incoming::Data(data) => {
                    fetching = false;
                    engine.provide(data);
                }
            }
            engine.take_events().iter().for_each(post);
        }
        if engine.wants_data() && !fetching {
            fetching = true;
            let inbox = inbox.clone();
            spawn_local(async move {
                let data = fetch::mnist(|loaded, total| post(&Event::DataProgress { loaded, total })).await;
                inbox.put(Incoming::Data(data));
            });
        }
        if engine.has_work() {
            engine.advance().await;
            engine.take_events().iter().for_each(post);
            next_turn(&channel).await;
        } else {
            inbox.wait().await;
        }
    }
}

/// Lets messages in: timers would wait for milliseconds, promises would not let anything in.
async fn next_turn(channel: &MessageChannel) {
    let promise = Promise::new(&mut |resolve, _| {
        channel.port1().set_onmessage(Some(&resolve));
        let _ = channel.port2().post_message(&JsValue::NULL);
    });
    let _ = JsFuture::from(promise).await;
}

fn post(event: &Event) {
    let outcome = pack(event).and_then(|(value, transfer)| {
        scope().post_message_with_transfer(&value, &transfer).map_err(|error| format!("{error:?}"))
    });
    if let Err(error) = outcome {
        web_sys::console::error_1(&JsValue::from_str(&format!("an event could not be posted: {error}")));
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

thread_local! {
    /// Looked up once: asking the global scope for it takes longer than asking it for the time.
    static PERFORMANCE: Option<web_sys::Performance> =
        js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("performance")).ok().and_then(|value| value.dyn_into().ok());
}

/// Milliseconds: `performance.now()` of the worker; `Date` where a browser has none.
pub fn now() -> f64 {
    PERFORMANCE.with(|performance| performance.as_ref().map_or_else(js_sys::Date::now, web_sys::Performance::now))
}
