//! Takes out of a built module what nobody reads when it runs: custom sections, and the sixteen digits at the end of each
//! name under which the module and its script know a function: digits of a sum do not compress.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ImportSection, Module};
use wasmparser::{CustomSectionReader, Imports};

use crate::project::Outcome;

/// How wasm-bindgen begins the name of a function that the script offers.
const PREFIX: &str = "__wbg_";
/// How many hexadecimal digits it puts at the end.
const DIGITS: usize = 16;

/// A part of the program, slimmer.
pub fn part(module: &[u8]) -> Outcome<Vec<u8>> {
    reencoded(module, HashMap::new())
}

/// The first part with the script around it, both slimmer.
pub fn module_and_script(module: &[u8], script: &str) -> Outcome<(Vec<u8>, String)> {
    let script = &without_notes(script);
    let names = short_names(script);
    let mut short = String::with_capacity(script.len());
    for (name, between) in pieces(script) {
        short.push_str(names.get(name).map_or(name, String::as_str));
        short.push_str(between);
    }
    Ok((reencoded(module, names)?, short))
}

/// Without the comments that document it, and without indentation: wasm-bindgen writes no text that runs over several lines.
fn without_notes(script: &str) -> String {
    let lines =
        script.lines().map(str::trim).filter(|line| !["/**", "* ", "*/"].iter().any(|start| line.starts_with(start)));
    lines.filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

/// The script in pieces: a name with the prefix, and what follows it up to the next one. The first name is empty.
fn pieces(script: &str) -> impl Iterator<Item = (&str, &str)> {
    let starts = script.match_indices(PREFIX).map(|(place, _)| place);
    let places: Vec<usize> = std::iter::once(0).chain(starts).chain([script.len()]).collect();
    let pieces: Vec<&str> = places.windows(2).map(|pair| &script[pair[0]..pair[1]]).collect();
    pieces.into_iter().map(|piece| {
        let is_name = piece.starts_with(PREFIX);
        let end = piece.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(piece.len());
        piece.split_at(if is_name { end } else { 0 })
    })
}

/// The names that end in digits of a sum, with what they are called from now on.
fn short_names(script: &str) -> HashMap<String, String> {
    let mut names = HashMap::new();
    let mut taken: HashSet<String> = pieces(script).map(|(name, _)| name.to_string()).collect();
    for (name, _) in pieces(script) {
        let Some((start, sum)) = name.rsplit_once('_') else { continue };
        let is_sum = sum.len() == DIGITS && sum.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_sum || names.contains_key(name) {
            continue;
        }
        let mut short = start.to_string();
        while !taken.insert(short.clone()) {
            short.push('_');
        }
        names.insert(name.to_string(), short);
    }
    names
}

fn reencoded(module: &[u8], names: HashMap<String, String>) -> Outcome<Vec<u8>> {
    let mut slim = Module::new();
    Slimmer { names }
        .parse_core_module(&mut slim, wasmparser::Parser::new(0), module)
        .map_err(|error| format!("a module that was just built cannot be read: {error}"))?;
    Ok(slim.finish())
}

struct Slimmer {
    names: HashMap<String, String>,
}

impl Reencode for Slimmer {
    type Error = Infallible;

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error<Infallible>> {
        Ok(())
    }

    fn parse_imports(&mut self, section: &mut ImportSection, imports: Imports<'_>) -> Result<(), Error<Infallible>> {
        let Imports::Single(_, import) = imports else {
            return utils::parse_imports(self, section, imports);
        };
        let kind = self.entity_type(import.ty)?;
        let name = self.names.get(import.name).map_or(import.name, String::as_str);
        section.import(import.module, name, kind);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_sum_and_stay_apart() {
        let script = "const a = { __wbg_log_0123456789abcdef: 1, __wbg_log_fedcba9876543210: 2, __wbg_ptr: 3 };";
        let empty = Module::new().finish();
        let (_, short) = module_and_script(&empty, script).expect("an empty module");
        assert_eq!(short, "const a = { __wbg_log: 1, __wbg_log_: 2, __wbg_ptr: 3 };\n");
    }

    #[test]
    fn imports_follow_the_script() {
        let mut imports = ImportSection::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        imports.import("./gradlab_bg.js", "__wbg_log_0123456789abcdef", wasm_encoder::EntityType::Function(0));
        let mut module = Module::new();
        module.section(&types).section(&imports);
        module.section(&wasm_encoder::CustomSection { name: "producers".into(), data: b"names of tools".as_slice().into() });
        let (slim, _) = module_and_script(&module.finish(), "__wbg_log_0123456789abcdef()").expect("a small module");
        let holds = |text: &[u8]| slim.windows(text.len()).any(|window| window == text);
        assert!(holds(b"__wbg_log") && !holds(b"0123456789abcdef") && !holds(b"producers"));
    }
}
