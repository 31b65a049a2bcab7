//! Losses that compare element with element, of `torch.nn.functional`. Self is the prediction, as in PyTorch's argument order.

use super::Tensor;
use super::functional::Reduction;
use crate::error::{Error, Result};

impl Tensor {
    /// Applies a reduction to the elements of a loss.
    pub fn reduced(self, reduction: Reduction) -> Result<Tensor> {
        match reduction {
            Reduction::Mean => self.mean(&[], false),
            Reduction::Sum => self.sum(&[], false),
            Reduction::None => Ok(self),
        }
    }

    /// `F.mse_loss`: squares of the differences.
    pub fn mse_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        Ok(self.sub(target)?.square()?.reduced(reduction)?.named("MseLossBackward0"))
    }

    /// `F.l1_loss`: absolute values of the differences.
    pub fn l1_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        self.sub(target)?.abs()?.reduced(reduction)
    }

    /// `F.huber_loss`: half the square of a difference up to `delta`, and its tangent from there on.
    pub fn huber_loss(&self, target: &Tensor, delta: f64, reduction: Reduction) -> Result<Tensor> {
        let distance = self.sub(target)?.abs()?;
        let near = distance.le(&distance.scalar_like(delta)?)?;
        let line = distance.affine(delta, -0.5 * delta * delta)?;
        let each = near.where_(&distance.square()?.affine(0.5, 0.0)?, &line)?;
        Ok(each.reduced(reduction)?.named("HuberLossBackward0"))
    }

    /// `F.binary_cross_entropy`: `-(t log p + (1 - t) log(1 - p))`. Self: probabilities. Logarithms stop at -100, as in
    /// PyTorch, so that a sure mistake costs 100 and not infinity.
    pub fn binary_cross_entropy(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        if self.shape() != target.shape() {
            return Err(Error::Shape(format!(
                "Using a target size (torch.Size({})) that is different to the input size (torch.Size({})) is deprecated. Please ensure \
                 they have the same size.",
                target.shape(),
                self.shape()
            )));
        }
        if self.host().is_ok_and(|data| data.to_f64().iter().any(|p| !(0.0..=1.0).contains(p))) {
            return Err(Error::Value("all elements of input should be between 0 and 1".to_string()));
        }
        let log = |p: &Tensor| p.log()?.clamp(-100.0, f64::INFINITY);
        let hit = target.mul(&log(self)?)?;
        let miss = target.affine(-1.0, 1.0)?.mul(&log(&self.affine(-1.0, 1.0)?)?)?;
        Ok(hit.add(&miss)?.neg()?.reduced(reduction)?.named("BinaryCrossEntropyBackward0"))
    }

    /// `F.binary_cross_entropy_with_logits`: the same of `sigmoid(self)`, stable: `(1 - t) x - log sigmoid(x)`.
    pub fn binary_cross_entropy_with_logits(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        if self.shape() != target.shape() {
            return Err(Error::Shape(format!(
                "Target size (torch.Size({})) must be the same as input size (torch.Size({}))",
                target.shape(),
                self.shape()
            )));
        }
        let each = target.affine(-1.0, 1.0)?.mul(self)?.sub(&self.logsigmoid()?)?;
        Ok(each.reduced(reduction)?.named("BinaryCrossEntropyWithLogitsBackward0"))
    }

    /// The same where what is true counts `weight` times, PyTorch's `pos_weight`; it broadcasts.
    pub fn binary_cross_entropy_of_weighted_logits(
        &self,
        target: &Tensor,
        weight: &Tensor,
        reduction: Reduction,
    ) -> Result<Tensor> {
        let share = weight.affine(1.0, -1.0)?.mul(target)?.affine(1.0, 1.0)?;
        let each = target.affine(-1.0, 1.0)?.mul(self)?.sub(&share.mul(&self.logsigmoid()?)?)?;
        Ok(each.reduced(reduction)?.named("BinaryCrossEntropyWithLogitsBackward0"))
    }

    /// `F.kl_div(x, target, log_target=True)`: the target holds log-probabilities too.
    pub fn kl_div_of_logarithms(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        target.exp()?.mul(&target.sub(self)?)?.reduced(reduction)
    }

    /// `F.kl_div`: `t (log t - x)`, where self holds log-probabilities and the target probabilities; 0 where t is 0. PyTorch's
    /// "batchmean" is the sum divided by the number of rows.
    pub fn kl_div(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let zero = target.eq(&target.scalar_like(0.0)?)?;
        let own = target.mul(&zero.where_(&target.ones_like()?, target)?.log()?)?;
        own.sub(&target.mul(self)?)?.reduced(reduction)
    }
}
