//! Fewer points for the same picture: a line of a hundred thousand steps on a thousand pixels is drawn by the lowest
//! and the highest point of each pixel, so that no spike is lost. Also the nearest point, for a cursor.

/// x and y.
type Point = (f64, f64);
/// A column of pixels: its index, the lowest and the highest point in it.
type Column = (usize, Point, Point);

/// At most two points for each of `columns` columns of the x range, in their order. Points that are not finite are left
/// out: the chart tells of them elsewhere. `points` must be sorted by x.
pub fn decimate(points: &[Point], from: f64, to: f64, columns: usize) -> Vec<Point> {
    let finite = |point: &&Point| point.1.is_finite();
    if points.len() <= columns * 2 || columns == 0 || to <= from {
        return points.iter().filter(finite).copied().collect();
    }
    let column_of = |x: f64| (((x - from) / (to - from) * columns as f64) as usize).min(columns - 1);
    let mut kept = Vec::with_capacity(columns * 2);
    let mut bucket: Option<Column> = None;
    for &point in points.iter().filter(finite) {
        let column = column_of(point.0);
        match &mut bucket {
            Some((current, low, high)) if *current == column => {
                if point.1 < low.1 {
                    *low = point;
                }
                if point.1 > high.1 {
                    *high = point;
                }
            }
            _ => {
                push(&mut kept, bucket);
                bucket = Some((column, point, point));
            }
        }
    }
    push(&mut kept, bucket);
    kept
}

fn push(kept: &mut Vec<Point>, bucket: Option<Column>) {
    let Some((_, low, high)) = bucket else { return };
    let (first, second) = if low.0 <= high.0 { (low, high) } else { (high, low) };
    kept.push(first);
    if first != second {
        kept.push(second);
    }
}

/// The point whose x is nearest; `points` must be sorted by x.
pub fn nearest(points: &[(f64, f64)], x: f64) -> Option<(f64, f64)> {
    let after = points.partition_point(|point| point.0 < x);
    let candidates = [after.checked_sub(1), Some(after)];
    let distance = |point: &(f64, f64)| (point.0 - x).abs();
    candidates
        .into_iter()
        .flatten()
        .filter_map(|index| points.get(index).copied())
        .min_by(|left, right| distance(left).total_cmp(&distance(right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_survives() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|step| (f64::from(step), 1.0)).collect();
        points[54_321].1 = 9.0;
        let kept = decimate(&points, 0.0, 99_999.0, 300);
        assert!(kept.len() <= 600);
        assert!(kept.contains(&(54_321.0, 9.0)));
        assert!(kept.is_sorted_by(|left, right| left.0 <= right.0));
    }

    #[test]
    fn few_points_stay_and_nan_goes() {
        let points = [(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)];
        assert_eq!(decimate(&points, 0.0, 2.0, 100), [(0.0, 1.0), (2.0, 3.0)]);
        assert!(decimate(&[], 0.0, 0.0, 0).is_empty());
    }

    #[test]
    fn the_nearest_point_is_found_on_both_sides() {
        let points = [(0.0, 1.0), (10.0, 2.0), (20.0, 3.0)];
        assert_eq!(nearest(&points, 4.0), Some((0.0, 1.0)));
        assert_eq!(nearest(&points, 6.0), Some((10.0, 2.0)));
        assert_eq!(nearest(&points, 99.0), Some((20.0, 3.0)));
        assert_eq!(nearest(&[], 1.0), None);
    }
}
