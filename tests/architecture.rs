//! The picture in `ARCHITECTURE.md`, held by a test: a module uses only what stands to its right, and only the modules
//! that post messages or draw the page know of the web.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with what it may use, leftmost first. What is not in the list does not exist.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "ui",
        &["lessons", "export", "trainer", "explain", "data", "nn", "autograd", "op", "tensor", "backend", "random", "part"],
    ),
    ("lessons", &["explain", "data", "nn", "autograd", "op", "tensor", "random"]),
    ("export", &["trainer", "nn", "random"]),
    ("trainer", &["export", "explain", "data", "nn", "autograd", "op", "tensor", "backend", "random", "part"]),
    ("explain", &["data", "nn", "autograd", "op", "tensor", "backend", "random"]),
    ("data", &["random"]),
    ("nn", &["autograd", "op", "tensor", "backend", "random"]),
    // One idea in three files: a tensor remembers its op, an op owns its tensors, gradients flow between them.
    ("tensor", &["op", "autograd", "backend", "random"]),
    ("op", &["tensor", "backend"]),
    ("autograd", &["op", "tensor", "backend"]),
    ("backend", &[]),
    ("random", &[]),
    ("part", &[]),
    ("dtype", &[]),
    ("shape", &[]),
    ("error", &[]),
];

/// What every module may use: the words of the house.
const EVERYWHERE: [&str; 3] = ["error", "shape", "dtype"];

/// Types that `lib.rs` offers at the top, with the module each belongs to.
const TOP_LEVEL: [(&str, &str); 6] = [
    ("Tensor", "tensor"),
    ("Device", "backend"),
    ("DType", "dtype"),
    ("Shape", "shape"),
    ("Error", "error"),
    ("Result", "error"),
];

/// Files outside `ui/` that may name the web: they post messages, fetch data, or reach the GPU through the browser.
const WEB_FILES: [&str; 4] = ["src/trainer/", "src/data/", "src/backend/gpu/", "src/lib.rs"];

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Code without comments, which may name what they like.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file can be read");
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules that a file names after `crate::`, in braces as well.
fn used_modules(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut used = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let names: Vec<String> = match part.strip_prefix('{') {
            // `use crate::{a::B, c}`: the first word of each entry at depth one.
            Some(list) => {
                let mut depth = 0;
                let mut entries = vec![String::new()];
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => entries.push(String::new()),
                        _ if depth == 0 => entries.last_mut().expect("never empty").push(c),
                        _ => {}
                    }
                }
                entries.iter().map(|entry| word(entry.trim())).collect()
            }
            None => vec![word(part)],
        };
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let module = TOP_LEVEL.iter().find(|(top, _)| *top == name).map_or(name.as_str(), |(_, module)| module);
            used.insert(module.to_string());
        }
    }
    used
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn each_file(mut check: impl FnMut(&str, &str, &Path)) {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    assert!(files.len() > 20, "the source was found");
    for path in files {
        let relative = path.strip_prefix(source()).expect("under src").to_path_buf();
        let first = relative.components().next().expect("a file has a name").as_os_str().to_string_lossy().to_string();
        let module = first.trim_end_matches(".rs").to_string();
        if module != "lib" {
            check(&module, &code(&path), &relative);
        }
    }
}

#[test]
fn a_module_uses_only_what_stands_to_its_right() {
    let mut wrong = Vec::new();
    each_file(|module, code, path| {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module `{module}` has no place in LAYERS", path.display()));
            return;
        };
        let known = |name: &str| LAYERS.iter().any(|(layer, _)| *layer == name);
        for used in used_modules(code).into_iter().filter(|name| known(name)) {
            if used != module && !allowed.contains(&used.as_str()) && !EVERYWHERE.contains(&used.as_str()) {
                wrong.push(format!("{}: `{module}` may not use `{used}`", path.display()));
            }
        }
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_the_page_and_the_messengers_know_of_the_web() {
    let mut wrong = Vec::new();
    each_file(|module, code, path| {
        let full = format!("src/{}", path.display());
        let may = module == "ui" || WEB_FILES.iter().any(|prefix| full.starts_with(prefix));
        if !may {
            for name in ["web_sys", "js_sys", "wasm_bindgen", "leptos"] {
                if code.contains(name) {
                    wrong.push(format!("{full} names {name}"));
                }
            }
        }
        if module != "ui" && code.contains("leptos") {
            wrong.push(format!("{full} names leptos"));
        }
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_through_braces() {
    let used = used_modules("use crate::{tensor::{Tensor, x}, nn::spec};\nlet a: crate::Device = crate::op::y();");
    let expected: BTreeSet<String> = ["tensor", "nn", "backend", "op"].iter().map(|name| name.to_string()).collect();
    assert_eq!(used, expected);
}
