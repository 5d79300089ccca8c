#!/usr/bin/env python3
"""In which order can neurons go? Removes the hidden neurons one after the other, in several orders.

    curves.py build/study-digits --scale 1/16

The folder is what Examples/run leaves: network.onnx, test_rows.npy, test_labels.npy. Measures and effects are taken on
every other row, the curves on the rest.
"""

import argparse
import warnings

import numpy as np

import libablate
from command_line import run, whole_number
from libablate import order_at_random, order_by_scores, rank_correlation, weight_norms
from study_folder import add_arguments, load

FRACTIONS = (0, 0.25, 0.5, 0.75, 0.9, 1)
WIDTH = 52
# What goes first if low scores go first, and if high ones do.
ENDS = {
    "L1 norm of weights": ("weak", "strong"),
    "effect": ("needed", "needless"),
    "entropy": ("steady", "varied"),
    "mutual information": ("uninformative", "informative"),
    "KL selectivity": ("unselective", "selective"),
}
LEGEND = """The area under a curve is the mean accuracy while neurons go. A large area is good for making the network
smaller: what is needed least goes first. A small area is good for finding what the network lives on. Random orders
are the yardstick. Entropy, and mutual information with the class, are of one bit: active or not. The effect is the
change of accuracy without the neuron."""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    add_arguments(parser)
    parser.add_argument("--seeds", type=whole_number(1), default=10, metavar="N", help="random orders; default 10")
    return parser.parse_args()


def print_curves(title, curves):
    places = [round(fraction * curves.points[-1]) for fraction in FRACTIONS]
    cells = "".join(f"{100 * curves.means[place]:9.2f}" for place in places)
    several = len(curves.areas) > 1
    spread = f" ± {curves.areas.std(ddof=1):.3f}, deviation over the orders" if several else ""
    print(f"{title:{WIDTH}}{cells}   area {curves.areas.mean():.3f}{spread}")


def scores_of(model, profile, effects, layers):
    """By name: a figure of each unit of the layers."""
    measures = {"entropy": "entropy", "mutual information": "mutual_information", "KL selectivity": "kl_selectivity"}
    found = {"L1 norm of weights": [weight_norms(model, layer, "l1") for layer in layers]}
    found["effect"] = [effects["effect"][effects["layer"] == layer] for layer in layers]
    found |= {title: [profile.measure(name, layer) for layer in layers] for title, name in measures.items()}
    return {title: np.concatenate(values) for title, values in found.items()}


def orders_of(model, units, scores):
    """Titles and orders, by each score from both ends."""
    for name, values in scores.items():
        for high_first, what in zip((False, True), ENDS[name]):
            end = "high" if high_first else "low"
            yield f"{name}, {end} first: {what} ones go", order_by_scores(model, units, values, high_first=high_first)


def print_winners(areas, random):
    """Names the orders with the largest and the smallest area, and says where random orders are."""
    mean, deviation = random.areas.mean(), random.areas.std(ddof=1) if len(random.areas) > 1 else 0
    for what, best, sign in (("largest", max, 1), ("smallest", min, -1)):
        name = best(areas, key=areas.get)
        print(f"The {what} area of {len(areas)} orders: {name}, {areas[name]:.3f}; at random {mean:.3f}", end="")
        if deviation:
            above = (areas[name] - mean) / deviation
            beaten = (sign * random.areas < sign * areas[name]).sum()
            lead = "" if sign * above > 2 else ": no clear lead over chance"
            print(f", {above:+.1f} deviations; beats {beaten} of {len(random.areas)} random orders{lead}", end="")
        print()


def print_correlations(scores):
    """Which figures rank the units as their effects do?"""
    lost = -scores["effect"]
    print("Rank correlation with the accuracy that a neuron's removal costs, Spearman and Kendall:")
    for name, values in scores.items():
        if name != "effect":
            spearman, kendall = (rank_correlation(values, lost, kind) for kind in ("spearman", "kendall"))
            print(f"{name:>{WIDTH}}    {spearman:+.2f}    {kendall:+.2f}")


def main():
    options = parse_arguments()
    model, x, y = load(options.folder, options.scale)
    effects = libablate.sweep(model, x[::2], y[::2])
    profile = libablate.profile(model, x[::2], y[::2], measures=["information"])
    balanced = libablate.Replacement("mean", reference=model.reference(x[::2]))
    hidden = [layer.number for layer in model.layers.hidden]
    print(
        f"Accuracy in % of {len(x[1::2]):,} rows with a fraction of the neurons removed; orders are made from the ",
        end="",
    )
    print(f"other {len(x[::2]):,} rows.\n{LEGEND}")
    for layers in [[layer] for layer in hidden] + ([hidden] if len(hidden) > 1 else []):
        units = libablate.units(model, layers)
        where = f"layer {layers[0]}" if len(layers) == 1 else "all hidden layers"
        print(f"\n{where + f', {len(units)} neurons':{WIDTH}}" + "".join(f"{fraction:9.0%}" for fraction in FRACTIONS))
        scores = scores_of(model, profile, effects, layers)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            chosen = dict(orders_of(model, units, scores))
        shuffled = [order_at_random(model, units, seed) for seed in range(options.seeds)]
        random = libablate.curves(model, x[1::2], y[1::2], shuffled)
        print_curves(f"at random, {options.seeds} seeds", random)
        areas = {}
        for title, order in chosen.items():
            curves = libablate.curves(model, x[1::2], y[1::2], [order])
            areas[title] = curves.areas[0]
            print_curves(title, curves)
        curves = libablate.curves(model, x[1::2], y[1::2], shuffled, replacement=balanced)
        print_curves("at random, the same seeds, mean in place of 0", curves)
        print_winners(areas, random)
        if caught:
            print(f"Warning, of every order by a score above: {caught[0].message}")
        else:
            print_correlations(scores)


if __name__ == "__main__":
    run(main)
