"""Dissection: which units a class rests on, found on some rows and confirmed on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _labels, _tables
from ._arrays import Counts, Matrix, expect_some, finite_rows, rows
from ._balanced_accuracies import balanced_accuracies
from ._brief import brief
from ._frames import data_frame
from ._numbers import places
from ._plain import document
from ._progress import Progress
from ._runs import expect_classifier, expect_model
from ._wording import counted
from .ablation import Ablation
from .layers import LayerKey
from .model import Model
from .replacement import Reference, Replacing, replacement_of
from .sweeps import masks, sweep

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


# How many are printed of a dissection: classes, units in front of an order, and numbers of units.
PRINTED_CLASSES, PRINTED_UNITS, PRINTED_COUNTS = 10, 3, 3


@dataclass(frozen=True, repr=False)
class Dissection:
    """Which units of a layer classes rest on, see :func:`dissect`; accuracies are balanced, of one class against all.

    Attributes
    ----------
    layer : int
    labels : array, [classes]
        The classes that were looked at.
    counts : int64 array, [counts]
        Numbers of units.
    effects : float64 array, [units, classes]
        On the rows that units were ranked on: what removing a unit changes of each accuracy.
    orders : int64 array, [classes, units]
        The units of each class, the one it loses most by in front, the lower unit first among equals.
    intact : float64 array, [classes]
        On the other rows, as what follows.
    without_top : float64 array, [classes, counts]
        Without the first units of the order.
    top_only : float64 array, [classes, counts]
        With these units alone, all others of the layer ablated.
    """

    layer: int
    labels: Any
    counts: Counts
    effects: Matrix
    orders: Counts
    intact: Matrix
    without_top: Matrix
    top_only: Matrix

    def plot(self, ax: Axes | None = None, *, class_label: Any = None) -> Axes:
        """Draws balanced accuracies without the first units, and with them alone, by their number, with matplotlib.

        Parameters
        ----------
        ax : matplotlib axes, optional
        class_label : label, optional
            One of `labels`; by default the mean over all of them.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> found = libablate.dissect(model, np.eye(2), [0, 1], np.eye(2), [0, 1], layer=0, counts=[1, 2])
        >>> [(line.get_label(), line.get_ydata().tolist()) for line in found.plot(class_label=1).lines[:2]]
        [('without the first units', [50.0, 50.0]), ('with them alone', [100.0, 100.0])]
        """
        from .plots import curves

        place = None if class_label is None else _labels.index(class_label, self.labels, "class_label")
        return curves.plot_dissection(self, ax, place)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each class and number of units: label, count, intact, without_top, top_only."""
        return data_frame(self._columns())

    def _columns(self) -> dict[str, Any]:
        classes, counts = self.without_top.shape
        found = {"label": np.repeat(self.labels, counts), "count": np.tile(self.counts, classes)}
        found["intact"] = np.repeat(self.intact, counts)
        return {**found, "without_top": self.without_top.ravel(), "top_only": self.top_only.ravel()}

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None."""
        arrays = [field.name for field in fields(self) if field.name != "layer"]
        return document({"layer": self.layer, **{name: getattr(self, name) for name in arrays}})

    def __repr__(self) -> str:
        classes, units = self.orders.shape
        head = (
            f"Dissection of the {counted(units, 'unit')} of layer {self.layer} for "
            f"{counted(classes, 'class', 'classes')}: balanced accuracies without the first units, and with them alone"
        )
        places = _tables.few(len(self.counts), PRINTED_COUNTS)
        header = ["class", "first units", "intact"]
        header += [f"{what} {self.counts[place]}" for what in ("without", "only") for place in places]
        rows = []
        for row, label in enumerate(self.labels[:PRINTED_CLASSES].tolist()):
            first = ranking(self.orders[row], self.effects[:, row])
            figures = [float(table[row, place]) for table in (self.without_top, self.top_only) for place in places]
            rows.append([str(label), first, float(self.intact[row]), *figures])
        note = [f"... {classes - PRINTED_CLASSES} more: to_pandas()"] if classes > PRINTED_CLASSES else []
        return "\n".join([head, *_tables.lines(header, rows), *note])


def ranking(order: Counts, effects: Matrix) -> str:
    """The first units of an order, with "=" between those whose effect is the same."""
    text = str(order[0])
    for before, unit in zip(order[: PRINTED_UNITS - 1], order[1:PRINTED_UNITS]):
        text += f"{' =' if effects[before] == effects[unit] else ','} {unit}"
    if len(order) > PRINTED_UNITS:
        before, unit = order[PRINTED_UNITS - 1 : PRINTED_UNITS + 1]
        text += " = ..." if effects[before] == effects[unit] else ", ..."
    return text


def dissect(
    model: Model,
    X: Any,
    y: Any,
    X_test: Any,
    y_test: Any,
    layer: LayerKey,
    *,
    classes: Any = None,
    counts: Sequence[int] = (1, 2, 4, 8, 16, 20),
    replacement: Replacing = "zero",
    reference: Any = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Dissection:
    """Ranks the units of a layer for each class on some rows, and finds on others what the class is without, and with
    only, the first of them (Bau et al. 2020, arXiv 2009.05041).

    Parameters
    ----------
    model : Model
        A classifier with one class per row.
    X, y : array, [rows, ...] and [rows]
        The rows that units are ranked on, with labels as in `model.classes`: each unit of the layer is removed alone.
        Some are of each class that is looked at, and some are not.
    X_test, y_test : array, [rows, ...] and [rows]
        The rows that everything else is of; NaN for classes without any.
    layer : int, str or Layer
        A hidden layer.
    classes : list of labels, optional
        All by default.
    counts : list of int
        How many units to remove, and to keep; more than the layer has count as all.
    replacement, reference, threads, progress
        As for :func:`sweep`; mean draws from X by default.

    Returns
    -------
    Dissection

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> found = libablate.dissect(model, np.eye(2), [0, 1], np.eye(2), [0, 1], layer=0, counts=[1])
    >>> found.orders.tolist(), found.without_top.tolist(), found.top_only.tolist()
    ([[1, 0], [1, 0]], [[0.5], [0.5]], [[1.0], [1.0]])
    """
    expect_model(model)
    every = expect_classifier(model, "dissection is")
    described = model.layers[layer]
    if described.is_output:
        raise ValueError(
            f"layer {described.number} is the output layer, whose units are the classes: name a hidden one"
        )
    shown = chosen_classes(model, classes)
    sizes = np.unique(np.minimum(places("counts", counts), described.units)).astype(np.int64)
    X, y = labelled(model, X, y, "X", "y")
    expect_classes(y, every[shown], classes is None)
    X_test, y_test = labelled(model, X_test, y_test, "X_test", "y_test")
    chosen = replacement_of(replacement)
    if chosen.needs_reference and chosen.reference is None and not isinstance(reference, Reference):
        drawn = X if reference is None else rows(reference, model, "reference")
        reference = model.reference(drawn, keep_rows=chosen.kind == "resample")
    how = {"replacement": chosen, "reference": reference}
    more: dict[str, Any] = {"threads": threads, "progress": progress, "metrics": "one_vs_rest"}
    ranked = sweep(model, X, y, layers=described.number, **how, **more)
    matrices = np.array([ranked.one_vs_rest(unit)[shown] for unit in range(described.units)])
    effects = balanced_accuracies(matrices) - balanced_accuracies(ranked.one_vs_rest()[shown])
    orders = np.argsort(effects, axis=0, kind="stable").T
    figures = removed_and_kept(model, X_test, y_test, described.number, shown, orders, sizes, how, more)
    return Dissection(described.number, every[shown], sizes, effects, orders, *figures)


def removed_and_kept(
    model: Model,
    X: Any,
    y: Any,
    layer: int,
    shown: Counts,
    orders: Counts,
    sizes: Counts,
    how: dict[str, Any],
    more: dict[str, Any],
) -> tuple[Matrix, Matrix, Matrix]:
    """How well each class is told: intact, without so many of the first units of its order, and with these alone."""
    ablations: list[Ablation] = []
    found_at: dict[tuple[str, int, int], int] = {}
    for row, order in enumerate(orders):
        for column, size in enumerate(sizes):
            for what, units in (("without", order[:size]), ("only", order[size:])):
                if len(units):
                    found_at[what, row, column] = len(ablations)
                    ablations.append(model.ablate({layer: units}, **how))
    found = masks(model, X, y, masks=ablations, **more)
    intact = balanced_accuracies(found.one_vs_rest()[shown])
    curves = {what: np.repeat(intact[:, np.newaxis], len(sizes), axis=1) for what in ("without", "only")}
    for (what, row, column), place in found_at.items():
        curves[what][row, column] = balanced_accuracies(found.one_vs_rest(place)[shown[row], np.newaxis])[0]
    return intact, curves["without"], curves["only"]


def chosen_classes(model: Model, labels: Any) -> Counts:
    """The numbers of the classes that are looked at, all without labels."""
    assert model.classes is not None
    if labels is None:
        return np.arange(len(model.classes))
    if isinstance(labels, str) or np.ndim(labels) != 1 or not len(labels):
        raise ValueError(f"classes is a list of labels, one at least, not {brief(labels)}")
    found = np.array([_labels.index(label, model.classes, f"classes[{n}]") for n, label in enumerate(labels)])
    if len(np.unique(found)) < len(found):
        raise ValueError(f"classes has a label more than once: {brief(labels)}")
    return found


def labelled(model: Model, X: Any, y: Any, rows_name: str, labels_name: str) -> tuple[Any, Any]:
    """Rows, one at least, and their labels, after looking at each under the name that the caller knows it by."""
    x = finite_rows(X, model, rows_name)
    expect_some(len(x), rows_name)
    assert model.classes is not None
    return x, model.classes[_labels.indices(y, model.classes, len(x), labels_name)]


def expect_classes(y: Any, looked_at: Any, are_all: bool) -> None:
    """Raises a ValueError for a class that no row is of, or all are: it has no balanced accuracy to rank units by."""
    here = np.unique(y)
    if len(here) == 1 and here[0] in looked_at:
        raise ValueError(f"y has the class {here[0].item()!r} alone: units are ranked by how it is told from others")
    missing = np.setdiff1d(looked_at, here)
    if len(missing):
        what = "class" if len(missing) == 1 else "classes"
        others = "classes=np.unique(y) takes the others" if are_all else "leave out of classes what y has no row of"
        raise ValueError(
            f"y has no row of the {what} {_labels.written(missing)}, for which units cannot be ranked: {others}"
        )
