//! MNIST over the network: fetched once, counted as it comes, unpacked as it streams, checked, and kept by the browser for
//! the next visit.

use crate::data::mnist::{DataFile, DataProblem, FILES, Images, Mnist, items};
use js_sys::{Function, Promise, Reflect, Uint8Array};
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Cache, CacheStorage, ReadableStream, ReadableStreamDefaultReader, Response};

/// The name under which the browser keeps the files.
const CACHE: &str = "gradlab-data-1";
/// Bytes of the packed files, for the progress bar; a server's own figures may be missing.
const PACKED: [u64; 4] = [9_719_438, 28_857, 1_616_508, 4_517];

#[wasm_bindgen]
extern "C" {
    /// The browser's own; web-sys counts it as unstable.
    type DecompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
    /// `WritableStreamDefaultWriter`, as much of it as is used.
    type StreamWriter;
    #[wasm_bindgen(method, structural, catch)]
    fn write(this: &StreamWriter, chunk: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn close(this: &StreamWriter) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn abort(this: &StreamWriter) -> Result<Promise, JsValue>;
}

/// Fetches, unpacks and checks the four files. `progress` is told of packed bytes: here, and in all.
pub async fn mnist(progress: impl Fn(u64, u64)) -> Result<Mnist, DataProblem> {
    let loaded = Cell::new(0);
    let total: u64 = PACKED.iter().sum();
    let count = |bytes: u64| {
        loaded.set(loaded.get() + bytes);
        progress(loaded.get().min(total), total);
    };
    count(0);
    let cache = open_cache().await;
    let mut files = Vec::with_capacity(4);
    for file in &FILES {
        files.push(one(file, cache.as_ref(), &count).await?);
    }
    progress(total, total);
    let files: [Vec<u8>; 4] = files.try_into().unwrap_or_default();
    let checked = Mnist::from_files(files);
    if let (Err(problem), Some(cache)) = (&checked, &cache) {
        // What is not right must not be found again at the next visit.
        let name = match problem {
            DataProblem::Missing { file, .. } | DataProblem::Truncated { file } | DataProblem::Foreign { file } => file,
        };
        let _ = JsFuture::from(cache.delete_with_str(&address(name))).await;
    }
    checked
}

/// Fetches the test images alone, for the page: the two smaller files.
pub async fn test_set() -> Result<Images, DataProblem> {
    let cache = open_cache().await;
    let images = one(&FILES[2], cache.as_ref(), &|_| ()).await?;
    let labels = one(&FILES[3], cache.as_ref(), &|_| ()).await?;
    Ok(Images { pixels: items(&FILES[2], images)?, labels: items(&FILES[3], labels)? })
}

/// Seen from the worker's script, or from the page, which lies a folder higher.
fn address(name: &str) -> String {
    let page = Reflect::has(&js_sys::global(), &JsValue::from_str("document")).unwrap_or(false);
    if page { format!("www/data/{name}.gz") } else { format!("data/{name}.gz") }
}

/// None where the browser keeps nothing: in private windows, or without a secure connection.
async fn open_cache() -> Option<Cache> {
    let storage = Reflect::get(&js_sys::global(), &JsValue::from_str("caches")).ok()?;
    let storage = storage.dyn_into::<CacheStorage>().ok()?;
    JsFuture::from(storage.open(CACHE)).await.ok()?.dyn_into().ok()
}

async fn one(file: &DataFile, cache: Option<&Cache>, count: &impl Fn(u64)) -> Result<Vec<u8>, DataProblem> {
    let name = file.name.to_string();
    let missing = |reason: String| DataProblem::Missing { file: name.clone(), reason };
    let response = response(file, cache).await.map_err(missing)?;
    let truncated = || DataProblem::Truncated { file: name.clone() };
    let unpacked = unpack(&response, count).await.map_err(|problem| match problem {
        Broken::Connection(reason) => DataProblem::Missing { file: name.clone(), reason },
        Broken::Packing => truncated(),
    });
    if let (Err(_), Some(cache)) = (&unpacked, cache) {
        let _ = JsFuture::from(cache.delete_with_str(&address(file.name))).await;
    }
    unpacked
}

/// From the last visit, or from the server; then also kept.
async fn response(file: &DataFile, cache: Option<&Cache>) -> Result<Response, String> {
    let address = address(file.name);
    if let Some(cache) = cache {
        let found = JsFuture::from(cache.match_with_str(&address)).await.ok();
        if let Some(response) = found.and_then(|found| found.dyn_into::<Response>().ok()) {
            return Ok(response);
        }
    }
    let said = |error: JsValue| {
        Reflect::get(&error, &JsValue::from_str("message")).ok().and_then(|text| text.as_string()).unwrap_or_default()
    };
    let fetch = Reflect::get(&js_sys::global(), &JsValue::from_str("fetch")).map_err(said)?;
    let promise = fetch.unchecked_into::<Function>().call1(&JsValue::NULL, &JsValue::from_str(&address)).map_err(said)?;
    let response = JsFuture::from(promise.unchecked_into::<Promise>()).await.map_err(said)?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("HTTP {}", response.status()));
    }
    if let (Some(cache), Ok(copy)) = (cache, response.clone()) {
        let put = cache.put_with_str(&address, &copy);
        // A full disk is no reason not to train.
        spawn_local(async move {
            let _ = JsFuture::from(put).await;
        });
    }
    Ok(response)
}

enum Broken {
    /// The bytes stopped coming.
    Connection(String),
    /// They came, but do not unpack.
    Packing,
}

/// Reads the body chunk by chunk through the browser's own gzip. Some servers unpack on the way: then the bytes are
/// taken as they are.
async fn unpack(response: &Response, count: &impl Fn(u64)) -> Result<Vec<u8>, Broken> {
    let lost = |error: JsValue| Broken::Connection(format!("{error:?}"));
    let body = response.body().ok_or_else(|| Broken::Connection(String::new()))?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let Some(first) = chunk(&reader).await.map_err(lost)? else { return Err(Broken::Packing) };
    let packed = first.length() >= 2 && first.get_index(0) == 0x1f && first.get_index(1) == 0x8b;
    if !packed {
        let mut bytes = first.to_vec();
        while let Some(next) = chunk(&reader).await.map_err(lost)? {
            bytes.extend(next.to_vec());
        }
        return Ok(bytes);
    }
    let stream = DecompressionStream::new("gzip").map_err(lost)?;
    let writable = Reflect::get(&stream, &JsValue::from_str("writable")).map_err(lost)?;
    let get_writer = Reflect::get(&writable, &JsValue::from_str("getWriter")).map_err(lost)?;
    let writer = get_writer.unchecked_into::<Function>().call0(&writable).map_err(lost)?;
    let writer: StreamWriter = writer.unchecked_into();
    let readable = Reflect::get(&stream, &JsValue::from_str("readable")).map_err(lost)?.unchecked_into::<ReadableStream>();
    let out = Response::new_with_opt_readable_stream(Some(&readable)).map_err(lost)?;
    // Reading begins before writing ends, or the stream would fill up and stand still.
    let all = JsFuture::from(out.array_buffer().map_err(lost)?);
    let mut next = Some(first);
    while let Some(bytes) = next {
        count(u64::from(bytes.length()));
        ignore(writer.write(&bytes));
        next = match chunk(&reader).await {
            Ok(next) => next,
            Err(error) => {
                ignore(writer.abort());
                let _ = all.await;
                return Err(lost(error));
            }
        };
    }
    ignore(writer.close());
    let buffer = all.await.map_err(|_| Broken::Packing)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

async fn chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    let done = Reflect::get(&read, &JsValue::from_str("done"))?.is_truthy();
    let value = Reflect::get(&read, &JsValue::from_str("value"))?;
    Ok(if done { None } else { value.dyn_into().ok() })
}

/// A failed write shows at the reading end; here it must only not count as unhandled.
fn ignore(promise: Result<Promise, JsValue>) {
    if let Ok(promise) = promise {
        spawn_local(async move {
            let _ = JsFuture::from(promise).await;
        });
    }
}
