"""Curves of what is left while units go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .._curves import Curves
    from .._pruning import PruningCurve
    from ..dissection import Dissection
    from ..elimination import Elimination


def plot_curves(curves: Curves, ax: Axes | None, label: str | None, orders: bool) -> Axes:
    """The mean accuracy over orders, with one standard deviation to both sides."""
    made = _canvas.axes(ax)
    points = curves.points
    count = len(curves.accuracies)
    marker = "." if len(points) <= 60 else ""
    (line,) = made.plot(points, 100 * curves.means, color=next_colour(made), marker=marker, label=label)
    if orders and count > 1:
        made.plot(points, 100 * curves.accuracies.T, color=line.get_color(), linewidth=0.6, alpha=0.4)
    elif count > 1:
        low, high = curves.means - curves.deviations, curves.means + curves.deviations
        made.fill_between(points, 100 * low, 100 * high, color=line.get_color(), alpha=0.2, linewidth=0)
    made.set(xlabel="units ablated", ylabel="accuracy, %")
    if count > 1 and ax is None:
        spread = "each order" if orders else "± 1 standard deviation"
        made.set_title(f"mean over {count} orders, {spread}")
    made.grid(True, alpha=0.3)
    _canvas.whole_numbers(made.xaxis)
    if label:
        made.legend()
    return made


def next_colour(ax: Axes) -> str:
    """A colour that differs from those of the curves that are there already."""
    used = len([line for line in ax.lines if not str(line.get_label()).startswith("_")])
    return _canvas.COLOURS[used % len(_canvas.COLOURS)]


def plot_elimination(elimination: Elimination, ax: Axes | None, label: str | None) -> Axes:
    """What was left after each step of a greedy elimination."""
    made = _canvas.axes(ax)
    is_error = elimination.figure == "squared_error"
    steps = np.arange(len(elimination) + 1)
    curve = np.concatenate([[elimination.intact], elimination.curve]) * (1 if is_error else 100)
    marker = "." if len(steps) <= 60 else ""
    made.plot(steps, curve, color=next_colour(made), marker=marker, label=label)
    made.set(xlabel="units ablated", ylabel="mean squared error" if is_error else "accuracy, %")
    if ax is None:
        name = f" ({_canvas.plain(elimination.layer_name)})" if elimination.layer_name else ""
        made.set_title(f"greedy elimination, layer {elimination.layer}{name}")
    made.grid(True, alpha=0.3)
    _canvas.whole_numbers(made.xaxis)
    if label:
        made.legend()
    return made


def plot_pruning(curve: PruningCurve, ax: Axes | None) -> Axes:
    """Accuracy against the number of pruned units, a line for each compensation."""
    made = _canvas.axes(ax)
    for number, (name, accuracies) in enumerate(curve.accuracies.items()):
        colour, style = _canvas.COLOURS[number % len(_canvas.COLOURS)], ("-", "--", "-.", ":")[number % 4]
        made.plot(curve.pruned, 100 * accuracies, style, color=colour, marker=".", label=name.replace("_", " "))
    made.set(xlabel="units pruned", ylabel="accuracy, %")
    made.grid(True, alpha=0.3)
    _canvas.whole_numbers(made.xaxis)
    made.legend(title="made up for by")
    return made


def plot_dissection(found: Dissection, ax: Axes | None, place: int | None) -> Axes:
    """Balanced accuracies without the first units and with them alone, of one class or in the mean over all."""
    made = _canvas.axes(ax)
    places = slice(None) if place is None else slice(place, place + 1)
    tables = {"without the first units": found.without_top, "with them alone": found.top_only}
    for (name, table), colour in zip(tables.items(), _canvas.COLOURS):
        made.plot(found.counts, 100 * mean(table[places]), color=colour, marker=".", label=name)
    intact = float(mean(found.intact[places, np.newaxis])[0])
    made.axhline(100 * intact, color=_canvas.QUIET, linewidth=0.8, linestyle="--", label="intact")
    made.set(xlabel=f"units of layer {found.layer}", ylabel="balanced accuracy, %")
    if ax is None:
        whose = f"mean over {len(found.labels)} classes" if place is None else f"class {found.labels[place]}"
        made.set_title(_canvas.plain(whose))
    made.grid(True, alpha=0.3)
    _canvas.whole_numbers(made.xaxis)
    made.legend()
    return made


def mean(table: Any) -> Any:
    """The mean over classes that have rows; NaN if none has."""
    known = ~np.isnan(table)
    with np.errstate(invalid="ignore"):
        return np.where(known, table, 0).sum(axis=0) / known.sum(axis=0)
