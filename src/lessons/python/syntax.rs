//! The syntax tree.

/// A line of a program, with the lines indented below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Line number in the cell, from 1.
    pub line: usize,
    /// What it does.
    pub kind: StatementKind,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// An expression alone; the last one of a cell is echoed.
    Expression(Expression),
    /// `a = b = value`
    Assign(Vec<Expression>, Expression),
    /// `a += value`
    Update(Expression, BinaryOperator, Expression),
    /// `for target in items:`
    For { target: Expression, items: Expression, body: Vec<Statement> },
    /// `if test:` ... `else:`; `elif` is an `if` in `otherwise`.
    If { test: Expression, then: Vec<Statement>, otherwise: Vec<Statement> },
    /// `with context:`
    With { context: Expression, body: Vec<Statement> },
    /// `import torch.nn as nn`: the full path, and the name it gets.
    Import { path: String, name: String },
    /// `pass`
    Pass,
}

/// Something that has a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// `12`
    Int(i64),
    /// `1e-6`
    Float(f64),
    /// `'text'`
    Text(String),
    /// `True`, `False`
    Bool(bool),
    /// `None`
    None,
    /// A variable.
    Name(String),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `(a, b)` or `a, b`
    Tuple(Vec<Expression>),
    /// `[element for target in items]`, or the same in parentheses
    Comprehension { element: Box<Expression>, target: Box<Expression>, items: Box<Expression> },
    /// `value.name`
    Attribute(Box<Expression>, String),
    /// `function(arguments, name=value)`
    Call { function: Box<Expression>, arguments: Vec<Expression>, named: Vec<(String, Expression)> },
    /// `value[index]`: a tuple if there are commas.
    Index(Box<Expression>, Box<Expression>),
    /// `{key: value}`
    Dict(Vec<(Expression, Expression)>),
    /// `f"loss {x:.3f}"`: text, and values with how they are written.
    Format(Vec<FormatPart>),
    /// `from:to:step` inside an index
    Slice(Option<Box<Expression>>, Option<Box<Expression>>, Option<Box<Expression>>),
    /// `...` inside an index
    Ellipsis,
    /// `-x`, `+x`, `~x`, `not x`
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`
    Binary(Box<Expression>, BinaryOperator, Box<Expression>),
    /// `a < b < c`: first, then each operator with its right side.
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    /// `a and b`
    And(Box<Expression>, Box<Expression>),
    /// `a or b`
    Or(Box<Expression>, Box<Expression>),
    /// `then if test else otherwise`
    Conditional { then: Box<Expression>, test: Box<Expression>, otherwise: Box<Expression> },
}

/// A part of `f"..."`.
#[derive(Debug, Clone, PartialEq)]
pub enum FormatPart {
    /// As it is.
    Text(String),
    /// `{value:spec}`
    Value(Expression, String),
}

/// One-sided operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negative,
    /// `+`
    Positive,
    /// `~`
    Invert,
    /// `not`
    Not,
}

/// Two-sided operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `//`
    FloorDivide,
    /// `%`
    Remainder,
    /// `**`
    Power,
    /// `@`
    MatrixMultiply,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

impl BinaryOperator {
    /// Whether it works bit by bit.
    pub fn is_of_bits(self) -> bool {
        matches!(self, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor)
    }

    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::FloorDivide => "//",
            BinaryOperator::Remainder => "%",
            BinaryOperator::Power => "**",
            BinaryOperator::MatrixMultiply => "@",
            BinaryOperator::And => "&",
            BinaryOperator::Or => "|",
            BinaryOperator::Xor => "^",
        }
    }
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}
