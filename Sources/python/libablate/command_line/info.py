"""What a model is: its layers, its scores, its size."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from .. import load
from .._tables import lines
from . import answer, arguments
from .answer import Answer

EXAMPLES = """examples:
  ablate info network.onnx
  ablate info network.onnx --json
"""
COLUMNS = ["layer", "name", "kind", "units", "inputs", "activation", "parameters", "output"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    answer.add_arguments(parser, "the layers")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = load(options.model, threads=options.threads)
    cost = model.cost
    rows = [
        [
            layer.number,
            layer.name,
            layer.kind,
            layer.units,
            layer.inputs,
            layer.activation,
            layer.parameter_count,
            "yes" if layer.is_output else "",
        ]
        for layer in model.layers
    ]
    classes = None if model.classes is None else model.classes.tolist()
    text = [repr(model)]
    if classes is not None:
        shown = ", ".join(map(str, classes[:20])) + (", ..." if len(classes) > 20 else "")
        text.append(f"classes: {shown}")
    text.append(f"{cost.parameters:,} parameters, {cost.bytes:,} bytes, {cost.multiply_adds:,} multiply-adds a row")
    document = {
        "file": options.model,
        "head": model.head,
        "input_shape": list(model.input_shape),
        "outputs": model.output_width,
        "classes": classes,
        "cost": asdict(cost),
        "layers": [dict(zip(COLUMNS, [*row[:-1], layer.is_output])) for row, layer in zip(rows, model.layers)],
        "steps": [asdict(step) for step in model.steps],
    }
    return Answer([*text, "", *lines(COLUMNS, rows)], document, COLUMNS, rows)
