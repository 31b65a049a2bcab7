//! Two-dimensional point sets for classification, between about -1.5 and 1.5: what the overfitting lab learns from.
//! Moons and circles are those of scikit-learn, centred; the same seed gives the same points.

use crate::random::Generator;
use std::f64::consts::PI;

/// Points with their class, 0 or 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points {
    /// `[x, y]` of each point.
    pub places: Vec<[f32; 2]>,
    /// The class of each point.
    pub classes: Vec<u8>,
}

/// A point set by its name: `circles`, `moons`, `spiral`, `xor` or `gaussians`; any other name gives none.
pub fn make(set: &str, count: usize, noise: f64, seed: u64) -> Points {
    let mut generator = Generator::new(seed);
    let mut points = Points::default();
    for at in 0..count {
        let class = (at % 2) as u8;
        let sign = if class == 0 { 1.0 } else { -1.0 };
        let uniform: Vec<f64> = generator.rand_f64(2);
        let normal = generator.randn_f64(2);
        let part = uniform[0];
        let (x, y) = match set {
            "circles" => {
                let radius = if class == 0 { 1.1 } else { 0.5 };
                ((2.0 * PI * part).cos() * radius, (2.0 * PI * part).sin() * radius)
            }
            "moons" => match class {
                0 => ((PI * part).cos() - 0.5, (PI * part).sin() - 0.25),
                _ => (0.5 - (PI * part).cos(), 0.25 - (PI * part).sin()),
            },
            "spiral" => {
                let radius = 0.15 + 1.1 * part;
                let angle = 3.5 * part * PI;
                (sign * radius * angle.cos(), sign * radius * angle.sin())
            }
            "xor" => {
                let (x, y) = (uniform[0] * 2.4 - 1.2, uniform[1] * 1.2);
                (x, if (x > 0.0) == (class == 0) { y } else { -y })
            }
            "gaussians" => (sign * 0.5 + 0.3 * normal[0], sign * 0.5 + 0.3 * normal[1]),
            _ => return Points::default(),
        };
        points.places.push([(x + noise * normal[0]) as f32, (y + noise * normal[1]) as f32]);
        points.classes.push(class);
    }
    points
}

/// `count` points of ten classes in clusters on a circle: class `k` at the angle `2 pi k / 10`.
pub fn ten_clusters(count: usize, seed: u64) -> Points {
    let mut generator = Generator::new(seed);
    let mut points = Points::default();
    for at in 0..count {
        let class = (at % 10) as u8;
        let angle = 2.0 * PI * f64::from(class) / 10.0;
        let normal = generator.randn_f64(2);
        points.places.push([(1.2 * angle.cos() + 0.1 * normal[0]) as f32, (1.2 * angle.sin() + 0.1 * normal[1]) as f32]);
        points.classes.push(class);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_has_both_classes_in_sight() {
        for set in ["circles", "moons", "spiral", "xor", "gaussians"] {
            let points = make(set, 200, 0.05, 3);
            assert_eq!(points.classes.iter().filter(|class| **class == 1).count(), 100, "{set}");
            assert!(points.places.iter().flatten().all(|place| place.abs() < 2.0), "{set}");
            assert_eq!(points, make(set, 200, 0.05, 3));
            assert_ne!(points, make(set, 200, 0.05, 4));
        }
        assert!(make("no such set", 10, 0.0, 0).places.is_empty());
    }
}
