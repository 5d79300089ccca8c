"""How accuracy falls as units are pruned for good, by what makes up for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _labels, _selection, _tables
from ._arrays import Counts, Matrix, some_rows
from ._enumerators import some_of
from ._frames import data_frame
from ._numbers import places, whole
from ._plain import document
from ._progress import Progress
from ._runs import expect_classifier, expect_model
from ._selection import Units
from ._wording import counted
from .errors import UnsupportedError
from .model import Model
from .orders import Order
from .replacement import Replacing
from .surgery import prune

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

REPLACEMENTS = ("zero", "dead", "mean")
COMPENSATIONS = (*REPLACEMENTS, "correlated", "least_squares")
DEFAULT = ("zero", "mean", "least_squares")


@dataclass(frozen=True, repr=False)
class PruningCurve:
    """Accuracies of pruned models, see :func:`pruning_curve`.

    Attributes
    ----------
    pruned : int64 array, [points]
        How many units are gone.
    parameters : int64 array, [points]
        Weights and biases that are left.
    accuracies : dict of float64 arrays, [points]
        By what makes up for the units.
    """

    pruned: Counts
    parameters: Counts
    accuracies: Mapping[str, Matrix]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draws accuracy against the number of pruned units, a line for each compensation, by matplotlib.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> curve = libablate.pruning_curve(model, np.eye(2), [0, 1], [(0, 0)], compensations="mean")
        >>> curve.plot().lines[0].get_xdata().tolist()
        [0, 1]
        """
        from .plots import curves

        return curves.plot_pruning(self, ax)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each point: pruned, parameters, and a column for each compensation."""
        return data_frame({"pruned": self.pruned, "parameters": self.parameters, **self.accuracies})

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None."""
        return document({"pruned": self.pruned, "parameters": self.parameters, "accuracies": self.accuracies})

    def __repr__(self) -> str:
        head = f"Accuracy at {counted(len(self.pruned), 'point')}, by what makes up for the pruned units"
        columns = [column.tolist() for column in (self.pruned, self.parameters, *self.accuracies.values())]
        rows = [[column[place] for column in columns] for place in _tables.few(len(self.pruned))]
        return "\n".join([head, *_tables.lines(["pruned", "parameters", *self.accuracies], rows)])


def pruning_curve(
    model: Model,
    X: Any,
    y: Any,
    order: Units,
    *,
    points: Sequence[int] | None = None,
    compensations: str | Sequence[str] | None = None,
    reference: Any = None,
    progress: Progress = True,
) -> PruningCurve:
    """Prunes the first units of an order, more and more of them, and finds the accuracy of each smaller model.

    Parameters
    ----------
    model : Model
        A classifier with one class per row.
    X : array, [rows, ...]
        Rows that the accuracy is measured on.
    y : array, [rows]
        Class labels as in `model.classes`.
    order : list of (layer, unit)
        As :func:`order_by_scores` makes them.
    points : list of int, optional
        The numbers of pruned units at which to look; by default about twenty from 0 to all of the order, or as many
        as leave each layer a unit.
    compensations : str or list of str, optional
        zero, dead, mean: what each pruned unit holds for ever; correlated, least_squares: see :func:`prune`. By default
        zero, mean and least_squares, of which those are left out that the order's units cannot have: least_squares of
        channels of convolutions and of units in front of them, mean of channels that padding surrounds.
    reference : array, [rows, ...], optional
        Rows that means and factors are computed from, better not those of X; by default X.
    progress
        As for :class:`Sweep`.

    Returns
    -------
    PruningCurve

    Raises
    ------
    UnsupportedError
        The model is no classifier, or a compensation that was asked for does not apply.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> curve = libablate.pruning_curve(model, np.eye(2), [0, 1], [(0, 0)], compensations="zero")
    >>> curve.accuracies["zero"].tolist(), curve.parameters.tolist()
    ([1.0, 1.0], [12, 7])
    """
    expect_model(model)
    classes = expect_classifier(model, "accuracies are")
    asked = DEFAULT if compensations is None else compensations
    names = some_of(asked, COMPENSATIONS, "compensations")
    if not names:
        raise ValueError("compensations is empty: name one at least")
    x, units = some_rows(X, model), _selection.pairs(order, model.layers, "order")
    labels = classes[_labels.indices(y, classes, len(x))]
    most = prunable(model, units)
    looked = [*range(0, most, max(1, most // 20)), most]
    if points is not None:
        looked = [whole("points", count, 0, len(units)) for count in places("points", points)]
        if max(looked) > most:
            layer = units[most][0]
            raise ValueError(f"points has {max(looked)}: all of layer {layer} would be gone from {most + 1} on")
    source = x if reference is None else some_rows(reference, model, "reference")
    parameters, found = np.zeros(len(looked), np.int64), {name: np.empty(len(looked)) for name in names}
    for place, count in enumerate(looked):
        for name in list(found):
            replacing: Replacing | None = name if name in REPLACEMENTS else None
            way = "replacement" if name in REPLACEMENTS else name
            try:
                smaller = (
                    prune(model, units[:count], compensation=way, replacement=replacing, X=source, progress=progress)
                    if count
                    else model
                )
            except UnsupportedError:
                if compensations is not None or name == "zero":
                    raise
                del found[name]
                continue
            found[name][place] = np.mean(smaller.predict(x) == labels)
            parameters[place] = smaller.parameter_count
    return PruningCurve(np.array(looked, np.int64), parameters, found)


def prunable(model: Model, units: Order) -> int:
    """How many units from the front of an order can go before a layer loses its last."""
    left = {layer.number: set(range(layer.units)) for layer in model.layers}
    for count, (layer, unit) in enumerate(units):
        left[layer].discard(unit)
        if not left[layer]:
            return count
    return len(units)
