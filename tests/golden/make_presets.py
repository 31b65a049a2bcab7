"""Values and gradients of the expressions that the Backprop view offers, in float64."""

import re

import torch

from golden import ROOT

FUNCTIONS = {"sigmoid": torch.sigmoid, "exp": torch.exp, "log": torch.log, "relu": torch.relu}


def presets():
    """Name, source and the names without a gradient, read from where the page has them."""
    text = (ROOT / "src/explain/presets.rs").read_text()
    entry = re.compile(r'name: "([^"]+)",\s*source: "((?:[^"\\]|\\.)*)",\s*without_gradient: &\[([^\]]*)\]', re.S)
    for name, source, fixed in entry.findall(text):
        source = re.sub(r"\\\n\s*", "", source).replace("\\n", "\n")
        yield name, source, re.findall(r'"([^"]+)"', fixed)


def make():
    rows = []
    for name, source, fixed in presets():
        known, shown = dict(FUNCTIONS), []
        for statement in re.split(r"[;\n]", source):
            own, _, expression = (part.strip() for part in statement.partition("="))
            if re.fullmatch(r"-?[\d.]+", expression):
                known[own] = torch.tensor(float(expression), dtype=torch.float64, requires_grad=own not in fixed)
            else:
                known[own] = eval(expression.replace("^", "**"), {}, known)
                known[own].retain_grad()
            shown.append(own)
        known[own].backward()
        rows.append({
            "name": name,
            "source": source,
            "values": {node: known[node].item() for node in shown},
            "grads": {node: None if known[node].grad is None else known[node].grad.item() for node in shown},
        })
    return rows
