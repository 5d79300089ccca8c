"""A smaller model: units removed for good, and made up for."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from .. import _selection, diff, prune
from .._difference import accuracies, alike
from .._wording import counted
from ..errors import UnsupportedError
from ..model import Model
from ..orders import Order
from ..surgery import unit_groups, with_tied
from . import answer, argument_types, arguments, layer_arguments, ordering, output_files
from .answer import Answer
from .preparation import Preparation
from .rows import Rows, add_rows, read_rows

EXAMPLES = """examples:
  ablate prune network.onnx --out smaller.onnx --units 0:17,0:42,1:3
  ablate prune network.onnx data.npz --out smaller.onnx --count 100 --by effect --layers 0
  ablate prune network.onnx data.npz --out smaller.onnx --fraction 0.5 --compensation least_squares
"""


def units(text: str) -> list[tuple[str, int]]:
    """A type of argument: LAYER:UNIT, with commas."""
    found = []
    for part in text.split(","):
        layer, colon, unit = part.rpartition(":")
        if not colon or not layer or not unit.removeprefix("-").isdecimal():
            raise argparse.ArgumentTypeError(f"{part} is not LAYER:UNIT, such as 0:17")
        found.append((layer, int(unit)))
    return argument_types.expect_once(text, found)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser, optional=True)
    where = "where the smaller model is written, as ONNX"
    parser.add_argument("--out", required=True, type=argument_types.path_text, metavar="FILE", help=where)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--units", type=units, metavar="L:U,...", help="the units that go; of the last but "
                        "one layer --units=-2:1")  # fmt: skip
    chosen.add_argument(
        "--count", type=argument_types.whole_number(1), metavar="N", help="how many units of each layer go"
    )
    chosen.add_argument(
        "--fraction", type=argument_types.fraction, metavar="F", help="what fraction of each layer's units goes"
    )
    layer_arguments.add_layers(parser, "of --count and --fraction")
    parser.add_argument(
        "--by",
        choices=ordering.BY,
        help=f"which go: those taken for least needed; default l1; {ordering.HELP}",
    )
    ordering.add_needed_first(parser)
    parser.add_argument("--seed", type=argument_types.whole_number(0), metavar="S", help="for --by random; default 0")
    arguments.add_ablation(parser, lasting=True)
    parser.add_argument(
        "--compensation",
        choices=("replacement", "correlated", "least_squares"),
        default="replacement",
        help="what makes up for them: what --replacement says (default), the best correlated unit that stays, or all "
        "that stay; the latter two take ROWS, and are for dense layers that no convolution or pooling follows",
    )
    parser.add_argument(
        "--tied",
        action="store_true",
        help="units that are tied to these, as the channels of a residual sum are, go with them, with --count and "
        "--fraction as far as no layer loses more than that; otherwise an error",
    )
    parser.add_argument("--ridge", type=argument_types.real_number(0), metavar="R", help="for least_squares; default 0")
    answer.add_arguments(parser, "the removed units")


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together; fills in what is taken by default."""
    if options.units is not None:
        given = {"--by": options.by, "--needed-first": options.needed_first, "--layers": options.layers is not None}
        for name, is_given in {**given, "--seed": options.seed is not None}.items():
            if is_given:
                return f"{name} is for --count and --fraction, and --units names the units that go"
    options.by = options.by or "l1"
    if options.needed_first and options.by == "random":
        return "--needed-first is for orders by what units do, not for --by random"
    takers = f"--by random, not for --by {options.by}"
    least_squares = "--compensation least_squares"
    return (
        (ordering.greedy_conflict(options) if options.by == "greedy" else None)
        or without_rows(options)
        or arguments.fill(options, {"seed": 0}, options.by == "random", takers)
        or arguments.fill(options, {"ridge": 0.0}, options.compensation == "least_squares", least_squares)
        or without_replacement(options)
        or output_files.onto_a_device(options)
    )


def without_rows(options: argparse.Namespace) -> str | None:
    """Why the options do not go together without ROWS."""
    if options.rows is not None:
        return None
    given = {"--label-column": options.label_column is not None, **Preparation.of(options).given()}
    for name, is_given in given.items():
        if is_given:
            return f"{name} is for ROWS, which are not given"
    if options.units is None and ordering.needs_labels(options.by):
        return f"--by {options.by} takes ROWS and LABELS: name them after the model"
    if options.compensation != "replacement":
        return f"--compensation {options.compensation} draws from ROWS: name them after the model"
    if options.replacement.needs_reference:
        return f"--replacement {options.replacement.kind} draws from ROWS: name them after the model"
    return None


def without_replacement(options: argparse.Namespace) -> str | None:
    """Why --replacement has no use, if nothing takes the place of a unit."""
    has_use = options.compensation == "replacement" or (options.units is None and options.by in ordering.BY_ABLATION)
    if options.replacement.kind == "zero" or has_use:
        return None
    return (
        f"--replacement is for --compensation replacement and for --by {' or '.join(ordering.BY_ABLATION)}, not for "
        f"--compensation {options.compensation}"
    )


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    rows = None
    if options.rows is not None:
        rows = read_rows(options, model, need_labels=options.units is None and ordering.needs_labels(options.by))
    removed = named(model, options.units) if options.units else chosen(model, rows, options)
    if options.tied and options.units:
        removed = with_tied(model, removed)
    x = None if rows is None else rows.x
    holds = options.compensation == "replacement"
    with advised(options):
        smaller = prune(
            model,
            removed,
            compensation=options.compensation,
            replacement=options.replacement if holds else None,
            X=x,
            ridge=options.ridge,
            progress=arguments.progress(),
        )
    smaller.save(options.out)
    return told(model, smaller, removed, rows, x, options)


@contextmanager
def advised(options: argparse.Namespace) -> Iterator[None]:
    """Adds to the reason why units cannot be made up for as asked which options can be others."""
    try:
        yield
    except UnsupportedError as error:
        if options.compensation == "replacement" and options.replacement.kind == "zero":
            raise
        other = "--replacement zero" if options.compensation == "replacement" else "--compensation replacement"
        raise UnsupportedError(f"{error}; take {other}, or units of other layers (--layers, --units)") from error


def named(model: Model, units: list[tuple[str, int]]) -> Order:
    """The units of --units, by their layers' numbers."""
    numbered = [(layer_arguments.layer_number(layer, model.layers, "--units"), unit) for layer, unit in units]
    with arguments.given():
        return _selection.pairs(numbered, model.layers)


def chosen(model: Model, rows: Rows | None, options: argparse.Namespace) -> Order:
    """As many units of each layer as are asked for, those that the order puts in front.

    With --tied whole groups of tied units, and so perhaps fewer of a layer: none loses more than is asked for.
    """
    limits = {layer.number: layer.units - 1 for layer in model.layers}
    layers = [model.layers[key] for key in layer_arguments.chosen_layers(options, model)]
    for layer in layers:
        limits[layer.number] = options.count or int(layer.units * options.fraction)
        if not 0 < limits[layer.number] < layer.units:
            option = f"--count {options.count}" if options.count else f"--fraction {options.fraction:g}"
            what = "remove" if limits[layer.number] < 1 else "leave"
            raise ValueError(f"{option} would {what} none of the {layer.units} units of layer {layer.number}")
    groups = {pair: group for group in unit_groups(model) for pair in group} if options.tied else {}
    lost: Counter[int] = Counter()
    found: dict[tuple[int, int], None] = {}
    for layer in layers:
        for pair in ordering.order(model, [layer.number], options.by, rows, options):
            group = [] if pair in found else groups.get(pair, [pair])
            more = Counter(number for number, _ in group)
            if all(lost[number] + count <= limits[number] for number, count in more.items()):
                lost += more
                found.update(dict.fromkeys(group))
    return list(found)


def told(
    model: Model, smaller: Model, removed: Order, rows: Rows | None, x: Any, options: argparse.Namespace
) -> Answer:
    """What the smaller model is, and how it differs on the rows."""
    before, after = model.cost, smaller.cost
    text = [
        f"{options.out}: {smaller!r}",
        f"{counted(len(removed), 'unit')} removed; {before.parameters:,} parameters became {after.parameters:,} "
        f"({after.parameters / before.parameters:.1%})",
    ]
    document: dict[str, Any] = {
        "out": options.out,
        "removed": removed,
        "before": asdict(before),
        "after": asdict(after),
    }
    if rows is not None:
        labels = rows.labels if model.classes is not None else None
        found = diff(model, smaller, x, labels, progress=False).result
        document["difference"] = found.to_dict()
        text += alike(found)
        if labels is not None:
            intact, pruned = accuracies(found)
            document["accuracy"] = {"before": intact, "after": pruned}
            text.append(f"accuracy {intact:.2%} became {pruned:.2%} on these rows")
    return Answer(text, document, ["layer", "unit"], removed)
