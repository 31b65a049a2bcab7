"""The random programs that compare.py runs: each is a few lines that a learner could type. `more_programs.py` has further ones."""

PROGRAMS = []


def program(generator):
    PROGRAMS.append(generator)
    return generator


def number(r, dtype):
    if dtype == "bool":
        return r.choice(["True", "False"])
    if dtype == "int64":
        return str(r.choice([0, 1, -1, 2, 3, 5, -7, 10, r.randint(-20, 20), r.choice([100, 12345, -99999])]))
    if r.random() < 0.02:
        return r.choice(["float('inf')", "float('-inf')", "float('nan')"])
    if r.random() < 0.05:
        return r.choice(["1e-6", "1e10", "123456.", "-0.", "1e-3", "3e38"])
    return repr(round(r.uniform(-4, 4), r.choice([0, 1, 2, 4])))


def nested(r, shape, dtype):
    if not shape:
        return number(r, dtype)
    return "[" + ", ".join(nested(r, shape[1:], dtype) for _ in range(shape[0])) + "]"


def shape_of(r, low=0, high=3):
    return [r.choice([1, 1, 2, 3, 4, 5] + ([0] if r.random() < 0.1 else [])) for _ in range(r.randint(low, high))]


def tensor(r, shape=None, dtypes=("float32", "float32", "float64", "int64", "bool"), grad=False, plain=False):
    shape = shape_of(r) if shape is None else shape
    dtype = r.choice(dtypes)
    if plain and dtype.startswith("float"):
        values = lambda s: repr(round(r.uniform(-3, 3), 2)) if not s else "[" + ", ".join(values(s[1:]) for _ in range(s[0])) + "]"
        text = values(shape)
    else:
        text = nested(r, shape, dtype)
    extra = f", dtype=torch.{dtype}"
    if grad and dtype.startswith("float"):
        extra += ", requires_grad=True"
    return f"torch.tensor({text}{extra})"


FLOAT = ("float32", "float32", "float64")
UNARY = ["neg", "abs", "exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos", "tan", "atan",
         "sinh", "cosh", "erf", "sign", "floor", "ceil", "round", "sigmoid", "tanh", "relu", "isnan", "isinf", "logical_not"]


@program
def printing(r):
    kind = r.random()
    if kind < 0.5:
        return f"x = {tensor(r, shape_of(r, 0, 4))}\nprint(x)"
    if kind < 0.7:
        n = r.choice([7, 11, 30, 999, 1000, 1001, 1500])
        shape = r.choice([f"({n},)", f"({n}, 2)", f"(2, {n})", f"(3, {n // 3 + 1}, 2)", f"(8, 9, {n // 40 + 2})"])
        return f"torch.manual_seed({r.randint(0, 99)})\nx = torch.randn{shape} * {r.choice(['1', '1e3', '1e-5', '1e6', '100'])}\nprint(x)"
    if kind < 0.85:
        values = [r.choice(["0.", "1.", "-1.", "1e-4", "1e-5", "0.001", "999.", "1000.", "1001.", "1e8", "1.5", "100000000.", "2e8", "nan", "inf", "-inf", "0.5"]) for _ in range(r.randint(1, 14))]
        values = [f"float('{v}')" if v in ("nan", "inf", "-inf") else v for v in values]
        return f"print(torch.tensor([{', '.join(values)}], dtype=torch.{r.choice(FLOAT)}))"
    return f"x = torch.arange({r.randint(1, 60)}).reshape(-1, 1) * {r.choice(['1', '1000', '-1', '0.5', '1e5', '123456789'])}\nprint(x.T)\nprint(x.sum(), x.shape, x.dtype)"


@program
def unary(r):
    name = r.choice(UNARY)
    return f"x = {tensor(r, plain=True)}\nprint(torch.{name}(x))\nprint(x.{name}())" if name != "relu" else f"x = {tensor(r, plain=True)}\nprint(F.relu(x))"


@program
def binary(r):
    shape = shape_of(r)
    other = [1 if r.random() < 0.3 else s for s in shape][r.randint(0, len(shape)):] if r.random() < 0.8 else shape_of(r)
    operator = r.choice(["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">="])
    right = tensor(r, other, plain=True) if r.random() < 0.6 else r.choice(["2", "0.5", "-3", "True", "1.5", "0", "3.0"])
    lines = [f"x = {tensor(r, shape, plain=True)}", f"y = {right}"]
    lines.append(f"print(x {operator} y)" if r.random() < 0.7 else f"print(y {operator} x)")
    return "\n".join(lines)


@program
def binary_gradient(r):
    shape = shape_of(r)
    other = [1 if r.random() < 0.3 else s for s in shape][r.randint(0, len(shape)):]
    operator = r.choice(["+", "-", "*", "/", "**"])
    x = tensor(r, shape, FLOAT, True, True)
    y = tensor(r, other, FLOAT, True, True)
    if operator == "**":
        x = f"({x}.abs() + 0.1).detach().requires_grad_()"
    return f"x = {x}\ny = {y}\nz = x {operator} y\nprint(z)\nz.sum().backward()\nprint(x.grad, y.grad)"


@program
def unary_gradient(r):
    name = r.choice(["torch.exp", "torch.tanh", "torch.sigmoid", "F.relu", "F.leaky_relu", "F.elu", "F.selu", "F.gelu", "F.softplus", "F.silu",
                     "F.logsigmoid", "torch.sin", "torch.cos", "torch.atan", "torch.erf", "torch.abs", "torch.square", "torch.expm1"])
    return f"x = {tensor(r, None, FLOAT, True, True)}\ny = {name}(x)\nprint(y)\n(y * y).sum().backward()\nprint(x.grad)"


@program
def reduction(r):
    shape = shape_of(r, 0, 4)
    name = r.choice(["sum", "mean", "prod", "std", "var", "max", "min", "amax", "amin", "argmax", "argmin", "all", "any", "norm", "logsumexp", "cumsum"])
    x = f"x = {tensor(r, shape, ('float32', 'float64', 'int64', 'bool') if r.random() < 0.4 else FLOAT, plain=True)}"
    rank = max(len(shape), 1)
    dim = r.randint(-rank, rank - 1) if r.random() < 0.95 else rank + 1
    keep = r.choice(["", ", keepdim=True"])
    if name in ("cumsum", "logsumexp"):
        return f"{x}\nprint(x.{name}({dim}))"
    if name == "norm":
        p = r.choice(["", "1", "2", "3", "float('inf')", "0", "p=1, dim=0" if shape else "2"])
        return f"{x}\nprint(x.norm({p}))"
    if r.random() < 0.35:
        return f"{x}\nprint(x.{name}())"
    if name in ("std", "var") and r.random() < 0.4:
        return f"{x}\nprint(x.{name}(dim={dim}, {r.choice(['correction=0', 'unbiased=False', 'correction=2'])}{keep}))"
    if name in ("sum", "mean", "amax", "amin", "std", "var") and len(shape) > 1 and r.random() < 0.4:
        dims = r.sample(range(len(shape)), 2)
        return f"{x}\nprint(x.{name}(dim={tuple(dims)}{keep}))"
    return f"{x}\nprint(x.{name}(dim={dim}{keep}))"


@program
def reduction_gradient(r):
    shape = [s for s in shape_of(r, 1, 3) if s] or [2]
    name = r.choice(["sum", "mean", "prod", "std", "var", "amax", "amin", "norm", "max", "min", "logsumexp", "softmax", "log_softmax", "cumsum"])
    dim = r.randint(-len(shape), len(shape) - 1)
    x = f"x = {tensor(r, shape, FLOAT, True, True)}"
    if name in ("softmax", "log_softmax", "logsumexp", "cumsum"):
        call = f"x.{name}({dim})"
    elif name in ("max", "min") and r.random() < 0.5:
        call = f"x.{name}({dim}).values"
    elif name == "norm":
        call = f"x.norm({r.choice(['', '1', '3'])})"
    elif name in ("max", "min") or r.random() < 0.4:
        call = f"x.{name}()"
    else:
        call = f"x.{name}(dim={dim})"
    return f"{x}\ny = {call}\nprint(y)\n(y * y).sum().backward()\nprint(x.grad)"


def index_part(r, size, ok=True):
    k = r.random()
    low, high = (-size, size - 1) if size else (0, 0)
    if not ok and r.random() < 0.2:
        return str(size + 2)
    if k < 0.3:
        return str(r.randint(low, high))
    if k < 0.6:
        a, b = r.choice(["", str(r.randint(-size - 1, size + 1))]), r.choice(["", str(r.randint(-size - 1, size + 1))])
        return f"{a}:{b}" + r.choice(["", "", ":2", ":3", ":-1" if r.random() < 0.1 else ""])
    if k < 0.8:
        return "[" + ", ".join(str(r.randint(low, high)) for _ in range(r.choice([1, 2, 2, 3]))) + "]"
    if k < 0.85:
        return f"torch.tensor({[r.random() < 0.5 for _ in range(size)]})".replace("tensor([])", "tensor([], dtype=torch.bool)")
    if k < 0.9:
        return f"torch.tensor([[{r.randint(low, high)}], [{r.randint(low, high)}]])"
    return ":"


def an_index(r, shape, ok=True):
    parts = [index_part(r, s, ok) for s in shape[:r.randint(1, max(1, len(shape)))]]
    if r.random() < 0.15:
        parts.insert(r.randint(0, len(parts)), "None")
    if r.random() < 0.15:
        parts.insert(r.randint(0, len(parts)), "...")
    return ", ".join(parts)


@program
def indexing(r):
    shape = [r.randint(1, 5) for _ in range(r.randint(1, 3))]
    count = 1
    for s in shape:
        count *= s
    x = f"x = torch.arange({count}).reshape({tuple(shape)})"
    k = r.random()
    if k < 0.6:
        return f"{x}\nprint(x[{an_index(r, shape, False)}])"
    if k < 0.8:
        return f"{x}\nx[{an_index(r, shape)}] = {r.choice(['7', '-1', '2.5', 'torch.tensor(9)'])}\nprint(x)"
    if k < 0.85:
        return f"{x}\nprint(x[x > {r.randint(0, count)}])\nx[x % 2 == 0] = 0\nprint(x)"
    return f"x = torch.arange({count}.).reshape({tuple(shape)}).requires_grad_()\ny = x[{an_index(r, shape)}]\nprint(y)\n(y * 2).sum().backward()\nprint(x.grad)"


@program
def shapes(r):
    shape = shape_of(r, 0, 4)
    x = f"x = {tensor(r, shape, ('float32', 'int64'), plain=True)}"
    n = len(shape)
    axis = lambda: r.randint(-n - 1, n)
    call = r.choice([
        lambda: f"x.reshape({r.choice(['-1', '2, -1', '-1, 1', '3, 2', '(1, -1)', '6'])})", lambda: "x.flatten()", lambda: f"x.flatten({axis()})",
        lambda: "x.squeeze()", lambda: f"x.squeeze({axis()})", lambda: f"x.unsqueeze({axis()})", lambda: f"x.transpose({axis()}, {axis()})",
        lambda: "x.t()", lambda: f"x.permute({', '.join(str(i) for i in r.sample(range(n), n)) or '0'})", lambda: f"x.expand({r.choice(['2, ', '3, ', ''])}{', '.join(str(s) if s != 1 else '4' for s in shape) or '2'})",
        lambda: f"torch.cat([x, x], {axis()})", lambda: f"torch.stack([x, x * 2], {axis()})", lambda: f"x.split({r.randint(1, 3)})", lambda: f"x.chunk({r.randint(1, 3)})",
        lambda: f"x.flip({r.randint(0, max(n - 1, 0))})", lambda: "x.diag()", lambda: "x.tril()", lambda: "x.triu(1)", lambda: "x.nonzero()", lambda: f"torch.cat([x, torch.ones({tuple(s + (r.random() < 0.3) for s in shape)})])",
        lambda: "x.view(-1)", lambda: "x.size(0)", lambda: "x.tolist()", lambda: "x.item()", lambda: "len(x)"])()
    return f"{x}\nprint({call})"


@program
def products(r):
    m, k, n, b = (r.randint(1, 4) for _ in range(4))
    bad = r.random() < 0.15
    kk = k + 1 if bad else k
    t = lambda *s: tensor(r, list(s), FLOAT[:1], r.random() < 0.5, True)
    a, c, call = r.choice([
        (t(m, k), t(kk, n), "x @ y"), (t(m, k), t(kk, n), "torch.mm(x, y)"), (t(m, k), t(kk), "torch.mv(x, y)"), (t(k), t(kk), "torch.dot(x, y)"),
        (t(b, m, k), t(b, kk, n), "torch.bmm(x, y)"), (t(b, m, k), t(kk, n), "torch.matmul(x, y)"), (t(k), t(kk, n), "x @ y"), (t(m, k), t(kk), "x @ y"),
        (t(m), t(n), "torch.outer(x, y)"), (t(b, m, k), t(kk), "x @ y"), (t(m, k), t(n, kk), "F.linear(x, y)")])
    return f"x = {a}\ny = {c}\nz = {call}\nprint(z)"


@program
def convolution(r):
    c, o, k = r.randint(1, 3), r.randint(1, 3), r.randint(1, 3)
    h, w = r.randint(1, 7), r.randint(1, 7)
    s, p, d = r.randint(1, 3), r.randint(0, 2), r.randint(1, 2)
    seed = f"torch.manual_seed({r.randint(0, 999)})\n"
    batch = r.choice(["1, ", "2, ", ""])
    return seed + f"x = torch.randn({batch}{c}, {h}, {w}, requires_grad=True)\nw = torch.randn({o}, {c}, {k}, {k}, requires_grad=True)\nb = torch.randn({o})\ny = F.conv2d(x, w, b, stride={s}, padding={p}, dilation={d})\nprint(y)\n(y * y).sum().backward()\nprint(x.grad, w.grad)"


@program
def pooling(r):
    h, w, k = r.randint(1, 7), r.randint(1, 7), r.randint(1, 3)
    rest = r.choice(["", f", stride={r.randint(1, 3)}", f", stride={r.randint(1, 3)}, padding={r.randint(0, 2)}", f", padding={r.randint(0, 1)}"])
    name = r.choice(["max_pool2d", "avg_pool2d"])
    return f"torch.manual_seed({r.randint(0, 999)})\nx = torch.randn(1, 2, {h}, {w}, requires_grad=True)\ny = F.{name}(x, {k}{rest})\nprint(y)\n(y * y).sum().backward()\nprint(x.grad)"


@program
def losses(r):
    n, c = r.randint(1, 4), r.randint(2, 4)
    reduction = r.choice(["", ", reduction='sum'", ", reduction='none'", ", reduction='mean'"])
    x = f"x = {tensor(r, [n, c], FLOAT[:1], True, True)}\n"
    name = r.choice(["mse_loss", "l1_loss", "cross_entropy", "cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div"])
    bad = r.random()
    if name in ("cross_entropy", "nll_loss"):
        labels = [r.choice(list(range(c)) + ([-100] if r.random() < 0.3 else []) + ([c] if bad < 0.05 else [])) for _ in range(n + (bad > 0.95))]
        y = f"y = torch.tensor({labels})\n"
        extra = r.choice(["", "", f", weight=torch.tensor({[round(r.uniform(0.1, 2), 1) for _ in range(c)]})", ", ignore_index=0"])
        if name == "cross_entropy":
            extra += r.choice(["", "", ", label_smoothing=0.1"])
            if r.random() < 0.2:
                y = f"y = torch.softmax({tensor(r, [n, c], FLOAT[:1], False, True)}, 1)\n"
                extra = extra.replace(", ignore_index=0", "")
        if name == "nll_loss":
            x += "x = torch.log_softmax(x, 1)\nx.retain_grad()\n"
    elif name == "kl_div":
        x += "x = torch.log_softmax(x, 1)\nx.retain_grad()\n"
        y = f"y = torch.softmax({tensor(r, [n, c], FLOAT[:1], False, True)}, 1)\n"
        extra = ""
        reduction = r.choice([", reduction='sum'", ", reduction='batchmean'", ", reduction='none'"])
    elif name.startswith("binary"):
        if name == "binary_cross_entropy" and bad < 0.9:
            x += "x = torch.sigmoid(x)\nx.retain_grad()\n"
        y = f"y = torch.tensor({[[float(r.randint(0, 1)) for _ in range(c)] for _ in range(n)]})\n"
        extra = ""
    else:
        y = f"y = {tensor(r, [n, c], FLOAT[:1], False, True)}\n"
        extra = ""
    return x + y + f"z = F.{name}(x, y{extra}{reduction})\nprint(z)\nz.sum().backward()\nprint(x.grad)"


@program
def randomness(r):
    n = r.choice([1, 2, 3, 7, 15, 16, 17, 20, 33])
    shape = r.choice([f"{n}", f"2, {n}", f"{n}, 3"])
    lines = [f"torch.manual_seed({r.choice([0, 1, 42, 123456789, 2**31, 2**32 + 5, 2**40])})"]
    for _ in range(r.randint(1, 4)):
        lines.append("print(" + r.choice([
            f"torch.rand({shape})", f"torch.randn({shape})", f"torch.randn({shape}, dtype=torch.float64)", f"torch.rand({shape}, dtype=torch.float64)",
            f"torch.randint({r.choice([0, -5])}, {r.choice([10, 1000, 2**28, 2**28 + 1, 2**32, 2**33, 2**60, 2])}, ({shape},))", f"torch.randint(10, ({shape},))", f"torch.randperm({n})",
            f"torch.empty({shape}).uniform_(-1, 1)", f"torch.empty({shape}).normal_(2, 0.5)", f"F.dropout(torch.ones({shape}), {r.choice(['0.5', '0.1', '0.', '1.', '0.3'])})",
            f"torch.normal(1., 2., ({shape},))", f"torch.zeros({shape}).random_(0, 7)", f"torch.rand_like(torch.zeros({shape}))", f"nn.Linear({n}, 3).weight", f"nn.Conv2d(2, 3, {r.randint(1, 3)}).bias",
            f"nn.init.xavier_uniform_(torch.empty({n}, 4))", f"nn.init.xavier_normal_(torch.empty({n}, 4))", f"nn.init.kaiming_uniform_(torch.empty({n}, 4))", f"nn.init.kaiming_normal_(torch.empty({n}, 4), mode='fan_out', nonlinearity='relu')",
            f"nn.init.normal_(torch.empty({n}), 0., 0.01)", f"nn.init.uniform_(torch.empty({n}))", f"nn.init.constant_(torch.empty({n}), 0.3)"]) + ")")
    return "\n".join(lines)


@program
def optimizers(r):
    lr = r.choice(["0.1", "0.01", "0.5"])
    call = r.choice([
        f"torch.optim.SGD([w, b], lr={lr})", f"torch.optim.SGD([w, b], lr={lr}, momentum=0.9)", f"torch.optim.SGD([w, b], lr={lr}, momentum=0.9, nesterov=True)",
        f"torch.optim.SGD([w, b], lr={lr}, momentum=0.5, dampening=0.3, weight_decay=0.1)", f"torch.optim.Adam([w, b], lr={lr})", f"torch.optim.Adam([w, b], lr={lr}, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.1)",
        f"torch.optim.AdamW([w, b], lr={lr})", f"torch.optim.AdamW([w, b], lr={lr}, weight_decay=0.3)", f"torch.optim.RMSprop([w, b], lr={lr})", f"torch.optim.RMSprop([w, b], lr={lr}, alpha=0.9, momentum=0.5, weight_decay=0.1)",
        f"torch.optim.SGD([w, b], lr={lr}, nesterov=True)"])
    body = f"torch.manual_seed({r.randint(0, 99)})\nx = torch.randn(6, 3)\nt = torch.randn(6)\nw = torch.zeros(3, requires_grad=True)\nb = torch.tensor(0.5, requires_grad=True)\nopt = {call}\n"
    body += f"for i in range({r.randint(1, 8)}):\n    loss = F.mse_loss(x @ w + b, t)\n    opt.zero_grad()\n    loss.backward()\n    opt.step()\nprint(loss, w, b)"
    return body


@program
def networks(r):
    act = r.choice(["nn.ReLU()", "nn.Sigmoid()", "nn.Tanh()", "nn.ELU()", "nn.GELU()", "nn.LeakyReLU(0.1)", "nn.Softplus()", "nn.SiLU()", "nn.Dropout(0.3)"])
    net = r.choice([f"nn.Sequential(nn.Linear(4, 5), {act}, nn.Linear(5, 3))", f"nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), {act}, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3))"])
    x = "torch.randn(2, 4)" if "Conv" not in net else "torch.randn(2, 1, 4, 4)"
    return f"torch.manual_seed({r.randint(0, 99)})\nnet = {net}\nprint(net)\nx = {x}\ny = net(x)\nprint(y)\nloss = nn.CrossEntropyLoss()(y, torch.tensor([0, 2]))\nloss.backward()\nprint(loss)\nprint(net[0].weight.grad)"


@program
def autograd(r):
    x = tensor(r, r.choice([[], [3], [2, 2]]), FLOAT, r.random() < 0.85, True)
    body = r.choice(["y = (x * x).sum()", "y = x ** 3", "y = (x.exp() * x).mean()", "y = x.sum()", "y = x.detach() * 2", "y = torch.sigmoid(x).sum()", "y = torch.softmax(x.reshape(-1), 0).sum()"])
    tail = r.choice(["y.backward()\nprint(x.grad)", "y.backward()\ny.backward()\nprint(x.grad)", "y.backward(retain_graph=True)\ny.backward()\nprint(x.grad)", "print(torch.autograd.grad(y, x))",
                     "y.backward(torch.ones(3))\nprint(x.grad)", "print(y.grad_fn, x.is_leaf, y.requires_grad)", "x += 1\nprint(x)", "with torch.no_grad():\n    x += 1\n    z = x * 2\nprint(x, z)",
                     "x.grad.zero_()", "g = torch.autograd.grad(y.sum(), x, create_graph=True)[0]\nh = torch.autograd.grad(g.sum(), x)\nprint(h)", "x[0] = 5\nprint(x)", "z = y * 1\nz.sum().backward()\nprint(y.grad is None)"])
    return f"x = {x}\n{body}\nprint(y)\n{tail}"


@program
def making(r):
    return "print(" + r.choice([
        f"torch.arange({r.choice(['5', '2, 9', '0, 1, 0.1', '5, 0, -1', '1, 2, 0.3', '5.', '0, 10, 3', '3, 1'])})", f"torch.linspace({r.randint(-5, 5)}, {r.randint(-5, 5)}, {r.randint(0, 12)})",
        f"torch.linspace(0, 1, {r.randint(1, 30)}, dtype=torch.float64)", f"torch.full((2, {r.randint(0, 3)}), {r.choice(['1', '0.5', 'True', '-3'])})", f"torch.eye({r.randint(0, 4)})", f"torch.eye(2, {r.randint(1, 4)})",
        "torch.zeros(2, 0, 3)", "torch.ones(0)", "torch.ones((2, 3), dtype=torch.int64)", "torch.tensor([[1, 2], [3]])", "torch.tensor([1, 2.5, True])", "torch.tensor([[1, 2], [3, 4.]])", "torch.tensor(True)", "torch.tensor([])",
        "torch.zeros_like(torch.tensor([1, 2]))", "torch.ones_like(torch.tensor([1., 2.]))", "torch.full_like(torch.tensor([1., 2.]), 7)", "torch.tensor(3.14159)", "torch.tensor([1e-7, 1.])", "torch.zeros(-1)", f"torch.tensor({r.randint(-10**15, 10**15)})",
        "F.one_hot(torch.tensor([0, 2, 1]))", "F.one_hot(torch.tensor([0, 2, 1]), 5)", "F.one_hot(torch.tensor([0, 2]), num_classes=2)", "torch.where(torch.tensor([True, False]), 1., 0.)", "torch.where(torch.tensor([1, 2]) > 1, torch.tensor([1., 2.]), 0)",
        "torch.tensor([1, 2]).float() / 3", "torch.tensor([1.7, -1.7]).long()", "torch.tensor([0, 1, 2]).bool()", "torch.tensor([1, 2]).dtype", "torch.tensor([2.5, 3.5, -0.5]).round()", "torch.tensor([1., 2.]).type(torch.float64)",
        "torch.tensor([1., 2., 3.]).clamp(1.5, 2.5)", "torch.tensor([1, 2, 3]).clamp(min=2)", "torch.tensor([1, 2, 3]).clamp(max=1.5)", "torch.tensor([1., float('nan')]).max()", "torch.tensor([3., 3., 1.]).argmax()", "torch.tensor([[1, 5], [5, 5]]).max(1)",
        "torch.tensor([1, 2, 3]).mean()", "torch.tensor([1, 2, 3]).norm()", "torch.tensor([1, 2]).std()", "torch.tensor([1.]).std()", "torch.tensor([1, 2, 3]) ** -1", "2 ** torch.tensor([1, 2, 3])", "torch.tensor([1, 2, 3]) // 2", "-7 // torch.tensor([2, -2])", "torch.tensor([5, -5]) % 3", "torch.tensor([1, 0]) / 0", "torch.tensor([1, 0]) // 0"]) + ")"


@program
def windows(r):
    h, w = r.randint(1, 7), r.randint(1, 7)
    size = lambda low, high: r.choice([str(r.randint(low, high)), f"({r.randint(low, high)}, {r.randint(low, high)})"])
    head = f"torch.manual_seed({r.randint(0, 999)})\n"
    tail = "\nprint(y)\n(y * y).sum().backward()\nprint(x.grad)"
    k = r.random()
    if k < 0.5:
        groups = r.choice([1, 1, 2, 3])
        c, o = groups * r.randint(1, 2), groups * r.randint(1, 2) + (r.random() < 0.05)
        padding = r.choice([f"'same'", "'valid'", size(0, 2), size(0, 2)])
        call = f"x, w, b, stride={size(1, 3) if padding != repr('same') or r.random() < 0.1 else 1}, padding={padding}, dilation={size(1, 2)}, groups={groups}"
        return f"{head}x = torch.randn({r.choice(['2, ', ''])}{c}, {h}, {w}, requires_grad=True)\nw = torch.randn({o}, {c // groups}, {r.randint(1, 3)}, {r.randint(1, 3)}, requires_grad=True)\nb = torch.randn({o}, requires_grad=True)\ny = F.conv2d({call}){tail}\nprint(w.grad, b.grad)"
    x = f"{head}x = torch.randn({r.choice(['2, ', ''])}2, {h}, {w}, requires_grad=True)\n"
    options = r.choice(["", f", {size(1, 3)}", f", stride={size(1, 3)}, padding={size(0, 1)}"]) + r.choice(["", ", ceil_mode=True"])
    if k < 0.7:
        return f"{x}y = F.max_pool2d(x, {size(1, 3)}{options}{r.choice(['', '', ', dilation=2'])}){tail}"
    if k < 0.9:
        return f"{x}y = F.avg_pool2d(x, {size(1, 3)}{options}{r.choice(['', ', count_include_pad=False', ', divisor_override=3'])}){tail}"
    layer = r.choice([f"nn.Conv2d(4, 6, {size(1, 3)}, stride={size(1, 2)}, padding={size(0, 2)}, groups=2)", f"nn.Conv2d(4, 2, {size(1, 3)}, padding='same')", f"nn.MaxPool2d({size(1, 3)}, ceil_mode=True)", f"nn.AvgPool2d({size(1, 3)}, stride={size(1, 3)})"])
    return f"{head}layer = {layer}\nprint(layer)\nprint(layer(torch.randn(1, 4, 5, 6)))"


@program
def schedulers(r):
    lr = r.choice(["0.1", "0.5", "1.0"])
    rule = r.choice([f"StepLR(o, {r.randint(1, 3)}, gamma={r.choice([0.5, 0.1])})", f"StepLR(o, step_size=2)", f"MultiStepLR(o, [{r.randint(1, 3)}, {r.randint(3, 6)}], gamma=0.3)", f"ExponentialLR(o, {r.choice([0.9, 0.5])})",
                     f"CosineAnnealingLR(o, {r.randint(1, 6)})", f"CosineAnnealingLR(o, T_max=4, eta_min=0.01)", f"ReduceLROnPlateau(o, patience={r.randint(0, 2)}, factor=0.5)", f"ReduceLROnPlateau(o, 'max', patience=1, cooldown=1, min_lr=0.01)"])
    losses = [round(r.uniform(0, 1), 1) for _ in range(r.randint(3, 12))]
    step = "s.step(loss)" if "Plateau" in rule else "s.step()"
    extra = r.choice(["", "    if loss > 0.8:\n        o.param_groups[0]['lr'] *= 0.5\n", "    for g in o.param_groups:\n        g['lr'] = g['lr'] * 0.9\n"])
    return f"w = torch.tensor([1., -2.], requires_grad=True)\no = torch.optim.{r.choice(['SGD', 'Adam'])}([w], lr={lr})\ns = torch.optim.lr_scheduler.{rule}\nfor loss in {losses}:\n    o.zero_grad()\n    (w * w).sum().backward()\n    o.step()\n    {step}\n{extra}    print(o.param_groups[0]['lr'], s.get_last_lr()[0] > 0, s.last_epoch)\nprint(w)"


def a_view(r, name, shape):
    """A call that gives a view of `name`, and its shape."""
    n = len(shape)
    axis = r.randint(0, max(n - 1, 0))
    other = r.randint(0, max(n - 1, 0))
    count = 1
    for s in shape:
        count *= s
    swapped = list(shape)
    if n:
        swapped[axis], swapped[other] = swapped[other], swapped[axis]
    ways = [("view(-1)", [count]), ("reshape(-1)", [count]), ("flatten()", [count]), ("unsqueeze(0)", [1] + shape), ("detach()", shape), ("data", shape)]
    if n:
        size = shape[axis]
        start, end = sorted((r.randint(0, size), r.randint(0, size)))
        step = r.choice([1, 1, 2])
        sliced = shape[:axis] + [len(range(start, end, step))] + shape[axis + 1:]
        place = r.randint(0, size - 1) if size else 0
        ways += [(f"transpose({axis}, {other})", swapped), ("T" if n == 2 else f"transpose({axis}, {other})", swapped if n != 2 else shape[::-1]),
                 (f"permute({', '.join(map(str, range(n - 1, -1, -1)))})", shape[::-1]), (f"[{':, ' * axis}{start}:{end}:{step}]", sliced),
                 (f"narrow({axis}, {start}, {end - start})", shape[:axis] + [end - start] + shape[axis + 1:]), ("squeeze()", [s for s in shape if s != 1]),
                 (f"expand({', '.join(['2'] + [str(s) for s in shape])})", [2] + shape), ("[...]", shape), ("[None]", [1] + shape)]
        if size:
            gone = shape[:axis] + shape[axis + 1:]
            ways += [(f"[{':, ' * axis}{place}]", gone), (f"select({axis}, {place})", gone), (f"unbind({axis})[{place}]", gone), (f"split(1, {axis})[{place}]", shape[:axis] + [1] + shape[axis + 1:]),
                     (f"chunk(2, {axis})[0]", shape[:axis] + [-(-size // 2)] + shape[axis + 1:])]
    call, shape = r.choice(ways)
    return (name + call if call.startswith("[") else f"{name}.{call}"), shape


def a_write(r, name, shape):
    """A statement that writes to `name` in place."""
    index = an_index(r, [max(s, 1) for s in shape]) if shape else "..."
    full = f"torch.arange({max(1, eval('*'.join(map(str, shape)) or '1'))}.)[:{eval('*'.join(map(str, shape)) or '1')}].reshape({tuple(shape)})"
    return r.choice([f"{name} += 1", f"{name} *= 3", f"{name}.add_(2)", f"{name}.zero_()", f"{name}.fill_(7)", f"{name}.mul_(-1)", f"{name}[{index}] = 9", f"{name}[{index}] = 9", f"{name}[{index}] += 1",
                     f"{name}.copy_({full})", f"{name}[:] = {full}" if shape else f"{name}.sub_(1)", f"{name} -= {full}", f"{name}.clamp_(0, 3)", f"{name}.exp_()", f"{name}[{name} > 2] = 0", f"{name} *= w"])


@program
def views(r):
    shape = [r.choice([1, 2, 3, 4]) for _ in range(r.choice([1, 2, 2, 3]))]
    count = 1
    for s in shape:
        count *= s
    grad = r.random()
    make = f"torch.arange({count}.).reshape({tuple(shape)})"
    lines = ["w = torch.tensor(2., requires_grad=True)" if r.random() < 0.4 else "w = torch.tensor(2.)", "a = torch.ones(1, requires_grad=True)"]
    lines.append(f"x = {make}" + (".requires_grad_()" if grad < 0.1 else " * a" if grad < 0.45 else "" if grad < 0.9 else ".long()"))
    names = [("x", shape)]
    for name in "yzu"[:r.randint(1, 3)]:
        of, shape = r.choice(names)
        call, shape = a_view(r, of, shape)
        lines.append(f"{name} = {call}")
        if r.random() < 0.1:
            lines[-1] = "with torch.no_grad():\n    " + lines[-1]
        names.append((name, shape))
    for _ in range(r.randint(1, 3)):
        name, shape = r.choice(names)
        write = a_write(r, name, shape)
        lines.append("with torch.no_grad():\n    " + write if r.random() < 0.1 else write)
    for name, _ in names:
        lines.append(f"print({name}, {name}.grad_fn is None, {name}.is_leaf, {name}._version)")
        if r.random() < 0.3:
            lines.append(f"print({name}.stride() if 1 not in {name}.shape else {name}.is_contiguous(), {name}.storage_offset(), {name}.data_ptr() == x.data_ptr())")
    name = r.choice(names)[0]
    lines.append(f"if {name}.requires_grad:\n    ({name} * {name}).sum().backward()\n    print(a.grad, w.grad)")
    return "\n".join(lines)


@program
def rows(r):
    body = r.choice(["row += 1", "row[0] = 5", "row.zero_()", "row *= i", "x[0] += row", "row = row + 1"])
    return f"x = torch.arange(6.).reshape(2, 3)\ni = 1\nfor row in x:\n    {body}\n    i += 1\nprint(x)\na, b = x\na -= b\nx[0][1] = 3\nx[1, :2][0] = 4\nprint(x, a)\nv = x.numpy() if False else x.t()\nv[0] = 8\nprint(x.tolist(), x.view(-1).data_ptr() == x.data_ptr(), x.t().is_contiguous(), x.t().contiguous().is_contiguous())"


@program
def saved(r):
    first = r.choice(["x * x", "x.exp()", "x.sigmoid()", "x.tanh()", "F.relu(x)", "x + 1", "x.sum()", "x.pow(2)", "x.sqrt()", "x * 2", "x / x", "torch.softmax(x, 0)", "x.log()", "x.abs()", "x.sin()", "x.mean()", "F.leaky_relu(x)", "x.max()", "x.cumsum(0)", "x @ x", "x.reciprocal()", "x.prod()"])
    write = r.choice(["y += 1", "y *= 2", "y[0] = 3", "y.zero_()", "x += 1", "x[0] = 1", "x.detach()[0] = 3", "with torch.no_grad():\n    x += 1", "with torch.no_grad():\n    y += 1", "y.detach().add_(1)"])
    return f"a = torch.tensor([1., 2., 4.], requires_grad=True)\nx = a * 1\ny = {first}\n{write}\nz = (y * y).sum() if {r.random() < 0.3} else y.sum()\nz.backward()\nprint(a.grad, x, y)"
