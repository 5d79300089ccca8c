"""Which units each class rests on: ranked on some rows, and confirmed on the others."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import dissect
from .._runs import expect_classifier
from .._tables import rows_of
from . import answer, argument_types, arguments, layer_arguments
from .answer import Answer
from .rows import add_rows, read_rows

EXAMPLES = """examples:
  ablate dissect digits.onnx images.npy labels.npy --layer 3
  ablate dissect scenes.onnx pictures.npz --layer=-2 --class street --class airport --counts 1,20 --csv dissection.csv
"""
COUNTS = (1, 2, 4, 8, 16, 20)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    parser.add_argument("--layer", required=True, metavar="L", help="whose units: a hidden layer's number or name")
    arguments.add_class(parser, "look at this class, and at others named so; by default at all", action="append")
    parser.add_argument(
        "--counts",
        type=argument_types.each_of(argument_types.whole_number(0)),
        default=COUNTS,
        metavar="N,...",
        help=f"how many units to remove, and to keep; default {','.join(map(str, COUNTS))}",
    )
    parser.add_argument(
        "--test-fraction",
        type=argument_types.fraction,
        default=0.5,
        metavar="F",
        help="of ROWS, drawn at random, on which accuracies are found; units are ranked on the others; default 0.5",
    )
    parser.add_argument(
        "--seed", type=argument_types.whole_number(0), default=0, metavar="S", help="of the draw; default 0"
    )
    arguments.add_ablation(parser)
    answer.add_arguments(parser, "a line for each class and number of units")


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together."""
    chosen = options.class_ or []
    return "--class names one twice" if len(set(chosen)) < len(chosen) else None


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    classes = expect_classifier(model, "dissection is")
    layer = layer_arguments.layer_number(options.layer, model.layers, "--layer")
    rows = read_rows(options, model)
    places = np.random.default_rng(options.seed).permutation(len(rows))
    tested = round(len(rows) * options.test_fraction)
    if not 0 < tested < len(rows):
        raise ValueError(f"--test-fraction {options.test_fraction:g} of {len(rows)} rows leaves none on one side")
    test, ranked = np.sort(places[:tested]), np.sort(places[tested:])
    x, labels = rows.x, rows.labels
    chosen: Any = options.class_
    found = dissect(
        model,
        x[ranked],
        labels[ranked],
        x[test],
        labels[test],
        layer,
        classes=None if chosen is None else [arguments.class_label(text, classes) for text in chosen],
        counts=options.counts,
        replacement=options.replacement,
        progress=arguments.progress(),
    )
    table = found._columns()
    text = [f"ranked on {len(ranked)} rows, accuracies on {len(test)} others", "", *repr(found).splitlines()]
    document = {"ranked_rows": len(ranked), "test_rows": len(test), **found.to_dict()}
    return Answer(text, document, list(table), rows_of(table))
