"""Curves of what is left while units go, one after the other."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from ctypes import byref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _declarations as c
from . import _labels, _selection, _tables
from ._arrays import Counts, Matrix, pointer, some_rows
from ._brief import brief
from ._frames import data_frame
from ._library import library
from ._numbers import places, thread_count
from ._plain import document
from ._progress import Progress, Watch
from ._runs import expect_classifier, expect_model
from ._selection import Units
from ._wording import counted
from .errors import check
from .layers import Layers
from .model import Model
from .replacement import Replacing, replacement_of

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class Curves:
    """Accuracies while units go, see :func:`curves`.

    Attributes
    ----------
    accuracies : float64 array, [orders, points]
    points : int64 array, [points]
        How many units are gone.
    means, deviations : float64 array, [points]
        Over orders; the sample standard deviation, NaN for one order.
    areas : float64 array, [orders]
        Under each curve, by trapezoids over the units that are gone, from the first point to the last, which count as 0
        and 1: the mean accuracy over that stretch. NaN for one point.
    """

    accuracies: Matrix
    points: Counts
    means: Matrix
    deviations: Matrix
    areas: Matrix

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each order and point: order, removed, accuracy."""
        orders, points = self.accuracies.shape
        numbers, removed = np.repeat(np.arange(orders), points), np.tile(self.points, orders)
        return data_frame({"order": numbers, "removed": removed, "accuracy": self.accuracies.ravel()})

    def plot(self, ax: Axes | None = None, *, label: str | None = None, orders: bool = False) -> Axes:
        """Draws the mean accuracy over orders, with one standard deviation to both sides, by matplotlib.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Those of other curves, to compare them; by default those of a new figure.
        label : str, optional
            The name in a legend.
        orders : bool
            Each order as a thin line, in place of the deviation.

        Returns
        -------
        matplotlib axes
            Accuracy in percent.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> orders = [libablate.order_at_random(model, {0: "all"}, seed) for seed in range(3)]
        >>> libablate.curves(model, np.eye(2), [0, 1], orders).plot(label="at random").lines[0].get_xdata().tolist()
        [0, 1, 2]
        """
        from .plots import curves

        return curves.plot_curves(self, ax, label, orders)

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None."""
        return document(
            {name: getattr(self, name) for name in ("points", "accuracies", "means", "deviations", "areas")}
        )

    def __repr__(self) -> str:
        orders, points = self.accuracies.shape
        head = f"Curves of {counted(orders, 'order')} at {counted(points, 'point')}, mean area {self.areas.mean():.4f}"
        names = ["removed", "accuracy"] + ["deviation"] * (orders > 1)
        columns = [column.tolist() for column in (self.points, self.means, self.deviations)]
        rows = [[column[place] for column in columns[: len(names)]] for place in _tables.few(points)]
        return "\n".join([head, *_tables.lines(names, rows)])


def curves(
    model: Model,
    X: Any,
    y: Any,
    orders: Sequence[Units] | Units,
    *,
    points: Sequence[int] | None = None,
    replacement: Replacing = "zero",
    reference: Any = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Curves:
    """Removes the units of each order one after the other, and finds the accuracy after each.

    Parameters
    ----------
    model : Model
        A classifier with one class per row.
    X : array, [rows, ...]
        At least one row.
    y : array, [rows]
        Class labels as in `model.classes`.
    orders : list of orders, or one order
        Each a list of as many (layer, unit) pairs, as :func:`order_by_scores`, :func:`order_at_random`, `Sweep.order`,
        `Shapley.order` and `Elimination.order` make them; the first goes first. Units may be channels of convolutions,
        which go at all positions.
    points : list of int, optional
        The numbers of removed units at which to look, ascending; by default all from 0, the intact model, to all units
        of an order. They need not start at 0 nor reach the end: areas are over the stretch between the first and last.
    replacement, reference, threads, progress
        As for :func:`sweep`.

    Returns
    -------
    Curves

    Notes
    -----
    Which end of a figure comes first? The effect of a unit that is needed is negative (of a regression, whose effects
    are on the error, positive), so an order with the least needed unit in front starts with the highest effects:
    ``order_by_scores(model, units, effects, high_first=True)``. A Shapley value is what a unit contributes, so the
    lowest come first, as they do of norms and information, where little is taken for needless. `Sweep.order`,
    `Shapley.order` and `Elimination.order` know this: the least needed unit is in front; ``[::-1]`` turns them round.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.curves(model, np.eye(2), [0, 1], [[(0, 1), (0, 0)], [(0, 0), (0, 1)]]).accuracies.tolist()
    [[1.0, 0.5, 0.5], [1.0, 1.0, 0.5]]
    """
    expect_model(model)
    classes = expect_classifier(model, "curves are")
    x = some_rows(X, model)
    labels = _labels.indices(y, classes, len(x))
    pairs = [_selection.pairs(order, model.layers, name) for name, order in named(orders, model.layers)]
    if not pairs or not pairs[0]:
        raise ValueError("orders is a list of at least one order, of at least one unit")
    for number, order in enumerate(pairs):
        if len(order) != len(pairs[0]):
            raise ValueError(f"orders[{number}] has {len(order)} units and orders[0] {len(pairs[0])}: all have as many")
    looked = np.arange(len(pairs[0]) + 1, dtype=np.uintp) if points is None else places("points", points)
    struct, kept = replacement_of(replacement).described(model, reference, x)
    watch = Watch(progress, "curves", "runs")
    options = c.CurveOptions(
        replacement=ctypes.pointer(struct),
        threads=thread_count(threads, model.threads),
        progress=watch.callback,
        points=pointer(looked),
        point_count=len(looked),
    )
    flat = [unit for order in pairs for unit in order]
    units = (c.Unit * len(flat))(*(c.Unit(*unit) for unit in flat))
    out = np.empty((len(pairs), len(looked)), np.float64)
    with watch.work(len(x) * len(pairs)), watch.part(len(x) * len(pairs)):
        status = library.ablate_curves_run(
            model._handle, byref(options), units, len(pairs), len(pairs[0]), pointer(x), len(x), pointer(labels),
            pointer(out), out.size,
        )  # fmt: skip
    watch.raise_kept()
    check(status)
    del kept
    means, deviations, areas = np.empty(len(looked)), np.empty(len(looked)), np.empty(len(pairs))
    check(
        library.ablate_curves_summarize(
            pointer(out), len(pairs), pointer(looked), len(looked), pointer(means), pointer(deviations), pointer(areas)
        )
    )
    return Curves(out, looked.astype(np.int64), means, deviations, areas)


def named(orders: Any, layers: Layers) -> list[tuple[str, Any]]:
    """Orders, each with what errors call it: one that is there by itself is known by its first (layer, unit) pair."""
    if isinstance(orders, str) or not isinstance(orders, Iterable):
        raise TypeError(f"orders is a list of orders, not {brief(orders)}")
    if isinstance(orders, Mapping):
        known = {layer.name for layer in layers}
        strange = next((key for key in orders if isinstance(key, str) and key not in known), None)
        if strange is not None:
            raise TypeError(
                f"orders is a list of orders; a dictionary is one order, {{layer: units}}, and no layer is called "
                f"{strange!r}: pass orders that have names one by one"
            )
        return [("orders", orders)]
    found = _selection.listed(orders, "orders")
    try:
        _, unit = found[0]
        is_order = not isinstance(found[0], Mapping) and np.ndim(unit) == 0 and hasattr(unit, "__index__")
    except (IndexError, KeyError, TypeError, ValueError):
        is_order = False
    return [("orders", found)] if is_order else [(f"orders[{number}]", order) for number, order in enumerate(found)]
