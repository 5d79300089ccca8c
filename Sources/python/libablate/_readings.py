"""Reading a sweep: one result, all of them, matrices, tables for people and for pandas."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import byref, c_size_t
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from . import _tables, results
from ._arrays import Counts, Matrix, pointer
from ._frames import data_frame
from ._handles import Handle
from ._items import position_of
from ._library import library
from ._numbers import whole
from ._plain import document
from ._runs import expect_classifier
from ._selection import index
from ._wording import counted
from .errors import check
from .layers import LayerKey
from .orders import Order, ranked
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
        """Every result as a record, in the order of the items.

        Indices that do not apply are 2**64 - 1, and figures that were not asked for NaN.
        """
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
        own = results.ON_ERRORS if self.model.head == "regression" else results.OF_PREDICTIONS
        return {*self.metrics, *own}

    @property
    def _of_pairs(self) -> set[str]:
        return {"interaction"} if self.kind == "pairs" else set()

    def _result(self, record: np.void) -> Result:
        pair = self._of_pairs if record["second_unit"] != c.NONE else set()
        return results.result(record, self._asked | pair)

    def __iter__(self) -> Iterator[Result]:
        return map(self._result, self.table)

    def __getitem__(self, key: Any) -> Any:
        """A result by position or by what names its item, or the column of a figure for all items.

        `sweep[3]` is the result at position 3, `sweep[0, 17]` that of layer 0, unit 17, `sweep["fc1", 17]` of a layer
        by name; of synapses `sweep[layer, unit, input]`, of pairs in any order `sweep[(layer, unit), (layer, unit)]`.
        Inputs, masks and the steps of a cumulative sweep go by position only.
        `sweep["effect"]` is an array of all effects, in the order of the items; ValueError for the column of a metric
        that was not asked for.
        """
        if isinstance(key, str):
            results.expect_column(key, self.metrics, self._asked | self._of_pairs)
            found = results.columns(self.table)
            if key not in found:
                raise _tables.no_column(key, self._columns())
            return found[key]
        return self._result(self.table[self.position(key)])

    def position(self, key: Any) -> int:
        """The position of an item in the order of the items, from what names it, as in `sweep[key]`."""
        if not isinstance(key, tuple):
            return index(key, len(self), "result")
        return position_of(self.kind, self._layers, key, self.table.__getitem__)

    def strongest(self, count: int = 10) -> list[Result]:
        """The results with the largest |effect|, whatever its sign, largest first.

        Of pairs, and only these, those with the largest |interaction|; :func:`pairs` tells what its sign means.
        ValueError for a sweep that has seen no rows.
        """
        self._expect_rows()
        return [self._result(self.table[place]) for place in self._strongest(count)]

    def order(self, layer: LayerKey | None = None) -> Order:
        """The units of a sweep of units as an order, the least needed first: ascending by what their ablation costs.

        That is the highest effect first, and of a regression, whose effects are on the error, the lowest; equal ones by
        layer and unit. :func:`curves`, :func:`prune` and their like take it.

        Parameters
        ----------
        layer : int, str or Layer, optional
            The units of this layer; by default all that were swept: effects of several layers can be compared.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0.5, 0])])
        >>> result = libablate.sweep(model, np.eye(2), [0, 1])
        >>> result.order(0), result["effect"].tolist()
        ([(0, 0), (0, 1)], [0.0, -0.5])
        """
        return self._order(layer, needed_first=False)

    def _order(self, layer: LayerKey | None, needed_first: bool) -> Order:
        if self.kind != "units":
            raise ValueError(f"an order is made of a sweep of units; this is a {results.sweep_name(self.kind)}")
        chosen = np.arange(len(self))
        if layer is not None:
            number = self._layers.number(layer)
            chosen = np.flatnonzero(self["layer"] == number)
            if not len(chosen):
                raise ValueError(f"layer {number} was not swept")
        self._expect_rows()
        units = list(zip(self["layer"][chosen].tolist(), self["unit"][chosen].tolist()))
        high_is_needless = self.model.head != "regression"
        return ranked(self.model, units, self["effect"][chosen], high_is_needless != needed_first)[0]

    def _expect_rows(self) -> None:
        """Raises a ValueError for a sweep of nothing, whose figures mean nothing."""
        if not self.rows:
            raise ValueError("the sweep has seen no rows: feed some first")

    def _strongest(self, count: int) -> list[int]:
        count = whole("count", count, 0)
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

        Raises
        ------
        UnsupportedError
            The model is a regression.
        """
        expect_classifier(self.model, "confusion matrices are")
        out = np.empty((self._class_count,) * 2, np.int64)
        if key is None:
            check(library.ablate_sweep_confusion_intact(self._handle, pointer(out), out.size))
        else:
            results.expect_metric("confusion", self.metrics)
            check(library.ablate_sweep_confusion(self._handle, self.position(key), pointer(out), out.size))
        return out

    def one_vs_rest(self, key: Any = None) -> Counts:
        """The confusion matrix of each class against all others, while an item is ablated, or without one intact.

        Returns
        -------
        int64 array, [classes, 2, 2]
            [[TN, FP], [FN, TP]] each, in the order of `model.classes`, as scikit-learn's multilabel_confusion_matrix.

        Raises
        ------
        UnsupportedError
            The model is a regression.
        """
        expect_classifier(self.model, "confusion matrices are")
        out = np.empty((self._class_count, 2, 2), np.int64)
        if key is None:
            check(library.ablate_sweep_one_vs_rest_intact(self._handle, pointer(out), out.size))
        else:
            results.expect_metric("one_vs_rest", self.metrics)
            check(library.ablate_sweep_one_vs_rest(self._handle, self.position(key), pointer(out), out.size))
        return out

    def class_probabilities(self, key: Any = None) -> Matrix:
        """The mean probability of each class over the rows of each label, float64 [classes, classes], row = label.

        While an item is ablated, or without one of the intact model; NaN for labels without rows.
        """
        results.expect_metric("class_probabilities", self.metrics)
        out = np.empty((self._class_count,) * 2, np.float64)
        if key is None:
            check(library.ablate_sweep_class_probabilities_intact(self._handle, pointer(out), out.size))
        else:
            check(library.ablate_sweep_class_probabilities(self._handle, self.position(key), pointer(out), out.size))
        return out

    def changed_rows(self, key: Any) -> Counts:
        """The numbers of the first rows whose prediction an item changes, int64, ascending."""
        results.expect_metric("changed_rows", self.metrics)
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
        lost, gained, changed, effect, and the metrics that were asked for. In a sweep of pairs single units have <NA>
        as second_layer and second_unit, which are nullable Int64, and NaN as interaction.
        """
        found = self._columns()
        for name in ("second_layer", "second_unit"):
            if name in found:
                found[name] = np.ma.masked_less(found[name], 0)
        return data_frame(found)

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain Python types: the kind, the intact figures, and a list of a dictionary for each item.

        Indices that do not apply are -1 there: second_layer and second_unit of single units in a sweep of
        pairs. NaN is None.
        """
        found = {name: column.tolist() for name, column in self._columns().items()}
        rows = [dict(zip(found, values)) for values in zip(*found.values())]
        intact = {name: value for name, value in asdict(self.intact).items() if value is not None}
        return document({"kind": self.kind, "intact": intact, "results": rows})

    def __repr__(self) -> str:
        if self.closed:
            return f"{type(self).__name__}, closed"
        intact, what = self.intact, results.sweep_name(self.kind)
        head = f"{what[0].upper()}{what[1:]}: {counted(len(self), 'result')} over {counted(intact.rows, 'row')}"
        if not intact.rows:
            return head
        if self.model.head == "regression":
            head += f", squared error {intact.squared_error:.4g} intact"
        else:
            head += f", {intact.correct} right intact ({intact.accuracy:.2%})"
        if self.kind == "cumulative":
            # An order has its own: which of its steps are strongest says nothing.
            places = _tables.few(len(self))
            note = f"{len(places)} of the steps:" if len(places) < len(self) else "step by step:"
        else:
            places = self._strongest(10)
            note = f"the {len(places)} strongest:" if len(places) < len(self) else "strongest first:"
        found = self._columns(places)
        return "\n".join([head, note, *_tables.lines(list(found), _tables.rows_of(found), results.SIGNED)])
