//! What surrounds the network in a recorded training step: loading a batch from packed bytes, dropout masks, the
//! series of losses, counting correct answers, and the cursor that moves it all on.

use super::CpuBuffer;
use super::number::{Value, with_value};
use crate::error::{Error, Result};

/// Sizes of `Kernel::LoadBatch`.
#[derive(Clone, Copy)]
pub struct Load {
    pub batch: usize,
    pub first: usize,
    pub rows: usize,
    pub features: usize,
    pub mean: f32,
    pub deviation: f32,
}

/// Images whose memory is asked for at once. They lie anywhere in fifty megabytes, and a cache line that is asked for
/// alone takes longer to come than an image takes to compute.
const ASKED: usize = 16;

impl Load {
    /// Calls `take` with each row of the batch that the cursor names, its example and its pixels.
    #[inline(always)]
    pub fn each_image(
        &self,
        images: &[u8],
        order: &[u32],
        cursor: &[u32],
        mut take: impl FnMut(usize, usize, &[u8]),
    ) -> Result<()> {
        let start = cursor[1] as usize * self.batch + self.first;
        let Some(examples) = order.get(start..start + self.rows) else {
            return Err(Error::Value(format!("batch {} reaches past the {} examples of the order", cursor[1], order.len())));
        };
        let pixels = |example: u32| &images[example as usize * self.features..][..self.features];
        for (group, examples) in examples.chunks(ASKED).enumerate() {
            let touched = examples.iter().flat_map(|&example| pixels(example).iter().step_by(64)).fold(0, |a, &b| a ^ b);
            std::hint::black_box(touched);
            for (row, &example) in examples.iter().enumerate() {
                take(group * ASKED + row, example as usize, pixels(example));
            }
        }
        Ok(())
    }

    /// A pixel without ink.
    pub fn ground(&self) -> f32 {
        self.normalised(0)
    }

    /// A pixel with the three roundings that `ToTensor` and `Normalize` of torchvision make; vectors divide faster than a table is read.
    #[inline(always)]
    pub fn normalised(&self, byte: u8) -> f32 {
        (f32::from(byte) / 255.0 - self.mean) / self.deviation
    }
}

/// `Kernel::LoadBatch`: `images, labels, order, cursor -> x, labels`
pub fn load_batch(load: Load, inputs: &[&CpuBuffer], outputs: &[&CpuBuffer]) -> Result<()> {
    let (images, classes) = (u8::read(inputs[0]), u8::read(inputs[1]));
    let (order, cursor) = (u32::read(inputs[2]), u32::read(inputs[3]));
    let (mut x, mut labels) = (f32::write(outputs[0]), u32::write(outputs[1]));
    load.each_image(&images, &order, &cursor, |row, example, pixels| {
        for (x, &byte) in x[row * load.features..(row + 1) * load.features].iter_mut().zip(pixels) {
            *x = load.normalised(byte);
        }
        labels[row] = u32::from(classes[example]);
    })
}

/// `Kernel::Dropout`: `x, masks, cursor -> out`
pub fn dropout(elements: usize, first: usize, row: usize, scale: f32, inputs: &[&CpuBuffer], out: &CpuBuffer) -> Result<()> {
    let (x, masks, cursor) = (f32::read(inputs[0]), u8::read(inputs[1]), u32::read(inputs[2]));
    let mut out = f32::write(out);
    let start = cursor[0] as usize * row + first;
    for ((out, &x), &mask) in out[..elements].iter_mut().zip(x.iter()).zip(&masks[start..start + elements]) {
        *out = if mask != 0 { x * scale } else { 0.0 };
    }
    Ok(())
}

/// `Kernel::Store`: `value, cursor -> series`
pub fn store(count: usize, value: &CpuBuffer, cursor: &CpuBuffer, series: &CpuBuffer) -> Result<()> {
    let start = u32::read(cursor)[0] as usize * count;
    with_value!(value, T => {
        let (value, mut series) = (T::read(value), T::write(series));
        let length = series.len();
        match series.get_mut(start..start + count) {
            Some(series) => series.copy_from_slice(&value[..count]),
            None => return Err(Error::Value(format!("a series of {length} has no room for {count} values at {start}"))),
        }
    });
    Ok(())
}

/// `Kernel::CountCorrect`: `logits, labels, cursor -> correct`
pub fn count_correct(rows: usize, classes: usize, inputs: &[&CpuBuffer], correct: &CpuBuffer) -> Result<()> {
    let (logits, labels, cursor) = (f32::read(inputs[0]), u32::read(inputs[1]), u32::read(inputs[2]));
    let count = (0..rows)
        .filter(|&row| {
            let logits = &logits[row * classes..(row + 1) * classes];
            let mut best = 0;
            for class in 1..classes {
                if logits[class] > logits[best] || (logits[class].is_nan() && !logits[best].is_nan()) {
                    best = class;
                }
            }
            best == labels[row] as usize
        })
        .count();
    with_value!(correct, T => T::write(correct)[cursor[0] as usize] = T::from_i64(count as i64));
    Ok(())
}

/// `Kernel::Advance`
pub fn advance(cursor: &CpuBuffer) -> Result<()> {
    for counter in u32::write(cursor).iter_mut().take(2) {
        *counter += 1;
    }
    Ok(())
}
