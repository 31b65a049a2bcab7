"""Throws random programs at PyTorch and at GradLab's core, and prints where they differ.

    cargo build --example cells
    python tests/golden/compare.py target/debug/examples/cells [--count 2000] [--seed 0]

Each program is a few lines that a learner could type; what both print is compared, numbers within a rounding. Nothing here
is a fixture: what it finds becomes a row of the op table, or of errors.json."""

import argparse
import contextlib
import io
import random
import re
import subprocess
import warnings

import torch

import more_programs  # noqa: F401: registers its programs
from programs import PROGRAMS

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport math\n"


def run_torch(source):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(HEAD + source, {})
        except Exception as error:
            out.write(f"{type(error).__name__}: {error}\n")
    return out.getvalue().strip()


UNKNOWN = re.compile(r"this page does not know [\w.]+|this page's Tensor has no attribute '\w+'|`\w+` is Python, but this page does not run it|by name$")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)")


def same(ours, theirs):
    # The page shows warnings, which PyTorch writes elsewhere; and an object's address is chance.
    ours = "\n".join(line for line in ours.split("\n") if not line.startswith("UserWarning"))
    theirs = re.sub(r" object at 0x[0-9a-f]+", "", theirs)
    # PyTorch refuses even to look at such views.
    if ours == theirs or "another view of its base has been modified" in theirs or "is a view of a view which was created in no_grad" in theirs:
        return True
    if len(theirs.split()) != len(ours.split()) or re.sub(NUMBER, "#", ours).split() != re.sub(NUMBER, "#", theirs).split():
        return False
    return all(near(a, b) for a, b in zip(re.findall(NUMBER, ours), re.findall(NUMBER, theirs)))


def near(ours, theirs):
    if floating(ours) != floating(theirs):
        return False
    a, b = float(ours), float(theirs)
    # What is shown with four decimals may differ in the last one.
    shown = 1.01 * 10.0 ** -len(theirs.partition(".")[2].partition("e")[0]) if "e" not in theirs and "." in theirs else 0.0
    return a == b or (a != a and b != b) or abs(a - b) <= max(2e-4 * max(abs(b), 1e-2), shown if abs(b) > 50 * shown else 0.0)


def floating(number):
    return any(letter in number for letter in ".en")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cells")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only")
    parser.add_argument("--show", type=int, default=40)
    options = parser.parse_args()
    chosen = [generator for generator in PROGRAMS if not options.only or generator.__name__ in options.only.split(",")]
    r = random.Random(options.seed)
    programs = [(generator.__name__, generator(r)) for generator in (chosen[i % len(chosen)] for i in range(options.count))]
    given = "".join(HEAD + source + "\n---\n" for _, source in programs)
    answers = subprocess.run([options.cells], input=given, capture_output=True, text=True, check=True).stdout.split("\n---\n")
    wrong, unknown = {}, {}
    for (name, source), ours in zip(programs, answers):
        theirs = run_torch(source)
        # What the page says it does not offer is no difference; it is counted, so that nothing is lost by it unseen.
        missing = UNKNOWN.search(ours)
        if missing:
            unknown[missing.group(0)] = unknown.get(missing.group(0), 0) + 1
        elif not same(ours.strip(), theirs):
            wrong.setdefault(name, []).append((source, ours.strip(), theirs))
    for name, rows in wrong.items():
        for source, ours, theirs in rows[:options.show]:
            print(f"=== {name}\n{source}\n--- GradLab\n{ours}\n--- PyTorch\n{theirs}\n")
    print("not offered:", unknown)
    print({name: len(rows) for name, rows in wrong.items()}, "of", len(programs))


if __name__ == "__main__":
    main()
