//! Kernels as data: what a backend can run, with every size it needs. Because a call is data, the first step of
//! a training run can be recorded and replayed, printed, and checked on one backend against another.
//!
//! Each variant states its buffers in order, `inputs -> outputs`. All buffers are contiguous and row-major.
//! No input may be the same buffer as an output, except where a kernel updates its outputs in place.

/// Element-wise function of one value. `x` is the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UnaryOp {
    Negate,
    Absolute,
    Sign,
    Reciprocal,
    Square,
    SquareRoot,
    Exponential,
    /// exp(x) - 1
    ExponentialMinusOne,
    Logarithm,
    Logarithm2,
    /// ln(1 + x)
    LogarithmOnePlus,
    Sine,
    Cosine,
    Arctangent,
    ErrorFunction,
    Floor,
    Ceil,
    /// Half to even, as PyTorch rounds.
    Round,
    Tanh,
    Sigmoid,
    Relu,
    /// x where x > 0, else slope x
    LeakyRelu {
        slope: f64,
    },
    /// x where x > 0, else alpha (exp(x) - 1)
    Elu {
        alpha: f64,
    },
    Selu,
    /// x Phi(x), with the error function
    Gelu,
    /// ln(1 + exp(beta x)) / beta; x itself where beta x > threshold
    Softplus {
        beta: f64,
        threshold: f64,
    },
    /// min(max(x, low), high)
    Clamp {
        low: f64,
        high: f64,
    },
    /// x ^ exponent
    PowerScalar {
        exponent: f64,
    },
    /// scale x + shift
    Affine {
        scale: f64,
        shift: f64,
    },
    /// 1 where x is 0, else 0
    LogicalNot,
}

/// Element-wise function of two values, `a` and `b`. Comparisons give a Bool buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// floor(a / b), PyTorch's `//`
    FloorDivide,
    /// a - floor(a / b) b, PyTorch's `%`
    Remainder,
    Power,
    Maximum,
    Minimum,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    LogicalAnd,
    LogicalOr,
    LogicalXor,
    /// a where b > 0, else 0: the gradient of ReLU from the gradient a and the output b
    ReluGradient,
    /// a where b > 0, else slope a; b is the output
    LeakyReluGradient {
        slope: f64,
    },
    /// a b (1 - b); b is the output
    SigmoidGradient,
    /// a (1 - b b); b is the output
    TanhGradient,
}

/// How an axis is folded. Maximum and minimum give the position too (the first one, as PyTorch on a CPU).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReduceOp {
    Sum,
    Product,
    Maximum,
    Minimum,
}

/// The activation that a fused kernel applies in its store.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Activation {
    Identity,
    Relu,
    LeakyRelu { slope: f64 },
    Sigmoid,
    Tanh,
}

/// Sizes of a two-dimensional convolution: input `(batch, in_channels, height, width)`, weight
/// `(out_channels, in_channels, kernel_height, kernel_width)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConvolutionSizes {
    pub batch: usize,
    pub in_channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub kernel_height: usize,
    pub kernel_width: usize,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl ConvolutionSizes {
    /// Height of the output, rounded down: `(height + 2 padding - dilation (kernel - 1) - 1) / stride + 1`.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding - self.dilation * (self.kernel_height - 1) - 1) / self.stride + 1
    }

    /// Width of the output, rounded down.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding - self.dilation * (self.kernel_width - 1) - 1) / self.stride + 1
    }

    /// `(batch, in_channels, height, width)`
    pub fn input_shape(&self) -> [usize; 4] {
        [self.batch, self.in_channels, self.height, self.width]
    }

    /// `(out_channels, in_channels, kernel_height, kernel_width)`
    pub fn weight_shape(&self) -> [usize; 4] {
        [self.out_channels, self.in_channels, self.kernel_height, self.kernel_width]
    }

    /// `(batch, out_channels, out_height, out_width)`
    pub fn out_shape(&self) -> [usize; 4] {
        [self.batch, self.out_channels, self.out_height(), self.out_width()]
    }
}

/// Sizes of a pooling over `(planes, height, width)`, planes being batch times channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolSizes {
    pub planes: usize,
    pub height: usize,
    pub width: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl PoolSizes {
    /// Height of the output, rounded down.
    pub fn out_height(&self) -> usize {
        (self.height + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Width of the output, rounded down.
    pub fn out_width(&self) -> usize {
        (self.width + 2 * self.padding - self.kernel) / self.stride + 1
    }
}

/// Sizes of a matrix product `out (m, n) = left (m, k) x right (k, n)`, repeated over `batch`.
/// A transposed operand is stored the other way round: left as `(k, m)`, right as `(n, k)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MatmulSizes {
    pub batch: usize,
    pub m: usize,
    pub k: usize,
    pub n: usize,
    pub transpose_left: bool,
    pub transpose_right: bool,
    /// False: the one left matrix serves the whole batch.
    pub left_batched: bool,
    /// False: the one right matrix serves the whole batch.
    pub right_batched: bool,
}

/// Which update rule `Kernel::Update` applies, and so which state it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum UpdateRule {
    /// State: none.
    Sgd,
    /// State: velocity.
    SgdMomentum,
    /// State: first moment, second moment. Decoupled weight decay where `decoupled`.
    Adam { decoupled: bool },
    /// State: square average, and velocity (used where momentum is not 0).
    RmsProp,
}

impl UpdateRule {
    /// How many buffers of the parameter's length the rule keeps.
    pub fn states(self) -> usize {
        match self {
            UpdateRule::Sgd => 0,
            UpdateRule::SgdMomentum => 1,
            UpdateRule::Adam { .. } | UpdateRule::RmsProp => 2,
        }
    }
}

/// One row of the schedule buffer: the numbers of one update step. Written ahead by the trainer, a row a step, so
/// that the rate may change at any step while many steps are in flight.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Default, bytemuck::Pod, bytemuck::Zeroable)]
pub struct UpdateRow {
    pub learning_rate: f32,
    /// SGD and RMSprop: momentum.
    pub momentum: f32,
    /// What stays of the squares. Adam: beta 2. RMSprop: alpha.
    pub second: f32,
    /// 1 for Nesterov's momentum.
    pub nesterov: f32,
    pub weight_decay: f32,
    /// Weight of the L1 penalty's gradient, sign(w).
    pub l1: f32,
    pub epsilon: f32,
    /// Adam: learning rate / (1 - beta1^t).
    pub step_size: f32,
    /// Adam: sqrt(1 - beta2^t).
    pub bias_correction2_sqrt: f32,
    /// 1 on the first step of SGD with momentum: the velocity starts as the gradient, without dampening.
    pub first: f32,
    /// How much of the gradient joins what is remembered. SGD: 1 - dampening. Adam: 1 - beta 1. Such differences are taken in
    /// float64 and then rounded, as PyTorch does: of 1 - 0.999 in float32 only four digits are right.
    pub take: f32,
    /// How much of its square. Adam: 1 - beta 2. RMSprop: 1 - alpha.
    pub take_square: f32,
    /// AdamW: what stays of the parameter, 1 - learning rate * weight decay.
    pub keep: f32,
    pub reserved: [f32; 3],
}

/// Floats in an [`UpdateRow`].
pub const UPDATE_ROW: usize = 16;

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
