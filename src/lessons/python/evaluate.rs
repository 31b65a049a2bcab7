//! Expressions: what each comes to.

use super::arguments::Arguments;
use super::dict::Dict;
use super::interpreter::Interpreter;
use super::syntax::{Comparison, Expression, FormatPart, UnaryOperator};
use super::value::{Exception, PyResult, Value, raise};
use super::{attributes, format, functions, index, operators};
use std::rc::Rc;

impl Interpreter {
    pub(super) fn evaluate(&mut self, expression: &Expression) -> PyResult {
        let value = self.evaluate_untracked(expression)?;
        if let Value::Tensor(variable) = &value
            && variable.may_require_grad()
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
            Expression::Dict(entries) => {
                let entry = |(key, value)| Ok((self.evaluate(key)?, self.evaluate(value)?));
                let entries = entries.iter().map(|(key, value)| (key, value)).map(entry).collect::<PyResult<_>>()?;
                Value::Dict(Rc::new(Dict::new(entries)?))
            }
            Expression::Format(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        FormatPart::Text(plain) => text.push_str(plain),
                        FormatPart::Value(value, spec) => text.push_str(&format::format(&self.evaluate(value)?, spec)?),
                    }
                }
                Value::text(&text)
            }
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
    pub(super) fn evaluate_index(&mut self, at: &Expression) -> PyResult<Vec<index::Part>> {
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
