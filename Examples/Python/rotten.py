#!/usr/bin/env python3
"""Are there rotten neurons? Removes each hidden neuron, and asks whether what is gained or lost is more than luck.

    rotten.py build/study-digits --scale 1/16

The folder is what Examples/run leaves: network.onnx, test_rows.npy, test_labels.npy.
"""

import argparse
import math
from collections import Counter
from pathlib import Path

import numpy as np

import libablate
from sweep import scaled


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="with network.onnx and the test rows")
    parser.add_argument("--scale", default="1", metavar="F", help="multiply the rows; 1/255 divides")
    return parser.parse_args()


def swept(model, x, y):
    return libablate.sweep(model, x, y, replacement="dead")


def name_of(result):
    return f"neuron {result.unit} of layer {result.layer}"


def describe(judgement):
    result = judgement.result
    flips = f"{result.lost} rows lost, {result.gained} gained"
    said = f"{name_of(result):>24}: {judgement.verdict:9} {flips:24} p {judgement.adjusted_p_value:.1e}"
    if judgement.affected_class is not None:
        said += f"; {judgement.affected_class} loses most, {100 * judgement.affected_recall:.1f} points of recall"
    if judgement.favoured_class is not None:
        said += f"; {judgement.favoured_rows} more rows taken for {judgement.favoured_class}"
    return said


def print_verdicts(judgements):
    print(f"Verdicts, of {len(judgements)} exact tests adjusted by Holm, at a level of 5 %:")
    for verdict, count in Counter(judgements["verdict"].tolist()).most_common():
        print(f"{count:6} {verdict}")
    significant = [judgement for judgement in judgements if judgement.adjusted_p_value <= 0.05]
    for judgement in sorted(significant, key=lambda judgement: judgement.effect)[:10]:
        print(describe(judgement))


def main():
    options = parse_arguments()
    model = libablate.load(options.folder / "network.onnx")
    x = scaled(np.load(options.folder / "test_rows.npy"), options.scale)
    y = np.load(options.folder / "test_labels.npy")
    sweep = swept(model, x, y)
    effects, judgements = sweep["effect"], libablate.judge(sweep)
    hurts, helps = (effects < 0).sum(), (effects > 0).sum()
    print(f"Removing a neuron, {len(sweep)} of them, over {len(x):,} rows: accuracy falls {hurts} times, ", end="")
    print(f"stays {len(sweep) - hurts - helps} times, rises {helps} times.")
    needed = math.ceil(1 + math.log2(len(sweep) / 0.05))
    print(f"Among {len(sweep)} tests nothing with fewer than {needed} flipped rows can be significant.")
    print_verdicts(judgements)

    best = judgements[int(np.argmax(effects))]
    gain = best.result.gained - best.result.lost
    print(f"The most rotten one: {name_of(best.result)}, {gain:+} rows without it.")
    print(f"  tested alone, as if nobody had looked for it: p {best.p_value:.3f}; ", end="")
    print(f"as the best of {len(sweep)}: p {best.adjusted_p_value:.3f}")
    halves = [swept(model, x[start::2], y[start::2]) for start in (0, 1)]
    (found,) = libablate.judge_selected(*halves)
    first = halves[0][found.index]
    print(f"Chosen on half of the rows: {name_of(first)}, {100 * first.effect:+.2f} points; on the other half ", end="")
    print(f"{100 * found.effect:+.2f} points, p {found.p_value:.3f}: {found.verdict}.")
    harmful = (judgements["verdict"] == "harmful").sum()
    print(f"So {harmful or 'no'} neuron{'s are' if harmful > 1 else ' is'} shown to be rotten by these rows.")


if __name__ == "__main__":
    main()
