//! How the sizes of many numbers are spread: a bar for every doubling, because gradients of one layer differ by powers of
//! ten, and those of different layers and steps must stand on one axis. Told by the exponent of a float32 alone.

use serde::{Deserialize, Serialize};

/// The first bar counts sizes below `2^(FIRST + 1)`.
pub const FIRST: i32 = -40;
/// Bars: the last one counts sizes from `2^7` on.
pub const BARS: usize = 48;

/// A histogram of sizes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// Numbers that are exactly 0: they have no place on a logarithmic axis.
    pub zeros: u32,
    /// Infinities and NaN.
    pub not_finite: u32,
    /// How many numbers have `2^(FIRST + k) <= |x| < 2^(FIRST + k + 1)`; those outside count at the ends.
    pub counts: Vec<u32>,
}

impl Spread {
    /// Of these numbers.
    pub fn of(values: &[f32]) -> Spread {
        let mut spread = Spread::default();
        spread.add(values);
        spread
    }

    /// Counts more numbers.
    pub fn add(&mut self, values: &[f32]) {
        self.counts.resize(BARS, 0);
        for value in values {
            // The exponent of a float32 is the place of its doubling; numbers too small for one count as the smallest.
            match (value.to_bits() >> 23 & 0xff) as i32 {
                0 if *value == 0.0 => self.zeros += 1,
                0xff => self.not_finite += 1,
                exponent => self.counts[(exponent - 127 - FIRST).clamp(0, BARS as i32 - 1) as usize] += 1,
            }
        }
    }

    /// How many numbers were counted.
    pub fn total(&self) -> u32 {
        self.zeros + self.not_finite + self.counts.iter().sum::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_counts_once_at_its_doubling() {
        let at = |value: f32| Spread::of(&[value]).counts.iter().position(|&count| count == 1);
        assert_eq!(at(1.0), Some(40));
        assert_eq!(at(-1.99), Some(40));
        assert_eq!(at(0.5), Some(39));
        assert_eq!(at(f32::MIN_POSITIVE / 2.0), Some(0));
        assert_eq!(at(-1e30), Some(BARS - 1));
        let spread = Spread::of(&[0.0, -0.0, f32::NAN, f32::INFINITY, 3.0]);
        assert_eq!((spread.zeros, spread.not_finite, spread.total()), (2, 2, 5));
    }
}
