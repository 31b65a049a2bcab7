//! Products of vectors and matrices. Transposed operands are read as they lie: no copy is made of them.

use super::Tensor;
use crate::backend::Element;
use crate::backend::kernel::{Kernel, MatmulSizes};
use crate::error::{Error, Result};
use crate::op::Op;
use crate::shape::Shape;

impl Tensor {
    /// `left x right` with the sizes given; each operand is `(batch, rows, columns)` as it lies.
    pub(crate) fn matmul_sized(&self, right: &Tensor, sizes: MatmulSizes, shape: Shape, shards: usize) -> Result<Tensor> {
        if self.dtype() != right.dtype() {
            return Err(Error::DType(format!(
                "expected m1 and m2 to have the same dtype, but got: {} != {}",
                torch_scalar_name(self),
                torch_scalar_name(right)
            )));
        }
        let kernel = Kernel::Matmul { sizes, shards };
        let buffer = self.run(kernel, &[self, right], Element::from(self.dtype()), shape.elements())?;
        Ok(Tensor::result(shape, self.dtype(), buffer, Op::Matmul { left: self.clone(), right: right.clone(), sizes }))
    }

    /// `(m, k) x (k, n)`: `torch.mm`.
    pub fn mm(&self, right: &Tensor) -> Result<Tensor> {
        if self.dim() != 2 || right.dim() != 2 {
            let (wrong, rank) = if self.dim() != 2 { ("self", self.dim()) } else { ("mat2", right.dim()) };
            return Err(Error::Shape(format!("mm: {wrong} must be a matrix, got {rank}-D tensor")));
        }
        self.matrix_product(right, false, false)
    }

    /// Two matrices, either read transposed: `A^T B` and `A B^T` without a transposed copy.
    pub(crate) fn matrix_product(&self, right: &Tensor, transpose_left: bool, transpose_right: bool) -> Result<Tensor> {
        let turn = |tensor: &Tensor, transposed: bool| match transposed {
            false => (tensor.shape()[0], tensor.shape()[1]),
            true => (tensor.shape()[1], tensor.shape()[0]),
        };
        let ((m, k), (k_right, n)) = (turn(self, transpose_left), turn(right, transpose_right));
        if k != k_right {
            return Err(Error::Shape(format!("mm: mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {k_right}x{n})")));
        }
        let sizes =
            MatmulSizes { batch: 1, m, k, n, transpose_left, transpose_right, left_batched: false, right_batched: false };
        self.matmul_sized(right, sizes, Shape::from([m, n]), 1)
    }

    /// `(m, k) x (k)`: `torch.mv`.
    pub fn mv(&self, vector: &Tensor) -> Result<Tensor> {
        if self.dim() != 2 || vector.dim() != 1 {
            return Err(Error::Shape(format!("vector + matrix @ vector expected, got 1, {}, {}", self.dim(), vector.dim())));
        }
        let (m, k) = (self.shape()[0], self.shape()[1]);
        if k != vector.numel() {
            return Err(Error::Shape(format!("size mismatch, got input ({m}), mat ({m}x{k}), vec ({})", vector.numel())));
        }
        Ok(self.mm(&vector.reshape([k, 1])?)?.reshape([m])?.named("MvBackward0"))
    }

    /// Sum of the products of two vectors: `torch.dot`.
    pub fn dot(&self, other: &Tensor) -> Result<Tensor> {
        if self.dim() != 1 || other.dim() != 1 {
            return Err(Error::Shape(format!("1D tensors expected, but got {}D and {}D tensors", self.dim(), other.dim())));
        }
        if self.dtype() != other.dtype() {
            return Err(Error::DType(format!(
                "dot : expected both vectors to have same dtype, but found {} and {}",
                self.dtype().class_name(),
                other.dtype().class_name()
            )));
        }
        if self.numel() != other.numel() {
            return Err(Error::Shape(format!(
                "inconsistent tensor size, expected tensor [{}] and src [{}] to have the same number of elements, but got {} and {} elements \
                 respectively",
                self.numel(),
                other.numel(),
                self.numel(),
                other.numel()
            )));
        }
        let sizes = MatmulSizes {
            batch: 1,
            m: 1,
            k: self.numel(),
            n: 1,
            transpose_left: false,
            transpose_right: false,
            left_batched: false,
            right_batched: false,
        };
        Ok(self.matmul_sized(other, sizes, Shape::default(), 1)?.named("DotBackward0"))
    }

    /// Every product of two vectors' elements: `torch.outer`.
    pub fn outer(&self, other: &Tensor) -> Result<Tensor> {
        if self.dim() != 1 || other.dim() != 1 {
            let (wrong, rank) = if self.dim() != 1 { ("self", self.dim()) } else { ("vec2", other.dim()) };
            return Err(Error::Shape(format!("outer: Expected 1-D argument {wrong}, but got {rank}-D")));
        }
        self.reshape([self.numel(), 1])?.mul(other)
    }

    /// `(b, m, k) x (b, k, n)`: `torch.bmm`.
    pub fn bmm(&self, right: &Tensor) -> Result<Tensor> {
        if self.dim() != 3 || right.dim() != 3 {
            let wrong = if self.dim() != 3 { "batch1" } else { "batch2" };
            return Err(Error::Shape(format!("{wrong} must be a 3D tensor")));
        }
        let (batch, m, k) = (self.shape()[0], self.shape()[1], self.shape()[2]);
        let (batch_right, k_right, n) = (right.shape()[0], right.shape()[1], right.shape()[2]);
        if (batch, k) != (batch_right, k_right) {
            return Err(Error::Shape(format!(
                "Expected size for first two dimensions of batch2 tensor to be: [{batch}, {k}] but got: [{batch_right}, {k_right}]."
            )));
        }
        let sizes = MatmulSizes {
            batch,
            m,
            k,
            n,
            transpose_left: false,
            transpose_right: false,
            left_batched: true,
            right_batched: true,
        };
        self.matmul_sized(right, sizes, Shape::from([batch, m, n]), 1)
    }

    /// `torch.matmul`: vectors, matrices and batches of them, batches broadcast.
    pub fn matmul(&self, right: &Tensor) -> Result<Tensor> {
        match (self.dim(), right.dim()) {
            (0, _) | (_, 0) => Err(Error::Shape(format!(
                "both arguments to matmul need to be at least 1D, but they are {}D and {}D",
                self.dim(),
                right.dim()
            ))),
            (1, 1) => self.dot(right),
            (2, 1) => self.mv(right),
            (1, 2) => Ok(self.unsqueeze(0)?.mm(right)?.squeeze(Some(0))?.named("SqueezeBackward4")),
            (2, 2) => self.mm(right),
            (1, _) => Ok(self.unsqueeze(0)?.matmul(right)?.squeeze(Some(-2))?.named("SqueezeBackward4")),
            (rank, 1) if self.shape()[rank - 1] != right.numel() => {
                let columns = self.shape()[rank - 1];
                let rows = self.numel() / columns.max(1);
                Err(Error::Shape(format!(
                    "size mismatch, got input ({rows}), mat ({rows}x{columns}), vec ({})",
                    right.numel()
                )))
            }
            (_, 1) => Ok(self.matmul(&right.unsqueeze(-1)?)?.squeeze(Some(-1))?.named("UnsafeViewBackward0")),
            // One matrix for all: the batch is so many rows more.
            (_, 2) => {
                let mut sizes = self.shape().to_vec();
                let k = sizes.pop().unwrap_or_default();
                let rows: usize = sizes.iter().product();
                sizes.push(right.shape()[1]);
                Ok(self.reshape([rows, k])?.mm(right)?.reshape(sizes)?.named("UnsafeViewBackward0"))
            }
            (a, b) => {
                let (left_batch, right_batch) = (Shape::new(&self.shape()[..a - 2]), Shape::new(&right.shape()[..b - 2]));
                let batch = left_batch.broadcast(&right_batch)?;
                let with = |tail: &[usize]| Shape::from([&batch[..], tail].concat());
                let (m, k) = (self.shape()[a - 2], self.shape()[a - 1]);
                let (k_right, n) = (right.shape()[b - 2], right.shape()[b - 1]);
                let count = batch.elements();
                let left = self.broadcast_to(with(&[m, k]))?.reshape([count, m, k])?;
                let right = right.broadcast_to(with(&[k_right, n]))?.reshape([count, k_right, n])?;
                Ok(left.bmm(&right)?.reshape(with(&[m, n]))?.named("UnsafeViewBackward0"))
            }
        }
    }
}

/// The name that PyTorch's C++ side gives a dtype in messages.
fn torch_scalar_name(tensor: &Tensor) -> &'static str {
    match tensor.dtype() {
        crate::DType::Float32 => "float",
        crate::DType::Float64 => "double",
        crate::DType::Int64 => "long",
        crate::DType::Bool => "bool",
    }
}
