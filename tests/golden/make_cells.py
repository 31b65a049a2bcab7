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
    "b = torch.tensor([True, False])\nprint(b ** True, b ** False, b ** 2, b ** 2.0, b.pow(True))",
    "b = torch.tensor([True, False])\nb **= True\nprint(b)",
    "x = torch.tensor([2, 3])\nprint(x ** True, x ** False)",
    "x = torch.ones(2, 3, requires_grad=True)\ny = x.transpose(1, 1)\nwith torch.no_grad(): y *= 2\nprint(y)",
    "x = torch.arange(3.)\ny = x.expand(2, 3)\ny.fill_(torch.tensor(2.))",
    "x = torch.arange(3.)\ny = x.expand(2, 3)\ny.masked_fill_(y > 1, 7.)\nprint(y, x)",
    "x = torch.arange(3.)\ny = x.expand(2, 3)\ny.triu_()\nprint(y, x)",
    "x = torch.arange(3.)\ny = x.expand(2, 3)\nnn.init.ones_(y)\nprint(y, x)",
    "x = torch.ones(3)\nx.fill_(torch.ones(1))",
    "x = torch.ones(3, requires_grad=True)\ny = x * 2\ny.detach_()\nprint(y)",
    "x = torch.ones(3, requires_grad=True)\nx[1:].detach_()",
    "x = torch.ones(3, requires_grad=True)\nx.grad = torch.ones(2)",
    "x = torch.ones(3, requires_grad=True)\nx.grad = torch.ones(3, dtype=torch.float64)",
    "x = torch.ones(3, requires_grad=True)\nx.grad = x",
    "x = torch.arange(3)\nx.clip_(0, 1)\nprint(x, torch.clip(x, 1))",
    "x = torch.arange(16.).reshape(1, 1, 4, 4).requires_grad_()\n(F.avg_pool2d(x, 2) ** 3).sum().backward(create_graph=True)\nprint(x.grad)\nx.grad.sum().backward()\nprint(x.grad)",
    "x = torch.arange(16.).reshape(1, 1, 4, 4).requires_grad_()\ng = torch.autograd.grad((F.max_pool2d(x, 2) ** 3).sum(), x, create_graph=True)[0]\nprint(g)\nprint(torch.autograd.grad(g.sum(), x)[0])",
    "x = torch.arange(6.).reshape(2, 3).requires_grad_()\ng = torch.autograd.grad((x.max(1)[0] ** 3).sum(), x, create_graph=True)[0]\nprint(g)\nprint(torch.autograd.grad(g.sum(), x)[0])",
    "torch.manual_seed(1)\nx = torch.randn(1, 2, 5, 5, requires_grad=True)\nconv = nn.Conv2d(2, 3, 3, padding=1)\n"
    "g, = torch.autograd.grad(F.max_pool2d(torch.relu(conv(x)), 2).sum(), [x], create_graph=True)\nprint(g)\n"
    "penalty = (g.norm() - 1) ** 2\npenalty.backward()\nprint(penalty)\nprint(conv.weight.grad)",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.SGD([{'params': [a]}, {'params': [a]}], lr=1.)",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.SGD([{'params': [a]}, a], lr=1.)",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.SGD([{'lr': 3}], lr=1.)",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.SGD(a, lr=1.)",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.Adam([a], betas=(1.0, 0.9))",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.RMSprop([a], alpha=-1.)",
    "a = torch.tensor([1.], requires_grad=True)\ntorch.optim.SGD([a], lr=0.1, beta=3)",
    "a = torch.tensor([1., 2.], requires_grad=True)\nb = torch.tensor([3.], requires_grad=True)\no = torch.optim.SGD([{'params': [a]}, {'params': [b], 'lr': 0.1}], lr=1.)\n"
    "s = torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0)\nfor loss in [1., 2., 3., 0.5]:\n    s.step(loss)\n    print(s.get_last_lr(), [g['lr'] for g in o.param_groups])\nprint(o)",
    "x = torch.ones(2, 3, requires_grad=True)\nwith torch.no_grad():\n    y = x[0]\n    print(y, x.T)\nprint(y)\ny.sum().backward()\nprint(x.grad, y.grad, y * 2)",
    "x = torch.ones(2, 3, requires_grad=True)\nwith torch.no_grad():\n    for row in x: print(row)\n    y = x.view(6)\n    y += 1\n    print(y)\nprint(x)",
    "x = torch.ones(2, 3, requires_grad=True)\na, b = x.unbind(0)\nwith torch.no_grad(): a.zero_()\nprint(a, b)",
    "x = torch.tensor([True, False])\nx.topk(1)",
    "for i in range(2): print(i); print('a; b: c')",
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
