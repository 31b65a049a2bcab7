//! Rewrites a recorded step: where a batch of images goes into matrix products only, they take its ink instead (`ink/`), and
//! the batch is never laid out as numbers.

use super::batch::Load;
use crate::backend::kernel::{Kernel, MatmulSizes};
use crate::backend::recording::{Call, Recording};
use crate::backend::{Buffer, Device, Element};
use crate::error::Result;

/// The recording with its batch read as ink; as it was where something else reads the batch too.
pub fn fuse(recording: Recording) -> Result<Recording> {
    let mut calls = Vec::with_capacity(recording.calls.len() + 1);
    let mut ink: Option<Ink> = None;
    for call in &recording.calls {
        let touched = ink.as_ref().filter(|ink| call.inputs.iter().chain(&call.outputs).any(|buffer| buffer.same(&ink.x)));
        if let Some(ink) = touched {
            match ink.read(call)? {
                Some(on_ink) => calls.extend(on_ink),
                None => return Ok(recording),
            }
        } else if let Some((made, load)) = Ink::load(call)? {
            ink = Some(made);
            calls.push(load);
        } else {
            calls.push(call.clone());
        }
    }
    Ok(Recording { calls })
}

/// A batch as ink.
struct Ink {
    /// The batch that nobody needs any more.
    x: Buffer,
    rows: usize,
    features: usize,
    ground: f32,
    /// Starts, places, values: row by row.
    by_row: [Buffer; 3],
}

impl Ink {
    /// The ink of what the call loads, and the call that loads it; none where it loads no batch.
    fn load(call: &Call) -> Result<Option<(Ink, Call)>> {
        let Kernel::LoadBatch { batch, first, rows, features, mean, deviation } = call.kernel else { return Ok(None) };
        let [x, labels] = [0, 1].map(|output| call.outputs[output].clone());
        let by_row = lists(rows, rows * features)?;
        let outputs = by_row.iter().cloned().chain([labels]).collect();
        let kernel = Kernel::LoadInk { batch, first, rows, features, mean, deviation };
        let ground = Load { batch, first, rows, features, mean, deviation }.ground();
        let load = Call { kernel, inputs: call.inputs.clone(), outputs };
        Ok(Some((Ink { x, rows, features, ground, by_row }, load)))
    }

    /// The calls that do on ink what this one does on the batch: a layer, or the gradient of its weight. None for any other.
    fn read(&self, call: &Call) -> Result<Option<Vec<Call>>> {
        let &Ink { rows, features, ground, .. } = self;
        let is_x: Vec<bool> = call.inputs.iter().map(|buffer| buffer.same(&self.x)).collect();
        let on = |ink: &[Buffer; 3], others: &[Buffer], kernel| {
            let inputs = ink.iter().chain(others).cloned().collect();
            Call { kernel, inputs, outputs: call.outputs.clone() }
        };
        match (&call.kernel, &is_x[..]) {
            (&Kernel::Linear { m, k, n, activation }, [true, false, false]) => {
                let kernel = Kernel::LinearInk { m, k, n, ground, activation };
                Ok(Some(vec![on(&self.by_row, &call.inputs[1..], kernel)]))
            }
            (
                &Kernel::Matmul {
                    sizes: MatmulSizes { batch: 1, m: outputs, transpose_left: true, transpose_right: false, .. },
                    shards,
                },
                [false, true],
            ) => {
                let shards = shards.max(1);
                let by_column = lists(features * shards, rows * features)?;
                let kernel = Kernel::TransposeInk { rows, features, shards };
                let transpose = Call { kernel, inputs: self.by_row.to_vec(), outputs: by_column.to_vec() };
                let kernel = Kernel::InkWeightGradient { rows, features, outputs, ground, shards };
                Ok(Some(vec![transpose, on(&by_column, &call.inputs[..1], kernel)]))
            }
            _ => Ok(None),
        }
    }
}

/// Room for so many lists with at most `entries` entries: starts, places, values.
fn lists(count: usize, entries: usize) -> Result<[Buffer; 3]> {
    let device = Device::Cpu;
    Ok([
        device.allocate(Element::Index, count + 1)?,
        device.allocate(Element::Index, entries)?,
        device.allocate(Element::Float32, entries)?,
    ])
}
