//! The next step before it is taken: its batch, its dropout masks, its rate, the weights and what the optimizer remembers. Nothing
//! of the run is touched; what the generator will draw is drawn from a copy.

use super::Session;
use super::steps::{drawn_order, masks_of};
use crate::error::Result;
use crate::trainer::protocol::{Bytes, Floats, NextStep};

impl Session {
    /// All that the next step is made of, with at most `most` images of its batch. None without data.
    pub async fn next_step(&self, most: usize) -> Result<Option<NextStep>> {
        let Some(data) = &self.data else { return Ok(None) };
        let mut generator = self.generator.clone();
        let begins = self.order.is_empty() || self.batch == self.steps_per_epoch();
        let (order, batch) = match begins {
            true => (drawn_order(&self.split, &mut generator), 0),
            false => (self.order.clone(), self.batch),
        };
        let rows = self.rows_of(batch);
        let start = batch as usize * self.settings.batch;
        let positions = order[start..start + rows.min(most)].to_vec();
        let masks = masks_of(&self.network, &mut generator, rows)?;
        let shown = masks.iter().flat_map(|mask| &mask[..mask.len() / rows * positions.len()]).copied().collect();
        let train = &data.host.train;
        let images = positions.iter().flat_map(|&position| train.image(position as usize)).copied().collect();
        let labels = positions.iter().map(|&position| train.labels[position as usize]).collect();
        let checkpoint = self.checkpoint().await?;
        let floats = |all: Vec<Vec<f32>>| all.into_iter().map(Floats).collect::<Vec<_>>();
        Ok(Some(NextStep {
            settings: self.settings.clone(),
            step: self.step + 1,
            batch: rows as u32,
            learning_rate: self.learning_rate(),
            positions,
            images: Bytes(images),
            labels: Bytes(labels),
            masks: Bytes(shown),
            weights: floats(checkpoint.weights),
            states: checkpoint.states.into_iter().map(floats).collect(),
        }))
    }
}
