//! Numbers for reading: four significant digits, and more where it takes more for the numbers that are shown to make the result
//! that is shown. Who takes a calculator to a formula of the page gets the page's result.

/// Digits of a number that stands for itself.
pub const DIGITS: usize = 4;
/// With so many, a number that is read back is the same.
const ALL_DIGITS: usize = 17;
/// So many tell apart what float32 tells apart.
const CLOSE: usize = 9;

/// A number for reading: four significant digits, `1.234e-7` where it is very small or large.
pub fn plain_number(value: f64) -> String {
    with_digits(value, DIGITS)
}

/// A number with so many significant digits, zeros at the end left out.
pub fn with_digits(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_string() } else { value.to_string() };
    }
    let size = value.abs();
    if !(1e-4..1e6).contains(&size) {
        let text = format!("{value:.*e}", digits - 1);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{exponent}", trimmed(digits));
    }
    let decimals = (digits as i32 - 1 - size.log10().floor() as i32).max(0) as usize;
    trimmed(&format!("{value:.decimals$}"))
}

fn trimmed(digits: &str) -> String {
    match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => digits.to_string(),
    }
}

/// Numbers as they are written when they make a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreeing {
    /// One for each number.
    pub texts: Vec<String>,
    /// How many digits they have.
    pub digits: usize,
}

/// Writes numbers with as few digits as let `compute`, given the numbers as written, make `result` as that is written with
/// `digits` digits.
pub fn agreeing(numbers: &[f64], result: f64, digits: usize, compute: impl Fn(&[f64]) -> f64) -> Agreeing {
    let write = |digits| numbers.iter().map(|number| with_digits(*number, digits)).collect::<Vec<_>>();
    let wanted = with_digits(result, digits);
    let makes_it = |texts: &Vec<String>| {
        let read: Vec<f64> = texts.iter().map(|text| text.parse().unwrap_or(f64::NAN)).collect();
        with_digits(compute(&read), digits) == wanted
    };
    let tried = (DIGITS..=ALL_DIGITS).map(|digits| Agreeing { texts: write(digits), digits });
    let found = tried.filter(|_| result.is_finite()).find(|tried| makes_it(&tried.texts));
    // Where rounding stands in the way (numbers of float32), close is as good as it gets.
    let digits = if result.is_finite() { CLOSE } else { DIGITS };
    found.unwrap_or_else(|| Agreeing { texts: write(digits), digits })
}

/// Two factors as they are written when they make their product.
pub fn factors(left: f64, right: f64) -> (String, String) {
    let Agreeing { texts, .. } = agreeing(&[left, right], left * right, DIGITS, |n| n[0] * n[1]);
    let mut texts = texts.into_iter();
    (texts.next().unwrap_or_default(), texts.next().unwrap_or_default())
}
