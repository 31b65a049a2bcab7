"""How PyTorch prints. A row: dtype, shape, the elements (or a rule for many), the flags, and str() of the tensor."""

import random

import torch

DRAW = random.Random(11)


def row(data, dtype="float32", requires_grad=False, rule=None):
    tensor = data if isinstance(data, torch.Tensor) else torch.tensor(data, dtype=getattr(torch, dtype))
    tensor = tensor.detach().requires_grad_(requires_grad)
    out = {"dtype": str(tensor.dtype)[6:], "shape": list(tensor.shape), "requires_grad": requires_grad, "text": str(tensor)}
    if rule:
        out["rule"] = rule
    else:
        flat = tensor.detach().reshape(-1)
        out["data"] = [float(f"{v:.9g}") if tensor.dtype == torch.float32 else v for v in flat.tolist()]
    return out


def ruled(shape, dtype, rule, requires_grad=False):
    n = torch.Size(shape).numel()
    i = torch.arange(n, dtype=torch.float64)
    values = {"index": i, "thousandth": i / 1000, "alternate": torch.where(i % 2 == 0, i, -i), "wide": i * i * 1e-3 + 1e-6,
              "mod": i % 7 / 8}[rule]
    return row(values.reshape(shape).to(getattr(torch, dtype)), requires_grad=requires_grad, rule=rule)


def make():
    inf, nan = float("inf"), float("nan")
    rows = [row(d) for d in (
        1.0, 2.5, -0.0, 0.0, 1e-5, 123456789.0, inf, nan, [1.0], [1.0, 2.0, 3.0], [1.5, -2.25], [0.0, 0.0], [-0.0, 1.0],
        [1e-5, 1.0], [1000.0, 1.0], [1001.0, 1.0], [1000.5, 1.0], [1e8, 1e8], [1.1e8], [1e9, 1.0], [0.1, inf], [nan, 1.0, -inf],
        [nan, inf], [0.5, nan, 100.0], [], [[]], [[], []], [[1.0, 2.0], [3.0, 4.5]], [[1.0, -20.0, 300.0]], [[[1.0], [2.0]]],
        [1e-4], [9e-5], [0.00012, 0.1], [99999.9], [0.99999], [0.00005, 0.00009], [-1e-10], [3.4e38], [1e-45],
        [0.12345, 0.55555, 0.00015], [-5.0, 5.0], [12345.678], [0.25, 0.35, 0.45], [2.00005], [1.0, 1.00001])]
    for dtype in ("float64", "int64", "bool"):
        for d in ([], [[]], 1, [0, 1], [[1, 0], [0, 1]], [1] * 30, [[[1, 0]]]):
            rows.append(row(d, dtype))
    rows += [row([1, -20, 300], "int64"), row([2**62, -1], "int64"), row([1.0, 0.5], "float64"), row([1e-300, 1e300], "float64"),
             row(0.1, "float64"), row([True], "bool")]
    rows += [row(d, requires_grad=True) for d in (1.0, [1.0, 2.5], [[1.0, 2.0], [3.0, 4.0]], [], [0.123456] * 9, [0.5] * 7,
                                                 [0.5] * 8, [-0.5] * 14)]
    rows += [row(d, "float64", True) for d in ([1.0], [0.25] * 5, [0.25] * 6, [0.25] * 7, [[0.25] * 8] * 2)]
    for n in (7, 8, 9, 10, 11, 17, 25, 40):
        rows.append(row([DRAW.randrange(-9999, 9999) / 1000 for _ in range(n)]))
        rows.append(row([DRAW.randrange(100) for _ in range(n * 2)], "int64"))
    for shape in ((2, 3), (3, 1), (1, 4), (2, 2, 3), (2, 1, 2, 2), (1, 1, 1), (2, 20), (3, 4, 5), (0, 3), (2, 0, 3)):
        rows.append(row(torch.tensor([DRAW.randrange(-9999, 9999) / 100 for _ in range(torch.Size(shape).numel())]).reshape(shape)))
    for shape in ((1000,), (1001,), (2000,), (100, 20), (4, 300), (6, 200), (7, 200), (8, 9, 20), (2, 3, 400), (1, 1001), (1001, 1),
                  (10, 10, 11), (7, 7, 7, 7), (334, 3)):
        rows.append(ruled(shape, "float32", "index"))
        rows.append(ruled(shape, "float32", "thousandth", True))
        rows.append(ruled(shape, "float64", "wide"))
        rows.append(ruled(shape, "int64", "alternate"))
        rows.append(ruled(shape, "float32", "mod"))
    # The middle is left out, and so does not decide the width.
    return rows
