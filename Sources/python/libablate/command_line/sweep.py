"""What changes while each unit (or synapse, or input value) is ablated, one at a time."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import _declarations as c
from .. import judge
from .._metrics import default_metrics
from .._runs import expect_classifier
from .._sweep import Sweep
from .._tables import lines, rows_of
from ..judgements import Judgements
from ..layers import Layer
from ..results import FIGURES, INDICES, SIGNED
from . import answer, argument_types, arguments, layer_arguments
from .answer import Answer
from .rows import Rows, add_rows, read_rows

EXAMPLES = """examples:
  ablate sweep mnist.onnx t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz --scale 1/255
  ablate sweep iris.onnx iris.csv --label-column species --judge
  ablate sweep network.onnx data.npz --replacement mean --layers 0 --csv units.csv
  ablate sweep network.onnx data.npz:X data.npz:y --kind synapses --layers 1 --json
"""
KINDS = ("units", "synapses", "inputs", "pairs")
# The verdicts in the order in which they are counted.
VERDICTS = ("essential", "useful", "redundant", "undecided", "harmful")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    parser.add_argument("--kind", choices=KINDS, default="units", help="what is ablated, one at a time; default units")
    default = "hidden (default but of synapses), all (default of synapses)"
    layer_arguments.add_layers(
        parser, "whose units, synapses into units, or pairs of units; pairs take one layer or two", default
    )
    arguments.add_ablation(parser)
    parser.add_argument(
        "--metrics",
        type=argument_types.names(tuple(FIGURES)),
        default=[],
        metavar="M,...",
        help=f"further columns: {', '.join(FIGURES)}",
    )
    parser.add_argument(
        "--judge", action="store_true", help="test each effect (McNemar), and add p-values and verdicts"
    )
    parser.add_argument("--adjustment", choices=tuple(c.ADJUSTMENTS), help="of p-values, for --judge; default holm")
    parser.add_argument("--level", type=argument_types.fraction, metavar="A", help="for --judge; default 0.05")
    arguments.add_top(parser, "the N strongest")
    answer.add_arguments(parser, "a line for each item")


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together; fills in what --judge takes by default."""
    if options.kind == "inputs" and options.layers is not None:
        return "--layers is not for --kind inputs: values of the input are of no layer"
    if options.kind == "inputs" and options.replacement.kind in ("dead", "resample"):
        return f"--replacement {options.replacement.kind} is not for --kind inputs, but zero, mean and constant=V are"
    if options.kind == "synapses" and options.replacement.kind != "zero":
        return "--replacement is not for --kind synapses: an ablated synapse counts as 0"
    if options.kind == "pairs" and isinstance(options.layers, list) and len(options.layers) > 2:
        return "--kind pairs is of one layer or across two: name no more with --layers"
    defaults = {"adjustment": "holm", "level": 0.05}
    return arguments.fill(options, defaults, options.judge, "--judge, which is not given")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    if options.judge:
        expect_classifier(model, "judgements are")
    rows = read_rows(options, model)
    result = swept(model, rows, options)
    columns = result._columns()
    document = result.to_dict()
    text = [headline(result), *totals(result)]
    if options.judge:
        judged = judge(result, adjustment=options.adjustment, level=options.level)
        for name in ("p_value", "adjusted_p_value", "verdict"):
            columns[name] = judged[name]
            for record, value in zip(document["results"], judged[name].tolist()):
                record[name] = value
        text.append(verdicts(judged, options))
    header = list(columns)
    table = rows_of(columns)
    places = result._strongest(min(options.top or len(result), len(result)))
    what = "strongest first" if len(places) == len(table) else f"the {len(places)} strongest of {len(table)}"
    text += ["", f"{what}:", *lines(header, [table[place] for place in places], SIGNED)]
    # Indices that do not apply, of units in a sweep of pairs, are -1.
    cells = [["" if cell == -1 and name in INDICES else cell for name, cell in zip(header, row)] for row in table]
    return Answer(text, document, header, cells)


def swept(model: Any, rows: Rows, options: argparse.Namespace) -> Sweep:
    """The sweep that the options ask for, fed batch by batch."""
    made: dict[str, Any] = {"progress": arguments.progress()}
    if options.kind != "inputs":
        chosen = layer_arguments.chosen_layers(options, model, "all" if options.kind == "synapses" else "hidden")
        made["layers"] = chosen
        if options.kind == "pairs" and len(chosen) > 2:
            raise ValueError("pairs are of one layer or across two: name them with --layers")
    metrics = list(options.metrics)
    if options.kind == "units":
        metrics += default_metrics(options.kind, model)
    if options.kind != "synapses":
        made["replacement"] = options.replacement
        made["reference"] = rows.x if options.replacement.needs_reference else None
    return Sweep(model, options.kind, metrics=metrics, **made).feed(rows.batches())


def headline(result: Sweep) -> str:
    """What was swept, and how the intact model does."""
    return repr(result).partition("\n")[0]


def totals(result: Sweep) -> list[str]:
    """How many items hurt, change nothing or help, by layer; pairs by their layers, apart from single units."""
    if result.model.head == "regression":
        return []
    effects, layers, seconds = (result[name] for name in ("effect", "layer", "second_layer"))
    lines = []
    for second, layer in np.unique(np.column_stack([seconds, layers]), axis=0).tolist():
        own = effects[(layers == layer) & (seconds == second)]
        where = f"{in_words(result.model.layers[layer])}: " if layer >= 0 else ""
        if second >= 0:
            where = f"pairs in layer {layer}: " if second == layer else f"pairs across layers {layer} and {second}: "
        hurts, helps = int((own < 0).sum()), int((own > 0).sum())
        lines.append(
            f"{where}{len(own)} ablations; {hurts} hurt, {len(own) - hurts - helps} leave accuracy as it is, {helps} "
            "help"
        )
    return lines


def in_words(layer: Layer) -> str:
    """A layer by its number and, if it has one, its name."""
    return f"layer {layer.number} ({layer.name})" if layer.name else f"layer {layer.number}"


def verdicts(judged: Judgements, options: argparse.Namespace) -> str:
    """How many of each verdict."""
    found = {name: judged.count(name) for name in VERDICTS}
    counts = ", ".join(f"{count} {name}" for name, count in found.items() if count)
    return f"verdicts at level {options.level:g}, adjusted for {len(judged)} tests ({options.adjustment}): {counts}"
