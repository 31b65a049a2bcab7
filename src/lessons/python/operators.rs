//! Operators on numbers and tensors, with Python's and PyTorch's rules for mixing them.

use super::syntax::{BinaryOperator, Comparison, UnaryOperator};
use super::value::{PyResult, Value, Variable, raise};
use crate::dtype::DType;
use crate::tensor::{Bitwise, Scalar, Tensor};
use std::rc::Rc;

/// A number beside a tensor: it takes the tensor's dtype unless its kind is the higher one.
pub(super) fn beside(value: &Value, tensor: &Tensor) -> PyResult<Tensor> {
    let dtype = match (value, tensor.dtype()) {
        (Value::Float(_), DType::Int64 | DType::Bool) => DType::Float32,
        (Value::Int(_), DType::Bool) => DType::Int64,
        (Value::Bool(_), _) => DType::Bool,
        (_, dtype) => dtype,
    };
    match value {
        Value::Tensor(variable) => Ok(variable.get()),
        // A whole number must not pass through float32 on its way.
        Value::Int(number) if dtype == DType::Int64 => Ok(Tensor::scalar(*number)?),
        other => Ok(Tensor::full([], other.as_float()?, dtype)?),
    }
}

/// Both sides as tensors, if one is.
fn pair(left: &Value, right: &Value) -> PyResult<Option<(Tensor, Tensor)>> {
    match (left, right) {
        (Value::Tensor(a), Value::Tensor(b)) => Ok(Some((a.get(), b.get()))),
        (Value::Tensor(a), Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
            Ok(Some((a.get(), beside(right, &a.get())?)))
        }
        (Value::Int(_) | Value::Float(_) | Value::Bool(_), Value::Tensor(b)) => Ok(Some((beside(left, &b.get())?, b.get()))),
        _ => Ok(None),
    }
}

/// PyTorch's error for `x |= y` where only `y` has decimals: the result could not be kept.
pub fn refuse_bits(of: &Variable, operator: BinaryOperator, value: &Value) -> PyResult<()> {
    let to = of.get().dtype();
    let from = match value {
        Value::Tensor(value) => value.get().dtype(),
        Value::Float(_) => DType::Float32,
        _ => return Ok(()),
    };
    if operator.is_of_bits() && from.is_floating() && !to.is_floating() {
        let (from, to) = (from.class_name(), to.class_name());
        return raise("RuntimeError", format!("result type {from} can't be cast to the desired output type {to}"));
    }
    Ok(())
}

/// `left operator right`
pub fn binary(left: &Value, operator: BinaryOperator, right: &Value) -> PyResult {
    use BinaryOperator::*;
    match (left, right) {
        (Value::Tensor(a), Value::Tensor(b)) => return tensors(&a.get(), operator, &b.get()),
        (Value::Tensor(a), number) => {
            if let Some(number) = number.as_scalar() {
                return with_number(&a.get(), operator, number);
            }
        }
        (number, Value::Tensor(b)) => {
            if let Some(number) = number.as_scalar() {
                return number_with(number, operator, &b.get());
            }
        }
        _ => {}
    }
    match (left, operator, right) {
        (Value::Text(a), Add, Value::Text(b)) => return Ok(Value::text(&format!("{a}{b}"))),
        (Value::List(a), Add, Value::List(b)) => {
            let joined = a.borrow().iter().chain(b.borrow().iter()).cloned().collect();
            return Ok(Value::list(joined));
        }
        (Value::Tuple(a), Add, Value::Tuple(b)) => {
            return Ok(Value::Tuple(Rc::new(a.iter().chain(b.iter()).cloned().collect())));
        }
        (Value::List(items), Multiply, Value::Int(times)) => {
            let once = items.borrow();
            let length = once.len().saturating_mul((*times).max(0) as usize);
            if length > 1_000_000 {
                return raise("MemoryError", "this page stops at a million items");
            }
            return Ok(Value::list(once.iter().cycle().take(length).cloned().collect()));
        }
        _ => {}
    }
    numbers(left, operator, right)
}

/// A tensor and a number.
fn with_number(x: &Tensor, operator: BinaryOperator, number: Scalar) -> PyResult {
    use BinaryOperator::*;
    Ok(Value::tensor(match operator {
        Add => x.add_scalar(number)?,
        Subtract => x.sub_scalar(number)?,
        Multiply => x.mul_scalar(number)?,
        Divide => x.div_scalar(number)?,
        FloorDivide => x.floor_divide_scalar(number)?,
        Remainder => x.remainder_scalar(number)?,
        Power => x.power(number)?,
        And | Or | Xor => return tensors(x, operator, &scalar_tensor(number)?),
        MatrixMultiply => return not_a_matrix(),
    }))
}

/// A number and a tensor.
fn number_with(number: Scalar, operator: BinaryOperator, x: &Tensor) -> PyResult {
    use BinaryOperator::*;
    Ok(Value::tensor(match operator {
        Add => x.add_scalar(number)?,
        Subtract => x.rsub_scalar(number)?,
        Multiply => x.mul_scalar(number)?,
        Divide => x.rdiv_scalar(number)?,
        FloorDivide => scalar_tensor(number)?.floor_divide(x)?,
        Remainder => scalar_tensor(number)?.remainder(x)?,
        Power => x.rpow_scalar(number)?,
        And | Or | Xor => return tensors(&scalar_tensor(number)?, operator, x),
        MatrixMultiply => return not_a_matrix(),
    }))
}

fn not_a_matrix() -> PyResult {
    raise("TypeError", "matmul(): argument 'other' must be Tensor, not a number")
}

fn scalar_tensor(number: Scalar) -> PyResult<Tensor> {
    Ok(match number {
        Scalar::Bool(value) => Tensor::scalar(value)?,
        Scalar::Int(value) => Tensor::scalar(value)?,
        Scalar::Float(value) => Tensor::scalar(value as f32)?,
    })
}

fn tensors(a: &Tensor, operator: BinaryOperator, b: &Tensor) -> PyResult {
    use BinaryOperator::*;
    Ok(Value::tensor(match operator {
        Add => a.add(b)?,
        Subtract => a.sub(b)?,
        Multiply => a.mul(b)?,
        Divide => a.div(b)?,
        FloorDivide => a.floor_divide(b)?,
        Remainder => a.remainder(b)?,
        Power => a.pow(b)?,
        MatrixMultiply => a.matmul(b)?,
        And => a.bitwise(b, Bitwise::And)?,
        Or => a.bitwise(b, Bitwise::Or)?,
        Xor => a.bitwise(b, Bitwise::Xor)?,
    }))
}

fn numbers(left: &Value, operator: BinaryOperator, right: &Value) -> PyResult {
    use BinaryOperator::*;
    let wrong = || {
        let message = format!(
            "unsupported operand type(s) for {}: '{}' and '{}'",
            operator.symbol(),
            left.type_name(),
            right.type_name()
        );
        raise("TypeError", message)
    };
    let whole = |value: &Value| match value {
        Value::Int(value) => Some(*value),
        Value::Bool(value) => Some(i64::from(*value)),
        _ => None,
    };
    let number = |value: &Value| match value {
        Value::Float(value) => Some(*value),
        other => whole(other).map(|value| value as f64),
    };
    let (Some(x), Some(y)) = (number(left), number(right)) else { return wrong() };
    if y == 0.0 && matches!(operator, Divide | FloorDivide | Remainder) {
        return raise("ZeroDivisionError", "division by zero");
    }
    if let (Some(a), Some(b)) = (whole(left), whole(right)) {
        let result = match operator {
            Add => a.checked_add(b),
            Subtract => a.checked_sub(b),
            Multiply => a.checked_mul(b),
            FloorDivide => Some((a as f64 / b as f64).floor() as i64),
            Remainder => Some(a.rem_euclid(b) + if b < 0 && a.rem_euclid(b) != 0 { b } else { 0 }),
            Power if b >= 0 => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
            And => Some(a & b),
            Or => Some(a | b),
            Xor => Some(a ^ b),
            Divide | Power | MatrixMultiply => None,
        };
        match (result, operator) {
            (Some(result), _) => return Ok(Value::Int(result)),
            (None, Divide | MatrixMultiply) => {}
            (None, Power) if b < 0 => {}
            (None, _) => return raise("OverflowError", "this page's integers have 64 bits"),
        }
    }
    Ok(Value::Float(match operator {
        Add => x + y,
        Subtract => x - y,
        Multiply => x * y,
        Divide => x / y,
        FloorDivide => (x / y).floor(),
        Remainder => x - y * (x / y).floor(),
        Power => x.powf(y),
        MatrixMultiply | And | Or | Xor => return wrong(),
    }))
}

/// `-x`, `+x`, `~x`
pub fn unary(operator: UnaryOperator, value: &Value) -> PyResult {
    match (operator, value) {
        (UnaryOperator::Positive, value) => Ok(value.clone()),
        (UnaryOperator::Negative, Value::Int(number)) => Ok(Value::Int(number.wrapping_neg())),
        (UnaryOperator::Negative, Value::Bool(value)) => Ok(Value::Int(-i64::from(*value))),
        (UnaryOperator::Negative, Value::Float(number)) => Ok(Value::Float(-number)),
        (UnaryOperator::Negative, Value::Tensor(variable)) => Ok(Value::tensor(variable.get().neg()?)),
        (UnaryOperator::Invert, Value::Tensor(variable)) => Ok(Value::tensor(variable.get().bitwise_not()?)),
        (UnaryOperator::Invert, Value::Int(number)) => Ok(Value::Int(!number)),
        (UnaryOperator::Not, value) => Ok(Value::Bool(!value.truth()?)),
        (_, value) => raise("TypeError", format!("bad operand type for unary operator: '{}'", value.type_name())),
    }
}

/// `left comparison right`
pub fn compare(left: &Value, comparison: Comparison, right: &Value) -> PyResult {
    use Comparison::*;
    match comparison {
        Is => return Ok(Value::Bool(same(left, right))),
        IsNot => return Ok(Value::Bool(!same(left, right))),
        In | NotIn => {
            for item in right.items()? {
                if compare(left, Equal, &item)?.truth()? {
                    return Ok(Value::Bool(comparison == In));
                }
            }
            return Ok(Value::Bool(comparison == NotIn));
        }
        _ => {}
    }
    if let Some((a, b)) = pair(left, right)? {
        return Ok(Value::tensor(match comparison {
            Equal => a.eq(&b)?,
            NotEqual => a.ne(&b)?,
            Less => a.lt(&b)?,
            LessEqual => a.le(&b)?,
            Greater => a.gt(&b)?,
            _ => a.ge(&b)?,
        }));
    }
    if let (Ok(x), Ok(y)) = (left.as_float(), right.as_float()) {
        return Ok(Value::Bool(match comparison {
            Equal => x == y,
            NotEqual => x != y,
            Less => x < y,
            LessEqual => x <= y,
            Greater => x > y,
            _ => x >= y,
        }));
    }
    match comparison {
        Equal => Ok(Value::Bool(left.repr()? == right.repr()?)),
        NotEqual => Ok(Value::Bool(left.repr()? != right.repr()?)),
        _ => {
            let message =
                format!("comparison not supported between instances of '{}' and '{}'", left.type_name(), right.type_name());
            raise("TypeError", message)
        }
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::DType(a), Value::DType(b)) => a == b,
        (Value::Tensor(a), Value::Tensor(b)) => Rc::ptr_eq(a, b),
        (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}
