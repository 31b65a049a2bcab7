//! Taking a run elsewhere: to another device, back before a bad step, or its weights from and to a file.

use super::Session;
use crate::backend::HostData;
use crate::error::Result;
use crate::nn::network::floats;
use crate::nn::schedule::PlateauRule;
use crate::random::Generator;

/// Everything that a run can be taken up from, on any device.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    pub step: u64,
    batch: u64,
    order: Vec<u32>,
    pub(super) weights: Vec<Vec<f32>>,
    pub(super) states: Vec<Vec<Vec<f32>>>,
    generator: Generator,
    plateau: PlateauRule,
}

impl Session {
    /// Everything needed to go on from here elsewhere.
    pub async fn checkpoint(&self) -> Result<Checkpoint> {
        let mut states = Vec::with_capacity(self.states.len());
        for buffers in &self.states {
            let mut values = Vec::with_capacity(buffers.len());
            for buffer in buffers {
                values.push(floats(buffer.read().await?)?);
            }
            states.push(values);
        }
        Ok(Checkpoint {
            step: self.step,
            batch: self.batch,
            order: self.order.clone(),
            weights: self.network.read().await?,
            states,
            generator: self.generator.clone(),
            plateau: self.plateau,
        })
    }

    /// Goes back (or on) to a checkpoint of a run with the same settings.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.stale = true;
        self.coming.clear();
        self.network.write(&checkpoint.weights)?;
        for (buffers, values) in self.states.iter().zip(&checkpoint.states) {
            for (buffer, values) in buffers.iter().zip(values) {
                buffer.write(0, &HostData::Float32(values.clone()))?;
            }
        }
        self.step = checkpoint.step;
        self.batch = checkpoint.batch;
        self.order = checkpoint.order.clone();
        self.generator = checkpoint.generator.clone();
        self.plateau = checkpoint.plateau;
        if let (Some(data), false) = (&self.data, self.order.is_empty()) {
            data.buffers.order.write(0, &HostData::Index(self.order.clone()))?;
        }
        Ok(())
    }

    /// Takes weights from elsewhere; step, order and optimizer state stay.
    pub fn set_weights(&mut self, values: &[Vec<f32>]) -> Result<()> {
        self.stale = true;
        self.network.write(values)
    }

    /// Takes the weights of a checkpoint; the step stays.
    pub fn restore_weights(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        self.stale = true;
        self.network.write(&checkpoint.weights)
    }
}
