//! Functions of tensors, by whatever door they are called: `torch.sum(x)`, `x.sum()`, `F.relu(x)`. Here is who takes care of each;
//! the lists are in `names`.

use super::arguments::Arguments;
use super::elementwise::elementwise;
use super::interpreter::Interpreter;
use super::names::{IN_PLACE, canonical};
pub use super::names::{knows_method, knows_path};
use super::operators::{self, beside};
use super::syntax::{BinaryOperator, Comparison};
use super::value::{PyResult, Value, raise};
use super::variable::Written;
use super::{layer_functions, losses, rearrange, reductions, views};
use crate::tensor::Tensor;

/// Calls one of them; the tensor is the first argument.
pub fn call(interpreter: &mut Interpreter, name: &str, mut arguments: Arguments) -> PyResult {
    let name = canonical(name);
    if IN_PLACE.contains(&name) && arguments.flag(usize::MAX, "inplace", false)? {
        return written_in_place(interpreter, name, arguments);
    }
    let value = if let Some(Value::Text(how)) = rounding_mode(name, &mut arguments) {
        let left = arguments.need(0, "input")?.as_tensor()?;
        let right = beside(&arguments.need(1, "other")?, &left)?;
        Value::tensor(left.div_rounded(&right, &*how == "floor")?)
    } else if let Some(operator) = operator(name) {
        let left = arguments.need(0, "input")?;
        let mut right = arguments.need(1, "other")?;
        if let Some(alpha) = arguments.take(usize::MAX, "alpha") {
            // What the operator itself refuses comes first.
            operators::binary(&left, operator, &right)?;
            let whole = |side: &Value| !matches!(side, Value::Tensor(x) if x.get().dtype().is_floating());
            if whole(&left) && whole(&right) && matches!(alpha, Value::Float(_)) {
                let message = "For integral input tensors, argument alpha must not be a floating point number.";
                return raise("RuntimeError", message);
            }
            right = operators::binary(&right, BinaryOperator::Multiply, &alpha)?;
        }
        operators::binary(&left, operator, &right)?
    } else if let Some(comparison) = comparison(name) {
        let left = arguments.need(0, "input")?;
        operators::compare(&left, comparison, &arguments.need(1, "other")?)?
    } else if ["cat", "stack", "hstack", "vstack"].contains(&name) {
        rearrange::join(name, &mut arguments)?
    } else if name == "where" && arguments.count() == 1 {
        rearrange::where_true(&arguments.need(0, "condition")?.as_tensor()?)?
    } else if views::knows(name) {
        match arguments.need(0, "input")? {
            Value::Tensor(variable) => views::call(name, &variable, &mut arguments)?,
            other => {
                return raise(
                    "TypeError",
                    format!("{name}(): argument 'input' (position 1) must be Tensor, not {}", other.type_name()),
                );
            }
        }
    } else {
        let input = arguments.need(0, "input")?.as_tensor()?;
        of_one(interpreter, name, &input, &mut arguments)?
    };
    arguments.finish()?;
    Ok(value)
}

/// What `torch.div` is told about decimals.
fn rounding_mode(name: &str, arguments: &mut Arguments) -> Option<Value> {
    if name == "div" { arguments.take(usize::MAX, "rounding_mode") } else { None }
}

/// `F.relu(x, inplace=True)`: the result goes to where the input was.
fn written_in_place(interpreter: &mut Interpreter, name: &str, mut arguments: Arguments) -> PyResult {
    let input = arguments.need(0, "input")?;
    arguments.put_back(0, input.clone());
    let result = call(interpreter, name, arguments)?.as_tensor()?;
    if let Value::Tensor(variable) = &input {
        interpreter.write_in_place(variable, &in_place_name(result), Written::Elements)?;
    }
    Ok(input)
}

/// PyTorch has a gradient function of its own for this one in place.
pub(super) fn in_place_name(result: Tensor) -> Tensor {
    if result.grad_fn() == Some("LeakyReluBackward0") { result.named("LeakyReluBackward1") } else { result }
}

fn operator(name: &str) -> Option<BinaryOperator> {
    Some(match name {
        "add" => BinaryOperator::Add,
        "sub" => BinaryOperator::Subtract,
        "mul" => BinaryOperator::Multiply,
        "div" => BinaryOperator::Divide,
        "floor_divide" => BinaryOperator::FloorDivide,
        "remainder" => BinaryOperator::Remainder,
        "pow" => BinaryOperator::Power,
        "matmul" => BinaryOperator::MatrixMultiply,
        "bitwise_and" => BinaryOperator::And,
        "bitwise_or" => BinaryOperator::Or,
        "bitwise_xor" => BinaryOperator::Xor,
        _ => return None,
    })
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        "eq" => Comparison::Equal,
        "ne" => Comparison::NotEqual,
        "lt" => Comparison::Less,
        "le" => Comparison::LessEqual,
        "gt" => Comparison::Greater,
        "ge" => Comparison::GreaterEqual,
        _ => return None,
    })
}

fn of_one(interpreter: &mut Interpreter, name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult {
    if let Some(result) = elementwise(name, x, arguments)? {
        return Ok(Value::tensor(result));
    }
    if let Some(result) = of_two(name, x, arguments)? {
        return Ok(Value::tensor(result));
    }
    let found = [reductions::call, rearrange::call, losses::call];
    for group in found {
        if let Some(result) = group(name, x, arguments)? {
            return Ok(result);
        }
    }
    match layer_functions::call(interpreter, name, x, arguments)? {
        Some(result) => Ok(result),
        None => raise("NotImplementedError", format!("this page does not know {name}")),
    }
}

fn of_two(name: &str, x: &Tensor, arguments: &mut Arguments) -> PyResult<Option<Tensor>> {
    let mut other = |key: &str| arguments.need(1, key)?.as_tensor();
    Ok(Some(match name {
        "mm" => x.mm(&other("mat2")?)?,
        "bmm" => x.bmm(&other("mat2")?)?,
        "mv" => x.mv(&other("vec")?)?,
        "dot" => x.dot(&other("tensor")?)?,
        "outer" => x.outer(&other("vec2")?)?,
        "maximum" => x.maximum(&other("other")?)?,
        "minimum" => x.minimum(&other("other")?)?,
        "logical_and" => x.logical_and(&other("other")?)?,
        "logical_or" => x.logical_or(&other("other")?)?,
        "logical_xor" => x.logical_xor(&other("other")?)?,
        "masked_fill" => {
            let mask = other("mask")?;
            let value = beside(&arguments.need(2, "value")?, x)?.to_dtype(x.dtype())?;
            mask.where_(&value, x)?
        }
        "where" => {
            let (left, right) = (arguments.need(1, "input")?, arguments.need(2, "other")?);
            let like = left.as_tensor().or_else(|_| right.as_tensor());
            // Two numbers make a tensor as `torch.tensor` would.
            let side = |value: &Value| match &like {
                Ok(like) => beside(value, like),
                Err(_) => super::make::from_nested(value),
            };
            x.where_(&side(&left)?, &side(&right)?)?
        }
        _ => return Ok(None),
    }))
}
