//! A tensor of any shape as one picture: maps side by side with a gap between them, long vectors in rows. Each cell knows
//! which element it shows, so that pointing at a picture is pointing at a number.

/// What a gap holds: a number that is none, with bits of its own, so that it is not drawn like one that was computed.
pub const GAP: f32 = f32::from_bits(0x7fc0_0abc);

/// Where the elements of a shape are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mosaic {
    /// Cells in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row: the element that a cell shows, none in a gap.
    pub cells: Vec<Option<usize>>,
}

impl Mosaic {
    /// For a shape without its batch axis: `(channels, height, width)`, `(units)`, a weight `(out, in, height, width)` or
    /// `(out, in)`. A row of a linear weight that reads 784 pixels is drawn as the picture that it reads.
    pub fn new(shape: &[usize]) -> Mosaic {
        let elements: usize = shape.iter().product();
        match *shape {
            [] => Mosaic { width: 1, height: 1, cells: vec![Some(0)] },
            [count] if count <= 16 => Mosaic { width: count, height: 1, cells: (0..count).map(Some).collect() },
            [count] => rows(count, (count as f64 * 2.0).sqrt().ceil() as usize),
            [out, 784] => maps(out, 28, 28),
            [out, inputs] => Mosaic { width: inputs, height: out, cells: (0..elements).map(Some).collect() },
            [channels, height, width] if height * width == 1 => Mosaic::new(&[channels]),
            [count, channels, height, width] if channels > 1 => table(count, channels, height, width),
            _ => {
                let (height, width) = (shape[shape.len() - 2], shape[shape.len() - 1]);
                maps(elements / (height * width).max(1), height, width)
            }
        }
    }

    /// The cell that shows an element: `(row, column)`.
    pub fn place(&self, element: usize) -> Option<(usize, usize)> {
        let at = self.cells.iter().position(|cell| *cell == Some(element))?;
        Some((at / self.width, at % self.width))
    }

    /// The element at a cell.
    pub fn element(&self, row: usize, column: usize) -> Option<usize> {
        if column >= self.width { None } else { self.cells.get(row * self.width + column).copied().flatten() }
    }

    /// The numbers to draw, [`GAP`] in the gaps.
    pub fn numbers(&self, values: &[f32]) -> Vec<f32> {
        let number = |cell: &Option<usize>| cell.and_then(|element| values.get(element).copied()).unwrap_or(GAP);
        self.cells.iter().map(number).collect()
    }
}

/// The part of a tensor that is shown as a table: the map, kernel or picture that an element lies in; a vector as a whole, ten
/// numbers a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The indices of the axes before those of the table.
    pub at: Vec<usize>,
    /// The element in its first cell.
    pub first: usize,
    /// Cells in a row.
    pub width: usize,
    /// Cells in all.
    pub cells: usize,
    /// Whether rows are stretches of one axis: the row's first index names it.
    pub is_vector: bool,
}

impl Sheet {
    /// The part of a shape (without its batch axis) that holds an element.
    pub fn holding(shape: &[usize], element: usize) -> Sheet {
        let pictures = [&shape[..shape.len().min(1)], &[28, 28]].concat();
        let shape = match *shape {
            [_, 784] => &pictures[..],
            [channels, height, width] if height * width == 1 => &[channels][..],
            _ => shape,
        };
        // A row of a wide weight is a vector of its own.
        let axes = if shape.len() > 1 && shape[shape.len() - 1] <= WIDEST { 2 } else { 1 };
        let (outer, inner) = shape.split_at(shape.len().saturating_sub(axes));
        let cells = inner.iter().product::<usize>().max(1);
        let sheet = element / cells;
        let mut at = Vec::new();
        let mut rest = sheet;
        for &size in outer.iter().rev() {
            at.insert(0, rest % size.max(1));
            rest /= size.max(1);
        }
        let is_vector = inner.len() < 2;
        let width = if is_vector { 10 } else { inner[1] };
        Sheet { at, first: sheet * cells, width, cells, is_vector }
    }
}

/// Columns that fit into a table.
const WIDEST: usize = 40;

fn rows(count: usize, width: usize) -> Mosaic {
    let width = width.max(1);
    let height = count.div_ceil(width);
    let cells = (0..width * height).map(|cell| (cell < count).then_some(cell)).collect();
    Mosaic { width, height, cells }
}

/// Maps in a grid that is about as wide as high.
fn maps(count: usize, height: usize, width: usize) -> Mosaic {
    let columns = ((count as f64).sqrt().ceil() as usize).max(1);
    grid(count.div_ceil(columns), columns, height, width, |row, column| {
        let map = row * columns + column;
        (map < count).then_some(map)
    })
}

/// A row of maps for each output channel, a column for each input channel; the longer side lies across.
fn table(count: usize, channels: usize, height: usize, width: usize) -> Mosaic {
    if count > channels {
        grid(channels, count, height, width, |row, column| Some(column * channels + row))
    } else {
        grid(count, channels, height, width, |row, column| Some(row * channels + column))
    }
}

fn grid(rows: usize, columns: usize, height: usize, width: usize, map_at: impl Fn(usize, usize) -> Option<usize>) -> Mosaic {
    let (full_width, full_height) = (columns * (width + 1) - 1, (rows * (height + 1)).saturating_sub(1));
    let mut cells = vec![None; full_width * full_height];
    for row in 0..rows {
        for column in 0..columns {
            let Some(map) = map_at(row, column) else { continue };
            for y in 0..height {
                for x in 0..width {
                    let cell = (row * (height + 1) + y) * full_width + column * (width + 1) + x;
                    cells[cell] = Some((map * height + y) * width + x);
                }
            }
        }
    }
    Mosaic { width: full_width, height: full_height, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_has_one_cell() {
        let shapes: [&[usize]; 10] = [
            &[],
            &[10],
            &[200],
            &[10, 24, 24],
            &[20, 8, 8],
            &[20, 10, 5, 5],
            &[10, 1, 5, 5],
            &[200, 784],
            &[10, 320],
            &[7, 1, 1],
        ];
        for shape in shapes {
            let mosaic = Mosaic::new(shape);
            let elements: usize = shape.iter().product();
            assert_eq!(mosaic.cells.len(), mosaic.width * mosaic.height, "{shape:?}");
            let mut shown: Vec<usize> = mosaic.cells.iter().flatten().copied().collect();
            shown.sort_unstable();
            assert_eq!(shown, (0..elements).collect::<Vec<_>>(), "{shape:?}");
            let last = elements - 1;
            let (row, column) = mosaic.place(last).unwrap();
            assert_eq!(mosaic.element(row, column), Some(last));
            assert_eq!(mosaic.element(row, mosaic.width), None);
            let numbers = mosaic.numbers(&vec![1.0; elements]);
            assert_eq!(numbers.iter().filter(|number| !number.is_nan()).count(), elements);
        }
    }

    #[test]
    fn a_sheet_holds_its_element() {
        let sheet = |shape: &[usize], element| {
            let sheet = Sheet::holding(shape, element);
            assert!((sheet.first..sheet.first + sheet.cells).contains(&element), "{shape:?} {element}");
            (sheet.at, sheet.first, sheet.width, sheet.cells)
        };
        assert_eq!(sheet(&[10, 24, 24], 2 * 576 + 30), (vec![2], 1152, 24, 576));
        assert_eq!(sheet(&[20, 10, 5, 5], 12 * 250 + 3 * 25 + 7), (vec![12, 3], 3075, 5, 25));
        assert_eq!(sheet(&[200, 784], 784 * 3 + 5), (vec![3], 784 * 3, 28, 784));
        assert_eq!(sheet(&[10, 320], 700), (vec![2], 640, 10, 320));
        assert_eq!(sheet(&[10, 16], 17), (vec![], 0, 16, 160));
        assert_eq!(sheet(&[200], 150), (vec![], 0, 10, 200));
        assert_eq!(sheet(&[7, 1, 1], 6), (vec![], 0, 10, 7));
        assert_eq!(sheet(&[], 0), (vec![], 0, 10, 1));
    }

    #[test]
    fn maps_keep_their_shape() {
        let mosaic = Mosaic::new(&[10, 24, 24]);
        assert_eq!((mosaic.width, mosaic.height), (4 * 25 - 1, 3 * 25 - 1));
        assert_eq!(mosaic.element(0, 24), None, "a gap");
        assert_eq!(mosaic.element(0, 25), Some(24 * 24), "the second map");
    }
}
