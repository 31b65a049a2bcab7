"""More random programs for compare.py: what a learner meets less often, each with as many of its options as there are."""

from programs import FLOAT, a_view, an_index, program, shape_of, tensor

ODD = ["0.", "-0.", "1.", "-1.", "1e-4", "9e-5", "1e-5", "0.001", "999.", "1000.", "1001.", "1e7", "99999999.", "1e8", "1.5", "2e8", "1e-38", "1e-45", "3.4e38", "nan", "inf", "-inf", "0.5", "123456.789", "1e-7", "16777217.", "33333.3333"]


def odd_number(r):
    value = r.choice(ODD)
    return f"float('{value}')" if value in ("nan", "inf", "-inf") else value


@program
def odd_printing(r):
    kind = r.random()
    dtype = r.choice(FLOAT)
    if kind < 0.4:
        n = r.choice([1, 2, 3, 6, 12, 20])
        values = [odd_number(r) for _ in range(n)]
        shape = r.choice([f"({n},)", f"(1, {n})", f"({n}, 1)", f"(2, {n // 2})" if n % 2 == 0 else f"({n},)", f"(1, 1, {n}, 1)"])
        return f"x = torch.tensor([{', '.join(values)}], dtype=torch.{dtype}).reshape{shape}\nprint(x)\nprint(x.sum(), x[0])"
    if kind < 0.5:
        return f"print({odd_number(r)}, torch.tensor({odd_number(r)}), torch.tensor({odd_number(r)}, dtype=torch.{dtype}).item(), [torch.tensor({odd_number(r)})])"
    if kind < 0.65:
        n = r.choice([10, 25, 40, 70, 130, 400])
        made = r.choice([f"torch.arange({n}) * {r.choice([1, -1, 1000, 10**9, 7])}", f"torch.arange({n}) % 2 == 0", f"torch.arange({n}.) / {r.choice([1, 2, 3, 100, 1e6])}", f"torch.arange({n}.) ** {r.choice([2, 5, 8])}", f"torch.ones({n}) * {odd_number(r)}"])
        return f"x = {made}\nprint(x)\nprint(x.reshape(-1, {r.choice([d for d in range(1, n + 1) if n % d == 0])}))"
    if kind < 0.8:
        a, b = r.choice([(40, 30), (2000, 1), (1, 2000), (501, 2), (2, 501), (7, 200), (1001, 1), (10, 101)])
        made = r.choice(["torch.arange({n})", "torch.arange({n}.) / 7", "torch.arange({n}) > 5", "torch.arange({n}, dtype=torch.float64) * 1e5", "torch.randn({n}) * 1e-3", "-torch.arange({n}) * 12345"]).format(n=a * b)
        rest = r.choice(["", ".requires_grad_()" if "randn" in made else "", "[None]", ".reshape(-1, 1, 1)"])
        return f"torch.manual_seed({r.randint(0, 99)})\nprint(({made}).reshape({a}, {b}){rest})"
    shape = r.choice(["0", "0, 3", "3, 0", "2, 0, 4", "1, 0", "0, 0", "5, 1, 0"])
    return f"x = torch.{r.choice(['zeros', 'ones', 'rand', 'empty'])}({shape}{r.choice(['', ', dtype=torch.float64', ', requires_grad=True'])})\nprint(x)\nprint(x.shape, x.sum(), x.numel(), x.T if x.dim() == 2 else x.dim())\nprint((x > 0), x.long())"


@program
def bits(r):
    dtypes = r.choice([("int64",), ("bool",), ("int64", "bool"), ("int64", "bool", "float32")])
    shape = shape_of(r, 0, 2)
    x, y = tensor(r, shape, dtypes, plain=False), tensor(r, shape, dtypes, plain=False)
    name = r.choice(["and", "or", "xor"])
    sign = {"and": "&", "or": "|", "xor": "^"}[name]
    call = r.choice([f"torch.bitwise_{name}(x, y)", f"x.bitwise_{name}(y)", f"x {sign} y", "torch.bitwise_not(x)", "~x", f"torch.bitwise_{name}(x, {r.choice(['3', 'True', '-1'])})", f"torch.logical_{name}(x, y)", "torch.logical_not(x)", "x.bitwise_not()", f"x.bitwise_{name}_(y)", f"x.logical_{name}_(y)"])
    return f"x = {x}\ny = {y}\nprint({call})\nx {sign}= y\nprint(x)"


@program
def shape_in_place(r):
    shape = [r.choice([1, 1, 2, 3]) for _ in range(r.randint(0, 3))]
    n = len(shape)
    axis = lambda low=None: r.randint(-n - 1, n)
    lines = [f"w = torch.ones({tuple(shape)}, requires_grad={r.random() < 0.5})", "x = w * torch.tensor(2.)", f"y = x.{r.choice(['view(-1)', 'detach()', 'unsqueeze(0)'])}"]
    for _ in range(r.randint(1, 3)):
        lines.append(r.choice(["x.t_()", f"x.squeeze_()", f"x.squeeze_({axis()})", f"x.unsqueeze_({axis()})", f"x.transpose_({axis()}, {axis()})", "x += 1", "x.mul_(3)"]))
    lines.append("print(x, x.shape, x.is_leaf, x._version)\nprint(y, y.shape)")
    lines.append("if x.requires_grad:\n    (x * x).sum().backward()\n    print(w.grad)")
    return "\n".join(lines)


@program
def element_in_place(r):
    shape = shape_of(r, 0, 2)
    name = r.choice(["abs_", "neg_", "exp_", "log_", "sqrt_", "sigmoid_", "tanh_", "relu_", "zero_", "floor_", "round_", "reciprocal_", "sin_", "square_", "ceil_", "cos_", "rsqrt_", "erf_", "sign_"])
    call = r.choice([f"x.{name}()", "x.fill_(3)", "x.fill_(2.5)", "x.fill_(torch.tensor(4.))", "x.add_(1, alpha=2)", "x.add_(y, alpha=0.5)", "x.sub_(y)", "x.div_(y)", "x.mul_(y)", "x.pow_(2)", "x.clamp_(min=0)", "x.clamp_(-1, 1)", "x.masked_fill_(x > 0, 9)", "x.copy_(y)",
                     "x[x > 0] = y[x > 0]", "x[x < 0] *= -1", "x[...] = 1", "x[x > 100] = torch.tensor(3)", "x %= 2", "x //= 2", "x **= 2", "x.remainder_(2)", "x.floor_divide_(2)", "x.lt_(0)", "x.eq_(y)", "x.maximum(y)", "F.relu(x, inplace=True)", "x.t_()", "torch.relu_(x)"])
    dtype = r.choice(["float32", "float32", "float64", "int64", "bool"])
    return f"x = {tensor(r, shape, (dtype,), plain=True)}\ny = {tensor(r, shape, (r.choice([dtype, 'float32']),), plain=True)}\nz = x\nz2 = {call}\nprint(x)\nprint(z is x, x._version)" if not call.startswith("x[") and "=" not in call.split("(")[0] else f"x = {tensor(r, shape, (dtype,), plain=True)}\ny = {tensor(r, shape, (r.choice([dtype, 'float32']),), plain=True)}\n{call}\nprint(x, x._version)"


@program
def joining(r):
    n = r.randint(1, 3)
    shape = [r.randint(1, 4) for _ in range(n)]
    dim = r.randint(-n - (r.random() < 0.1), n - (r.random() > 0.1))
    axis = dim if -n <= dim < n else 0
    other = list(shape)
    other[axis] = r.randint(0, 3)
    if r.random() < 0.1:
        other[(axis + 1) % n] += 1
    x, y = (tensor(r, s, ("float32", "float32", "int64") if r.random() < 0.3 else ("float32", "float64") if r.random() < 0.3 else ("float32",), True, True) for s in (shape, other))
    size = shape[axis]
    cuts = sorted(r.randint(0, size) for _ in range(2))
    call = r.choice([f"torch.cat([x, y], {dim})", f"torch.cat((x, y, x), dim={dim})", f"torch.concat([x, y], {dim})", f"torch.stack([x, x + 1], {dim})", f"torch.stack([x, y], dim={dim})", f"x.split({r.randint(0, 3)}, {dim})", f"torch.split(x, [{cuts[0]}, {cuts[1] - cuts[0]}, {size - cuts[1]}], dim={dim})",
                     f"x.chunk({r.randint(0, 4)}, {dim})", f"torch.chunk(x, 2, {dim})", f"x.unbind({dim})", f"torch.hstack([x, y])", "torch.vstack([x, y])", f"x.repeat({', '.join(str(r.randint(1, 2)) for _ in range(n + r.randint(0, 1)))})", f"torch.flip(x, [{dim}])", f"x.roll({r.randint(-2, 2)}, {dim})", f"torch.cat([torch.empty(0), x], {dim})"])
    lines = [f"x = {x}", f"y = {y}", f"z = {call}", "print(z)"]
    many = any(w in call for w in ("split", "chunk", "unbind"))
    total = "sum([(p * p).sum() * (i + 1) for i, p in enumerate(z)])" if many else "(z * z).sum()"
    lines.append(f"s = {total}\nif x.requires_grad:\n    s.backward()\n    print(x.grad, y.grad)")
    return "\n".join(lines)


@program
def more_reductions(r):
    shape = [s for s in shape_of(r, 0, 3)]
    n = max(len(shape), 1)
    dim = r.randint(-n, n - 1)
    name = r.choice(["sum", "mean", "prod", "std", "var", "amax", "amin", "logsumexp", "any", "all", "count_nonzero", "max", "min", "argmax", "argmin", "norm", "cumsum", "softmax", "log_softmax", "argsort", "sort", "topk"])
    keep = r.choice(["", ", keepdim=True"])
    dtype = r.choice(["", ", dtype=torch.float64"])
    door = r.choice(["torch.{n}(x, {a})", "x.{n}({a})"])
    args = {"sum": f"dim={dim}{keep}{dtype}", "mean": f"{dim}{keep}{dtype}", "prod": f"dim={dim}{keep}{dtype}", "softmax": f"dim={dim}{dtype}", "log_softmax": f"dim={dim}{dtype}", "cumsum": f"dim={dim}{dtype}", "cumprod": f"dim={dim}", "norm": r.choice([f"p={r.choice(['2', '1', 'float(chr(105) + chr(110) + chr(102))', '3', '0', '-1'])}, dim={dim}{keep}", "2", "p='fro'", f"dim={dim}"]),
            "count_nonzero": r.choice(["", f"dim={dim}"]), "median": "", "std": r.choice([f"{dim}", f"{dim}, keepdim=True", f"dim={dim}, unbiased=False", f"dim={dim}, correction=0{keep}", "unbiased=False", "correction=0"]), "argsort": f"dim={dim}", "sort": f"dim={dim}", "topk": "1", "aminmax": "", "std_mean": "", "var_mean": "", "nansum": ""}.get(name, f"dim={dim}{keep}")
    x = tensor(r, shape, ("float32", "float64", "int64", "bool") if r.random() < 0.3 else FLOAT, True, r.random() < 0.85)
    call = door.format(n=name, a=args).replace(", )", ")").replace("float(chr(105) + chr(110) + chr(102))", "float('inf')")
    return f"x = {x}\ny = {call}\nprint(y)\n" + ("" if name in ("any", "all", "count_nonzero", "argmax", "argmin", "sort", "topk", "argsort", "aminmax", "std_mean", "var_mean") else f"y = y{'.values' if name in ('max', 'min') else ''}\nif x.requires_grad:\n    (y * y).sum().backward()\n    print(x.grad)")


ONE = ["torch.log", "torch.log2", "torch.log10", "torch.log1p", "torch.sqrt", "torch.rsqrt", "torch.reciprocal", "torch.tan", "torch.sinh", "torch.cosh", "torch.sign", "torch.floor", "torch.round", "torch.neg", "F.softsign", "F.relu", "torch.relu", "F.leaky_relu", "F.elu", "F.selu", "F.gelu", "F.softplus", "F.silu", "torch.erf", "torch.atan",
       "torch.trunc", "torch.frac", "torch.exp2", "F.relu6", "F.hardtanh", "F.softmin", "torch.negative", "torch.absolute", "torch.arctan", "F.tanh", "F.sigmoid", "torch.isfinite"]


@program
def more_unary(r):
    name = r.choice(ONE)
    x = tensor(r, None, FLOAT if r.random() < 0.8 else ("int64", "bool"), True, r.random() < 0.8)
    options = {"F.leaky_relu": [", 0.2", ", negative_slope=0.3", ", -0.5"], "F.elu": [", 0.5", ", alpha=2.0"], "F.softplus": [", beta=2", ", 3, 1"], "F.gelu": [", approximate='tanh'", ""], "torch.round": [", decimals=1"], "F.softmin": [", 0"], "F.hardtanh": [", -2, 2"]}.get(name, [""])
    return f"x = {x}\ny = {name}(x{r.choice(options + [''])})\nprint(y)\nif x.requires_grad:\n    (y * y).sum().backward()\n    print(x.grad)"


TWO = ["torch.add", "torch.sub", "torch.mul", "torch.div", "torch.pow", "torch.maximum", "torch.minimum", "torch.floor_divide", "torch.remainder", "torch.multiply", "torch.subtract", "torch.divide", "torch.true_divide", "torch.eq", "torch.ne", "torch.less", "torch.greater", "torch.max", "torch.min", 
       "torch.where(x > 0, x, y) if True else print", "torch.greater_equal", "torch.less_equal", "torch.not_equal"]


@program
def more_binary(r):
    shape = shape_of(r)
    other = [1 if r.random() < 0.3 else s for s in shape][r.randint(0, len(shape)):]
    dtypes = FLOAT if r.random() < 0.7 else ("float32", "float64", "int64", "bool")
    x, y = tensor(r, shape, dtypes, True, True), tensor(r, other, dtypes, True, True)
    name = r.choice(TWO)
    call = name if "where" in name else f"{name}(x, y)"
    extra = r.random()
    if extra < 0.1:
        call = r.choice(["torch.add(x, y, alpha=2)", "torch.sub(x, y, alpha=0.5)", "torch.div(x, y, rounding_mode='floor')", "torch.div(x, y, rounding_mode='trunc')", "torch.clamp(x, min=y)", "x.clamp(y, y + 1)", "torch.clamp(x, max=0.5)", "torch.where(x > y, x, 0.)", "torch.where(x > y, 1, 0)", "torch.sum(x * y)", "2 - x / y", "(x - y).abs().mean()", "-x ** 2 + y"])
    return f"x = {x}\ny = {y}\nz = {call}\nprint(z)\nif z.requires_grad:\n    (z * z).sum().backward()\n    print(x.grad, y.grad)"


@program
def more_losses(r):
    n, c = r.randint(1, 4), r.randint(1, 4)
    reduction = r.choice(["mean", "sum", "none"])
    dtype = r.choice(FLOAT)
    x = f"x = {tensor(r, [n, c], (dtype,), True, True)}\n"
    kind = r.randint(0, 11)
    other = f"y = {tensor(r, [n, c], (dtype,), False, True)}\n"
    tail = "\nprint(z)\nz.sum().backward()\nprint(x.grad)"
    if kind == 0:
        return x + other + f"z = nn.{r.choice(['MSELoss', 'L1Loss', 'SmoothL1Loss', 'HuberLoss'])}(reduction='{reduction}')(x, y){tail}"
    if kind == 1:
        labels = [r.randint(0, c - 1) for _ in range(n)]
        weight = [round(r.uniform(0.1, 2), 1) for _ in range(c)]
        return x + f"y = torch.tensor({labels})\nloss = nn.CrossEntropyLoss(weight=torch.tensor({weight}, dtype=torch.{dtype}), label_smoothing={r.choice([0.0, 0.1])}, reduction='{reduction}')\nz = loss(x, y){tail}"
    if kind == 2:
        return x + f"x = torch.log_softmax(x, 1)\nx.retain_grad()\ny = torch.tensor({[r.randint(0, c - 1) for _ in range(n)]})\nz = nn.NLLLoss(reduction='{reduction}')(x, y){tail}"
    if kind == 3:
        return x + f"y = torch.sigmoid({tensor(r, [n, c], (dtype,), False, True)})\nz = nn.BCEWithLogitsLoss(reduction='{reduction}'{r.choice(['', f', pos_weight=torch.tensor(2., dtype=torch.{dtype})', f', weight=torch.tensor(0.5, dtype=torch.{dtype})'])})(x, y){tail}"
    if kind == 4:
        return x + f"x = torch.sigmoid(x)\nx.retain_grad()\ny = torch.sigmoid({tensor(r, [n, c], (dtype,), False, True)})\nz = F.binary_cross_entropy(x, y, reduction='{reduction}'{r.choice(['', f', weight=torch.full(({n}, {c}), 0.3, dtype=torch.{dtype})'])}){tail}"
    if kind == 5:
        return x + f"x = torch.log_softmax(x, 1)\nx.retain_grad()\ny = torch.{r.choice(['softmax', 'log_softmax'])}({tensor(r, [n, c], (dtype,), False, True)}, 1)\nz = F.kl_div(x, y, reduction='{r.choice(['mean', 'sum', 'none', 'batchmean'])}', log_target={r.random() < 0.5}){tail}"
    if kind == 6:
        shape = r.choice([[n, c, 2], [n, c, 2, 2]])
        labels = "torch.randint(0, %d, %s)" % (c, tuple([n] + shape[2:]))
        return f"torch.manual_seed({r.randint(0, 9)})\nx = torch.randn({tuple(shape)}, requires_grad=True)\ny = {labels}\nz = F.cross_entropy(x, y, reduction='{reduction}'){tail}"
    if kind == 7:
        return f"x = {tensor(r, [c], (dtype,), True, True)}\ny = torch.tensor({r.randint(0, c - 1)})\nz = F.cross_entropy(x, y, reduction='{reduction}'){tail}"
    if kind == 8:
        return x + f"y = torch.tensor({[r.randint(0, c - 1) for _ in range(n)]})\np = torch.softmax(x, 1)[torch.arange({n}), y]\nz = -torch.log(p) + 1.0 * (1 - p){tail}"
    if kind == 9:
        return x + other + f"z = F.mse_loss(x, y[:, :{max(1, c - 1)}], reduction='{reduction}'){tail}"
    if kind == 10:
        return x + other + f"z = nn.MSELoss()(x, y.double() if {r.random() < 0.3} else y){tail}"
    return x + other + f"z = F.{r.choice(['smooth_l1_loss', 'huber_loss', 'l1_loss', 'mse_loss'])}(x, y, reduction='{reduction}'){tail}"


@program
def more_optimizers(r):
    lr = r.choice(["0.1", "0.01", "0.5", "1e-3"])
    maybe = lambda text, p=0.5: text if r.random() < p else ""
    kind = r.choice(["SGD", "Adam", "AdamW", "RMSprop"])
    options = {"SGD": maybe(", momentum=0.9") + maybe(", weight_decay=0.1") + maybe(", dampening=0.2", 0.3) + maybe(", maximize=True", 0.2), "Adam": maybe(", betas=(0.7, 0.99)") + maybe(", eps=1e-3") + maybe(", weight_decay=0.05") + maybe(", amsgrad=True", 0.2) + maybe(", maximize=True", 0.1),
               "AdamW": maybe(", betas=(0.7, 0.99)") + maybe(", eps=1e-3") + maybe(", weight_decay=0.2") + maybe(", amsgrad=True", 0.2), "RMSprop": maybe(", alpha=0.8") + maybe(", eps=1e-3") + maybe(", weight_decay=0.1") + maybe(", momentum=0.7") + maybe(", centered=True", 0.2)}[kind]
    if kind == "SGD" and "dampening" not in options and r.random() < 0.4:
        options = ", momentum=0.8, nesterov=True" + maybe(", weight_decay=0.1")
    lines = [f"torch.manual_seed({r.randint(0, 99)})", "net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))", "x = torch.randn(5, 3)", "t = torch.tensor([0, 1, 1, 0, 1])"]
    # Steps as large as the weights make chaos of a rounding.
    lr = "0.01" if kind == "RMSprop" else lr
    lines.append(f"o = torch.optim.{kind}(net.parameters(), lr={lr}{options})")
    lines.append("criterion = nn.CrossEntropyLoss()")
    l1 = maybe(" + 0.01 * sum([p.abs().sum() for p in net.parameters()])", 0.3)
    lines.append(f"for step in range({r.randint(1, 12)}):\n    loss = criterion(net(x), t){l1}\n    o.zero_grad({r.choice(['', '', 'set_to_none=False'])})\n    loss.backward()\n    o.step()")
    lines.append("print(loss)\nfor p in net.parameters():\n    print(p)")
    if r.random() < 0.2:
        lines.append("print(o)")
    return "\n".join(lines)


@program
def more_schedulers(r):
    rule = r.choice([f"ReduceLROnPlateau(o, mode='{r.choice(['min', 'max'])}', factor={r.choice([0.1, 0.5])}, patience={r.randint(0, 2)}, threshold={r.choice(['1e-4', '0.1', '0.3'])}, threshold_mode='{r.choice(['rel', 'abs'])}', cooldown={r.randint(0, 2)}, min_lr={r.choice(['0', '0.01'])}, eps={r.choice(['1e-8', '0.05'])})",
                     f"StepLR(o, {r.randint(1, 3)}, {r.choice([0.5, 0.1])})", f"ExponentialLR(o, gamma=0.7)", f"CosineAnnealingLR(o, {r.randint(1, 5)}, {r.choice([0, 0.05])})", f"MultiStepLR(o, milestones=[2, 2, 4], gamma=0.5)", f"StepLR(o, step_size=2, gamma=0.5, last_epoch=-1)"])
    losses = [round(r.uniform(0, 1), 2) for _ in range(r.randint(3, 14))]
    step = f"s.step({r.choice(['loss', 'torch.tensor(loss)'])})" if "Plateau" in rule else "s.step()"
    return f"w = torch.tensor([1., -2.], requires_grad=True)\no = torch.optim.SGD([w], lr={r.choice(['0.1', '1.0'])}, momentum=0.5)\ns = torch.optim.lr_scheduler.{rule}\nprint(s.get_last_lr())\nfor loss in {losses}:\n    o.zero_grad()\n    (w * w).sum().backward()\n    o.step()\n    {step}\n    print(s.get_last_lr(), o.param_groups[0]['lr'])\nprint(w)"


@program
def initialisers(r):
    shape = r.choice(["4, 3", "2, 3, 3, 3", "20, 30", "5", "3, 4, 2", "1, 1", "16, 1", ""])
    call = r.choice(["normal_(x, 1.0, 0.5)", "normal_(x)", "uniform_(x, -2, 3)", "constant_(x, 0.25)", "zeros_(x)", "ones_(x)", f"xavier_uniform_(x, gain={r.choice(['1.0', '2.0'])})", "xavier_normal_(x, 0.5)", f"kaiming_uniform_(x, a={r.choice(['0', '0.2', 'math.sqrt(5)'])}, mode='{r.choice(['fan_in', 'fan_out'])}', nonlinearity='{r.choice(['relu', 'leaky_relu', 'tanh', 'linear', 'selu', 'sigmoid', 'conv2d'])}')",
                     f"kaiming_normal_(x, mode='{r.choice(['fan_in', 'fan_out', 'fan'])}', nonlinearity='{r.choice(['relu', 'leaky_relu', 'other'])}')", "eye_(x)", "kaiming_normal_(x)", "kaiming_uniform_(x)"])
    call = call.replace("chr(116)+chr(97)+chr(110)+chr(104)", "'tanh'")
    return f"torch.manual_seed({r.choice([0, 1, 42, 2**33 + 1])})\nx = torch.empty({shape or '()'}{r.choice(['', ', dtype=torch.float64', ', requires_grad=True'])})\nprint(nn.init.{call})\nprint(torch.rand(2))"


@program
def more_networks(r):
    act = lambda: r.choice(["nn.ReLU()", "nn.ReLU(inplace=True)", "nn.Sigmoid()", "nn.Tanh()", "nn.ELU(0.5)", "nn.ELU()", "nn.SELU()", "nn.GELU()", "nn.LeakyReLU()", "nn.LeakyReLU(0.2, inplace=True)", "nn.Softplus()", "nn.Softplus(2.0)", "nn.SiLU()", "nn.Dropout(0.3)", "nn.Dropout()", "nn.Identity()", "nn.Softmax(dim=1)", "nn.LogSoftmax(dim=-1)", "nn.Hardtanh()", "nn.ReLU6()"])
    if r.random() < 0.6:
        net = f"nn.Sequential(nn.Linear(3, 4{r.choice(['', ', bias=False'])}), {act()}, nn.Linear(4, 4), {act()}, nn.Sequential(nn.Linear(4, 2), {act().replace('(4)', '(2)')}))"
        x = "torch.randn(2, 3)"
    else:
        conv = f"nn.Conv2d(1, 4, {r.choice(['3', '(3, 2)', 'kernel_size=3'])}{r.choice(['', ', padding=1', ', stride=2, padding=1', ', bias=False', ', dilation=2, padding=2', ', groups=1, padding=(1, 0)'])})"
        pool = r.choice(["nn.MaxPool2d(2)", "nn.AvgPool2d(2)", "nn.MaxPool2d(3, stride=2, padding=1)", "nn.AvgPool2d((2, 1))", "nn.MaxPool2d(kernel_size=2, stride=1)"])
        net = f"nn.Sequential({conv}, nn.ReLU(), {pool}, {r.choice(['nn.Flatten()', 'nn.Flatten(1)', 'nn.Flatten(start_dim=1, end_dim=-1)'])})"
        x = "torch.randn(2, 1, 6, 6)"
    look = r.choice(["print(net)", "for name, p in net.named_parameters():\n    print(name, p.shape, p.requires_grad)", "print(list(net.state_dict().keys()))", "print(net.state_dict())", "for k, v in net.state_dict().items():\n    print(k, v.size())", "print(sum([p.numel() for p in net.parameters()]))", "print(net[0].weight, len(net))", "print(net[-1], net[1:3])", "for layer in net:\n    print(layer)", "for layer in net.children():\n    print(layer)", "print(net.eval().training, net.train().training)", "net.requires_grad_(False)\nprint(net[0].weight.requires_grad)"])
    return f"torch.manual_seed({r.randint(0, 99)})\nnet = {net}\n{look}\ny = net({x})\nprint(y)\ny.sum().backward()\nprint([p.grad for p in net.parameters()][:1])"


@program
def more_indexing(r):
    shape = [r.randint(1, 5) for _ in range(r.randint(1, 4))]
    count = 1
    for s in shape:
        count *= s
    x = f"x = torch.arange({count}{r.choice(['', '.'])}).reshape({tuple(shape)})"
    k = r.random()
    n = len(shape)
    if k < 0.3:
        return f"{x}\ny = x[{an_index(r, shape, False)}]\nprint(y)\nprint(y[{r.choice(['0', '-1', '...', 'None', ':1', '::2'])}])"
    if k < 0.5:
        return f"{x}\nv = torch.arange(100.)[:x[{an_index(r, shape)}].numel()]\nx[{an_index(r, shape)}] = {r.choice(['v', 'v.reshape(-1, 1)', 'x[0]', 'torch.ones(1)', 'True', '-3'])}\nprint(x)"
    dim = r.randint(-n, n - 1)
    at = lambda: r.randint(-1 if r.random() < 0.1 else 0, shape[dim] - (r.random() > 0.05))
    index = f"torch.tensor({[at() for _ in range(r.randint(1, 3))]})"
    if k < 0.8:
        full = "torch.zeros(" + str(tuple(shape)) + ", dtype=torch.int64)"
        call = r.choice([f"x.index_select({dim}, {index})", f"torch.index_select(x, {dim}, {index})", f"x.gather({dim}, {full})", f"torch.gather(x, {dim}, (x * 7 % {shape[dim]}).long())", "x.masked_select(x > 3)", "torch.masked_select(x, x % 2 == 0)", "x.nonzero()", "torch.nonzero(x > 2)", "x.masked_fill(x > 2, -1)", f"x.narrow({dim}, 0, 1)", f"x.select({dim}, 0)", f"torch.where(x > 2)", "x.argmax()", "x.tril()" if n > 1 else "x", "torch.triu(x, -1)" if n > 1 else "x"])
        return f"{x}\nprint({call})"
    return f"{x}\nx = x.double().requires_grad_()\ny = x[{an_index(r, shape)}]\nz = y * torch.arange(1., y.numel() + 1).reshape(y.shape)\nz.sum().backward()\nprint(y.shape, x.grad)"


@program
def chained(r):
    """A chain of whatever fits, with its gradient."""
    shape = [r.choice([1, 2, 3, 4]) for _ in range(r.randint(1, 3))]
    lines = [f"x = {tensor(r, shape, FLOAT, True, True)}", "y = x"]
    for _ in range(r.randint(2, 6)):
        if r.random() < 0.4:
            call, shape = a_view(r, "y", shape)
            lines.append(f"y = {call}" if not call.endswith(("detach()", "data")) else "y = y * 1")
        else:
            lines.append("y = " + r.choice(["y * y", "y + 1", "2 * y", "y - 3", "1 / (y * y + 1)", "torch.tanh(y)", "y.exp()", "torch.sin(y) * y", "F.relu(y)", "y / 2", "-y", "y.abs()", "torch.sigmoid(y)", "y.clamp(-1, 1)", "torch.where(y > 0, y, 2 * y)", "y.softmax(0)" if shape else "y", "y - y.mean()", "y * y.detach()", "y.pow(3)", "y.sqrt()", "y.cumsum(0)" if shape else "y", "y.log1p()", "y.square().add(1).log()", "y @ y.T" if len(shape) == 2 and shape[0] == shape[1] else "y + y"]))
    lines.append(r.choice(["print(y)", "print(y.shape, y.grad_fn)"]))
    lines.append("y.sum().backward()\nprint(x.grad)")
    return "\n".join(lines)


@program
def python(r):
    """Python around tensors."""
    return r.choice([
        "x = torch.arange(4.)\nprint(f'{x.sum():.2f} and {x.mean().item():.3f} {x[0]} {x.shape}')", "x = torch.tensor([1., 2.])\nprint('a', x, 3, 2.5, True, None, [1, x], (x, 2), x.dtype, x.device, x.size(), x.shape[0], sep=' | ')", "x = torch.tensor(2.5)\nprint(float(x), int(x), bool(x), x.item(), round(x.item(), 1), x + 1, -x, abs(x))",
        "d = {'a': 1, 'b': torch.ones(2)}\nprint(d, d['a'])\nd['c'] = 2\nfor k, v in d.items():\n    print(k, v)", "x = torch.arange(6).reshape(2, 3)\na, b = x\nprint(a, b)\nfor row in x:\n    print(row, row.sum())", "print([i * 2 for i in range(4)], sum(range(5)), max(3, 1), min([4, 2]), len([1, 2]))",
        "x = torch.tensor(1234.5678)\nprint(f'{x:8.2f}|{x:<10.1f}|{x:e}|{x:g}|{x:.3g}|{7:03d}|{0.256:.1%}|{1234567:,}|{x}|{-2.5:+.1f}|{3:>5}|{[1, x]}')",
        "x = torch.tensor([3., 1., 2.])\nprint(max(x), min(x), sum(x), list(x), len(x), x.tolist())", "print(torch.tensor([1, 2]) == torch.tensor([1, 3]), torch.equal(torch.ones(2), torch.ones(2)), torch.allclose(torch.ones(2), torch.ones(2) + 1e-9))", "print(2 ** 10, 7 // 2, -7 // 2, 7 % 3, -7 % 3, 1 / 3, 1e-5, 1e20, 10 ** 15, 1.0, 3 > 2 > 1, not True, 5 if False else 6)", "x = torch.zeros(2, 3)\nprint(x.size(-1), x.ndim, x.dim(), x.numel())",
        "with torch.set_grad_enabled(False):\n    x = torch.ones(1, requires_grad=True) * 2\nprint(x.requires_grad, torch.is_grad_enabled())", "x = torch.ones(2, requires_grad=True)\nwith torch.enable_grad():\n    y = x * 2\nprint(y, y.requires_grad)"])


@program
def parameter_groups(r):
    lr = lambda: r.choice(["0.1", "0.5", "0.01", "1", "1e-3"])
    kind = r.choice(["SGD", "Adam", "AdamW", "RMSprop"])
    own = {"SGD": ["'momentum': 0.9", "'momentum': 0.5, 'dampening': 0.2", "'maximize': True", "'momentum': 0.8, 'nesterov': True"],
           "Adam": ["'betas': (0.7, 0.9)", "'amsgrad': True", "'eps': 1e-3"], "RMSprop": ["'alpha': 0.5", "'momentum': 0.9", "'centered': True"]}
    extra = lambda: r.choice(["", f", 'lr': {lr()}", ", 'weight_decay': 0.3", f", 'lr': {lr()}, 'weight_decay': 0.1", ", " + r.choice(own.get(kind, own["Adam"]))])
    lines = ["a = torch.tensor([1., -2.], requires_grad=True)", "b = torch.tensor([[0.5]], requires_grad=True)", "c = torch.tensor(3., requires_grad=True)",
             f"o = torch.optim.{kind}([{{'params': [a]{extra()}}}, {{'params': {r.choice(['b', '[b]', '[b, b * 2]', '[b, c]'])}{extra()}}}], lr={lr()})"]
    if r.random() < 0.3:
        lines.append(f"o.add_param_group({{'params': [{r.choice('abc')}]{extra()}}})")
    scheduled = r.random() < 0.5
    if scheduled:
        lines.append("s = torch.optim.lr_scheduler." + r.choice(["StepLR(o, 1, 0.5)", "ExponentialLR(o, 0.9)", "CosineAnnealingLR(o, 2)", "MultiStepLR(o, [1, 2], gamma=0.1)"]))
    lines += ["for i in range(3):", f"    o.zero_grad({r.choice(['', 'set_to_none=False'])})", "    ((a ** 2).sum() * b.sum() + (b * c).sin().sum()).backward()", "    o.step()"]
    lines += ["    s.step()", "    print(s.get_last_lr())"] if scheduled else []
    lines += ["    for g in o.param_groups: g['lr'] *= 0.9"] if r.random() < 0.3 else []
    return "\n".join(lines + ["print(a, b, c)", "print(o)", "print([g['lr'] for g in o.param_groups], o.param_groups[-1])"])


@program
def second_slopes(r):
    pool = r.choice(["", "F.max_pool2d({}, 2)", "F.avg_pool2d({}, 2)", "F.avg_pool2d({}, (1, 2), stride=1)", "F.max_pool2d({}, 3, 1, 1)"])
    size = r.randint(4, 6)
    convolution = f"F.conv2d(x, w{r.choice(['', ', b', ', b'])}{r.choice(['', ', padding=1', ', stride=2', ', stride=(1, 2)', ', dilation=2', ', padding=1, stride=2'])})"
    body = r.choice(["torch.tanh({})", "torch.relu({})", "{} ** 2", "torch.sigmoid({})", "torch.sin({})"]).format(convolution)
    body = (pool or "{}").format(body)
    along = r.choice(["x", "w"])
    return "\n".join([f"torch.manual_seed({r.randint(0, 999)})", f"x = torch.randn({r.randint(1, 2)}, 2, {size}, {size}, dtype=torch.float64, requires_grad=True)",
                      "w = torch.randn(3, 2, 2, 2, dtype=torch.float64, requires_grad=True)", "b = torch.randn(3, dtype=torch.float64)", f"y = {body}",
                      f"g, = torch.autograd.grad((y ** 2).sum(), [{along}], create_graph=True)", "print(g.shape, g.norm())",
                      "h = torch.autograd.grad((g ** 2).sum(), [x, w])", "print(h)"])
