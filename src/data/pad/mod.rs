//! A drawing as strokes, and the way from there to the 28x28 numbers that a network reads: the same preparation that
//! MNIST's digits went through. Strokes stay points, so that they can be undone, kept and prepared again.

mod examples;
mod prepare;
mod raster;

pub use examples::example;
pub use prepare::{MEAN, PEN_ON_PAD, Picture, Preparation, Prepared, SIDE, STANDARD_DEVIATION, Stage, prepare};

/// A point on the pad, in shares of its side: (0, 0) is the upper left corner, (1, 1) the lower right one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// What the pen drew between being put down and being lifted.
pub type Stroke = Vec<Point>;

/// A drawing.
pub type Strokes = Vec<Stroke>;

/// `0.25,0.5 0.3,0.5;0.7,0.1`: a short text for the browser's storage. Every digit is kept: what comes back is read with the
/// very same probabilities.
pub fn strokes_to_text(strokes: &[Stroke]) -> String {
    let point = |point: &Point| format!("{},{}", point.x, point.y);
    let stroke = |stroke: &Stroke| stroke.iter().map(point).collect::<Vec<_>>().join(" ");
    strokes.iter().map(stroke).collect::<Vec<_>>().join(";")
}

/// Reads what [`strokes_to_text`] wrote; `None` if it is something else.
pub fn strokes_from_text(text: &str) -> Option<Strokes> {
    let number = |text: &str| text.parse::<f32>().ok().filter(|number| (-1.0..=2.0).contains(number));
    let point = |text: &str| {
        let (x, y) = text.split_once(',')?;
        Some(Point { x: number(x)?, y: number(y)? })
    };
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(';').map(|stroke| stroke.split(' ').map(point).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_survive_the_storage() {
        let strokes = example(5);
        assert_eq!(strokes_from_text(&strokes_to_text(&strokes)), Some(strokes));
        assert_eq!(strokes_from_text(""), Some(Vec::new()));
    }

    #[test]
    fn a_foreign_text_is_refused() {
        for text in ["hello", "0.1", "0.1,NaN", "0.1,0.2,0.3", "1e9,0", ";;", "[1,2]"] {
            assert_eq!(strokes_from_text(text), None, "{text}");
        }
    }
}
