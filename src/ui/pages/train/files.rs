//! Files to and from the reader's machine.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Offers bytes as a download.
pub fn save(name: &str, bytes: &[u8], kind: &str) {
    if let Err(error) = try_save(name, bytes, kind) {
        web_sys::console::error_1(&error);
    }
}

fn try_save(name: &str, bytes: &[u8], kind: &str) -> Result<(), JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let document = leptos::prelude::document();
    let anchor: web_sys::HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    web_sys::Url::revoke_object_url(&address)
}

/// Reads the chosen file.
pub fn read_chosen(input: &web_sys::HtmlInputElement, then: impl FnOnce(Vec<u8>) + 'static) {
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    // The same file can then be chosen again.
    let input = input.clone();
    spawn_local(async move {
        if let Ok(buffer) = JsFuture::from(file.array_buffer()).await {
            then(js_sys::Uint8Array::new(&buffer).to_vec());
        }
        input.set_value("");
    });
}
