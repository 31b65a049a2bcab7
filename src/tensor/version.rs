//! In-place writes, for nodes that never change: the memory that several tensors stand for counts its writes, a write leaves
//! a new node, and the old one, which ops may have kept for their gradients, can tell that it is out of date.

use super::{Node, Tensor};
use crate::backend::Buffer;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What all that stand for some memory know of the writes to it, and what this one knows.
#[derive(Clone, Default)]
pub(super) struct Version {
    memory: Rc<Writes>,
    /// How many writes there were when this node's elements were read.
    known: u64,
    /// The same when its op was done.
    made: u64,
}

/// The writes to some memory.
#[derive(Default)]
struct Writes {
    count: Cell<u64>,
    /// The gradient function of what was written last, where gradients flow through it.
    grad_fn: Cell<Option<&'static str>>,
}

/// An in-place write that came after what a gradient needs.
pub(crate) struct Overwritten {
    /// The version that the gradient needs.
    pub expected: u64,
    /// The version that the memory has.
    pub present: u64,
    /// PyTorch's name of the gradient function that the memory has now.
    pub grad_fn: Option<&'static str>,
}

impl Tensor {
    /// How often the memory behind it had been written to when it was made: `tensor._version`.
    pub fn version(&self) -> u64 {
        self.0.version.borrow().as_ref().map_or(0, |version| version.known)
    }

    /// Whether writes to its memory are counted: views that a program sees, and what was written to.
    pub(crate) fn has_version(&self) -> bool {
        self.0.version.borrow().is_some()
    }

    /// What was written to its memory since an op read it, or, for the op's own result, since the op was done.
    pub(crate) fn overwritten(&self, own_result: bool) -> Option<Overwritten> {
        let version = self.0.version.borrow();
        let version = version.as_ref()?;
        let expected = if own_result { version.made } else { version.known };
        let present = version.memory.count.get();
        let grad_fn = version.memory.grad_fn.get().filter(|_| !own_result).or(self.grad_fn());
        (present != expected).then_some(Overwritten { expected, present, grad_fn })
    }

    /// Whether it is what the memory of `before` held after the very next write.
    pub(crate) fn wrote_over(&self, before: &Tensor) -> bool {
        match (&*self.0.version.borrow(), &*before.0.version.borrow()) {
            (Some(after), Some(before)) => Rc::ptr_eq(&after.memory, &before.memory) && after.made == before.known + 1,
            _ => false,
        }
    }

    /// Counts as standing for the same memory as `other`, from now on.
    pub(crate) fn share_version(&self, other: &Tensor) {
        let memory = other.0.version.borrow_mut().get_or_insert_default().memory.clone();
        if !Rc::ptr_eq(&self.0, &other.0) {
            let known = memory.count.get();
            *self.0.version.borrow_mut() = Some(Version { memory, known, made: known });
        }
    }

    /// Notes a write to its memory: this node is out of date from now on.
    pub(crate) fn count_write(&self) {
        let mut version = self.0.version.borrow_mut();
        let count = &version.get_or_insert_default().memory.count;
        count.set(count.get() + 1);
    }

    /// What stands for the memory of `before` after a write that gradients flow through.
    pub(crate) fn later_version_of(self, before: &Tensor) -> Tensor {
        self.share_version(before);
        if let Some(version) = &*self.0.version.borrow() {
            version.memory.grad_fn.set(self.grad_fn());
        }
        self
    }

    /// The same tensor, with its history and its gradient, after a write that no gradient sees: only the elements differ.
    pub(crate) fn refreshed(&self, buffer: Buffer) -> Tensor {
        let node = &self.0;
        let version = node.version.borrow().clone().map(|version| Version { known: version.memory.count.get(), ..version });
        Tensor(Rc::new(Node {
            id: node.id,
            shape: node.shape.clone(),
            dtype: node.dtype,
            buffer,
            op: node.op.clone(),
            requires_grad: node.requires_grad.clone(),
            retains_grad: node.retains_grad.clone(),
            grad_fn: node.grad_fn.clone(),
            released: node.released.clone(),
            version: RefCell::new(version),
        }))
    }
}
