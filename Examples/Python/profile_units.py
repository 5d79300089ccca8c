#!/usr/bin/env python3
"""Tells what the hidden units of a network do over a labelled data set, in one pass and without ablating any.

Which unit stands out for which class, which tell most about the class, which never change, and, with --effects, which
unit each class loses most without, and how well each figure foretells what ablating a unit does.

    profile_units.py network.onnx test_rows.npy test_labels.npy --scale 1/16
"""

import argparse

import numpy as np

import libablate
from command_line import run
from sweep import read_array, scale_argument, scaled, tell_of_scale

SHOWN = 5
MEANINGS = """For each class:
  lead   the unit whose mean activation over the rows of the class is furthest above its mean over the other classes
         (each class counts alike): what it answers to, whatever the network makes of it
  adds   the unit that adds most to the score of the class, in the mean over its rows: activation * weight
  costs  with --effects, the unit without which most right rows of the class are lost
A unit can lead and weigh little: ask "lead" what a unit sees, and "adds" and "costs" which unit a class rests on."""
MEASURES = ("class_means", "information", "top_rows", "taylor")
PREDICTORS = "mutual_information kl_selectivity class_selectivity variance taylor incoming_l2".split()


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", metavar="MODEL", help="ONNX file of a classifier")
    parser.add_argument("data", metavar="DATA", help="rows of input: IDX (also gzipped) or NPY")
    parser.add_argument("labels", metavar="LABELS", help="their classes: IDX (also gzipped) or NPY")
    parser.add_argument("--scale", default="1", type=scale_argument, help="multiply the data; 1/255 divides")
    parser.add_argument(
        "--quantiles",
        type=int,
        choices=range(1, 9),
        metavar="BITS",
        help="information of 2^BITS levels with about as many rows on each, which suits channels; "
        "by default, of active or not",
    )
    parser.add_argument("--effects", action="store_true", help="sweep the units, too, and compare")
    return parser.parse_args(arguments)


def levels(model, x, bits):
    """How a profile makes levels of activations: with bits, by edges of all hidden layers, one after the other."""
    if bits is None:
        return {}
    return {"quantiser": "edges", "quantiser_options": {"edges": libablate.quantile_edges(model, x, bits=bits)}}


def attributions(profile, layer):
    """What each unit adds to the score of each class; None for layers of which scores are no sum."""
    try:
        return profile.attributions(layer)
    except libablate.UnsupportedError:
        return None


def losses(sweep, layer):
    """How many right rows of each class ablating each unit loses, [units, classes]."""
    intact = np.diag(sweep.confusion())
    return np.array(
        [intact - np.diag(sweep.confusion((layer, unit))) for unit in range(sweep.model.layers[layer].units)]
    )


def print_classes(profile, layer, names, y, sweep):
    """For each class the units that stand out for it, by each of the measures that there are."""
    means = profile.class_means(layer)
    others = (means.sum(axis=1, keepdims=True) - means) / (means.shape[1] - 1)
    added, lost = attributions(profile, layer), None if sweep is None else losses(sweep, layer)
    heads = [f"{'class':>10}", f"{'lead':>5} {'mean there':>11} {'elsewhere':>10}"]
    heads += [] if added is None else [f"{'adds':>5} {'to score':>9}"]
    heads += [] if lost is None else [f"{'costs':>6} {'rows':>5}"]
    print(" | ".join([*heads, "rows that excite the leading unit most, row:class"]))
    for index, name in enumerate(names):
        unit = int(np.argmax((means - others)[:, index]))
        cells = [f"{name:>10}", f"{unit:5} {means[unit, index]:11.3f} {others[unit, index]:10.3f}"]
        if added is not None:
            most = int(np.argmax(added[:, index]))
            cells.append(f"{most:5} {added[most, index]:+9.3f}")
        if lost is not None:
            most = int(np.argmax(lost[:, index]))
            cells.append(f"{most:6} {lost[most, index]:5}")
        cells.append(" ".join(f"{row}:{y[row]}" for row in profile.top_rows(layer, unit)[0]))
        print(" | ".join(cells))
    if added is None:
        print("What a unit adds to scores is only known of the last hidden layer; --effects tells what each costs.")


def print_informative(profile, layer, names):
    found = {name: profile.measure(name, layer) for name in ("mutual_information", "entropy", "fraction_active")}
    means = profile.class_means(layer)
    print(f"{'unit':>5} {'information':>12} {'of entropy':>11} {'active':>8}  largest mean")
    for unit in np.argsort(-found["mutual_information"], kind="stable")[:SHOWN]:
        bits, entropy, active = (found[name][unit] for name in ("mutual_information", "entropy", "fraction_active"))
        print(f"{unit:5} {bits:7.3f} bits {entropy:6.3f} bits {active:7.1%}  {names[int(np.argmax(means[unit]))]}")
    if alone := int(profile.on_one_level([layer]).sum()):
        print(f"{alone} units are on one level in all rows, so their information is 0; --quantiles tells levels apart.")


def print_dead(profile, layer):
    dead = np.flatnonzero(profile.measure("variance", layer) == 0)
    print(f"{len(dead)} units never change: {' '.join(map(str, dead))}" if len(dead) else "Every unit changes.")


def print_predictors(profile, layer, sweep):
    """Spearman's correlation of each figure with the accuracy that ablating the unit costs."""
    lost = -sweep["effect"][sweep["layer"] == layer]
    for name in PREDICTORS:
        print(f"{name:>20} {libablate.rank_correlation(profile.measure(name, layer), lost):+.2f}")


def main(arguments=None):
    options = parse_arguments(arguments)
    model = libablate.load(options.model)
    x, y = read_array(options.data), read_array(options.labels)
    tell_of_scale(x, options.scale)
    x = scaled(x, options.scale)
    names = model.classes
    profile = libablate.Profile(model, MEASURES, top_row_limit=SHOWN, **levels(model, x, options.quantiles)).feed(x, y)
    sweep = libablate.sweep(model, x, y) if options.effects else None
    print(MEANINGS)
    for layer in profile.layers:
        print(
            f"\n== Layer {layer}, {model.layers[layer].units} units, {len(x):,} rows: what stands out for which class"
        )
        print_classes(profile, layer, names, y, sweep)
        print("\nMost informative about the class:")
        print_informative(profile, layer, names)
        print()
        print_dead(profile, layer)
        if sweep is not None:
            print("\nRank correlation with the accuracy that ablating the unit costs:")
            print_predictors(profile, layer, sweep)


if __name__ == "__main__":
    run(main)
