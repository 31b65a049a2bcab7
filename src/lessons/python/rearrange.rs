//! Functions that give the same elements, or some of them, in another shape.

use super::arguments::Arguments;
use super::value::{PyResult, Value, raise};
use crate::dtype::DType;
use crate::tensor::Tensor;
use std::rc::Rc;

/// `torch.where(condition)`: the positions of what is true, an axis each.
pub fn where_true(condition: &Tensor) -> PyResult {
    let places = condition.nonzero()?;
    let columns = 0..places.shape()[1] as i64;
    Ok(Value::tuple(columns.map(|axis| Ok(Value::tensor(places.select(1, axis)?))).collect::<PyResult<_>>()?))
}

/// `torch.hstack`, `torch.vstack`: along the columns or the rows of what has at least so many axes.
fn stacked(name: &str, tensors: &[Tensor]) -> crate::Result<Tensor> {
    let least = if name == "hstack" { 1 } else { 2 };
    let grown = tensors.iter().map(|tensor| match (least, tensor.dim()) {
        (_, 0) => tensor.reshape(vec![1; least]),
        (2, 1) => tensor.unsqueeze(0),
        _ => Ok(tensor.clone()),
    });
    let grown = grown.collect::<crate::Result<Vec<_>>>()?;
    let columns = name == "hstack" && grown.first().is_some_and(|tensor| tensor.dim() > 1);
    Tensor::cat(&grown, i64::from(columns))
}

/// `torch.cat`, `torch.stack`, `torch.hstack`, `torch.vstack`
pub fn join(name: &str, arguments: &mut Arguments) -> PyResult {
    let tensors = arguments.need(0, "tensors")?.items()?;
    let tensors = tensors.iter().map(Value::as_tensor).collect::<PyResult<Vec<_>>>()?;
    if name == "hstack" || name == "vstack" {
        return Ok(Value::tensor(stacked(name, &tensors)?));
    }
    let dim = arguments.whole(1, "dim", 0)?;
    Ok(Value::tensor(if name == "cat" { Tensor::cat(&tensors, dim)? } else { Tensor::stack(&tensors, dim)? }))
}

/// Calls one of the others, if `name` is one.
pub fn call(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    let result = match name {
        "flip" => x.flip(&arguments.sizes(1, "dims")?)?,
        "diag" => x.diag()?,
        "tril" => x.tril(arguments.whole(1, "diagonal", 0)?)?,
        "triu" => x.triu(arguments.whole(1, "diagonal", 0)?)?,
        "gather" => {
            let dim = arguments.need(1, "dim")?.as_int()?;
            x.gather(dim, &arguments.need(2, "index")?.as_tensor()?)?
        }
        "index_select" => {
            let dim = arguments.need(1, "dim")?.as_int()?;
            let index = arguments.need(2, "index")?.as_tensor()?;
            if index.dtype() == DType::Int64 && index.to_f64_vec()?.iter().any(|&at| at < 0.0) {
                return raise("IndexError", "index out of range in self");
            }
            x.index_select_tensor(dim, &index)?
        }
        "masked_select" => x.masked_select(&arguments.need(1, "mask")?.as_tensor()?)?,
        "nonzero" => x.nonzero()?,
        "repeat" => {
            let times = arguments.sizes(1, "repeats")?;
            x.repeat(&times.iter().map(|&times| times.max(0) as usize).collect::<Vec<_>>())?
        }
        "roll" => {
            let shift = arguments.need(1, "shifts")?.as_int()?;
            match arguments.take(2, "dims") {
                Some(dim) => x.roll(shift, dim.as_int()?)?,
                None => x.flatten(0, -1)?.roll(shift, 0)?.reshape(x.shape().clone())?.named("RollBackward0"),
            }
        }
        "sort" | "argsort" | "topk" => return ordered(name, x, arguments).map(Some),
        _ => return Ok(None),
    };
    Ok(Some(Value::tensor(result)))
}

/// `torch.sort`, `torch.argsort`, `torch.topk`
fn ordered(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult {
    let (values, places) = match name {
        "topk" if x.dtype() == DType::Bool => {
            return raise("NotImplementedError", "topk does not support bool dtypes on CPU");
        }
        "topk" => {
            let k = arguments.need(1, "k")?.as_int()?.max(0) as usize;
            x.topk(k, arguments.whole(2, "dim", -1)?, arguments.flag(3, "largest", true)?)?
        }
        _ => {
            // Ours always is.
            arguments.take(usize::MAX, "stable");
            let dim = arguments.whole(1, "dim", -1)?;
            x.sort(dim, arguments.flag(2, "descending", false)?)?
        }
    };
    Ok(match name {
        "argsort" => Value::tensor(places),
        "sort" => Value::Found("sort", Rc::new([Value::tensor(values), Value::tensor(places)])),
        _ => Value::Found("topk", Rc::new([Value::tensor(values), Value::tensor(places)])),
    })
}
