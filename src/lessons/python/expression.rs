//! The grammar of expressions, loosest binding first, as in Python's own reference.
//! Lines have been joined before (`statement`), so a line break is never seen here.

use super::literal::atom;
use super::syntax::{BinaryOperator, Comparison, Expression, UnaryOperator};
use winnow::combinator::{alt, cut_err, delimited, not, opt, peek, preceded, repeat, separated, separated_pair, terminated};
use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::token::{literal, one_of, take_while};

const KEYWORDS: [&str; 16] =
    ["and", "or", "not", "if", "else", "elif", "for", "in", "is", "with", "import", "from", "as", "True", "False", "None"];

/// Words of Python that the interpreter knows of but does not run.
const UNSUPPORTED: [&str; 8] = ["lambda", "def", "class", "while", "return", "yield", "try", "global"];

pub(super) fn spaces(input: &mut &str) -> ModalResult<()> {
    take_while(0.., [' ', '\t']).void().parse_next(input)
}

/// A piece of punctuation, with spaces around it.
pub(super) fn symbol<'a>(text: &'static str) -> impl ModalParser<&'a str, &'a str, winnow::error::ContextError> {
    delimited(spaces, literal(text), spaces)
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A keyword, not merely the beginning of a longer word.
pub(super) fn keyword<'a>(text: &'static str) -> impl ModalParser<&'a str, &'a str, winnow::error::ContextError> {
    delimited(spaces, terminated(literal(text), not(one_of(is_word))), spaces)
}

/// A name that is no keyword.
pub(super) fn identifier(input: &mut &str) -> ModalResult<String> {
    delimited(spaces, (one_of(|c: char| c.is_alphabetic() || c == '_'), take_while(0.., is_word)).take(), spaces)
        .verify(|name: &str| !KEYWORDS.contains(&name) && !UNSUPPORTED.contains(&name))
        .map(str::to_owned)
        .parse_next(input)
}

/// One or more expressions with commas between: a tuple if there is a comma.
pub(super) fn expressions(input: &mut &str) -> ModalResult<Expression> {
    tuple_of(expression, input)
}

pub(super) fn tuple_of(
    mut item: impl FnMut(&mut &str) -> ModalResult<Expression>,
    input: &mut &str,
) -> ModalResult<Expression> {
    let first = item(input)?;
    let mut items = vec![first];
    let mut comma = false;
    while opt(symbol(",")).parse_next(input)?.is_some() {
        comma = true;
        match opt(|input: &mut &str| item(input)).parse_next(input)? {
            Some(next) => items.push(next),
            None => break,
        }
    }
    match items.pop() {
        Some(only) if !comma => Ok(only),
        Some(last) => {
            items.push(last);
            Ok(Expression::Tuple(items))
        }
        None => Err(ErrMode::from_input(input)),
    }
}

/// A single expression.
pub(super) fn expression(input: &mut &str) -> ModalResult<Expression> {
    let then = disjunction(input)?;
    let mut condition = opt((preceded(keyword("if"), disjunction), preceded(keyword("else"), expression)));
    Ok(match condition.parse_next(input)? {
        Some((test, otherwise)) => {
            Expression::Conditional { then: Box::new(then), test: Box::new(test), otherwise: Box::new(otherwise) }
        }
        None => then,
    })
}

fn disjunction(input: &mut &str) -> ModalResult<Expression> {
    let mut left = conjunction(input)?;
    while opt(keyword("or")).parse_next(input)?.is_some() {
        left = Expression::Or(Box::new(left), Box::new(cut_err(conjunction).parse_next(input)?));
    }
    Ok(left)
}

fn conjunction(input: &mut &str) -> ModalResult<Expression> {
    let mut left = inversion(input)?;
    while opt(keyword("and")).parse_next(input)?.is_some() {
        left = Expression::And(Box::new(left), Box::new(cut_err(inversion).parse_next(input)?));
    }
    Ok(left)
}

fn inversion(input: &mut &str) -> ModalResult<Expression> {
    if opt(keyword("not")).parse_next(input)?.is_some() {
        return Ok(Expression::Unary(UnaryOperator::Not, Box::new(cut_err(inversion).parse_next(input)?)));
    }
    let first = either(input)?;
    let operator = alt((
        symbol("==").value(Comparison::Equal),
        symbol("!=").value(Comparison::NotEqual),
        symbol("<=").value(Comparison::LessEqual),
        symbol(">=").value(Comparison::GreaterEqual),
        symbol("<").value(Comparison::Less),
        symbol(">").value(Comparison::Greater),
        (keyword("is"), keyword("not")).value(Comparison::IsNot),
        keyword("is").value(Comparison::Is),
        alt((keyword("in").value(Comparison::In), (keyword("not"), keyword("in")).value(Comparison::NotIn))),
    ));
    let rest: Vec<(Comparison, Expression)> = repeat(0.., (operator, cut_err(either))).parse_next(input)?;
    Ok(if rest.is_empty() { first } else { Expression::Compare(Box::new(first), rest) })
}

/// A level of left-associative operators.
fn level(
    input: &mut &str,
    next: fn(&mut &str) -> ModalResult<Expression>,
    operator: fn(&mut &str) -> ModalResult<BinaryOperator>,
) -> ModalResult<Expression> {
    let mut left = next(input)?;
    while let Some(operator) = opt(operator).parse_next(input)? {
        left = Expression::Binary(Box::new(left), operator, Box::new(cut_err(next).parse_next(input)?));
    }
    Ok(left)
}

fn either(input: &mut &str) -> ModalResult<Expression> {
    level(input, one_of_both, |input| terminated(symbol("|"), not('=')).value(BinaryOperator::Or).parse_next(input))
}

fn one_of_both(input: &mut &str) -> ModalResult<Expression> {
    level(input, both, |input| terminated(symbol("^"), not('=')).value(BinaryOperator::Xor).parse_next(input))
}

fn both(input: &mut &str) -> ModalResult<Expression> {
    level(input, sum, |input| terminated(symbol("&"), not('=')).value(BinaryOperator::And).parse_next(input))
}

fn sum(input: &mut &str) -> ModalResult<Expression> {
    level(input, product, |input| {
        // `a += b` is a statement, not a sum.
        let plus = terminated(symbol("+"), not('=')).value(BinaryOperator::Add);
        let minus = terminated(symbol("-"), not('=')).value(BinaryOperator::Subtract);
        alt((plus, minus)).parse_next(input)
    })
}

fn product(input: &mut &str) -> ModalResult<Expression> {
    level(input, factor, |input| {
        let operator = alt((
            terminated(symbol("*"), not(one_of(['*', '=']))).value(BinaryOperator::Multiply),
            symbol("//").value(BinaryOperator::FloorDivide),
            terminated(symbol("/"), not('=')).value(BinaryOperator::Divide),
            symbol("%").value(BinaryOperator::Remainder),
            terminated(symbol("@"), not('=')).value(BinaryOperator::MatrixMultiply),
        ));
        terminated(operator, peek(not('='))).parse_next(input)
    })
}

fn factor(input: &mut &str) -> ModalResult<Expression> {
    let sign = alt((
        symbol("-").value(UnaryOperator::Negative),
        symbol("+").value(UnaryOperator::Positive),
        symbol("~").value(UnaryOperator::Invert),
    ));
    match opt(sign).parse_next(input)? {
        Some(sign) => Ok(Expression::Unary(sign, Box::new(cut_err(factor).parse_next(input)?))),
        None => power(input),
    }
}

fn power(input: &mut &str) -> ModalResult<Expression> {
    let base = postfix(input)?;
    match opt(terminated(symbol("**"), not('='))).parse_next(input)? {
        // The exponent binds to the right, and may have a sign: 2 ** -1.
        Some(_) => {
            let exponent = cut_err(factor).parse_next(input)?;
            Ok(Expression::Binary(Box::new(base), BinaryOperator::Power, Box::new(exponent)))
        }
        None => Ok(base),
    }
}

/// A value with its attributes, calls and indices.
pub(super) fn postfix(input: &mut &str) -> ModalResult<Expression> {
    let mut value = delimited(spaces, atom, spaces).parse_next(input)?;
    loop {
        if opt('.').parse_next(input)?.is_some() {
            value = Expression::Attribute(Box::new(value), cut_err(identifier).parse_next(input)?);
        } else if opt(symbol("(")).parse_next(input)?.is_some() {
            value = call(value, input)?;
        } else if opt(symbol("[")).parse_next(input)?.is_some() {
            let index = cut_err(|input: &mut &str| tuple_of(index_item, input)).parse_next(input)?;
            cut_err(symbol("]")).parse_next(input)?;
            value = Expression::Index(Box::new(value), Box::new(index));
        } else {
            return Ok(value);
        }
    }
}

enum Argument {
    Plain(Expression),
    Named(String, Expression),
}

fn call(function: Expression, input: &mut &str) -> ModalResult<Expression> {
    let named = separated_pair(identifier, terminated(symbol("="), not('=')), expression);
    let argument =
        alt((named.map(|(name, value)| Argument::Named(name, value)), comprehension_or_expression.map(Argument::Plain)));
    let list: Vec<Argument> = separated(0.., argument, symbol(",")).parse_next(input)?;
    cut_err((opt(symbol(",")), symbol(")"))).parse_next(input)?;
    let (mut arguments, mut named) = (Vec::new(), Vec::new());
    for argument in list {
        match argument {
            Argument::Plain(value) => arguments.push(value),
            Argument::Named(name, value) => named.push((name, value)),
        }
    }
    Ok(Expression::Call { function: Box::new(function), arguments, named })
}

pub(super) fn comprehension_or_expression(input: &mut &str) -> ModalResult<Expression> {
    let element = expression(input)?;
    if opt(keyword("for")).parse_next(input)?.is_none() {
        return Ok(element);
    }
    let target = cut_err(|input: &mut &str| tuple_of(postfix, input)).parse_next(input)?;
    let items = cut_err(preceded(keyword("in"), disjunction)).parse_next(input)?;
    Ok(Expression::Comprehension { element: Box::new(element), target: Box::new(target), items: Box::new(items) })
}

fn index_item(input: &mut &str) -> ModalResult<Expression> {
    if opt(symbol("...")).parse_next(input)?.is_some() {
        return Ok(Expression::Ellipsis);
    }
    let first = opt(expression).parse_next(input)?;
    if opt(symbol(":")).parse_next(input)?.is_none() {
        return first.ok_or_else(|| ErrMode::from_input(input));
    }
    let second = opt(expression).parse_next(input)?;
    let third = match opt(symbol(":")).parse_next(input)? {
        Some(_) => opt(expression).parse_next(input)?,
        None => None,
    };
    Ok(Expression::Slice(first.map(Box::new), second.map(Box::new), third.map(Box::new)))
}
