//! Which examples train and which validate: a held-out part, or one of k folds (`sklearn.model_selection.KFold`).

/// Indices to train on and to validate on; none appears in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
}

/// The last `validation` of `count` examples are held out. At least one is left to train on.
pub fn hold_out(count: usize, validation: usize) -> Split {
    let validation = validation.min(count.saturating_sub(1));
    let train = count - validation;
    Split { train: (0..train as u32).collect(), validation: (train as u32..count as u32).collect() }
}

/// Fold `fold` of `folds` consecutive parts is held out; the first `count % folds` parts have one example more.
pub fn k_fold(count: usize, folds: usize, fold: usize) -> Split {
    let folds = folds.clamp(2, count.max(2));
    let fold = fold.min(folds - 1);
    let start_of = |part: usize| part * (count / folds) + part.min(count % folds);
    let held = start_of(fold) as u32..start_of(fold + 1) as u32;
    let train = (0..count as u32).filter(|index| !held.contains(index)).collect();
    Split { train, validation: held.collect() }
}

/// Mean and sample standard deviation of the folds' results.
pub fn mean_and_spread(results: &[f64]) -> (f64, f64) {
    let count = results.len() as f64;
    if results.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let mean = results.iter().sum::<f64>() / count;
    let squares = results.iter().map(|result| (result - mean).powi(2)).sum::<f64>();
    (mean, if results.len() > 1 { (squares / (count - 1.0)).sqrt() } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_cover_everything_once() {
        let mut held = Vec::new();
        for fold in 0..3 {
            let split = k_fold(11, 3, fold);
            assert_eq!(split.train.len() + split.validation.len(), 11);
            assert!(split.train.iter().all(|index| !split.validation.contains(index)));
            held.extend(split.validation);
        }
        assert_eq!(held, (0..11).collect::<Vec<u32>>());
        // sklearn gives the first folds one more: 4, 4, 3.
        assert_eq!(k_fold(11, 3, 0).validation.len(), 4);
        assert_eq!(k_fold(11, 3, 2).validation.len(), 3);
    }

    #[test]
    fn hold_out_keeps_one_to_train_on() {
        assert_eq!(hold_out(3, 9).train, [0]);
        assert_eq!(hold_out(3, 1).validation, [2]);
        assert!(hold_out(3, 0).validation.is_empty());
    }

    #[test]
    fn spread_of_one_result_is_zero() {
        assert_eq!(mean_and_spread(&[0.9]), (0.9, 0.0));
        let (mean, spread) = mean_and_spread(&[1.0, 2.0, 3.0]);
        assert_eq!((mean, spread), (2.0, 1.0));
    }
}
