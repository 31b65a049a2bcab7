//! What can be wrong with a typed expression, and where. Data, so that the page can say it in either language;
//! the English sentence here is what tests and other tools print.

use std::fmt;
use std::ops::Range;

/// A mistake and the bytes of the source that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where: bytes of the source, empty for "just here".
    pub span: Range<usize>,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum ProblemKind {
    /// Nothing was typed.
    Empty,
    /// A character that belongs to no word.
    Character(char),
    /// A number that cannot be read, or is too large for float64.
    Number,
    /// A value was expected: a name, a number or a bracket.
    ValueExpected,
    /// Two values stand side by side with no operator between them.
    OperatorExpected,
    /// A bracket that was opened here is never closed.
    BracketOpen,
    /// A closing bracket that nothing opened.
    BracketClosed,
    /// The left side of `=` is missing or is not a single name.
    NameExpected,
    /// Not a function that we know.
    UnknownFunction(String),
    /// A function's name without its brackets.
    FunctionWithoutBrackets(String),
    /// A function with the wrong number of arguments.
    Arguments { function: String, expected: usize, given: usize },
    /// A name that is used before the statement that computes it.
    UsedBeforeDefined(String),
    /// A name that two statements set.
    AssignedTwice(String),
    /// A division by the number zero.
    DivisionByZero,
    /// A number computed from numbers alone is not finite.
    NotFinite,
    /// Brackets nested deeper than the limit.
    TooDeep { limit: usize },
    /// More nodes than the limit.
    TooManyNodes { limit: usize },
    /// More characters than the limit.
    TooLong { limit: usize },
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemKind::Empty => write!(formatter, "type an expression such as L = (w*x + b - t)^2"),
            ProblemKind::Character(character) => write!(formatter, "the character {character} has no meaning here"),
            ProblemKind::Number => write!(formatter, "this is not a number that can be read"),
            ProblemKind::ValueExpected => write!(formatter, "a name, a number or a bracket is missing here"),
            ProblemKind::OperatorExpected => write!(formatter, "an operator is missing here, perhaps *"),
            ProblemKind::BracketOpen => write!(formatter, "this bracket is never closed"),
            ProblemKind::BracketClosed => write!(formatter, "this bracket was never opened"),
            ProblemKind::NameExpected => write!(formatter, "the left side of = must be one name"),
            ProblemKind::UnknownFunction(name) => write!(formatter, "{name} is not a function that can be used here"),
            ProblemKind::FunctionWithoutBrackets(name) => write!(formatter, "{name} is a function: {name}(...)"),
            ProblemKind::Arguments { function, expected, given } => {
                write!(formatter, "{function} takes {expected} argument(s), {given} given")
            }
            ProblemKind::UsedBeforeDefined(name) => write!(formatter, "{name} is used before it is computed"),
            ProblemKind::AssignedTwice(name) => write!(formatter, "{name} is set twice"),
            ProblemKind::DivisionByZero => write!(formatter, "this divides by zero"),
            ProblemKind::NotFinite => write!(formatter, "this is not a finite number"),
            ProblemKind::TooDeep { limit } => write!(formatter, "brackets go deeper than {limit}"),
            ProblemKind::TooManyNodes { limit } => write!(formatter, "the graph has more than {limit} nodes"),
            ProblemKind::TooLong { limit } => write!(formatter, "the text has more than {limit} characters"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (at {}..{})", self.kind, self.span.start, self.span.end)
    }
}
