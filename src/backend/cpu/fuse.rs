//! Rewrites a recorded step: where a batch of images goes into matrix products only, they take its ink instead (`ink/`), and
//! the batch is never laid out as numbers.

use crate::backend::kernel::{Kernel, MatmulSizes};
use crate::backend::recording::{Call, Recording};
use crate::backend::{Buffer, Device, Element};
use crate::error::Result;

/// The recording with every batch that can be read as ink read so.
pub fn fuse(recording: Recording) -> Result<Recording> {
    let mut calls = Vec::with_capacity(recording.calls.len());
    let mut ink: Option<Ink> = None;
    for (position, call) in recording.calls.iter().enumerate() {
        if let Some(made) = Ink::of(call, &recording.calls[position + 1..])? {
            calls.push(made.load(call));
            ink = Some(made);
        } else if let Some(ink) = ink.as_mut().filter(|ink| ink.is_read_by(call)) {
            ink.read(call, &mut calls)?;
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
    load: Kernel,
    rows: usize,
    features: usize,
    ground: f32,
    /// Starts, places, values: row by row.
    by_row: [Buffer; 3],
    /// Column by column, cut into so many shards, once a gradient has asked for it.
    by_column: Option<(usize, [Buffer; 3])>,
}

impl Ink {
    /// The ink of what `call` loads, if all that read the batch can take it.
    fn of(call: &Call, later: &[Call]) -> Result<Option<Ink>> {
        let Kernel::LoadBatch { batch, first, rows, features, mean, deviation } = call.kernel else { return Ok(None) };
        let load = Kernel::LoadInk { batch, first, rows, features, mean, deviation };
        let x = call.outputs[0].clone();
        let mut readers = later.iter().filter(|call| call.inputs.iter().chain(&call.outputs).any(|buffer| buffer.same(&x)));
        if !readers.all(|call| takes_ink(call, &x)) {
            return Ok(None);
        }
        let ground = (0.0 - mean) / deviation;
        Ok(Some(Ink { x, load, rows, features, ground, by_row: lists(rows, rows * features)?, by_column: None }))
    }

    fn load(&self, call: &Call) -> Call {
        let mut outputs = self.by_row.to_vec();
        outputs.push(call.outputs[1].clone());
        Call { kernel: self.load.clone(), inputs: call.inputs.clone(), outputs }
    }

    fn is_read_by(&self, call: &Call) -> bool {
        takes_ink(call, &self.x)
    }

    /// The call on ink.
    fn read(&mut self, call: &Call, calls: &mut Vec<Call>) -> Result<()> {
        let &mut Ink { rows, features, ground, .. } = self;
        let mut ink = self.by_row.clone();
        let (kernel, others) = match call.kernel {
            Kernel::Linear { m, k, n, activation } => (Kernel::LinearInk { m, k, n, ground, activation }, &call.inputs[1..]),
            Kernel::Matmul { sizes, shards } => {
                ink = self.columns(shards.max(1), calls)?;
                let shards = shards.max(1);
                let kernel = Kernel::InkWeightGradient { rows, features, outputs: sizes.m, ground, shards };
                (kernel, &call.inputs[..1])
            }
            _ => unreachable!("only what `takes_ink` names reads ink"),
        };
        let inputs = ink.iter().chain(others).cloned().collect();
        calls.push(Call { kernel, inputs, outputs: call.outputs.clone() });
        Ok(())
    }

    /// The ink in columns; made by a call of its own the first time.
    fn columns(&mut self, shards: usize, calls: &mut Vec<Call>) -> Result<[Buffer; 3]> {
        if let Some((_, columns)) = self.by_column.as_ref().filter(|(cut, _)| *cut == shards) {
            return Ok(columns.clone());
        }
        let columns = lists(self.features * shards, self.rows * self.features)?;
        let kernel = Kernel::TransposeInk { rows: self.rows, features: self.features, shards };
        calls.push(Call { kernel, inputs: self.by_row.to_vec(), outputs: columns.to_vec() });
        self.by_column = Some((shards, columns.clone()));
        Ok(columns)
    }
}

/// Whether the call is a layer on `x`, or the gradient of such a layer's weight.
fn takes_ink(call: &Call, x: &Buffer) -> bool {
    let is_x: Vec<bool> = call.inputs.iter().map(|buffer| buffer.same(x)).collect();
    match call.kernel {
        Kernel::Linear { .. } => is_x == [true, false, false],
        Kernel::Matmul { sizes: MatmulSizes { batch: 1, transpose_left: true, transpose_right: false, .. }, .. } => {
            is_x == [false, true]
        }
        _ => false,
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
