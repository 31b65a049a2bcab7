//! A tensor as a program sees it: a place in memory that in-place methods write to, and that its views share.
//!
//! The core's tensors never change, so a write makes a new one, and whoever shares the memory reads it anew when it is next asked.
//! A write that gradients flow through goes into the history of the view's base, as in PyTorch.

use super::memory::{Memory, Place, may_write};
pub use super::memory::{Origin, Written};
use super::value::{PyResult, raise};
use crate::tensor::{Layout, Tensor, grad_enabled, print_elements};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// A tensor as a program sees it, with its gradient.
pub struct Variable {
    /// What it held when it was last asked.
    tensor: RefCell<Tensor>,
    /// `x.grad`
    pub grad: RefCell<Option<Rc<Variable>>>,
    /// The name in `grad_fn=<...>` where PyTorch's op is one and ours are several.
    pub grad_fn: Cell<Option<&'static str>>,
    /// A NumPy array, which only `torch.from_numpy` accepts.
    pub numpy: bool,
    /// A weight or bias of a layer: `nn.Parameter`.
    pub parameter: bool,
    /// Where it lies in memory that others see too; none while nothing else does.
    place: RefCell<Option<Place>>,
}

impl Variable {
    /// A new place for this tensor.
    pub fn new(tensor: Tensor) -> Rc<Variable> {
        Rc::new(Variable::holding(tensor, false))
    }

    /// A weight or bias of a layer.
    pub fn parameter(tensor: Tensor) -> Rc<Variable> {
        Rc::new(Variable { parameter: true, ..Variable::holding(tensor, false) })
    }

    /// A NumPy array.
    pub fn numpy(tensor: Tensor) -> Rc<Variable> {
        Rc::new(Variable::holding(tensor, true))
    }

    fn holding(tensor: Tensor, numpy: bool) -> Variable {
        Variable {
            tensor: RefCell::new(tensor),
            grad: RefCell::default(),
            grad_fn: Cell::default(),
            numpy,
            parameter: false,
            place: RefCell::default(),
        }
    }

    /// The tensor itself, as it is after all writes to its memory.
    pub fn get(&self) -> Tensor {
        let stale = self.place.borrow().as_ref().filter(|place| place.seen != place.memory.writes.get()).cloned();
        if let Some(place) = stale {
            let tensor = self.tensor.borrow().clone();
            // Its elements were made from a tensor of this shape: what cannot be read now never could.
            let read = place.read(&tensor).unwrap_or(tensor);
            *self.tensor.borrow_mut() = read;
            self.mark_seen();
        }
        self.tensor.borrow().clone()
    }

    fn mark_seen(&self) {
        if let Some(place) = self.place.borrow_mut().as_mut() {
            place.seen = place.memory.writes.get();
        }
    }

    /// Where it lies in its memory.
    pub fn layout(&self) -> Layout {
        match &*self.place.borrow() {
            Some(place) => place.layout.clone(),
            None => Layout::contiguous(self.tensor.borrow().shape()),
        }
    }

    fn place(&self) -> Place {
        let tensor = self.get();
        let own = || {
            // One row of all elements always has a view.
            let elements = tensor.detach().reshape([tensor.numel()]).unwrap_or_else(|_| tensor.detach());
            let memory = Rc::new(Memory { elements: RefCell::new(elements), writes: Cell::new(0) });
            Place { memory, layout: Layout::contiguous(tensor.shape()), base: None, origin: Origin::View, seen: 0 }
        };
        self.place.borrow_mut().get_or_insert_with(own).clone()
    }

    /// Another variable over the same memory: `tensor` is what it shows there, at this layout.
    pub fn view(self: &Rc<Variable>, tensor: Tensor, layout: Layout, origin: Origin) -> Rc<Variable> {
        self.view_as(tensor, layout, origin, false)
    }

    /// The same as a NumPy array, or as a tensor again.
    pub fn shared(self: &Rc<Variable>, numpy: bool) -> Rc<Variable> {
        self.view_as(self.get().detach(), self.layout(), Origin::Detached, numpy)
    }

    fn view_as(self: &Rc<Variable>, tensor: Tensor, layout: Layout, origin: Origin, numpy: bool) -> Rc<Variable> {
        let own = self.place();
        let base = match origin {
            Origin::Detached | Origin::Data => None,
            _ => Some(own.base.clone().unwrap_or_else(|| self.clone())),
        };
        if origin != Origin::Data {
            tensor.share_version(&self.get());
        }
        let origin = match (origin, own.origin) {
            (Origin::View | Origin::OneOfMany(..), _) if !grad_enabled() => Origin::WithoutGrad,
            // A view of one of several is as little to be written to.
            (Origin::View, Origin::OneOfMany(..)) => {
                Origin::OneOfMany(0, tensor.grad_fn().unwrap_or_default().trim_end_matches("Backward0"))
            }
            _ => origin,
        };
        // A view that was made without history asks for gradients where its base does, as PyTorch has it, though it gets none.
        if origin == Origin::WithoutGrad && base.as_ref().is_some_and(|base| base.get().requires_grad()) && tensor.is_leaf()
        {
            // Only floating tensors have a base that requires gradients.
            let _ = tensor.requires_grad_(true);
        }
        let variable = Variable::holding(tensor, numpy);
        *variable.place.borrow_mut() = Some(Place { layout, base, origin, ..own });
        Rc::new(variable)
    }

    /// Whether a backward pass leaves it a gradient: not where it is a view that was made without history.
    pub fn takes_gradients(&self) -> bool {
        self.place.borrow().as_ref().is_none_or(|place| place.origin != Origin::WithoutGrad)
    }

    /// Whether both show the same memory.
    pub fn shares_memory(&self, other: &Variable) -> bool {
        match (&*self.place.borrow(), &*other.place.borrow()) {
            (Some(own), Some(other)) => Rc::ptr_eq(&own.memory, &other.memory),
            _ => std::ptr::eq(self, other),
        }
    }

    /// The address of its first element: `x.data_ptr()`. Equal for variables that start at the same element of the same memory.
    pub fn address(&self) -> i64 {
        let place = self.place();
        if place.layout.sizes.contains(&0) {
            return 0;
        }
        let width = self.get().dtype().width();
        Rc::as_ptr(&place.memory).cast::<u8>() as i64 * 64 + (place.layout.offset * width) as i64
    }

    /// An error where what is read and what is written overlap without being the same.
    pub fn refuse_overlap(&self, read: &Variable) -> PyResult<()> {
        match self.shares_memory(read) {
            true => self.refuse_overlap_with(read, &read.layout()),
            false => Ok(()),
        }
    }

    /// The same for an assignment, which stretches what it reads first: of one element in many places no overlap is asked.
    pub fn refuse_overlap_stretched(&self, read: &Variable) -> PyResult<()> {
        let (own, layout) = (self.layout(), read.layout());
        match self.shares_memory(read) && layout.sizes.len() <= own.sizes.len() {
            true => self.refuse_overlap_with(read, &layout.expanded(&own.sizes)),
            false => self.refuse_overlap(read),
        }
    }

    fn refuse_overlap_with(&self, read: &Variable, layout: &Layout) -> PyResult<()> {
        if std::ptr::eq(self, read) || !self.layout().overlaps_in_part(layout) {
            return Ok(());
        }
        raise(
            "RuntimeError",
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please \
             clone() the tensor before performing the operation.",
        )
    }

    /// What every method with an underscore ends in: the memory holds the result from now on. It has the shape of what is there, and takes
    /// its dtype.
    pub fn write(&self, result: &Tensor, written: Written) -> PyResult<()> {
        let present = self.get();
        if present.shape() != result.shape() {
            let message =
                format!("output with shape {} doesn't match the broadcast shape {}", present.shape(), result.shape());
            return raise("RuntimeError", message);
        }
        may_write(self.place.borrow().as_ref(), &present, result, written)?;
        let result = result.to_dtype(present.dtype())?;
        let tracked = grad_enabled() && (present.requires_grad() || result.requires_grad());
        present.count_write();
        let place = self.place.borrow().clone();
        let base = place.as_ref().and_then(|place| place.base.clone());
        let after = match &base {
            _ if !tracked => present.refreshed(result.buffer().clone()),
            None => result.clone().later_version_of(&present),
            Some(base) => base.rewrite_history(&self.layout(), &result.clone().later_version_of(&present))?,
        };
        if tracked {
            self.grad_fn.set(None);
        }
        // Where no history is kept, a view asks its base anew when it is next read.
        if tracked || base.is_none() {
            *self.tensor.borrow_mut() = after;
        }
        if let Some(place) = place {
            place.memory.set(&place.layout, &result.detach())?;
            match &base {
                Some(base) if tracked => base.mark_seen(),
                // What the view's history is now, it asks its base when it is next read.
                Some(_) => return Ok(()),
                None => {}
            }
            self.mark_seen();
        }
        Ok(())
    }

    /// What `x.t_()` and its kin end in: the same memory, shown as `turned` shows it, which is a view of this variable.
    pub fn turn(&self, turned: &Rc<Variable>, grad_fn: &'static str) -> PyResult<()> {
        let present = self.get();
        may_write(self.place.borrow().as_ref(), &present, &present, Written::Number)?;
        let (tensor, layout) = (turned.get(), turned.layout());
        present.count_write();
        let after = match grad_enabled() && present.requires_grad() {
            true => {
                self.grad_fn.set(Some(grad_fn));
                tensor.reshape(tensor.shape().clone())?.named(grad_fn).later_version_of(&present)
            }
            false => {
                let after = tensor.detach().requires_grad_(present.requires_grad())?;
                after.share_version(&present);
                after
            }
        };
        *self.tensor.borrow_mut() = after;
        if let Some(place) = self.place.borrow_mut().as_mut() {
            place.layout = layout;
            // Whoever else shows the memory looks again, as after a write.
            place.memory.writes.set(place.memory.writes.get() + 1);
        }
        self.mark_seen();
        Ok(())
    }

    /// Whether a write to it is one to a leaf in PyTorch's eyes: its base has got a history that this view has not asked for yet.
    pub fn refuse_unasked_history(&self) -> PyResult<()> {
        let place = self.place.borrow().clone();
        let Some(place) = place.filter(|place| place.seen != place.memory.writes.get()) else { return Ok(()) };
        let tracked = place.base.as_ref().is_some_and(|base| base.get().requires_grad());
        if grad_enabled() && tracked && place.origin == Origin::View && !self.tensor.borrow().requires_grad() {
            return raise("RuntimeError", "a leaf Variable that requires grad is being used in an in-place operation.");
        }
        Ok(())
    }

    /// Whether gradients may flow to it: asks for no new history, unlike [`Variable::get`].
    pub fn may_require_grad(&self) -> bool {
        let base = self.place.borrow().as_ref().and_then(|place| place.base.clone());
        self.tensor.borrow().requires_grad() || base.is_some_and(|base| base.get().requires_grad())
    }

    /// Puts a write to a view, at this layout, into the history of this base; gives what the view shows after it.
    fn rewrite_history(&self, layout: &Layout, value: &Tensor) -> PyResult<Tensor> {
        let present = self.get();
        let positions = self.positions_of(layout);
        let whole = present.overwrite(positions.clone().into(), value)?.named("CopySlices").later_version_of(&present);
        let shown = whole.taken(&positions, value.shape())?.named("AsStridedBackward0");
        shown.share_version(&whole);
        self.grad_fn.set(None);
        *self.tensor.borrow_mut() = whole;
        Ok(shown)
    }

    /// Where the elements of a view of this base are among the base's own.
    pub(super) fn positions_of(&self, layout: &Layout) -> Vec<usize> {
        let own = self.layout();
        if own == Layout::contiguous(self.tensor.borrow().shape()) {
            return layout.positions();
        }
        let numbers: HashMap<usize, usize> = own.positions().into_iter().enumerate().map(|(i, at)| (at, i)).collect();
        layout.positions().iter().map(|at| numbers.get(at).copied().unwrap_or_default()).collect()
    }

    /// Shows other elements from now on, those of `other`: `x.data = other`.
    pub fn set_data(&self, other: &Rc<Variable>) -> PyResult<()> {
        let requires_grad = self.get().requires_grad();
        let other = other.view(other.get().detach(), other.layout(), Origin::Data);
        *self.place.borrow_mut() = other.place.borrow().clone();
        let present = self.tensor.borrow().clone();
        let data = other.get();
        *self.tensor.borrow_mut() = match present.shape() == data.shape() && present.dtype() == data.dtype() {
            true => present.refreshed(data.buffer().clone()),
            false => data.requires_grad_(requires_grad)?,
        };
        Ok(())
    }

    /// `x.detach_()`: the same memory, no history from now on.
    pub fn forget_history(&self) -> PyResult<()> {
        if self.place.borrow().as_ref().is_some_and(|place| place.base.is_some()) {
            return raise(
                "RuntimeError",
                "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and \
                 gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on these \
                 gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution.",
            );
        }
        let present = self.get();
        let alone = present.detach();
        alone.share_version(&present);
        *self.tensor.borrow_mut() = alone;
        Ok(())
    }

    /// `x.grad = gradient`
    pub fn set_grad(self: &Rc<Variable>, gradient: &Rc<Variable>) -> PyResult<()> {
        if Rc::ptr_eq(self, gradient) {
            return raise("RuntimeError", "can't assign Variable as its own grad");
        }
        let (own, given) = (self.get(), gradient.get());
        if own.dtype() != given.dtype() {
            let (from, to) = (given.dtype().class_name().to_lowercase(), own.dtype().class_name());
            let message = format!(
                "attempting to assign a gradient with dtype '{from}' to a tensor with grad_dtype '{to}'. The gradient must match the tensor's \
                 grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to \
                 allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems \
                 that assume they match."
            );
            return raise("RuntimeError", message);
        }
        if own.shape() != given.shape() {
            let message = format!(
                "attempting to assign a gradient of size '{}' to a tensor of size '{}'. Please ensure that the gradient and the tensor are the \
                 same size",
                given.shape(),
                own.shape()
            );
            return raise("RuntimeError", message);
        }
        *self.grad.borrow_mut() = Some(gradient.clone());
        Ok(())
    }

    /// `x.grad_fn`: the name of what made it.
    pub fn grad_fn(&self) -> Option<&'static str> {
        let tensor = self.get();
        tensor.op().and_then(|_| self.grad_fn.get().or(tensor.grad_fn()))
    }

    /// Whether its memory was written to in a way that PyTorch finds no history for: it is one of several views made at once, or was made
    /// without history.
    fn lost_history(&self, tensor: &Tensor) -> bool {
        let place = self.place.borrow();
        let kept = |place: &Place| matches!(place.origin, Origin::WithoutGrad | Origin::OneOfMany(..));
        let base = place.as_ref().filter(|place| kept(place)).and_then(|place| place.base.as_ref());
        base.is_some_and(|base| base.get().requires_grad()) && tensor.overwritten(true).is_some()
    }

    /// As PyTorch prints it.
    pub fn show(&self) -> PyResult<String> {
        let tensor = self.get();
        let suffix = match self.grad_fn() {
            _ if self.lost_history(&tensor) => Some("grad_fn=<Invalid>".to_owned()),
            Some(name) => Some(format!("grad_fn=<{name}>")),
            None => tensor.requires_grad().then(|| "requires_grad=True".to_owned()),
        };
        let text = print_elements(&tensor.host()?, tensor.shape(), suffix.as_slice());
        Ok(if self.parameter { format!("Parameter containing:\n{text}") } else { text })
    }
}
