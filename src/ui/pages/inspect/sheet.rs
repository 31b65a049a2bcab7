//! The numbers of a picture as a table: the map, kernel or picture that the chosen number lies in.

use crate::explain::digits::plain_number;
use crate::explain::mosaic::Sheet;
use crate::explain::network_trace::Values;

/// Head and rows for a table.
pub fn sheet_rows(values: &Values, element: usize) -> Vec<Vec<String>> {
    let sheet = Sheet::holding(&values.shape, element);
    let corner = match sheet.at.is_empty() {
        true => String::new(),
        false => format!("[{}]", sheet.at.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let numbers = values.data.get(sheet.first..sheet.first + sheet.cells).unwrap_or_default();
    let width = sheet.width.min(numbers.len()).max(1);
    let head = std::iter::once(corner).chain((0..width).map(|column| column.to_string())).collect();
    let row = |(row, numbers): (usize, &[f32])| {
        let name = if sheet.is_vector { row * sheet.width } else { row };
        std::iter::once(name.to_string()).chain(numbers.iter().map(|&number| plain_number(f64::from(number)))).collect()
    };
    std::iter::once(head).chain(numbers.chunks(sheet.width).enumerate().map(row)).collect()
}
