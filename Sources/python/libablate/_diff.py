"""Two models, or one model intact and ablated, on the same rows: where do they differ?"""

from __future__ import annotations

from ctypes import byref
from typing import Any, Union

from . import _declarations as c
from . import _labels
from ._arrays import expect_fed, finite_rows
from ._batches import are_batches
from ._diff_readings import DiffReadings
from ._feeding import Feeding
from ._handles import make
from ._library import library
from ._numbers import thread_count
from ._progress import Progress, Watch
from ._runs import expect_runs
from .ablation import Ablation
from .model import Model

Runnable = Union[Model, Ablation]


class Diff(DiffReadings, Feeding):
    """A comparison that rows are fed to, as often as there are batches; :func:`diff` makes and feeds one at once.

    Parameters
    ----------
    first, second : Model or Ablation
        Classifiers with the same classes in the same order, or regressions with the same number of outputs, of rows of
        the same width. Of a model without labels the classes are known by their order.
    first_row : int
        The number in the whole stream of the first row fed here.
    threads, progress
        As for :class:`Sweep`.
    """

    _free_name = "ablate_diff_free"

    def __init__(
        self,
        first: Runnable,
        second: Runnable,
        *,
        first_row: int = 0,
        threads: int | None = None,
        progress: Progress = True,
    ) -> None:
        for name, runnable in (("first", first), ("second", second)):
            expect_runs(name, runnable)
        self.first, self.second = first, second
        self._model, self._second_model = first._runner, second._runner
        self._watch = Watch(progress, "comparison", "rows")
        options = c.DiffOptions(
            first_mask=first._mask,
            second_mask=second._mask,
            first_row=first_row,
            threads=thread_count(threads, self._model.threads),
            progress=self._watch.callback,
        )
        models = (self._model._handle, self._second_model._handle)
        self._own(make(library.ablate_diff_create, *models, byref(options)))

    def feed(self, X: Any, y: Any = None) -> Diff:
        """Adds rows: X [rows, ...], with class labels y of the first model if there are any; or batches of both.

        A list is one of batches if its first element is a pair of arrays that do not make up a row.
        """
        self._feed(X, y, self._model, y is None and are_batches(X, self._model.input_width))
        return self

    def _feed_rows(self, X: Any, y: Any, of: str = "") -> None:
        x, classes, labels = finite_rows(X, self._model, f"X{of}"), self._model.classes, None
        if y is not None:
            if classes is None:
                raise ValueError(f"labels are of classifiers, and the first model is a {self._model.head}")
            labels = _labels.indices(y, classes, len(x), f"y{of}")
        self._feed_blocks(library.ablate_diff_feed, x, labels)

    def merge(self, other: Diff) -> Diff:
        """Adds the counts of another comparison of the same models, as if its rows had been fed here; `other` stays.

        Rows that both have count twice, with a warning only if the very same comparison was merged before;
        `result.rows` tells how many there are in all.
        """
        self._merge(library.ablate_diff_merge, other)
        return self


def diff(
    first: Runnable,
    second: Runnable,
    X: Any,
    y: Any = None,
    *,
    first_row: int = 0,
    threads: int | None = None,
    progress: Progress = True,
) -> Diff:
    """Compares two models, or a model and an ablation of it, on the same rows.

    Parameters
    ----------
    first, second : Model or Ablation
    X : array, [rows, ...], or iterable of (X, y) batches
    y : array, [rows], optional
        Class labels as in the classes of the first.
    first_row, threads, progress
        As for :class:`Diff`.

    Returns
    -------
    Diff
        `result` has the figures, `confusion()` the pairs of predictions.

    Raises
    ------
    ValueError
        There are no rows, a value is not finite, a label is no class of the first model, or the models have other
        labels, or the same in another order.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.diff(model, model.ablate({0: 1}), np.eye(2), [0, 1]).result.only_first_right
    1
    """
    compared = Diff(first, second, first_row=first_row, threads=threads, progress=progress).feed(X, y)
    expect_fed(compared.result.rows)
    return compared
