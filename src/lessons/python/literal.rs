//! The grammar of what stands by itself: numbers, texts, names, and what is in brackets.

use super::expression::{comprehension_or_expression, expression, expressions, identifier, keyword, symbol, tuple_of};
use super::syntax::{Expression, FormatPart};
use winnow::ascii::digit1;
use winnow::combinator::{alt, cut_err, delimited, opt, separated, separated_pair};
use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::token::{one_of, take_till, take_while};

/// What stands by itself: a number, a text, a name, or something in brackets.
pub(super) fn atom(input: &mut &str) -> ModalResult<Expression> {
    alt((
        number,
        alt((format, text)),
        parenthesised,
        list,
        dict,
        keyword("True").value(Expression::Bool(true)),
        keyword("False").value(Expression::Bool(false)),
        keyword("None").value(Expression::None),
        identifier.map(Expression::Name),
    ))
    .parse_next(input)
}

fn number(input: &mut &str) -> ModalResult<Expression> {
    let digits = |input: &mut &str| take_while(1.., |c: char| c.is_ascii_digit() || c == '_').void().parse_next(input);
    let exponent = (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1).void();
    let float = alt((
        (digits, '.', opt(digits), opt(exponent)).void(),
        ('.', digits, opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1).void())).void(),
        (digits, (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1)).void(),
    ));
    alt((
        float.take().try_map(|text: &str| text.replace('_', "").parse().map(Expression::Float)),
        digits.take().try_map(|text: &str| text.replace('_', "").parse().map(Expression::Int)),
    ))
    .parse_next(input)
}

fn text(input: &mut &str) -> ModalResult<Expression> {
    let double = delimited('"', take_till(0.., ['"', '\\']), '"');
    let single = delimited('\'', take_till(0.., ['\'', '\\']), '\'');
    alt((double, single)).map(|text: &str| Expression::Text(text.to_owned())).parse_next(input)
}

/// `f"..."`, whose braces hold expressions.
fn format(input: &mut &str) -> ModalResult<Expression> {
    let double = delimited("f\"", take_till(0.., '"'), '"');
    let single = delimited("f'", take_till(0.., '\''), '\'');
    alt((double, single)).try_map(|text: &str| parts(text).map(Expression::Format)).parse_next(input)
}

/// The text of an f-string, cut at its braces; two of them in a row are one that is written.
fn parts(text: &str) -> Result<Vec<FormatPart>, NotAFormat> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
            continue;
        }
        let end = rest.find('}').filter(|_| brace == "{").ok_or(NotAFormat)?;
        let (inner, spec) = value_and_spec(&rest[..end]);
        rest = &rest[end + 1..];
        found.push(FormatPart::Text(std::mem::take(&mut plain)));
        let value = expressions.parse(inner.trim()).map_err(|_| NotAFormat)?;
        found.push(FormatPart::Value(value, spec.to_owned()));
    }
    plain.push_str(rest);
    found.push(FormatPart::Text(plain));
    Ok(found)
}

/// `x[1:3]:.2f` is cut at the colon that stands outside brackets.
fn value_and_spec(text: &str) -> (&str, &str) {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ':' if depth == 0 => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

/// An f-string with braces that do not fit.
#[derive(Debug)]
struct NotAFormat;

impl std::fmt::Display for NotAFormat {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("f-string: the braces do not fit")
    }
}

impl std::error::Error for NotAFormat {}

/// `{key: value}`
fn dict(input: &mut &str) -> ModalResult<Expression> {
    symbol("{").parse_next(input)?;
    let entry = separated_pair(expression, symbol(":"), expression);
    let entries: Vec<(Expression, Expression)> = separated(0.., entry, symbol(",")).parse_next(input)?;
    cut_err((opt(symbol(",")), symbol("}"))).parse_next(input)?;
    Ok(Expression::Dict(entries))
}

fn parenthesised(input: &mut &str) -> ModalResult<Expression> {
    symbol("(").parse_next(input)?;
    if opt(symbol(")")).parse_next(input)?.is_some() {
        return Ok(Expression::Tuple(Vec::new()));
    }
    let inner = cut_err(|input: &mut &str| tuple_of(comprehension_or_expression, input)).parse_next(input)?;
    cut_err(symbol(")")).parse_next(input)?;
    Ok(inner)
}

fn list(input: &mut &str) -> ModalResult<Expression> {
    symbol("[").parse_next(input)?;
    if opt(symbol("]")).parse_next(input)?.is_some() {
        return Ok(Expression::List(Vec::new()));
    }
    let inner = cut_err(|input: &mut &str| comma_list(input)).parse_next(input)?;
    cut_err(symbol("]")).parse_next(input)?;
    Ok(inner)
}

fn comma_list(input: &mut &str) -> ModalResult<Expression> {
    let mut items: Vec<Expression> = separated(1.., comprehension_or_expression, symbol(",")).parse_next(input)?;
    opt(symbol(",")).parse_next(input)?;
    match items.pop() {
        Some(only @ Expression::Comprehension { .. }) if items.is_empty() => Ok(only),
        Some(last) => {
            items.push(last);
            Ok(Expression::List(items))
        }
        None => Err(ErrMode::from_input(input)),
    }
}
