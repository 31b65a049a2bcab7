//! What is seen of a run: figures on held-out images, a digit's probabilities, gradients and weights.

use super::{Session, Stage};
use crate::backend::{HostData, Recording};
use crate::data::mnist::PIXELS;
use crate::error::{Error, Result};
use crate::nn::network::floats;
use crate::tensor::{Tensor, no_grad};
use crate::trainer::evaluation::Figures;
use crate::trainer::protocol::{Floats, LayerStatistics, OptimizerState, WeightPicture};
use crate::trainer::statistics;
use crate::trainer::step::SHARDS;

/// Images of a batch whose dropout masks are told.
const MASKED_IMAGES: usize = 16;

impl Session {
    /// Begins an evaluation on the test set, and on the validation part where there is one.
    pub fn begin_evaluation(&mut self) -> Result<()> {
        if let Some(data) = &mut self.data {
            data.test.restart()?;
            if let Some(validation) = &mut data.validation {
                validation.restart()?;
            }
            data.evaluating = Stage::Test;
        }
        Ok(())
    }

    /// Evaluates a slice of images; false when the last one is queued.
    pub async fn advance_evaluation(&mut self) -> Result<bool> {
        let Some(data) = &mut self.data else { return Ok(false) };
        if data.evaluating == Stage::Test && !data.test.advance(&self.network).await? {
            data.evaluating = if data.validation.is_some() { Stage::Validation } else { Stage::Done };
        } else if let (Stage::Validation, Some(validation)) = (data.evaluating, &mut data.validation)
            && !validation.advance(&self.network).await?
        {
            data.evaluating = Stage::Done;
        }
        Ok(data.evaluating != Stage::Done)
    }

    /// The figures on test set and validation part, once [`Session::advance_evaluation`] has said false.
    pub async fn figures(&mut self) -> Result<Option<(Figures, Option<Figures>)>> {
        let Some(data) = &self.data else { return Ok(None) };
        let test = data.test.figures(&data.host.test.labels).await?;
        let validation = match &data.validation {
            Some(validation) => Some(validation.figures(&data.host.train.labels).await?),
            None => None,
        };
        Ok(Some((test, validation)))
    }

    /// Probabilities of one image of 784 normalised numbers.
    pub async fn predict(&mut self, pixels: &[f32]) -> Result<Vec<f32>> {
        if pixels.len() != PIXELS {
            return Err(Error::Shape(format!("a digit has {PIXELS} pixels, got {}", pixels.len())));
        }
        let pixels = HostData::Float32(pixels.to_vec());
        let logits = match &self.digit {
            Some((input, logits, forward)) => {
                input.write(0, &pixels)?;
                forward.replay(&self.device)?;
                logits.clone()
            }
            None => {
                let input = Tensor::from_buffer(self.device.upload(pixels)?, [1, PIXELS])?;
                let (logits, forward) =
                    Recording::of(|| no_grad(|| Ok(self.network.forward(&input, None, SHARDS)?.logits.buffer().clone())))?;
                self.digit = Some((input.buffer().clone(), logits.clone(), forward));
                logits
            }
        };
        Ok(softmax(&floats(logits.read().await?)?))
    }

    /// Gradient norms and dead units of the last step; empty before the first.
    pub async fn layer_statistics(&self) -> Result<Vec<LayerStatistics>> {
        match self.last {
            Some(last) => {
                let step = &self.steps[last];
                if let (Some(_), Some(data)) = (&step.replay, &self.data) {
                    // The compiled step made no gradients to look at: they are made now, for the last batch at the weights it left.
                    data.buffers.cursor.write(0, &HostData::Index(vec![0, self.batch.saturating_sub(1) as u32]))?;
                    step.gradient.replay(&self.device)?;
                }
                statistics::layer_statistics(&self.network, step).await
            }
            None => Ok(Vec::new()),
        }
    }

    /// What the optimizer keeps, in figures.
    pub async fn optimizer_state(&self) -> Result<Vec<OptimizerState>> {
        statistics::optimizer_state(&self.network, &self.settings.optimizer, &self.states).await
    }

    /// The dropout mask of the last step: of the first layer that has one, for at most `MASKED_IMAGES` images.
    pub fn mask(&self) -> Option<WeightPicture> {
        let (masks, rows) = &self.masks;
        let (elements, _) = *self.network.dropout_sizes(*rows).ok()?.first()?;
        let (units, images) = (elements / (*rows).max(1), (*rows).min(MASKED_IMAGES));
        let values = masks.get(..images * units)?.iter().map(|&keep| f32::from(keep)).collect();
        (images > 0).then_some(WeightPicture { shape: vec![images, units], values: Floats(values) })
    }

    /// The weight of the first layer that has one.
    pub async fn first_layer(&self) -> Result<Option<WeightPicture>> {
        match self.network.parameters.first() {
            Some(weight) => Ok(Some(WeightPicture {
                shape: weight.tensor.shape().to_vec(),
                values: Floats(floats(weight.tensor.read().await?)?),
            })),
            None => Ok(None),
        }
    }
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}
