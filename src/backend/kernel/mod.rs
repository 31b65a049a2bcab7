//! Kernels as data: what a backend can run, with every size it needs. Because a call is data, the first step of
//! a training run can be recorded and replayed, printed, and checked on one backend against another.
//!
//! Each variant states its buffers in order, `inputs -> outputs`. All buffers are contiguous and row-major.
//! No input may be the same buffer as an output, except where a kernel updates its outputs in place.

mod functions;
mod sizes;
mod update;

pub use functions::{Activation, BinaryOp, ReduceOp, UnaryOp};
pub use sizes::{ConvolutionSizes, MatmulSizes, PoolSizes};
pub use update::{UPDATE_ROW, UpdateRow, UpdateRule};

/// One kernel call without its buffers.
///
/// `shards`: where a sum runs over the rows of a batch, the rows are cut into this many consecutive parts
/// ([`shard_bounds`]), each part is summed alone, and the parts are added pairwise as a balanced tree. So the bits do not depend
/// on how many workers shared the parts.
#[derive(Debug, Clone, PartialEq)]
pub enum Kernel {
    /// `-> out`: every element set to the value.
    Fill { value: f64 },
    /// `x -> out`: the same elements in out's element type (bool: not 0; to integer: towards 0).
    Cast,
    /// `x -> out`
    Unary(UnaryOp),
    /// `a, b -> out`, each read with its strides over `sizes` (0 on stretched axes).
    Binary { op: BinaryOp, sizes: Vec<usize>, left_strides: Vec<usize>, right_strides: Vec<usize> },
    /// `condition (Bool), a, b -> out`, each read with its strides over `sizes`.
    Select { sizes: Vec<usize>, condition_strides: Vec<usize>, left_strides: Vec<usize>, right_strides: Vec<usize> },
    /// `x (outer, axis, inner) -> out (outer, inner)`, and for maximum and minimum `, positions (Index)`.
    Reduce { op: ReduceOp, outer: usize, axis: usize, inner: usize, shards: usize },
    /// `x -> out`: out, of `sizes`, reads x at `offset + sum(position * stride)`.
    Rearrange { sizes: Vec<usize>, strides: Vec<isize>, offset: usize },
    /// `x -> out`: out is set to 0, then x, of `sizes`, is added to it at `offset + sum(position * stride)`.
    RearrangeAdd { sizes: Vec<usize>, strides: Vec<isize>, offset: usize },
    /// `x (outer, axis, inner), index (Index, count) -> out (outer, count, inner)`
    IndexSelect { outer: usize, axis: usize, inner: usize, count: usize },
    /// `x (outer, count, inner), index (Index, count) -> out (outer, axis, inner)`: set to 0, then added to.
    IndexAdd { outer: usize, axis: usize, inner: usize, count: usize },
    /// `x (outer, axis, inner), index (Index: outer, count, inner) -> out (outer, count, inner)`: `torch.gather`.
    Gather { outer: usize, axis: usize, inner: usize, count: usize },
    /// `x (outer, count, inner), index (Index: the same) -> out (outer, axis, inner)`: set to 0, then added to.
    ScatterAdd { outer: usize, axis: usize, inner: usize, count: usize },
    /// `x (outer, axis, inner) -> out`: log of the softmax over the axis.
    LogSoftmax { outer: usize, axis: usize, inner: usize },
    /// `x (outer, axis, inner) -> out`: running sums along the axis; on the CPU in float64 until they are stored.
    CumulativeSum { outer: usize, axis: usize, inner: usize },
    /// `left, right -> out (batch, m, n)`. `shards` cut k; 1 except in weight gradients.
    Matmul { sizes: MatmulSizes, shards: usize },
    /// `x (n, c, h, w), weight -> out`: plain convolution without bias.
    Convolution(ConvolutionSizes),
    /// `gradient of out, weight -> gradient of x`
    ConvolutionInputGradient(ConvolutionSizes),
    /// `x, gradient of out -> gradient of weight`
    ConvolutionWeightGradient { sizes: ConvolutionSizes, shards: usize },
    /// `x -> out, positions (Index: height * width offset in the plane)`
    MaxPool(PoolSizes),
    /// `gradient of out, positions -> gradient of x`
    MaxPoolGradient(PoolSizes),
    /// `x -> out`; padding counts as zeros in the mean, as PyTorch does.
    AveragePool(PoolSizes),
    /// `gradient of out -> gradient of x`
    AveragePoolGradient(PoolSizes),

    // Fused, float32, for training
    /// `x (m, k), weight (n, k), bias (n) -> out (m, n)`: `activation(x weight^T + bias)`
    Linear { m: usize, k: usize, n: usize, activation: Activation },
    /// `x, weight, bias (out_channels) -> out, positions (Byte: 0..4 in the window)`: convolution, bias, ReLU, 2x2 max-pooling with
    /// stride 2 (rounded down). Ties go to the first, as in PyTorch.
    ConvolutionBlock(ConvolutionSizes),
    /// `weight, out, positions, gradient of out -> gradient of x`
    ConvolutionBlockInputGradient(ConvolutionSizes),
    /// `x, out, positions, gradient of out -> gradient of weight, gradient of bias`
    ConvolutionBlockWeightGradient { sizes: ConvolutionSizes, shards: usize },
    /// `logits (rows, classes), labels (Index) -> loss (1), gradient of logits`. Both times `scale`: 1 / batch for the mean.
    SoftmaxCrossEntropy { rows: usize, classes: usize, scale: f64, shards: usize },

    // The training step
    /// `images (Byte), labels (Byte), order (Index), cursor (Index: row, batch) -> x (rows, features), labels (Index, rows)`:
    /// rows `first .. first + rows` of batch number `cursor[1]`, images normalised as `(byte / 255 - mean) / deviation`.
    LoadBatch { batch: usize, first: usize, rows: usize, features: usize, mean: f32, deviation: f32 },
    /// The same images as what they mostly are: ground. `x = ground + ink`, where ground is a pixel of byte 0 and ink a matrix in compressed
    /// rows: `images, labels, order, cursor -> starts (Index, rows + 1), places (Index), ink (Float32), labels (Index, rows)`; entries
    /// `starts[i]..starts[i + 1]` are row i's, a column and a value each.
    LoadInk { batch: usize, first: usize, rows: usize, features: usize, mean: f32, deviation: f32 },
    /// `starts, places, ink, weight (n, k), bias (n) -> out (m, n)`: `activation(x weight^T + bias)` of such an x.
    LinearInk { m: usize, k: usize, n: usize, ground: f32, activation: Activation },
    /// `starts, places, ink -> starts (Index, features * shards + 1), places, ink`: in compressed columns, each cut into shards of its rows.
    TransposeInk { rows: usize, features: usize, shards: usize },
    /// `starts, places, ink (in compressed columns), gradient of out (rows, outputs) -> gradient of weight (outputs, features)`
    InkWeightGradient { rows: usize, features: usize, outputs: usize, ground: f32, shards: usize },
    /// `x, masks (Byte), cursor -> out`: x times `scale` where row `cursor[0]` of the masks, from `first`, holds 1; else 0.
    Dropout { elements: usize, first: usize, row: usize, scale: f32 },
    /// `gradient, schedule (UpdateRow a row), cursor -> parameter, state ...`, updated in place.
    Update { rule: UpdateRule, elements: usize },
    /// `value (count), cursor -> series`: `series[cursor[0] * count ..]` set to the values.
    Store { count: usize },
    /// `logits, labels (Index), cursor -> correct`: the number of rows whose largest logit is the label's, at `correct[cursor[0]]`.
    CountCorrect { rows: usize, classes: usize },
    /// `-> cursor`: both counters go up by one.
    Advance,
}

/// Rows `start..end` of part `shard` when `rows` are cut into `shards` consecutive parts. The cut halves like the tree that
/// adds the parts: first all rows at the middle, then each half alone. So half of the parts of a batch are the parts of half of the
/// batch, and a worker that has some of the rows cuts them as one worker with all of them does.
pub fn shard_bounds(rows: usize, shards: usize, shard: usize) -> (usize, usize) {
    if shards <= 1 {
        return (0, rows);
    }
    let (left_shards, left_rows) = (shards / 2, rows * (shards / 2) / shards);
    if shard < left_shards {
        return shard_bounds(left_rows, left_shards, shard);
    }
    let (start, end) = shard_bounds(rows - left_rows, shards - left_shards, shard - left_shards);
    (left_rows + start, left_rows + end)
}
