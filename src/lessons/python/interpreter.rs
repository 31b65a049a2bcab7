//! Runs the statements of a cell. Variables stay from one cell to the next, as in a notebook.

use super::arguments::Arguments;
use super::statement::parse;
use super::syntax::{BinaryOperator, Comparison, Expression, Statement, StatementKind, UnaryOperator};
use super::value::{Exception, PyResult, Value, Variable, raise};
use super::variable::Written;
use super::{attributes, functions, index, operators};
use crate::random::Generator;
use crate::tensor::{Tensor, no_grad};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

/// More statements than any lesson needs; a loop without end stops here.
const STATEMENT_LIMIT: usize = 200_000;

/// A running notebook.
pub struct Interpreter {
    variables: HashMap<String, Value>,
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
                Value::NoGrad => no_grad(|| self.block(body))?,
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

    fn assign(&mut self, target: &Expression, value: Value) -> PyResult<()> {
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

    pub(super) fn evaluate(&mut self, expression: &Expression) -> PyResult {
        let value = self.evaluate_untracked(expression)?;
        if let Value::Tensor(variable) = &value
            && variable.get().requires_grad()
        {
            self.track(variable);
        }
        Ok(value)
    }

    fn evaluate_untracked(&mut self, expression: &Expression) -> PyResult {
        Ok(match expression {
            Expression::Int(value) => Value::Int(*value),
            Expression::Float(value) => Value::Float(*value),
            Expression::Text(text) => Value::text(text),
            Expression::Bool(value) => Value::Bool(*value),
            Expression::None => Value::None,
            Expression::Name(name) => return self.name(name),
            Expression::List(items) => Value::list(self.evaluate_all(items)?),
            Expression::Tuple(items) => Value::tuple(self.evaluate_all(items)?),
            Expression::Comprehension { element, target, items } => {
                let items = self.evaluate(items)?.items()?;
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    self.assign(target, item)?;
                    list.push(self.evaluate(element)?);
                }
                Value::list(list)
            }
            Expression::Attribute(of, name) => {
                let of = self.evaluate(of)?;
                return attributes::get(self, &of, name);
            }
            Expression::Call { function, arguments, named } => return self.call(function, arguments, named),
            Expression::Index(of, at) => {
                let (of, at) = (self.evaluate(of)?, self.evaluate_index(at)?);
                return index::get(&of, &at);
            }
            Expression::Slice(..) | Expression::Ellipsis => {
                return raise("SyntaxError", "a slice stands inside square brackets");
            }
            Expression::Unary(operator, inner) => {
                let value = self.evaluate(inner)?;
                return match operator {
                    UnaryOperator::Not => Ok(Value::Bool(!value.truth()?)),
                    other => operators::unary(*other, &value),
                };
            }
            Expression::Binary(left, operator, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                return operators::binary(&left, *operator, &right);
            }
            Expression::Compare(first, rest) => return self.compare(first, rest),
            Expression::And(left, right) => {
                let left = self.evaluate(left)?;
                if left.truth()? { self.evaluate(right)? } else { left }
            }
            Expression::Or(left, right) => {
                let left = self.evaluate(left)?;
                if left.truth()? { left } else { self.evaluate(right)? }
            }
            Expression::Conditional { then, test, otherwise } => {
                let branch = if self.evaluate(test)?.truth()? { then } else { otherwise };
                self.evaluate(branch)?
            }
        })
    }

    fn evaluate_all(&mut self, expressions: &[Expression]) -> PyResult<Vec<Value>> {
        expressions.iter().map(|expression| self.evaluate(expression)).collect()
    }

    fn name(&self, name: &str) -> PyResult {
        if let Some(value) = self.variables.get(name) {
            return Ok(value.clone());
        }
        if functions::BUILTINS.contains(&name) {
            return Ok(Value::Function(Rc::from(name)));
        }
        raise("NameError", format!("name '{name}' is not defined"))
    }

    fn compare(&mut self, first: &Expression, rest: &[(Comparison, Expression)]) -> PyResult {
        let mut left = self.evaluate(first)?;
        let mut result = Value::Bool(true);
        for (at, (comparison, right)) in rest.iter().enumerate() {
            let right = self.evaluate(right)?;
            result = operators::compare(&left, *comparison, &right)?;
            if at + 1 < rest.len() && !result.truth()? {
                return Ok(result);
            }
            left = right;
        }
        Ok(result)
    }

    fn call(&mut self, function: &Expression, arguments: &[Expression], named: &[(String, Expression)]) -> PyResult {
        let function = self.evaluate(function)?;
        let arguments = self.evaluate_all(arguments)?;
        let named: Vec<(String, Value)> = named
            .iter()
            .map(|(name, expression)| Ok::<_, Exception>((name.clone(), self.evaluate(expression)?)))
            .collect::<Result<_, _>>()?;
        functions::call(self, &function, arguments, named)
    }

    /// The parts of an index.
    fn evaluate_index(&mut self, at: &Expression) -> PyResult<Vec<index::Part>> {
        let parts = match at {
            Expression::Tuple(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut found = Vec::with_capacity(parts.len());
        for part in parts {
            found.push(match part {
                Expression::Slice(from, to, step) => {
                    index::Part::Slice(self.bound(from)?, self.bound(to)?, self.bound(step)?)
                }
                Expression::Ellipsis => index::Part::Ellipsis,
                other => index::Part::Value(self.evaluate(other)?),
            });
        }
        Ok(found)
    }

    fn bound(&mut self, expression: &Option<Box<Expression>>) -> PyResult<Option<i64>> {
        match expression {
            None => Ok(None),
            Some(expression) => Ok(Some(self.evaluate(expression)?.as_int()?)),
        }
    }

    /// The arguments of a method, its receiver first.
    pub(super) fn arguments(name: &str, receiver: Value, rest: Vec<Value>, named: Vec<(String, Value)>) -> Arguments {
        let mut all = vec![receiver];
        all.extend(rest);
        Arguments::new(name, all, named)
    }
}
