//! Elements and slices along an axis by positions (Index) that are known to be there, and the ways back: each is the gradient of
//! another, so that gradients can be differentiated again.

use super::Tensor;
use crate::backend::{Buffer, Element, Kernel};
use crate::error::Result;
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// Slices along an axis, one for each position.
    pub(crate) fn selected(&self, axis: usize, index: Buffer) -> Result<Tensor> {
        let (outer, size, inner) = self.split_at_axis(axis);
        let count = index.len();
        let kernel = Kernel::IndexSelect { outer, axis: size, inner, count };
        self.moved(kernel, axis, count, index, |input, index| Op::IndexSelect { input, axis, index })
    }

    /// The way back: zeros with `size` positions along the axis, and each slice of this tensor added at its own.
    pub(crate) fn added_at(&self, axis: usize, index: Buffer, size: usize) -> Result<Tensor> {
        let (outer, count, inner) = self.split_at_axis(axis);
        let kernel = Kernel::IndexAdd { outer, axis: size, inner, count };
        self.moved(kernel, axis, size, index, |input, index| Op::IndexAdd { input, axis, index })
    }

    /// `count` elements along an axis for each of its lines, each at a position of its own (this shape, but for the axis).
    pub(crate) fn gathered(&self, axis: usize, index: Buffer, count: usize) -> Result<Tensor> {
        let (outer, size, inner) = self.split_at_axis(axis);
        let kernel = Kernel::Gather { outer, axis: size, inner, count };
        self.moved(kernel, axis, count, index, |input, index| Op::Gather { input, axis, index })
    }

    /// The way back: zeros with `size` positions along the axis, and each element of this tensor added at its own (this shape).
    /// `torch.scatter_add` to zeros.
    pub(crate) fn scattered(&self, axis: usize, index: Buffer, size: usize) -> Result<Tensor> {
        let (outer, count, inner) = self.split_at_axis(axis);
        let kernel = Kernel::ScatterAdd { outer, axis: size, inner, count };
        self.moved(kernel, axis, size, index, |input, index| Op::ScatterAdd { input, axis, index })
    }

    /// Runs a kernel that leaves `size` positions along an axis.
    fn moved(
        &self,
        kernel: Kernel,
        axis: usize,
        size: usize,
        index: Buffer,
        op: impl FnOnce(Tensor, Buffer) -> Op,
    ) -> Result<Tensor> {
        let mut sizes = self.shape().to_vec();
        sizes[axis] = size;
        let shape = Shape::from(sizes);
        let device = self.device();
        let out = device.allocate(Element::from(self.dtype()), shape.elements())?;
        device.run(kernel, &[self.buffer(), &index], &[&out])?;
        Ok(Tensor::result(shape, self.dtype(), out, op(self.clone(), index)))
    }
}
