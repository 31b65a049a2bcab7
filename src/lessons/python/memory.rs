//! The memory behind variables: what lies there, who shows which part of it, and who may write to it.

use super::value::{PyResult, raise};
use super::variable::Variable;
use crate::tensor::{Layout, Tensor, grad_enabled, with_grad};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Memory that several variables show.
pub(super) struct Memory {
    /// All its elements in a row, without history.
    pub elements: RefCell<Tensor>,
    pub writes: Cell<u64>,
}

/// Where a variable lies in memory.
#[derive(Clone)]
pub(super) struct Place {
    pub memory: Rc<Memory>,
    pub layout: Layout,
    /// Whose history a write to this view goes into: `x._base`.
    pub base: Option<Rc<Variable>>,
    pub origin: Origin,
    /// How many writes it has seen.
    pub seen: u64,
}

/// How a view came about, which decides what may be written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A view like any other.
    View,
    /// A view that was made while no graph was recorded.
    WithoutGrad,
    /// One of several views that a function of this name returned at once, and its number.
    OneOfMany(usize, &'static str),
    /// `x.detach()`: the same memory, no history.
    Detached,
    /// `x.data`: the same, and writes are not counted.
    Data,
}

/// What a write writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Element by element: each must have a place of its own.
    Elements,
    /// One number everywhere.
    Number,
}

const NO_GRAD_VIEW: &str = "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use \
    case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside \
    the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).";

fn one_of_many(number: usize, name: &str) -> String {
    format!(
        "Output {number} of {name} is a view and is being modified inplace. This view is the output of a function that returns multiple \
         views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an \
         out-of-place one."
    )
}

/// PyTorch's reasons not to write to what holds `present` at this place, in its order.
pub(super) fn may_write(place: Option<&Place>, present: &Tensor, result: &Tensor, written: Written) -> PyResult<()> {
    let base = place.and_then(|place| place.base.as_ref()).map(|base| base.get());
    let own = present.requires_grad() || base.as_ref().is_some_and(Tensor::requires_grad);
    if grad_enabled() && (own || result.requires_grad()) {
        match place.map(|place| place.origin) {
            Some(Origin::WithoutGrad) => return raise("RuntimeError", NO_GRAD_VIEW),
            Some(Origin::OneOfMany(number, name)) => return raise("RuntimeError", one_of_many(number, name)),
            _ => {}
        }
        if own && base.is_some_and(|base| base.is_leaf()) {
            let what = "a view of a leaf Variable that requires grad is being used in an in-place operation.";
            return raise("RuntimeError", what);
        }
        if own && present.is_leaf() {
            let what = "a leaf Variable that requires grad is being used in an in-place operation.";
            return raise("RuntimeError", what);
        }
    }
    match place {
        Some(place) if written == Written::Elements && place.layout.overlaps_itself() => raise(
            "RuntimeError",
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the \
             tensor before performing the operation.",
        ),
        _ => Ok(()),
    }
}

impl Place {
    /// What a variable at this place shows now, which held `before`.
    pub fn read(&self, before: &Tensor) -> crate::Result<Tensor> {
        if let Some(base) = &self.base {
            let whole = base.get();
            let written = before.overwritten(false).is_some();
            if written && whole.requires_grad() && self.origin == Origin::View {
                let positions = base.positions_of(&self.layout);
                let shown = with_grad(true, || whole.taken(&positions, before.shape()))?.named("AsStridedBackward0");
                shown.share_version(&whole);
                return Ok(shown);
            }
        }
        let shown = self.memory.elements.borrow().shown(&self.layout)?;
        Ok(before.refreshed(shown.buffer().clone()))
    }
}

impl Memory {
    pub fn set(&self, layout: &Layout, value: &Tensor) -> PyResult<()> {
        let elements = self.elements.borrow().clone();
        let whole = layout.is_contiguous() && value.numel() == elements.numel();
        *self.elements.borrow_mut() = match whole {
            true => value.reshape([value.numel()])?,
            false if layout.overlaps_itself() => changed(&elements, &layout.positions(), value)?,
            false => elements.overwrite(layout.positions().into(), value)?,
        };
        self.writes.set(self.writes.get() + 1);
        Ok(())
    }
}

/// What a write to elements that are one in memory leaves: the one that differs from what was there counts.
fn changed(elements: &Tensor, positions: &[usize], value: &Tensor) -> PyResult<Tensor> {
    let (before, after) = (elements.to_f64_vec()?, value.to_f64_vec()?);
    let differs = |&(at, &position): &(usize, &usize)| before[position] != after[at];
    let (from, to): (Vec<i64>, Vec<usize>) =
        positions.iter().enumerate().filter(differs).map(|(at, &position)| (at as i64, position)).unzip();
    let chosen = value.reshape([value.numel()])?.index_select(0, &from)?;
    Ok(elements.overwrite(to.into(), &chosen)?)
}
