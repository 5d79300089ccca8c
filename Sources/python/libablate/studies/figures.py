"""Figures that only the studies need. They are made without pyplot: a notebook's own figures stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arrays import Counts

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new(width: float, height: float) -> Figure:
    """An empty figure, in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def confusions_beside(matrices: Sequence[tuple[str, Counts, Counts]]) -> Figure:
    """Pairs of confusion matrices, the published ones above ours; [(title, published, ours)], row = label."""
    columns = (len(matrices) + 1) // 2
    figure = new(2.1 * columns, 9.2)
    grid: Any = figure.subplots(4, columns, squeeze=False)
    for axis in grid.ravel():
        axis.set_axis_off()
    for place, (title, theirs, ours) in enumerate(matrices):
        row, column = 2 * (place // columns), place % columns
        for axis, matrix, whose in ((grid[row][column], theirs, "published"), (grid[row + 1][column], ours, "here")):
            draw_confusion(axis, matrix)
            axis.set_title(f"{title}\n{whose}" if whose == "published" else whose, fontsize=9)
    return figure


def draw_confusion(axis: Any, matrix: Counts) -> None:
    """A confusion matrix with its counts, shaded by the fraction of its row."""
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axis.set_axis_on()
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            colour = "white" if share[row, column] > 0.5 else "black"
            axis.text(column, row, count, ha="center", va="center", fontsize=8, color=colour)
    axis.set(xticks=range(len(matrix)), yticks=range(len(matrix)))


def impacts(sweep: Any, title: str) -> Figure:
    """Each layer's units in ascending order of their effect on accuracy; the red line is no change."""
    layers = np.unique(sweep["layer"])
    figure = new(6.4 * len(layers), 4.2)
    for axis, layer in zip(np.atleast_1d(np.array(figure.subplots(1, len(layers)))), layers):
        effects = np.sort(sweep["effect"][sweep["layer"] == layer])
        axis.plot(np.arange(1, len(effects) + 1), 100 * effects, marker=".", markersize=3, linewidth=1)
        axis.axhline(0, color="red", linewidth=1)
        axis.set(title=f"layer {layer}: {len(effects)} neurons", xlabel="neurons, sorted")
        axis.set_ylabel("accuracy change, percentage points")
        axis.grid(alpha=0.3)
    figure.suptitle(title)
    return figure


def picture(values: Any, shape: Sequence[int]) -> Any:
    """Values as an image: of colours their mean."""
    image = np.asarray(values).reshape(shape)
    return image.mean(axis=2) if image.ndim == 3 else image


def image_of(values: Any, shape: Sequence[int], title: str) -> Figure:
    """Signed values as an image, red above and blue below 0."""
    figure = new(5, 4.2)
    axis = figure.subplots()
    image = picture(values, shape)
    limit = float(np.abs(image).max()) or 1.0
    drawn = axis.imshow(image, cmap="RdBu_r", vmin=-limit, vmax=limit)
    axis.set(title=title, xticks=[], yticks=[])
    figure.colorbar(drawn, ax=axis, shrink=0.8)
    return figure


def gallery(rows: Any, shape: Sequence[int], titles: Sequence[str]) -> Figure:
    """Rows as images, four in a line."""
    lines = max(1, (len(titles) + 3) // 4)
    figure = new(7.2, 2.3 * lines)
    axes: Any = figure.subplots(lines, 4, squeeze=False)
    for axis in axes.ravel():
        axis.set_axis_off()
    for axis, row, title in zip(axes.ravel(), rows, titles):
        axis.imshow(np.asarray(row).reshape(shape), cmap="gray_r" if len(shape) == 2 else None, vmin=0, vmax=1)
        axis.set_title(title, fontsize=9)
    return figure


def synapse_impacts(effects: Any, shape: Sequence[int]) -> Figure:
    """The effects of a unit's synapses, sorted, and as an image of its inputs."""
    figure = new(10, 4)
    left, right = figure.subplots(1, 2)
    left.plot(np.arange(1, len(effects) + 1), 100 * np.sort(effects), marker=".", markersize=3, linewidth=1)
    left.axhline(0, color="red", linewidth=1)
    left.set(xlabel="synapses, sorted", ylabel="accuracy change, percentage points")
    left.grid(alpha=0.3)
    image = 100 * picture(effects, shape)
    limit = float(np.abs(image).max()) or 1.0
    drawn = right.imshow(image, cmap="RdBu_r", vmin=-limit, vmax=limit)
    right.set(xticks=[], yticks=[], title="by input, percentage points")
    figure.colorbar(drawn, ax=right, shrink=0.8)
    return figure


def heat_map(means: Any, leading: Any, classes: Sequence[str]) -> Figure:
    """Mean activations [units, classes] as a map; the leading unit of each class is framed."""
    from matplotlib.patches import Rectangle

    figure = new(7.5, 5.5)
    axis = figure.subplots()
    drawn = axis.imshow(means, cmap="viridis", aspect="auto")
    for label, unit in enumerate(leading):
        axis.add_patch(Rectangle((label - 0.5, unit - 0.5), 1, 1, fill=False, edgecolor="red", linewidth=2))
    axis.set(xlabel="class", ylabel="hidden neuron", xticks=range(len(classes)), yticks=range(len(means)))
    axis.set_xticklabels(classes, rotation=45 if len(max(classes, key=len)) > 2 else 0)
    figure.colorbar(drawn, ax=axis, label="mean activation")
    return figure


def bars(examples: Sequence[tuple[str, Any]]) -> Figure:
    """The activations of a layer for single rows, a small chart for each; the largest is red."""
    figure = new(11, 4.6)
    axes: Any = figure.subplots(2, (len(examples) + 1) // 2, squeeze=False, sharey=True)
    for axis in axes.ravel()[len(examples) :]:
        axis.set_axis_off()
    for axis, (title, values) in zip(axes.ravel(), examples):
        colours = ["tab:red" if value == max(values) else "tab:blue" for value in values]
        axis.bar(range(len(values)), values, color=colours)
        axis.set(title=title, xticks=range(len(values)))
    figure.supxlabel("hidden neuron")
    figure.supylabel("activation")
    return figure


def curve_panels(panels: Sequence[tuple[str, dict[str, Any]]], title: str) -> Figure:
    """Curves of accuracy, a panel for each (title, {order: Curves}); several orders as mean and deviation."""
    figure = new(10.5, 7.5)
    axes: Any = figure.subplots(2, 2, sharex=True, sharey=True)
    for axis, (words, found) in zip(axes.ravel(), panels):
        for name, curve in found.items():
            style = {"color": "gray", "linestyle": "--"} if len(curve.accuracies) > 1 else {}
            axis.plot(curve.points, curve.means, label=name, **style)
            if len(curve.accuracies) > 1:
                low, high = curve.means - curve.deviations, curve.means + curve.deviations
                axis.fill_between(curve.points, low, high, color="gray", alpha=0.25)
        axis.set(title=words, ylim=(0, 1))
        axis.grid(alpha=0.3)
    axes[0][0].legend()
    figure.supxlabel("neurons gone")
    figure.supylabel("test accuracy")
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
