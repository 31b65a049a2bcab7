//! From strokes to what a network reads, in MNIST's own steps: crop to the drawing, fit it into 20x20, put its centre of
//! mass into the middle of 28x28, antialias, normalise. Each step leaves a picture, each can be left out.
//! Source: LeCun, Cortes, Burges, "The MNIST database", section "the images were centered ...".

use super::raster::{self, Ink};
use super::{Point, Stroke};

/// Width and height of what the network reads.
pub const SIDE: usize = 28;
/// Of the 60,000 training images, with pixels from 0 to 1; what every PyTorch example uses.
pub const MEAN: f32 = 0.1307;
/// Of the same pixels.
pub const STANDARD_DEVIATION: f32 = 0.3081;

/// The drawing is fitted into a square of this side.
const FIT: f32 = 20.0;
/// Width of the pen after the fit: gives the ink that MNIST's digits have on average.
const PEN: f32 = 2.3;
/// Width of the pen on the pad, as a share of its side. The page draws with the same.
pub const PEN_ON_PAD: f32 = 0.07;
/// Pictures before antialiasing are this much finer than the grid.
const FINE: usize = 4;
/// A dot must not be blown up to a disc: nothing smaller than this share of the pad is enlarged further.
const SMALLEST: f32 = 0.1;

/// Which steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preparation {
    /// Crop to the drawing; without it, the whole pad is taken as it is.
    pub crop: bool,
    /// Fit into 20x20, keeping its proportions; without it, what was cropped fills all 28x28.
    pub fit: bool,
    /// The centre of mass goes to the middle; without it, the middle of the box does.
    pub centre: bool,
    /// Grey edges; without it, a pixel is ink or paper.
    pub antialias: bool,
    /// Mean 0 and deviation 1 over the training set; without it, 0 to 1.
    pub normalise: bool,
}

impl Preparation {
    /// As the networks were trained: every step.
    pub const FULL: Self = Self { crop: true, fit: true, centre: true, antialias: true, normalise: true };
}

impl Default for Preparation {
    fn default() -> Self {
        Self::FULL
    }
}

/// A step on the way, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Strokes,
    Crop,
    Fit,
    Centre,
    Antialias,
    Normalise,
}

impl Stage {
    /// From the pad to the network.
    pub const ALL: [Self; 6] = [Self::Strokes, Self::Crop, Self::Fit, Self::Centre, Self::Antialias, Self::Normalise];
}

/// A square picture, row by row. 0 is paper and 1 is ink, apart from the last stage, whose numbers are normalised.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub side: usize,
    pub pixels: Vec<f32>,
}

/// A drawing, ready for a network, and how it came to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What each stage made, in the order of [`Stage::ALL`].
    pub stages: [Picture; 6],
    /// On the pad, in shares of its side: left, top, right, bottom of what was taken.
    pub taken: [f32; 4],
}

impl Prepared {
    /// The 784 numbers that the network reads.
    pub fn input(&self) -> &[f32] {
        &self.stages[5].pixels
    }

    /// The picture that a stage made.
    pub fn stage(&self, stage: Stage) -> &Picture {
        &self.stages[stage as usize]
    }
}

/// Prepares a drawing; `None` when nothing is drawn.
pub fn prepare(strokes: &[Stroke], steps: Preparation) -> Option<Prepared> {
    let extent = extent(strokes)?;
    let fine_side = SIDE * FINE;
    let fine = fine_side as f32;

    let on_pad = raster::draw(&scaled(strokes, fine, Point { x: 0.0, y: 0.0 }), fine_side, PEN_ON_PAD * fine / 2.0);

    // The part of the pad that is looked at: a square around the drawing and its pen, or all of the pad.
    let taken = if steps.crop { square_around(extent) } else { [0.0, 0.0, 1.0, 1.0] };
    let corner = Point { x: taken[0], y: taken[1] };
    let size = taken[2] - taken[0];
    let cropped = raster::draw(&scaled(strokes, fine / size, corner), fine_side, PEN_ON_PAD / size * fine / 2.0);

    // That part, scaled to the grid, with a pen that no longer depends on how large somebody wrote.
    let room = if steps.fit { FIT } else { SIDE as f32 };
    let (corner, points_per_share) = if steps.crop {
        let longest = (extent[2] - extent[0]).max(extent[3] - extent[1]).max(SMALLEST);
        let scale = (room - PEN) / longest;
        let middle = Point { x: (extent[0] + extent[2]) / 2.0, y: (extent[1] + extent[3]) / 2.0 };
        (Point { x: middle.x - SIDE as f32 / 2.0 / scale, y: middle.y - SIDE as f32 / 2.0 / scale }, scale)
    } else {
        let margin = (SIDE as f32 - room) / 2.0 / room;
        (Point { x: -margin, y: -margin }, room)
    };
    let scale = points_per_share * FINE as f32;
    let pen = PEN * FINE as f32 / 2.0;
    let fitted = raster::draw(&scaled(strokes, scale, corner), fine_side, pen);

    let centred = if steps.centre {
        let mass = fitted.centre_of_mass();
        let shift = |at: f32| (at - fine / 2.0) / scale;
        let corner = Point { x: corner.x + shift(mass.x), y: corner.y + shift(mass.y) };
        raster::draw(&scaled(strokes, scale, corner), fine_side, pen)
    } else {
        Ink { side: fitted.side, pixels: fitted.pixels.clone() }
    };

    let small = if steps.antialias { centred.shrink(FINE) } else { centred.sample(FINE) };
    let normal = |pixel: &f32| if steps.normalise { (pixel - MEAN) / STANDARD_DEVIATION } else { *pixel };
    let input = Picture { side: SIDE, pixels: small.pixels.iter().map(normal).collect() };
    let stages = [on_pad.into(), cropped.into(), fitted.into(), centred.into(), small.into(), input];
    Some(Prepared { stages, taken })
}

impl From<Ink> for Picture {
    fn from(ink: Ink) -> Self {
        Self { side: ink.side, pixels: ink.pixels }
    }
}

/// Left, top, right, bottom of all points.
fn extent(strokes: &[Stroke]) -> Option<[f32; 4]> {
    let mut points = strokes.iter().flatten();
    let first = points.next()?;
    Some(points.fold([first.x, first.y, first.x, first.y], |[left, top, right, bottom], point| {
        [left.min(point.x), top.min(point.y), right.max(point.x), bottom.max(point.y)]
    }))
}

fn square_around([left, top, right, bottom]: [f32; 4]) -> [f32; 4] {
    let half = ((right - left).max(bottom - top).max(SMALLEST) + PEN_ON_PAD) / 2.0;
    let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
    [x - half, y - half, x + half, y + half]
}

/// Points relative to a corner, times a scale.
fn scaled(strokes: &[Stroke], scale: f32, corner: Point) -> Vec<Stroke> {
    let place = |point: &Point| Point { x: (point.x - corner.x) * scale, y: (point.y - corner.y) * scale };
    strokes.iter().map(|stroke| stroke.iter().map(place).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    fn centre_of_mass(picture: &Picture) -> (f32, f32) {
        let ink = Ink { side: picture.side, pixels: picture.pixels.clone() };
        let mass = ink.centre_of_mass();
        (mass.x, mass.y)
    }

    fn grey(strokes: &[Stroke], steps: Preparation) -> Picture {
        prepare(strokes, steps).unwrap().stage(Stage::Antialias).clone()
    }

    #[test]
    fn nothing_drawn_is_nothing_prepared() {
        assert_eq!(prepare(&[], Preparation::FULL), None);
        assert_eq!(prepare(&[vec![]], Preparation::FULL), None);
    }

    #[test]
    fn every_example_lies_as_in_mnist() {
        for digit in 0..10 {
            let picture = grey(&example(digit), Preparation::FULL);
            let (x, y) = centre_of_mass(&picture);
            assert!((x - 14.0).abs() < 0.2 && (y - 14.0).abs() < 0.2, "{digit}: centre of mass at {x}, {y}");
            let rows: Vec<usize> =
                (0..SIDE).filter(|row| picture.pixels[row * SIDE..(row + 1) * SIDE].iter().any(|ink| *ink > 0.2)).collect();
            assert!((18..=21).contains(&rows.len()), "{digit}: {} rows of ink", rows.len());
            let ink: f32 = picture.pixels.iter().sum();
            assert!((40.0..170.0).contains(&ink), "{digit}: {ink} pixels of ink; MNIST's mean is 102");
        }
    }

    #[test]
    fn the_mean_ink_is_that_of_mnist() {
        let mean =
            (0..10).map(|digit| grey(&example(digit), Preparation::FULL).pixels.iter().sum::<f32>()).sum::<f32>() / 10.0;
        assert!((85.0..120.0).contains(&mean), "{mean} pixels of ink; MNIST's mean is 0.1307 * 784 = 102");
    }

    #[test]
    fn size_and_place_on_the_pad_do_not_matter() {
        let large = example(3);
        let small: Vec<Stroke> = large
            .iter()
            .map(|stroke| stroke.iter().map(|point| Point { x: 0.6 + point.x * 0.3, y: 0.1 + point.y * 0.3 }).collect())
            .collect();
        let (large, small) = (grey(&large, Preparation::FULL), grey(&small, Preparation::FULL));
        let difference = large.pixels.iter().zip(&small.pixels).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 0.1, "{difference}");
    }

    #[test]
    fn each_step_left_out_changes_what_it_is_for() {
        let strokes: Vec<Stroke> = example(7)
            .iter()
            .map(|stroke| stroke.iter().map(|point| Point { x: point.x * 0.5, y: point.y * 0.5 }).collect())
            .collect();
        let full = Preparation::FULL;
        let (x, y) = centre_of_mass(&grey(&strokes, Preparation { crop: false, centre: false, ..full }));
        assert!(x < 12.0 && y < 12.0, "a small digit in the corner stays there: {x}, {y}");
        let filling = grey(&strokes, Preparation { fit: false, centre: false, ..full });
        assert!(filling.pixels[..SIDE].iter().chain(&filling.pixels[SIDE * (SIDE - 1)..]).any(|ink| *ink > 0.5));
        let (x, _) = centre_of_mass(&grey(&strokes, Preparation { centre: false, ..full }));
        assert!((x - 14.0).abs() > 0.2, "a 7 is heavier on one side: {x}");
        let hard = grey(&strokes, Preparation { antialias: false, ..full });
        assert!(hard.pixels.iter().all(|ink| *ink == 0.0 || *ink == 1.0));
        let raw = prepare(&strokes, Preparation { normalise: false, ..full }).unwrap();
        assert_eq!(raw.input(), raw.stage(Stage::Antialias).pixels);
    }

    #[test]
    fn the_numbers_are_normalised_like_the_training_set() {
        let prepared = prepare(&example(0), Preparation::FULL).unwrap();
        assert!((prepared.input()[0] - (0.0 - 0.1307) / 0.3081).abs() < 1e-6);
        assert!(prepared.input().iter().copied().fold(f32::MIN, f32::max) > 2.7);
    }

    #[test]
    fn a_dot_stays_a_dot() {
        let picture = grey(&[vec![Point { x: 0.9, y: 0.9 }]], Preparation::FULL);
        let ink: f32 = picture.pixels.iter().sum();
        assert!((2.0..8.0).contains(&ink), "{ink}");
        let (x, y) = centre_of_mass(&picture);
        assert!((x - 14.0).abs() < 0.1 && (y - 14.0).abs() < 0.1);
    }

    #[test]
    fn points_outside_of_the_pad_do_no_harm() {
        let strokes = [vec![Point { x: -0.5, y: -0.5 }, Point { x: 1.5, y: 1.5 }]];
        for crop in [true, false] {
            assert!(prepare(&strokes, Preparation { crop, ..Preparation::FULL }).is_some());
        }
    }
}
