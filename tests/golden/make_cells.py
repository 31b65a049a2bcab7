"""Random programs with what PyTorch prints for them: the cells of the course are held to it.

The programs are those of `programs.py` and `more_programs.py`; compare.py throws many more of them at both sides."""

import random

import more_programs  # noqa: F401: registers its programs
from compare import HEAD, run_torch
from programs import PROGRAMS

EACH = 10

# What compare.py found and no generator makes often enough.
FOUND = [
    "x = torch.arange(3)\nx[:-1] = x[0]\nprint(x)",
    "x = torch.arange(20.).reshape(1, 2, 5, 2)\nx[:] = x[0]\nprint(x)",
    "x = torch.arange(3)\nx[1:] = x[:2]\nprint(x)",
    "x = torch.tensor(0.33)\nprint(x.chunk(3))",
    "b = torch.tensor([True, False])\nprint(b ** b)",
    "b = torch.tensor([True, False])\nprint(b % b)",
    "b = torch.tensor([True, False])\nprint(b // b)",
]


def make():
    r = random.Random(2015)
    rows = []
    for generator in PROGRAMS:
        sources = [generator(r) for _ in range(EACH)]
        # A long one says no more than a short one.
        rows += [{"kind": generator.__name__, "source": source, "prints": run_torch(source)} for source in sorted(sources, key=len)[:EACH - 2]]
    rows += [{"kind": "found", "source": source, "prints": run_torch(source)} for source in FOUND]
    return [{"head": HEAD}] + [row for row in rows if len(row["prints"]) < 4000]
