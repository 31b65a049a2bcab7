//! The MNIST files: the IDX format, the sums that tell the real files from others, and the normalisation. Fetching them
//! is the worker's business (`trainer/fetch.rs`); natively they are read from a folder.

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// Mean of all training pixels, on a scale of 0 to 1.
pub const MEAN: f32 = 0.1307;
/// Standard deviation of all training pixels, on a scale of 0 to 1.
pub const DEVIATION: f32 = 0.3081;
/// Pixels of one image, 28 x 28.
pub const PIXELS: usize = 784;

/// One of the four files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFile {
    /// Without the `.gz` that the shipped file has.
    pub name: &'static str,
    /// MD5 of the unpacked bytes, as its origin publishes it.
    pub md5: &'static str,
    /// Images or labels in it.
    pub count: usize,
    /// Bytes of one: 784 for an image, 1 for a label.
    pub item: usize,
}

impl DataFile {
    /// Bytes before the items.
    fn header(&self) -> usize {
        if self.item == 1 { 8 } else { 16 }
    }

    /// Bytes of the unpacked file.
    pub fn length(&self) -> usize {
        self.header() + self.count * self.item
    }
}

/// Training images, training labels, test images, test labels.
pub const FILES: [DataFile; 4] = [
    DataFile { name: "train-images-idx3-ubyte", md5: "6bbc9ace898e44ae57da46a324031adb", count: 60_000, item: PIXELS },
    DataFile { name: "train-labels-idx1-ubyte", md5: "a25bea736e30d166cdddb491f175f624", count: 60_000, item: 1 },
    DataFile { name: "t10k-images-idx3-ubyte", md5: "2646ac647ad5339dbf082846283269ea", count: 10_000, item: PIXELS },
    DataFile { name: "t10k-labels-idx1-ubyte", md5: "27ae3e4e09519cfbb04c329615203637", count: 10_000, item: 1 },
];

/// Why there is no data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum DataProblem {
    /// Not there, or not to be had.
    #[error("{file} could not be read: {reason}")]
    Missing { file: String, reason: String },
    /// Begins like the real one, ends too early, or does not unpack.
    #[error("{file} is incomplete")]
    Truncated { file: String },
    /// Complete, but another file.
    #[error("{file} is not the MNIST file of that name")]
    Foreign { file: String },
}

/// Images with their labels.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Images {
    /// 28 x 28 bytes an image, 0 is paper, 255 is ink.
    pub pixels: Vec<u8>,
    /// 0 to 9.
    pub labels: Vec<u8>,
}

impl Images {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The 784 bytes of one image.
    pub fn image(&self, index: usize) -> &[u8] {
        &self.pixels[index * PIXELS..(index + 1) * PIXELS]
    }
}

/// The data set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mnist {
    pub train: Images,
    pub test: Images,
}

impl Mnist {
    /// From the four unpacked files, in the order of [`FILES`].
    pub fn from_files(files: [Vec<u8>; 4]) -> Result<Mnist, DataProblem> {
        let [train_images, train_labels, test_images, test_labels] = files;
        Ok(Mnist {
            train: Images { pixels: items(&FILES[0], train_images)?, labels: items(&FILES[1], train_labels)? },
            test: Images { pixels: items(&FILES[2], test_images)?, labels: items(&FILES[3], test_labels)? },
        })
    }

    /// From a folder that holds the four files, gzipped or not.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn from_folder(folder: &std::path::Path) -> Result<Mnist, DataProblem> {
        let read = |file: &DataFile| {
            let name = file.name.to_string();
            let packed = folder.join(format!("{name}.gz"));
            let missing = |error: std::io::Error| DataProblem::Missing { file: name.clone(), reason: error.to_string() };
            if !packed.exists() {
                return std::fs::read(folder.join(&name)).map_err(missing);
            }
            let packed = std::fs::read(packed).map_err(missing)?;
            let mut bytes = Vec::with_capacity(file.length());
            std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.as_slice()), &mut bytes)
                .map_err(|_| DataProblem::Truncated { file: name.clone() })?;
            Ok(bytes)
        };
        Mnist::from_files([read(&FILES[0])?, read(&FILES[1])?, read(&FILES[2])?, read(&FILES[3])?])
    }
}

/// An image as the network sees it: `(byte / 255 - mean) / deviation`.
pub fn normalise(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|&byte| (f32::from(byte) / 255.0 - MEAN) / DEVIATION).collect()
}

/// The items of an IDX file after its header; an error if it is not exactly the file it should be.
pub fn items(file: &DataFile, mut bytes: Vec<u8>) -> Result<Vec<u8>, DataProblem> {
    let mut header = vec![0, 0, 8, if file.item == 1 { 1 } else { 3 }];
    header.extend((file.count as u32).to_be_bytes());
    if file.item != 1 {
        header.extend([0, 0, 0, 28, 0, 0, 0, 28]);
    }
    let name = file.name.to_string();
    if !bytes.starts_with(&header) {
        let cut = bytes.len() < header.len() && header.starts_with(&bytes);
        return Err(if cut { DataProblem::Truncated { file: name } } else { DataProblem::Foreign { file: name } });
    }
    if bytes.len() < file.length() {
        return Err(DataProblem::Truncated { file: name });
    }
    if md5_of(&bytes) != file.md5 {
        return Err(DataProblem::Foreign { file: name });
    }
    Ok(bytes.split_off(file.header()))
}

fn md5_of(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_shipped_files_are_mnist() {
        let data = Mnist::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("www/data")).unwrap();
        assert_eq!((data.train.len(), data.test.len()), (60_000, 10_000));
        assert_eq!(data.train.labels[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
        assert_eq!(data.test.labels[..5], [7, 2, 1, 0, 4]);
        let ink: u64 = data.train.pixels.iter().map(|&byte| u64::from(byte)).sum();
        let mean = ink as f64 / 255.0 / data.train.pixels.len() as f64;
        assert!((mean - f64::from(MEAN)).abs() < 1e-4);
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let file = &FILES[3];
        let mut right = vec![0, 0, 8, 1, 0, 0, 0x27, 0x10];
        assert_eq!(items(file, right.clone()), Err(DataProblem::Truncated { file: file.name.to_string() }));
        assert_eq!(items(file, vec![0, 0, 8]), Err(DataProblem::Truncated { file: file.name.to_string() }));
        right.extend(vec![0; 10_000]);
        assert_eq!(items(file, right), Err(DataProblem::Foreign { file: file.name.to_string() }));
        assert_eq!(items(file, b"<!doctype html>".to_vec()), Err(DataProblem::Foreign { file: file.name.to_string() }));
        let missing = Mnist::from_folder(Path::new("/nowhere")).unwrap_err();
        assert!(missing.to_string().starts_with("train-images-idx3-ubyte could not be read"));
    }
}
