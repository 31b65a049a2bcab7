//! Functions that give the same elements, or some of them, in another shape.

use super::arguments::Arguments;
use super::value::{PyResult, Value};
use crate::tensor::Tensor;

/// `torch.cat`, `torch.stack`
pub fn join(name: &str, arguments: &mut Arguments) -> PyResult {
    let tensors = arguments.need(0, "tensors")?.items()?;
    let tensors = tensors.iter().map(Value::as_tensor).collect::<PyResult<Vec<_>>>()?;
    let dim = arguments.whole(1, "dim", 0)?;
    Ok(Value::tensor(if name == "cat" { Tensor::cat(&tensors, dim)? } else { Tensor::stack(&tensors, dim)? }))
}

/// Calls one of the others, if `name` is one.
pub fn call(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Value>> {
    let result = match name {
        "reshape" => x.view(&arguments.sizes(1, "shape")?)?,
        "view" => x.view(&arguments.sizes(1, "size")?)?,
        "expand" => x.expand(&arguments.sizes(1, "size")?)?,
        "broadcast_to" => x.expand(&arguments.sizes(1, "size")?)?,
        "flatten" => x.flatten(arguments.whole(1, "start_dim", 0)?, arguments.whole(2, "end_dim", -1)?)?,
        "squeeze" => x.squeeze(arguments.take(1, "dim").map(|dim| dim.as_int()).transpose()?)?,
        "unsqueeze" => x.unsqueeze(arguments.need(1, "dim")?.as_int()?)?,
        "transpose" => x.transpose(arguments.need(1, "dim0")?.as_int()?, arguments.need(2, "dim1")?.as_int()?)?,
        "t" => x.t()?,
        "permute" => x.permute(&arguments.sizes(1, "dims")?)?,
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
            x.index_select_tensor(dim, &arguments.need(2, "index")?.as_tensor()?)?
        }
        "masked_select" => x.masked_select(&arguments.need(1, "mask")?.as_tensor()?)?,
        "nonzero" => x.nonzero()?,
        "split" | "chunk" => {
            let size = arguments.need(1, if name == "split" { "split_size" } else { "chunks" })?;
            let dim = arguments.whole(2, "dim", 0)?;
            let pieces = match (name, &size) {
                ("chunk", size) => x.chunk(size.as_int()?.max(0) as usize, dim)?,
                (_, Value::List(_) | Value::Tuple(_)) => {
                    let sizes: PyResult<Vec<usize>> =
                        size.items()?.iter().map(|size| Ok(size.as_int()?.max(0) as usize)).collect();
                    x.split_with_sizes(&sizes?, dim)?
                }
                (_, size) => x.split(size.as_int()?.max(0) as usize, dim)?,
            };
            return Ok(Some(Value::tuple(pieces.into_iter().map(Value::tensor).collect())));
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::tensor(result)))
}
