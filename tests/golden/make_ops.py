"""The op table: every op with several shapes, its value and gradients in float64 and float32.

A row: op, args, inputs (shape, data, dtype), and for each floating dtype the output and the gradients."""

import itertools
import random

import torch
import torch.nn.functional as F

DRAW = random.Random(7)


def reals(*shape, low=-2.0, high=2.0):
    """Short decimals, all different and none near 0, 1 or -1, so that no kink is within a difference step."""
    count = torch.Size(shape).numel()
    pool = [k / 100 for k in range(int(low * 100) + 1, int(high * 100))
            if min(abs(k), abs(k - 100), abs(k + 100), abs(k % 100 - 50)) > 2]
    data = DRAW.sample(pool, count) if count <= len(pool) else [DRAW.choice(pool) for _ in range(count)]
    return {"shape": list(shape), "data": data, "dtype": "float"}


def positive(*shape):
    return reals(*shape, low=0.05, high=3.0)


def unit(*shape):
    return reals(*shape, low=0.02, high=0.98)


def whole(*shape, low=0, high=5):
    count = torch.Size(shape).numel()
    return {"shape": list(shape), "data": [DRAW.randrange(low, high) for _ in range(count)], "dtype": "int64"}


def truth(*shape):
    count = torch.Size(shape).numel()
    return {"shape": list(shape), "data": [DRAW.random() < 0.5 for _ in range(count)], "dtype": "bool"}


def given(data, dtype="float"):
    return {"shape": list(torch.tensor(data).shape), "data": torch.tensor(data).reshape(-1).tolist(), "dtype": dtype}


def index(x, spec):
    """A list of parts: an integer, [start, stop, step] as {"slice": ...}, {"list": ...}, {"mask": ...}, "...", null."""
    def part(p):
        if isinstance(p, dict):
            if "slice" in p:
                return slice(*p["slice"])
            return torch.tensor(p.get("list", p.get("mask")))
        return ... if p == "..." else p
    return tuple(part(p) for p in spec)


def put(x, value, spec):
    out = x.clone()
    out[index(x, spec)] = value
    return out


FUNCTIONS = {
    "leaky_relu": lambda x, slope=0.01: F.leaky_relu(x, slope),
    "clamp": lambda x, min=None, max=None: torch.clamp(x, min, max),
    "pow_scalar": lambda x, exponent: torch.pow(x, exponent),
    "add_scalar": lambda x, value: x + value, "sub_scalar": lambda x, value: x - value,
    "rsub_scalar": lambda x, value: value - x, "rdiv_scalar": lambda x, value: value / x,
    "mul_scalar": lambda x, value: x * value, "div_scalar": lambda x, value: x / value,
    "max_dim": lambda x, dim, keepdim=False: torch.max(x, dim, keepdim)[0],
    "min_dim": lambda x, dim, keepdim=False: torch.min(x, dim, keepdim)[0],
    "norm": lambda x, **a: torch.linalg.vector_norm(x, a.get("p", 2), a.get("dim"), a.get("keepdim", False)),
    "var": lambda x, dim=None, correction=1, keepdim=False: torch.var(x, dim, correction=correction, keepdim=keepdim),
    "std": lambda x, dim=None, correction=1, keepdim=False: torch.std(x, dim, correction=correction, keepdim=keepdim),
    "reshape": lambda x, shape: x.reshape(shape), "view": lambda x, shape: x.view(shape),
    "expand": lambda x, shape: x.expand(shape), "permute": lambda x, dims: x.permute(dims),
    "flatten": lambda x, start=0, end=-1: x.flatten(start, end),
    "squeeze": lambda x, dim=None: x.squeeze() if dim is None else x.squeeze(dim),
    "cat": lambda *xs, dim=0: torch.cat(xs, dim), "stack": lambda *xs, dim=0: torch.stack(xs, dim),
    "split": lambda x, size, dim, part: torch.split(x, size, dim)[part],
    "index": lambda x, spec: x[index(x, spec)], "index_put": put,
    "gather": lambda x, i, dim: torch.gather(x, dim, i), "index_select": lambda x, i, dim: torch.index_select(x, dim, i),
    "one_hot": lambda i, classes: F.one_hot(i, classes), "where": lambda c, a, b: torch.where(c, a, b),
    "conv2d": lambda x, w, b=None, **a: F.conv2d(x, w, b, **a),
    "cross_entropy": lambda z, y, weight=None, **a: F.cross_entropy(z, y, weight if weight is None else z.new_tensor(weight), **a),
    "nll_loss": lambda z, y, weight=None, **a: F.nll_loss(z, y, weight if weight is None else z.new_tensor(weight), **a),
    "polynomial_loss": lambda z, y, epsilon: (F.cross_entropy(z, y, reduction="none") +
                                              epsilon * (1 - F.softmax(z, 1).gather(1, y[:, None])[:, 0])).mean(),
    "neg": torch.neg,
    "conv2d_window": lambda x, w, b=None, **a: F.conv2d(x, w, b, **a),
    "max_pool2d_window": lambda x, kernel_size, **a: F.max_pool2d(x, kernel_size, **a),
    "avg_pool2d_window": lambda x, kernel_size, **a: F.avg_pool2d(x, kernel_size, **a),
    "cast": lambda x, dtype: x.to(getattr(torch, dtype)),
    "dropout_with_mask": lambda x, mask: x * mask.detach(),
    "gelu_by_tanh": lambda x: F.gelu(x, approximate="tanh"), "round_to": lambda x, decimals: torch.round(x, decimals=decimals),
    "div_rounded": lambda x, y, mode: torch.div(x, y, rounding_mode=mode),
    "hardtanh": lambda x, low=-1.0, high=1.0: F.hardtanh(x, low, high),
    "huber_loss": lambda x, y, reduction, delta=1.0: F.huber_loss(x, y, reduction=reduction, delta=delta),
    "weighted_logits": lambda x, y, weight, reduction: F.binary_cross_entropy_with_logits(x, y, reduction=reduction, pos_weight=weight.detach()),
    "kl_div_of_logarithms": lambda x, y, reduction: F.kl_div(x, y, reduction=reduction, log_target=True),
    "sort": lambda x, dim, descending=False: torch.sort(x, dim, descending)[0],
    "topk": lambda x, k, dim=-1, largest=True: torch.topk(x, k, dim, largest)[0],
    "argsort": lambda x, dim: torch.sort(x, dim=dim, stable=True)[1],
    "repeat": lambda x, times: x.repeat(times), "roll": lambda x, shift, dim: torch.roll(x, shift, dim),
    "select": lambda x, dim, index: x.select(dim, index), "slice": lambda x, dim, start, end, step=1: x[(slice(None),) * dim + (slice(start, end, step),)],
    "chunk": lambda x, chunks, dim, part: x.chunk(chunks, dim)[part], "T": lambda x: x.T if x.dim() == 2 else x.permute(*range(x.dim() - 1, -1, -1)),
    "masked_select": torch.masked_select, "nonzero": torch.nonzero,
    "every_piece": lambda x, size, dim: torch.stack([(piece * piece).sum() for piece in torch.split(x, size, dim)]),
    "slope": lambda *inputs, **a: slope(*inputs, **a),
}

# Functions whose slope is differentiated once more.
BENT = {
    "relu_squared": lambda x: torch.relu(x) ** 2, "leaky_relu_squared": lambda x: F.leaky_relu(x) ** 2, "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1), "mm": lambda x: x @ x.t(), "sum_squared": lambda x: x.sum(0) ** 2,
    "split_squared": lambda x: sum((piece * piece).sum() * (i + 1) for i, piece in enumerate(torch.split(x, 1))).reshape(1), "power": lambda x: x ** 3,
    "quotient": lambda x: x / (x * x + 1), "cumsum_squared": lambda x: torch.cumsum(x, 0) ** 2, "rows_squared": lambda x: x[[0, 0, 1]] ** 2,
    "max_squared": lambda x: x.max(1)[0] ** 2, "gather_squared": lambda x: x.gather(1, torch.tensor([[2, 0], [1, 1]])) ** 2,
    "cross_entropy": lambda x: F.cross_entropy(x, torch.tensor([2, 0]), reduction="none"),
}
BENT_WINDOWS = {
    "conv2d_squared": lambda x, w, b=None, **a: F.conv2d(x, w, b, **a) ** 2,
    "max_pool2d_squared": lambda x, **a: F.max_pool2d(x, **a) ** 2, "avg_pool2d_squared": lambda x, **a: F.avg_pool2d(x, **a) ** 2,
}


def weights(like):
    return torch.tensor([((7 * i) % 11 - 5) / 4 for i in range(like.numel())], dtype=like.dtype).reshape(like.shape)


def slope(*inputs, of, along=0, **a):
    """The gradient of a weighted sum of a function's values, along one of its inputs: itself a function of all of them."""
    y = (BENT.get(of) or BENT_WINDOWS.get(of) or function(of))(*inputs, **a)
    return torch.autograd.grad((y * weights(y)).sum(), inputs[along], create_graph=True)[0]


def function(name):
    return FUNCTIONS.get(name) or getattr(F, name, None) or getattr(torch, name)


UNARY = [("neg", reals), ("abs", reals), ("sign", reals), ("reciprocal", reals), ("square", reals), ("sqrt", positive),
         ("rsqrt", positive), ("exp", reals), ("expm1", reals), ("log", positive), ("log2", positive), ("log10", positive),
         ("log1p", positive), ("sin", reals), ("cos", reals), ("tan", unit), ("atan", reals), ("sinh", reals),
         ("cosh", reals), ("erf", reals), ("floor", reals), ("ceil", reals), ("round", reals), ("tanh", reals),
         ("sigmoid", reals), ("logsigmoid", reals), ("relu", reals), ("leaky_relu", reals), ("elu", reals), ("selu", reals),
         ("gelu", reals), ("silu", reals), ("softplus", reals)]
SHAPES = [(), (1,), (3, 5), (2, 1, 3), (0,), (2, 0, 3)]
PAIRS = [((2, 3), (2, 3)), ((3, 1), (1, 4)), ((3,), ()), ((), (2, 2)), ((0, 3), (3,)), ((2, 1, 3), (4, 1)), ((1,), (5,)),
         ((2, 1), (2, 0))]


def table():
    for name, domain in UNARY:
        for shape in SHAPES:
            yield name, [domain(*shape)], {}
    x = given([0.0, -0.0, 1.0, -1.0, 30.0, -30.0, 100.0, -100.0, 1e-4, -1e-4])
    for name in ["sigmoid", "tanh", "exp", "softplus", "gelu", "elu", "erf", "expm1", "logsigmoid", "selu", "atan"]:
        yield name, [x], {"nondifferentiable": True}
    yield "leaky_relu", [reals(7)], {"slope": 0.3}
    yield "elu", [reals(7)], {"alpha": 0.5}
    yield "softplus", [reals(9)], {"beta": 2.0, "threshold": 3.0}
    for a in ({"min": -0.5}, {"max": 0.7}, {"min": -0.7, "max": 1.1}):
        yield "clamp", [reals(3, 4)], a
    for e in (2, 3, 0, 1, -1, -2):
        yield "pow_scalar", [reals(2, 3)], {"exponent": e}
    for e in (0.5, 2.5, -0.5):
        yield "pow_scalar", [positive(2, 3)], {"exponent": e}
    for name in ("add_scalar", "sub_scalar", "rsub_scalar", "mul_scalar", "div_scalar", "rdiv_scalar"):
        yield name, [reals(2, 3)], {"value": 2.5}
        yield name, [reals(0)], {"value": -1.5}

    for name, (a, b) in itertools.product(["add", "sub", "mul", "div", "maximum", "minimum"], PAIRS):
        yield name, [reals(*a), reals(*b)], {}
    for a, b in PAIRS:
        yield "pow", [positive(*a), reals(*b)], {}
        yield "floor_divide", [reals(*a), reals(*b)], {}
        while True:  # no quotient near a whole number, where it jumps
            x, y = reals(*a), reals(*b)
            q = torch.tensor(x["data"]).reshape(a) / torch.tensor(y["data"]).reshape(b)
            if ((q - q.round()).abs() > 0.03).all():
                break
        yield "remainder", [x, y], {}
        yield "where", [truth(*a), reals(*b), reals(*a)], {}
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        yield name, [given([[1.0, 2.0], [3.0, -1.0]]), given([1.0, -1.0])], {}
        yield name, [whole(3, 1), whole(1, 4)], {}
    for name in ("logical_and", "logical_or", "logical_xor"):
        yield name, [truth(3, 1), truth(1, 4)], {}
    yield "logical_not", [truth(5)], {}
    # dtypes: promotion, and division of integers is floating
    for name in ("add", "mul", "sub"):
        yield name, [whole(3), reals(3)], {}
        yield name, [whole(3), whole(3)], {}
    yield "add", [whole(3), truth(3)], {}
    yield "floor_divide", [given([7, -7, 7, -7], "int64"), given([2, 2, -2, -2], "int64")], {}
    yield "remainder", [given([7, -7, 7, -7], "int64"), given([2, 2, -2, -2], "int64")], {}
    yield "pow", [whole(4), whole(4)], {}
    yield "sum", [whole(2, 3)], {}
    yield "sum", [truth(2, 3)], {"dim": 0}

    folds = [((), {}), ((2, 3), {}), ((2, 3, 4), {"dim": 0}), ((2, 3, 4), {"dim": 1}), ((2, 3, 4), {"dim": -1, "keepdim": True}),
             ((2, 3, 4), {"dim": [0, 2]}), ((2, 3, 4), {"dim": [1, -1], "keepdim": True}), ((5, 1), {"dim": 1})]
    for shape, a in folds:
        yield "sum", [reals(*shape)], a
        yield "mean", [reals(*shape)], a
        if "dim" in a:
            yield "amax", [reals(*shape)], a
            yield "amin", [reals(*shape)], a
            yield "logsumexp", [reals(*shape)], a
        if shape != () and shape != (5, 1):
            yield "var", [reals(*shape)], a
            yield "std", [reals(*shape)], a
            yield "norm", [reals(*shape)], a
            yield "norm", [reals(*shape)], {**a, "p": 1}
            yield "norm", [reals(*shape)], {**a, "p": 3}
            yield "norm", [reals(*shape)], {**a, "p": "inf"}
    yield "var", [reals(4, 3)], {"dim": 0, "correction": 0}
    yield "std", [reals(4, 3)], {"dim": 1, "correction": 0, "keepdim": True}
    yield "sum", [reals(0, 3)], {"dim": 0}
    yield "sum", [reals(0)], {}
    yield "sum", [reals(2, 0)], {"dim": 0}
    for shape, a in [((2, 3), {"dim": 0}), ((3, 1, 4), {"dim": -1, "keepdim": True}), ((6,), {"dim": 0})]:
        for name in ("max_dim", "min_dim", "argmax", "argmin", "prod"):
            yield name, [reals(*shape)], a
    for name in ("max", "min", "argmax", "argmin", "prod"):
        yield name, [reals(3, 4)], {}
    yield "max", [given([[1.0, 3.0], [3.0, 2.0]])], {"nondifferentiable": True}
    yield "amax", [given([[1.0, 3.0], [3.0, 3.0]])], {"dim": 1, "nondifferentiable": True}
    yield "max_dim", [given([[1.0, 3.0, 3.0], [2.0, 2.0, 1.0]])], {"dim": 1, "nondifferentiable": True}
    yield "argmax", [given([[1.0, 3.0, 3.0], [2.0, 2.0, 1.0]])], {"dim": 1}
    yield "any", [truth(3, 4)], {"dim": 1}
    yield "all", [truth(3, 4)], {}
    for d in (0, 1):
        yield "cumsum", [reals(3, 4)], {"dim": d}

    yield "dot", [reals(4), reals(4)], {}
    yield "dot", [reals(0), reals(0)], {}
    yield "mv", [reals(2, 3), reals(3)], {}
    yield "outer", [reals(3), reals(4)], {}
    for m, k, n in [(2, 3, 4), (1, 1, 1), (1, 5, 2), (3, 1, 2), (0, 3, 2), (2, 0, 3), (9, 17, 5)]:
        yield "mm", [reals(m, k), reals(k, n)], {}
    for b, m, k, n in [(3, 2, 4, 2), (1, 1, 2, 3), (0, 2, 2, 2)]:
        yield "bmm", [reals(b, m, k), reals(b, k, n)], {}
    for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 4)), ((2, 2, 3), (3,)),
                 ((2, 1, 2, 3), (3, 3, 2)), ((3, 4), (2, 4, 2)), ((3,), (2, 3, 2))]:
        yield "matmul", [reals(*a), reals(*b)], {}

    yield "reshape", [reals(2, 6)], {"shape": [3, -1]}
    yield "reshape", [reals(0, 3)], {"shape": [3, 0]}
    yield "view", [reals(2, 3)], {"shape": [6]}
    yield "flatten", [reals(2, 3, 2)], {"start": 1}
    yield "flatten", [reals(2, 3, 2)], {}
    yield "flatten", [reals()], {}
    yield "squeeze", [reals(1, 3, 1)], {}
    yield "squeeze", [reals(1, 3, 1)], {"dim": 2}
    yield "unsqueeze", [reals(2, 3)], {"dim": 1}
    yield "unsqueeze", [reals(2, 3)], {"dim": -1}
    yield "transpose", [reals(2, 3, 4)], {"dim0": 0, "dim1": -1}
    yield "t", [reals(2, 3)], {}
    yield "permute", [reals(2, 3, 4)], {"dims": [2, 0, 1]}
    yield "expand", [reals(3, 1)], {"shape": [2, 3, 4]}
    yield "expand", [reals(1, 3)], {"shape": [2, -1]}
    yield "cat", [reals(2, 3), reals(1, 3), reals(0, 3)], {"dim": 0}
    yield "cat", [reals(2, 1, 2), reals(2, 3, 2)], {"dim": -2}
    yield "stack", [reals(2, 3), reals(2, 3)], {"dim": 1}
    yield "stack", [reals(), reals()], {}
    for part in (0, 1, 2):
        yield "split", [reals(2, 5)], {"size": 2, "dim": 1, "part": part}
    yield "split", [reals(4, 2)], {"size": [1, 3], "dim": 0, "part": 1}
    yield "flip", [reals(2, 3)], {"dims": [1]}
    yield "diag", [reals(3)], {}
    yield "diag", [reals(3, 4)], {}
    yield "tril", [reals(3, 4)], {}
    yield "triu", [reals(3, 4)], {"diagonal": 1}
    specs = [[0], [-1, 2], [{"slice": [1, None]}], [{"slice": [None, None]}, 1], [{"slice": [None, None, 2]}, {"slice": [-3, None]}],
             ["...", 1], [None, 1], [{"list": [0, 2, 2]}], [{"slice": [None, None]}, {"list": [2, 1, 0]}],
             [{"list": [0, 1, 2]}, {"list": [2, 1, 0]}], [{"list": [[0, 1], [2, 0]]}, 1], [{"list": [-1]}, None],
             [{"slice": [2, 1]}], [{"mask": [True, False, True]}], [{"mask": [False, False, False]}],
             [{"slice": [0, 2]}, {"mask": [True, False, True, True]}]]
    for spec in specs:
        yield "index", [reals(3, 4)], {"spec": spec}
    yield "index", [reals(2, 3, 4)], {"spec": [{"list": [0, 1]}, {"slice": [None]}, {"list": [1, 3]}]}
    yield "index", [reals(2, 3, 4)], {"spec": [{"slice": [None]}, {"list": [0, 2]}, {"list": [1, 3]}]}
    yield "index", [reals(2, 3, 4)], {"spec": ["...", None, {"slice": [3, 0, 1]}]}
    yield "index", [reals(2, 3)], {"spec": [{"mask": [[True, False, True], [False, True, False]]}]}
    for spec, shape in [([0], (4,)), ([0, 1], ()), ([{"slice": [1, None]}, {"slice": [None, None, 2]}], (2, 2)), ([{"list": [2, 0]}], (4,)),
                        ([{"mask": [True, False, True]}], (2, 4)), (["...", -1], (3,)), ([{"slice": [0, 2]}], (1,))]:
        yield "index_put", [reals(3, 4), reals(*shape)], {"spec": spec}
    yield "gather", [reals(3, 4), whole(3, 2, high=4)], {"dim": 1}
    yield "gather", [reals(3, 4), whole(2, 4, high=3)], {"dim": 0}
    yield "index_select", [reals(3, 4), whole(5, high=4)], {"dim": 1}
    yield "one_hot", [whole(4)], {"classes": 6}
    yield "one_hot", [whole(2, 3)], {"classes": 5}

    for shape, dim in [((5,), 0), ((3, 4), 1), ((3, 4), 0), ((2, 3, 2), -1), ((2, 1), 1), ((0, 3), 1)]:
        yield "softmax", [reals(*shape)], {"dim": dim}
        yield "log_softmax", [reals(*shape)], {"dim": dim}
    big = given([[1000.0, 1001.0, 999.0], [-1000.0, 0.0, 1000.0]])
    yield "softmax", [big], {"dim": 1, "nondifferentiable": True}
    yield "log_softmax", [big], {"dim": 1, "nondifferentiable": True}
    for m, k, n in [(3, 4, 2), (1, 1, 1), (5, 1, 3), (0, 2, 3)]:
        yield "linear", [reals(m, k), reals(n, k), reals(n)], {}
        yield "linear", [reals(m, k), reals(n, k)], {}
    yield "linear", [reals(4), reals(2, 4), reals(2)], {}
    yield "linear", [reals(2, 3, 4), reals(2, 4), reals(2)], {}
    for x, w, a in [((1, 1, 5, 5), (1, 1, 3, 3), {}), ((2, 3, 5, 4), (2, 3, 3, 2), {}), ((1, 2, 6, 7), (3, 2, 3, 3), {"stride": 2}),
                    ((2, 1, 7, 6), (2, 1, 3, 3), {"stride": 2, "padding": 1}), ((1, 2, 8, 7), (2, 2, 2, 2), {"stride": 3, "padding": 1}),
                    ((1, 1, 7, 8), (2, 1, 3, 2), {"dilation": 2}), ((1, 2, 9, 9), (1, 2, 3, 3), {"stride": 2, "padding": 2, "dilation": 2}),
                    ((2, 2, 4, 4), (3, 2, 1, 1), {}), ((1, 1, 3, 3), (2, 1, 3, 3), {}), ((3, 1, 12, 12), (4, 1, 5, 5), {})]:
        yield "conv2d", [reals(*x), reals(*w), reals(w[0])], a
    yield "conv2d", [reals(1, 2, 4, 5), reals(2, 2, 3, 3)], {"padding": 1}
    yield "conv2d", [reals(2, 4, 5), reals(3, 2, 3, 3), reals(3)], {}
    for shape, a in [((1, 1, 4, 4), {"kernel_size": 2}), ((2, 3, 5, 5), {"kernel_size": 2}), ((1, 2, 7, 6), {"kernel_size": 3, "stride": 2}),
                     ((1, 1, 5, 7), {"kernel_size": 3, "stride": 2, "padding": 1}), ((2, 1, 6, 6), {"kernel_size": 2, "stride": 1}),
                     ((2, 4, 4), {"kernel_size": 2})]:
        yield "max_pool2d", [reals(*shape)], a
        yield "avg_pool2d", [reals(*shape)], a
    yield "max_pool2d", [given([[[[1.0, 1.0], [1.0, 1.0]]]])], {"kernel_size": 2, "nondifferentiable": True}

    for reduction in ("mean", "sum", "none"):
        a = {"reduction": reduction}
        yield "mse_loss", [reals(3, 2), reals(3, 2)], a
        yield "l1_loss", [reals(3, 2), reals(3, 2)], a
        yield "nll_loss", [reals(3, 5), whole(3)], a
        yield "cross_entropy", [reals(3, 5), whole(3)], a
        yield "cross_entropy", [reals(4, 3), given([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.8, 0.1], [0.4, 0.4, 0.2]])], a
        yield "binary_cross_entropy", [unit(5), unit(5)], a
        yield "binary_cross_entropy_with_logits", [reals(5), unit(5)], a
        yield "kl_div", [reals(2, 3), unit(2, 3)], a
    yield "kl_div", [reals(2, 3), unit(2, 3)], {"reduction": "batchmean"}
    yield "cross_entropy", [reals(5), given(2, "int64")], {}
    yield "cross_entropy", [given([[1000.0, 0.0], [0.0, -1000.0]]), given([1, 0], "int64")], {"nondifferentiable": True}
    yield "binary_cross_entropy_with_logits", [given([100.0, -100.0, 0.0]), given([1.0, 1.0, 0.5])], {"nondifferentiable": True}
    yield "mse_loss", [reals(1, 10), reals(1, 10)], {}
    yield "polynomial_loss", [reals(3, 4), whole(3, high=4)], {"epsilon": 1.0}

    for reduction in ("mean", "sum", "none"):
        weight, labels = [0.5, 2.0, 1.25], given([2, -100, 0, 1], "int64")
        chances = given([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.8, 0.1], [0.4, 0.4, 0.2]])
        yield "nll_loss", [reals(4, 3), labels], {"reduction": reduction, "weight": weight}
        yield "nll_loss", [reals(4, 3), whole(4, high=3)], {"reduction": reduction, "ignore_index": 1}
        yield "cross_entropy", [reals(4, 3), labels], {"reduction": reduction, "weight": weight, "label_smoothing": 0.1}
        yield "cross_entropy", [reals(4, 3), labels], {"reduction": reduction, "label_smoothing": 0.3}
        yield "cross_entropy", [reals(4, 3), chances], {"reduction": reduction, "weight": weight, "label_smoothing": 0.2}
    yield "cross_entropy", [reals(3), given(1, "int64")], {"label_smoothing": 0.1}
    yield from windows()
    yield from looks()
    yield from others()


def windows():
    """Convolution and pooling with two sides of their own, rounded up, in groups."""
    for x, w, a in [((1, 2, 5, 6), (3, 2, 3, 2), {"stride": [2, 1]}), ((2, 1, 4, 7), (2, 1, 2, 3), {"padding": [0, 2]}), ((1, 1, 7, 5), (2, 1, 3, 2), {"dilation": [2, 1]}),
                    ((1, 2, 6, 7), (2, 2, 3, 2), {"stride": [1, 3], "padding": [2, 1], "dilation": [1, 2]}), ((1, 2, 5, 4), (2, 2, 3, 3), {"padding": "same"}),
                    ((2, 1, 4, 5), (2, 1, 2, 4), {"padding": "same"}), ((1, 2, 6, 6), (1, 2, 2, 3), {"padding": "same", "dilation": [2, 1]}), ((2, 4, 5, 5), (6, 2, 3, 3), {"groups": 2}),
                    ((1, 3, 4, 6), (3, 1, 2, 3), {"groups": 3, "stride": [1, 2], "padding": [1, 0]}), ((1, 1, 1, 9), (2, 1, 1, 4), {"stride": [1, 2]}), ((4, 5, 6), (2, 2, 3, 3), {"groups": 2})]:
        yield "conv2d_window", [reals(*x), reals(*w), reals(w[0])], a
    yield "conv2d_window", [reals(1, 2, 4, 5), reals(4, 1, 3, 2)], {"groups": 2, "padding": "same"}
    for shape, a in [((1, 2, 5, 7), {"kernel_size": [2, 3]}), ((2, 1, 6, 5), {"kernel_size": [3, 2], "stride": [1, 2]}), ((1, 1, 5, 5), {"kernel_size": 2, "ceil_mode": True}),
                     ((1, 2, 7, 6), {"kernel_size": [3, 2], "stride": [2, 3], "padding": [1, 0], "ceil_mode": True}), ((1, 1, 6, 7), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
                     ((2, 4, 5), {"kernel_size": [2, 2], "stride": [3, 1], "ceil_mode": True})]:
        yield "max_pool2d_window", [reals(*shape)], a
        yield "avg_pool2d_window", [reals(*shape)], a
        yield "avg_pool2d_window", [reals(*shape)], {**a, "count_include_pad": False}
    yield "max_pool2d_window", [reals(1, 1, 7, 8)], {"kernel_size": [2, 3], "stride": 2, "dilation": [3, 2]}
    yield "avg_pool2d_window", [reals(1, 1, 4, 5)], {"kernel_size": [2, 3], "divisor_override": 4}


def looks():
    """What shows or moves elements of a tensor."""
    yield "select", [reals(3, 4)], {"dim": 1, "index": -2}
    yield "select", [reals(2, 1, 3)], {"dim": 0, "index": 1}
    yield "slice", [reals(5, 3)], {"dim": 0, "start": 1, "end": 5, "step": 2}
    yield "slice", [reals(2, 4)], {"dim": 1, "start": 2, "end": 2}
    yield "T", [reals(2, 5)], {}
    yield "T", [reals(2, 1, 3)], {}
    yield "masked_select", [reals(3, 4), truth(3, 4)], {}
    yield "masked_select", [reals(3, 1), truth(1, 4)], {}
    yield "nonzero", [given([[0.0, 1.0, -2.0], [3.0, 0.0, 0.0]])], {}
    for part in (0, 2):
        yield "chunk", [reals(2, 5)], {"chunks": 3, "dim": 1, "part": part}
    for shape, size, dim in [((7, 2), 3, 0), ((2, 5), 1, 1), ((1, 4, 3), 2, 1), ((6,), 6, 0)]:
        yield "every_piece", [reals(*shape)], {"size": size, "dim": dim}
    yield "repeat", [reals(2, 3)], {"times": [2, 1, 3]}
    yield "repeat", [reals(1)], {"times": [4]}
    for shift in (1, -2, 7):
        yield "roll", [reals(3, 4)], {"shift": shift, "dim": 1}
    for a in ({"dim": 0}, {"dim": -1, "descending": True}):
        yield "sort", [reals(3, 4)], a
    for a in ({"k": 2}, {"k": 1, "dim": 0, "largest": False}, {"k": 3, "dim": -1}):
        yield "topk", [reals(3, 4)], a
    yield "argsort", [given([[2, 1, 2], [0, 5, -1]], "int64")], {"dim": 1}
    for name in ("max_dim", "cumsum", "prod"):
        yield name, [reals()], {"dim": 0}
    yield "logsumexp", [reals(2, 0)], {"dim": 1, "nondifferentiable": True}
    yield "prod", [truth(2, 3)], {"dim": 1}


def others():
    """Bits, dtypes, and what is composed."""
    for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        yield name, [whole(3, 1, low=-9, high=9), whole(1, 4, low=-9, high=9)], {}
        yield name, [truth(2, 3), truth(3)], {}
        yield name, [truth(2, 1), whole(2, 3)], {}
    yield "bitwise_not", [whole(4, low=-3, high=4)], {}
    yield "bitwise_not", [truth(4)], {}
    for dtype in ("float32", "float64"):
        yield "cast", [reals(2, 3)], {"dtype": dtype, "nondifferentiable": dtype == "float32"}
    yield "cast", [reals(5)], {"dtype": "int64"}
    yield "cast", [whole(2, 2)], {"dtype": "bool"}
    yield "dropout_with_mask", [reals(2, 3), given([[0.0, 2.0, 0.0], [2.0, 2.0, 0.0]])], {}
    for name in ("trunc", "frac", "exp2", "gelu_by_tanh"):
        yield name, [reals(3, 4)], {}
    yield "round_to", [given([1.234, -0.567, 12.345])], {"decimals": 1}
    yield "hardtanh", [reals(7)], {}
    yield "hardtanh", [reals(7)], {"low": -0.345, "high": 1.705}
    for mode in ("floor", "trunc"):
        yield "div_rounded", [given([7.3, -7.3, 5.9]), given([2.0, 2.0, -3.0])], {"mode": mode}
        yield "div_rounded", [given([7, -7, 7, -7], "int64"), given([2, 2, -2, -2], "int64")], {"mode": mode}
    for reduction in ("mean", "sum", "none"):
        a = {"reduction": reduction}
        yield "huber_loss", [reals(3, 2), reals(3, 2)], {**a, "delta": 0.725}
        yield "weighted_logits", [reals(3, 2), unit(3, 2), positive(2)], a
        yield "kl_div_of_logarithms", [reals(2, 3), reals(2, 3)], a
        yield "cross_entropy", [reals(2, 3, 4), whole(2, 4, high=3)], a
        yield "nll_loss", [reals(2, 3, 2, 2), whole(2, 2, 2, high=3)], a
        yield "cross_entropy", [reals(1, 3, 2, 2), unit(1, 3, 2, 2)], {**a, "label_smoothing": 0.1}
    for of in ("sigmoid", "tanh", "exp", "sin", "cos", "square", "reciprocal", "erf", "atan", "gelu", "silu", "softplus", "elu", *BENT):
        yield "slope", [reals(2, 3)], {"of": of}
    for of in ("log", "sqrt", "log1p", "rsqrt"):
        yield "slope", [positive(2, 3)], {"of": of}
    for along in (0, 1):
        for a in ({}, {"stride": 2, "padding": 1}, {"dilation": 2}, {"stride": [1, 2]}):
            yield "slope", [reals(2, 2, 4, 5), reals(2, 2, 2, 2)], {"of": "conv2d_squared", "along": along, **a}
        yield "slope", [reals(1, 2, 3, 4), reals(2, 1, 2, 3), reals(2)], {"of": "conv2d_squared", "along": along, "groups": 2}
    for of in ("max_pool2d_squared", "avg_pool2d_squared"):
        for a in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}, {"kernel_size": [2, 3], "stride": [1, 2], "ceil_mode": True}):
            yield "slope", [reals(1, 2, 4, 5)], {"of": of, **a}
        yield "slope", [reals(2, 5, 4)], {"of": of, "kernel_size": 2, "stride": 1}


def short(value, digits):
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def evaluate(name, inputs, args, dtype):
    tensors = []
    for spec in inputs:
        kind = dtype if spec["dtype"] == "float" else getattr(torch, spec["dtype"])
        tensor = torch.tensor(spec["data"], dtype=kind).reshape(spec["shape"])
        tensors.append(tensor.requires_grad_() if spec["dtype"] == "float" else tensor)
    args = dict(args)
    if args.get("p") == "inf":
        args["p"] = float("inf")
    args.pop("nondifferentiable", None)
    out = function(name)(*tensors, **args)
    digits = 17 if dtype == torch.float64 else 9
    result = {"dtype": str(out.dtype)[6:], "shape": list(out.shape),
              "value": [short(v, digits) for v in out.detach().reshape(-1).tolist()]}
    if out.requires_grad and name != "floor_divide":  # which PyTorch does not differentiate
        (out * weights(out)).sum().backward()
        result["grads"] = [None if t.grad is None else [short(v, digits) for v in t.grad.reshape(-1).tolist()] for t in tensors]
    return result


def make():
    rows = []
    for name, inputs, args in table():
        row = {"op": name, "args": args, "inputs": inputs}
        if args.pop("nondifferentiable", False):
            row["kink"] = True
        row["float64"] = evaluate(name, inputs, args, torch.float64)
        if any(spec["dtype"] == "float" for spec in inputs):
            row["float32"] = evaluate(name, inputs, args, torch.float32)
        rows.append(row)
    return rows
