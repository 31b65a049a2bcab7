//! By which door a function of tensors can be called: `torch.x`, the method, `torch.nn.functional.x`.

use super::{losses, views};

/// `torch.x`, the method, and both with an underscore.
const WRITTEN_BOTH: &[&str] = &[
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
    "floor",
    "ceil",
    "round",
    "clamp",
    "trunc",
    "frac",
    "exp2",
];
/// `torch.x` and the method, which has a twin with an underscore.
const WRITTEN_METHOD: &[&str] = &[
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "floor_divide",
    "remainder",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
    "sign",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "cumsum",
    "tril",
    "triu",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "bitwise_not",
];
/// `torch.x` and the method.
const BOTH: &[&str] = &[
    "matmul",
    "mm",
    "mv",
    "dot",
    "bmm",
    "outer",
    "maximum",
    "minimum",
    "isnan",
    "isinf",
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
    "all",
    "any",
    "allclose",
    "equal",
    "diag",
    "flip",
    "gather",
    "index_select",
    "masked_select",
    "nonzero",
    "isfinite",
    "roll",
    "sort",
    "argsort",
    "topk",
    "count_nonzero",
];
const TORCH: &[&str] = &["cat", "stack", "hstack", "vstack", "where", "conv2d", "max_pool2d", "selu"];
const METHOD: &[&str] = &["masked_fill", "repeat"];
/// As [`WRITTEN_BOTH`], and `torch.nn.functional.x`.
const WRITTEN_EVERYWHERE: &[&str] = &["sigmoid", "tanh", "relu"];
const EVERYWHERE: &[&str] = &["softmax", "log_softmax"];
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
    ("clip", "clamp"),
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
        Some(("torch", name)) if name.ends_with('_') => {
            name.strip_suffix('_').is_some_and(|plain| is_in(&[WRITTEN_BOTH, WRITTEN_EVERYWHERE], plain))
        }
        Some(("torch", name)) => {
            is_in(&[WRITTEN_BOTH, WRITTEN_METHOD, BOTH, TORCH, WRITTEN_EVERYWHERE, EVERYWHERE], name)
                || views::is_function(name)
        }
        Some(("torch.nn.functional", name)) => is_in(&[FUNCTIONAL, WRITTEN_EVERYWHERE, EVERYWHERE, losses::NAMES], name),
        _ => false,
    }
}

fn is_in(doors: &[&[&str]], name: &str) -> bool {
    doors.iter().any(|door| door.contains(&name))
}

/// Whether a tensor has it as a method.
pub fn knows_method(name: &str) -> bool {
    let name = canonical(name);
    is_in(&[WRITTEN_BOTH, WRITTEN_METHOD, BOTH, METHOD, WRITTEN_EVERYWHERE, EVERYWHERE], name) || views::knows(name)
}

/// Whether a tensor has the method `plain_`, which writes to it.
pub fn knows_written_method(plain: &str) -> bool {
    let plain = canonical(plain);
    plain == "masked_fill"
        || is_in(&[WRITTEN_BOTH, WRITTEN_METHOD, WRITTEN_EVERYWHERE], plain)
        || views::in_place_name(plain, 0).is_some()
}
