"""Reading a comparison: figures, pairs of predictions, tables."""

from __future__ import annotations

from ctypes import byref
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _declarations as c
from . import _tables
from ._arrays import Counts, pointer
from ._difference import Difference, in_words
from ._frames import data_frame
from ._handles import Handle
from ._library import library
from ._plain import document
from ._runs import expect_classifier
from ._wording import counted
from .errors import check
from .model import Model

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

PAIR = ["first", "second", "rows"]
# How many pairs of predictions are printed.
PRINTED = 10


class DiffReadings(Handle):
    """What can be read of a comparison, at any time between feeds."""

    _model: Model
    _second_model: Model

    @property
    def result(self) -> Difference:
        """What was found so far."""
        out = c.DiffResult()
        check(library.ablate_diff_read(self._handle, byref(out)))
        values = {field.name: getattr(out, field.name) for field in fields(Difference)}
        if not values["rows"]:
            values["largest_row"] = values["largest_class"] = None
        return Difference(**values)

    def confusion(self) -> Counts:
        """How often each pair of predictions came, int64 [classes, classes]: row = first model, column = second."""
        count = 0 if self._model.classes is None else len(self._model.classes)
        out = np.empty((count, count), np.int64)
        check(library.ablate_diff_confusion(self._handle, pointer(out), out.size))
        return out

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draws how often each pair of predictions came, by matplotlib.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> libablate.diff(model, model.ablate({0: 1}), np.eye(2)).plot().get_title()
        '50.00% of 2 rows alike'
        """
        from .plots import matrices

        return matrices.plot_diff(self, ax)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each pair of predictions that differ, the most frequent first.

        The columns are first and second, which are labels, and rows. UnsupportedError for regressions and multilabel
        models, which have no such pairs; `result.to_dict()` has the figures of any comparison.
        """
        expect_classifier(self._model, "pairs of predictions are", ": result.to_dict() has the figures")
        found = self._pairs()
        return data_frame({name: [pair[place] for pair in found] for place, name in enumerate(PAIR)})

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types: the figures of `result`, and the pairs of predictions that differ. NaN is None.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> libablate.diff(model, model.ablate({0: 1}), np.eye(2)).to_dict()["pairs"]
        [{'first': 1, 'second': 0, 'rows': 1}]
        """
        pairs = [dict(zip(PAIR, pair)) for pair in self._pairs()]
        return document({"difference": self.result.to_dict(), "pairs": pairs})

    def _pairs(self) -> list[list[Any]]:
        """The predictions of both where they differ, with how many rows have them, the most frequent first."""
        first, second = self._model.classes, self._second_model.classes
        if first is None or second is None:
            return []
        counts = self.confusion()
        np.fill_diagonal(counts, 0)
        rows, columns = np.nonzero(counts)
        order = np.argsort(-counts[rows, columns], kind="stable")
        numbers = counts[rows, columns].tolist()
        return [[first[rows[k]].item(), second[columns[k]].item(), numbers[k]] for k in order]

    def __repr__(self) -> str:
        if self.closed:
            return "Diff, closed"
        found = self.result
        head = f"Diff over {counted(found.rows, 'row')}"
        if not found.rows:
            return head
        lines = [head, *in_words(found, self._model.classes)]
        pairs = self._pairs()
        if pairs:
            what = f"{counted(len(pairs), 'pair')} of predictions that differ"
            lines.append(f"{what}:" if len(pairs) <= PRINTED else f"the {PRINTED} most frequent of {what}:")
            lines += _tables.lines(PAIR, pairs[:PRINTED])
        return "\n".join(lines)
