//! Dictionaries: `{'lr': 0.1}`, and what `net.state_dict()` returns. Keys are told apart by what they look like.

use super::arguments::Arguments;
use super::value::{PyResult, Value, raise};
use std::cell::RefCell;

/// Keys with their values, in the order in which they came.
pub struct Dict {
    entries: RefCell<Vec<(Value, Value)>>,
    /// Whether it is an `OrderedDict`, which says so when it is printed.
    ordered: bool,
}

impl Dict {
    /// `{key: value}`; the later of two equal keys counts.
    pub fn new(entries: Vec<(Value, Value)>) -> PyResult<Dict> {
        let dict = Dict { entries: RefCell::default(), ordered: false };
        entries.into_iter().try_for_each(|(key, value)| dict.set(key, value))?;
        Ok(dict)
    }

    /// `OrderedDict` of keys that differ.
    pub fn ordered(entries: Vec<(Value, Value)>) -> Dict {
        Dict { entries: RefCell::new(entries), ordered: true }
    }

    /// Python's class name.
    pub fn class_name(&self) -> &'static str {
        if self.ordered { "OrderedDict" } else { "dict" }
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Its keys: what `for` walks through.
    pub fn keys(&self) -> Vec<Value> {
        self.entries.borrow().iter().map(|(key, _)| key.clone()).collect()
    }

    fn place(&self, key: &Value) -> PyResult<Option<usize>> {
        let text = key.repr()?;
        for (at, (own, _)) in self.entries.borrow().iter().enumerate() {
            if own.repr()? == text {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// What stands under a name, if anything does.
    pub fn find(&self, name: &str) -> Option<Value> {
        let is_named = |key: &Value| matches!(key, Value::Text(text) if &**text == name);
        self.entries.borrow().iter().find(|(key, _)| is_named(key)).map(|(_, value)| value.clone())
    }

    /// `dict[key]`
    pub fn get(&self, key: &Value) -> PyResult {
        match self.place(key)? {
            Some(at) => Ok(self.entries.borrow()[at].1.clone()),
            None => raise("KeyError", key.repr()?),
        }
    }

    /// `dict[key] = value`
    pub fn set(&self, key: Value, value: Value) -> PyResult<()> {
        match self.place(&key)? {
            Some(at) => self.entries.borrow_mut()[at].1 = value,
            None => self.entries.borrow_mut().push((key, value)),
        }
        Ok(())
    }

    /// As Python prints it.
    pub fn repr(&self) -> PyResult<String> {
        let shown = |(key, value): &(Value, Value)| Ok((key.repr()?, value.repr()?));
        let entries: Vec<(String, String)> = self.entries.borrow().iter().map(shown).collect::<PyResult<_>>()?;
        if self.ordered {
            let pairs: Vec<String> = entries.iter().map(|(key, value)| format!("({key}, {value})")).collect();
            return Ok(format!("OrderedDict([{}])", pairs.join(", ")).replace("([])", "()"));
        }
        let pairs: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        Ok(format!("{{{}}}", pairs.join(", ")))
    }

    /// `dict.keys()`, `dict.values()`, `dict.items()`, `dict.get(key, default)`
    pub fn method(&self, name: &str, mut arguments: Arguments) -> PyResult {
        let value = match name {
            "keys" => Value::list(self.keys()),
            "values" => Value::list(self.entries.borrow().iter().map(|(_, value)| value.clone()).collect()),
            "items" => {
                let pair = |(key, value): &(Value, Value)| Value::tuple(vec![key.clone(), value.clone()]);
                Value::list(self.entries.borrow().iter().map(pair).collect())
            }
            "get" => {
                let key = arguments.need(0, "key")?;
                let default = arguments.take(1, "default").unwrap_or(Value::None);
                if self.place(&key)?.is_some() { self.get(&key)? } else { default }
            }
            _ => return raise("AttributeError", format!("'{}' object has no attribute '{name}'", self.class_name())),
        };
        arguments.finish()?;
        Ok(value)
    }
}
