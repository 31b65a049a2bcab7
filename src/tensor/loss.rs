//! Losses of `torch.nn.functional`, made of plain ops. Self is the prediction, as in PyTorch's argument order.

use super::Tensor;
use super::functional::Reduction;
use crate::backend::{Buffer, Device, Element, HostData, Kernel};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// Applies a reduction to the elements of a loss.
    pub fn reduced(&self, reduction: Reduction) -> Result<Tensor> {
        match reduction {
            Reduction::Mean => self.mean(&[], false),
            Reduction::Sum => self.sum(&[], false),
            Reduction::None => Ok(self.clone()),
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

    /// `F.nll_loss`: minus the log-probability of each row's class. Self: log-probabilities `(rows, classes)` or `(classes)`;
    /// target: int64 `(rows)` or a single number.
    pub fn nll_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let (rows, classes) = match self.shape()[..] {
            [classes] => (1, classes),
            [rows, classes] => (rows, classes),
            _ => return Err(Error::Shape(format!("nll_loss expects (rows, classes), got {}", self.shape()))),
        };
        if target.dim() > 1 {
            return Err(Error::Shape("0D or 1D target tensor expected, multi-target not supported".to_string()));
        }
        if target.numel() != rows {
            return Err(Error::Shape(format!(
                "Expected input batch_size ({rows}) to match target batch_size ({}).",
                target.numel()
            )));
        }
        let index = target.class_index(classes, &self.device())?;
        let input = self.reshape([rows, classes])?;
        let device = self.device();
        let out = device.allocate(Element::from(self.dtype()), rows)?;
        let kernel = Kernel::Gather { outer: rows, axis: classes, inner: 1, count: 1 };
        device.run(kernel, &[self.buffer(), &index], &[&out])?;
        let op = Op::Gather { input, axis: 1, index };
        let picked = Tensor::result(Shape::from([rows, 1]), self.dtype(), out, op).neg()?;
        Ok(picked.reshape(target.shape().clone())?.reduced(reduction)?.named("NllLossBackward0"))
    }

    /// Class numbers (int64, on the CPU) as an Index buffer on `device`; an error names one outside `0..classes`.
    pub(crate) fn class_index(&self, classes: usize, device: &Device) -> Result<Buffer> {
        let HostData::Int64(labels) = self.host()? else {
            return Err(Error::DType(format!(
                "expected target dtype to be Long or Byte, but got {}",
                self.dtype().class_name()
            )));
        };
        let index = labels.iter().map(|&label| {
            u32::try_from(label)
                .ok()
                .filter(|&label| (label as usize) < classes)
                .ok_or_else(|| Error::Index(format!("Target {label} is out of bounds.")))
        });
        device.upload(HostData::Index(index.collect::<Result<_>>()?))
    }

    /// `F.cross_entropy` of scores `(rows, classes)` or `(classes)`. The target holds class numbers (int64), or the
    /// probabilities of the classes (floating, same shape as the scores).
    pub fn cross_entropy(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let log_probabilities = self.log_softmax(-1)?;
        if target.dtype().is_floating() && target.shape() == self.shape() {
            let rows = self.numel() / self.shape().last().copied().unwrap_or(1).max(1);
            let each = target.mul(&log_probabilities)?.sum(&[-1], false)?.neg()?;
            return match reduction {
                Reduction::Mean => Ok(each.sum(&[], false)?.div_scalar(rows as f64)?.named("DivBackward1")),
                _ => each.reduced(reduction),
            };
        }
        if target.dim() <= 1 && self.dim() == 2 && target.numel() != self.shape()[0] {
            return Err(Error::Shape(format!(
                "Expected input batch_size ({}) to match target batch_size ({}).",
                self.shape()[0],
                target.numel()
            )));
        }
        log_probabilities.nll_loss(target, reduction)
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

    /// `F.kl_div`: `t (log t - x)`, where self holds log-probabilities and the target probabilities; 0 where t is 0. PyTorch's
    /// "batchmean" is the sum divided by the number of rows.
    pub fn kl_div(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        let zero = target.eq(&target.scalar_like(0.0)?)?;
        let own = target.mul(&zero.where_(&target.ones_like()?, target)?.log()?)?;
        own.sub(&target.mul(self)?)?.reduced(reduction)
    }

    /// Poly-1 loss: cross-entropy plus `epsilon (1 - p)`, p being the probability of the right class: the first term of the
    /// logarithm's expansion, weighted anew.
    pub fn poly_loss(&self, target: &Tensor, epsilon: f64, reduction: Reduction) -> Result<Tensor> {
        let cross_entropy = self.cross_entropy(target, Reduction::None)?;
        let missing = cross_entropy.neg()?.exp()?.affine(-epsilon, epsilon)?;
        cross_entropy.add(&missing)?.reduced(reduction)
    }
}
