"""Native PyTorch on the same work: prints a JSON line for each network and number of threads.

Only `cargo xtask bench --torch PYTHON` runs this; nothing else needs PyTorch.
"""

import json
import os
import sys
import time

import torch
from torch import nn

STEPS, SECONDS = int(sys.argv[1]), float(sys.argv[2])


def dense(sizes, last_relu):
    layers = []
    for index, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(inputs, outputs))
        if last_relu or index + 2 < len(sizes):
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def networks():
    cnn = nn.Sequential(
        nn.Conv2d(1, 10, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(10, 20, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(320, 10),
    )
    return [
        ("mlp-200", dense([784, 200, 200, 10], True), (200, 784), 0.0),
        ("fcn-5", dense([784, 512, 256, 128, 64, 10], False), (64, 784), 0.5),
        ("cnn", cnn, (64, 1, 28, 28), 0.5),
    ]


for threads in sorted({1, os.cpu_count() or 1}):
    torch.set_num_threads(threads)
    for name, model, shape, momentum in networks():
        torch.manual_seed(0)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
        batches = [(torch.randn(shape), torch.randint(0, 10, shape[:1])) for _ in range(16)]
        warm, begin, done = time.perf_counter(), 0.0, -5
        while done < STEPS and (done <= 0 or time.perf_counter() - begin < SECONDS):
            # Five steps, or a second of them.
            if done == 0 and time.perf_counter() - warm < 1:
                done = -1
            if done == 0:
                begin = time.perf_counter()
            images, labels = batches[done % 16]
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
            if done % 20 == 0:
                loss.item()
        rate = done / (time.perf_counter() - begin)
        print(json.dumps({"what": "train", "network": name, "threads": threads, "stepsPerSecond": rate}))
