"""The kernels of a channel as small images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..layers import Layer

# Rows and columns of a picture of kernels, gaps included.
SIDE = 64


def strongest(weights: Any, side: int = SIDE) -> Any:
    """The input channels whose kernels are drawn, ascending: all, or those of the largest norm if they are many.

    `weights` are [inputs, height, width]; kernels and the gaps between them have room in `side` rows and columns.
    """
    count, height, width = weights.shape
    room = max(1, (side + 1) // (height + 1)) * max(1, (side + 1) // (width + 1))
    norms = np.square(weights.astype(float)).sum(axis=(1, 2))
    return np.sort(np.argsort(-norms, kind="stable")[: min(count, room)])


def side_by_side(weights: Any, side: int = SIDE) -> Any:
    """Kernels [inputs, height, width] as one matrix, row by row; NaN between them and where there is none."""
    count, height, width = weights.shape
    across = columns_of(count, width, side)
    down = math.ceil(count / across)
    matrix = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for place, kernel in enumerate(weights):
        top, left = place // across * (height + 1), place % across * (width + 1)
        matrix[top : top + height, left : left + width] = kernel
    return matrix


def number_kernels(ax: Axes, numbers: list[int], height: int, width: int) -> None:
    """The number of the input channel in a corner of each kernel, as large as the kernel is wide, if not too large."""
    from matplotlib.patheffects import withStroke

    across = columns_of(len(numbers), width)
    # Points that a kernel is wide in a figure of our own.
    wide = 240 * width / (across * (width + 1) - 1)
    size = min(8.0, wide / len(str(numbers[-1])))
    outline = [withStroke(linewidth=size / 5, foreground="white")]
    for place, number in enumerate(numbers):
        left, top = place % across * (width + 1) - 0.45, place // across * (height + 1) - 0.45
        ax.text(left, top, str(number), va="top", fontsize=size, color=_canvas.INK, path_effects=outline)


def columns_of(count: int, width: int, side: int = SIDE) -> int:
    """How many kernels are side by side."""
    return min(max(1, (side + 1) // (width + 1)), math.ceil(math.sqrt(count)))


def plot_kernels(layer: Layer, unit: int, weights: Any, ax: Axes | None) -> Axes:
    """The kernels of a channel, [inputs, height, width], an image for each input channel."""
    chosen = strongest(weights)
    matrix, most = side_by_side(weights[chosen]), _canvas.limit(weights)
    made = _canvas.picture_axes(ax, matrix, above=0.8 if len(weights) > 1 else 0.5)
    picture = made.imshow(matrix, cmap=_canvas.SIGNED, vmin=-most, vmax=most)
    _canvas.colour_bar(made, picture, "weight")
    inputs = f"{len(chosen)} largest of {len(weights)} kernels" if len(chosen) < len(weights) else "kernels"
    inputs += ", numbered by input channel" + ("" if layer.groups == 1 else " of the group")
    if len(weights) > 1:
        number_kernels(made, chosen.tolist(), *weights.shape[1:])
    made.set(xticks=[], yticks=[], xlabel=inputs if len(weights) > 1 else "")
    made.set_title(f"kernels of {_canvas.layer_name(layer)}, unit {unit}")
    return made
