"""Shapley values: what each unit contributes when any of the others may be ablated, too."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_size_t
from typing import Any

from . import _declarations as c
from . import _labels, _selection
from ._arrays import pointer, some_rows
from ._enumerators import one_of
from ._handles import make
from ._library import library
from ._numbers import MOST, real, thread_count, whole
from ._progress import Progress, Watch
from ._runs import expect_classifier, expect_model
from ._selection import Units
from ._shapley_readings import ShapleyReadings
from .errors import check
from .model import Model
from .replacement import Replacing, lasting


class Shapley(ShapleyReadings):
    """An estimate of Shapley values from random orders, to which more can be added at any time.

    :func:`shapley` makes one and runs it. The parameters are those of that function.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> estimate = libablate.Shapley(model, np.eye(2), [0, 1])
    >>> [value.value for value in estimate.run(50).run(50)]
    [0.0, 0.5]
    """

    _free_name = "ablate_shapley_free"

    def __init__(
        self,
        model: Model,
        X: Any,
        y: Any,
        *,
        layers: Any = None,
        units: Units | None = None,
        replacement: Replacing = "zero",
        reference: Any = None,
        measure: str = "accuracy",
        seed: int = 0,
        first_permutation: int = 0,
        sample_rows: int = 0,
        tolerance: float = 0.0,
        patience: int = 5,
        top_count: int = 0,
        delta: float = 0.05,
        largest_change: float = 0.0,
        threads: int | None = None,
        progress: Progress = True,
    ) -> None:
        expect_model(model)
        classes = expect_classifier(model, "Shapley values are")
        self.model, self._layers, self.measure = model, model.layers, measure
        self._watch = Watch(progress, "Shapley values", "permutations")
        x = some_rows(X, model)
        labels = _labels.indices(y, classes, len(x))
        # 0 is the default of the library, and no probability.
        if real("delta", delta) == 0:
            raise ValueError("delta is above 0 and below 1, not 0: no interval is sure to hold its value")
        struct, kept = lasting(replacement, "a missing player has the same value in every row").described(
            model, reference, x
        )
        options = c.ShapleyOptions(
            replacement=ctypes.pointer(struct),
            threads=thread_count(threads, model.threads),
            progress=self._watch.callback,
            seed=seed,
            first_permutation=first_permutation,
            sample_rows=sample_rows,
            tolerance=tolerance,
            patience=patience,
            top_count=top_count,
            delta=delta,
            largest_change=largest_change,
            measure=one_of(measure, c.SHAPLEY_MEASURES, "measure"),
        )
        if layers is not None:
            numbers = _selection.layer_numbers(layers, self._layers)
            options.layers, options.layer_count = (c_size_t * len(numbers))(*numbers), len(numbers)
        if layers is not None and units is not None:
            raise ValueError("layers and units exclude each other: pass one of both")
        if units is not None:
            places = _selection.pairs(units, self._layers)
            options.units, options.unit_count = (c.Unit * len(places))(*(c.Unit(*p) for p in places)), len(places)
        create = library.ablate_shapley_create
        self._own(make(create, model._handle, byref(options), pointer(x), len(x), pointer(labels)))
        del kept

    def run(self, permutations: int) -> Shapley:
        """Walks so many more orders, fewer if `top_count` units get known. Ctrl-C keeps those walked to their ends."""
        permutations = whole("permutations", permutations, 0, MOST)
        with self._watch.work(permutations), self._watch.part(permutations):
            status = library.ablate_shapley_run(self._handle, permutations)
        self._watch.raise_kept()
        check(status)
        return self

    def merge(self, other: Shapley) -> Shapley:
        """Adds the permutations of another estimate of the same values, with a range of its own; `other` stays."""
        check(library.ablate_shapley_merge(self._handle, self._another(other)))
        return self


def shapley(
    model: Model,
    X: Any,
    y: Any,
    *,
    permutations: int = 1000,
    layers: Any = None,
    units: Units | None = None,
    replacement: Replacing = "zero",
    reference: Any = None,
    measure: str = "accuracy",
    seed: int = 0,
    first_permutation: int = 0,
    sample_rows: int = 0,
    tolerance: float = 0.0,
    patience: int = 5,
    top_count: int = 0,
    delta: float = 0.05,
    largest_change: float = 0.0,
    threads: int | None = None,
    progress: Progress = True,
) -> Shapley:
    """Estimates what each unit contributes when any of the others may be ablated, too.

    Parameters
    ----------
    model : Model
        A classifier with one class per row.
    X : array, [rows, ...]
        At least one row; rows * units * 4 bytes more are kept. With channels among the players, or if a convolution or
        a pooling follows, rows * input_width * 4, and each marginal runs what is behind its unit.
    y : array, [rows]
        Class labels as in `model.classes`.
    permutations : int
        How many random orders are walked, one at least; `run` adds more later. Standard errors fall with the root of
        the number: 100 give a first impression at a tenth of the marginals' deviation, 1000 are enough for most orders
        of units, and Bernstein's intervals, which `top` goes by, often take 10,000.
    layers : int, str, Layer or list of them, optional
        All units of these hidden layers are players, of convolutions the channels; all hidden layers by default.
    units : list of (layer, unit), optional
        Or these units.
    replacement : {"zero", "dead", "mean"}, float (a constant) or Replacement
    reference : Reference or array, optional
        For mean; by default X.
    measure : {"accuracy", "label_probability", "log_loss"}
        What the units contribute to: of log_loss to ln P(label), which is minus it, so that more is better for all.
    seed, first_permutation : int
        Permutation p depends on the seed and p alone; estimates of other ranges can be merged.
    sample_rows : int
        Rows drawn for each permutation, none of them twice; 0 for all.
    tolerance : float
        Truncation (Ghorbani and Zou 2019): an order is left once more than `patience` values of the measure in a row
        are within this of that without any player. It saves work, and biases values by up to the tolerance; 0 for none.
    patience : int
        For truncation; 0 is 5, too.
    top_count : int
        Stop once the intervals tell the so many units with the largest values from the others, which is looked at
        every 16 permutations; neither for that nor for the number of units are the intervals adjusted. With log_loss
        only if largest_change is given.
    delta : float
        An interval may miss its value with this probability. Intervals are empirical Bernstein bounds: they hold
        however marginals are distributed, and are wide if permutations are few. :class:`ShapleyValue` has the standard
        error, too.
    largest_change : float
        The most that the measure of a row can change by, which intervals of log_loss need.
    threads, progress
        As for :class:`Sweep`.

    Returns
    -------
    Shapley
        What a unit contributes is above 0, the sign of what it costs to be without it; the effect of its ablation alone
        has the other sign.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C: nothing is returned, and what was walked is lost. ``Shapley(...).run(permutations)`` keeps it.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.shapley(model, np.eye(2), [0, 1], permutations=10)[0, 1].value
    0.5
    """
    permutations = whole("permutations", permutations, 1)
    estimate = Shapley(
        model,
        X,
        y,
        layers=layers,
        units=units,
        replacement=replacement,
        reference=reference,
        measure=measure,
        seed=seed,
        first_permutation=first_permutation,
        sample_rows=sample_rows,
        tolerance=tolerance,
        patience=patience,
        top_count=top_count,
        delta=delta,
        largest_change=largest_change,
        threads=threads,
        progress=progress,
    )
    return estimate.run(permutations)
