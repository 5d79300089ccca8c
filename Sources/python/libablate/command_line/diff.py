"""Where two models differ on the same rows: predictions, probabilities, which is right."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import Diff, Difference, flip_test, load, results
from . import answer, arguments
from .answer import Answer
from .rows import read_rows

EXAMPLES = """examples:
  ablate diff network.onnx smaller.onnx data.npz
  ablate diff network.onnx quantised.onnx images.npy labels.npy --scale 1/255 --csv pairs.csv
"""
HEADER = ["first", "second", "rows"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    parser.add_argument("second", metavar="SECOND", help="the other model's ONNX file; LABELS are as MODEL has them")
    arguments.add_rows(parser)
    arguments.add_top(parser, "the N most frequent pairs of predictions that differ")
    answer.add_arguments(parser, "a line for each pair of predictions that differ")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    first, second = (load(path, threads=options.threads) for path in (options.model, options.second))
    rows = read_rows(options, first, need_labels=False)
    compared = Diff(first, second, progress=arguments.progress())
    # Of regressions the outputs are compared, and targets have no part in it.
    compared.feed((x, None if first.classes is None else labels) for x, labels in rows.batches())
    found = compared.result
    pairs = [] if first.classes is None else differing(compared, first.classes, second.classes)
    text = [*changes(found, first.classes), *right(found)]
    shown = pairs[: options.top or len(pairs)]
    if shown:
        what = "predictions that differ" if len(shown) == len(pairs) else f"the {len(shown)} most frequent"
        text += ["", f"{what}:", *results.lines(HEADER, shown)]
    document = {"difference": found.to_dict(), "pairs": [dict(zip(HEADER, pair)) for pair in pairs]}
    return Answer(text, document, HEADER, pairs)


def differing(compared: Diff, first: Any, second: Any) -> list[list[Any]]:
    """The predictions of both where they differ, with how many rows have them, the most frequent first."""
    counts = compared.confusion()
    np.fill_diagonal(counts, 0)
    rows, columns = np.nonzero(counts)
    order = np.argsort(-counts[rows, columns], kind="stable")
    numbers = counts[rows, columns].tolist()
    return [[first[rows[k]].item(), second[columns[k]].item(), numbers[k]] for k in order]


def changes(found: Difference, classes: Any) -> list[str]:
    """How far the two are from each other."""
    by = f"by {found.mean_change:.4g} in the mean, by {found.largest_change:.4g} at most (row {found.largest_row}"
    if classes is None:
        return [f"outputs change {by}, output {found.largest_class})"]
    return [
        f"{found.agreement:.2%} of {found.rows} rows are predicted alike",
        f"probabilities change {by}, class {classes[found.largest_class]})",
    ]


def right(found: Difference) -> list[str]:
    """Which of the two is right, and whether one is so more often than luck has it."""
    if not found.labelled:
        return []
    both, first, second = found.both_right, found.only_first_right, found.only_second_right
    test = flip_test(first, second, found.labelled)
    return [
        f"accuracy {(both + first) / found.labelled:.2%} and {(both + second) / found.labelled:.2%}: {both} rows right "
        f"in both, {first} in the first alone, {second} in the second alone, {found.both_wrong} in neither",
        f"McNemar's exact test of the difference: p = {test.p_value:.4g}",
    ]
