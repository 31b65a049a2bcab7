//! From words to nodes: precedence climbing with one step of look-ahead, the scope told of each operator as its operands are known.

use super::expression::{MAXIMUM_DEPTH, Operand, Program};
use super::operation::Operation;
use super::problem::{Problem, ProblemKind};
use super::scope::{Scope, Value, problem};
use super::token::{Located, Token, tokens};
use std::ops::Range;

/// Reads statements.
pub fn parse(source: &str) -> Result<Program, Problem> {
    let mut parser = Parser { tokens: tokens(source)?, end: source.len(), ..Parser::default() };
    parser.statements()?;
    Ok(parser.scope.program)
}

#[derive(Default)]
struct Parser {
    tokens: Vec<Located>,
    position: usize,
    /// Length of the source: where "here" is when the words have run out.
    end: usize,
    scope: Scope,
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
        let program = &mut self.scope.program;
        match output.or_else(|| program.nodes.len().checked_sub(1)) {
            Some(node) => program.output = node,
            None => return problem(ProblemKind::Empty, 0..self.end),
        }
        program.choose_tags();
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
            (None, Operand::Number(number)) => self.scope.push_variable(None, number, value.span).map(Some),
            (Some((name, span)), Operand::Number(number)) => self.scope.set_variable(name, number, span).map(|_| None),
            (Some((name, span)), Operand::Node(node)) => self.scope.name_node(name, node, span).map(Some),
        }
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
            left = self.scope.apply(operation, vec![left, right], span)?;
        }
    }

    fn unary(&mut self, depth: usize) -> Result<Value, Problem> {
        self.check_depth(depth)?;
        let start = self.here().start;
        if self.take_sign('-') {
            let value = self.unary(depth + 1)?;
            let span = start..value.span.end;
            return self.scope.apply(Operation::Negate, vec![value], span);
        }
        if self.take_sign('+') {
            return self.unary(depth + 1);
        }
        let base = self.atom(depth)?;
        if self.take_sign('^') {
            // To the right, and the sign belongs to the exponent: 2^-1, a^b^c = a^(b^c).
            let exponent = self.unary(depth + 1)?;
            let span = base.span.start..exponent.span.end;
            return self.scope.apply(Operation::Power, vec![base, exponent], span);
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
                self.scope.variable(name, span)
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
        // `name =`: the next statement has begun.
        let next = (self.peek(), self.tokens.get(self.position + 1).map(|(token, _)| token));
        match next {
            (None | Some(Token::End), _) | (Some(Token::Name(_)), Some(Token::Sign('='))) => {
                problem(ProblemKind::BracketOpen, open.clone())
            }
            _ => problem(ProblemKind::OperatorExpected, here),
        }
    }

    fn call(&mut self, name: String, span: Range<usize>, depth: usize) -> Result<Value, Problem> {
        let open = self.here();
        self.position += 1;
        let Some(operation) = Operation::function(&name) else {
            let known = self.scope.knows(&name) || name.chars().count() == 1;
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
        self.scope.apply(operation, arguments, whole)
    }

    fn check_depth(&self, depth: usize) -> Result<(), Problem> {
        if depth > MAXIMUM_DEPTH {
            return problem(ProblemKind::TooDeep { limit: MAXIMUM_DEPTH }, self.here());
        }
        Ok(())
    }
}
