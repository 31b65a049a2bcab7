//! Strokes as ink on a square grid: round pens, soft by one pixel at the edge.

use super::Point;

/// A square picture of ink, 0 to 1, row by row.
pub(super) struct Ink {
    pub side: usize,
    pub pixels: Vec<f32>,
}

/// Draws strokes whose points are in pixels of the grid already, with a pen of `radius` pixels.
pub(super) fn draw(strokes: &[Vec<Point>], side: usize, radius: f32) -> Ink {
    let mut ink = Ink { side, pixels: vec![0.0; side * side] };
    for stroke in strokes {
        if let [only] = stroke.as_slice() {
            ink.segment(*only, *only, radius);
        }
        let mut from = stroke.first().copied();
        for &to in stroke.iter().skip(1) {
            if let Some(start) = from {
                // Points that lie closer than a third of a pixel change nothing but the time it takes.
                let last = stroke.last() == Some(&to);
                if !last && (to.x - start.x).hypot(to.y - start.y) < 0.33 {
                    continue;
                }
                ink.segment(start, to, radius);
            }
            from = Some(to);
        }
    }
    ink
}

impl Ink {
    /// The line from one point to another: each pixel keeps the darkest of what passed over it.
    fn segment(&mut self, from: Point, to: Point, radius: f32) {
        let reach = radius + 0.5;
        let clamp = |value: f32| value.clamp(0.0, self.side as f32) as usize;
        let (left, right) = (clamp(from.x.min(to.x) - reach), clamp(from.x.max(to.x) + reach + 1.0));
        let (top, bottom) = (clamp(from.y.min(to.y) - reach), clamp(from.y.max(to.y) + reach + 1.0));
        let (along_x, along_y) = (to.x - from.x, to.y - from.y);
        let length_squared = along_x * along_x + along_y * along_y;
        let scale = if length_squared > 0.0 { 1.0 / length_squared } else { 0.0 };
        for row in top..bottom {
            let offset_y = row as f32 + 0.5 - from.y;
            for column in left..right {
                let offset_x = column as f32 + 0.5 - from.x;
                let share = ((offset_x * along_x + offset_y * along_y) * scale).clamp(0.0, 1.0);
                let (away_x, away_y) = (offset_x - share * along_x, offset_y - share * along_y);
                let away_squared = away_x * away_x + away_y * away_y;
                if away_squared < reach * reach {
                    let pixel = &mut self.pixels[row * self.side + column];
                    *pixel = pixel.max((reach - away_squared.sqrt()).min(1.0));
                }
            }
        }
    }

    /// Where the ink's weight is, in pixels; the middle when there is none.
    pub fn centre_of_mass(&self) -> Point {
        let (mut mass, mut x, mut y) = (0.0_f32, 0.0, 0.0);
        for (row, pixels) in self.pixels.chunks_exact(self.side).enumerate() {
            let row_mass: f32 = pixels.iter().sum();
            mass += row_mass;
            y += row_mass * (row as f32 + 0.5);
            x += pixels.iter().enumerate().map(|(column, ink)| ink * (column as f32 + 0.5)).sum::<f32>();
        }
        let middle = self.side as f32 / 2.0;
        if mass > 0.0 { Point { x: x / mass, y: y / mass } } else { Point { x: middle, y: middle } }
    }

    /// Means of `factor` x `factor` pixels: what antialiasing is.
    pub fn shrink(&self, factor: usize) -> Ink {
        let side = self.side / factor;
        let mut pixels = vec![0.0; side * side];
        for (row, line) in self.pixels.chunks_exact(self.side).enumerate() {
            for (column, ink) in line.iter().enumerate() {
                pixels[row / factor * side + column / factor] += ink;
            }
        }
        let share = 1.0 / (factor * factor) as f32;
        pixels.iter_mut().for_each(|pixel| *pixel *= share);
        Ink { side, pixels }
    }

    /// The pixel in the middle of each `factor` x `factor`, ink or none: what there is without antialiasing.
    pub fn sample(&self, factor: usize) -> Ink {
        let side = self.side / factor;
        let middle = factor / 2;
        let at = |index: usize| self.pixels[(index / side * factor + middle) * self.side + index % side * factor + middle];
        Ink { side, pixels: (0..side * side).map(|index| if at(index) >= 0.5 { 1.0 } else { 0.0 }).collect() }
    }
}
