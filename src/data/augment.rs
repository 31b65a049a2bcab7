//! Small changes to pictures of digits, so that a network trained on them also reads drawings unlike MNIST: turned,
//! slanted, scaled, shifted, with a thicker or thinner pen.

use super::mnist::PIXELS;
use crate::random::Generator;

const SIDE: usize = 28;

/// How far the changes go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Augmentation {
    /// Turns to both sides, in degrees.
    pub turn: f32,
    /// Slant to both sides: columns a row.
    pub slant: f32,
    /// Largest relative change of width and of height.
    pub scale: f32,
    /// Shifts in pixels.
    pub shift: f32,
    /// Share of pictures with another pen, and how much of it is taken.
    pub pen: f32,
}

impl Augmentation {
    /// What the shipped weights were trained with.
    pub const USUAL: Augmentation = Augmentation { turn: 10.0, slant: 0.15, scale: 0.12, shift: 1.6, pen: 0.5 };
}

/// Writes a changed copy of each picture of 28 x 28 bytes into `changed`.
pub fn augment(pixels: &[u8], changed: &mut [u8], how: Augmentation, generator: &mut Generator) {
    for (from, to) in pixels.chunks_exact(PIXELS).zip(changed.chunks_exact_mut(PIXELS)) {
        let mut around = |size: f32| (2.0 * generator.next_f32() - 1.0) * size;
        let (sin, cos) = around(how.turn).to_radians().sin_cos();
        let (wide, high) = (1.0 + around(how.scale), 1.0 + around(how.scale));
        let slant = around(how.slant);
        let (right, down) = (around(how.shift), around(how.shift));
        let pen = around(1.0);
        let penned = if pen.abs() < how.pen { pen_changed(from, pen / how.pen) } else { to_floats(from) };
        let middle = (SIDE as f32 - 1.0) / 2.0;
        for row in 0..SIDE {
            for column in 0..SIDE {
                // Backwards: where this pixel comes from.
                let (y, x) = (row as f32 - middle - down, column as f32 - middle - right);
                let (y, x) = ((cos * y - sin * x) / high, (sin * y + cos * x) / wide);
                to[row * SIDE + column] = bilinear(&penned, y + middle, x + slant * y + middle) as u8;
            }
        }
    }
}

fn to_floats(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|&byte| f32::from(byte)).collect()
}

/// `strength` of 1 is a pen wider by about a pixel, of -1 a thinner one.
fn pen_changed(pixels: &[u8], strength: f32) -> Vec<f32> {
    let at = |row: isize, column: isize| {
        let inside = (0..SIDE as isize).contains(&row) && (0..SIDE as isize).contains(&column);
        if inside { f32::from(pixels[row as usize * SIDE + column as usize]) } else { 0.0 }
    };
    let part = strength.abs() * if strength > 0.0 { 0.7 } else { 0.5 };
    (0..PIXELS)
        .map(|i| {
            let (row, column) = ((i / SIDE) as isize, (i % SIDE) as isize);
            let beside = [at(row - 1, column), at(row + 1, column), at(row, column - 1), at(row, column + 1)];
            let own = at(row, column);
            let other =
                if strength > 0.0 { beside.into_iter().fold(own, f32::max) } else { beside.into_iter().fold(own, f32::min) };
            own + part * (other - own)
        })
        .collect()
}

fn bilinear(pixels: &[f32], y: f32, x: f32) -> f32 {
    let (top, left) = (y.floor(), x.floor());
    let (down, right) = (y - top, x - left);
    let at = |row: f32, column: f32| {
        let inside = row >= 0.0 && column >= 0.0 && row < SIDE as f32 && column < SIDE as f32;
        if inside { pixels[row as usize * SIDE + column as usize] } else { 0.0 }
    };
    let upper = at(top, left) * (1.0 - right) + at(top, left + 1.0) * right;
    let lower = at(top + 1.0, left) * (1.0 - right) + at(top + 1.0, left + 1.0) * right;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Augmentation = Augmentation { turn: 0.0, slant: 0.0, scale: 0.0, shift: 0.0, pen: 0.0 };

    fn picture() -> Vec<u8> {
        (0..PIXELS).map(|i| if (10..18).contains(&(i / SIDE)) && i % SIDE == 14 { 255 } else { 0 }).collect()
    }

    #[test]
    fn nothing_asked_changes_nothing() {
        let (from, mut to) = (picture(), vec![0; PIXELS]);
        augment(&from, &mut to, NONE, &mut Generator::new(0));
        assert_eq!(from, to);
    }

    #[test]
    fn the_same_seed_gives_the_same_change_and_ink_stays() {
        let from = picture();
        let changed = |seed| {
            let mut to = vec![0; PIXELS];
            augment(&from, &mut to, Augmentation::USUAL, &mut Generator::new(seed));
            to
        };
        assert_eq!(changed(1), changed(1));
        assert_ne!(changed(1), changed(2));
        let ink = |pixels: &[u8]| pixels.iter().map(|&byte| f64::from(byte)).sum::<f64>();
        for seed in 0..20 {
            let share = ink(&changed(seed)) / ink(&from);
            assert!((0.4..3.5).contains(&share), "seed {seed}: {share}");
        }
    }
}
