//! `x[...]`: numbers, slices, lists, masks, `None` and `...`, as PyTorch combines them.

use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::tensor::{Index, Tensor};

/// One entry between the brackets.
#[derive(Clone)]
pub enum Part {
    /// A number, a list, a mask, `None`.
    Value(Value),
    /// `from:to:step`
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// `...`
    Ellipsis,
}

/// `of[at]`
pub fn get(of: &Value, at: &[Part]) -> PyResult {
    match (of, at) {
        (Value::Tensor(variable), _) => Ok(Value::tensor(tensor(&variable.get(), at)?)),
        (Value::Module(module), [Part::Value(position)]) => module.child(position.as_int()?),
        (Value::List(_) | Value::Tuple(_) | Value::Size(_) | Value::Found(..), [part]) => sequence(of, part),
        (Value::Text(text), [Part::Value(position)]) => {
            let letters: Vec<char> = text.chars().collect();
            let place = place(position.as_int()?, letters.len(), "string index out of range")?;
            Ok(Value::text(&letters[place].to_string()))
        }
        (other, _) => raise("TypeError", format!("'{}' object is not subscriptable", other.type_name())),
    }
}

fn place(position: i64, length: usize, message: &str) -> PyResult<usize> {
    let counted = if position < 0 { position + length as i64 } else { position };
    match usize::try_from(counted) {
        Ok(place) if place < length => Ok(place),
        _ => raise("IndexError", message),
    }
}

fn sequence(of: &Value, part: &Part) -> PyResult {
    let items = of.items()?;
    match part {
        Part::Value(position) => {
            let message = format!("{} index out of range", of.type_name());
            Ok(items[place(position.as_int()?, items.len(), &message)?].clone())
        }
        Part::Slice(from, to, step) => {
            let (from, to, step) = bounds(*from, *to, *step, items.len())?;
            let chosen: Vec<Value> = items[from..to.max(from)].iter().step_by(step).cloned().collect();
            Ok(if matches!(of, Value::List(_)) { Value::list(chosen) } else { Value::tuple(chosen) })
        }
        Part::Ellipsis => raise("TypeError", "indices must be integers or slices, not ellipsis"),
    }
}

/// A slice's bounds, cut to the length.
fn bounds(from: Option<i64>, to: Option<i64>, step: Option<i64>, length: usize) -> PyResult<(usize, usize, usize)> {
    let step = step.unwrap_or(1);
    if step < 1 {
        return raise("ValueError", "step must be greater than zero");
    }
    let length = length as i64;
    let cut = |bound: i64| (if bound < 0 { bound + length } else { bound }).clamp(0, length) as usize;
    Ok((cut(from.unwrap_or(0)), cut(to.unwrap_or(length)), step as usize))
}

/// The parts as the core takes them.
fn parts(at: &[Part]) -> PyResult<Vec<Index>> {
    match at {
        // A tuple in a variable is as good as its items between the brackets.
        [Part::Value(Value::Tuple(items))] => items.iter().map(|item| part(&Part::Value(item.clone()))).collect(),
        at => at.iter().map(part).collect(),
    }
}

fn part(part: &Part) -> PyResult<Index> {
    Ok(match part {
        Part::Ellipsis => Index::Ellipsis,
        Part::Slice(start, end, step) => Index::Range { start: *start, end: *end, step: *step },
        Part::Value(Value::None) => Index::NewAxis,
        Part::Value(Value::Int(position)) => Index::At(*position),
        Part::Value(Value::Bool(truth)) => Index::Mask { truths: vec![*truth], shape: vec![] },
        Part::Value(Value::Tensor(variable)) => match variable.get() {
            one if one.dim() == 0 && one.dtype() == DType::Int64 => Index::At(one.item()? as i64),
            tensor => Index::tensor(&tensor)?,
        },
        Part::Value(list @ (Value::List(_) | Value::Tuple(_) | Value::Range(..))) => {
            let tensor = super::make::from_nested(&Value::list(list.items()?))?;
            Index::tensor(&if tensor.numel() == 0 { tensor.to_dtype(DType::Int64)? } else { tensor })?
        }
        Part::Value(other) => {
            let message = format!(
                "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})",
                other.type_name()
            );
            return raise("IndexError", message);
        }
    })
}

/// `of[at]` for a tensor. Differentiable.
pub fn tensor(of: &Tensor, at: &[Part]) -> PyResult<Tensor> {
    Ok(of.index(&parts(at)?)?)
}

/// `of[at] = value`
pub fn store(of: &Value, at: &[Part], value: &Value) -> PyResult<()> {
    match of {
        Value::Tensor(variable) => {
            let present = variable.get();
            let at = parts(at)?;
            let written = present.index_put(&at, &super::operators::beside(value, &present)?)?;
            let leaf = present.is_leaf() && present.requires_grad();
            if leaf && written.op().is_some() {
                let scatters = at.iter().any(|part| matches!(part, Index::List { .. } | Index::Mask { .. }));
                let what = if scatters { "leaf" } else { "view of a leaf" };
                let message = format!("a {what} Variable that requires grad is being used in an in-place operation.");
                return raise("RuntimeError", message);
            }
            let written = if leaf { written.detach().requires_grad_(true)? } else { written };
            *variable.tensor.borrow_mut() = written;
            Ok(())
        }
        Value::List(items) => match at {
            [Part::Value(position)] => {
                let length = items.borrow().len();
                let place = place(position.as_int()?, length, "list assignment index out of range")?;
                items.borrow_mut()[place] = value.clone();
                Ok(())
            }
            _ => raise("TypeError", "this page assigns to one place of a list at a time"),
        },
        other => raise("TypeError", format!("'{}' object does not support item assignment", other.type_name())),
    }
}
