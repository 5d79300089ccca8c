"""A page for the browser: pick a layer, click a unit, see what its ablation changes. One file, needs no network."""

from __future__ import annotations

import argparse
from typing import Any

from .. import report
from . import answer, argument_types, arguments, layer_arguments
from .answer import Answer
from .rows import add_rows, read_rows

EXAMPLES = """examples:
  ablate report mnist.onnx images.npy labels.npy --scale 1/255 --shape 28x28 --out report.html
  ablate report iris.onnx iris.csv --label-column species --out report.html --title Iris
"""


def shape(text: str) -> tuple[int, ...]:
    """A type of argument: the shape of an image, such as 28x28 or 3x32x32."""
    parts = text.split("x")
    if len(parts) not in (2, 3) or not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"{text} is no shape such as 28x28, or 3x32x32 for channels, rows, columns")
    return tuple(int(part) for part in parts)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    where = "where the page is written, about 5 MB of HTML"
    parser.add_argument("--out", required=True, type=argument_types.path_text, metavar="FILE", help=where)
    layer_arguments.add_layers(parser, "whose units")
    arguments.add_ablation(parser)
    parser.add_argument("--title", default="What each unit does", metavar="T", help="the page's heading")
    parser.add_argument("--shape", type=shape, metavar="HxW", help="of a row as an image, CxHxW with channels; by "
                        "default what the model declares")  # fmt: skip
    answer.add_json(parser, "the page's path")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    rows = read_rows(options, model)
    chosen: Any = layer_arguments.chosen_layers(options, model)
    path = report(
        model,
        rows.x,
        rows.labels,
        options.out,
        title=options.title,
        layers=chosen,
        replacement=options.replacement,
        shape=options.shape,
        progress=arguments.progress(),
    )
    return Answer([f"written: {path}"], {"page": str(path), "rows": len(rows)})
