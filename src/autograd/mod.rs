//! Automatic differentiation: walks the graph that the ops left behind, newest op first, asks each op's rule for one
//! gradient per input, and adds them up in one place. Gradients live in a map beside the graph.

mod elementwise;
mod pending;
mod rules;
mod saved;

use crate::error::{Error, Result};
use crate::op::Op;
use crate::tensor::{Tensor, TensorId, no_grad};
use pending::{Look, Pending};
use std::collections::{HashMap, HashSet};

/// The gradients that backward passes have left: `tensor.grad`, for all tensors at once.
#[derive(Debug, Clone, Default)]
pub struct Gradients {
    map: HashMap<TensorId, Tensor>,
}

impl Gradients {
    /// None yet.
    pub fn new() -> Self {
        Gradients::default()
    }

    /// `tensor.grad`: none before the first backward pass, and for tensors in the middle that did not ask to keep it.
    pub fn get(&self, tensor: &Tensor) -> Option<&Tensor> {
        self.map.get(&tensor.id())
    }

    /// `tensor.grad = gradient`
    pub fn set(&mut self, tensor: &Tensor, gradient: Tensor) {
        self.map.insert(tensor.id(), gradient);
    }

    /// `tensor.grad = None`
    pub fn clear(&mut self, tensor: &Tensor) {
        self.map.remove(&tensor.id());
    }

    /// `tensor.grad.zero_()`; nothing happens where there is none.
    pub fn zero(&mut self, tensor: &Tensor) -> Result<()> {
        if let Some(gradient) = self.map.get_mut(&tensor.id()) {
            *gradient = gradient.zeros_like()?;
        }
        Ok(())
    }

    /// Adds to what is there: the one place where gradients accumulate.
    fn add(&mut self, tensor: &Tensor, gradient: Tensor) -> Result<()> {
        assert_eq!(tensor.shape(), gradient.shape(), "a gradient has the shape of its tensor");
        let sum = match self.map.get(&tensor.id()) {
            Some(present) => present.add(&gradient)?,
            None => gradient,
        };
        self.map.insert(tensor.id(), sum);
        Ok(())
    }
}

/// How a backward pass starts and what it leaves of the graph.
#[derive(Debug, Clone, Default)]
pub struct BackwardOptions {
    /// The gradient of the output, of its shape; 1 if not given, which only a single element allows.
    pub gradient: Option<Tensor>,
    /// Keep what the ops saved, so that a second pass is possible.
    pub retain_graph: bool,
    /// Leave a graph of the backward pass itself, so that gradients can be differentiated again. Implies `retain_graph`.
    pub create_graph: bool,
}

impl Tensor {
    /// `tensor.backward()`: the gradients of all leaves (and of tensors that retain theirs).
    pub fn backward(&self) -> Result<Gradients> {
        let mut gradients = Gradients::new();
        self.backward_into(&mut gradients, BackwardOptions::default())?;
        Ok(gradients)
    }

    /// The same, added to gradients that are there already.
    pub fn backward_into(&self, gradients: &mut Gradients, options: BackwardOptions) -> Result<()> {
        let create_graph = options.create_graph;
        for (tensor, gradient) in walk(self, options)? {
            if tensor.retains_grad() {
                graph_if(create_graph, || gradients.add(&tensor, gradient))?;
            }
        }
        Ok(())
    }

    fn seed(&self, gradient: Option<Tensor>) -> Result<Tensor> {
        let untracked =
            || Error::Autograd("element 0 of tensors does not require grad and does not have a grad_fn".to_string());
        match gradient {
            Some(gradient) if gradient.shape() == self.shape() && self.requires_grad() => Ok(gradient),
            Some(gradient) if gradient.shape() == self.shape() => Err(untracked()),
            Some(gradient) => Err(Error::Autograd(format!(
                "Mismatch in shape: grad_output[0] has a shape of torch.Size({}) and output[0] has a shape of torch.Size({}).",
                gradient.shape(),
                self.shape()
            ))),
            None if !self.requires_grad() => Err(untracked()),
            None if self.numel() == 1 => self.ones_like(),
            None => Err(Error::Autograd("grad can be implicitly created only for scalar outputs".to_string())),
        }
    }
}

/// `torch.autograd.grad(output, inputs)`: the gradients of the inputs alone; nothing accumulates.
pub fn grad(output: &Tensor, inputs: &[&Tensor], options: BackwardOptions) -> Result<Vec<Tensor>> {
    if inputs.iter().any(|input| !input.requires_grad()) {
        return Err(Error::Autograd("One of the differentiated Tensors does not require grad".to_string()));
    }
    let all = walk(output, options)?;
    let found: HashMap<TensorId, Tensor> = all.into_iter().map(|(tensor, gradient)| (tensor.id(), gradient)).collect();
    let unused = |i: usize| {
        Error::Autograd(format!(
            "The differentiated Tensor at index {i} appears to not have been used in the graph. Set allow_unused=True if this is the desired \
             behavior."
        ))
    };
    inputs.iter().enumerate().map(|(i, input)| found.get(&input.id()).cloned().ok_or_else(|| unused(i))).collect()
}

/// The Jacobian of `output` (n elements) with respect to `input` (m elements), as `(n, m)`: one backward pass a row.
pub fn jacobian(output: &Tensor, input: &Tensor) -> Result<Tensor> {
    let rows = output.numel();
    let mut gradients = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut unit = vec![0.0; rows];
        unit[row] = 1.0;
        let unit = Tensor::from_vec(unit, output.shape().clone())?.to_dtype(output.dtype())?;
        let options = BackwardOptions { gradient: Some(unit), retain_graph: true, ..BackwardOptions::default() };
        gradients.extend(grad(output, &[input], options)?);
    }
    let flat: Vec<Tensor> = gradients.iter().map(|gradient| gradient.reshape([input.numel()])).collect::<Result<_>>()?;
    Tensor::stack(&flat, 0)
}

/// The tensors that `output` was made of, itself included, newest first: the order of the backward pass.
pub fn backward_order(output: &Tensor) -> Vec<Tensor> {
    let mut seen = HashSet::from([output.id()]);
    let mut waiting = vec![output.clone()];
    let mut order = Vec::new();
    while let Some(tensor) = waiting.pop() {
        for input in tensor.op().map(|op| op.inputs()).unwrap_or_default() {
            if seen.insert(input.id()) {
                waiting.push(input.clone());
            }
        }
        order.push(tensor);
    }
    // An op is made after its inputs, so numbers sort the graph.
    order.sort_unstable_by_key(|tensor| std::cmp::Reverse(tensor.id()));
    order
}

/// One gradient per input of the op that made `output`, none where `needs` says so. What [`Tensor::backward`] uses for each
/// op, for whoever wants to take the steps one by one.
pub fn local_gradients(output: &Tensor, gradient: &Tensor) -> Result<Vec<Option<Tensor>>> {
    let Some(op) = output.op() else { return Ok(vec![]) };
    let needs: Vec<bool> = op.inputs().iter().map(|input| input.requires_grad()).collect();
    no_grad(|| rules::gradients(op, output, gradient, &needs))
}

/// The same, leaving a graph behind.
fn local_gradients_with_graph(output: &Tensor, gradient: &Tensor) -> Result<Vec<Option<Tensor>>> {
    let Some(op) = output.op() else { return Ok(vec![]) };
    rules::traceable(op, gradient)?;
    let needs: Vec<bool> = op.inputs().iter().map(|input| input.requires_grad()).collect();
    rules::gradients(op, output, gradient, &needs)
}

fn graph_if<T>(wanted: bool, body: impl FnOnce() -> T) -> T {
    if wanted { body() } else { no_grad(body) }
}

/// Adds one gradient for each input of the op that made `tensor`.
fn pass_on(op: &Op, tensor: &Tensor, gradient: &Tensor, create_graph: bool, pending: &mut Pending) -> Result<()> {
    let gradients = match create_graph {
        true => local_gradients_with_graph(tensor, gradient)?,
        false => local_gradients(tensor, gradient)?,
    };
    let inputs = op.inputs();
    assert_eq!(gradients.len(), inputs.len(), "a rule returns one gradient per input");
    for (input, gradient) in inputs.into_iter().zip(gradients) {
        if let (true, Some(gradient)) = (input.requires_grad(), gradient) {
            graph_if(create_graph, || pending.add(input, gradient))?;
        }
    }
    Ok(())
}

/// The gradients of every tensor in the graph that requires one, newest first.
fn walk(output: &Tensor, options: BackwardOptions) -> Result<Vec<(Tensor, Tensor)>> {
    let BackwardOptions { gradient, retain_graph, create_graph } = options;
    let seed = output.seed(gradient)?;
    let order = backward_order(output);
    if order.iter().any(|tensor| tensor.is_released() && tensor.op().is_some_and(|op| op.saves_tensors())) {
        return Err(Error::Autograd(
            "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). \
             Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you \
             need to backward through the graph a second time or if you need to access saved tensors after calling backward."
                .to_string(),
        ));
    }
    let mut pending = Pending::default();
    pending.add(output, seed)?;
    let mut finished = Vec::new();
    for tensor in order {
        // Newest first: every op that uses this tensor has had its turn, so its gradient is whole.
        let Some(gradient) = graph_if(create_graph, || pending.take(&tensor))? else { continue };
        if let Some(op) = tensor.op() {
            let needs: Vec<bool> = op.inputs().iter().map(|input| input.requires_grad()).collect();
            saved::check(op, &tensor, &needs)?;
            match op {
                // What was looked at several times gets its gradient when all looks have theirs: at once, not a full one for each.
                Op::View { input, strides, offset, .. } if !create_graph => {
                    pending.add_look(input, Look { gradient: gradient.clone(), strides: strides.clone(), offset: *offset });
                }
                op => pass_on(op, &tensor, &gradient, create_graph, &mut pending)?,
            }
            if !retain_graph && !create_graph {
                tensor.release();
            }
        }
        if tensor.requires_grad() {
            finished.push((tensor, gradient));
        }
    }
    Ok(finished)
}
