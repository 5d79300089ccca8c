"""What tests make of the items of a sweep: a verdict for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from . import _tables
from ._brief import brief
from ._enumerators import one_of
from ._frames import data_frame, whole_or_none
from ._items import position_of
from ._plain import document
from ._selection import index
from ._wording import counted
from .layers import Layers
from .results import KEYS, Result

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

# What is None of some items: numbers, and labels, which may be words.
NUMBERS, LABELS = ("second_layer", "second_unit"), ("affected_class", "favoured_class")


@dataclass(frozen=True)
class Judgement:
    """What to think of one item of a sweep.

    Attributes
    ----------
    result : Result
        The item and its counts.
    verdict : {"harmful", "essential", "useful", "redundant", "undecided"}
    p_value, adjusted_p_value, smallest_p_value : float
        Two-sided and exact; adjusted for the number of items; the least that so many flips could have.
    effect, lower, upper : float
        The effect and its interval, of this one item, not adjusted.
    affected_class, favoured_class : label or None
        The class whose recall falls most, with how many rows (affected_rows) and what fraction of its rows
        (affected_recall); the class that is predicted more often by most rows (favoured_rows). They need the confusion
        metric.
    """

    result: Result
    index: int
    verdict: str
    p_value: float
    adjusted_p_value: float
    smallest_p_value: float
    effect: float
    lower: float
    upper: float
    affected_class: Any
    affected_rows: int
    affected_recall: float
    favoured_class: Any
    favoured_rows: int


class Judgements(Sequence[Judgement]):
    """Judgements of a sweep's items, see :func:`judge`.

    `judgements[3]` is the one at position 3, `judgements[0, 17]` that of layer 0, unit 17, named as in `sweep[0, 17]`,
    and `judgements["verdict"]` the column of a figure, with the names of :meth:`to_pandas`; -1 where there is no second
    unit.
    """

    def __init__(self, judgements: Sequence[Judgement], kind: str, layers: Layers, classes: npt.NDArray[Any]) -> None:
        self._judgements = tuple(judgements)
        self._kind, self._layers, self._classes = kind, layers, classes
        # The columns that are figures of the results.
        known = [field.name for field in fields(Result)]
        self._of_results = [name for name in (*KEYS[kind], "lost", "gained") if name in known]

    def __len__(self) -> int:
        return len(self._judgements)

    @overload
    def __getitem__(self, key: int) -> Judgement: ...

    @overload
    def __getitem__(self, key: slice) -> Sequence[Judgement]: ...

    @overload
    def __getitem__(self, key: tuple[Any, ...]) -> Judgement: ...

    @overload
    def __getitem__(self, key: str) -> npt.NDArray[Any]: ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key in self._of_results:
                return self._numbers(key).astype(np.int64)
            known = [field.name for field in fields(Judgement)]
            if key not in known:
                raise _tables.no_column(key, [*self._of_results, *known])
            return np.array([getattr(judgement, key) for judgement in self._judgements])
        return self._judgements[key if isinstance(key, slice) else self.position(key)]

    def position(self, key: Any) -> int:
        """The position of the judgement of an item, from what names it, as in `judgements[key]`."""
        if not isinstance(key, tuple):
            return index(key, len(self), "judgement")
        return position_of(self._kind, self._layers, key, self._numbers)

    def _numbers(self, name: str) -> npt.NDArray[np.uintp]:
        found = (getattr(judgement.result, name) for judgement in self._judgements)
        return np.array([c.NONE if number is None else number for number in found], np.uintp)

    def index(self, value: Any, start: int = 0, stop: int | None = None) -> int:
        """The position of a judgement, or of the item that a tuple names, between start and stop."""
        places = range(len(self))[start:stop]
        if isinstance(value, tuple):
            found = [self.position(value)]
        else:
            found = [place for place, judgement in enumerate(self._judgements) if judgement == value]
        for place in found:
            if place in places:
                return place
        raise ValueError(f"{brief(value)} is none of these judgements")

    def count(self, value: Any) -> int:
        """How many judgements have a verdict, such as "essential", or are equal to one."""
        if isinstance(value, str):
            one_of(value, c.VERDICTS, "the verdict")
            return sum(judgement.verdict == value for judgement in self._judgements)
        return self._judgements.count(value)

    def __iter__(self) -> Iterator[Judgement]:
        return iter(self._judgements)

    def _records(self) -> list[dict[str, Any]]:
        records = []
        for judgement in self._judgements:
            record = asdict(judgement)
            result = record.pop("result")
            records.append({**{name: result[name] for name in self._of_results}, **record})
        return records

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draws all effects in ascending order with their intervals, each with its verdict, by matplotlib.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> sweep = libablate.sweep(model, np.tile(np.eye(2), (20, 1)), [0, 1] * 20)
        >>> [text.get_text() for text in libablate.judge(sweep).plot().get_legend().get_texts()]
        ['essential (1)', 'redundant (1)']
        """
        from .plots import intervals

        return intervals.plot_judgements(self, ax)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each judgement: what names the item, lost, gained, verdict, p_value, ...

        Where labels are whole numbers, affected_class and favoured_class are nullable Int64, with <NA> for none; so are
        second_layer and second_unit of pairs.
        """
        records = self._records()
        columns: dict[str, Any] = {name: [record[name] for record in records] for name in (records or [{}])[0]}
        for name in (*NUMBERS, *LABELS) if self._classes.dtype.kind in "iu" else NUMBERS:
            if name in columns:
                columns[name] = whole_or_none(columns[name])
        return data_frame(columns)

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types; NaN is None."""
        return document({"judgements": self._records()})

    def __repr__(self) -> str:
        counts = Counter(judgement.verdict for judgement in self._judgements)
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
        return f"Judgements of {counted(len(self), 'result')}: {said}"
