//! Numbers and tensors as Python and PyTorch print them: four digits, a common width, scientific notation where
//! the values lie far apart, lines of 80 columns, a summary above 1000 elements.

use crate::dtype::DType;

/// PyTorch's `threshold`: longer tensors are shown by their edges.
const SUMMARY_ABOVE: usize = 1000;
const EDGE_ITEMS: usize = 3;
const LINE_WIDTH: usize = 80;

/// `tensor(...)` as PyTorch prints it, `suffixes` such as `grad_fn=<MulBackward0>` included.
/// `values` are row-major; a float64 or a non-default dtype is named, as PyTorch does.
pub fn tensor(values: &[f64], sizes: &[usize], dtype: DType, suffixes: &[String]) -> String {
    let prefix = "tensor(";
    let mut suffixes = suffixes.to_vec();
    let default = matches!(dtype, DType::Float32) || (matches!(dtype, DType::Int64 | DType::Bool) && !values.is_empty());
    let mut body = if values.is_empty() {
        if sizes.len() != 1 {
            suffixes.insert(0, format!("size={}", tuple(sizes)));
        }
        "[]".to_owned()
    } else {
        let summary = values.len() > SUMMARY_ABOVE;
        let shown = if summary { edges(values, sizes) } else { values.to_vec() };
        let formatter = Formatter::new(&shown, dtype);
        if sizes.is_empty() { formatter.scalar(values[0]) } else { formatter.block(values, sizes, prefix.len(), summary) }
    };
    if !default {
        suffixes.insert(0, format!("dtype={dtype}"));
    }
    body.insert_str(0, prefix);
    let last_line = body.len() - body.rfind('\n').map_or(0, |at| at + 1);
    let mut width = last_line + 1;
    for suffix in suffixes {
        if width + suffix.len() + 2 > LINE_WIDTH {
            body.push_str(",\n");
            body.push_str(&" ".repeat(prefix.len()));
            width = prefix.len() + suffix.len();
        } else {
            body.push_str(", ");
            width += suffix.len() + 2;
        }
        body.push_str(&suffix);
    }
    body + ")"
}

/// The values that a summary shows: three from each end of each axis.
fn edges(values: &[f64], sizes: &[usize]) -> Vec<f64> {
    let Some((&size, rest)) = sizes.split_first() else { return values.to_vec() };
    let inner: usize = rest.iter().product();
    let chosen = (0..size).filter(|&i| size <= 2 * EDGE_ITEMS || i < EDGE_ITEMS || i >= size - EDGE_ITEMS);
    chosen.flat_map(|i| edges(&values[i * inner..(i + 1) * inner], rest)).collect()
}

/// How all numbers of one tensor are written.
struct Formatter {
    dtype: DType,
    /// Floats that are all whole are written `1.`.
    whole: bool,
    scientific: bool,
    width: usize,
}

impl Formatter {
    fn new(shown: &[f64], dtype: DType) -> Formatter {
        let mut formatter = Formatter { dtype, whole: true, scientific: false, width: 1 };
        let finite: Vec<f64> =
            shown.iter().copied().filter(|value| value.is_finite() && *value != 0.0).map(f64::abs).collect();
        if dtype.is_floating() {
            formatter.whole = shown.iter().all(|value| !value.is_finite() || value.ceil() == *value);
            let largest = finite.iter().copied().fold(0.0, f64::max);
            let smallest = finite.iter().copied().fold(f64::INFINITY, f64::min);
            if !finite.is_empty() {
                formatter.scientific = largest / smallest > 1000.0 || largest > 1e8 || (!formatter.whole && smallest < 1e-4);
            }
        }
        if dtype.is_floating() && finite.is_empty() {
            return formatter;
        }
        // PyTorch measures zeros and infinities only where all numbers are whole or integers.
        let measured = shown.iter().filter(|value| !dtype.is_floating() || (value.is_finite() && **value != 0.0));
        formatter.width = measured.map(|value| formatter.bare(*value).len()).max().unwrap_or(1);
        formatter
    }

    /// A number without padding.
    fn bare(&self, value: f64) -> String {
        match self.dtype {
            DType::Int64 => format!("{}", value as i64),
            DType::Bool => if value != 0.0 { "True" } else { "False" }.to_owned(),
            DType::Float32 | DType::Float64 => {
                if value.is_nan() {
                    "nan".to_owned()
                } else if value.is_infinite() {
                    if value > 0.0 { "inf" } else { "-inf" }.to_owned()
                } else if self.scientific {
                    scientific(value, 4)
                } else if self.whole {
                    format!("{value:.0}.")
                } else {
                    format!("{value:.4}")
                }
            }
        }
    }

    fn scalar(&self, value: f64) -> String {
        self.padded(value)
    }

    fn padded(&self, value: f64) -> String {
        format!("{:>width$}", self.bare(value), width = self.width)
    }

    fn block(&self, values: &[f64], sizes: &[usize], indent: usize, summary: bool) -> String {
        let Some((&size, rest)) = sizes.split_first() else { return self.padded(values[0]) };
        let cut = summary && size > 2 * EDGE_ITEMS;
        let inner: usize = rest.iter().product();
        let part = |i: usize| self.block(&values[i * inner..(i + 1) * inner], rest, indent + 1, summary);
        let mut parts: Vec<String> = Vec::new();
        for i in 0..size {
            if cut && i == EDGE_ITEMS {
                parts.push(if rest.is_empty() { " ...".to_owned() } else { "...".to_owned() });
            }
            if !cut || i < EDGE_ITEMS || i >= size - EDGE_ITEMS {
                parts.push(part(i));
            }
        }
        if rest.is_empty() {
            // As many numbers a line as PyTorch puts there: its count includes the comma and space of each.
            let per_line = (LINE_WIDTH.saturating_sub(indent) / (self.width + 2)).max(1);
            let lines: Vec<String> = parts.chunks(per_line).map(|line| line.join(", ")).collect();
            return format!("[{}]", lines.join(&format!(",\n{}", " ".repeat(indent + 1))));
        }
        let gap = format!(",{}{}", "\n".repeat(rest.len()), " ".repeat(indent + 1));
        format!("[{}]", parts.join(&gap))
    }
}

/// Python's `1.2346e-05`: a sign and at least two digits in the exponent.
fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(rest) => ('-', rest),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{exponent:0>2}")
}

/// A Python float: the shortest digits that read back the same.
pub fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.into();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{value:e}");
        let digits = text
            .split_once('e')
            .map_or(0, |(mantissa, _)| mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len()));
        return scientific(value, digits);
    }
    let text = format!("{value}");
    if text.contains('.') { text } else { text + ".0" }
}

/// Sizes as a Python tuple: `(2, 3)`, `(3,)`.
pub fn tuple(sizes: &[usize]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        _ => format!("({})", sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(values: &[f64], sizes: &[usize], dtype: DType) -> String {
        tensor(values, sizes, dtype, &[])
    }

    #[test]
    fn as_pytorch_prints() {
        // torch.tensor([0., 1111., .5]), torch.tensor([1e-5, 1.]), torch.tensor([[1., 2.], [3., 4.]])
        assert_eq!(show(&[0.0, 0.5, 12.25], &[3], DType::Float32), "tensor([ 0.0000,  0.5000, 12.2500])");
        assert_eq!(show(&[1e-5, 1.0], &[2], DType::Float32), "tensor([1.0000e-05, 1.0000e+00])");
        assert_eq!(show(&[1.0, 2.0, 3.0, 4.0], &[2, 2], DType::Float32), "tensor([[1., 2.],\n        [3., 4.]])");
        assert_eq!(show(&[0.0; 2], &[2], DType::Float32), "tensor([0., 0.])");
        assert_eq!(show(&[5.0], &[], DType::Int64), "tensor(5)");
        assert_eq!(show(&[1.0, 0.0], &[2], DType::Bool), "tensor([ True, False])");
        assert_eq!(show(&[1.0], &[1], DType::Float64), "tensor([1.], dtype=torch.float64)");
        assert_eq!(show(&[f64::NEG_INFINITY, 0.0], &[1, 2], DType::Float32), "tensor([[-inf, 0.]])");
        assert_eq!(show(&[], &[0], DType::Float32), "tensor([])");
    }

    #[test]
    fn python_floats() {
        for (value, text) in
            [(0.5, "0.5"), (1.0, "1.0"), (9.5367431640625e-7, "9.5367431640625e-07"), (1e16, "1e+16"), (0.0, "0.0")]
        {
            assert_eq!(float(value), text);
        }
    }
}
