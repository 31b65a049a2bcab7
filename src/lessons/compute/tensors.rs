//! Making, indexing, broadcasting, multiplying and summing tensors, for the first chapter's widgets.

use crate::dtype::DType;
use crate::error::Result;
use crate::lessons::python::Interpreter;
use crate::lessons::python::statement::parse_expression;
use crate::lessons::python::value::Value;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// A tensor to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub sizes: Vec<usize>,
    pub dtype: DType,
    pub numbers: Vec<f64>,
    /// As PyTorch prints it.
    pub printed: String,
}

fn drawn(value: &Value) -> std::result::Result<Made, String> {
    let tensor = value.as_tensor().map_err(|error| error.to_string())?;
    let numbers = tensor.to_f64_vec().map_err(|error| error.to_string())?;
    let printed = value.show().map_err(|error| error.to_string())?;
    Ok(Made { sizes: tensor.shape().to_vec(), dtype: tensor.dtype(), numbers, printed })
}

/// Runs a call such as `arange(9).reshape(3,3)`, with or without `torch.` before it. Errors read as Python's.
pub fn make(call: &str, seed: u64) -> std::result::Result<Made, String> {
    let mut notebook = Interpreter::new();
    notebook.run(&format!("import torch\ntorch.manual_seed({})", seed % (1 << 32)));
    let call = call.trim();
    let full = if call.starts_with("torch.") { call.to_owned() } else { format!("torch.{call}") };
    let expression = parse_expression(&full)?;
    drawn(&notebook.value_of(&expression).map_err(|error| error.to_string())?)
}

/// The cells that an index chooses.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Where each element of the result stood in `x`, row-major, in the order of the result.
    pub positions: Vec<usize>,
    pub sizes: Vec<usize>,
    pub printed: String,
}

/// The rows and columns of the indexer's `x`, which holds 1 to 12.
pub const INDEXED: [usize; 2] = [3, 4];

/// Runs an expression on `x`: `x[1:3, 0:3]`. Errors read as Python's.
pub fn index(expression: &str) -> std::result::Result<Chosen, String> {
    let parsed = parse_expression(expression)?;
    let run = |start: f64| {
        let mut notebook = Interpreter::new();
        let x = Tensor::arange(start, start + 12.0, 1.0, DType::Int64)
            .and_then(|x| x.reshape(INDEXED))
            .map_err(|error| error.to_string())?;
        notebook.set("x", Value::tensor(x));
        drawn(&notebook.value_of(&parsed).map_err(|error| error.to_string())?)
    };
    // The same index on the numbers of the cells tells which were taken.
    let (numbered, shown) = (run(0.0)?, run(1.0)?);
    let positions: Option<Vec<usize>> = numbered
        .numbers
        .iter()
        .zip(&shown.numbers)
        .map(|(position, number)| (position + 1.0 == *number && *position < 12.0).then_some(*position as usize))
        .collect();
    let positions = positions.ok_or("NotImplementedError: only an index of x can be shown here, such as x[1, :]")?;
    Ok(Chosen { positions, sizes: shown.sizes, printed: shown.printed })
}

/// Two shapes, aligned from the right.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// For each axis of the result: the two sizes, where there are any, and whether they fit.
    pub axes: Vec<(Option<usize>, Option<usize>, bool)>,
    /// The common shape, or PyTorch's error.
    pub result: std::result::Result<Vec<usize>, String>,
}

/// Aligns two shapes as broadcasting does.
pub fn align(a: &[usize], b: &[usize]) -> Aligned {
    let rank = a.len().max(b.len());
    let at = |sizes: &[usize], axis: usize| (axis + sizes.len()).checked_sub(rank).map(|axis| sizes[axis]);
    let axes = (0..rank)
        .map(|axis| {
            let (left, right) = (at(a, axis), at(b, axis));
            let fits = left == right || left.unwrap_or(1) == 1 || right.unwrap_or(1) == 1;
            (left, right, fits)
        })
        .collect();
    let result = Shape::new(a).broadcast(&Shape::new(b)).map(|shape| shape.to_vec()).map_err(|error| error.to_string());
    Aligned { axes, result }
}

/// `a + b` for two tensors counted from 0 and from 0 in tens, of shapes that fit and have at most two axes.
pub fn broadcast_sum(a: &[usize], b: &[usize]) -> Result<(Tensor, Tensor, Tensor)> {
    let count = |sizes: &[usize], step: f64| {
        let elements: usize = sizes.iter().product();
        Tensor::arange(0.0, elements as f64 * step, step, DType::Int64)?.reshape(sizes)
    };
    let (a, b) = (count(a, 10.0)?, count(b, 1.0)?);
    let sum = a.add(&b)?;
    Ok((a, b, sum))
}

/// The two matrices of the product widget and their product.
pub fn product() -> Result<(Tensor, Tensor, Tensor)> {
    let left = Tensor::arange(0.0, 6.0, 1.0, DType::Int64)?.reshape([2, 3])?;
    let right = Tensor::arange(0.0, 6.0, 1.0, DType::Int64)?.reshape([3, 2])?;
    let product = left.mm(&right)?;
    Ok((left, right, product))
}

/// One cell of the product: its terms in words of numbers, and its value.
pub fn product_cell(row: usize, column: usize) -> Result<(String, f64)> {
    let (left, right, product) = product()?;
    let (row, column) = (row.min(1) as i64, column.min(1) as i64);
    let (row_numbers, column_numbers) = (left.select(0, row)?.to_f64_vec()?, right.select(1, column)?.to_f64_vec()?);
    let terms: Vec<String> = row_numbers.iter().zip(&column_numbers).map(|(a, b)| format!("{a}·{b}")).collect();
    Ok((terms.join(" + "), product.select(0, row)?.select(0, column)?.item()?))
}

/// The shape and elements of `ones(sizes).sum(dim)`.
pub fn sum_along(sizes: &[usize], dim: usize) -> Result<(Vec<usize>, Vec<f64>)> {
    let dim = dim.min(sizes.len().saturating_sub(1));
    let sum = Tensor::ones(sizes)?.sum(&[dim as i64], false)?;
    Ok((sum.shape().to_vec(), sum.to_f64_vec()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_its_cells() {
        assert_eq!(index("x[:,1]").unwrap().positions, [1, 5, 9]);
        assert_eq!(index("x[[0,1,2],[2,1,0]]").unwrap().printed, "tensor([3, 6, 9])");
        assert_eq!(index("x[:,[1]]").unwrap().sizes, [3, 1]);
        assert!(index("x[7]").unwrap_err().contains("IndexError"));
        assert!(index("x * 2").is_err());
        assert!(index("x[").is_err());
    }

    #[test]
    fn shapes_align_from_the_right() {
        let aligned = align(&[2, 3], &[3]);
        assert_eq!(aligned.axes, [(Some(2), None, true), (Some(3), Some(3), true)]);
        assert_eq!(aligned.result, Ok(vec![2, 3]));
        assert!(align(&[2, 3], &[2, 4]).result.unwrap_err().contains("must match"));
    }

    #[test]
    fn products_and_sums() {
        assert_eq!(product_cell(1, 1).unwrap(), ("3·1 + 4·3 + 5·5".to_owned(), 40.0));
        assert_eq!(sum_along(&[2, 3, 4], 1).unwrap(), (vec![2, 4], vec![3.0; 8]));
        assert_eq!(make("arange(9).reshape(3,3)", 0).unwrap().sizes, [3, 3]);
        assert!(make("zeros(", 0).is_err() && make("no_such(3)", 0).is_err());
    }
}
