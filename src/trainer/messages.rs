//! Commands and events as JavaScript values: plain objects, with large arrays as `Uint8Array` whose memory is handed over
//! instead of copied.

use js_sys::{Array, Object, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

/// Arrays from this size on are handed over.
const LARGE: u32 = 4096;

/// A message, and the memory that goes over with it.
pub fn pack<T: Serialize>(message: &T) -> Result<(JsValue, Array), String> {
    let value = serde_wasm_bindgen::to_value(message).map_err(|error| error.to_string())?;
    let transfer = Array::new();
    collect_large(&value, &transfer, 0);
    Ok((value, transfer))
}

/// Reads what [`pack`] made.
pub fn unpack<T: DeserializeOwned>(value: JsValue) -> Result<T, String> {
    serde_wasm_bindgen::from_value(value).map_err(|error| error.to_string())
}

fn collect_large(value: &JsValue, transfer: &Array, depth: usize) {
    if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        if bytes.byte_length() >= LARGE {
            transfer.push(&bytes.buffer());
        }
    } else if depth < 4 && value.is_object() && !Array::is_array(value) {
        for inner in Object::values(value.unchecked_ref()).iter() {
            collect_large(&inner, transfer, depth + 1);
        }
    }
}
