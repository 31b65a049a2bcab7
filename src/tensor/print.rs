//! Printing as PyTorch prints: one width for all elements, four decimals or scientific notation, lines of 80
//! characters, the middle left out beyond 1,000 elements, and what is special about the tensor at the end.
//! The rules are those of PyTorch's `_tensor_str.py`.

use super::Tensor;
use crate::backend::{Device, HostData};
use crate::dtype::DType;
use crate::shape::Shape;
use std::fmt;

/// Digits after the point.
const PRECISION: usize = 4;
/// Above so many elements the middle is left out.
const THRESHOLD: usize = 1000;
/// So many are shown at each end.
const EDGE_ITEMS: usize = 3;
const LINE_WIDTH: usize = 80;
const PREFIX: &str = "tensor(";

/// The text of elements of this shape, as `print(tensor)` shows it. `suffixes` come after them: `requires_grad=True`.
///
/// ```
/// use gradlab::backend::HostData;
/// let text = gradlab::tensor::print_elements(&HostData::Float32(vec![1.0, 2.5]), &[2].into(), &[]);
/// assert_eq!(text, "tensor([1.0000, 2.5000])");
/// ```
pub fn print_elements(data: &HostData, shape: &Shape, suffixes: &[String]) -> String {
    let mut all = Vec::new();
    let mut text = PREFIX.to_string();
    // What float32, int64 and bool show by their digits, other dtypes must say.
    let dtype = matches!(data, HostData::Float64(_)).then(|| "dtype=torch.float64".to_string());
    if data.is_empty() {
        if shape.len() != 1 {
            all.push(format!("size={}", tuple(shape)));
        }
        // Nothing shows that there would be integers or truths.
        all.extend(match data {
            HostData::Int64(_) => Some("dtype=torch.int64".to_string()),
            HostData::Bool(_) => Some("dtype=torch.bool".to_string()),
            _ => dtype,
        });
        text += "[]";
    } else {
        all.extend(dtype);
        let summarize = data.len() > THRESHOLD;
        let printer = Printer { data, shape, summarize, format: Format::of(data, &shown(shape, summarize)) };
        printer.write(&mut text, 0, 0, PREFIX.len());
    }
    all.extend_from_slice(suffixes);
    // Two more than there are: so PyTorch counts.
    let mut line = text.chars().rev().take_while(|&c| c != '\n').count() + 2;
    for suffix in all {
        if line + suffix.len() + 2 > LINE_WIDTH {
            text += &format!(",\n{:indent$}{suffix}", "", indent = PREFIX.len());
            line = PREFIX.len() + suffix.len();
        } else {
            text += ", ";
            text += &suffix;
            line += suffix.len() + 2;
        }
    }
    text + ")"
}

/// Sizes as Python writes a tuple.
fn tuple(shape: &Shape) -> String {
    match shape[..] {
        [one] => format!("({one},)"),
        _ => format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Row-major positions of the elements that are shown.
fn shown(shape: &Shape, summarize: bool) -> Vec<usize> {
    let mut positions = vec![0];
    for &size in shape.iter() {
        let edge = summarize && size > 2 * EDGE_ITEMS;
        let kept: Vec<usize> = (0..size).filter(|&i| !edge || i < EDGE_ITEMS || i >= size - EDGE_ITEMS).collect();
        positions = positions.iter().flat_map(|&start| kept.iter().map(move |&i| start * size + i)).collect();
    }
    positions
}

/// How every element of one tensor is written.
struct Format {
    notation: Notation,
    width: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Notation {
    /// Integers and truths, as they are.
    Plain,
    /// Floating numbers that are all whole: `3.`
    Whole,
    Fixed,
    Scientific,
}

impl Format {
    fn of(data: &HostData, shown: &[usize]) -> Format {
        let widest = |notation: Notation, positions: &mut dyn Iterator<Item = usize>| {
            positions.map(|i| element(data, i, notation).len()).max().unwrap_or(1)
        };
        let values = match data {
            HostData::Float32(_) | HostData::Float64(_) => data.to_f64(),
            _ => return Format { notation: Notation::Plain, width: widest(Notation::Plain, &mut shown.iter().copied()) },
        };
        // Zeros and what is not finite decide nothing, not even the width.
        let deciding: Vec<usize> = shown.iter().copied().filter(|&i| values[i].is_finite() && values[i] != 0.0).collect();
        if deciding.is_empty() {
            return Format { notation: Notation::Whole, width: 1 };
        }
        let magnitudes = deciding.iter().map(|&i| values[i].abs());
        let (least, largest) = magnitudes.fold((f64::INFINITY, 0f64), |(low, high), x| (low.min(x), high.max(x)));
        let notation = if largest / least > 1000.0 || largest > 1e8 || least < 1e-4 {
            Notation::Scientific
        } else if deciding.iter().all(|&i| values[i].fract() == 0.0) {
            Notation::Whole
        } else {
            Notation::Fixed
        };
        Format { notation, width: widest(notation, &mut deciding.into_iter()) }
    }
}

/// One element, not padded.
fn element(data: &HostData, i: usize, notation: Notation) -> String {
    let value = match data {
        HostData::Float32(data) => f64::from(data[i]),
        HostData::Float64(data) => data[i],
        HostData::Int64(data) => return data[i].to_string(),
        HostData::Bool(data) => return if data[i] { "True" } else { "False" }.to_string(),
        HostData::Index(data) => return data[i].to_string(),
        HostData::Byte(data) => return data[i].to_string(),
    };
    if value.is_nan() {
        return "nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    match notation {
        Notation::Plain | Notation::Fixed => format!("{value:.PRECISION$}"),
        Notation::Whole => format!("{value:.0}."),
        Notation::Scientific => {
            // Rust writes 1.0e-5, Python 1.0e-05.
            let text = format!("{value:.PRECISION$e}");
            match text.split_once('e') {
                Some((digits, exponent)) => {
                    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
                    format!("{digits}e{sign}{exponent:0>2}")
                }
                None => text,
            }
        }
    }
}

struct Printer<'a> {
    data: &'a HostData,
    shape: &'a Shape,
    summarize: bool,
    format: Format,
}

impl Printer<'_> {
    fn element(&self, i: usize) -> String {
        format!("{:>width$}", element(self.data, i, self.format.notation), width = self.format.width)
    }

    /// Writes the part that begins at element `start`, whose outermost axis is `axis`.
    fn write(&self, text: &mut String, axis: usize, start: usize, indent: usize) {
        let Some(&size) = self.shape.get(axis) else {
            *text += &self.element(start);
            return;
        };
        let stride: usize = self.shape[axis + 1..].iter().product();
        let edge = self.summarize && size > 2 * EDGE_ITEMS;
        let kept = (0..size).filter(|&i| !edge || i < EDGE_ITEMS || i >= size - EDGE_ITEMS);
        let deeper = self.shape.len() - axis - 1;
        text.push('[');
        let per_line = if deeper == 0 { (LINE_WIDTH.saturating_sub(indent) / (self.format.width + 2)).max(1) } else { 1 };
        let mut written = 0;
        let mut separate = |text: &mut String| {
            if written > 0 && written % per_line == 0 {
                text.push(',');
                (0..deeper.max(1)).for_each(|_| text.push('\n'));
                text.extend(std::iter::repeat_n(' ', indent + 1));
            } else if written > 0 {
                *text += ", ";
            }
            written += 1;
        };
        for i in kept {
            if edge && i == size - EDGE_ITEMS {
                separate(text);
                *text += if deeper == 0 { " ..." } else { "..." };
            }
            separate(text);
            self.write(text, axis + 1, start + i * stride, indent + 1);
        }
        text.push(']');
    }
}

impl fmt::Display for Tensor {
    /// As PyTorch prints it. Elements on a GPU cannot be read without waiting: move the tensor to the CPU first.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut suffixes = Vec::new();
        if let Some(name) = self.grad_fn() {
            suffixes.push(format!("grad_fn=<{name}>"));
        } else if self.requires_grad() {
            suffixes.push("requires_grad=True".to_string());
        }
        match self.host() {
            Ok(data) => formatter.write_str(&print_elements(&data, self.shape(), &suffixes)),
            Err(_) => {
                let device = if self.device() == Device::Cpu { "cpu" } else { "gpu" };
                suffixes.insert(0, format!("size={}", tuple(self.shape())));
                suffixes.insert(0, format!("device='{device}'"));
                if self.dtype() != DType::Float32 {
                    suffixes.push(format!("dtype={}", self.dtype()));
                }
                write!(formatter, "{PREFIX}..., {})", suffixes.join(", "))
            }
        }
    }
}
