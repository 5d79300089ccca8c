#!/usr/bin/env python3
"""Tells what the hidden units of a network do over a labelled data set, in one pass and without ablating any.

Which unit stands out for which class, which tell most about the class, which never change, and, with --effects, how
well each figure foretells what ablating a unit does.

    profile_units.py network.onnx test_rows.npy test_labels.npy --scale 1/16
"""

import argparse
import sys

import numpy as np

import libablate
from sweep import read_array, scale_argument, scaled

SHOWN = 5
MEASURES = ("class_means", "information", "top_rows", "taylor")
PREDICTORS = "mutual_information kl_selectivity class_selectivity variance taylor incoming_l2".split()


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", metavar="MODEL", help="ONNX file of a classifier")
    parser.add_argument("data", metavar="DATA", help="rows of input: IDX (also gzipped) or NPY")
    parser.add_argument("labels", metavar="LABELS", help="their classes: IDX (also gzipped) or NPY")
    parser.add_argument("--scale", default="1", type=scale_argument, help="multiply the data; 1/255 divides")
    parser.add_argument("--effects", action="store_true", help="sweep the units, too, and compare")
    return parser.parse_args(arguments)


def print_classes(profile, layer, names):
    """For each class, the unit whose mean activation stands out most from its means of the other classes."""
    means = profile.class_means(layer)
    others = (means.sum(axis=1, keepdims=True) - means) / (means.shape[1] - 1)
    lead = means - others
    print(f"{'class':>10} {'unit':>5} {'mean there':>11} {'elsewhere':>10}  rows that excite the unit most")
    for index, name in enumerate(names):
        unit = int(np.argmax(lead[:, index]))
        rows = " ".join(map(str, profile.top_rows(layer, unit)[0]))
        print(f"{name:>10} {unit:5} {means[unit, index]:11.3f} {others[unit, index]:10.3f}  {rows}")


def print_informative(profile, layer, names):
    found = {name: profile.measure(name, layer) for name in ("mutual_information", "entropy", "fraction_active")}
    means = profile.class_means(layer)
    print(f"{'unit':>5} {'information':>12} {'of entropy':>11} {'active':>8}  largest mean")
    for unit in np.argsort(-found["mutual_information"], kind="stable")[:SHOWN]:
        bits, entropy, active = (found[name][unit] for name in ("mutual_information", "entropy", "fraction_active"))
        print(f"{unit:5} {bits:7.3f} bits {entropy:6.3f} bits {active:7.1%}  {names[int(np.argmax(means[unit]))]}")


def print_dead(profile, layer):
    dead = np.flatnonzero(profile.measure("variance", layer) == 0)
    print(f"{len(dead)} units never change: {' '.join(map(str, dead))}" if len(dead) else "Every unit changes.")


def print_predictors(profile, model, layer, x, y):
    """Spearman's correlation of each figure with the rows that ablating the unit loses."""
    lost = -libablate.sweep(model, x, y, layers=layer)["effect"]
    for name in PREDICTORS:
        print(f"{name:>20} {libablate.rank_correlation(profile.measure(name, layer), lost):+.2f}")


def main(arguments=None):
    options = parse_arguments(arguments)
    model = libablate.load(options.model)
    x, y = scaled(read_array(options.data), options.scale), read_array(options.labels)
    names = model.classes
    profile = libablate.Profile(model, MEASURES, top_row_limit=SHOWN).feed(x, y)
    for layer, info in enumerate(model.layers[:-1]):
        print(f"\n== Layer {layer}, {info.units} units, {len(x):,} rows: what stands out for which class")
        print_classes(profile, layer, names)
        print("\nMost informative about the class:")
        print_informative(profile, layer, names)
        print()
        print_dead(profile, layer)
        if options.effects:
            print("\nRank correlation with the accuracy that ablating the unit costs:")
            print_predictors(profile, model, layer, x, y)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
    except (libablate.AblateError, OSError, ValueError) as error:
        sys.exit(f"profile_units.py: {error}")
