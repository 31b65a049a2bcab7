//! `loss.backward()` and `torch.autograd.grad`.

use super::arguments::Arguments;
use super::interpreter::Interpreter;
use super::value::{PyResult, Value, Variable, raise};
use super::variable::Written;
use crate::autograd::{BackwardOptions, Gradients, grad};
use crate::tensor::{Tensor, no_grad};

/// `loss.backward()`: hands each gradient to the variable that holds its tensor, adding to what is there.
pub fn backward(interpreter: &mut Interpreter, tensor: &Tensor, options: BackwardOptions) -> PyResult<()> {
    let mut gradients = Gradients::new();
    let traced = options.create_graph;
    tensor.backward_into(&mut gradients, options)?;
    for variable in interpreter.tracked().into_iter().filter(|variable| variable.takes_gradients()) {
        let Some(new) = gradients.get(&variable.get()) else { continue };
        let present = variable.grad.borrow().clone();
        match present {
            // A graph of the gradients leaves the old one as it is; else it is added to in place.
            Some(sum) if traced => *variable.grad.borrow_mut() = Some(Variable::new(sum.get().add(new)?)),
            Some(sum) => no_grad(|| sum.write(&sum.get().add(new)?, Written::Elements))?,
            None => {
                // PyTorch keeps a copy, through which gradients flow.
                let kept = Variable::new(if traced { new.clone() } else { new.detach() });
                kept.grad_fn.set(traced.then_some("CopyBackwards"));
                *variable.grad.borrow_mut() = Some(kept);
            }
        }
    }
    Ok(())
}

/// `torch.autograd.grad(outputs, inputs, grad_outputs, retain_graph)`
pub fn grad_of(mut arguments: Arguments) -> PyResult {
    let output = match arguments.need(0, "outputs")? {
        value @ (Value::List(_) | Value::Tuple(_)) => match value.items()?.as_slice() {
            [one] => one.as_tensor()?,
            _ => return raise("NotImplementedError", "this page differentiates one output at a time"),
        },
        value => value.as_tensor()?,
    };
    let inputs = match arguments.need(1, "inputs")? {
        value @ (Value::List(_) | Value::Tuple(_)) => {
            value.items()?.iter().map(Value::as_tensor).collect::<PyResult<Vec<_>>>()?
        }
        value => vec![value.as_tensor()?],
    };
    let gradient = match arguments.take(2, "grad_outputs") {
        None | Some(Value::None) => None,
        Some(value) => Some(value.as_tensor()?),
    };
    let retain_graph = arguments.flag(3, "retain_graph", false)?;
    let create_graph = arguments.flag(4, "create_graph", false)?;
    arguments.finish()?;
    // PyTorch looks at the output first.
    if !output.requires_grad() {
        return raise("RuntimeError", "element 0 of tensors does not require grad and does not have a grad_fn");
    }
    let inputs: Vec<&Tensor> = inputs.iter().collect();
    let found = grad(&output, &inputs, BackwardOptions { gradient, retain_graph, create_graph })?;
    let kept = |tensor: Tensor| if create_graph { tensor } else { tensor.detach() };
    Ok(Value::tuple(found.into_iter().map(|tensor| Value::tensor(kept(tensor))).collect()))
}
