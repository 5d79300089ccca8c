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
