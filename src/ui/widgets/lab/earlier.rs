//! A run of the lab that is over.

use crate::lessons::compute::lab::Record;

/// A run that is over, for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierRun {
    pub number: usize,
    /// As the reader calls it; empty for its number.
    pub name: String,
    /// What differs from the widget's defaults: `count=60 l2=0.01`.
    pub settings: String,
    pub records: Vec<Record>,
    pub shown: bool,
}

impl EarlierRun {
    /// The epoch with the smallest validation loss.
    pub fn best(&self) -> Option<Record> {
        let finite = self.records.iter().filter(|record| record.validation.is_finite());
        finite.copied().min_by(|a, b| a.validation.total_cmp(&b.validation))
    }
}
