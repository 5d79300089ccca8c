"""What is between the layers of Keras, and in which order the model has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ._stack import Stack


@dataclass(frozen=True)
class Value:
    """What a layer gives.

    Keras has it in the order of `shape`, which is that of an image [height, width, channels], flattened or not; the
    model has the image as [channels, height, width].
    """

    point: int
    # Without the axis of the rows.
    shape: tuple[int, ...]
    grid: tuple[int, int, int]
    # Zeros that are in the grid and not at the point: (top, left, bottom, right).
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def positions(self) -> int:
        """Of the image."""
        return self.grid[0] * self.grid[1]

    @property
    def is_reordered(self) -> bool:
        """Whether the order is another one than in Keras."""
        return self.positions > 1 and self.grid[2] > 1

    def behind(self, stack: Stack, channels: int, positions: tuple[int, int] | None = None) -> Value:
        """The image that the step just added made of this one."""
        height, width = self.grid[:2] if positions is None else positions
        grid = (height, width, channels)
        return Value(stack.source, grid[3 - len(self.shape) :], grid)

    def as_in_model(self, values: Any) -> Any:
        """One thing for each value, by their first axis, from Keras' order to the model's."""
        order = np.arange(len(values)).reshape(self.grid)
        return values[np.moveaxis(order, 2, 0).ravel()]


def array(variable: Any) -> Any:
    """Weights as float64, of whatever type and on whatever device they are."""
    if hasattr(variable, "detach"):
        variable = variable.detach().cpu().float()
    return np.asarray(variable.numpy() if hasattr(variable, "numpy") else variable, np.float64)


def called(layer: Any) -> str:
    """How errors call a layer."""
    return f"layer {layer.name!r} ({type(layer).__name__})"


def refuse(layer: Any, what: str) -> UnsupportedError:
    """The error for a layer in a way that is not known."""
    return UnsupportedError(f"{called(layer)} {what}")
