//! `cargo xtask build`: `dist`, a folder of static files that works under any path of any file server.
//! Beside each file that gains by it lies a `.br` and a `.gz`, for servers that send those.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::command::step;
use crate::project::{self, Outcome};
use crate::{stamp, wasm};

/// Files that browsers may be told to fetch compressed; pictures, fonts and the data set already are.
const COMPRESSIBLE: [&str; 9] = ["html", "js", "css", "wasm", "json", "webmanifest", "svg", "md", "safetensors"];

/// Kept in `www/service-worker.js` for the list of files and their sums.
const FILES_MARK: &str = "/* FILES */ []";

/// Builds the wasm and the folder, whatever of it is out of date; where the folder lies.
pub fn build(quick: bool) -> Outcome<PathBuf> {
    wasm::build(quick)?;
    let dist = project::path("dist");
    let stamp_file = project::path("target/dist-stamp");
    let sum = stamp::of(&["index.html", "www", "pkg", "xtask/src/site.rs"])?;
    if dist.exists() && stamp::is_fresh(&stamp_file, &sum) {
        return Ok(dist);
    }
    step("collecting dist", || collect(&dist))?;
    project::write(&stamp_file, sum)?;
    Ok(dist)
}

/// `cargo xtask build [--quick]`; quick: only the wasm that current browsers choose, hardly optimized, for work on the page.
pub fn run(arguments: &[String]) -> Outcome {
    let dist = build(arguments.iter().any(|argument| argument == "--quick"))?;
    println!("- {} can be put on any file server", dist.display());
    Ok(())
}

fn collect(dist: &Path) -> Outcome {
    if dist.exists() {
        std::fs::remove_dir_all(dist).map_err(|error| format!("cannot clear {}: {error}", dist.display()))?;
    }
    let mut files = vec![("index.html".to_string(), project::read(&project::path("index.html"))?)];
    for folder in ["www", "pkg"] {
        for file in stamp::files_below(&project::path(folder))? {
            let name = stamp::relative(&file, &project::root());
            if !name.ends_with("/stamp") && name != "www/service-worker.js" {
                files.push((name, project::read(&file)?));
            }
        }
    }
    files.push(service_worker(&files)?);
    let compressed = std::thread::scope(|scope| {
        let handles: Vec<_> = files.iter().map(|file| scope.spawn(move || write_with_twins(dist, file))).collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or(Err("compressing failed".to_string())))
            .collect::<Outcome<Vec<()>>>()
    });
    compressed.map(|_| ())
}

/// The service worker lies at the top, since it rules over what lies beside and below it. It learns every
/// file's sum, so that a new build is noticed and only what changed is fetched.
fn service_worker(files: &[(String, Vec<u8>)]) -> Outcome<(String, Vec<u8>)> {
    let template = project::read(&project::path("www/service-worker.js"))?;
    let template = String::from_utf8_lossy(&template).into_owned();
    if !template.contains(FILES_MARK) {
        return Err(format!("www/service-worker.js lacks `{FILES_MARK}`"));
    }
    let list: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), stamp::of_bytes(bytes))).collect();
    let list = serde_json::to_string(&list).map_err(|error| error.to_string())?;
    let script = template.replace(FILES_MARK, &list);
    Ok(("service-worker.js".to_string(), script.into_bytes()))
}

fn write_with_twins(dist: &Path, (name, bytes): &(String, Vec<u8>)) -> Outcome {
    let file = dist.join(name);
    project::write(&file, bytes)?;
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    if !COMPRESSIBLE.contains(&extension.as_ref()) || bytes.len() < 256 {
        return Ok(());
    }
    for (suffix, packed) in [("gz", gzip(bytes)), ("br", brotli(bytes))] {
        let packed = packed.map_err(|error| format!("cannot compress {name}: {error}"))?;
        if packed.len() < bytes.len() {
            project::write(&dist.join(format!("{name}.{suffix}")), packed)?;
        }
    }
    Ok(())
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)?;
    Ok(packed)
}
