"""Training curves. A row: a network, a seed, the settings, the loss of each step, and a digest of the initial weights.

The definition of a run, which the trainer follows too: `manual_seed(seed)`; the model, its parameters drawn layer by
layer, weight then bias; then a DataLoader with shuffle=True over the training set, the last batch kept; dropout draws in
the forward pass. The loss of a step is the mean cross-entropy of its batch before the update."""

import torch
from torch import nn, optim

import golden

LEAKY = lambda: nn.LeakyReLU(0.01)


def mlp(sizes, between, last):
    layers = []
    for i, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(n_in, n_out))
        if i + 2 < len(sizes) or last:
            layers.append(between())
    return nn.Sequential(*layers)


def network(name):
    if name == "mlp-200":
        return mlp([784, 200, 200, 10], nn.ReLU, True)
    if name == "mlp-200-leaky":
        return mlp([784, 200, 200, 10], LEAKY, True)
    if name == "fcn-5":
        return mlp([784, 512, 256, 128, 64, 10], nn.ReLU, False)
    if name == "cnn":
        return nn.Sequential(nn.Conv2d(1, 10, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(10, 20, 5), nn.ReLU(),
                             nn.MaxPool2d(2), nn.Flatten(), nn.Linear(320, 10))
    # Beyond the course: every other layer, a stride and a padding once.
    layers = []
    shape = (1, 28, 28)
    for text in name.split(","):
        if text.startswith("linear"):
            n_in = shape[0] * shape[1] * shape[2]
            layers.append(nn.Linear(n_in, int(text[6:])))
            shape = (int(text[6:]), 1, 1)
            continue
        layer = {
            "conv6k5s2p1": lambda: nn.Conv2d(shape[0], 6, 5, stride=2, padding=1),
            "conv4k3": lambda: nn.Conv2d(shape[0], 4, 3),
            "maxpool2": lambda: nn.MaxPool2d(2),
            "maxpool3": lambda: nn.MaxPool2d(3),
            "avgpool2": lambda: nn.AvgPool2d(2),
            "flatten": nn.Flatten, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "elu": nn.ELU,
            "selu": nn.SELU, "gelu": nn.GELU, "softplus": nn.Softplus, "leaky0.2": lambda: nn.LeakyReLU(0.2),
            "dropout0.5": lambda: nn.Dropout(0.5), "dropout0.25": lambda: nn.Dropout(0.25),
        }[text]()
        # Only layers that change the shape are tried out: a dropout would draw.
        if isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.Flatten)):
            out = layer(torch.zeros(1, *shape))[0]
            shape = tuple(out.shape) if out.dim() == 3 else (out.numel(), 1, 1)
        layers.append(layer)
    return nn.Sequential(*layers)


def run(images, labels, row, digests=True):
    torch.manual_seed(row["seed"])
    net = network(row["network"])
    flat = not any(isinstance(layer, (nn.Conv2d, nn.Flatten)) for layer in net)
    arguments = {k: v for k, v in row.items() if k in ARGUMENTS}
    optimizer = OPTIMIZERS[row["optimizer"]](net.parameters(), **arguments)
    schedule = None
    if "schedule" in row:
        kind, *numbers = row["schedule"]
        schedule = {"step": lambda size, gamma: optim.lr_scheduler.StepLR(optimizer, size, gamma),
                    "exponential": lambda gamma: optim.lr_scheduler.ExponentialLR(optimizer, gamma),
                    "cosine": lambda t_max: optim.lr_scheduler.CosineAnnealingLR(optimizer, t_max)}[kind](*numbers)
    examples = row.get("examples", len(labels))
    data = torch.utils.data.TensorDataset(images[:examples], labels[:examples])
    loader = torch.utils.data.DataLoader(data, batch_size=row["batch"], shuffle=True)
    row = dict(row)
    if digests:
        row["initial"] = {name: golden.digest(p) for name, p in net.named_parameters()}
    losses, rates = [], []
    while len(losses) < row["steps"]:
        for x, y in loader:
            logits = net(x.flatten(1) if flat else x)
            loss = nn.functional.cross_entropy(logits, y)
            if row.get("l1"):
                penalty = row["l1"] * sum(p.abs().sum() for p in net.parameters())
                optimizer.zero_grad(); (loss + penalty).backward()
            else:
                optimizer.zero_grad(); loss.backward()
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            losses.append(float(f"{loss.item():.9g}"))
            if len(losses) == row["steps"]:
                break
        if schedule:
            schedule.step()
    row["losses"] = losses
    if schedule:
        row["rates"] = rates
    return row


ARGUMENTS = ["lr", "momentum", "dampening", "nesterov", "weight_decay", "betas", "eps", "alpha"]
OPTIMIZERS = {"sgd": optim.SGD, "adam": optim.Adam, "adamw": optim.AdamW, "rmsprop": optim.RMSprop}


def make():
    images, labels = golden.mnist("train")
    rows = []
    course = [("mlp-200", 200, 0.0), ("mlp-200-leaky", 200, 0.0), ("fcn-5", 64, 0.5), ("cnn", 64, 0.5)]
    for name, batch, momentum in course:
        for seed in (0, 1, 2):
            rows.append(run(images, labels, dict(network=name, seed=seed, batch=batch, steps=200, optimizer="sgd",
                                                 lr=0.01, momentum=momentum)))
    small = "conv4k3,relu,maxpool2,flatten,dropout0.25,linear32,tanh,linear10"
    plain = "linear32,relu,linear10"
    more = [
        dict(network=small, optimizer="sgd", lr=0.05, momentum=0.9),
        dict(network="dropout0.5,linear40,relu,dropout0.5,linear10", optimizer="sgd", lr=0.05),
        dict(network=plain, optimizer="sgd", lr=0.05, momentum=0.9, nesterov=True),
        dict(network=plain, optimizer="sgd", lr=0.05, momentum=0.9, dampening=0.3),
        dict(network=plain, optimizer="sgd", lr=0.05, momentum=0.5, weight_decay=0.01),
        dict(network=plain, optimizer="sgd", lr=0.05, l1=0.0005),
        dict(network=plain, optimizer="adam", lr=0.002),
        dict(network=plain, optimizer="adam", lr=0.002, betas=[0.8, 0.99], eps=1e-6, weight_decay=0.01),
        dict(network=plain, optimizer="adamw", lr=0.002, weight_decay=0.05),
        dict(network=plain, optimizer="rmsprop", lr=0.001),
        dict(network=plain, optimizer="rmsprop", lr=0.001, momentum=0.9, alpha=0.9, weight_decay=0.01),
        dict(network=small, optimizer="adam", lr=0.002),
        dict(network=plain, optimizer="sgd", lr=0.1, examples=1000, schedule=["step", 2, 0.5]),
        dict(network=plain, optimizer="sgd", lr=0.1, examples=1000, schedule=["exponential", 0.8]),
        dict(network=plain, optimizer="adam", lr=0.01, examples=1000, schedule=["cosine", 5]),
        dict(network="conv6k5s2p1,gelu,avgpool2,flatten,linear20,selu,linear10", optimizer="sgd", lr=0.05, momentum=0.5),
        dict(network="linear20,elu,linear20,softplus,linear20,sigmoid,linear10,leaky0.2", optimizer="sgd", lr=0.1,
             momentum=0.9),
        dict(network="conv4k3,leaky0.2,maxpool3,flatten,linear10", optimizer="sgd", lr=0.02, momentum=0.5),
    ]
    for seed, settings in enumerate(more):
        rows.append(run(images, labels, dict(seed=seed, batch=32 if "examples" not in settings else 96,
                                             steps=60, **settings)))
    return rows
