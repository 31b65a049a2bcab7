//! Functions whose result shows the memory of their input: each gives what the view holds, and where that lies.

use super::arguments::Arguments;
use super::value::{PyResult, Value, Variable, raise};
use super::variable::Origin;
use crate::tensor::{Index, Layout, Tensor};
use std::rc::Rc;

const NAMES: [&str; 22] = [
    "reshape",
    "reshape_as",
    "view",
    "view_as",
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "transpose",
    "swapaxes",
    "t",
    "permute",
    "movedim",
    "expand",
    "expand_as",
    "broadcast_to",
    "narrow",
    "select",
    "split",
    "chunk",
    "unbind",
    "detach",
];

/// Whether a function of tensors gives views.
pub fn knows(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Whether `torch.x` is one; the others are methods only.
pub fn is_function(name: &str) -> bool {
    knows(name) && !["view", "view_as", "reshape_as", "expand", "expand_as"].contains(&name)
}

/// Calls one of them; `arguments` have the tensor at place 0, which was taken.
pub fn call(name: &str, of: &Rc<Variable>, arguments: &mut Arguments) -> PyResult {
    let (x, layout) = (of.get(), of.layout());
    let view = |(tensor, layout): (Tensor, Layout)| Ok(Value::Tensor(of.view(tensor, layout, Origin::View)));
    match name {
        "split" | "chunk" => split(name, of, arguments),
        "unbind" => Ok(Value::tuple(unbind(of, arguments.whole(1, "dim", 0)?)?)),
        "detach" => Ok(detached(of, Origin::Detached)),
        "view" | "view_as" => {
            let tensor = reshaped(name, &x, arguments)?;
            match layout.reshaped(tensor.shape()) {
                Some(layout) => view((tensor, layout)),
                None => raise(
                    "RuntimeError",
                    "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous \
                     subspaces). Use .reshape(...) instead.",
                ),
            }
        }
        "reshape" | "reshape_as" | "flatten" | "unflatten" => {
            let tensor = reshaped(name, &x, arguments)?;
            match layout.reshaped(tensor.shape()) {
                // `flatten` gives one axis back as it is.
                Some(_) if name == "flatten" && tensor.dim() == x.dim() => Ok(Value::Tensor(of.clone())),
                Some(layout) => view((tensor, layout)),
                None => Ok(Value::named(tensor, "UnsafeViewBackward0")),
            }
        }
        _ => {
            let (tensor, layout) = strided(name, &x, &layout, arguments)?;
            // A view of the whole is another tensor all the same.
            let own = if tensor.id() == x.id() { x.reshape(x.shape().clone())?.named("AliasBackward0") } else { tensor };
            view((own, layout))
        }
    }
}

fn reshaped(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Tensor> {
    Ok(match name {
        "view" => x.view(&arguments.sizes(1, "size")?)?,
        "reshape" => x.view(&arguments.sizes(1, "shape")?)?,
        "flatten" => x.flatten(arguments.whole(1, "start_dim", 0)?, arguments.whole(2, "end_dim", -1)?)?,
        "unflatten" => {
            let axis = x.shape().axis(arguments.need(1, "dim")?.as_int()?)?;
            let inner = arguments.sizes(2, "sizes")?;
            let own = x.shape().iter().map(|&size| size as i64).collect::<Vec<_>>();
            x.view(&[&own[..axis], &inner[..], &own[(axis + 1).min(own.len())..]].concat())?
        }
        _ => x.reshape(arguments.need(1, "other")?.as_tensor()?.shape().clone())?,
    })
}

/// What a view holds and where it lies, for views that strides alone describe.
fn strided(name: &str, x: &Tensor, layout: &Layout, arguments: &mut Arguments) -> PyResult<(Tensor, Layout)> {
    Ok(match name {
        "squeeze" => {
            let only = arguments.take(1, "dim").map(|dim| dim.as_int()).transpose()?;
            let tensor = x.squeeze(only)?;
            let only = only.map(|axis| x.shape().axis(axis)).transpose()?;
            let axes = (0..x.dim()).filter(|&axis| x.shape()[axis] == 1 && only.is_none_or(|only| only == axis));
            (tensor, layout.squeezed(&axes.collect::<Vec<_>>()))
        }
        "unsqueeze" => {
            let axis = arguments.need(1, "dim")?.as_int()?;
            let tensor = x.unsqueeze(axis)?;
            let axis = if axis < 0 { axis + tensor.dim() as i64 } else { axis };
            (tensor, layout.unsqueezed(axis as usize))
        }
        "transpose" | "swapaxes" => {
            let (a, b) = (arguments.need(1, "dim0")?.as_int()?, arguments.need(2, "dim1")?.as_int()?);
            let tensor = x.transpose(a, b)?;
            let mut order: Vec<usize> = (0..x.dim()).collect();
            if !order.is_empty() {
                order.swap(x.shape().axis(a)?, x.shape().axis(b)?);
            }
            (tensor, layout.permuted(&order))
        }
        "t" => (x.t()?, layout.permuted(&(0..x.dim()).rev().collect::<Vec<_>>())),
        "permute" => permuted(x, layout, &arguments.sizes(1, "dims")?)?,
        "movedim" => {
            let from = x.shape().axis(arguments.need(1, "source")?.as_int()?)?;
            let to = x.shape().axis(arguments.need(2, "destination")?.as_int()?)?;
            let mut order: Vec<i64> = (0..x.dim() as i64).filter(|&axis| axis != from as i64).collect();
            order.insert(to.min(order.len()), from as i64);
            permuted(x, layout, &order[..x.dim()])?
        }
        "expand" | "broadcast_to" | "expand_as" => {
            let sizes = match name {
                "expand_as" => arguments.need(1, "other")?.as_tensor()?.shape().iter().map(|&size| size as i64).collect(),
                _ => arguments.sizes(1, "size")?,
            };
            let tensor = x.expand(&sizes)?;
            let layout = layout.expanded(tensor.shape());
            (tensor, layout)
        }
        "narrow" => {
            let (axis, start) = (arguments.need(1, "dim")?.as_int()?, arguments.need(2, "start")?.as_int()?);
            narrowed(x, layout, axis, start, arguments.need(3, "length")?.as_int()?)?
        }
        _ => {
            let axis = arguments.need(1, "dim")?.as_int()?;
            let position = arguments.need(2, "index")?.as_int()?;
            let tensor = x.select(axis, position)?;
            let mut parts = vec![Index::ALL; x.shape().axis(axis)?];
            parts.push(Index::At(position));
            (tensor, layout.at(&parts)?)
        }
    })
}

fn permuted(x: &Tensor, layout: &Layout, order: &[i64]) -> PyResult<(Tensor, Layout)> {
    let tensor = x.permute(order)?;
    let order: Vec<usize> = order.iter().map(|&axis| x.shape().axis(axis)).collect::<crate::Result<_>>()?;
    Ok((tensor, layout.permuted(&order)))
}

fn narrowed(x: &Tensor, layout: &Layout, axis: i64, start: i64, length: i64) -> PyResult<(Tensor, Layout)> {
    let at = x.shape().axis(axis)?;
    let size = x.shape().get(at).copied().unwrap_or_default() as i64;
    let start = if start < 0 { start + size } else { start };
    if length < 0 {
        return raise("RuntimeError", "narrow(): length must be non-negative.");
    }
    if start < 0 || start + length > size {
        return raise("RuntimeError", format!("start ({start}) + length ({length}) exceeds dimension size ({size})."));
    }
    let tensor = x.slice(axis, start, start + length, 1)?;
    let mut parts = vec![Index::ALL; at];
    parts.push(Index::range(start, start + length));
    Ok((tensor, layout.at(&parts)?))
}

/// `x.split(...)`, `x.chunk(...)`
fn split(name: &str, of: &Rc<Variable>, arguments: &mut Arguments) -> PyResult {
    let x = of.get();
    let size = arguments.need(1, if name == "split" { "split_size" } else { "chunks" })?;
    let dim = arguments.whole(2, "dim", 0)?;
    let pieces = match (name, &size) {
        ("chunk", size) => x.chunk(size.as_int()?.max(0) as usize, dim)?,
        (_, Value::List(_) | Value::Tuple(_)) => {
            let sizes: PyResult<Vec<usize>> = size.items()?.iter().map(|size| Ok(size.as_int()?.max(0) as usize)).collect();
            x.split_with_sizes(&sizes?, dim)?
        }
        (_, size) => x.split(size.as_int()?.max(0) as usize, dim)?,
    };
    let axis = x.shape().axis(dim)?;
    let mut start = 0;
    let mut views = Vec::with_capacity(pieces.len());
    for (number, piece) in pieces.into_iter().enumerate() {
        let length = piece.shape()[axis] as i64;
        let (_, layout) = narrowed(&x, &of.layout(), dim, start, length)?;
        start += length;
        views.push(Value::Tensor(of.view(piece, layout, Origin::OneOfMany(number, "Split"))));
    }
    Ok(Value::tuple(views))
}

/// `x.unbind(dim)`; what `for row in x` walks through.
pub fn unbind(of: &Rc<Variable>, dim: i64) -> PyResult<Vec<Value>> {
    let (x, layout) = (of.get(), of.layout());
    let axis = x.shape().axis(dim)?;
    if x.dim() == 0 {
        return raise("RuntimeError", "unbind(): expected a tensor with at least 1 dimension");
    }
    let one = |position: usize| {
        let mut parts = vec![Index::ALL; axis];
        parts.push(Index::At(position as i64));
        let tensor = x.select(dim, position as i64)?.named("UnbindBackward0");
        Ok(Value::Tensor(of.view(tensor, layout.at(&parts)?, Origin::OneOfMany(position, "Unbind"))))
    };
    (0..x.shape()[axis]).map(one).collect()
}

/// The gradient function of `x.t_()` and its kin, if `plain` with an underscore is one of them; without arguments or with some.
pub fn in_place_name(plain: &str, arguments: usize) -> Option<&'static str> {
    Some(match plain {
        "t" => "TBackward1",
        "transpose" | "swapaxes" => "TransposeBackward1",
        "unsqueeze" => "UnsqueezeBackward1",
        "squeeze" if arguments == 0 => "SqueezeBackward3",
        "squeeze" => "SqueezeBackward4",
        _ => return None,
    })
}

/// `x.t_()` and its kin: the variable itself becomes the view that the function without the underscore gives.
pub fn turn(plain: &str, of: &Rc<Variable>, mut arguments: Arguments, grad_fn: &'static str) -> PyResult<()> {
    arguments.take(0, "input");
    let view = call(plain, of, &mut arguments).map_err(|mut error| {
        error.message = error.message.replace("t() expects", "t_() expects");
        error
    })?;
    arguments.finish()?;
    match view {
        Value::Tensor(view) => of.turn(&view, grad_fn),
        _ => Ok(()),
    }
}

/// `x.detach()`, `x.data`
pub fn detached(of: &Rc<Variable>, origin: Origin) -> Value {
    Value::Tensor(of.view(of.get().detach(), of.layout(), origin))
}

/// `x.T`, `x.mT`
pub fn turned(of: &Rc<Variable>, name: &str) -> PyResult {
    let (x, layout) = (of.get(), of.layout());
    let mut order: Vec<usize> = (0..x.dim()).collect();
    if name == "T" {
        order.reverse();
        return Ok(Value::Tensor(of.view(x.T()?, layout.permuted(&order), Origin::View)));
    }
    if x.dim() < 2 {
        let message = format!("tensor.mT is only supported on matrices or batches of matrices. Got {}-D tensor.", x.dim());
        return raise("RuntimeError", message);
    }
    order.swap(x.dim() - 2, x.dim() - 1);
    Ok(Value::Tensor(of.view(x.transpose(-2, -1)?, layout.permuted(&order), Origin::View)))
}

/// The gradient function of the last part of an index that does something: among several, a range of all does nothing.
fn last_look(layout: &Layout, parts: &[Index]) -> PyResult<&'static str> {
    for (at, part) in parts.iter().enumerate().rev() {
        match part {
            Index::At(_) => return Ok("SelectBackward0"),
            Index::NewAxis => return Ok("UnsqueezeBackward0"),
            Index::Range { .. } => {
                let mut alone = parts.to_vec();
                alone[at] = Index::ALL;
                if parts.len() == 1 || layout.at(&alone)? != layout.at(parts)? {
                    return Ok("SliceBackward0");
                }
            }
            _ => {}
        }
    }
    Ok("AliasBackward0")
}

/// `x[parts]`, where no part is a list or a mask. Named after the last part that does something.
pub fn at(of: &Rc<Variable>, parts: &[Index]) -> PyResult<Rc<Variable>> {
    let x = of.get();
    let layout = of.layout().at(parts)?;
    let tensor = x.index(parts)?.named(last_look(&of.layout(), parts)?);
    Ok(of.view(tensor, layout, Origin::View))
}
