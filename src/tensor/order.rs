//! Elements by size: sorted along an axis, or the largest few.

use super::Tensor;
use crate::backend::HostData;
use crate::error::{Error, Result};
use std::cmp::Ordering;

impl Tensor {
    /// `torch.sort(x, dim, descending)`: the values in order and where each stood (int64). Equal ones keep their order; what is no
    /// number counts as the largest.
    pub fn sort(&self, axis: i64, descending: bool) -> Result<(Tensor, Tensor)> {
        self.ordered(axis, None, descending, "SortBackward0")
    }

    /// `torch.topk(x, k, dim, largest)`: the k largest or smallest along an axis, in order, and where they stood (int64).
    pub fn topk(&self, k: usize, axis: i64, largest: bool) -> Result<(Tensor, Tensor)> {
        self.ordered(axis, Some(k), largest, "TopkBackward0")
    }

    fn ordered(&self, axis: i64, k: Option<usize>, descending: bool, name: &'static str) -> Result<(Tensor, Tensor)> {
        let axis = self.shape().axis(axis)?;
        if self.dim() == 0 {
            let (values, places) = self.reshape([1])?.ordered(0, k, descending, name)?;
            return Ok((values.reshape(vec![])?.named(name), places.reshape(vec![])?));
        }
        let (outer, size, inner) = self.split_at_axis(axis);
        let count = k.unwrap_or(size);
        if count > size {
            return Err(Error::Value("selected index k out of range".to_string()));
        }
        let data = self.host()?;
        let mut places = vec![0i64; outer * count * inner];
        for block in 0..outer {
            for column in 0..inner {
                let at = |i: usize| (block * size + i) * inner + column;
                let mut order: Vec<usize> = (0..size).collect();
                order.sort_by(|&a, &b| {
                    let ordering = compare(&data, at(a), at(b));
                    if descending { ordering.reverse() } else { ordering }
                });
                for (i, &place) in order.iter().take(count).enumerate() {
                    places[(block * count + i) * inner + column] = place as i64;
                }
            }
        }
        let mut sizes = self.shape().to_vec();
        sizes[axis] = count;
        let places = Tensor::from_vec(places, sizes)?;
        Ok((self.gather(axis as i64, &places)?.named(name), places))
    }
}

fn compare(data: &HostData, a: usize, b: usize) -> Ordering {
    let floats = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
    match data {
        HostData::Float32(data) => floats(f64::from(data[a]), f64::from(data[b])),
        HostData::Float64(data) => floats(data[a], data[b]),
        HostData::Int64(data) => data[a].cmp(&data[b]),
        HostData::Bool(data) => data[a].cmp(&data[b]),
        HostData::Index(data) => data[a].cmp(&data[b]),
        HostData::Byte(data) => data[a].cmp(&data[b]),
    }
}
