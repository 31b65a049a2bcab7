//! The softmax and its Jacobian: every `dp_i/da_j`, the same by autograd, and how the Jacobian times the loss's gradient
//! collapses to `p - y`. In float64 through the tensor core.

use crate::autograd::{BackwardOptions, grad};
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The Jacobian of one row of scores.
#[derive(Debug, Clone, PartialEq)]
pub struct SoftmaxJacobian {
    /// The scores.
    pub logits: Vec<f64>,
    /// `softmax(logits)`
    pub probabilities: Vec<f64>,
    /// `entries[i][j] = dp_i/da_j = p_i (delta_ij - p_j)`: `diag(p) - p p^T`.
    pub entries: Vec<Vec<f64>>,
    /// The sum of each row: zero up to rounding, because the probabilities always sum to one.
    pub row_sums: Vec<f64>,
}

impl SoftmaxJacobian {
    /// For these scores; at least one.
    pub fn new(logits: &[f64]) -> Result<SoftmaxJacobian> {
        if logits.is_empty() {
            return Err(Error::Shape("softmax needs at least one score".to_string()));
        }
        let probabilities = Tensor::from_slice(logits)?.softmax(0)?.to_f64_vec()?;
        let entries: Vec<Vec<f64>> = probabilities
            .iter()
            .enumerate()
            .map(|(i, p)| {
                let entry = |(j, q): (usize, &f64)| if i == j { p * (1.0 - p) } else { -p * q };
                probabilities.iter().enumerate().map(entry).collect()
            })
            .collect();
        let row_sums = entries.iter().map(|row| row.iter().sum()).collect();
        Ok(SoftmaxJacobian { logits: logits.to_vec(), probabilities, entries, row_sums })
    }

    /// One row as `torch.autograd.grad(p[i], [a], retain_graph=True)` returns it.
    pub fn autograd_row(&self, i: usize) -> Result<Vec<f64>> {
        let logits = Tensor::from_slice(&self.logits)?.requires_grad_(true)?;
        let chosen = logits.softmax(0)?.select(0, i as i64)?;
        grad(&chosen, &[&logits], BackwardOptions::default())?[0].to_f64_vec()
    }

    /// The product of the transposed Jacobian and the gradient of `-log p[target]`, in steps. An error where the target
    /// is none of the classes.
    pub fn collapse(&self, target: usize) -> Result<Collapse> {
        if target >= self.logits.len() {
            return Err(Error::Index(format!("Target {target} is out of bounds.")));
        }
        let one_hot: Vec<f64> = (0..self.logits.len()).map(|i| f64::from(u8::from(i == target))).collect();
        let gradient: Vec<f64> =
            self.probabilities.iter().zip(&one_hot).map(|(p, y)| if *y == 0.0 { 0.0 } else { -y / p }).collect();
        let products: Vec<Vec<f64>> = self
            .entries
            .iter()
            .zip(&gradient)
            .map(|(row, g)| row.iter().map(|entry| if *g == 0.0 { 0.0 } else { entry * g }).collect())
            .collect();
        let sums = (0..self.logits.len()).map(|j| products.iter().map(|row| row[j]).sum()).collect();
        let difference = self.probabilities.iter().zip(&one_hot).map(|(p, y)| p - y).collect();
        let logits = Tensor::from_slice(&self.logits)?.requires_grad_(true)?;
        let label = Tensor::from_slice(&[target as i64])?;
        let loss = logits.reshape([1, self.logits.len()])?.cross_entropy(&label, crate::tensor::Reduction::Mean)?;
        let autograd = grad(&loss, &[&logits], BackwardOptions::default())?[0].to_f64_vec()?;
        Ok(Collapse { one_hot, gradient, products, sums, difference, autograd, loss: loss.item()? })
    }
}

/// `J^T g` for the cross-entropy with one right class.
#[derive(Debug, Clone, PartialEq)]
pub struct Collapse {
    /// `y`: 1 at the target.
    pub one_hot: Vec<f64>,
    /// `g = dL/dp`: `-1/p` at the target, 0 elsewhere.
    pub gradient: Vec<f64>,
    /// `products[i][j] = g_i J_ij`: all rows but the target's vanish.
    pub products: Vec<Vec<f64>>,
    /// The sum of each column: `J^T g`.
    pub sums: Vec<f64>,
    /// `p - y`, what the sums are.
    pub difference: Vec<f64>,
    /// What autograd gives for `cross_entropy(logits, target)`: the fused way, by log-sum-exp.
    pub autograd: Vec<f64>,
    /// The loss.
    pub loss: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&[f64]; 4] = [&[2.0, 1.0, 0.1], &[0.0], &[-3.0, 40.0, 1.5, -0.25, 7.0], &[1.0; 10]];

    #[test]
    fn entries_are_the_formula_and_rows_are_autograds() {
        for logits in ROWS {
            let jacobian = SoftmaxJacobian::new(logits).unwrap();
            for i in 0..logits.len() {
                let row = jacobian.autograd_row(i).unwrap();
                for j in 0..logits.len() {
                    let p = &jacobian.probabilities;
                    let formula = p[i] * (f64::from(u8::from(i == j)) - p[j]);
                    assert!((jacobian.entries[i][j] - formula).abs() < 1e-15);
                    assert!((jacobian.entries[i][j] - row[j]).abs() < 1e-15, "{logits:?} {i} {j}");
                    assert!(i == j || jacobian.entries[i][j] <= 0.0);
                }
                assert!(jacobian.row_sums[i].abs() < 1e-14);
                assert!(jacobian.entries[i][i] >= 0.0);
            }
        }
    }

    #[test]
    fn the_courses_numbers() {
        let jacobian = SoftmaxJacobian::new(&[2.0, 1.0, 0.1]).unwrap();
        let rounded: Vec<f64> = jacobian.probabilities.iter().map(|p| (p * 1000.0).round() / 1000.0).collect();
        assert_eq!(rounded, [0.659, 0.242, 0.099]);
        assert!(SoftmaxJacobian::new(&[]).is_err());
        assert!(jacobian.collapse(3).is_err());
    }

    #[test]
    fn the_product_collapses_to_p_minus_y() {
        for logits in ROWS.into_iter().filter(|logits| logits.len() != 5) {
            for target in 0..logits.len() {
                let collapse = SoftmaxJacobian::new(logits).unwrap().collapse(target).unwrap();
                for j in 0..logits.len() {
                    assert!((collapse.sums[j] - collapse.difference[j]).abs() < 1e-14);
                    assert!((collapse.autograd[j] - collapse.difference[j]).abs() < 1e-14);
                }
            }
        }
    }
}
