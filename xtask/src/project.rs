//! Where things lie: every path that xtask uses, spelled once.

use std::path::{Path, PathBuf};

/// A failed command is one sentence for the person at the terminal.
pub type Outcome<T = ()> = Result<T, String>;

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// A path below the root, `/` on every system.
pub fn path(relative: &str) -> PathBuf {
    root().join(relative)
}

/// Reads a file; the error names it.
pub fn read(file: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

/// Writes a file and the folders above it; the error names it.
pub fn write(file: &Path, bytes: impl AsRef<[u8]>) -> Outcome {
    let failed = |error| format!("cannot write {}: {error}", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::write(file, bytes).map_err(failed)
}
