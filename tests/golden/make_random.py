"""Random numbers. A row: seed, a list of calls and what each returned, in turn, from one generator.

float32 values are given as their bits, float64 as shortest decimals that read back exactly."""

import numpy
import torch

import golden


def calls(seed):
    """The kinds of draws, in an order that mixes both regimes of randn with everything else."""
    yield "rand_f32", [5], lambda: torch.rand(5)
    yield "rand_f64", [5], lambda: torch.rand(5, dtype=torch.float64)
    yield "randn_f32", [3], lambda: torch.randn(3)
    yield "randn_f64", [2], lambda: torch.randn(2, dtype=torch.float64)
    yield "randn_f32", [15], lambda: torch.randn(15)
    yield "randn_f32", [16], lambda: torch.randn(16)
    yield "randn_f32", [37], lambda: torch.randn(37)
    yield "randn_f64", [35], lambda: torch.randn(35, dtype=torch.float64)
    yield "normal_f32", [18, 2.0, 3.5], lambda: torch.empty(18).normal_(2.0, 3.5)
    yield "normal_f32", [4, -1.0, 0.25], lambda: torch.empty(4).normal_(-1.0, 0.25)
    yield "normal_f64", [17, 2.0, 3.5], lambda: torch.empty(17, dtype=torch.float64).normal_(2.0, 3.5)
    yield "uniform_f32", [9, -0.3, 0.7], lambda: torch.empty(9).uniform_(-0.3, 0.7)
    yield "uniform_f64", [9, -0.3, 0.7], lambda: torch.empty(9, dtype=torch.float64).uniform_(-0.3, 0.7)
    yield "randint", [20, 0, 10], lambda: torch.randint(0, 10, (20,))
    yield "randint", [5, -7, 2**31], lambda: torch.randint(-7, 2**31, (5,))
    yield "randint", [5, 0, 2**28 - 1], lambda: torch.randint(0, 2**28 - 1, (5,))
    yield "randint", [5, 0, 2**28], lambda: torch.randint(0, 2**28, (5,))
    yield "randint", [5, -3, 2**33], lambda: torch.randint(-3, 2**33, (5,))
    yield "randperm", [1], lambda: torch.randperm(1)
    yield "randperm", [100], lambda: torch.randperm(100)
    yield "dropout_mask", [50, 0.3], lambda: torch.nn.functional.dropout(torch.ones(50), 0.3) != 0
    yield "bernoulli", [20, 0.9], lambda: torch.empty(20).bernoulli_(0.9) != 0


def make():
    rows = []
    for seed in [0, 1, 42, 2**31, 2**32 + 7, 12345678901234]:
        torch.manual_seed(seed)
        draws = []
        for name, arguments, call in calls(seed):
            values = call()
            if values.dtype == torch.float32:
                values = values.numpy().view(numpy.uint32)
            draws.append([name, arguments, values.tolist()])
        rows.append({"kind": "draws", "seed": seed, "draws": draws})
    for seed in [0, 1, 2]:
        torch.manual_seed(seed)
        big = torch.randn(100_003).numpy().view(numpy.uint32)
        samples = [int(v) for v in big[:: 997]]
        rows.append({"kind": "randn", "seed": seed, "n": big.size, "every": 997, "bits": samples,
                     "xor": int(numpy.bitwise_xor.reduce(big)), "sum": int(big.astype(numpy.uint64).sum())})
    for seed, n in [(0, 10), (1, 7), (2, 60_000)]:
        torch.manual_seed(seed)
        loader = torch.utils.data.DataLoader(torch.arange(n), batch_size=64, shuffle=True)
        for epoch in range(2):
            order = torch.cat(list(loader))
            rows.append({"kind": "loader", "seed": seed, "n": n, "epoch": epoch, "first": order[:50].tolist(),
                         "weighted": int((order * torch.arange(n)).sum())})
        if n < 100:
            rows[-1]["next_rand"] = torch.rand(1).item()
    for seed, n_in, n_out in [(0, 784, 200), (1, 3, 4)]:
        torch.manual_seed(seed)
        layer = torch.nn.Linear(n_in, n_out)
        rows.append({"kind": "linear", "seed": seed, "in": n_in, "out": n_out,
                     **{name: golden.digest(p) for name, p in layer.named_parameters()}})
    torch.manual_seed(3)
    layer = torch.nn.Conv2d(5, 10, 3)
    rows.append({"kind": "conv", "seed": 3, **{name: golden.digest(p) for name, p in layer.named_parameters()}})
    torch.manual_seed(4)
    weight = torch.nn.init.kaiming_normal_(torch.randn(200, 784))
    rows.append({"kind": "kaiming", "seed": 4, "weight": golden.digest(weight)})
    return rows
