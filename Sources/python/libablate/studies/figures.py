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
