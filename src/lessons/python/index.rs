//! `x[...]`: numbers, slices, lists, masks, `None` and `...`, as PyTorch combines them.

use super::operators::beside;
use super::value::{PyResult, Value, Variable, raise};
use super::variable::Written;
use super::views;
use crate::dtype::DType;
use crate::tensor::{Index, Tensor};
use std::rc::Rc;

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
        (Value::Tensor(variable), _) => {
            let at = parts(at)?;
            Ok(match selects(&at) {
                true => Value::tensor(variable.get().index(&at)?),
                false => Value::Tensor(views::at(variable, &at)?),
            })
        }
        (Value::Module(module), [Part::Value(position)]) => module.child(position.as_int()?),
        (Value::Module(module), [Part::Slice(from, to, None)]) if !module.children().is_empty() => {
            let (from, to, _) = bounds(*from, *to, None, module.children().len())?;
            Ok(Value::Module(Rc::new(module.part(from..to.max(from)))))
        }
        (Value::Dict(dict), [Part::Value(key)]) => dict.get(key),
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
        Value::Tensor(variable) => store_in_tensor(variable, &parts(at)?, value),
        Value::List(items) => match at {
            [Part::Value(position)] => {
                let length = items.borrow().len();
                let place = place(position.as_int()?, length, "list assignment index out of range")?;
                items.borrow_mut()[place] = value.clone();
                Ok(())
            }
            _ => raise("TypeError", "this page assigns to one place of a list at a time"),
        },
        Value::Dict(dict) => match at {
            [Part::Value(key)] => dict.set(key.clone(), value.clone()),
            _ => raise("TypeError", "unhashable type: 'slice'"),
        },
        other => raise("TypeError", format!("'{}' object does not support item assignment", other.type_name())),
    }
}

/// Whether lists or masks pick the elements: then the result is a copy, not a view.
fn selects(at: &[Index]) -> bool {
    at.iter().any(picks)
}

/// As in PyTorch: what is no list or mask makes a view, which the value is copied to, or in which lists and masks pick.
fn store_in_tensor(variable: &Rc<Variable>, at: &[Index], value: &Value) -> PyResult<()> {
    let place = match at.iter().all(|part| matches!(part, Index::Ellipsis) || *part == Index::ALL || picks(part)) {
        true => variable.clone(),
        false => views::at(variable, &at.iter().flat_map(unpicked).collect::<Vec<_>>())?,
    };
    let present = place.get();
    let number = !matches!(value, Value::Tensor(_));
    let given = beside(value, &present)?;
    if selects(at) {
        let rest: Vec<Index> = at
            .iter()
            .filter(|part| !matches!(part, Index::At(_)))
            .map(|part| match part {
                Index::Range { .. } | Index::NewAxis => Index::ALL,
                other => other.clone(),
            })
            .collect();
        let name = match at.iter().find(|part| picks(part)) {
            _ if !number => "IndexPutBackward0",
            Some(Index::Mask { .. }) => "MaskedFillBackward0",
            _ => "IndexFillBackward0",
        };
        if let Value::Tensor(read) = value {
            place.refuse_overlap(read)?;
        }
        let filled = present.index_put(&rest, &given)?;
        // One number where a mask is true is filled in, whatever its dtype.
        let fills = given.numel() == 1 && matches!(rest[..], [Index::Mask { ref shape, .. }] if !shape.is_empty());
        if !number && !fills && given.dtype() != present.dtype() {
            let (to, from) = (present.dtype().class_name(), given.dtype().class_name());
            let message = format!(
                "Index put requires the source and destination dtypes match, got {to} for the destination and {from} for the source."
            );
            return raise("RuntimeError", message);
        }
        // PyTorch lets what lists and masks pick be written even where several elements are one in memory.
        return place.write(&filled.named(name), Written::Number);
    }
    let filled = present.index_put(&[Index::Ellipsis], &given)?;
    if let Value::Tensor(read) = value {
        place.refuse_overlap_stretched(read)?;
    }
    let (name, written) = if number { ("FillBackward2", Written::Number) } else { ("CopyBackwards", Written::Elements) };
    place.write(&filled.named(name), written)
}

fn picks(part: &Index) -> bool {
    matches!(part, Index::List { .. } | Index::Mask { .. })
}

/// The whole axes in place of a list or a mask.
fn unpicked(part: &Index) -> Vec<Index> {
    match part {
        Index::List { .. } => vec![Index::ALL],
        Index::Mask { shape, .. } => vec![Index::ALL; shape.len()],
        other => vec![other.clone()],
    }
}
