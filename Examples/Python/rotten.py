#!/usr/bin/env python3
"""Are there rotten neurons? Removes each hidden neuron, and asks whether what is gained or lost is more than luck.

    rotten.py build/study-digits --scale 1/16

The folder is what Examples/run leaves: network.onnx, test_rows.npy, test_labels.npy, and classes.txt with what the
classes are called.
"""

import argparse
import math
from collections import Counter

import numpy as np

import libablate
from command_line import run
from study_folder import add_arguments, class_names, load

SHOWN = 10


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add_arguments(parser)
    return parser.parse_args()


def swept(model, x, y):
    return libablate.sweep(model, x, y, replacement="dead")


def name_of(result):
    return f"neuron {result.unit} of layer {result.layer}"


def describe(judgement, classes):
    result = judgement.result
    flips = f"{result.lost} rows lost, {result.gained} gained"
    said = f"{name_of(result):>24}: {judgement.verdict:9} {flips:24} p {judgement.adjusted_p_value:.1e}"
    if judgement.affected_class is not None:
        said += (
            f"; {classes[judgement.affected_class]} loses most, {100 * judgement.affected_recall:.1f} points of recall"
        )
    if judgement.favoured_class is not None:
        said += f"; {judgement.favoured_rows} more rows taken for {classes[judgement.favoured_class]}"
    return said


def print_verdicts(judgements, classes):
    print(f"Verdicts, of {len(judgements)} exact tests adjusted by Holm, at a level of 5 %:")
    for verdict, count in Counter(judgements["verdict"].tolist()).most_common():
        print(f"{count:6} {verdict}")
    significant = [judgement for judgement in judgements if judgement.adjusted_p_value <= 0.05]
    ranked = sorted(significant, key=lambda judgement: judgement.effect)
    costly, gaining = ranked[:SHOWN], [judgement for judgement in ranked[SHOWN:] if judgement.effect > 0]
    first = "" if len(significant) <= SHOWN else f"; the {SHOWN} that cost most"
    first += f", and the {len(gaining)} that gain" if gaining else ""
    print(f"{len(significant)} of {len(judgements)} neurons are significant{first}:")
    for judgement in costly + gaining:
        print(describe(judgement, classes))


def main():
    options = parse_arguments()
    model, x, y = load(options.folder, options.scale)
    sweep = swept(model, x, y)
    effects, judgements = sweep["effect"], libablate.judge(sweep)
    hurts, helps = (effects < 0).sum(), (effects > 0).sum()
    print(f"Removing a neuron, {len(sweep)} of them, over {len(x):,} rows: accuracy falls {hurts} times, ", end="")
    print(f"stays {len(sweep) - hurts - helps} times, rises {helps} times.")
    needed = math.ceil(1 + math.log2(len(sweep) / 0.05))
    print(f"Among {len(sweep)} tests nothing with fewer than {needed} flipped rows can be significant.")
    print_verdicts(judgements, class_names(options.folder, model))

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
    run(main)
