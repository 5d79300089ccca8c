"""Figures of the studies: the library's own pictures side by side, and what only the studies draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arrays import Counts
from ..plots import _canvas
from ..plots.matrices import draw_counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .._curves import Curves
    from .._profile import Profile
    from .._sweep import Sweep
    from ..model import Model


def new(width: float, height: float) -> Figure:
    """An empty figure, in inches. pyplot does not know of it: a notebook shows it when it is asked to."""
    _canvas.pyplot()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def confusions_beside(matrices: Sequence[tuple[str, Counts, Counts]], classes: list[str]) -> Figure:
    """Pairs of confusion matrices, the published ones above ours; [(title, published, ours)], row = label."""
    columns = (len(matrices) + 1) // 2
    figure = new(2.4 * columns, 10.5)
    grid: Any = figure.subplots(4, columns, squeeze=False)
    for place, (title, theirs, ours) in enumerate(matrices):
        row, column = 2 * (place // columns), place % columns
        for axis, matrix, whose in ((grid[row][column], theirs, "published"), (grid[row + 1][column], ours, "here")):
            draw_counts(axis, matrix, classes)
            axis.set(xlabel="", ylabel="")
            axis.set_title(f"{title}\n{whose}" if whose == "published" else whose, fontsize=9)
    return figure


def impacts(sweep: Sweep, title: str) -> Figure:
    """Each layer's units in ascending order of their effect on accuracy."""
    layers = np.unique(sweep["layer"]).tolist()
    figure = new(6.4 * len(layers), 4.2)
    for axis, layer in zip(np.ravel(np.array(figure.subplots(1, len(layers)))), layers):
        sweep.plot(axis, layer=layer)
    figure.suptitle(title)
    return figure


def weights(model: Model, unit: int, shape: Sequence[int]) -> Figure:
    """The incoming weights of a unit of the first layer."""
    figure = new(3.4 + 1.6 * len(shape), 4.2)
    model.plot_weights(0, unit, figure.subplots(), shape=shape)
    return figure


def synapse_impacts(sweep: Sweep, unit: int, shape: Sequence[int]) -> Figure:
    """The effects of the synapses of a unit of the first layer, sorted, and each in its place in the image."""
    figure = new(7 + 1.6 * len(shape), 4)
    left, right = figure.subplots(1, 2)
    sweep.plot(left)
    sweep.plot_map(right, unit=(0, unit), shape=shape)
    return figure


def dominance(profile: Profile) -> Figure:
    """The mean activations of the hidden units by class, with the unit that dominates each."""
    figure = new(7.5, 5.5)
    profile.plot(0, figure.subplots())
    return figure


def examples(rows: Sequence[tuple[str, Any]]) -> Figure:
    """The activations of a layer for single rows, a small chart for each; the largest is orange."""
    figure = new(11, 4.6)
    axes: Any = figure.subplots(2, (len(rows) + 1) // 2, squeeze=False, sharey=True)
    for axis in axes.ravel()[len(rows) :]:
        axis.set_axis_off()
    for axis, (title, values) in zip(axes.ravel(), rows):
        colours = [_canvas.ABOVE if value == max(values) else _canvas.BELOW for value in values]
        axis.bar(range(len(values)), values, color=colours)
        axis.set(title=title, xticks=range(len(values)))
    figure.supxlabel("hidden neuron")
    figure.supylabel("activation")
    return figure


def curve_panels(panels: Sequence[tuple[str, dict[str, Curves]]], title: str) -> Figure:
    """Curves of accuracy, a panel for each (title, {order: curves})."""
    figure = new(10.5, 7.5)
    axes: Any = figure.subplots(2, 2, sharex=True, sharey=True)
    for axis, (words, found) in zip(axes.ravel(), panels):
        for name, curve in found.items():
            curve.plot(axis, label=name)
        axis.set(title=words, ylim=(0, 100))
    figure.suptitle(title)
    return figure


def violins(measures: dict[str, list[Any]]) -> Figure:
    """Distributions of measures, a panel for each, with a violin for each layer."""
    figure = new(10, 3.8)
    for axis, (name, layers) in zip(figure.subplots(1, len(measures)), measures.items()):
        axis.violinplot(layers, showmedians=True)
        axis.set(title=name, xticks=range(1, len(layers) + 1), ylabel="bits")
        axis.set_xticklabels([f"layer {number + 1}" for number in range(len(layers))])
        axis.grid(alpha=0.3)
    return figure


def probabilities(curves: Mapping[str, Any], title: str) -> Figure:
    """The probability of the class as units go, a curve over the share of units that are gone for each order."""
    figure = new(6.8, 4.2)
    axis = figure.subplots()
    for number, (name, curve) in enumerate(curves.items()):
        gone = 100 * np.arange(len(curve)) / (len(curve) - 1)
        axis.plot(gone, curve, label=name, color=_canvas.COLOURS[number % len(_canvas.COLOURS)])
    axis.set(title=title, xlabel="units gone, %", ylabel="probability of the class, median", ylim=(0, 1.02))
    axis.grid(alpha=0.3)
    axis.legend(title="first to go")
    return figure
