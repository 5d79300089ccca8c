#!/usr/bin/env python3
"""In which order can neurons go? Removes the hidden neurons one after the other, in several orders.

    curves.py build/study-digits --scale 1/16

The folder is what Examples/run leaves: network.onnx, test_rows.npy, test_labels.npy. Measures and effects are taken on
every other row, the curves on the rest.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np

import libablate
from libablate import order_at_random, order_by_scores, rank_correlation, weight_norms
from sweep import scaled

FRACTIONS = (0, 0.25, 0.5, 0.75, 0.9, 1)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="with network.onnx and the test rows")
    parser.add_argument("--scale", default="1", metavar="F", help="multiply the rows; 1/255 divides")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="random orders; default 10")
    return parser.parse_args()


def print_curves(title, curves):
    places = [round(fraction * curves.points[-1]) for fraction in FRACTIONS]
    cells = "".join(f"{100 * curves.means[place]:9.2f}" for place in places)
    spread = f"  ± {100 * np.nanmax(curves.deviations):.2f} at most" if len(curves.areas) > 1 else ""
    print(f"{title:34}{cells}   area {curves.areas.mean():.4f}{spread}")


def orders_of(model, units, scores, seeds):
    """Titles and orders: at random, and by each score from both ends."""
    yield f"at random, {seeds} seeds", [order_at_random(model, units, seed) for seed in range(seeds)]
    for name, values in scores.items():
        for high_first in (False, True):
            end = "high" if high_first else "low"
            yield f"{name}, {end} first", [order_by_scores(model, units, values, high_first=high_first)]


def main():
    options = parse_arguments()
    model = libablate.load(options.folder / "network.onnx")
    x = scaled(np.load(options.folder / "test_rows.npy"), options.scale)
    y = np.load(options.folder / "test_labels.npy")
    effects = libablate.sweep(model, x[::2], y[::2])
    hidden = list(range(len(model.layers) - 1))
    print("Accuracy in % with a fraction of the neurons removed")
    for layers in [[layer] for layer in hidden] + ([hidden] if len(hidden) > 1 else []):
        units = libablate.units(model, layers)
        own = np.isin(effects["layer"], layers)
        l1 = np.concatenate([weight_norms(model, layer, "l1") for layer in layers])
        l2 = np.concatenate([weight_norms(model, layer, "l2") for layer in layers])
        where = f"layer {layers[0]}" if len(layers) == 1 else "all hidden layers"
        print(f"\n{where + f', {len(units)} neurons':34}" + "".join(f"{fraction:9.0%}" for fraction in FRACTIONS))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scores = {"L1 norm of weights": l1, "effect": effects["effect"][own]}
            chosen = list(orders_of(model, units, scores, options.seeds))
        for title, orders in chosen:
            print_curves(title, libablate.curves(model, x[1::2], y[1::2], orders))
        random = chosen[0][1]
        reference = model.reference(x[::2])
        balanced = libablate.Replacement("mean", reference=reference)
        curves = libablate.curves(model, x[1::2], y[1::2], random, replacement=balanced)
        print_curves("the same seeds, mean in place of 0", curves)
        if caught:
            print(f"warning: {caught[0].message}")
        else:
            for name, values in (("L1", l1), ("L2", l2)):
                pairs = [
                    f"{rank_correlation(values, effects['effect'][own], kind):+.2f}" for kind in ("spearman", "kendall")
                ]
                print(f"rank correlation of {name} norm and effect: Spearman {pairs[0]}, Kendall {pairs[1]}")


if __name__ == "__main__":
    main()
