#!/usr/bin/env python3
"""How many neurons can go? Removes hidden neurons for good, without training again, in three orders and four ways.

Orders and means come from the training rows. The other rows are halved: models are compared, and one is chosen, on one
half; how good it is, is told on the other, which nothing was chosen on. The same share of each hidden layer goes,
because no measure known ranks neurons across layers (Amjad, Liu and Geiger 2018, arXiv 1804.06679).
"""

import argparse
from pathlib import Path

import numpy as np

import libablate
from command_line import run
from study_data import digits, export, train

SHARES = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]
COMPENSATIONS = ["none", "mean", "correlated", "least squares"]
RANDOM_ORDERS = 10


def orders(model, x, y):
    """By name: a list of orders, each with an array of units per hidden layer, those to remove first in front."""
    hidden = [layer.number for layer in model.layers.hidden]
    rng = np.random.default_rng(0)
    shuffled = [[rng.permutation(model.layers[layer].units) for layer in hidden] for _ in range(RANDOM_ORDERS)]
    # The norm of what leaves a neuron times the norm of what comes in: small ones first.
    norms = [
        np.argsort(
            np.linalg.norm(model.layers[layer].weights, axis=1)
            * np.linalg.norm(model.layers[layer + 1].weights, axis=0)
        )
        for layer in hidden
    ]
    sweep = libablate.sweep(model, x, y)
    effects = [np.argsort(-sweep["effect"][sweep["layer"] == layer], kind="stable") for layer in hidden]
    return {"random": shuffled, "weight norm": [norms], "single-unit effect": [effects]}


def smaller(model, order, share, compensation, x, reference):
    units = [(layer, int(unit)) for layer, some in enumerate(order) for unit in some[: round(share * len(some))]]
    if compensation in ("none", "mean"):
        replacement = "zero" if compensation == "none" else "mean"
        return libablate.prune(model, units, replacement=replacement, reference=reference)
    return libablate.prune(model, units, compensation=compensation.replace(" ", "_"), X=x)


def accuracy(model, x, y):
    return float((model.predict(x) == y).mean())


def study(model, data, x, y):
    """{(order, compensation): accuracies over the rows x, one per share}"""
    reference = model.reference(data.train_x)
    curves = {}
    for name, several in orders(model, data.train_x, data.train_y).items():
        for compensation in COMPENSATIONS:
            curves[name, compensation] = [
                np.mean(
                    [
                        accuracy(smaller(model, order, share, compensation, data.train_x, reference), x, y)
                        for order in several
                    ]
                )
                for share in SHARES
            ]
    return curves


def print_curves(curves, intact):
    print(f"\naccuracy, percent, of {100 * intact:.1f} intact, by share of the neurons removed")
    print(f"{'order':20}{'made up for by':16}" + "".join(f"{share:>8.1%}" for share in SHARES))
    for (order, compensation), values in curves.items():
        print(f"{order:20}{compensation:16}" + "".join(f"{100 * value:8.1f}" for value in values))


def plot_curves(curves, intact, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(order for order, _ in curves))
    figure, axes = plt.subplots(1, len(names), figsize=(5 * len(names), 4.2), sharey=True, layout="constrained")
    for axis, name in zip(axes, names, strict=True):
        for compensation in COMPENSATIONS:
            values = [100 * intact, *(100 * value for value in curves[name, compensation])]
            axis.plot([0, *(100 * share for share in SHARES)], values, marker=".", label=compensation)
        axis.set(title=f"order: {name}", xlabel="neurons removed, percent")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy, percent")
    axes[0].legend(title="made up for by")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--results", metavar="FOLDER", type=Path, required=True, help="where files and pictures go")
    results = parser.parse_args().results
    results.mkdir(parents=True, exist_ok=True)
    data = digits()
    network, _ = train(data)
    export(network, results / "network.onnx")
    model = libablate.load(results / "network.onnx")
    (choosing_x, choosing_y), (x, y) = ((data.test_x[start::2], data.test_y[start::2]) for start in (0, 1))
    intact = accuracy(model, choosing_x, choosing_y)
    curves = study(model, data, choosing_x, choosing_y)
    print(f"{len(data.train_x)} rows to train on and for orders, {len(choosing_x)} to choose on, {len(x)} to report on")
    print_curves(curves, intact)
    plot_curves(curves, intact, results / "pruning.png")

    # The smallest model that loses at most one point in a hundred of the rows to choose on.
    fitting = [
        (share, values[place], name, compensation)
        for (name, compensation), values in curves.items()
        for place, share in enumerate(SHARES)
        if name != "random" and values[place] >= intact - 0.01
    ]
    if not fitting:
        print("\nno smaller model loses at most one point")
        return
    share, chosen, name, compensation = max(fitting)
    order = orders(model, data.train_x, data.train_y)[name][0]
    reference = model.reference(data.train_x)
    best = smaller(model, order, share, compensation, data.train_x, reference)
    best.save(results / "smaller.onnx")
    before, after = model.cost, best.cost
    found = libablate.diff(model, best, x, y).result
    print(f"\n{results / 'smaller.onnx'}: {share:.1%} fewer neurons, by {name}, made up for by {compensation}")
    print(f"{before.parameters:,} parameters, now {after.parameters:,}")
    print(f"{before.multiply_adds:,} multiply-adds per row, now {after.multiply_adds:,}")
    candidates = sum(len(values) for (name, _), values in curves.items() if name != "random")
    print(
        f"chosen of {candidates} models as the smallest that loses at most one point on {len(choosing_x)} rows: ",
        end="",
    )
    print(f"{100 * (chosen - intact):+.2f} points there")
    test = libablate.flip_test(found.only_first_right, found.only_second_right, found.rows)
    was, now = accuracy(model, x, y), accuracy(best, x, y)
    print(f"on the {found.rows} rows that nothing was chosen on: {was:.2%}, now {now:.2%}: ", end="")
    print(f"{100 * test.effect:+.2f} points ({100 * test.lower:+.2f} to {100 * test.upper:+.2f}), p {test.p_value:.3f}")
    print(f"{found.agreeing} of {found.rows} rows predicted alike; probabilities change by {found.mean_change:.4f}")
    print(f"right in both {found.both_right}, only before {found.only_first_right}, only now {found.only_second_right}")


if __name__ == "__main__":
    run(main)
