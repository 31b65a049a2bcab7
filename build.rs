//! Turns `locales/<language>/<namespace>.json` into Rust: one struct for each text, whose fields are the
//! values that the text holds. So a missing text, a missing value or a misspelt one is an error of the
//! compiler, and the page carries nothing but the strings. `ui/i18n.rs` is the reader's side of it.

use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// The folders under `locales/`, and the variants of `Language` that they stand for.
const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("zh", "Chinese")];

fn main() {
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    // The flags that tell the two builds of the wasm apart (xtask/src/wasm.rs), of which cargo knows nothing otherwise.
    println!("cargo::rerun-if-env-changed=GRADLAB_RUSTC_FLAGS");
    println!("cargo::rustc-check-cfg=cfg(page)");
    let is = |variable: &str, value: &str| std::env::var(variable).is_ok_and(|set| set == value);
    if is("CARGO_FEATURE_PAGE", "1") && is("CARGO_CFG_TARGET_ARCH", "wasm32") {
        println!("cargo::rustc-cfg=page");
        // What cuts the module into parts follows the relocations.
        println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
    }
    if let Err(message) = write_texts() {
        println!("cargo::error={message}");
    }
}

fn write_texts() -> Result<(), String> {
    let mut code = String::new();
    let mut namespaces: Vec<String> = std::fs::read_dir("locales/en")
        .map_err(|error| format!("locales/en: {error}"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    namespaces.sort();
    for namespace in &namespaces {
        let mut versions = Vec::new();
        for (folder, _) in LANGUAGES {
            versions.push(read(&format!("locales/{folder}/{namespace}.json"))?);
        }
        write_module(&mut code, namespace, &versions, namespace)?;
    }
    let target = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    std::fs::write(Path::new(&target).join("texts.rs"), code).map_err(|error| error.to_string())
}

fn read(path: &str) -> Result<Map<String, Value>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

/// One module for a namespace or for a group of keys in it; `versions` are in the order of `LANGUAGES`.
fn write_module(code: &mut String, name: &str, versions: &[Map<String, Value>], path: &str) -> Result<(), String> {
    let keys: BTreeSet<&String> = versions.iter().flat_map(Map::keys).collect();
    let _ = writeln!(code, "pub mod {name} {{ use super::*;");
    for key in keys {
        let path = format!("{path}.{key}");
        let values: Vec<&Value> = versions
            .iter()
            .zip(LANGUAGES)
            .map(|(version, (folder, _))| version.get(key).ok_or(format!("{path} is missing in locales/{folder}")))
            .collect::<Result<_, _>>()?;
        let groups: Vec<Map<String, Value>> = values.iter().filter_map(|value| value.as_object().cloned()).collect();
        let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
        if groups.len() == values.len() {
            write_module(code, key, &groups, &path)?;
        } else if texts.len() == values.len() {
            write_text(code, key, &texts, &path)?;
        } else {
            return Err(format!("{path} must be a text, or a group of texts, in every language"));
        }
    }
    code.push_str("}\n");
    Ok(())
}

fn write_text(code: &mut String, key: &str, texts: &[&str], path: &str) -> Result<(), String> {
    let parts: Vec<Vec<Part>> =
        texts.iter().map(|text| split(text).map_err(|why| format!("{path}: {why}"))).collect::<Result<_, _>>()?;
    let names: Vec<BTreeSet<&str>> = parts
        .iter()
        .map(|parts| parts.iter().filter_map(|part| if let Part::Value(name) = part { Some(*name) } else { None }).collect())
        .collect();
    if names.iter().any(|other| *other != names[0]) {
        return Err(format!("{path} holds different values in different languages: {names:?}"));
    }
    let names = &names[0];
    let (result, generics, lifetime) = if names.is_empty() { ("&'static str", "", "") } else { ("String", "<'a>", "<'_>") };
    let _ = writeln!(code, "/// {}", texts[0].replace('\n', " "));
    let fields: String = names.iter().map(|name| format!("pub {name}: &'a dyn Display, ")).collect();
    let _ = writeln!(code, "pub struct {key}{generics} {{ {fields}}}");
    let _ =
        writeln!(code, "impl {key}{lifetime} {{ pub fn text(&self, language: Language) -> {result} {{ match language {{");
    for (parts, (_, variant)) in parts.iter().zip(LANGUAGES) {
        let mut template = String::new();
        let mut values = String::new();
        for part in parts {
            match part {
                Part::Text(text) if names.is_empty() => template.push_str(text),
                Part::Text(text) => template.push_str(&text.replace('{', "{{").replace('}', "}}")),
                Part::Value(name) => {
                    template.push_str("{}");
                    let _ = write!(values, ", self.{name}");
                }
            }
        }
        let arm = if names.is_empty() { format!("{template:?}") } else { format!("format!({template:?}{values})") };
        let _ = writeln!(code, "Language::{variant} => {arm},");
    }
    code.push_str("} } }\n");
    Ok(())
}

enum Part<'a> {
    Text(&'a str),
    Value(&'a str),
}

/// `"{{ count }} steps"` is a value and a text.
fn split(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or(format!("a {{{{ without its }}}} in {text:?}"))?;
        parts.push(Part::Text(before));
        parts.push(Part::Value(name.trim()));
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}
