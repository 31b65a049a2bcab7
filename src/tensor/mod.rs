//! The tensor: a cheap-to-clone handle on an immutable node, which holds shape, dtype, data and the op that made it.
//! Data is contiguous and row-major. Nothing here writes into another tensor's memory; views that do, as a program sees them, are
//! kept by `layout` and `lessons::python`, which write to the memory and look again.
//!
//! Methods are grouped by idea in the files beside this one and carry PyTorch's names.

mod arithmetic;
mod bitwise;
mod by_position;
mod composed;
mod elementwise_loss;
mod functional;
mod fused;
mod grad_mode;
mod index;
mod join;
mod layout;
mod linear_algebra;
mod look;
mod loss;
mod make;
mod order;
mod print;
mod random;
mod reduce;
mod scalar;
mod select;
mod statistics;
mod version;
mod view;
mod window;
mod window_gradient;

use crate::backend::{Buffer, Device, Element, HostData, Kernel};
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use version::Version;

pub use bitwise::Bitwise;
pub use functional::{Conv2dSize, Reduction};
pub use grad_mode::{grad_enabled, no_grad, with_grad};
pub use index::Index;
pub use layout::Layout;
pub use loss::ClassLoss;
pub use print::print_elements;
pub use scalar::Scalar;
pub use window::{Conv2dWindow, Padding, Pool2dWindow};

/// Names a node; a tensor made later has the larger number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TensorId(u64);

/// An n-dimensional array with, where asked for, the history that gradients flow back through.
#[derive(Clone)]
pub struct Tensor(Rc<Node>);

struct Node {
    id: TensorId,
    shape: Shape,
    dtype: DType,
    buffer: Buffer,
    op: Option<Op>,
    requires_grad: Cell<bool>,
    retains_grad: Cell<bool>,
    /// What PyTorch calls the gradient function, where it has one op for what are several here.
    grad_fn: Cell<Option<&'static str>>,
    /// The backward pass has used up what the op kept.
    released: Cell<bool>,
    /// Which of the writes to its memory it knows; none while nothing was written in place.
    version: RefCell<Option<Version>>,
}

impl Drop for Node {
    /// Frees a graph with a list of its own: recursion would overflow the stack on a chain of 100,000 ops.
    fn drop(&mut self) {
        let mut waiting = self.op.take().map(Op::into_inputs).unwrap_or_default();
        while let Some(tensor) = waiting.pop() {
            if let Ok(mut node) = Rc::try_unwrap(tensor.0) {
                waiting.extend(node.op.take().map(Op::into_inputs).unwrap_or_default());
            }
        }
    }
}

impl Tensor {
    fn node(shape: Shape, dtype: DType, buffer: Buffer, op: Option<Op>, requires_grad: bool) -> Tensor {
        debug_assert_eq!(shape.elements(), buffer.len());
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Tensor(Rc::new(Node {
            id: TensorId(NEXT.fetch_add(1, Ordering::Relaxed)),
            shape,
            dtype,
            buffer,
            op,
            requires_grad: Cell::new(requires_grad),
            retains_grad: Cell::new(false),
            grad_fn: Cell::new(None),
            released: Cell::new(false),
            version: RefCell::new(None),
        }))
    }

    /// A leaf over memory that is already filled. The buffer's kind decides the dtype.
    pub fn from_buffer(buffer: Buffer, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        let dtype = match buffer.element() {
            Element::Float32 => DType::Float32,
            Element::Float64 => DType::Float64,
            Element::Int64 => DType::Int64,
            Element::Bool => DType::Bool,
            other => return Err(Error::DType(format!("a tensor cannot hold {other:?} elements"))),
        };
        if shape.elements() != buffer.len() {
            return Err(Error::Shape(format!("shape '{shape}' is invalid for input of size {}", buffer.len())));
        }
        Ok(Tensor::node(shape, dtype, buffer, None, false))
    }

    /// The result of an op: remembers it if gradients are on and an input needs one.
    fn result(shape: Shape, dtype: DType, buffer: Buffer, op: Op) -> Tensor {
        let tracks = dtype.is_floating() && grad_enabled() && op.inputs().iter().any(|input| input.requires_grad());
        Tensor::node(shape, dtype, buffer, tracks.then_some(op), tracks)
    }

    /// Runs a kernel into a new buffer of `length` elements on this tensor's device.
    fn run(&self, kernel: Kernel, inputs: &[&Tensor], element: Element, length: usize) -> Result<Buffer> {
        let device = self.common_device(inputs)?;
        let out = device.allocate(element, length)?;
        let inputs: Vec<&Buffer> = inputs.iter().map(|tensor| tensor.buffer()).collect();
        device.run(kernel, &inputs, &[&out])?;
        Ok(out)
    }

    fn common_device(&self, others: &[&Tensor]) -> Result<Device> {
        let device = self.device();
        match others.iter().find(|other| other.device() != device) {
            None => Ok(device),
            Some(other) => Err(Error::Device(format!(
                "Expected all tensors to be on the same device, but found at least two devices, {} and {}!",
                device.name(),
                other.device().name()
            ))),
        }
    }

    /// Names the node.
    pub fn id(&self) -> TensorId {
        self.0.id
    }

    /// The sizes: `tensor.size()`.
    pub fn shape(&self) -> &Shape {
        &self.0.shape
    }

    /// Number of axes: `tensor.dim()`.
    pub fn dim(&self) -> usize {
        self.0.shape.len()
    }

    /// Number of elements: `tensor.numel()`.
    pub fn numel(&self) -> usize {
        self.0.shape.elements()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// Where it lives.
    pub fn device(&self) -> Device {
        self.0.buffer.device()
    }

    /// The memory that holds the elements.
    pub fn buffer(&self) -> &Buffer {
        &self.0.buffer
    }

    /// The op that made it; none for a leaf.
    pub fn op(&self) -> Option<&Op> {
        self.0.op.as_ref()
    }

    /// PyTorch's name of its gradient function, as printing shows it: `tensor.grad_fn`; none for a leaf.
    pub fn grad_fn(&self) -> Option<&'static str> {
        self.op().map(|op| self.0.grad_fn.get().unwrap_or_else(|| op.grad_fn_name()))
    }

    /// Gives a tensor that several ops made the name that PyTorch gives its one op. Leaves stay without.
    pub(crate) fn named(self, grad_fn: &'static str) -> Tensor {
        // Another handle would see its name change: what returned its input unchanged keeps it.
        if Rc::strong_count(&self.0) == 1 {
            self.0.grad_fn.set(Some(grad_fn));
        }
        self
    }

    /// Whether it stands at the start of a graph: `tensor.is_leaf`.
    pub fn is_leaf(&self) -> bool {
        self.0.op.is_none()
    }

    /// Whether gradients flow to it.
    pub fn requires_grad(&self) -> bool {
        self.0.requires_grad.get()
    }

    /// Asks for gradients, or stops asking: `tensor.requires_grad_(...)`. Only floating dtypes can have them, and only a
    /// leaf can change its mind.
    pub fn requires_grad_(&self, requires_grad: bool) -> Result<Tensor> {
        if requires_grad && !self.dtype().is_floating() {
            return Err(Error::Autograd("only Tensors of floating point dtype can require gradients".to_string()));
        }
        if !requires_grad && !self.is_leaf() {
            return Err(Error::Autograd(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that \
                 doesn't require differentiation use var_no_grad = var.detach()."
                    .to_string(),
            ));
        }
        self.0.requires_grad.set(requires_grad);
        Ok(self.clone())
    }

    /// Asks a tensor in the middle of a graph to keep its gradient: `tensor.retain_grad()`.
    pub fn retain_grad(&self) -> Result<()> {
        if !self.requires_grad() {
            return Err(Error::Autograd("can't retain_grad on Tensor that has requires_grad=False".to_string()));
        }
        self.0.retains_grad.set(true);
        Ok(())
    }

    /// Whether the backward pass keeps its gradient: leaves, and those that were asked to.
    pub fn retains_grad(&self) -> bool {
        self.is_leaf() || self.0.retains_grad.get()
    }

    pub(crate) fn is_released(&self) -> bool {
        self.0.released.get()
    }

    pub(crate) fn release(&self) {
        self.0.released.set(true);
    }

    /// The same data without history: `tensor.detach()`.
    pub fn detach(&self) -> Tensor {
        Tensor::node(self.0.shape.clone(), self.dtype(), self.0.buffer.clone(), None, false)
    }

    /// The elements, row-major, wherever they live.
    pub async fn read(&self) -> Result<HostData> {
        self.0.buffer.read().await
    }

    /// The elements of a tensor on the CPU, row-major.
    pub fn host(&self) -> Result<HostData> {
        self.0.buffer.host()
    }

    /// The elements of a tensor on the CPU as float64, whatever the dtype.
    pub fn to_f64_vec(&self) -> Result<Vec<f64>> {
        Ok(self.host()?.to_f64())
    }

    /// The elements of a tensor on the CPU as float32, whatever the dtype.
    pub fn to_f32_vec(&self) -> Result<Vec<f32>> {
        Ok(match self.host()? {
            HostData::Float32(data) => data,
            other => other.to_f64().into_iter().map(|x| x as f32).collect(),
        })
    }

    /// The one element of a tensor on the CPU, as float64: `tensor.item()`.
    pub fn item(&self) -> Result<f64> {
        match self.numel() {
            1 => Ok(self.to_f64_vec()?[0]),
            n => Err(Error::Value(format!("a Tensor with {n} elements cannot be converted to Scalar"))),
        }
    }

    /// The same tensor on another device, as a leaf. Waits where it has to read back.
    pub async fn to_device(&self, device: &Device) -> Result<Tensor> {
        if &self.device() == device {
            return Ok(self.clone());
        }
        let buffer = device.upload(self.read().await?)?;
        Tensor::from_buffer(buffer, self.0.shape.clone())?.requires_grad_(self.requires_grad())
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tensor(#{}, {}, {})", self.0.id.0, self.0.shape, self.dtype())
    }
}
