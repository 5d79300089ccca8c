"""Rows and weights as images."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._arrays import numbers
from .._brief import brief
from .._labels import indices
from .._numbers import whole
from . import _canvas
from .kernels import plot_kernels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .._sweep import Sweep
    from ..model import Model

Shape = tuple[int, ...]


def image_shape(model: Model, shape: Any, width: int, layer: int = 0) -> Shape | None:
    """The shape of an image of so many values: the one given, or that of the model's input; None if it is none.

    (rows, columns), or (channels, rows, columns).
    """
    if shape is not None:
        given = tuple(whole("shape", length, 1) for length in shape) if isinstance(shape, Iterable) else ()
        if len(given) not in (2, 3) or math.prod(given) != width:
            raise ValueError(
                f"shape is (rows, columns) or (channels, rows, columns), of {width} values in all, not {brief(shape)}"
            )
        return given
    declared = model.input_shape
    if layer or len(declared) not in (2, 3) or math.prod(declared) != width or min(declared[-2:]) < 2:
        return None
    return declared


def as_picture(values: Any, shape: Shape | None) -> Any:
    """Values as a matrix: an image, its channels side by side, or one row if they are no image."""
    if shape is None:
        return np.reshape(values, (1, -1))
    if len(shape) == 2:
        return np.reshape(values, shape)
    return np.concatenate(list(np.reshape(values, shape)), axis=1)


def plot_weights(model: Model, layer: Any, unit: int, ax: Axes | None, shape: Any) -> Axes:
    """The incoming weights of a unit: as an image, of a channel its kernels, or one after the other."""
    from .._selection import index

    described = model.layers[layer]
    number = index(unit, described.units, f"unit of layer {described.number}")
    weights = described.weights[number]
    if weights.ndim == 3 and weights[0].size > 1 and shape is None:
        return plot_kernels(described, number, weights, ax)
    weights = weights.reshape(-1)
    found = image_shape(model, shape, weights.size, described.number)
    picture = as_picture(weights, found)
    made = _canvas.axes(ax) if found is None else _canvas.picture_axes(ax, picture)
    made.set_title(f"weights into {_canvas.unit_name(model.layers, described.number, number)}")
    if found is None:
        made.axhline(0, color=_canvas.INK, linewidth=1, label="_zero")
        marker = "." if len(weights) <= 120 else ""
        made.plot(np.arange(len(weights)), weights, color=_canvas.BELOW, linewidth=1, marker=marker)
        made.set(xlabel="input", ylabel="weight")
        made.grid(axis="y", alpha=0.3)
        return made
    most = _canvas.limit(weights)
    drawn = made.imshow(picture, cmap=_canvas.SIGNED, vmin=-most, vmax=most)
    _canvas.colour_bar(made, drawn, "weight")
    made.set(xticks=[], yticks=[])
    if len(found) == 3 and found[0] > 1:
        made.set_xlabel(f"{found[0]} channels side by side")
    return made


def as_image(row: Any, shape: Shape) -> Any:
    """A row as imshow takes it: a matrix, or [rows, columns, 3] from three channels, 0 to 1 as the row's own range."""
    if len(shape) == 3 and shape[0] == 3:
        colours = np.moveaxis(np.reshape(row, shape), 0, -1).astype(float)
        low, high = np.nanmin(colours), np.nanmax(colours)
        return (colours - low) / (high - low if high > low else 1.0)
    return as_picture(row, shape)


def plot_changed_rows(
    sweep: Sweep, X: Any, key: Any, y: Any, shape: Any, which: str, count: int, columns: int
) -> Figure:
    """The rows whose prediction an item changes, as images with what they are predicted as before and after."""
    from .matrices import item_name

    count, columns = whole("count", count, 1), whole("columns", columns, 1)
    rows = np.asarray(numbers(X, "X")).reshape(len(X), -1)
    found = image_shape(sweep.model, shape, sweep.model.input_width)
    if found is None:
        declared = sweep.model.input_shape
        raise ValueError(f"the model takes rows of shape {declared}, which are no images: pass shape=(rows, columns)")
    changes = changed_by(sweep, rows, key, y, which)[:count]
    if not changes:
        raise ValueError(f"no row is {which if which != 'changed' else 'predicted differently'} by this item")
    down = -(-len(changes) // columns)
    across = min(columns, len(changes))
    figure, made = _canvas.panels(down, across, 1.35 * across + 0.3, 1.95 * down + 0.5)
    for ax in made.flat[len(changes) :]:
        ax.set_axis_off()
    for ax, change in zip(made.flat, changes):
        ax.imshow(as_image(rows[change["row"]], found), cmap=_canvas.PIXELS)
        ax.set(xticks=[], yticks=[])
        before, after = (_canvas.plain(change[name], 12) for name in ("before", "after"))
        between = " → " if len(before) + len(after) < 12 else " →\n"
        lines = [f"row {change['row']}", f"{before}{between}{after}"]
        colour = _canvas.INK
        if y is not None:
            lines.insert(1, f"label {_canvas.plain(change['label'], 12)}")
            colour = {-1: _canvas.BELOW, 0: _canvas.INK, 1: _canvas.ABOVE}[change["sign"]]
        ax.set_title("\n".join(lines), fontsize=8, color=colour)
    colours = "" if y is None else "\nblue: made wrong, orange: made right"
    figure.suptitle(f"{item_name(sweep, key)}: intact → ablated{colours}", fontsize=10)
    return figure


def changed_by(sweep: Sweep, rows: Any, key: Any, y: Any, which: str) -> list[dict[str, Any]]:
    """What is known of each row that an item changes: its number, prediction before and after, label and sign.

    The sign is -1 for a row that is lost, 1 for one that is gained.
    """
    signs = {"changed": (-1, 0, 1), "lost": (-1,), "gained": (1,)}
    if which not in signs:
        raise ValueError(f"rows are changed, lost or gained, not {brief(which)}")
    if which != "changed" and y is None:
        raise ValueError(f"which rows are {which} follows from the labels: pass y")
    if "changed_rows" not in sweep.metrics:
        raise ValueError('the sweep did not keep changed rows: make it with metrics=["confusion", "changed_rows"]')
    places = sweep.changed_rows(key)
    if len(places) and places[-1] >= len(rows):
        raise ValueError(f"the sweep changed row {places[-1]}; X has {len(rows)}: pass the rows that were swept, all")
    classes = sweep.model.classes
    labels = None if y is None or classes is None else classes[indices(y, classes, len(rows))]
    if not len(places):
        return []
    before = sweep.model.predict(rows[places])
    # A resampled value depends on the number of the row.
    resampled = sweep.replacement.kind == "resample"
    ablated = sweep.ablation(key)
    after = ablated.predict(rows[: places[-1] + 1])[places] if resampled else ablated.predict(rows[places])
    changes = []
    for row, first, second in zip(places.tolist(), before.tolist(), after.tolist()):
        label = None if labels is None else labels[row].item()
        sign = 0 if labels is None else int(second == label) - int(first == label)
        if sign in signs[which]:
            changes.append({"row": row, "before": first, "after": second, "label": label, "sign": sign})
    return changes
