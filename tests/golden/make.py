"""Regenerates the golden values of the tests with PyTorch 2.15 (`pip install torch numpy`).

    python tests/golden/make.py [part ...]     without parts: all of them

Writes JSON files beside this script; README.md says what each holds. Only whoever changes the fixtures
needs PyTorch; the tests read the files.
"""

import importlib
import json
import math
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

# Each part is a module make_<part>.py whose make() returns the list of rows for <part>.json.
PARTS = ["random", "ops", "printing", "errors", "curves", "presets", "cells"]


def plain(value):
    """What JSON can hold: infinities and NaN become words."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def main():
    import torch

    torch.set_num_threads(1)
    for part in sys.argv[1:] or PARTS:
        began = time.time()
        rows = importlib.import_module(f"make_{part}").make()
        # A row a line, so that a diff shows which row changed.
        lines = [json.dumps(plain(row), separators=(",", ":")) for row in rows]
        path = HERE / f"{part}.json"
        path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
        print(f"{path.name}: {len(lines)} rows, {path.stat().st_size // 1024} KB, {time.time() - began:.1f} s")


if __name__ == "__main__":
    main()
