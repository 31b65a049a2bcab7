//! Losses over classes, of `torch.nn.functional`, made of plain ops. Self is the prediction, as in PyTorch's argument order.

use super::Tensor;
use super::functional::Reduction;
use crate::backend::{Buffer, Device, HostData};
use crate::dtype::DType;
use crate::error::{Error, Result};

/// What a loss over classes can be told: PyTorch's keyword arguments.
#[derive(Debug, Clone)]
pub struct ClassLoss {
    /// How much each class counts, `(classes)`; all the same if none.
    pub weight: Option<Tensor>,
    /// Rows with this target count nothing.
    pub ignore_index: i64,
    /// How much of the target's certainty is spread over all classes, 0 to 1; cross-entropy only.
    pub label_smoothing: f64,
    /// What becomes of the rows' losses. A mean is over the weights of the rows that count.
    pub reduction: Reduction,
}

impl Default for ClassLoss {
    fn default() -> Self {
        ClassLoss { weight: None, ignore_index: -100, label_smoothing: 0.0, reduction: Reduction::Mean }
    }
}

impl ClassLoss {
    /// How much each row counts; none where all count the same.
    fn factors(&self, target: &Tensor, classes: usize, dtype: DType) -> Result<Option<Tensor>> {
        let HostData::Int64(labels) = target.host()? else { return Ok(None) };
        if self.weight.is_none() && !labels.contains(&self.ignore_index) {
            return Ok(None);
        }
        let weights = self.weight.as_ref().map_or(Ok(vec![1.0; classes]), Tensor::to_f64_vec)?;
        if weights.len() != classes {
            return Err(Error::Shape(format!(
                "weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: [{}]",
                weights.len()
            )));
        }
        let factor = |label: &i64| match usize::try_from(*label) {
            _ if *label == self.ignore_index => Ok(0.0),
            Ok(label) if label < classes => Ok(weights[label]),
            _ => Err(Error::Index(format!("Target {label} is out of bounds."))),
        };
        let factors: Vec<f64> = labels.iter().map(factor).collect::<Result<_>>()?;
        Tensor::from_vec(factors, target.shape().clone())?.to_dtype(dtype).map(Some)
    }

    /// 1 for each row that counts, 0 for one that is ignored.
    fn counted(&self, target: &Tensor, dtype: DType) -> Result<Tensor> {
        target.ne(&Tensor::scalar(self.ignore_index)?)?.to_dtype(dtype)
    }

    fn reduce(&self, each: Tensor, factors: Option<&Tensor>) -> Result<Tensor> {
        match (self.reduction, factors) {
            (reduction, None) => each.reduced(reduction),
            (Reduction::Mean, Some(factors)) => {
                let (sum, count) = (each.mul(factors)?.sum(&[], false)?, factors.sum(&[], false)?);
                match count.host() {
                    // The mean of nothing is no number, and yet its gradient is 0 in PyTorch.
                    Ok(data) if data.to_f64() == [0.0] => sum.add_scalar(f64::NAN),
                    _ => sum.div(&count),
                }
            }
            (reduction, Some(factors)) => each.mul(factors)?.reduced(reduction),
        }
    }
}

impl Tensor {
    /// `F.nll_loss`: minus the log-probability of each row's class. Self: log-probabilities `(rows, classes)`, `(classes)` or
    /// `(rows, classes, ...)`; target: int64 of the same shape without the classes.
    pub fn nll_loss(&self, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
        self.nll_loss_with(target, &ClassLoss { reduction, ..ClassLoss::default() })
    }

    /// `F.nll_loss(x, target, weight, ignore_index=..., reduction=...)`
    pub fn nll_loss_with(&self, target: &Tensor, options: &ClassLoss) -> Result<Tensor> {
        if self.dim() > 2 {
            return self.over_places(target, |x, target| x.nll_loss_with(target, options));
        }
        let (rows, classes) = self.rows_and_classes()?;
        if target.dim() > 1 {
            return Err(Error::Shape("0D or 1D target tensor expected, multi-target not supported".to_string()));
        }
        if target.numel() != rows {
            return Err(Error::Shape(format!(
                "Expected input batch_size ({rows}) to match target batch_size ({}).",
                target.numel()
            )));
        }
        let factors = options.factors(target, classes, self.dtype())?;
        // Ignored rows count nothing: any class will do for them.
        let named = match &factors {
            Some(factors) => target.mul(&factors.ne(&factors.zeros_like()?)?.to_dtype(DType::Int64)?)?,
            None => target.clone(),
        };
        let index = named.class_index(classes, &self.device())?;
        let picked = self.reshape([rows, classes])?.gathered(1, index, 1)?.neg()?;
        let each = picked.reshape(target.shape().clone())?;
        Ok(options.reduce(each, factors.as_ref())?.named("NllLossBackward0"))
    }

    /// A loss where the classes are the second of many axes, as a picture's are: every place is a row.
    fn over_places(&self, target: &Tensor, loss: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
        let classes = self.shape()[1];
        let mut places = self.shape().to_vec();
        places.remove(1);
        let rows: usize = places.iter().product();
        let order: Vec<i64> = std::iter::once(0).chain(2..self.dim() as i64).chain([1]).collect();
        let listed = |x: &Tensor| x.permute(&order)?.reshape([rows, classes]);
        let target = match target.shape() == self.shape() && target.dtype().is_floating() {
            true => listed(target)?,
            false if target.shape()[..] == places[..] => target.reshape([rows])?,
            false => {
                return Err(Error::Shape(format!(
                    "input and target batch or spatial sizes don't match: target {}, input {}",
                    target.shape(),
                    self.shape()
                )));
            }
        };
        let out = loss(&listed(self)?, &target)?;
        let name = if self.dim() == 4 || out.dim() == 0 { "NllLoss2DBackward0" } else { "ViewBackward0" };
        let out = if out.dim() == 0 { out } else { out.reshape(places)? };
        Ok(if target.dtype().is_floating() { out } else { out.named(name) })
    }

    fn rows_and_classes(&self) -> Result<(usize, usize)> {
        match self.shape()[..] {
            [classes] => Ok((1, classes)),
            [rows, classes] => Ok((rows, classes)),
            _ => Err(Error::Shape(format!("nll_loss expects (rows, classes), got {}", self.shape()))),
        }
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
        self.cross_entropy_with(target, &ClassLoss { reduction, ..ClassLoss::default() })
    }

    /// `F.cross_entropy(x, target, weight, ignore_index=..., label_smoothing=..., reduction=...)`
    pub fn cross_entropy_with(&self, target: &Tensor, options: &ClassLoss) -> Result<Tensor> {
        let smoothing = options.label_smoothing;
        if !(0.0..=1.0).contains(&smoothing) {
            return Err(Error::Value(format!("label_smoothing must be between 0.0 and 1.0. Got: {smoothing:?}")));
        }
        if self.dim() > 2 {
            return self.over_places(target, |x, target| x.cross_entropy_with(target, options));
        }
        let log_probabilities = self.log_softmax(-1)?;
        let classes = self.shape().last().copied().unwrap_or(1);
        let weighted = match &options.weight {
            Some(weight) if weight.numel() == classes => log_probabilities.mul(&weight.detach())?,
            Some(weight) => {
                return Err(Error::Shape(format!(
                    "cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of \
                     shape: {}",
                    weight.shape()
                )));
            }
            None => log_probabilities.clone(),
        };
        if target.dtype().is_floating() && target.shape() == self.shape() {
            let smooth = target.affine(1.0 - smoothing, smoothing / classes as f64)?;
            let target = if smoothing > 0.0 { &smooth } else { target };
            let each = target.mul(&weighted)?.sum(&[-1], false)?.neg()?;
            return match options.reduction {
                Reduction::Mean => Ok(each.sum(&[], false)?.div_scalar(each.numel() as f64)?.named("DivBackward1")),
                Reduction::Sum => Ok(each.neg()?.sum(&[], false)?.neg()?),
                Reduction::None => Ok(each),
            };
        }
        let plain = log_probabilities.nll_loss_with(target, options)?;
        if smoothing == 0.0 {
            return Ok(plain);
        }
        let factors = options.factors(target, classes, self.dtype())?;
        let each = weighted.sum(&[-1], false)?.neg()?.reshape(target.shape().clone())?;
        let counted = options.counted(target, self.dtype())?;
        let smooth = match (options.reduction, &factors) {
            (Reduction::Mean, Some(factors)) => each.mul(&counted)?.sum(&[], false)?.div(&factors.sum(&[], false)?)?,
            (reduction, _) => each.mul(&counted)?.reduced(reduction)?,
        };
        plain.affine(1.0 - smoothing, 0.0)?.add(&smooth.affine(smoothing / classes as f64, 0.0)?)
    }

    /// Poly-1 loss: cross-entropy plus `epsilon (1 - p)`, p being the probability of the right class: the first term of the
    /// logarithm's expansion, weighted anew.
    pub fn poly_loss(&self, target: &Tensor, epsilon: f64, reduction: Reduction) -> Result<Tensor> {
        let cross_entropy = self.cross_entropy(target, Reduction::None)?;
        let missing = cross_entropy.neg()?.exp()?.affine(-epsilon, epsilon)?;
        cross_entropy.add(&missing)?.reduced(reduction)
    }
}
