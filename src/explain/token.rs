//! Words of an expression: numbers, names and signs, each with the bytes of the source that it stands for.
//! Understands what people type: `**` for `^`, full-width brackets, `torch.` and `F.` before a function, `#` comments.

use super::problem::{Problem, ProblemKind};
use std::ops::Range;
use winnow::combinator::{alt, opt, preceded};
use winnow::error::ContextError;
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{any, one_of, take_while};

/// One word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A number as it was written.
    Number(f64),
    /// A variable's or a function's name, without `torch.` and the like.
    Name(String),
    /// One of `+ - * / ^ ( ) , =`.
    Sign(char),
    /// `;` or a new line.
    End,
}

/// A word and where it stands, in bytes of the source.
pub type Located = (Token, Range<usize>);

type Input<'a> = LocatingSlice<&'a str>;
type Parsed<T> = winnow::Result<T, ContextError>;

/// All words of the source. An error points at the first character that belongs to none.
pub fn tokens(source: &str) -> Result<Vec<Located>, Problem> {
    let mut input = LocatingSlice::new(source);
    let mut found: Vec<Located> = Vec::new();
    // Inside brackets a line goes on, as in Python.
    let mut depth = 0usize;
    loop {
        let _: Parsed<&str> = blank.parse_next(&mut input);
        if input.is_empty() {
            return Ok(found);
        }
        match token.with_span().parse_next(&mut input) {
            Ok((Token::End, span)) if depth > 0 && source[span.clone()] == *"\n" => {}
            Ok(located) => {
                match located.0 {
                    Token::Sign('(') => depth += 1,
                    Token::Sign(')') => depth = depth.saturating_sub(1),
                    Token::End => depth = 0,
                    _ => {}
                }
                found.push(located);
            }
            Err(_) => {
                let start = source.len() - input.len();
                let character = input.chars().next().unwrap_or(' ');
                let kind = match character.is_ascii_digit() || character == '.' {
                    true => ProblemKind::Number,
                    false => ProblemKind::Character(character),
                };
                return Err(Problem { kind, span: start..start + character.len_utf8() });
            }
        }
    }
}

fn blank<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    let spaces = |input: &mut Input<'a>| -> Parsed<&'a str> {
        take_while(0.., |c: char| c.is_whitespace() && c != '\n').parse_next(input)
    };
    let mut before = spaces(input)?;
    while input.starts_with("\\\n") {
        "\\\n".parse_next(input)?;
        before = spaces(input)?;
    }
    if input.starts_with('#') { take_while(0.., |c: char| c != '\n').parse_next(input) } else { Ok(before) }
}

fn token(input: &mut Input<'_>) -> Parsed<Token> {
    alt((number, name, sign)).parse_next(input)
}

fn number(input: &mut Input<'_>) -> Parsed<Token> {
    let digits = |input: &mut Input<'_>| -> Parsed<()> { take_while(1.., '0'..='9').void().parse_next(input) };
    let fraction = |input: &mut Input<'_>| -> Parsed<()> { ('.', take_while(0.., '0'..='9')).void().parse_next(input) };
    let exponent = |input: &mut Input<'_>| -> Parsed<()> {
        (one_of(['e', 'E']), opt(one_of(['+', '-'])), digits).void().parse_next(input)
    };
    (alt(((digits, opt(fraction)).void(), preceded('.', digits))), opt(exponent))
        .take()
        .verify_map(|text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite()))
        .map(Token::Number)
        .parse_next(input)
}

fn name(input: &mut Input<'_>) -> Parsed<Token> {
    let first = |c: char| c.is_alphabetic() || c == '_';
    let rest = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '′' | '\'');
    (one_of(first), take_while(0.., rest))
        .take()
        .map(|text: &str| {
            let bare = ["torch.nn.functional.", "torch.", "F.", "math.", "np."].iter().find_map(|p| text.strip_prefix(p));
            Token::Name(bare.unwrap_or(text).to_string())
        })
        .parse_next(input)
}

fn sign(input: &mut Input<'_>) -> Parsed<Token> {
    alt((
        "**".value(Token::Sign('^')),
        any.verify_map(|character: char| {
            Some(match character {
                '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' | '=' => Token::Sign(character),
                '＋' => Token::Sign('+'),
                '−' | '－' | '–' => Token::Sign('-'),
                '·' | '×' | '⋅' | '＊' => Token::Sign('*'),
                '÷' | '／' => Token::Sign('/'),
                '（' | '[' => Token::Sign('('),
                '）' | ']' => Token::Sign(')'),
                '，' => Token::Sign(','),
                '＝' => Token::Sign('='),
                ';' | '；' | '\n' => Token::End,
                _ => return None,
            })
        }),
    ))
    .parse_next(input)
}
