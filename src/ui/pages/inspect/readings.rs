//! How the network reads the test images: one portion after the other while the page stays free. A network that takes the
//! place of another begins afresh; what was read by the one before no longer counts.

use super::subject::{Subject, Tests, largest, want_tests};
use crate::data::mnist::{Images, PIXELS, normalise};
use crate::error::Result;
use crate::nn::network::Network;
use crate::tensor::{Tensor, no_grad};
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How one test image was read.
#[derive(Clone, Copy, PartialEq)]
pub struct Reading {
    pub label: u8,
    pub read: u8,
    pub loss: f32,
}

/// Images read in one portion: a few milliseconds.
const PORTION: usize = 20;

/// What has been read, and by which network: they are counted.
#[derive(Clone, Copy)]
struct Reader {
    found: RwSignal<(u32, Vec<Reading>)>,
    network: Memo<u32>,
    /// Which call of [`Reader::read_on`] goes on; all others end.
    run: StoredValue<u32>,
}

/// The readings of the network that is chosen, from the first image on; they grow while `wanted`.
pub fn readings_of(subject: Subject, wanted: Signal<bool>) -> Memo<Vec<Reading>> {
    let network = Memo::new(move |before: Option<&u32>| {
        subject.network_now();
        before.map_or(0, |before| before + 1)
    });
    let reader = Reader { found: RwSignal::new((0, Vec::new())), network, run: StoredValue::new(0) };
    Effect::new(move |_| {
        reader.run.update_value(|run| *run += 1);
        if !wanted.get() {
            return;
        }
        want_tests(subject.tests);
        let own = network.get();
        if let (Tests::Ready(images), Some(network)) = (subject.tests.get(), subject.network_untracked()) {
            let start = reader.found.with_untracked(|(by, readings)| if *by == own { readings.len() } else { 0 });
            reader.read_on(network, images, (own, reader.run.get_value()), start);
        }
    });
    Memo::new(move |_| {
        let own = network.get();
        reader.found.with(|(by, readings)| if *by == own { readings.clone() } else { Vec::new() })
    })
}

impl Reader {
    /// Reads a portion and asks to be called again, until all are read or another network has taken over.
    fn read_on(self, network: Network, images: Arc<Images>, own: (u32, u32), start: usize) {
        set_timeout(
            move || {
                let end = (start + PORTION).min(images.len());
                let current = self.network.try_get_untracked().zip(self.run.try_get_value());
                if current != Some(own) || start >= end {
                    return;
                }
                let Ok(more) = read(&network, &images, start..end) else { return };
                let told = self.found.try_update(|(by, readings)| {
                    *by = own.0;
                    readings.truncate(start);
                    readings.extend(more);
                });
                if told.is_some() {
                    self.read_on(network, images, own, end);
                }
            },
            Duration::from_millis(0),
        );
    }
}

fn read(network: &Network, images: &Images, range: std::ops::Range<usize>) -> Result<Vec<Reading>> {
    let pixels = normalise(&images.pixels[range.start * PIXELS..range.end * PIXELS]);
    let input = Tensor::from_vec(pixels, [range.len(), PIXELS])?;
    let logs = no_grad(|| network.forward(&input, None, 1)?.logits.log_softmax(1)?.to_f32_vec())?;
    let classes = logs.len() / range.len();
    let rows = logs.chunks(classes.max(1)).zip(&images.labels[range]);
    let reading = |(row, &label): (&[f32], &u8)| {
        let loss = -row.get(usize::from(label)).copied().unwrap_or(f32::NAN);
        Reading { label, read: largest(row) as u8, loss }
    };
    Ok(rows.map(reading).collect())
}
