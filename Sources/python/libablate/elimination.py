"""Greedy elimination: again and again the unit without which the others do best."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_size_t
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _declarations as c
from . import _labels, _tables
from ._arrays import Counts, Matrix, pointer, some_rows
from ._frames import data_frame
from ._library import library
from ._numbers import thread_count, whole
from ._plain import document
from ._progress import Progress, Watch
from ._runs import expect_model
from ._wording import counted
from .errors import check
from .layers import LayerKey
from .model import Model
from .orders import Order
from .replacement import Replacing, lasting

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False)
class Elimination:
    """The order in which :func:`greedy` removed units, and what was left after each.

    Attributes
    ----------
    layer : int
    units : int64 array, [steps]
        In the order of their removal.
    curve : float64 array, [steps]
        The accuracy after each step; of a regression the mean squared error.
    complete : bool
        False if it was cancelled: then these are the steps that were done.
    figure : {"accuracy", "squared_error"}
        What the curve is of.
    intact : float
        The same of the intact model.
    layer_name : str
        The layer's name, "" if it has none.
    """

    layer: int
    units: Counts
    curve: Matrix
    complete: bool
    figure: str = "accuracy"
    intact: float = float("nan")
    layer_name: str = ""

    def __len__(self) -> int:
        return len(self.units)

    @property
    def order(self) -> Order:
        """The units as (layer, unit) pairs, the least needed first, as :func:`curves` and its like take an order.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0, 0.5])])
        >>> libablate.greedy(model, np.eye(2), [0, 1], layer=0).order
        [(0, 1), (0, 0)]
        """
        return [(self.layer, unit) for unit in self.units.tolist()]

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each step: step (from 1), layer, unit and what was left, as `curve`."""
        steps = np.arange(1, len(self) + 1)
        return data_frame({"step": steps, "layer": self.layer, "unit": self.units, "curve": self.curve})

    def plot(self, ax: Axes | None = None, *, label: str | None = None) -> Axes:
        """Draws what was left after each step, from the intact model on, by matplotlib; parameters as of `Curves.plot`.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0, 0.5])])
        >>> libablate.greedy(model, np.eye(2), [0, 1], layer=0).plot().lines[0].get_ydata().tolist()
        [100.0, 100.0, 50.0]
        """
        from .plots import curves

        return curves.plot_elimination(self, ax, label)

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None."""
        return document({"layer": self.layer, "units": self.units, "curve": self.curve})

    def __repr__(self) -> str:
        what = self.figure.replace("_", " ")
        cut = "" if self.complete else ", cancelled"
        head = f"Greedy elimination of {counted(len(self), 'unit')} of layer {self.layer}{cut}: {what}"
        if not len(self):
            return f"{head} {self.intact:.4g} intact"
        places = _tables.few(len(self))
        rows: list[list[Any]] = [[0, "", self.intact]]
        rows += [[place + 1, int(self.units[place]), float(self.curve[place])] for place in places]
        return "\n".join([f"{head} after each step", *_tables.lines(["step", "unit", what], rows)])


def greedy(
    model: Model,
    X: Any,
    y: Any,
    *,
    layer: LayerKey,
    count: int | None = None,
    replacement: Replacing = "zero",
    reference: Any = None,
    threads: int | None = None,
    progress: Progress = True,
) -> Elimination:
    """Removes units of a hidden layer, each time the one without which most rows are predicted as their label.

    The units of a convolution are its channels; each goes at all positions.

    Parameters
    ----------
    model : Model
        A classifier, or a regression: of that the mean squared error is kept least.
    X : array, [rows, ...]
        All rows at once: rows * units * 4 bytes more are kept. Of channels, and of any layer that a convolution or a
        pooling follows, rows * input_width * 4, and each step runs all rows anew.
    y : array, [rows]
        Class labels as in `model.classes`; of a regression the targets.
    layer : int, str or Layer
        A hidden one, dense or a convolution.
    count : int, optional
        How many units to remove; all of the layer by default.
    replacement : {"zero", "dead", "mean"}, float (a constant) or Replacement
    reference : Reference or array, optional
        For mean; by default X.
    threads : int, optional
        0 for one per processor; by default as the model.
    progress : bool or function
        As for :class:`Sweep`. When a function cancels, the steps that were done are returned.

    Returns
    -------
    Elimination

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C: nothing is returned, and the steps are lost. To keep them, cancel by a function for `progress`.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0, 0.5])])
    >>> done = libablate.greedy(model, np.eye(2), [0, 1], layer=0)
    >>> done.units.tolist(), done.curve.tolist()
    ([1, 0], [1.0, 0.5])
    """
    expect_model(model)
    described = model.layers[layer]
    x = some_rows(X, model)
    count = described.units if count is None else count
    count = whole("count", count, 0, described.units)
    struct, kept = lasting(replacement, "a unit that goes has the same value in every row").described(
        model, reference, x
    )
    watch = Watch(progress, "greedy elimination", "units")
    options = c.GreedyOptions(
        replacement=ctypes.pointer(struct),
        threads=thread_count(threads, model.threads),
        progress=watch.callback,
    )
    if model.classes is None:
        answers: Any = _labels.targets(y, len(x), model.output_width)
        function = library.ablate_greedy_run_targets
    else:
        answers, function = _labels.indices(y, model.classes, len(x)), library.ablate_greedy_run
    units, curve, steps = np.zeros(count, np.uintp), np.empty(count, np.float64), c_size_t()
    with watch.work(count), watch.part(count):
        status = function(
            model._handle, described.number, byref(options), pointer(x), len(x), pointer(answers),
            pointer(units), pointer(curve), count, byref(steps),
        )  # fmt: skip
    watch.raise_kept()
    if status != c.CANCELLED:
        check(status)
    del kept
    done = steps.value
    intact = (
        float(np.mean((model.scores(x).astype(np.float64) - answers) ** 2))
        if model.classes is None
        else float(np.mean(model.predict(x) == model.classes[answers]))
    )
    figure = "squared_error" if model.classes is None else "accuracy"
    steps_done = units[:done].astype(np.int64), curve[:done], status == c.OK
    return Elimination(described.number, *steps_done, figure, intact, described.name)
