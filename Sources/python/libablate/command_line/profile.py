"""What each unit does over rows, without ablating any: activity, information about the class, and more."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import Profile, quantile_edges
from .. import _declarations as c
from .._profile import NEED_LABELS, OPTIONS
from .._profile_readings import one_level_in_words, printed
from .._quantile_edges import MOST_BITS, told_apart
from .._tables import lines, rows_of
from .._wording import counted
from . import answer, argument_types, arguments, layer_arguments
from .answer import Answer
from .arguments import Usage
from .rows import Rows, add_rows, read_rows

EXAMPLES = """examples:
  ablate profile mnist.onnx images.npy labels.npy --scale 1/255
  ablate profile network.onnx rows.npy --measures entropy
  ablate profile network.onnx iris.csv --label-column -1 --measures information,taylor --sort mutual_information
  ablate profile cnn.onnx images.npy labels.npy --quantiser edges --positions maximum --sort mutual_information
"""
# Measures that are figures of a unit; the others are matrices.
CHOICE = ("class_means", "entropy", "information", "taylor")
# What has to be measured for a figure, one of these; the others always are.
MEASURED_BY = {
    "entropy": ("entropy", "information"),
    "mutual_information": ("information",),
    "kl_selectivity": ("information",),
    "class_selectivity": ("class_means",),
    "taylor": ("taylor",),
    "taylor_of_mean": ("taylor",),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    layer_arguments.add_layers(parser, "whose units")
    parser.add_argument(
        "--measures",
        type=argument_types.names(CHOICE),
        metavar="M,...",
        help=f"some of {', '.join(CHOICE)}; default class_means,information with labels, entropy without",
    )
    parser.add_argument(
        "--quantiser",
        choices=tuple(c.QUANTISERS),
        default="own_threshold",
        help="how activations become levels for entropy and information: active or not (default), over 0 or not, equal "
        "steps of one range, or edges at the quantiles of ROWS, about as many on each level, which suits channels",
    )
    parser.add_argument(
        "--positions",
        choices=tuple(c.POSITIONS),
        default="mean",
        help="what counts as the activation of a channel, over its positions; default mean",
    )
    parser.add_argument(
        "--bits",
        type=argument_types.whole_number(1, MOST_BITS),
        metavar="N",
        help="of levels, for uniform and edges; default 1",
    )
    for end in ("low", "high"):
        parser.add_argument(
            f"--{end}",
            type=argument_types.real_number(),
            metavar="V",
            help=f"the {end} end of the range of --quantiser uniform; default that of the activation function",
        )
    parser.add_argument("--sort", choices=tuple(c.MEASURES), help="print by this figure, largest first")
    arguments.add_top(parser, "N units")
    answer.add_arguments(parser, "a line for each unit")


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together."""
    for name in ("bits", "low", "high"):
        takers = [taker for taker, taken in OPTIONS.items() if name in taken]
        if getattr(options, name) is not None and options.quantiser not in takers:
            return f"--{name} is for --quantiser {' or '.join(takers)}, not for {options.quantiser}"
    if None not in (options.low, options.high) and options.low >= options.high:
        return f"--low is {options.low:g}, and --high {options.high:g}: it has to be above"
    return None


def flat(measured: Profile, rows: Rows, options: argparse.Namespace) -> list[str]:
    """A line that tells how many units are on one level in all rows, of which entropy and information know nothing."""
    alone = measured.on_one_level(measured.layers)
    if not alone.any():
        return []
    apart = 0
    if options.quantiser != "edges":
        apart = told_apart(measured, rows.x, measured.layers, options.bits or 1, options.positions)
    return [one_level_in_words(alone, apart, "--quantiser edges")]


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    needs = bool(NEED_LABELS.intersection(options.measures or ()))
    rows = read_rows(options, model, need_labels=needs)
    known = rows.labels is not None and model.classes is not None
    measures = options.measures or (["class_means", "information"] if known else ["entropy"])
    taken = MEASURED_BY.get(options.sort, measures)
    if not set(taken).intersection(measures):
        raise Usage(f"--sort {options.sort} takes {' or '.join(taken)} among --measures")
    known_of = {name: getattr(options, name) for name in ("bits", "low", "high")}
    quantiser: dict[str, Any] = {name: value for name, value in known_of.items() if value is not None}
    layers = layer_arguments.chosen_layers(options, model)
    if options.quantiser == "edges":
        how = {"bits": options.bits or 1, "positions": options.positions}
        quantiser["edges"] = quantile_edges(model, rows.x, layers, **how)
    measured = Profile(
        model,
        measures,
        layers=layers,
        quantiser=options.quantiser,
        quantiser_options=quantiser,
        positions=options.positions,
        progress=arguments.progress(),
    )
    measured.feed(rows.batches())
    columns = measured._columns()
    document = {"rows": len(rows), "measures": measures, **measured.to_dict()}
    found = {name: column for name, column in columns.items() if not np.isnan(column).all()}
    order = np.arange(len(columns["unit"]))
    if options.sort is not None:
        if options.sort not in found:
            raise ValueError(f"{options.sort} is NaN of all of these units")
        order = np.argsort(-np.nan_to_num(found[options.sort], nan=-np.inf), kind="stable")
    shown = printed(columns)
    if options.sort is not None and options.sort not in shown:
        shown.append(options.sort)
    places = order[: options.top or len(order)]
    every = zip(columns["layer"].tolist(), columns["unit"].tolist())
    dead = sum(measured[place].is_dead for place in every)
    text = [measured._headline + (f"; {counted(dead, 'unit is', 'units are')} dead" if dead else ""), ""]
    text += lines(shown, [[columns[name][place].item() for name in shown] for place in places])
    if len(places) < len(order):
        text.append(f"... {len(order) - len(places)} more: --top 0")
    text += flat(measured, rows, options)
    header = list(columns)
    return Answer(text, document, header, rows_of(columns))
