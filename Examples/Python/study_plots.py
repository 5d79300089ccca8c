"""The study in pictures."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np


def plot_impact(results, path, title):
    """Each layer's neurons in ascending order of effect; the red line is no change."""
    layers = np.unique(results["layer"])
    figure, axes = plt.subplots(1, len(layers), figsize=(6.4 * len(layers), 4.2), squeeze=False, layout="constrained")
    for axis, layer in zip(axes[0], layers, strict=True):
        effects = 100 * np.sort(results["effect"][results["layer"] == layer])
        axis.plot(np.arange(1, len(effects) + 1), effects, marker="." if len(effects) < 100 else "", color="tab:blue")
        axis.axhline(0, color="red", linewidth=1)
        axis.set(title=f"layer {layer}: {len(effects)} neurons", xlabel="neurons, sorted")
        axis.grid(alpha=0.3)
    axes[0][0].set_ylabel("accuracy change, percentage points")
    figure.suptitle(title)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_weights(model, results, image, path):
    """Incoming weights as images, of a first-layer neuron that hurts most and one that helps most when ablated."""
    first = np.flatnonzero(results["layer"] == 0)
    effects = results["effect"][first]
    chosen = [(first[np.argmin(effects)], "most needed"), (first[np.argmax(effects)], "least needed")]
    weights = model.layers[0].weights
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    for axis, (index, words) in zip(axes, chosen, strict=True):
        values = weights[results["unit"][index]].reshape(image)
        limit = np.abs(values).max()
        picture = axis.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
        effect = 100 * results["effect"][index]
        axis.set(title=f"neuron {results['unit'][index]}: {words} ({effect:+.2f} points)", xticks=[], yticks=[])
        figure.colorbar(picture, ax=axis, shrink=0.8)
    figure.suptitle("Incoming weights, layer 0")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_confusions(sweep, results, worst, names, path):
    """Before and after the neuron that hurts most is ablated."""
    figure, axes = plt.subplots(1, 2, figsize=(12, 5.6), layout="constrained")
    after = f"layer {results['layer'][worst]}, neuron {results['unit'][worst]} ablated"
    for axis, matrix, words in [(axes[0], sweep.confusion(), "intact"), (axes[1], sweep.confusion(worst), after)]:
        share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
        axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(matrix):
            if count:
                colour = "white" if share[row, column] > 0.5 else "black"
                axis.text(column, row, count, ha="center", va="center", fontsize=8, color=colour)
        ticks = np.arange(len(names))
        axis.set(title=words, xlabel="prediction", ylabel="label", xticks=ticks, yticks=ticks, yticklabels=names)
        axis.set_xticklabels(names, rotation=45 if len(max(names, key=len)) > 2 else 0)
    figure.savefig(path, dpi=120)
    plt.close(figure)
