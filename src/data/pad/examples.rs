//! One drawing of each digit, as a hand would write it: for the first visit, for the example button, for tests.
//! A digit is a few curves through given points.

use super::{Point, Stroke, Strokes};

/// The strokes of a digit; `digit` counts round after nine.
pub fn example(digit: usize) -> Strokes {
    STROKES[digit % 10].iter().map(|corners| smooth(corners)).collect()
}

/// In hundredths of the pad's side.
const STROKES: [&[&[(f32, f32)]]; 10] = [
    &[&[
        (55., 17.),
        (40., 23.),
        (30., 45.),
        (33., 70.),
        (48., 84.),
        (63., 76.),
        (71., 53.),
        (67., 29.),
        (55., 17.),
        (47., 18.),
    ]],
    &[&[(56., 15.), (53., 35.), (50., 60.), (47., 85.)]],
    &[&[
        (31., 33.),
        (38., 20.),
        (53., 15.),
        (66., 24.),
        (65., 41.),
        (52., 58.),
        (36., 75.),
        (29., 83.),
        (48., 81.),
        (73., 82.),
    ]],
    &[&[
        (32., 22.),
        (48., 15.),
        (63., 21.),
        (64., 35.),
        (48., 46.),
        (62., 51.),
        (70., 65.),
        (61., 80.),
        (44., 85.),
        (29., 77.),
    ]],
    &[&[(40., 15.), (34., 34.), (28., 52.), (48., 54.), (72., 52.)], &[(62., 33.), (59., 58.), (56., 86.)]],
    &[&[
        (65., 16.),
        (52., 17.),
        (39., 18.),
        (37., 31.),
        (34., 45.),
        (49., 41.),
        (64., 48.),
        (68., 64.),
        (58., 80.),
        (42., 85.),
        (28., 78.),
    ]],
    &[&[
        (62., 15.),
        (46., 27.),
        (35., 48.),
        (32., 69.),
        (42., 84.),
        (58., 83.),
        (67., 70.),
        (61., 56.),
        (46., 56.),
        (34., 69.),
    ]],
    &[&[(28., 20.), (40., 19.), (55., 19.), (71., 18.), (65., 34.), (56., 52.), (49., 69.), (44., 86.)]],
    &[&[
        (64., 26.),
        (53., 16.),
        (39., 21.),
        (37., 34.),
        (49., 46.),
        (63., 59.),
        (65., 75.),
        (51., 85.),
        (36., 77.),
        (37., 61.),
        (51., 46.),
        (64., 36.),
        (64., 25.),
    ]],
    &[&[
        (66., 29.),
        (55., 17.),
        (39., 22.),
        (35., 39.),
        (46., 50.),
        (60., 44.),
        (66., 29.),
        (65., 45.),
        (62., 66.),
        (57., 86.),
    ]],
];

/// A Catmull-Rom curve through the corners, as points a hand would leave.
fn smooth(corners: &[(f32, f32)]) -> Stroke {
    const PIECES: usize = 8;
    let corner = |index: isize| {
        let (x, y) = corners[index.clamp(0, corners.len() as isize - 1) as usize];
        Point { x: x / 100.0, y: y / 100.0 }
    };
    let mut stroke = vec![corner(0)];
    for segment in 0..corners.len() as isize - 1 {
        let [before, from, to, after] = [-1, 0, 1, 2].map(|offset| corner(segment + offset));
        for piece in 1..=PIECES {
            let share = piece as f32 / PIECES as f32;
            let along = |before: f32, from: f32, to: f32, after: f32| {
                let (square, cube) = (share * share, share * share * share);
                0.5 * (2.0 * from
                    + (to - before) * share
                    + (2.0 * before - 5.0 * from + 4.0 * to - after) * square
                    + (3.0 * from - before - 3.0 * to + after) * cube)
            };
            stroke.push(Point { x: along(before.x, from.x, to.x, after.x), y: along(before.y, from.y, to.y, after.y) });
        }
    }
    stroke
}
