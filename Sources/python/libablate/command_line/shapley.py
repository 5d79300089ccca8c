"""What each unit contributes when any of the others may be missing, too: Shapley values by permutation sampling."""

from __future__ import annotations

import argparse
from typing import Any

from .. import _declarations as c
from .. import shapley
from .._runs import expect_classifier
from .._shapley import Shapley
from .._shapley_value import COLUMNS, PRINTED, SIGNED
from .._tables import lines
from . import answer, argument_types, arguments, layer_arguments
from .answer import Answer
from .rows import add_rows, read_rows
from .wording import by_options

EXAMPLES = """examples:
  ablate shapley mnist.onnx images.npy labels.npy --scale 1/255 --layers 1
  ablate shapley network.onnx data.npz --measure log_loss --permutations 200 --sample-rows 500 --csv values.csv
  ablate shapley network.onnx data.npz --layers 0 --top-count 5 --permutations 20000 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    add_rows(parser)
    layer_arguments.add_layers(parser, "whose units take part, all together; hidden ones")
    arguments.add_ablation(parser, lasting=True)
    parser.add_argument(
        "--measure",
        choices=tuple(c.SHAPLEY_MEASURES),
        default="accuracy",
        help="what units contribute to; default accuracy; of log_loss to minus it, so that more is better",
    )
    parser.add_argument(
        "--permutations",
        type=argument_types.whole_number(1),
        default=1000,
        metavar="N",
        help="random orders that are walked; default 1000",
    )
    parser.add_argument(
        "--seed", type=argument_types.whole_number(0), default=0, metavar="S", help="of them; default 0"
    )
    parser.add_argument(
        "--sample-rows",
        type=argument_types.whole_number(0),
        default=0,
        metavar="N",
        help="rows drawn for each order; default 0, all",
    )
    parser.add_argument(
        "--tolerance",
        type=argument_types.real_number(0),
        default=0.0,
        metavar="T",
        help="leave an order once this close to what is left without any unit: less work, and bias; default 0, never",
    )
    parser.add_argument(
        "--top-count",
        type=argument_types.whole_number(0),
        default=0,
        metavar="N",
        help="stop once intervals tell the N largest from the others; default 0, never",
    )
    parser.add_argument(
        "--largest-change",
        type=argument_types.real_number(0),
        default=0.0,
        metavar="V",
        help="the most that the measure of a row can change by, which intervals of log_loss need",
    )
    arguments.add_top(parser, "the N largest")
    answer.add_arguments(parser, "a line for each unit")


def settle(options: argparse.Namespace) -> str | None:
    """Why the options do not go together."""
    if options.top_count and options.measure == "log_loss" and not options.largest_change:
        return "--top-count with --measure log_loss takes --largest-change"
    return None


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    model = arguments.loaded(options)
    expect_classifier(model, "Shapley values are")
    rows = read_rows(options, model)
    estimate = shapley(
        model,
        rows.x,
        rows.labels,
        permutations=options.permutations,
        layers=layer_arguments.chosen_layers(options, model),
        replacement=options.replacement,
        measure=options.measure,
        seed=options.seed,
        sample_rows=options.sample_rows,
        tolerance=options.tolerance,
        top_count=options.top_count,
        largest_change=options.largest_change,
        progress=arguments.progress(),
    )
    return told(estimate, options)


def told(estimate: Shapley, options: argparse.Namespace) -> Answer:
    """Values as an answer."""
    summary = estimate.summary
    text = [
        f"What {len(estimate)} units contribute to {options.measure.replace('_', ' ')}, from {summary.permutations} "
        f"permutations: {summary.intact:.4g} with all of them, {summary.ablated:.4g} without any"
    ]
    if options.top_count:
        settled = estimate.top(options.top_count)[1]
        text.append(f"the {options.top_count} largest are {'' if settled else 'not '}told from the others by intervals")
    top = estimate.top(options.top or len(estimate))[0]
    table: list[list[Any]] = [[getattr(value, name) for name in PRINTED] for value in top]
    what = "largest first" if len(top) == len(estimate) else f"the {len(top)} largest of {len(estimate)}"
    text += ["", f"{what}:", *lines(PRINTED, table, SIGNED), *(by_options(note, options) for note in estimate._notes)]
    every = [[getattr(value, name) for name in COLUMNS] for value in estimate]
    return Answer(text, {"measure": options.measure, **estimate.to_dict()}, COLUMNS, every)
