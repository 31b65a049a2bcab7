//! The arguments of a call, taken out one by one by position or name, so that none is silently ignored.

use super::value::{PyResult, Value, raise};
use crate::dtype::DType;

/// What stood between the parentheses.
pub struct Arguments {
    function: String,
    positional: Vec<Option<Value>>,
    named: Vec<(String, Value)>,
}

impl Arguments {
    /// The arguments of a call of `function`.
    pub fn new(function: &str, positional: Vec<Value>, named: Vec<(String, Value)>) -> Self {
        Arguments { function: function.to_owned(), positional: positional.into_iter().map(Some).collect(), named }
    }

    /// Those given by name, if there are no others.
    pub fn into_named(self) -> PyResult<Vec<(String, Value)>> {
        match self.positional.first() {
            None => Ok(self.named),
            Some(_) => raise("NotImplementedError", format!("this page takes the options of {} by name", self.function)),
        }
    }

    /// All that has not been taken.
    pub fn rest(self) -> (Vec<Value>, Vec<(String, Value)>) {
        (self.positional.into_iter().flatten().collect(), self.named)
    }

    /// How many were given by position.
    pub fn count(&self) -> usize {
        self.positional.len()
    }

    /// The argument at this place or of this name.
    pub fn take(&mut self, position: usize, name: &str) -> Option<Value> {
        if let Some(value) = self.positional.get_mut(position).and_then(Option::take) {
            return Some(value);
        }
        let at = self.named.iter().position(|(given, _)| given == name)?;
        Some(self.named.remove(at).1)
    }

    /// Gives back what was taken from this place.
    pub fn put_back(&mut self, position: usize, value: Value) {
        match self.positional.get_mut(position) {
            Some(place) => *place = Some(value),
            None => self.positional.insert(position.min(self.positional.len()), Some(value)),
        }
    }

    /// Whether the first argument is a number below 0.
    pub fn first_is_negative(&self) -> bool {
        matches!(self.positional.first(), Some(Some(Value::Int(size))) if *size < 0)
    }

    /// The argument at this place or of this name, left where it is.
    pub fn look(&self, position: usize, name: &str) -> Option<&Value> {
        self.positional.get(position).and_then(Option::as_ref).or_else(|| self.peek(name))
    }

    /// An argument given by name, left where it is.
    pub fn peek(&self, name: &str) -> Option<&Value> {
        self.named.iter().find(|(given, _)| given == name).map(|(_, value)| value)
    }

    /// The same, if it cannot be left out.
    pub fn need(&mut self, position: usize, name: &str) -> PyResult {
        match self.take(position, name) {
            Some(value) => Ok(value),
            None => raise("TypeError", format!("{}() missing 1 required positional argument: '{name}'", self.function)),
        }
    }

    /// The same, as a number.
    pub fn number(&mut self, position: usize, name: &str, default: f64) -> PyResult<f64> {
        self.take(position, name).map_or(Ok(default), |value| value.as_float())
    }

    /// The same, as a whole number.
    pub fn whole(&mut self, position: usize, name: &str, default: i64) -> PyResult<i64> {
        self.take(position, name).map_or(Ok(default), |value| value.as_int())
    }

    /// The same, as true or false.
    pub fn flag(&mut self, position: usize, name: &str, default: bool) -> PyResult<bool> {
        self.take(position, name).map_or(Ok(default), |value| value.truth())
    }

    /// The sizes of a shape from `position` on: `(2, 3)`, `2, 3` or `size=(2, 3)`.
    pub fn sizes(&mut self, position: usize, name: &str) -> PyResult<Vec<i64>> {
        let mut sizes = Vec::new();
        for at in position..self.count().max(position + 1) {
            match self.take(at, name) {
                None => break,
                Some(value @ (Value::List(_) | Value::Tuple(_) | Value::Size(_))) => {
                    for item in value.items()? {
                        sizes.push(item.as_int()?);
                    }
                    return Ok(sizes);
                }
                Some(value) => sizes.push(value.as_int()?),
            }
        }
        Ok(sizes)
    }

    /// `dtype=...`
    pub fn dtype(&mut self) -> PyResult<Option<DType>> {
        match self.take(usize::MAX, "dtype") {
            None | Some(Value::None) => Ok(None),
            Some(Value::DType(dtype)) => Ok(Some(dtype)),
            Some(other) => {
                raise("TypeError", format!("{}(): dtype must be torch.dtype, not {}", self.function, other.type_name()))
            }
        }
    }

    /// An error where something given was not used.
    pub fn finish(self) -> PyResult<()> {
        if let Some((name, _)) = self.named.first() {
            return raise("TypeError", format!("{}() got an unexpected keyword argument '{name}'", self.function));
        }
        if self.positional.iter().any(Option::is_some) {
            return raise("TypeError", format!("{}() takes fewer arguments than were given", self.function));
        }
        Ok(())
    }
}
