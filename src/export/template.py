"""The run {{model}}, seed {{seed}}, as GradLab set it up: the same weights, order and masks from the same seed,
and so the same losses, up to the last digits of float32.

    python run.py --data DIR                          DIR holds the four MNIST files (IDX, gzipped or not)
    torchrun --nproc-per-node 4 run.py --data DIR     the same run on several processes: each takes a part of a batch

Needs only PyTorch.
"""

import argparse
import gzip
import os
import pathlib
{{imports}}
import torch
import torch.distributed as distributed
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of the four IDX files")
parser.add_argument("--steps", type=int, default={{steps}}, help="stop after so many steps")
parser.add_argument("--device", default="cpu", help="cpu or cuda")
parser.add_argument("--save", help="write the weights here in the end (torch.save)")
arguments = parser.parse_args()

# Under torchrun there are `world` processes; alone there is one.
rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
device = torch.device(arguments.device)
if device.type == "cuda" and world > 1:
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
if world > 1:
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")


def add_up(tensor):
    """The sum over all processes."""
    if world > 1:
        distributed.all_reduce(tensor)
    return tensor


def idx(name):
    """The bytes of an IDX file, without its header."""
    files = sorted(arguments.data.glob(f"{name}*"))
    if not files:
        parser.error(f"no file {name}* in {arguments.data}")
    data = files[0].read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return torch.frombuffer(bytearray(data[4 + 4 * data[3]:]), dtype=torch.uint8)


def mnist(kind):
    images = idx(f"{kind}-images").reshape({{image_shape}}).to(torch.float32)
    return ((images / 255 - 0.1307) / 0.3081).to(device), idx(f"{kind}-labels").to(torch.int64).to(device)


{{dropout}}images, labels = mnist("train")
test_images, test_labels = mnist("t10k")
{{split}}
batch_size = {{batch}}
torch.manual_seed({{seed}})
# Everything random comes from the CPU's generator, in this order: weights, then each epoch's order, then dropout.
model = {{network}}
{{initialization}}model.to(device)
parameters = list(model.parameters())
optimizer = {{optimizer}}
steps_per_epoch = -(-len(labels) // batch_size)
{{schedule}}loader = torch.utils.data.DataLoader(range(len(labels)), batch_size=batch_size, shuffle=True)


def evaluate(images, labels):
    """Mean loss and share of right answers."""
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(part) for part in images.split(1000)])
        loss = nn.functional.cross_entropy(logits, labels).item()
        right = (logits.argmax(1) == labels).float().mean().item()
    model.train()
    return loss, right


step, epoch = 0, 0
{{before}}while step < arguments.steps:
    for order in loader:
        order = order.to(device)
        # This process takes its part of the batch; losses and gradients are then added up.
        first, last = len(order) * rank // world, len(order) * (rank + 1) // world
        part = order[first:last]
{{set_rows}}        logits = model(images[part])
        loss = nn.functional.cross_entropy(logits, labels[part], reduction="sum") / len(order)
        optimizer.zero_grad()
        loss.backward()
        for parameter in parameters:
            add_up(parameter.grad)
{{penalty}}        optimizer.step()
{{each_step}}        step += 1
        loss = add_up(loss.detach()).item()
        if rank == 0:
            print(f"step {step} loss {loss!r}", flush=True)
        if step == arguments.steps:
            break
    else:
        epoch += 1
        test_loss, accuracy = evaluate(test_images, test_labels)
        if rank == 0:
            print(f"epoch {epoch} test loss {test_loss!r} test accuracy {accuracy!r}", flush=True)
{{each_epoch}}
if arguments.save and rank == 0:
    torch.save(model.state_dict(), arguments.save)
if world > 1:
    distributed.destroy_process_group()
