//! What can be checked of the shaders without a GPU: that each file is valid as it lies, that the table of programs says what
//! the files bind, and that the texts that several files share are the same.

use super::shader::{ALL, Access};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::collections::BTreeMap;

fn parse(file: &str, source: &str) -> (naga::Module, naga::valid::ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(source, file)));
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(source, file)));
    (module, info)
}

#[test]
fn every_shader_file_is_valid_as_it_lies_and_in_the_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/gpu");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".wgsl"))
        .collect();
    files.sort();
    let mut named: Vec<String> = ALL.iter().map(|program| program.file.to_string()).collect();
    named.sort();
    named.dedup();
    assert_eq!(files, named);
}

#[test]
fn the_table_names_what_each_entry_point_binds() {
    let mut parsed = BTreeMap::new();
    for program in ALL {
        let (module, info) = parsed.entry(program.file).or_insert_with(|| parse(program.file, program.source));
        let place = format!("{} {}", program.file, program.entry);
        let index = module.entry_points.iter().position(|entry| entry.name == program.entry).expect(&place);
        let uses = info.get_entry_point(index);
        let mut bound = Vec::new();
        for (handle, variable) in module.global_variables.iter() {
            let (Some(binding), false) = (&variable.binding, uses[handle].is_empty()) else { continue };
            let writes = match variable.space {
                naga::AddressSpace::Storage { access } => Some(access.contains(naga::StorageAccess::STORE)),
                _ => None,
            };
            bound.push((binding.binding, writes));
        }
        bound.sort();
        let mut listed: Vec<(u32, Option<bool>)> = program
            .bindings
            .iter()
            .map(|&(binding, access)| {
                let writes = match access {
                    Access::Read => Some(false),
                    Access::Write => Some(true),
                    Access::Cursor | Access::Params => None,
                };
                (binding, writes)
            })
            .collect();
        listed.sort();
        assert_eq!(bound, listed, "{place}");
    }
    let entries: usize = parsed.values().map(|(module, _)| module.entry_points.len()).sum();
    assert_eq!(entries, ALL.len(), "an entry point is missing from the table");
}

#[test]
fn the_update_rule_reads_the_same_in_every_file() {
    let rule = |source: &str| {
        let start = source.find("// begin update rule")?;
        let end = source.find("// end update rule")?;
        Some(source[start..end].to_string())
    };
    let rules: BTreeMap<&str, String> =
        ALL.iter().filter_map(|program| Some((program.file, rule(program.source)?))).collect();
    assert_eq!(rules.len(), 4, "{:?}", rules.keys());
    let first = rules.values().next().unwrap();
    for (file, text) in &rules {
        assert_eq!(text, first, "{file}");
    }
}
