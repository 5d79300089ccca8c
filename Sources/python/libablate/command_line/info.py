"""What a model is: its layers, its scores, its size."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from .._tables import lines
from ..layers import Layer, across
from . import answer, arguments
from .answer import Answer

EXAMPLES = """examples:
  ablate info network.onnx
  ablate info network.onnx --json
"""
COLUMNS = ["layer", "name", "kind", "units", "inputs", "positions", "kernel", "activation", "parameters", "output"]
# Nothing in these of a dense network.
OF_IMAGES = ("positions", "kernel")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    answer.add_arguments(parser, "the layers")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    cost = model.cost
    table = [described(layer) for layer in model.layers]
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
        "layers": table,
        "steps": [asdict(step) for step in model.steps],
    }
    has_images = any(layer.is_convolution for layer in model.layers)
    header = [name for name in COLUMNS if has_images or name not in OF_IMAGES]
    rows = [[in_words(each[name]) for name in header] for each in table]
    return Answer([*text, "", *lines(header, rows)], document, header, rows)


def described(layer: Layer) -> dict[str, Any]:
    """A layer as --json has it; of a dense one positions and kernel are None."""
    own = layer.is_convolution
    return {
        "layer": layer.number,
        "name": layer.name,
        "kind": layer.kind,
        "units": layer.units,
        "inputs": layer.inputs,
        "positions": [layer.height, layer.width] if own else None,
        "kernel": list(layer.kernel) if own else None,
        "activation": layer.activation,
        "parameters": layer.parameter_count,
        "output": layer.is_output,
    }


def in_words(value: Any) -> Any:
    """A value as tables show it."""
    if isinstance(value, list):
        return across(*value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else value
