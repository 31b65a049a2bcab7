//! Helpers as web workers: each loads its own instance of the program. Where the page is cross-origin isolated orders and sums
//! lie in shared memory (`shared_memory`); elsewhere they travel as messages with transferred buffers, and the leader adds.

use super::messages::{pack, unpack};
use super::shards::{
    Helper, Later, Part, Replica, StepOrder, Team, TeamMaker, TeamRequest, add_parts, each_place, usable_workers,
};
use super::shared_memory::{Room, SharedMemory};
use crate::backend::Buffer;
use crate::data::mnist::Images;
use crate::error::{Error, Result};
use js_sys::{Array, Float32Array, Function, Object, Promise, Reflect, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions, WorkerType};

/// Milliseconds after which a helper that does not answer counts as lost: in a step, and while it starts.
const PATIENCE: f64 = 5_000.0;
const START_PATIENCE: f64 = 20_000.0;

/// How teams are made in a browser.
pub const MAKER: TeamMaker = TeamMaker {
    workers: workers_here,
    clock: super::worker::now,
    // A browser puts its optimized code in place only while it runs.
    cold: 400.0,
    assemble: |request| Box::pin(async { WebTeam::assemble(request).await }),
};

fn workers_here(asked: usize) -> usize {
    usable_workers(if asked == 0 { cores() } else { asked })
}

fn cores() -> usize {
    scope().navigator().hardware_concurrency() as usize
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// A helper that is of no more use.
pub fn lost(why: impl std::fmt::Debug) -> Error {
    Error::Device(format!("a worker is lost: {why:?}"))
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

/// `{ helper: kind }` with further fields.
fn letter(kind: &str, fields: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in [("helper", &JsValue::from_str(kind))].iter().chain(fields) {
        let _ = Reflect::set(&object, &JsValue::from_str(key), value);
    }
    object.into()
}

fn body<T: Serialize>(kind: &str, value: &T) -> Result<(JsValue, Array)> {
    let (value, transfer) = pack(value).map_err(lost)?;
    Ok((letter(kind, &[("body", &value)]), transfer))
}

fn read_body<T: DeserializeOwned>(message: &JsValue) -> Result<T> {
    unpack(get(message, "body")).map_err(lost)
}

fn kind(message: &JsValue) -> String {
    get(message, "helper").as_string().unwrap_or_default()
}

/// Whether the first message to a worker makes it a helper.
pub fn is_for_helper(message: &JsValue) -> bool {
    message.is_object() && get(message, "helper").is_string()
}

/// Messages that have come and are not read yet.
#[derive(Clone, Default)]
struct Mail {
    waiting: Rc<RefCell<VecDeque<JsValue>>>,
    wake: Rc<RefCell<Option<Function>>>,
}

impl Mail {
    fn put(&self, message: JsValue) {
        self.waiting.borrow_mut().push_back(message);
        if let Some(wake) = self.wake.borrow_mut().take() {
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    /// The next message; an error after so many milliseconds without one.
    async fn next(&self, patience: Option<f64>) -> Result<JsValue> {
        if self.waiting.borrow().is_empty() {
            let mut timer = JsValue::UNDEFINED;
            let promise = Promise::new(&mut |resolve, _| {
                if let (Some(patience), Ok(set)) = (patience, get(&scope(), "setTimeout").dyn_into::<Function>()) {
                    timer = set.call2(&JsValue::NULL, &resolve, &patience.into()).unwrap_or(JsValue::UNDEFINED);
                }
                *self.wake.borrow_mut() = Some(resolve);
            });
            let _ = JsFuture::from(promise).await;
            if let (false, Ok(clear)) = (timer.is_undefined(), get(&scope(), "clearTimeout").dyn_into::<Function>()) {
                let _ = clear.call1(&JsValue::NULL, &timer);
            }
        }
        self.waiting.borrow_mut().pop_front().ok_or_else(|| lost("no answer"))
    }

    /// The next message of this kind; any other means that the helper has failed.
    async fn expect(&self, wanted: &str, patience: f64) -> Result<JsValue> {
        let message = self.next(Some(patience)).await?;
        if kind(&message) == wanted { Ok(message) } else { Err(lost(message)) }
    }
}

struct WebTeam {
    helpers: Vec<(Worker, Mail)>,
    shared: Option<SharedMemory>,
    /// How often the helpers were sent the leader's numbers.
    loads: u32,
}

impl Drop for WebTeam {
    fn drop(&mut self) {
        self.helpers.iter().for_each(|(worker, _)| worker.terminate());
    }
}

impl WebTeam {
    async fn assemble(request: TeamRequest) -> Result<Box<dyn Team>> {
        let workers = request.workers;
        let isolated = get(&scope(), "crossOriginIsolated").is_truthy();
        let room = Room { sums: request.sums, masks: request.masks };
        let memory = if isolated { room.allocate(workers) } else { JsValue::UNDEFINED };
        let leader = Part { worker: 0, workers };
        let shared = isolated.then(|| SharedMemory::new(&memory, leader, room, cores()));
        let mut team = WebTeam { helpers: Vec::new(), shared, loads: 0 };
        for _ in 1..workers {
            team.helpers.push(start_helper()?);
        }
        for (i, (worker, mail)) in team.helpers.iter().enumerate() {
            // What every worker posts first: that its program listens.
            mail.next(Some(START_PATIENCE)).await?;
            let part = Part { worker: i + 1, workers };
            let (plan, _) = pack(&(&request.settings, part, request.examples, room)).map_err(lost)?;
            let pixels = Uint8Array::from(&request.data.train.pixels[..]);
            let labels = Uint8Array::from(&request.data.train.labels[..]);
            let fields = [("body", &plan), ("memory", &memory), ("pixels", &pixels), ("labels", &labels)];
            let transfer = Array::of2(&pixels.buffer(), &labels.buffer());
            worker.post_message_with_transfer(&letter("begin", &fields), &transfer).map_err(lost)?;
        }
        for (_, mail) in &team.helpers {
            mail.expect("ready", START_PATIENCE).await?;
        }
        Ok(Box::new(team))
    }

    fn tell<T: Serialize>(&self, kind: &str, value: &T) -> Result<()> {
        for (worker, _) in &self.helpers {
            let (message, transfer) = body(kind, value)?;
            worker.post_message_with_transfer(&message, &transfer).map_err(lost)?;
        }
        Ok(())
    }
}

fn start_helper() -> Result<(Worker, Mail)> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let script = get(&get(&scope(), "location"), "href").as_string().unwrap_or_default();
    let worker = Worker::new_with_options(&script, &options).map_err(lost)?;
    let mail = Mail::default();
    let letters = mail.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| letters.put(event.data()));
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let letters = mail.clone();
    let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| letters.put(letter("failed", &[])));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    on_error.forget();
    Ok((worker, mail))
}

impl Team for WebTeam {
    fn workers(&self) -> usize {
        self.helpers.len() + 1
    }

    fn load(&mut self, replica: &Replica) -> Result<()> {
        self.loads += 1;
        self.tell("load", replica)
    }

    fn begin(&mut self, order: &StepOrder) -> Result<()> {
        let Some(shared) = &mut self.shared else { return self.tell("step", order) };
        // Helpers with shared memory write letters only when they fail.
        if self.helpers.iter().any(|(_, mail)| !mail.waiting.borrow().is_empty()) {
            return Err(lost("it has failed"));
        }
        shared.order(order, self.loads)
    }

    fn sum<'a>(&'a mut self, partial: &'a [Buffer]) -> Later<'a, ()> {
        Box::pin(async move {
            if let Some(shared) = &mut self.shared {
                return shared.sum(partial, PATIENCE);
            }
            let mut parts = Vec::with_capacity(self.helpers.len());
            for (_, mail) in &self.helpers {
                let message = mail.expect("partial", PATIENCE).await?;
                parts.push(get(&message, "sums").unchecked_into::<Float32Array>());
            }
            add_parts(self.workers(), 0, partial, |worker, offset, to| {
                let offset = offset as u32;
                parts[worker - 1].subarray(offset, offset + to.len() as u32).copy_to(to);
            })?;
            // The buffers that the helpers sent go back to them, with the sums of all.
            for ((worker, _), part) in self.helpers.iter().zip(&parts) {
                gather(partial, part)?;
                let message = letter("total", &[("sums", part)]);
                worker.post_message_with_transfer(&message, &Array::of1(&part.buffer())).map_err(lost)?;
            }
            Ok(())
        })
    }
}

/// Copies the buffers into one row of sums.
fn gather(buffers: &[Buffer], to: &Float32Array) -> Result<()> {
    each_place(buffers, |offset, floats| to.subarray(offset as u32, (offset + floats.len()) as u32).copy_from(floats))
}

/// Copies a row of sums into the buffers.
fn scatter(from: &Float32Array, buffers: &[Buffer]) -> Result<()> {
    each_place(buffers, |offset, floats| from.subarray(offset as u32, (offset + floats.len()) as u32).copy_to(floats))
}

/// Makes this worker a helper from its first message on.
pub fn become_helper(first: JsValue) {
    let mail = Mail::default();
    let letters = mail.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| letters.put(event.data()));
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    spawn_local(async move {
        if let Err(error) = help(first, mail).await {
            let _ = scope().post_message(&letter("failed", &[("body", &JsValue::from_str(&error.to_string()))]));
        }
    });
}

async fn help(first: JsValue, mail: Mail) -> Result<()> {
    let (settings, part, examples, room): (_, Part, _, Room) = read_body(&first)?;
    let bytes = |key| get(&first, key).unchecked_into::<Uint8Array>().to_vec();
    let helper = Helper::new(&settings, part, Images { pixels: bytes("pixels"), labels: bytes("labels") }, examples)?;
    let memory = get(&first, "memory");
    drop(first);
    scope().post_message(&letter("ready", &[])).map_err(lost)?;
    if memory.is_undefined() {
        return help_by_letters(helper, mail, room).await;
    }
    let mut shared = SharedMemory::new(&memory, part, room, cores());
    let outcome = help_in_shared_memory(helper, mail, &mut shared).await;
    shared.fail();
    outcome
}

async fn help_in_shared_memory(mut helper: Helper, mail: Mail, shared: &mut SharedMemory) -> Result<()> {
    let mut loaded = 0;
    loop {
        let (order, loads) = shared.next_order()?;
        while loaded < loads {
            helper.load(read_body::<Replica>(&mail.next(None).await?)?)?;
            loaded += 1;
        }
        helper.gradient(&order)?;
        shared.sum(&helper.sums(), PATIENCE)?;
        helper.update()?;
    }
}

async fn help_by_letters(mut helper: Helper, mail: Mail, room: Room) -> Result<()> {
    let mut sums = Float32Array::new_with_length(room.sums as u32);
    loop {
        let message = mail.next(None).await?;
        if kind(&message) == "load" {
            helper.load(read_body::<Replica>(&message)?)?;
            continue;
        }
        helper.gradient(&read_body::<StepOrder>(&message)?)?;
        let buffers = helper.sums();
        gather(&buffers, &sums)?;
        let letter = letter("partial", &[("sums", &sums)]);
        scope().post_message_with_transfer(&letter, &Array::of1(&sums.buffer())).map_err(lost)?;
        sums = get(&mail.next(None).await?, "sums").unchecked_into();
        scatter(&sums, &buffers)?;
        helper.update()?;
    }
}
