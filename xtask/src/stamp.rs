//! Whether anything has changed: a sum over the contents of files, kept beside what was made from them.

use std::path::{Path, PathBuf};

use md5::{Digest, Md5};

use crate::project::{self, Outcome};

/// A sum over the names and contents of all files below these paths (relative to the root).
pub fn of(paths: &[&str]) -> Outcome<String> {
    let mut sum = Md5::new();
    for path in paths {
        for file in files_below(&project::path(path))? {
            sum.update(relative(&file, &project::root()).as_bytes());
            sum.update(Md5::digest(project::read(&file)?));
        }
    }
    Ok(hexadecimal(&sum.finalize()))
}

/// The MD5 sum of some bytes, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Md5::digest(bytes))
}

/// Whether the stamp file holds this sum.
pub fn is_fresh(stamp: &Path, sum: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|kept| kept == sum)
}

/// All files below a folder (or the file itself), sorted, so that the order is the same everywhere.
pub fn files_below(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(path, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Outcome {
    if path.is_file() {
        found.push(path.to_path_buf());
    } else if path.is_dir() {
        let failed = |error| format!("cannot list {}: {error}", path.display());
        for entry in std::fs::read_dir(path).map_err(failed)? {
            collect(&entry.map_err(failed)?.path(), found)?;
        }
    }
    Ok(())
}

/// A path below a folder as it stands in an address: with `/`.
pub fn relative(file: &Path, folder: &Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file);
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
