"""What several parts share."""

import gzip
import os
import pathlib

import numpy
import torch

ROOT = pathlib.Path(__file__).parents[2]


def digest(tensor):
    """Enough of a float32 tensor to know all its bits: their sum and xor, and some samples as numbers."""
    bits = tensor.detach().contiguous().numpy().reshape(-1).view(numpy.uint32)
    flat = tensor.detach().reshape(-1)
    step = max(1, flat.numel() // 20)
    return {"shape": list(tensor.shape), "bits_sum": int(bits.astype(numpy.uint64).sum()),
            "bits_xor": int(numpy.bitwise_xor.reduce(bits)), "every": step, "samples": flat[::step].tolist()}


def mnist(kind):
    """Images as float32 of shape (n, 1, 28, 28), normalised as torchvision would, and labels."""
    folder = pathlib.Path(os.environ.get("MNIST", ROOT / "www/data"))

    def read(name):
        for path in sorted(folder.rglob(f"{name}*")):
            data = path.read_bytes()
            return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        raise FileNotFoundError(f"{name} under {folder}; set MNIST to the folder of the four IDX files")

    images = numpy.frombuffer(read(f"{kind}-images"), numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = numpy.frombuffer(read(f"{kind}-labels"), numpy.uint8, offset=8)
    pixels = torch.from_numpy(images.copy()).to(torch.float32).div(255)
    return pixels.sub(0.1307).div(0.3081), torch.from_numpy(labels.astype(numpy.int64))
