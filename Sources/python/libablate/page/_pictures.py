"""Images and weights as bytes: what a page can hold a few thousand of."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from ..plots.images import Shape, as_picture
from ..plots.kernels import side_by_side, strongest

# An image of more rows or columns is averaged to fewer.
SIDE = 64
# Of a unit whose inputs are no image, the weights of the largest size.
BARS = 60


def encoded(array: Any) -> str:
    """Bytes as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def smaller(picture: Any, side: int = SIDE) -> Any:
    """A picture [rows, columns] or [rows, columns, 3] averaged in blocks, to `side` rows and columns at most."""
    for axis in (0, 1):
        length = picture.shape[axis]
        if length > side:
            starts = np.arange(0, length, -(-length // side))
            sizes = np.diff(np.append(starts, length)).reshape([-1 if a == axis else 1 for a in range(picture.ndim)])
            picture = np.add.reduceat(picture, starts, axis=axis) / sizes
    return picture


def row_picture(row: Any, shape: Shape) -> Any:
    """A row as floats [rows, columns], or [rows, columns, 3] from three channels."""
    if len(shape) == 3 and shape[0] == 3:
        return smaller(np.moveaxis(np.reshape(row, shape), 0, -1).astype(float))
    return smaller(np.asarray(as_picture(row, shape), float))


def shades(picture: Any, low: float, high: float) -> Any:
    """Values from low to high as bytes."""
    scaled = (np.nan_to_num(picture, nan=low) - low) / (high - low if high > low else 1.0)
    return np.clip(np.rint(255 * scaled), 0, 255).astype(np.uint8)


def weight_picture(weights: Any, shape: Shape) -> dict[str, Any]:
    """Weights as an image: signed bytes, -127 to 127, of which `limit` is the largest."""
    return signed_bytes(smaller(np.asarray(as_picture(weights, shape), float)))


def kernel_picture(weights: Any) -> dict[str, Any]:
    """The kernels of a channel, [inputs, height, width], side by side; those of the largest norm if they are many."""
    chosen = strongest(weights, SIDE)
    drawn = signed_bytes(side_by_side(weights[chosen], SIDE))
    return {**drawn, "kernels": len(chosen), "of": len(weights)}


def signed_bytes(picture: Any) -> dict[str, Any]:
    """Values as bytes; nothing is 0."""
    finite = np.nan_to_num(picture, nan=0.0, posinf=0.0, neginf=0.0)
    limit = float(np.abs(finite).max())
    values = np.rint(127 * finite / (limit or 1.0)).astype(np.int8)
    return {"rows": picture.shape[0], "columns": picture.shape[1], "limit": limit, "bytes": encoded(values)}


def weight_bars(weights: Any) -> dict[str, Any]:
    """The weights of the largest size in the order of their inputs, and how many there are in all."""
    chosen = np.sort(np.argsort(-np.abs(weights), kind="stable")[:BARS])
    return {"inputs": chosen.tolist(), "values": [number(weights[place]) for place in chosen], "of": len(weights)}


def number(value: Any, digits: int = 5) -> float | None:
    """A number with few digits; None for what JSON has no word for."""
    return float(f"{float(value):.{digits}g}") if np.isfinite(value) else None
