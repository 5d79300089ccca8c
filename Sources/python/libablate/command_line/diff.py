"""Where two models differ on the same rows: predictions, probabilities, which is right."""

from __future__ import annotations

import argparse

from .. import Diff, flip_test, load
from .._diff_readings import PAIR
from .._difference import in_words
from .._tables import lines
from . import answer, arguments
from .answer import Answer
from .rows import add_rows, read_rows

EXAMPLES = """examples:
  ablate diff network.onnx smaller.onnx data.npz
  ablate diff network.onnx quantised.onnx images.npy labels.npy --scale 1/255 --csv pairs.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    arguments.add_model(parser)
    parser.add_argument("second", metavar="SECOND", help="the other model's ONNX file; LABELS are as MODEL has them")
    add_rows(parser)
    arguments.add_top(parser, "the N most frequent pairs of predictions that differ")
    answer.add_arguments(parser, "a line for each pair of predictions that differ")


def run(options: argparse.Namespace) -> Answer:
    """Runs the command."""
    first = arguments.loaded(options)
    second = load(options.second, classes=first.classes if options.classes else None, threads=options.threads)
    rows = read_rows(options, first, need_labels=False)
    compared = Diff(first, second, progress=arguments.progress())
    # Of regressions the outputs are compared, and targets have no part in it.
    compared.feed((x, None if first.classes is None else labels) for x, labels in rows.batches())
    found = compared.result
    document = compared.to_dict()
    pairs = [list(pair.values()) for pair in document["pairs"]]
    text = in_words(found, first.classes)
    if found.labelled:
        test = flip_test(found.only_first_right, found.only_second_right, found.labelled)
        text.append(f"McNemar's exact test of the difference: p = {test.p_value:.4g}")
    shown = pairs[: options.top or len(pairs)]
    if shown:
        what = "predictions that differ" if len(shown) == len(pairs) else f"the {len(shown)} most frequent"
        text += ["", f"{what}:", *lines(PAIR, shown)]
    return Answer(text, document, PAIR, pairs)
