//! The functions that element-wise kernels, folds and fused stores apply.

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
