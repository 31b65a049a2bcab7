//! Statements: physical lines are joined inside brackets, indentation makes blocks, and each line is then
//! given to the grammar of expressions.

use super::expression::{expressions, identifier, postfix};
use super::syntax::{BinaryOperator, Expression, Statement, StatementKind};
use winnow::prelude::*;

/// A line after comments are taken off and open brackets are closed.
#[derive(Debug)]
struct Line {
    number: usize,
    indent: usize,
    text: String,
}

/// Reads a cell. Errors are Python's: `SyntaxError: ... (line 3)`.
pub fn parse(source: &str) -> Result<Vec<Statement>, String> {
    let lines = logical_lines(source)?;
    let mut at = 0;
    let statements = block(&lines, &mut at, 0)?;
    match lines.get(at) {
        None => Ok(statements),
        Some(line) => Err(format!("IndentationError: unexpected indent (line {})", line.number)),
    }
}

fn logical_lines(source: &str) -> Result<Vec<Line>, String> {
    let mut lines: Vec<Line> = Vec::new();
    let mut depth = 0i32;
    for (index, raw) in source.lines().enumerate() {
        let (text, change) = without_comment(raw);
        match lines.last_mut() {
            Some(open) if depth > 0 => {
                open.text.push(' ');
                open.text.push_str(text.trim());
            }
            _ if text.trim().is_empty() => continue,
            _ => {
                let indent = text.len() - text.trim_start().len();
                lines.push(Line { number: index + 1, indent, text: text.trim().to_owned() });
            }
        }
        depth += change;
    }
    match (depth, lines.last()) {
        (1.., Some(line)) => Err(format!("SyntaxError: a bracket was never closed (line {})", line.number)),
        _ => Ok(lines.iter().flat_map(unfolded).collect()),
    }
}

/// Statements that share a line, one by one; a body behind its head's colon is a line deeper.
fn unfolded(line: &Line) -> Vec<Line> {
    let word = line.text.split([' ', ':']).next().unwrap_or_default();
    let (head, body) = match outside(&line.text, ':') {
        Some(colon) if HEADS.contains(&word) => line.text.split_at(colon + 1),
        _ => ("", line.text.as_str()),
    };
    let deeper = usize::from(!head.is_empty());
    let mut lines = Vec::new();
    let mut push = |indent: usize, text: &str| {
        if !text.trim().is_empty() {
            lines.push(Line { number: line.number, indent, text: text.trim().to_owned() });
        }
    };
    push(line.indent, head);
    let mut rest = body;
    while let Some(end) = outside(rest, ';') {
        push(line.indent + deeper, &rest[..end]);
        rest = &rest[end + 1..];
    }
    push(line.indent + deeper, rest);
    lines
}

/// What begins a statement with a body.
const HEADS: [&str; 9] = ["for", "if", "elif", "else", "with", "def", "class", "while", "try"];

/// Where a letter first stands outside of quotes and brackets.
fn outside(text: &str, wanted: char) -> Option<usize> {
    let mut depth = 0;
    unquoted(text).find_map(|(at, c)| {
        depth += bracket(c);
        (c == wanted && depth == 0).then_some(at)
    })
}

/// The text before a `#`, and by how much it changes the depth of brackets; neither counts inside quotes.
fn without_comment(line: &str) -> (&str, i32) {
    let mut change = 0;
    for (at, c) in unquoted(line) {
        if c == '#' {
            return (&line[..at], change);
        }
        change += bracket(c);
    }
    (line, change)
}

/// What a letter does to the depth of brackets.
fn bracket(c: char) -> i32 {
    match c {
        '(' | '[' | '{' => 1,
        ')' | ']' | '}' => -1,
        _ => 0,
    }
}

/// The letters outside of quotes, with their places.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    text.char_indices().filter(move |&(_, c)| match quote {
        Some(open) => {
            if c == open {
                quote = None;
            }
            false
        }
        None => {
            if c == '"' || c == '\'' {
                quote = Some(c);
            }
            quote.is_none()
        }
    })
}

fn block(lines: &[Line], at: &mut usize, indent: usize) -> Result<Vec<Statement>, String> {
    let mut statements = Vec::new();
    while let Some(line) = lines.get(*at).filter(|line| line.indent == indent) {
        *at += 1;
        let kind = match compound(line)? {
            Some(head) => head.with_body(lines, at, line)?,
            None => simple(&line.text, line.number)?,
        };
        statements.push(Statement { line: line.number, kind });
    }
    Ok(statements)
}

/// The head of a statement that has a body.
enum Head {
    For(Expression, Expression),
    If(Expression),
    With(Expression),
}

impl Head {
    fn with_body(self, lines: &[Line], at: &mut usize, head: &Line) -> Result<StatementKind, String> {
        let body = body_of(lines, at, head)?;
        Ok(match self {
            Head::For(target, items) => StatementKind::For { target, items, body },
            Head::With(context) => StatementKind::With { context, body },
            Head::If(test) => {
                let next = lines.get(*at).filter(|line| line.indent == head.indent);
                let otherwise = match next {
                    Some(line) if line.text == "else:" => {
                        *at += 1;
                        body_of(lines, at, line)?
                    }
                    Some(line) if line.text.starts_with("elif ") => {
                        *at += 1;
                        let test = read(line.text["elif ".len()..].trim_end_matches(':'), line.number)?;
                        vec![Statement { line: line.number, kind: Head::If(test).with_body(lines, at, line)? }]
                    }
                    _ => Vec::new(),
                };
                StatementKind::If { test, then: body, otherwise }
            }
        })
    }
}

fn body_of(lines: &[Line], at: &mut usize, head: &Line) -> Result<Vec<Statement>, String> {
    match lines.get(*at) {
        Some(first) if first.indent > head.indent => block(lines, at, first.indent),
        _ => Err(format!("IndentationError: expected an indented block after line {}", head.number)),
    }
}

fn compound(line: &Line) -> Result<Option<Head>, String> {
    let Some(head) = line.text.strip_suffix(':') else { return Ok(None) };
    let word = head.split_whitespace().next().unwrap_or_default();
    let rest = head[word.len()..].trim();
    match word {
        "for" => {
            let (target, items) = rest.split_once(" in ").ok_or_else(|| syntax_error(line.number))?;
            Ok(Some(Head::For(read(target, line.number)?, read(items, line.number)?)))
        }
        "if" => Ok(Some(Head::If(read(rest, line.number)?))),
        "with" => Ok(Some(Head::With(read(rest, line.number)?))),
        "def" | "class" | "while" | "try" => {
            Err(format!("SyntaxError: `{word}` is Python, but this page does not run it (line {})", line.number))
        }
        _ => Ok(None),
    }
}

fn simple(text: &str, number: usize) -> Result<StatementKind, String> {
    if text == "pass" {
        return Ok(StatementKind::Pass);
    }
    if let Some(rest) = text.strip_prefix("import ") {
        let (path, name) = match rest.split_once(" as ") {
            Some((path, name)) => (path.trim(), name.trim()),
            // `import torch.nn` binds the name `torch`.
            None => {
                let first = rest.trim().split('.').next().unwrap_or_default();
                (first, first)
            }
        };
        return Ok(StatementKind::Import { path: path.to_owned(), name: name.to_owned() });
    }
    if let Some((path, names)) = text.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
        let (name, alias) = names.split_once(" as ").unwrap_or((names, names));
        return Ok(StatementKind::Import {
            path: format!("{}.{}", path.trim(), name.trim()),
            name: alias.trim().to_owned(),
        });
    }
    statement.parse(text).map_err(|error| {
        let (at, found) = (error.offset(), &text[error.offset()..]);
        let near = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        format!("SyntaxError: invalid syntax at {near} (line {number}, column {})", at + 1)
    })
}

fn read(text: &str, number: usize) -> Result<Expression, String> {
    expressions.parse(text.trim()).map_err(|_| syntax_error(number))
}

fn syntax_error(number: usize) -> String {
    format!("SyntaxError: invalid syntax (line {number})")
}

fn statement(input: &mut &str) -> ModalResult<StatementKind> {
    use winnow::combinator::{alt, cut_err, not, opt, terminated};
    use winnow::token::literal;
    let first = expressions(input)?;
    let update = alt((
        literal("+=").value(BinaryOperator::Add),
        literal("-=").value(BinaryOperator::Subtract),
        literal("**=").value(BinaryOperator::Power),
        literal("*=").value(BinaryOperator::Multiply),
        literal("//=").value(BinaryOperator::FloorDivide),
        literal("/=").value(BinaryOperator::Divide),
        literal("%=").value(BinaryOperator::Remainder),
        literal("@=").value(BinaryOperator::MatrixMultiply),
        alt((
            literal("&=").value(BinaryOperator::And),
            literal("|=").value(BinaryOperator::Or),
            literal("^=").value(BinaryOperator::Xor),
        )),
    ));
    if let Some(operator) = opt(update).parse_next(input)? {
        return Ok(StatementKind::Update(first, operator, cut_err(expressions).parse_next(input)?));
    }
    let mut parts = vec![first];
    while opt(terminated('=', not('='))).parse_next(input)?.is_some() {
        parts.push(cut_err(expressions).parse_next(input)?);
    }
    Ok(match (parts.pop(), parts.is_empty()) {
        (Some(value), true) => StatementKind::Expression(value),
        (Some(value), false) => StatementKind::Assign(parts, value),
        (None, _) => StatementKind::Pass,
    })
}

/// Reads one expression such as a widget's `x[1:3, 0:3]`.
pub fn parse_expression(text: &str) -> Result<Expression, String> {
    read(text, 1)
}

/// Whether `name` could be a variable.
pub fn is_identifier(name: &str) -> bool {
    identifier.parse(name).is_ok() && postfix.parse(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_indentation() {
        let program = "for step in range(3):\n    with torch.no_grad():\n        w -= 0.1 * w.grad  # down\n    print(step)\nx = [1,\n  2]\n";
        let statements = parse(program).unwrap();
        assert_eq!(statements.len(), 2);
        let StatementKind::For { body, .. } = &statements[0].kind else { panic!("{statements:?}") };
        assert_eq!(body.len(), 2);
        assert!(matches!(&statements[1].kind, StatementKind::Assign(targets, Expression::List(items))
            if targets.len() == 1 && items.len() == 2));
    }

    #[test]
    fn operators_bind_as_in_python() {
        assert_eq!(parse_expression("-x ** 2").unwrap(), parse_expression("-(x ** 2)").unwrap());
        assert_eq!(parse_expression("a - b - c").unwrap(), parse_expression("(a - b) - c").unwrap());
        assert_eq!(parse_expression("a + b @ c.t()").unwrap(), parse_expression("a + (b @ (c.t()))").unwrap());
        assert_eq!(parse_expression("not a == b").unwrap(), parse_expression("not (a == b)").unwrap());
    }

    #[test]
    fn indices_have_slices_and_lists() {
        let Expression::Index(_, index) = parse_expression("x[1:3, [0, 2], ::2]").unwrap() else { panic!() };
        let Expression::Tuple(items) = *index else { panic!() };
        assert!(matches!(&items[0], Expression::Slice(Some(_), Some(_), None)));
        assert!(matches!(&items[1], Expression::List(list) if list.len() == 2));
        assert!(matches!(&items[2], Expression::Slice(None, None, Some(_))));
    }

    #[test]
    fn a_body_may_stand_behind_its_head() {
        let program = "with torch.no_grad(): y *= 2; z = {'a': 'b;c'}\nif x[1:] > 2: a\nelse: b\nprint('a; b: c')";
        let statements = parse(program).unwrap();
        assert_eq!(statements.len(), 3, "{statements:?}");
        assert!(matches!(&statements[0].kind, StatementKind::With { body, .. } if body.len() == 2));
        assert!(
            matches!(&statements[1].kind, StatementKind::If { then, otherwise, .. } if then.len() == 1 && otherwise.len() == 1)
        );
    }

    #[test]
    fn mistakes_have_a_line() {
        assert!(parse("x = 1\ny = (2\n").unwrap_err().contains("never closed"));
        assert!(parse("x = 1\ny = 2 +\n").unwrap_err().contains("line 2"));
        assert!(parse("for x in y:\nprint(x)").unwrap_err().contains("IndentationError"));
        assert!(parse("while True:\n    pass").unwrap_err().contains("does not run"));
    }
}
