"""Reading Shapley values: one unit, all of them, an order, tables."""

from __future__ import annotations

import math
from collections.abc import Iterator
from ctypes import byref, c_int
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from . import _selection, _tables
from ._arrays import Matrix, pointer
from ._frames import data_frame
from ._handles import Handle
from ._library import library
from ._numbers import whole
from ._plain import document
from ._shapley_value import COLUMNS, PRINTED, SIGNED, ShapleySummary, ShapleyValue
from ._wording import counted
from .errors import check
from .layers import LayerKey, Layers
from .model import Model
from .orders import Order

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


class ShapleyReadings(Handle):
    """What can be read of an estimate, at any time between runs."""

    model: Model
    measure: str
    _layers: Layers

    def __len__(self) -> int:
        return int(library.ablate_shapley_count(self._handle))

    def __iter__(self) -> Iterator[ShapleyValue]:
        return (self[place] for place in range(len(self)))

    @overload
    def __getitem__(self, key: str) -> npt.NDArray[Any]: ...

    @overload
    def __getitem__(self, key: int | tuple[LayerKey, int]) -> ShapleyValue: ...

    def __getitem__(self, key: Any) -> Any:
        """The value at a position, or of a unit: `estimate[layer, unit]`; or a column, such as `estimate["lower"]`."""
        if isinstance(key, str):
            if key not in COLUMNS:
                raise _tables.no_column(key, COLUMNS)
            return np.array([getattr(value, key) for value in self])
        if isinstance(key, tuple):
            layer, unit = _selection.place(key, self._layers)
            for value in self:
                if (value.layer, value.unit) == (layer, unit):
                    return value
            raise KeyError(f"unit {unit} of layer {layer} is no player")
        out = c.ShapleyValue()
        place = _selection.index(key, len(self), "player")
        check(library.ablate_shapley_read(self._handle, place, byref(out)))
        return ShapleyValue(**{field.name: getattr(out, field.name) for field in fields(ShapleyValue)})

    @property
    def values(self) -> Matrix:
        """The values of all players, float64 [players]."""
        return self["value"]

    @property
    def summary(self) -> ShapleySummary:
        """What the estimate is made of."""
        out = c.ShapleySummary()
        check(library.ablate_shapley_summarize(self._handle, byref(out)))
        return ShapleySummary(**{field.name: getattr(out, field.name) for field in fields(ShapleySummary)})

    def top(self, count: int = 10) -> tuple[list[ShapleyValue], bool]:
        """The units with the largest values, and whether their intervals tell them from the others.

        False, too, if `count` is 0 or all units, where there are no others.
        """
        places, settled = np.empty(min(whole("count", count, 0), len(self)), np.uintp), c_int()
        check(library.ablate_shapley_top(self._handle, pointer(places), places.size, byref(settled)))
        return [self[int(place)] for place in places], bool(settled.value)

    def order(self) -> Order:
        """The players as an order, the least needed first: ascending by value; equal ones by layer and unit.

        :func:`curves`, :func:`prune` and their like take it. Values of units of several layers can be compared, since
        they are shares of one figure.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0.5, 0])])
        >>> libablate.shapley(model, np.eye(2), [0, 1], permutations=10).order()
        [(0, 0), (0, 1)]
        """
        known = sorted((math.isnan(value.value), value.value, value.layer, value.unit) for value in self)
        return [(layer, unit) for *_, layer, unit in known]

    def plot(self, ax: Axes | None = None, *, count: int = 20, intervals: str = "bernstein") -> Axes:
        """Draws the `count` largest values with their intervals, by matplotlib.

        Parameters
        ----------
        ax : matplotlib axes, optional
        count : int
        intervals : {"bernstein", "standard_error"}
            From lower to upper, empirical Bernstein bounds, which are wide if permutations are few; or one standard
            error to both sides.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> ax = libablate.shapley(model, np.eye(2), [0, 1], permutations=10).plot()
        >>> [text.get_text() for text in ax.get_yticklabels()]
        ['layer 0, unit 1', 'layer 0, unit 0']
        """
        from .plots.intervals import plot_shapley

        return plot_shapley(self, ax, count, intervals)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each player: layer, unit, value, variance, lower, upper, permutations, ..."""
        return data_frame({name: [getattr(value, name) for value in self] for name in COLUMNS})

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None."""
        values = [{name: getattr(value, name) for name in COLUMNS} for value in self]
        return document({"summary": asdict(self.summary), "values": values})

    def __repr__(self) -> str:
        if self.closed:
            return "Shapley, closed"
        many = counted(self.summary.permutations, "permutation")
        head = f"Shapley values of {counted(len(self), 'unit')} from {many}"
        top = [[getattr(value, name) for name in PRINTED] for value in self.top()[0]]
        return "\n".join([f"{head}, the largest:", *_tables.lines(PRINTED, top, SIGNED), *self._notes])

    @property
    def _notes(self) -> list[str]:
        """A line on what intervals take that are infinite."""
        if not any(math.isfinite(value.value) and math.isinf(value.upper) for value in self):
            return []
        bound = "largest_change, the most that the measure of a row can change by"
        return [f"intervals of log_loss are infinite without {bound}"]
