//! `x[...]`: numbers, slices, lists, masks, `None` and `...`, as PyTorch combines them.

use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::tensor::Tensor;

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
        (Value::List(_) | Value::Tuple(_) | Value::Size(_), [part]) => sequence(of, part),
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

/// A list of positions and the axis of the result that it stands on.
struct Chosen {
    axis: usize,
    positions: Vec<i64>,
    sizes: Vec<usize>,
}

/// `of[at]` for a tensor. Differentiable.
pub fn tensor(of: &Tensor, at: &[Part]) -> PyResult<Tensor> {
    let used = at.iter().filter(|part| !matches!(part, Part::Ellipsis | Part::Value(Value::None))).count();
    let masks: usize = at.iter().filter_map(mask_axes).map(|axes| axes.saturating_sub(1)).sum();
    if used + masks > of.dim() {
        return raise("IndexError", format!("too many indices for tensor of dimension {}", of.dim()));
    }
    let mut result = of.clone();
    let mut axis = 0;
    let mut chosen: Vec<Chosen> = Vec::new();
    for part in at {
        match part {
            Part::Ellipsis => axis += of.dim() - used - masks,
            Part::Value(Value::None) => {
                result = result.unsqueeze(axis as i64)?;
                axis += 1;
            }
            Part::Slice(from, to, step) => {
                let (from, to, step) = bounds(*from, *to, *step, result.shape()[axis])?;
                result = result.slice(axis as i64, from as i64, to.max(from) as i64, step)?;
                axis += 1;
            }
            Part::Value(value @ (Value::Int(_) | Value::Bool(_))) => result = result.select(axis as i64, value.as_int()?)?,
            Part::Value(value) => {
                let (positions, sizes, axes) = positions(value, &result, axis)?;
                if axes > 1 {
                    result = result.flatten(axis as i64, (axis + axes - 1) as i64)?;
                }
                chosen.push(Chosen { axis, positions, sizes });
                axis += 1;
            }
        }
    }
    pick(result, &chosen)
}

/// How many axes a mask covers.
fn mask_axes(part: &Part) -> Option<usize> {
    match part {
        Part::Value(Value::Tensor(variable)) if variable.get().dtype() == DType::Bool => Some(variable.get().dim()),
        _ => None,
    }
}

/// The positions that a list, an index tensor or a mask names; the shape they are in; the axes they stand for.
fn positions(value: &Value, of: &Tensor, axis: usize) -> PyResult<(Vec<i64>, Vec<usize>, usize)> {
    match value {
        Value::Tensor(variable) => {
            let tensor = variable.get();
            let values = tensor.to_f64_vec()?;
            match tensor.dtype() {
                DType::Bool => {
                    let fits = of.shape().get(axis..axis + tensor.dim()).is_some_and(|sizes| sizes == &tensor.shape()[..]);
                    if !fits {
                        let message = format!(
                            "The shape of the mask {} at index 0 does not match the shape of the indexed tensor {} at index 0",
                            tensor.shape(),
                            of.shape()
                        );
                        return raise("IndexError", message);
                    }
                    let set: Vec<i64> = (0..values.len() as i64).filter(|&i| values[i as usize] != 0.0).collect();
                    let sizes = vec![set.len()];
                    Ok((set, sizes, tensor.dim()))
                }
                DType::Int64 => Ok((values.into_iter().map(|value| value as i64).collect(), tensor.shape().to_vec(), 1)),
                _ => raise("IndexError", "tensors used as indices must be long, int, byte or bool tensors"),
            }
        }
        Value::List(_) | Value::Tuple(_) => {
            let list: Vec<i64> = value.items()?.iter().map(Value::as_int).collect::<PyResult<_>>()?;
            let sizes = vec![list.len()];
            Ok((list, sizes, 1))
        }
        other => raise("TypeError", format!("indices must be integers, slices or lists, not {}", other.type_name())),
    }
}

/// Several lists are paired up, not crossed: their axes become one, in which the pairs are counted.
fn pick(of: Tensor, chosen: &[Chosen]) -> PyResult<Tensor> {
    let Some(first) = chosen.first() else { return Ok(of) };
    let longest = chosen.iter().max_by_key(|list| list.positions.len()).unwrap_or(first);
    let count = longest.positions.len();
    if chosen.iter().any(|list| list.positions.len() != count && list.positions.len() != 1) {
        let shapes: Vec<String> = chosen.iter().map(|list| format!("{:?}", list.sizes)).collect();
        let message =
            format!("shape mismatch: indexing tensors could not be broadcast together with shapes {}", shapes.join(", "));
        return raise("IndexError", message);
    }
    if chosen.windows(2).any(|pair| pair[0].axis + 1 != pair[1].axis) {
        return raise("IndexError", "this page pairs lists only where they stand side by side");
    }
    let mut flat = vec![0i64; count];
    for list in chosen {
        let size = of.shape()[list.axis] as i64;
        for (i, place) in flat.iter_mut().enumerate() {
            let position = list.positions[if list.positions.len() == 1 { 0 } else { i }];
            if !(-size..size).contains(&position) {
                let message = format!("index {position} is out of bounds for dimension {} with size {size}", list.axis);
                return raise("IndexError", message);
            }
            *place = *place * size + position.rem_euclid(size);
        }
    }
    let merged = of.flatten(first.axis as i64, (first.axis + chosen.len() - 1) as i64)?;
    let picked = merged.index_select(first.axis as i64, &flat)?;
    let mut sizes = picked.shape().to_vec();
    sizes.splice(first.axis..=first.axis, longest.sizes.iter().copied());
    Ok(picked.reshape(sizes)?)
}

/// The flat positions, row-major, that `[at]` chooses in a tensor of these sizes, in the order of the result.
pub fn chosen(sizes: &[usize], at: &[Part]) -> PyResult<Vec<usize>> {
    let count: usize = sizes.iter().product();
    let numbered = Tensor::from_vec((0..count as i64).collect(), sizes)?;
    let found = tensor(&numbered, at)?.to_f64_vec()?;
    Ok(found.into_iter().map(|position| position as usize).collect())
}

/// `of[at] = value`
pub fn store(of: &Value, at: &[Part], value: &Value) -> PyResult<()> {
    match of {
        Value::Tensor(variable) => {
            let present = variable.get();
            if present.requires_grad() {
                return raise("RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation.");
            }
            let places = chosen(present.shape(), at)?;
            let target = tensor(&present, at)?;
            let new = super::operators::beside(value, &present)?.to_dtype(present.dtype())?;
            let new = new.broadcast_to(target.shape().clone())?.to_f64_vec()?;
            let mut all = present.to_f64_vec()?;
            for (place, number) in places.into_iter().zip(new) {
                all[place] = number;
            }
            let written = Tensor::from_vec(all, present.shape().clone())?.to_dtype(present.dtype())?;
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
