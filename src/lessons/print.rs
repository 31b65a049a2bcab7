//! Python's own numbers and tuples as Python prints them. Tensors print themselves (`tensor/print.rs`).

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

    #[test]
    fn python_floats() {
        for (value, text) in
            [(0.5, "0.5"), (1.0, "1.0"), (9.5367431640625e-7, "9.5367431640625e-07"), (1e16, "1e+16"), (0.0, "0.0")]
        {
            assert_eq!(float(value), text);
        }
    }
}
