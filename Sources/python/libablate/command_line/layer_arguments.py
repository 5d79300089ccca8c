"""Layers, as arguments name them: by number, by name, or many at once."""

from __future__ import annotations

import argparse
from typing import Any

from ..layers import Layers
from . import argument_types
from .arguments import NUMBER, given


def add_layers(parser: argparse.ArgumentParser, what: str, default: str = "hidden (default), all") -> None:
    """Layers."""
    parser.add_argument(
        "--layers",
        type=argument_types.layers,
        metavar="L",
        help=f"{what}: {default}, or numbers or names, such as 0,1; negative ones count from the last, --layers=-3,-2",
    )


def chosen_layers(options: argparse.Namespace, model: Any, default: str = "hidden") -> Any:
    """The layers of --layers, for the library."""
    chosen = options.layers or default
    if isinstance(chosen, list):
        return [layer_number(text, model.layers, "--layers") for text in chosen]
    found = [layer.number for layer in (model.layers.hidden if chosen == "hidden" else model.layers)]
    named = [layer.number for layer in model.layers if layer.name == chosen]
    if options.layers is not None and named and named != found:
        raise ValueError(f"--layers has {chosen}, which is the name of layer {named[0]}, too: take numbers")
    return found


def layer_number(text: str, layers: Layers, option: str) -> int:
    """The number of a layer from its name or its number; what is the name of one and the number of another is refused.

    Exporters may name layers by numbers that are not theirs: PyTorch counts what has no weights, too.
    """
    with given():
        if NUMBER.fullmatch(text) is None:
            return layers.number(text)
        number, count = int(text), len(layers)
        named = next((layer.number for layer in layers if layer.name == text), None)
        if named is None or number in (named, named - count):
            return layers.number(number)
        if -count <= number < count:
            raise ValueError(
                f"{option} has {text}, which is the name of layer {named} and the number of another: take "
                f"{named - count} for the first or {layers.number(number) - count} for the second, as numbers below 0 "
                "count from the last"
            )
        return named
