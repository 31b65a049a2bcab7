//! Runs the statements of a cell. Variables stay from one cell to the next, as in a notebook.

use super::statement::parse;
use super::syntax::{BinaryOperator, Expression, Statement, StatementKind};
use super::value::{PyResult, Value, Variable, raise};
use super::variable::Written;
use super::{attributes, index, operators};
use crate::random::Generator;
use crate::tensor::{Tensor, with_grad};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

/// More statements than any lesson needs; a loop without end stops here.
const STATEMENT_LIMIT: usize = 200_000;

/// A running notebook.
pub struct Interpreter {
    pub(super) variables: HashMap<String, Value>,
    /// What the present cell has printed.
    output: String,
    statements: usize,
    /// The variables that gradients are handed to, each once.
    places: HashMap<*const Variable, Weak<Variable>>,
    /// PyTorch's global generator.
    pub(super) generator: Generator,
}

impl Default for Interpreter {
    fn default() -> Self {
        Interpreter::new()
    }
}

impl Interpreter {
    /// An empty notebook. Chance starts from seed 0.
    pub fn new() -> Self {
        Interpreter {
            variables: HashMap::new(),
            output: String::new(),
            statements: 0,
            places: HashMap::new(),
            generator: Generator::new(0),
        }
    }

    /// Runs a cell and returns all it shows: what it prints, its last expression, and its error if there is one.
    pub fn run(&mut self, source: &str) -> String {
        self.output.clear();
        self.statements = 0;
        match parse(source) {
            Err(error) => self.write(&error),
            Ok(statements) => {
                if let Err(exception) = self.cell(&statements) {
                    self.write(&exception.to_string());
                }
            }
        }
        self.places.retain(|_, place| place.strong_count() > 0);
        self.output.trim_end_matches('\n').to_owned()
    }

    fn cell(&mut self, statements: &[Statement]) -> PyResult<()> {
        let Some((last, before)) = statements.split_last() else { return Ok(()) };
        self.block(before)?;
        match &last.kind {
            StatementKind::Expression(expression) => {
                let value = self.evaluate(expression)?;
                if !matches!(value, Value::None) {
                    let text = value.repr()?;
                    self.write(&text);
                }
                Ok(())
            }
            _ => self.block(std::slice::from_ref(last)),
        }
    }

    /// The value of one expression, for widgets.
    pub fn value_of(&mut self, expression: &Expression) -> PyResult {
        self.evaluate(expression)
    }

    /// Gives a variable a value from outside.
    pub fn set(&mut self, name: &str, value: Value) {
        self.variables.insert(name.to_owned(), value);
    }

    /// A line of output.
    pub(super) fn write(&mut self, line: &str) {
        self.output.push_str(line);
        self.output.push('\n');
    }

    /// Remembers that gradients of whatever tensor this variable holds belong to it.
    pub(super) fn track(&mut self, variable: &Rc<Variable>) {
        self.places.insert(Rc::as_ptr(variable), Rc::downgrade(variable));
    }

    /// All variables that could receive a gradient.
    pub(super) fn tracked(&self) -> Vec<Rc<Variable>> {
        self.places.values().filter_map(Weak::upgrade).collect()
    }

    fn block(&mut self, statements: &[Statement]) -> PyResult<()> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Statement) -> PyResult<()> {
        self.statements += 1;
        if self.statements > STATEMENT_LIMIT {
            return raise("RuntimeError", format!("this page stops a cell after {STATEMENT_LIMIT} statements"));
        }
        match &statement.kind {
            StatementKind::Pass => {}
            StatementKind::Expression(expression) => {
                self.evaluate(expression)?;
            }
            StatementKind::Import { path, name } => {
                let value = attributes::import(path)?;
                self.variables.insert(name.clone(), value);
            }
            StatementKind::Assign(targets, expression) => {
                let value = self.evaluate(expression)?;
                for target in targets {
                    self.assign(target, value.clone())?;
                }
            }
            StatementKind::Update(target, operator, expression) => self.update(target, *operator, expression)?,
            StatementKind::For { target, items, body } => {
                for item in self.evaluate(items)?.items()? {
                    self.assign(target, item)?;
                    self.block(body)?;
                }
            }
            StatementKind::If { test, then, otherwise } => {
                let branch = if self.evaluate(test)?.truth()? { then } else { otherwise };
                self.block(branch)?;
            }
            StatementKind::With { context, body } => match self.evaluate(context)? {
                Value::GradMode(enabled) => with_grad(enabled, || self.block(body))?,
                other => {
                    return raise(
                        "TypeError",
                        format!("'{}' object does not support the context manager protocol", other.type_name()),
                    );
                }
            },
        }
        Ok(())
    }

    pub(super) fn assign(&mut self, target: &Expression, value: Value) -> PyResult<()> {
        match target {
            Expression::Name(name) => {
                self.variables.insert(name.clone(), value);
                Ok(())
            }
            Expression::Tuple(targets) | Expression::List(targets) => {
                let values = value.items()?;
                if values.len() != targets.len() {
                    let message = format!("expected {} values to unpack, got {}", targets.len(), values.len());
                    return raise("ValueError", message);
                }
                targets.iter().zip(values).try_for_each(|(target, value)| self.assign(target, value))
            }
            Expression::Index(of, at) => {
                let (place, at) = (self.evaluate(of)?, self.evaluate_index(at)?);
                index::store(&place, &at, &value)
            }
            Expression::Attribute(of, name) => {
                let of = self.evaluate(of)?;
                attributes::store(&of, name, value)
            }
            _ => raise("SyntaxError", "cannot assign to this expression"),
        }
    }

    fn update(&mut self, target: &Expression, operator: BinaryOperator, expression: &Expression) -> PyResult<()> {
        let present = self.evaluate(target)?;
        let value = self.evaluate(expression)?;
        match &present {
            // `w -= ...` changes the tensor itself, not what the name stands for.
            Value::Tensor(variable) => {
                variable.refuse_unasked_history()?;
                operators::refuse_bits(variable, operator, &value)?;
                let result = operators::binary(&present, operator, &value)?;
                if let Value::Tensor(read) = &value {
                    variable.refuse_overlap(read)?;
                }
                self.write_in_place(variable, &result.as_tensor()?, Written::Elements)?;
                match target {
                    Expression::Index(..) => self.assign(target, present),
                    _ => Ok(()),
                }
            }
            _ => {
                let result = operators::binary(&present, operator, &value)?;
                self.assign(target, result)
            }
        }
    }

    /// What every method with an underscore ends in: the variable holds the result from now on.
    pub(super) fn write_in_place(&mut self, variable: &Rc<Variable>, result: &Tensor, written: Written) -> PyResult<()> {
        let (present, dtype) = (variable.get().dtype(), result.dtype());
        if !present.can_hold(dtype) {
            let (from, to) = (dtype.class_name(), present.class_name());
            return raise("RuntimeError", format!("result type {from} can't be cast to the desired output type {to}"));
        }
        variable.write(result, written)?;
        self.track(variable);
        Ok(())
    }
}
