"""Reading a sweep: one result, all of them, matrices, tables for people and for pandas."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_size_t
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from . import results
from ._arrays import Counts, Matrix, pointer
from ._handles import Handle
from ._library import library
from ._selection import index
from .errors import check
from .plots.sweep_plots import SweepPlots
from .results import Result, Table

if TYPE_CHECKING:
    import pandas

    from .layers import Layers
    from .model import Model


@dataclass(frozen=True)
class Cost:
    """How much of a sweep's work had to be done, in (row, item) pairs: in all, not settled by a bound, run again."""

    pairs: int
    examined: int
    rerun: int


class Readings(Handle, SweepPlots):
    """What can be read of a sweep, at any time between feeds."""

    model: Model
    kind: str
    metrics: tuple[str, ...]
    _layers: Layers
    _changed_row_limit: int
    # The results, until more rows are fed.
    _table: Table | None = None

    def __len__(self) -> int:
        return int(library.ablate_sweep_count(self._handle))

    @property
    def table(self) -> Table:
        """Every result as a record, in the order of the items; indices that do not apply are 2**64 - 1."""
        if self._table is None:
            handle = self._handle
            table, structs = results.empty_table(len(self))
            for number, struct in enumerate(structs):
                check(library.ablate_sweep_read(handle, number, byref(struct)))
            table.setflags(write=False)
            self._table = table
        return self._table

    @property
    def intact(self) -> Result:
        """The figures of the intact model on the same rows."""
        table, structs = results.empty_table(1)
        check(library.ablate_sweep_read_intact(self._handle, byref(structs[0])))
        return results.result(table[0], self._asked)

    @property
    def rows(self) -> int:
        """How many rows were counted, merged ones included."""
        return self.intact.rows

    @property
    def cost(self) -> Cost:
        """How much of the work had to be done."""
        cost = c.SweepCost()
        check(library.ablate_sweep_read_cost(self._handle, byref(cost)))
        return Cost(cost.pairs, cost.examined, cost.rerun)

    @property
    def _asked(self) -> set[str]:
        more = {"squared_error", "absolute_change"} if self.model.head == "regression" else set()
        return {*self.metrics, *more}

    def _result(self, record: np.void) -> Result:
        pair = {"interaction"} if record["second_unit"] != c.NONE else set()
        return results.result(record, self._asked | pair)

    def __iter__(self) -> Iterator[Result]:
        return map(self._result, self.table)

    def __getitem__(self, key: Any) -> Any:
        """A result by position or by what names its item, or the column of a figure for all items.

        `sweep[3]` is the result at position 3, `sweep[0, 17]` that of layer 0, unit 17, `sweep["fc1", 17]` of a layer
        by name; of synapses `sweep[layer, unit, input]`, of pairs `sweep[(layer, unit), (layer, unit)]`.
        `sweep["effect"]` is an array of all effects, in the order of the items.
        """
        if isinstance(key, str):
            found = results.columns(self.table)
            if key not in found:
                raise KeyError(f"there is no column {key!r}; there are {', '.join(found)}")
            return found[key]
        return self._result(self.table[self.position(key)])

    def position(self, key: Any) -> int:
        """The position of an item in the order of the items, from what names it, as in `sweep[key]`."""
        if not isinstance(key, tuple):
            return index(key, len(self), "result")
        names, values = self._named(key)
        table = self.table
        match = np.ones(len(table), bool)
        for name, value in zip(names, values):
            match &= table[name] == np.uintp(value)
        if not match.any():
            raise KeyError(f"no item of this sweep is {', '.join(f'{n} {v}' for n, v in zip(names, values))}")
        return int(np.argmax(match))

    def _named(self, key: tuple[Any, ...]) -> tuple[list[str], list[int]]:
        """The columns and values that name an item."""
        if self.kind in ("cumulative", "masks", "inputs"):
            raise KeyError(f"a sweep of {self.kind} is read by position, not by {key!r}")
        if key and isinstance(key[0], tuple):
            first, second = (self._named(part)[1] for part in key) if len(key) == 2 else ([], [])
            if self.kind != "pairs" or len(first) != 2 or len(second) != 2:
                raise KeyError(f"{key!r} names no item of a sweep of {self.kind}")
            return ["layer", "unit", "second_layer", "second_unit"], [*first, *second]
        names = ["layer", "unit", "input"] if "synapses" in self.kind else ["layer", "unit"]
        if len(key) != len(names):
            raise KeyError(f"an item of a sweep of {self.kind} is named by {', '.join(names)}, not by {key!r}")
        layer = self._layers[key[0]]
        values = [layer.number, index(key[1], layer.units, f"unit of layer {layer.number}")]
        if len(key) == 3:
            values.append(index(key[2], layer.inputs, f"input of layer {layer.number}"))
        return names, values

    def strongest(self, count: int = 10) -> list[Result]:
        """The results with the largest |effect|, of pairs those with the largest |interaction|; largest first."""
        return [self._result(self.table[place]) for place in self._strongest(count)]

    def _strongest(self, count: int) -> list[int]:
        if count < 0:
            raise ValueError(f"count is 0 or more, not {count}")
        pairs = int((self.table["second_unit"] != c.NONE).sum()) if self.kind == "pairs" else len(self)
        out = np.empty(min(count, pairs), np.uintp)
        check(library.ablate_sweep_strongest(self._handle, pointer(out), out.size))
        return [int(place) for place in out]

    def confusion(self, key: Any = None) -> Counts:
        """The confusion matrix while an item is ablated, or without one that of the intact model.

        Returns
        -------
        int64 array, [classes, classes]
            Row = label, column = prediction, in the order of `model.classes`.
        """
        out = np.empty((self._class_count,) * 2, np.int64)
        if key is None:
            check(library.ablate_sweep_confusion_intact(self._handle, pointer(out), out.size))
        else:
            check(library.ablate_sweep_confusion(self._handle, self.position(key), pointer(out), out.size))
        return out

    def class_probabilities(self, key: Any = None) -> Matrix:
        """The mean probability of each class over the rows of each label, float64 [classes, classes], row = label.

        While an item is ablated, or without one of the intact model; NaN for labels without rows.
        """
        out = np.empty((self._class_count,) * 2, np.float64)
        place = c.NONE if key is None else self.position(key)
        check(library.ablate_sweep_class_probabilities(self._handle, place, pointer(out), out.size))
        return out

    def changed_rows(self, key: Any) -> Counts:
        """The numbers of the first rows whose prediction an item changes, int64, ascending."""
        out, count = np.empty(self._changed_row_limit, np.int64), c_size_t()
        place = self.position(key)
        check(library.ablate_sweep_changed_rows(self._handle, place, pointer(out), out.size, byref(count)))
        return out[: count.value]

    @property
    def _class_count(self) -> int:
        return 0 if self.model.classes is None else len(self.model.classes)

    def _columns(self, places: Any = slice(None)) -> dict[str, npt.NDArray[Any]]:
        found = results.columns(self.table[places])
        numbers = np.arange(len(self))[places]
        found["step"], found["mask"] = numbers + 1, numbers
        names = results.shown(self.kind, list(self.metrics), self.model.head == "regression")
        return {name: found[name] for name in names}

    def to_pandas(self) -> pandas.DataFrame:
        """The results as a data frame, a row for each item, in the order of the items.

        The columns are those that name the item (layer and unit; input; second_layer and second_unit), rows, correct,
        lost, gained, changed, effect, and the metrics that were asked for. Indices that do not apply are -1.
        """
        import pandas

        return pandas.DataFrame(self._columns())

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain Python types: the kind, the intact figures, and a list of a dictionary for each item."""
        found = {name: column.tolist() for name, column in self._columns().items()}
        rows = [dict(zip(found, values)) for values in zip(*found.values())]
        intact = {name: value for name, value in asdict(self.intact).items() if value is not None}
        return {"kind": self.kind, "intact": intact, "results": rows}

    def __repr__(self) -> str:
        if self.closed:
            return f"{type(self).__name__}, closed"
        intact, what = self.intact, self.kind.replace("_", " ")
        head = f"Sweep of {what}: {len(self)} results over {intact.rows} rows"
        if not intact.rows:
            return head
        if self.model.head == "regression":
            head += f", squared error {intact.squared_error:.4g} intact"
        else:
            head += f", {intact.correct} right intact ({intact.accuracy:.2%})"
        places = self._strongest(10)
        found = self._columns(places)
        rows = [list(values) for values in zip(*(column.tolist() for column in found.values()))]
        note = f"the {len(rows)} strongest:" if len(rows) < len(self) else "strongest first:"
        return "\n".join([head, note, *results.lines(list(found), rows)])
