//! By which door a function of tensors can be called: `torch.x`, the method, `torch.nn.functional.x`.

use super::{losses, views};

/// Each door with what can be called through it: `torch.x`, the method, `torch.nn.functional.x`.
const BOTH: &[&str] = &[
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "matmul",
    "mm",
    "mv",
    "dot",
    "bmm",
    "outer",
    "floor_divide",
    "remainder",
    "maximum",
    "minimum",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "neg",
    "abs",
    "exp",
    "log",
    "log2",
    "log10",
    "log1p",
    "expm1",
    "sqrt",
    "rsqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "atan",
    "sinh",
    "cosh",
    "erf",
    "sign",
    "floor",
    "ceil",
    "round",
    "clamp",
    "isnan",
    "isinf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "sum",
    "mean",
    "prod",
    "std",
    "var",
    "max",
    "min",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "norm",
    "logsumexp",
    "cumsum",
    "all",
    "any",
    "allclose",
    "equal",
    "diag",
    "tril",
    "triu",
    "flip",
    "gather",
    "index_select",
    "masked_select",
    "nonzero",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_not",
    "trunc",
    "frac",
    "exp2",
    "isfinite",
    "roll",
    "sort",
    "argsort",
    "topk",
    "count_nonzero",
];
const TORCH: &[&str] = &["cat", "stack", "hstack", "vstack", "where", "conv2d", "max_pool2d", "selu"];
const METHOD: &[&str] = &["masked_fill", "repeat"];
const EVERYWHERE: &[&str] = &["sigmoid", "tanh", "relu", "softmax", "log_softmax"];
const FUNCTIONAL: &[&str] = &[
    "selu",
    "gelu",
    "softplus",
    "leaky_relu",
    "elu",
    "silu",
    "logsigmoid",
    "softsign",
    "linear",
    "conv2d",
    "max_pool2d",
    "avg_pool2d",
    "dropout",
    "one_hot",
    "relu6",
    "hardtanh",
    "softmin",
];

/// Other names of the same.
const ALIASES: &[(&str, &str)] = &[
    ("multiply", "mul"),
    ("subtract", "sub"),
    ("divide", "div"),
    ("true_divide", "div"),
    ("absolute", "abs"),
    ("negative", "neg"),
    ("arctan", "atan"),
    ("greater", "gt"),
    ("greater_equal", "ge"),
    ("less", "lt"),
    ("less_equal", "le"),
    ("not_equal", "ne"),
    ("concat", "cat"),
    ("concatenate", "cat"),
    ("ravel", "flatten"),
    ("swapdims", "swapaxes"),
];

/// Functions that can be told to write to their input.
pub const IN_PLACE: &[&str] = &["relu", "leaky_relu", "elu", "selu", "silu", "relu6", "hardtanh", "dropout"];

/// The one name of what has several.
pub fn canonical(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name)
}

/// Whether `torch.x` or `torch.nn.functional.x` is one of these.
pub fn knows_path(path: &str) -> bool {
    match path.rsplit_once('.').map(|(door, name)| (door, canonical(name))) {
        // `torch.relu_(x)` is `x.relu_()`.
        Some(("torch", name)) if name.ends_with('_') => knows_method(name.trim_end_matches('_')) && !name.starts_with('_'),
        Some(("torch", name)) => {
            [BOTH, TORCH, EVERYWHERE].iter().any(|door| door.contains(&name)) || views::is_function(name)
        }
        Some(("torch.nn.functional", name)) => {
            [FUNCTIONAL, EVERYWHERE, losses::NAMES].iter().any(|door| door.contains(&name))
        }
        _ => false,
    }
}

/// Whether a tensor has it as a method.
pub fn knows_method(name: &str) -> bool {
    let name = canonical(name);
    [BOTH, METHOD, EVERYWHERE].iter().any(|door| door.contains(&name)) || views::knows(name)
}
