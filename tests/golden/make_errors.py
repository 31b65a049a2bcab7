"""What PyTorch says when something is wrong. A row: the name that `tests/errors.rs` knows, and the message."""

import torch
import torch.nn.functional as F

o = torch.ones
i64 = torch.int64


def index_put():
    x = o(2, 3)
    x[0] = o(4)


def index_put_list():
    x = o(2, 3)
    x[[0, 1]] = o(4)


def twice():
    x = o(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


ERRORS = {
    "add": lambda: o(2, 3) + o(2, 4),
    "mm": lambda: o(2, 3) @ o(2, 3),
    "mm vector": lambda: torch.mm(o(2), o(2, 3)),
    "mm vector right": lambda: torch.mm(o(2, 2), o(2)),
    "mm dtype": lambda: torch.mm(o(2, 2), o(2, 2).double()),
    "mv": lambda: torch.mv(o(2, 3), o(2)),
    "mv vector": lambda: torch.mv(o(2), o(2)),
    "dot": lambda: torch.dot(o(2), o(3)),
    "dot matrix": lambda: torch.dot(o(2, 2), o(3)),
    "dot dtype": lambda: torch.dot(o(2), o(2).double()),
    "bmm": lambda: torch.bmm(o(2, 3, 4), o(2, 3, 4)),
    "bmm matrix": lambda: torch.bmm(o(3, 4), o(2, 3, 4)),
    "matmul scalar": lambda: torch.matmul(o(()), o(2)),
    "matmul batches": lambda: torch.matmul(o(2, 3, 4), o(3, 4, 2)),
    "matmul rows": lambda: torch.matmul(o(2, 2, 3), o(2, 3)),
    "outer": lambda: torch.outer(o(2, 2), o(2)),
    "outer right": lambda: torch.outer(o(2), o(2, 2)),
    "reshape": lambda: o(2, 3).reshape(4, 2),
    "reshape unknown": lambda: o(2, 3).reshape(-1, 4),
    "view two unknown": lambda: o(2, 3).view(-1, -1),
    "view negative": lambda: o(2, 3).view(-2, 3),
    "sum dim": lambda: o(2, 3).sum(2),
    "sum same dim": lambda: o(2, 3).sum((0, 0)),
    "sum scalar": lambda: o(()).sum(1),
    "index": lambda: o(3)[3],
    "index negative": lambda: o(3)[-4],
    "index too many": lambda: o(3)[0, 0],
    "index scalar": lambda: o(())[0],
    "index list": lambda: o(3)[[5]],
    "index step": lambda: o(3)[::-1],
    "index mask": lambda: o(3)[torch.tensor([True, False])],
    "index lists": lambda: o(3, 3)[[0, 1], [0, 1, 2]],
    "index floating": lambda: o(3)[o(2)],
    "index put": index_put,
    "index put list": index_put_list,
    "cat": lambda: torch.cat([o(2, 3), o(2, 4)]),
    "cat ranks": lambda: torch.cat([o(2, 3), o(2, 1, 3)]),
    "cat scalar": lambda: torch.cat([o(()), o(2)]),
    "cat nothing": lambda: torch.cat([]),
    "stack": lambda: torch.stack([o(2), o(3)]),
    "stack nothing": lambda: torch.stack([]),
    "permute": lambda: o(2, 3).permute(0),
    "permute twice": lambda: o(2, 3).permute(0, 0),
    "transpose": lambda: o(2, 3).transpose(0, 2),
    "t": lambda: o(2, 2, 2).t(),
    "expand": lambda: o(2, 3).expand(4, 3),
    "expand fewer": lambda: o(2, 3).expand(3),
    "expand leading": lambda: o(2, 3).expand(-1, 2, 3),
    "unsqueeze": lambda: o(2).unsqueeze(3),
    "flatten": lambda: o(2, 3).flatten(1, 0),
    "item": lambda: o(3).item(),
    "backward constant": lambda: o(1).backward(),
    "backward vector": lambda: (o(3, requires_grad=True) * 2).backward(),
    "backward gradient": lambda: (o(3, requires_grad=True) * 2).backward(o(2)),
    "backward twice": twice,
    "requires_grad integer": lambda: torch.ones(2, dtype=i64).requires_grad_(),
    "requires_grad middle": lambda: (o(2, requires_grad=True) * 2).requires_grad_(False),
    "retain_grad": lambda: o(2).retain_grad(),
    "grad unused": lambda: torch.autograd.grad((o(2, requires_grad=True) * 2).sum(), [o(2, requires_grad=True)]),
    "grad constant": lambda: torch.autograd.grad(o(2, requires_grad=True).sum(), [o(2)]),
    "mean integer": lambda: torch.arange(3).mean(),
    "norm integer": lambda: torch.arange(3).norm(),
    "var integer": lambda: torch.arange(3).var(),
    "softmax integer": lambda: torch.arange(3).softmax(0),
    "log_softmax integer": lambda: torch.arange(3).log_softmax(0),
    "sub bool": lambda: torch.tensor([True]) - torch.tensor([True]),
    "neg bool": lambda: -torch.tensor([True]),
    "power integer": lambda: torch.arange(3) ** -1,
    "floor_divide zero": lambda: torch.arange(3) // 0,
    "max nothing": lambda: o(0).max(),
    "max_dim nothing": lambda: o(0, 2).max(0),
    "argmax nothing": lambda: o(0).argmax(),
    "amax nothing": lambda: o(0, 2).amax(0),
    "dropout": lambda: F.dropout(o(2), 1.5),
    "randint": lambda: torch.randint(5, 5, (2,)),
    "arange": lambda: torch.arange(5, 2),
    "arange step": lambda: torch.arange(0, 2, 0),
    "uniform": lambda: o(2).uniform_(2, 1),
    "normal": lambda: torch.normal(0.0, -1.0, (2,)),
    "conv2d channels": lambda: F.conv2d(o(1, 2, 5, 5), o(3, 1, 3, 3)),
    "conv2d kernel": lambda: F.conv2d(o(1, 1, 2, 2), o(1, 1, 3, 3)),
    "conv2d matrix": lambda: F.conv2d(o(5, 5), o(1, 1, 3, 3)),
    "conv2d stride": lambda: F.conv2d(o(1, 1, 5, 5), o(1, 1, 3, 3), stride=0),
    "conv2d bias": lambda: F.conv2d(o(1, 1, 5, 5), o(2, 1, 3, 3), o(3)),
    "max_pool2d": lambda: F.max_pool2d(o(1, 1, 2, 2), 3),
    "max_pool2d padding": lambda: F.max_pool2d(o(1, 1, 4, 4), 2, 2, 2),
    "max_pool2d matrix": lambda: F.max_pool2d(o(4, 4), 2),
    "avg_pool2d": lambda: F.avg_pool2d(o(1, 1, 2, 2), 3),
    "linear": lambda: F.linear(o(2, 3), o(4, 2)),
    "linear bias": lambda: F.linear(o(2, 3), o(4, 3), o(5)),
    "cross_entropy rows": lambda: F.cross_entropy(o(2, 3), torch.tensor([0])),
    "cross_entropy class": lambda: F.cross_entropy(o(2, 3), torch.tensor([0, 3])),
    "cross_entropy dtype": lambda: F.cross_entropy(o(2, 3), torch.tensor([0.0, 1.0])),
    "nll_loss rows": lambda: F.nll_loss(o(2, 3), torch.tensor([0])),
    "nll_loss matrix": lambda: F.nll_loss(o(2, 3), torch.tensor([[0], [0]])),
    "binary_cross_entropy range": lambda: F.binary_cross_entropy(o(2) * 2, o(2)),
    "binary_cross_entropy sizes": lambda: F.binary_cross_entropy(o(2) * 0.5, o(3)),
    "binary_cross_entropy_with_logits sizes": lambda: F.binary_cross_entropy_with_logits(o(2), o(3)),
    "mse_loss sizes": lambda: F.mse_loss(o(2), o(3)),
    "one_hot classes": lambda: F.one_hot(torch.tensor([3]), 2),
    "one_hot negative": lambda: F.one_hot(torch.tensor([-1]), 2),
    "one_hot dtype": lambda: F.one_hot(o(2)),
    "gather": lambda: o(2, 3).gather(0, torch.tensor([[5]])),
    "gather rank": lambda: o(2, 3).gather(0, torch.tensor([5])),
    "gather size": lambda: o(2, 3).gather(0, torch.zeros(1, 4, dtype=i64)),
    "gather dtype": lambda: o(2, 3).gather(0, o(1, 3)),
    "index_select dtype": lambda: o(3).index_select(0, o(2)),
    "split sizes": lambda: o(3).split([1, 1]),
    "split nothing": lambda: o(3).split(0),
    "chunk nothing": lambda: o(3).chunk(0),
    "where": lambda: torch.where(o(2) > 0, o(3), o(3)),
    "masked_select": lambda: o(3).masked_select(o(3)),
    "diag": lambda: o(2, 2, 2).diag(),
    "tril": lambda: o(3).tril(),
}


def make():
    rows = []
    for name, call in ERRORS.items():
        try:
            call()
        except Exception as error:
            rows.append([name, str(error)])
        else:
            raise AssertionError(f"{name}: PyTorch raises nothing")
    return rows
