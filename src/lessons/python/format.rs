//! How a value is written in an f-string: `{loss:.3f}`, `{step:>4}`.

use super::methods;
use super::value::{PyResult, Value, raise};

/// What stands behind the colon.
#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    width: usize,
    commas: bool,
    precision: Option<usize>,
    kind: Option<char>,
}

/// `format(value, spec)`. A tensor of one element without axes is written as its number.
pub fn format(value: &Value, spec: &str) -> PyResult<String> {
    if let Value::Tensor(variable) = value
        && variable.get().dim() == 0
    {
        return format(&methods::item(&variable.get())?, spec);
    }
    if spec.is_empty() {
        return value.show();
    }
    let spec = read(spec)?;
    let (text, number) = match value {
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => (number(value, &spec)?, true),
        Value::Text(text) => (text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect(), false),
        other => {
            let message = format!("unsupported format string passed to {}.__format__", other.type_name());
            return raise("TypeError", message);
        }
    };
    Ok(padded(text, &spec, number))
}

fn read(text: &str) -> PyResult<Spec> {
    let letters: Vec<char> = text.chars().collect();
    let mut spec = Spec::default();
    let mut at = 0;
    let is_align = |c: Option<&char>| c.is_some_and(|c| "<>^=".contains(*c));
    if is_align(letters.get(1)) {
        (spec.fill, spec.align, at) = (Some(letters[0]), Some(letters[1]), 2);
    } else if is_align(letters.first()) {
        (spec.align, at) = (Some(letters[0]), 1);
    }
    if let Some(&sign) = letters.get(at).filter(|c| "+- ".contains(**c)) {
        (spec.sign, at) = (Some(sign), at + 1);
    }
    if letters.get(at) == Some(&'0') && spec.align.is_none() {
        (spec.fill, spec.align) = (Some('0'), Some('='));
    }
    let digits = |at: &mut usize| {
        let start = *at;
        *at += letters[start..].iter().take_while(|c| c.is_ascii_digit()).count();
        letters[start..*at].iter().collect::<String>().parse::<usize>().ok().map(|number| number.min(1000))
    };
    spec.width = digits(&mut at).unwrap_or(0);
    if letters.get(at) == Some(&',') {
        (spec.commas, at) = (true, at + 1);
    }
    if letters.get(at) == Some(&'.') {
        at += 1;
        spec.precision = digits(&mut at);
    }
    spec.kind = letters.get(at).copied();
    match letters.len() - at.min(letters.len()) {
        0 | 1 => Ok(spec),
        _ => raise("ValueError", format!("Invalid format specifier '{text}'")),
    }
}

fn number(value: &Value, spec: &Spec) -> PyResult<String> {
    let float = value.as_float()?;
    let precision = spec.precision.unwrap_or(6);
    let whole = matches!(value, Value::Int(_) | Value::Bool(_));
    let text = match spec.kind {
        None | Some('d' | 'n') if whole => value.as_int()?.to_string(),
        Some('f' | 'F') => format!("{float:.precision$}"),
        Some('e') => exponent(float, precision),
        Some('%') => format!("{:.precision$}%", float * 100.0),
        Some('g') | None if spec.precision.is_some() || spec.kind.is_some() => general(float, precision.max(1), spec.kind),
        None => value.show()?,
        Some(kind) => {
            let message = format!("Unknown format code '{kind}' for object of type '{}'", value.type_name());
            return raise("ValueError", message);
        }
    };
    let text = text.replace("NaN", "nan");
    let text = if spec.commas { with_commas(&text) } else { text };
    Ok(match spec.sign {
        Some(sign @ ('+' | ' ')) if !text.starts_with('-') => format!("{sign}{text}"),
        _ => text,
    })
}

/// `1.5e-05`: at least two digits in the exponent, and its sign.
fn exponent(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    match text.split_once('e') {
        Some((digits, power)) => match power.strip_prefix('-') {
            Some(power) => format!("{digits}e-{power:0>2}"),
            None => format!("{digits}e+{power:0>2}"),
        },
        None => text,
    }
}

/// So many digits that count, without zeros at the end: `g`. Without a letter one decimal stays, as in `str`.
fn general(number: f64, digits: usize, kind: Option<char>) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    let power: i32 =
        format!("{number:.*e}", digits - 1).split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let trim = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    let largest = if kind.is_none() { digits as i32 - 1 } else { digits as i32 };
    if power < -4 || power >= largest {
        let text = exponent(number, digits - 1);
        return match text.split_once('e') {
            Some((digits, power)) => format!("{}e{power}", trim(digits.to_owned())),
            None => text,
        };
    }
    let text = trim(format!("{number:.*}", (digits as i32 - 1 - power).max(0) as usize));
    if kind.is_none() && !text.contains('.') { format!("{text}.0") } else { text }
}

fn with_commas(text: &str) -> String {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let end = text[start..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |length| start + length);
    let digits = &text[start..end];
    let grouped: String = (digits.char_indices())
        .flat_map(|(at, digit)| ((digits.len() - at).is_multiple_of(3) && at > 0).then_some(',').into_iter().chain([digit]))
        .collect();
    format!("{}{grouped}{}", &text[..start], &text[end..])
}

fn padded(text: String, spec: &Spec, number: bool) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    let fill = |count: usize| spec.fill.unwrap_or(' ').to_string().repeat(count);
    match spec.align.unwrap_or(if number { '>' } else { '<' }) {
        '<' => text + &fill(missing),
        '^' => format!("{}{text}{}", fill(missing / 2), fill(missing - missing / 2)),
        '=' => {
            let signed = usize::from(text.starts_with(['-', '+', ' ']));
            format!("{}{}{}", &text[..signed], fill(missing), &text[signed..])
        }
        _ => fill(missing) + &text,
    }
}
