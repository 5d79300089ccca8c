"""The accuracy while units are removed, one after the other, in orders by several scores."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import curves, order_at_random, units
from .._curves import Curves
from .._numbers import MOST
from .._runs import expect_classifier
from .._tables import lines
from . import answer, argument_types, arguments, layer_arguments, ordering
from .answer import Answer
from .rows import add_rows, read_rows

EXAMPLES = """examples:
  ablate curve mnist.onnx images.npy labels.npy --scale 1/255 --layers 0
  ablate curve network.onnx data.npz --by effect,l2 --every 10 --csv curves.csv
  ablate curve network.onnx data.npz --by mutual_information --needed-first --replacement mean --json
"""
FRACTIONS = (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    layer_arguments.add_layers(parser, "whose units go, all together")
    arguments.add_ablation(parser)
    parser.add_argument(
        "--by",
        type=argument_types.names(ordering.BY),
        default=["random", "l1", "effect"],
        metavar="B,...",
        help=f"default random,l1,effect; {ordering.HELP}",
    )
    ordering.add_needed_first(parser)
    parser.add_argument(
        "--seeds", type=argument_types.whole_number(1), metavar="N", help="how many random orders; default 10"
    )
    parser.add_argument(
        "--seed", type=argument_types.whole_number(0), metavar="S", help="of the first of them; default 0"
    )
    parser.add_argument(
        "--every",
        type=argument_types.whole_number(1),
        default=1,
        metavar="N",
        help="look after each N units; default 1",
    )
    answer.add_arguments(parser, "a line for each order and point")


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together; fills in what random orders take by default."""
    if "greedy" in options.by and (conflict := ordering.greedy_conflict(options)):
        return conflict
    takers = f"--by random, not for --by {','.join(options.by)}"
    conflict = arguments.fill(options, {"seeds": 10, "seed": 0}, "random" in options.by, takers)
    if conflict is None and options.seed + options.seeds - 1 > MOST:
        return f"--seed {options.seed} is too large for --seeds {options.seeds}, each one above the other"
    return conflict


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    expect_classifier(model, "curves are")
    rows = read_rows(options, model)
    layers = [model.layers.number(layer) for layer in layer_arguments.chosen_layers(options, model)]
    every = units(model, layers)
    points = sorted({*range(0, len(every) + 1, options.every), len(every)})
    x, found = rows.x, {}
    for by in options.by:
        if by == "random":
            orders = [order_at_random(model, every, options.seed + k) for k in range(options.seeds)]
        else:
            orders = [ordering.order(model, layers, by, rows, options)]
        found[by] = curves(
            model,
            x,
            rows.labels,
            orders,
            points=points,
            replacement=options.replacement,
            progress=arguments.progress(),
        )
    return told(found, points, options, len(every))


def told(found: dict[str, Curves], points: list[int], options: argparse.Namespace, count: int) -> Answer:
    """Curves as an answer."""
    shown = sorted({min(range(len(points)), key=lambda k: abs(points[k] - f * count)) for f in FRACTIONS})
    header = ["order", *(f"{points[place]} gone" for place in shown), "area", "deviation"]
    table, rows = [], []
    for by, curve in found.items():
        spread = float(curve.areas.std(ddof=1)) if len(curve.areas) > 1 else float("nan")
        cells = [f"{curve.means[place]:.4f}" for place in shown]
        table.append([by, *cells, f"{curve.areas.mean():.4f}", "" if np.isnan(spread) else f"{spread:.4f}"])
        for point, mean, deviation in zip(points, curve.means.tolist(), curve.deviations.tolist()):
            rows.append([by, point, mean, None if np.isnan(deviation) else deviation])
    end = "most" if options.needed_first else "least"
    text = [f"Accuracy while {count} units go, those taken for {end} needed first; area: its mean over all of them", ""]
    document: dict[str, Any] = {
        "units": count,
        "needed_first": options.needed_first,
        "curves": {by: curve.to_dict() for by, curve in found.items()},
    }
    note = []
    if len(shown) < len(points):
        note = [f"{len(shown)} of {len(points)} points; --csv has all"]
    return Answer([*text, *lines(header, table), *note], document, ["order", "removed", "accuracy", "deviation"], rows)
