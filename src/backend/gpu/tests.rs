//! What can be checked of the shaders without a GPU: that each program is valid as it is put together, that the table of programs
//! says what the files bind, and that every file is used.

use super::shader::{Access, all};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::collections::{BTreeMap, BTreeSet};

fn parse(name: &str, source: &str) -> (naga::Module, naga::valid::ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string_with_path(source, name)));
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string_with_path(source, name)));
    (module, info)
}

#[test]
fn every_shader_file_is_part_of_a_program() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/gpu/shaders");
    let files: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let named: BTreeSet<String> = all()
        .iter()
        .flat_map(|program| program.name.split_whitespace())
        .chain(["thread"])
        .map(|name| format!("{name}.wgsl"))
        .collect();
    assert_eq!(files, named);
}

#[test]
fn every_program_is_valid_and_binds_what_the_table_says() {
    let mut parsed = BTreeMap::new();
    for program in all() {
        let (module, info) = parsed.entry(program.name).or_insert_with(|| parse(program.name, &program.source()));
        let place = format!("{} {}", program.name, program.entry);
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
    let entries: BTreeSet<String> = all().iter().map(|program| format!("{}: {}", program.name, program.entry)).collect();
    let unused = |name: &&str| name.contains("source_images") && name.contains("convolution ");
    for (name, (module, _)) in parsed.iter().filter(|(name, _)| !unused(name)) {
        for entry in &module.entry_points {
            assert!(entries.contains(&format!("{name}: {}", entry.name)), "{name} {} is not in the table", entry.name);
        }
    }
}
