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
        _ => return Ok(None),
    };
    Ok(Some(Value::tensor(result)))
}
