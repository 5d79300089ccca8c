#!/usr/bin/env python3
"""Which neurons does a network live on? The Shapley values of hidden neurons, beside what each does alone.

A neuron whose work others can do as well has no effect when it is ablated alone, and is worth something all the same:
its Shapley value is the mean of what its ablation takes away after any of the others. Trains a network on
scikit-learn's handwritten digits, or takes a network and its rows:

    shapley.py [network.onnx rows.npy labels.npy --scale 1/16] [--layer 0] [--top 10] [--permutations 3000]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import libablate
from command_line import run, whole_number
from sweep import read_array, scale_argument, scaled, tell_of_scale


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="network, rows, labels")
    parser.add_argument("--scale", default="1", type=scale_argument, help="what rows are multiplied by, such as 1/255")
    parser.add_argument("--layer", type=whole_number(0), default=0)
    parser.add_argument("--top", type=whole_number(1), default=10, help="how many units are printed")
    parser.add_argument("--permutations", type=whole_number(1), default=3000, help="random orders; 3000")
    parser.add_argument("--seed", type=whole_number(0), default=0)
    options = parser.parse_args()
    if len(options.files) not in (0, 3):
        parser.error("either no files, or a network, its rows and their labels")
    return options


def load(options):
    """A network, rows and labels."""
    if options.files:
        network, x, labels = options.files
        x = read_array(x)
        tell_of_scale(x, options.scale)
        return libablate.load(network), scaled(x, options.scale), read_array(labels)
    from study_data import digits, export, train

    data = digits()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        export(train(data)[0], path)
        return libablate.load(path), data.test_x, data.test_y


def main():
    options = parse_arguments()
    model, x, labels = load(options)
    effects = libablate.sweep(model, x, labels, layers=options.layer)["effect"]
    shapley = libablate.Shapley(model, x, labels, layers=options.layer, seed=options.seed)
    start = time.perf_counter()
    values = shapley.run(options.permutations).values
    seconds = time.perf_counter() - start
    summary = shapley.summary
    rows = f"{len(values)} units, {len(x):,} rows"
    print(f"layer {options.layer}: {rows}, {summary.permutations:,} orders in {seconds:.1f} s")
    print(
        f"accuracy {summary.intact:.2%}, without the layer's units {summary.ablated:.2%}: they share the difference\n"
    )
    top, settled = shapley.top(min(options.top, len(values)))
    shared = summary.intact - summary.ablated
    print("rank  unit   Shapley value       95 % interval   share   ablated alone   rank")
    alone = np.argsort(np.argsort(effects, kind="stable"), kind="stable")
    for rank, value in enumerate(top, 1):
        unit = value.unit
        share = f"{value.value / shared:.1%}" if shared else "-"
        interval = f"{100 * value.lower:+6.2f} to {100 * value.upper:+6.2f}"
        print(
            f"{rank:4}  {unit:4}   {100 * value.value:+8.3f} pts    {interval}   {share:>5}"
            f"    {100 * effects[unit]:+8.3f} pts   {alone[unit] + 1:4}"
        )
    others = len(values) - len(top)
    if not others:
        print("these are all units of the layer; of two whose intervals overlap either may be worth more")
        return
    rest = values.sum() - sum(value.value for value in top)
    print(f"the other {others} units: {100 * rest:+.3f} pts together")
    print(
        "the intervals of these units lie above those of all others"
        if settled
        else "more orders are needed to be sure of this list"
    )


if __name__ == "__main__":
    run(main)
