//! Loss and accuracy on held-out images, in slices, so that a pause never waits long: batches are queued one by one,
//! their logits kept on the device and read once at the end.

use super::protocol::Misread;
use super::step::{DeviceImages, SHARDS};
use crate::backend::{Buffer, Device, Element, HostData, Kernel, Recording, Replay};
use crate::data::mnist::{DEVIATION, MEAN, PIXELS};
use crate::error::Result;
use crate::nn::network::{Network, floats};
use crate::tensor::{Tensor, no_grad};

/// Images a slice.
const ROWS: usize = 250;
/// Misread images that are reported.
const MISREAD: usize = 60;

/// Held-out images on a device, with room for their logits.
pub struct HeldOut {
    images: DeviceImages,
    indices: Vec<u32>,
    order: Buffer,
    cursor: Buffer,
    logits: Buffer,
    forward: Option<Box<dyn Replay>>,
    batches: usize,
    next: usize,
}

/// Figures on held-out images.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// Mean cross-entropy.
    pub loss: f64,
    /// Share that is read rightly.
    pub accuracy: f64,
    /// Rows are labels, columns what was read: 100 counts.
    pub confusion: Vec<u32>,
    /// The worst misread ones.
    pub misread: Vec<Misread>,
}

impl HeldOut {
    /// The images at these indices.
    pub fn new(images: &DeviceImages, indices: Vec<u32>, device: &Device) -> Result<Self> {
        let batches = indices.len().div_ceil(ROWS);
        // The last slice is filled up with the first image; what it gives is not counted.
        let mut order = indices.clone();
        order.resize(batches * ROWS, 0);
        Ok(HeldOut {
            images: images.clone(),
            order: device.upload(HostData::Index(order))?,
            cursor: device.allocate(Element::Index, 2)?,
            logits: device.allocate(Element::Float32, batches * ROWS * 10)?,
            forward: None,
            batches,
            next: 0,
            indices,
        })
    }

    /// Begins anew.
    pub fn restart(&mut self) -> Result<()> {
        self.next = 0;
        self.cursor.write(0, &HostData::Index(vec![0, 0]))
    }

    /// Queues the next slice; false when all are queued. On a GPU two may be queued at a time, so that what is asked for meanwhile
    /// need not wait for all of them.
    pub async fn advance(&mut self, network: &Network) -> Result<bool> {
        if self.next == self.batches {
            return Ok(false);
        }
        self.next += 1;
        let device = self.order.device();
        if let Some(forward) = &self.forward {
            forward.ready().await?;
            forward.run(1)?;
        } else {
            let ((), forward) = Recording::on(&device, || no_grad(|| self.forward(network, &device)))?;
            let forward = device.compile(forward, &[])?;
            // On a CPU the first slice was run while it was recorded.
            if device != Device::Cpu {
                forward.run(1)?;
            }
            self.forward = Some(forward);
        }
        Ok(self.next < self.batches)
    }

    fn forward(&self, network: &Network, device: &Device) -> Result<()> {
        let x = device.allocate(Element::Float32, ROWS * PIXELS)?;
        let labels = device.allocate(Element::Index, ROWS)?;
        let load =
            Kernel::LoadBatch { batch: ROWS, first: 0, rows: ROWS, features: PIXELS, mean: MEAN, deviation: DEVIATION };
        let inputs = [&self.images.pixels, &self.images.labels, &self.order, &self.cursor];
        device.run(load, &inputs, &[&x, &labels])?;
        let logits = network.forward(&Tensor::from_buffer(x, [ROWS, PIXELS])?, None, SHARDS)?.logits;
        device.run(Kernel::Store { count: ROWS * 10 }, &[logits.buffer(), &self.cursor], &[&self.logits])?;
        device.run(Kernel::Advance, &[], &[&self.cursor])
    }

    /// The figures, once all slices are queued. `labels`: of all images that the indices count.
    pub async fn figures(&self, labels: &[u8]) -> Result<Figures> {
        let logits = floats(self.logits.read().await?)?;
        Ok(figures(&logits, &self.indices, labels))
    }
}

/// Figures from logits, a row of ten for each index, in float64.
pub fn figures(logits: &[f32], indices: &[u32], labels: &[u8]) -> Figures {
    let mut confusion = vec![0u32; 100];
    let mut misread = Vec::new();
    let mut total = 0.0;
    for (&index, row) in indices.iter().zip(logits.chunks_exact(10)) {
        let label = labels[index as usize];
        let mut read = 0;
        for class in 1..10 {
            if row[class] > row[read] {
                read = class;
            }
        }
        let largest = f64::from(row[read]);
        let sum: f64 = row.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum();
        let loss = sum.ln() + largest - f64::from(row[usize::from(label)]);
        total += loss;
        confusion[usize::from(label) * 10 + read] += 1;
        if read != usize::from(label) {
            misread.push(Misread { index, label, read: read as u8, loss: loss as f32 });
        }
    }
    let count = indices.len().max(1) as f64;
    let wrong = misread.len();
    misread.sort_by(|a, b| b.loss.total_cmp(&a.loss));
    misread.truncate(MISREAD);
    Figures { loss: total / count, accuracy: (indices.len() - wrong) as f64 / count, confusion, misread }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_two_images() {
        let mut logits = vec![0.0f32; 20];
        logits[3] = 2.0; // the first is read as 3
        logits[10] = 1.0; // the second as 0
        let figures = figures(&logits, &[4, 1], &[9, 7, 9, 9, 3]);
        assert_eq!(figures.accuracy, 0.5);
        assert_eq!(figures.confusion[3 * 10 + 3], 1);
        assert_eq!(figures.confusion[7 * 10], 1);
        let first = (2f64.exp() + 9.0).ln() - 2.0;
        let second = (1f64.exp() + 9.0).ln();
        assert!((figures.loss - (first + second) / 2.0).abs() < 1e-9);
        assert_eq!(figures.misread.len(), 1);
        assert_eq!((figures.misread[0].index, figures.misread[0].label, figures.misread[0].read), (1, 7, 0));
    }
}
