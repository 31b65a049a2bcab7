//! From words to nodes: precedence climbing with one step of look-ahead, each operator pushed as its operands are known.

use super::expression::{MAXIMUM_DEPTH, MAXIMUM_NODES, Node, Operand, Program};
use super::operation::Operation;
use super::problem::{Problem, ProblemKind};
use super::token::{Located, Token, tokens};
use std::collections::HashMap;
use std::ops::Range;

/// Where variables start that no statement sets, in turn.
const FIRST_VALUES: [f64; 6] = [0.5, 1.0, -0.5, 2.0, -1.0, 1.5];

/// Reads statements.
pub fn parse(source: &str) -> Result<Program, Problem> {
    let mut parser = Parser { tokens: tokens(source)?, end: source.len(), ..Parser::default() };
    parser.statements()?;
    Ok(parser.program)
}

#[derive(Default)]
struct Parser {
    tokens: Vec<Located>,
    position: usize,
    /// Length of the source: where "here" is when the words have run out.
    end: usize,
    program: Program,
    names: HashMap<String, Binding>,
}

#[derive(Clone)]
struct Binding {
    node: usize,
    /// Set by a statement, not only used by one.
    assigned: bool,
    first_use: Range<usize>,
}

/// A value while parsing, with the source that says it.
#[derive(Clone)]
struct Value {
    operand: Operand,
    span: Range<usize>,
}

fn problem<T>(kind: ProblemKind, span: Range<usize>) -> Result<T, Problem> {
    Err(Problem { kind, span })
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position).map(|(token, _)| token)
    }

    /// The span of the next word; empty, at the end of the statement, if there is none.
    fn here(&self) -> Range<usize> {
        match self.tokens.get(self.position) {
            Some((Token::End, span)) => span.start..span.start,
            Some((_, span)) => span.clone(),
            None => self.end..self.end,
        }
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.position += usize::from(found);
        found
    }

    fn statements(&mut self) -> Result<(), Problem> {
        let mut output = None;
        loop {
            while self.peek() == Some(&Token::End) {
                self.position += 1;
            }
            if self.peek().is_none() {
                break;
            }
            if let Some(node) = self.statement()? {
                output = Some(node);
            }
        }
        match output.or_else(|| self.program.nodes.len().checked_sub(1)) {
            Some(node) => self.program.output = node,
            None => return problem(ProblemKind::Empty, 0..self.end),
        }
        Ok(())
    }

    /// One statement. The node that it computes, none if it only sets where a variable starts.
    fn statement(&mut self) -> Result<Option<usize>, Problem> {
        let mut target = None;
        if let (Some((Token::Name(name), span)), Some((Token::Sign('='), _))) =
            (self.tokens.get(self.position), self.tokens.get(self.position + 1))
        {
            target = Some((name.clone(), span.clone()));
            self.position += 2;
        } else if self.peek() == Some(&Token::Sign('=')) {
            return problem(ProblemKind::NameExpected, self.here());
        }
        let value = self.expression(0, 0)?;
        match self.peek() {
            None | Some(Token::End) => {}
            Some(Token::Sign('=')) => return problem(ProblemKind::NameExpected, value.span),
            Some(Token::Sign(')')) => return problem(ProblemKind::BracketClosed, self.here()),
            Some(_) => return problem(ProblemKind::OperatorExpected, self.here()),
        }
        match (target, value.operand) {
            (None, Operand::Node(node)) => Ok(Some(node)),
            (None, Operand::Number(number)) => self.push_variable(None, number, value.span).map(Some),
            (Some((name, span)), Operand::Number(number)) => self.set_variable(name, number, span).map(|_| None),
            (Some((name, span)), Operand::Node(node)) => self.name_node(name, node, span).map(Some),
        }
    }

    fn set_variable(&mut self, name: String, number: f64, span: Range<usize>) -> Result<(), Problem> {
        match self.names.get_mut(&name) {
            None => {
                let node = self.push_variable(Some(name.clone()), number, span.clone())?;
                self.names.insert(name, Binding { node, assigned: true, first_use: span });
                Ok(())
            }
            Some(binding) if self.program.nodes[binding.node].operation == Operation::Variable && !binding.assigned => {
                binding.assigned = true;
                self.program.nodes[binding.node].initial = number;
                Ok(())
            }
            Some(_) => problem(ProblemKind::AssignedTwice(name), span),
        }
    }

    fn name_node(&mut self, name: String, node: usize, span: Range<usize>) -> Result<usize, Problem> {
        if let Some(binding) = self.names.get(&name)
            && self.program.nodes[binding.node].operation == Operation::Variable
        {
            return match binding.assigned {
                true => problem(ProblemKind::AssignedTwice(name), span),
                false => problem(ProblemKind::UsedBeforeDefined(name), binding.first_use.clone()),
            };
        }
        self.program.nodes[node].name.get_or_insert_with(|| name.clone());
        self.names.insert(name, Binding { node, assigned: true, first_use: span });
        Ok(node)
    }

    /// Operators that bind at least as tightly as `binding`: 1 for sums, 2 for products; powers are in `power`.
    fn expression(&mut self, binding: u8, depth: usize) -> Result<Value, Problem> {
        let mut left = self.unary(depth)?;
        loop {
            let (operation, level) = match self.peek() {
                Some(Token::Sign('+')) => (Operation::Add, 1),
                Some(Token::Sign('-')) => (Operation::Subtract, 1),
                Some(Token::Sign('*')) => (Operation::Multiply, 2),
                Some(Token::Sign('/')) => (Operation::Divide, 2),
                _ => return Ok(left),
            };
            if level <= binding {
                return Ok(left);
            }
            self.position += 1;
            let right = self.expression(level, depth)?;
            let span = left.span.start..right.span.end;
            left = self.apply(operation, vec![left, right], span)?;
        }
    }

    fn unary(&mut self, depth: usize) -> Result<Value, Problem> {
        self.check_depth(depth)?;
        let start = self.here().start;
        if self.take_sign('-') {
            let value = self.unary(depth + 1)?;
            let span = start..value.span.end;
            return self.apply(Operation::Negate, vec![value], span);
        }
        if self.take_sign('+') {
            return self.unary(depth + 1);
        }
        let base = self.atom(depth)?;
        if self.take_sign('^') {
            // To the right, and the sign belongs to the exponent: 2^-1, a^b^c = a^(b^c).
            let exponent = self.unary(depth + 1)?;
            let span = base.span.start..exponent.span.end;
            return self.apply(Operation::Power, vec![base, exponent], span);
        }
        Ok(base)
    }

    fn atom(&mut self, depth: usize) -> Result<Value, Problem> {
        let span = self.here();
        match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.position += 1;
                Ok(Value { operand: Operand::Number(number), span })
            }
            Some(Token::Sign('(')) => {
                self.position += 1;
                let inner = self.expression(0, depth + 1)?;
                let end = self.close(&span)?;
                Ok(Value { operand: inner.operand, span: span.start..end })
            }
            Some(Token::Name(name)) => {
                self.position += 1;
                if self.peek() == Some(&Token::Sign('(')) {
                    return self.call(name, span, depth);
                }
                self.variable(name, span)
            }
            _ => problem(ProblemKind::ValueExpected, span),
        }
    }

    /// Eats the bracket that closes the one at `open`; where it ends.
    fn close(&mut self, open: &Range<usize>) -> Result<usize, Problem> {
        let here = self.here();
        if self.take_sign(')') {
            return Ok(here.end);
        }
        match self.peek() {
            None | Some(Token::End) => problem(ProblemKind::BracketOpen, open.clone()),
            Some(_) => problem(ProblemKind::OperatorExpected, here),
        }
    }

    fn call(&mut self, name: String, span: Range<usize>, depth: usize) -> Result<Value, Problem> {
        let open = self.here();
        self.position += 1;
        let Some(operation) = Operation::function(&name) else {
            let known = self.names.contains_key(&name) || name.chars().count() == 1;
            let kind = if known { ProblemKind::OperatorExpected } else { ProblemKind::UnknownFunction(name) };
            let span = if matches!(kind, ProblemKind::OperatorExpected) { open } else { span };
            return problem(kind, span);
        };
        let mut arguments = Vec::new();
        if self.peek() != Some(&Token::Sign(')')) {
            loop {
                arguments.push(self.expression(0, depth + 1)?);
                if !self.take_sign(',') {
                    break;
                }
            }
        }
        let end = self.close(&open)?;
        let whole = span.start..end;
        if arguments.len() != operation.arity() {
            let kind = ProblemKind::Arguments { function: name, expected: operation.arity(), given: arguments.len() };
            return problem(kind, whole);
        }
        self.apply(operation, arguments, whole)
    }

    fn variable(&mut self, name: String, span: Range<usize>) -> Result<Value, Problem> {
        if matches!(name.as_str(), "pi" | "π") {
            return Ok(Value { operand: Operand::Number(std::f64::consts::PI), span });
        }
        if let Some(binding) = self.names.get(&name) {
            return Ok(Value { operand: Operand::Node(binding.node), span });
        }
        if name.chars().count() > 1 && Operation::function(&name).is_some() {
            return problem(ProblemKind::FunctionWithoutBrackets(name), span);
        }
        let initial = FIRST_VALUES[self.program.variables().count() % FIRST_VALUES.len()];
        let node = self.push_variable(Some(name.clone()), initial, span.clone())?;
        self.names.insert(name, Binding { node, assigned: false, first_use: span.clone() });
        Ok(Value { operand: Operand::Node(node), span })
    }

    /// A node for the operation; a number if every operand is one.
    fn apply(&mut self, operation: Operation, arguments: Vec<Value>, span: Range<usize>) -> Result<Value, Problem> {
        if operation == Operation::Divide && arguments[1].operand == Operand::Number(0.0) {
            return problem(ProblemKind::DivisionByZero, span);
        }
        let operands: Vec<Operand> = arguments.iter().map(|argument| argument.operand).collect();
        let numbers: Option<Vec<f64>> = operands
            .iter()
            .map(|operand| match operand {
                Operand::Number(number) => Some(*number),
                Operand::Node(_) => None,
            })
            .collect();
        if let Some(numbers) = numbers {
            let folded = fold(operation, &numbers);
            if !folded.is_finite() {
                return problem(ProblemKind::NotFinite, span);
            }
            return Ok(Value { operand: Operand::Number(folded), span });
        }
        let node = self.push(Node { operation, operands, name: None, initial: 0.0, span: span.clone() })?;
        Ok(Value { operand: Operand::Node(node), span })
    }

    fn push_variable(&mut self, name: Option<String>, initial: f64, span: Range<usize>) -> Result<usize, Problem> {
        self.push(Node { operation: Operation::Variable, operands: Vec::new(), name, initial, span })
    }

    fn push(&mut self, node: Node) -> Result<usize, Problem> {
        if self.program.nodes.len() >= MAXIMUM_NODES {
            return problem(ProblemKind::TooManyNodes { limit: MAXIMUM_NODES }, node.span);
        }
        self.program.nodes.push(node);
        Ok(self.program.nodes.len() - 1)
    }

    fn check_depth(&self, depth: usize) -> Result<(), Problem> {
        if depth > MAXIMUM_DEPTH {
            return problem(ProblemKind::TooDeep { limit: MAXIMUM_DEPTH }, self.here());
        }
        Ok(())
    }
}

/// Numbers computed from numbers while parsing, so that `1/3` is no node.
fn fold(operation: Operation, numbers: &[f64]) -> f64 {
    let (a, b) = (numbers[0], numbers.get(1).copied().unwrap_or(f64::NAN));
    match operation {
        Operation::Variable | Operation::Detach => a,
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
        Operation::Power => a.powf(b),
        Operation::Negate => -a,
        Operation::Exponential => a.exp(),
        Operation::Logarithm => a.ln(),
        Operation::SquareRoot => a.sqrt(),
        Operation::Square => a * a,
        Operation::Absolute => a.abs(),
        Operation::Sine => a.sin(),
        Operation::Cosine => a.cos(),
        Operation::Tanh => a.tanh(),
        Operation::Sigmoid => 1.0 / (1.0 + (-a).exp()),
        Operation::Relu => a.max(0.0),
        Operation::LeakyRelu => a.max(0.01 * a),
        Operation::Softplus => a.exp().ln_1p(),
        Operation::Maximum => a.max(b),
        Operation::Minimum => a.min(b),
    }
}
