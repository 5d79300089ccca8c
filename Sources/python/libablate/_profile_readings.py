"""Reading a profile: one unit, a figure of all units, matrices, tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from ctypes import byref, c_int64, c_size_t
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from . import _selection, _tables
from ._arrays import Counts, Floats, Matrix, pointer
from ._enumerators import one_of
from ._frames import data_frame
from ._handles import Handle
from ._library import library
from ._plain import document
from ._wording import counted
from .errors import InvalidArgumentError, check
from .layers import LayerKey, Layers
from .model import Model

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


# What is printed: figures, and of so many units.
PRINTED_FIGURES = (
    "fraction_active",
    "mean",
    "variance",
    "minimum",
    "maximum",
    "class_selectivity",
    "entropy",
    "mutual_information",
    "kl_selectivity",
    "taylor",
    "taylor_of_mean",
)
PRINTED_UNITS = 10
# What is asked for as measures are, and read otherwise.
OWN_METHODS = ("class_means", "attributions", "gram", "class_rows", "histogram", "top_rows")


@dataclass(frozen=True)
class UnitProfile:
    """What a profile says of one unit: figures that were not asked for are NaN, classes None.

    What each figure is, with its source, is told in `ablate.h` under the same name.
    """

    rows: int
    non_finite: int
    active: int
    is_dead: bool
    fraction_active: float
    mean: float
    variance: float
    minimum: float
    maximum: float
    entropy: float
    mutual_information: float
    kl_selectivity: float
    kl_class: Any
    class_selectivity: float
    largest_class: Any
    taylor: float
    taylor_of_mean: float
    incoming_l1: float
    incoming_l2: float
    outgoing_l2: float


class ProfileReadings(Handle):
    """What can be read of a profile, at any time between feeds."""

    model: Model
    measures: tuple[str, ...]
    layers: tuple[int, ...]
    _layers: Layers
    _bins: int
    _top_row_limit: int

    @overload
    def __getitem__(self, key: str) -> npt.NDArray[Any]: ...

    @overload
    def __getitem__(self, key: tuple[LayerKey, int]) -> UnitProfile: ...

    def __getitem__(self, key: Any) -> Any:
        """What is known of a unit, or a figure of all units.

        `profile[layer, unit]` is a :class:`UnitProfile`; `profile["mean"]` an array of the means of all units, in the
        order of the rows of :meth:`to_pandas`, which has the columns there are. Of one layer: :meth:`measure`.
        """
        if isinstance(key, str):
            if key not in ("layer", "unit", *c.MEASURES):
                raise _tables.no_column(key, self._columns())
            return self._places()[key] if key in ("layer", "unit") else self._all(key)
        layer, unit = self._unit(key)
        out = c.ProfileUnit()
        check(library.ablate_profile_read(self._handle, layer, unit, byref(out)))
        values = {field.name: getattr(out, field.name) for field in fields(UnitProfile)}
        values["is_dead"] = bool(values["is_dead"])
        for name in ("kl_class", "largest_class"):
            known = values[name] != c.NONE and self.model.classes is not None
            values[name] = self.model.classes[values[name]].item() if known else None  # type: ignore[index]
        return UnitProfile(**values)

    def measure(self, name: str, layer: LayerKey) -> Matrix:
        """One figure of every unit of a layer, such as "mutual_information", float64 [units]."""
        if name in OWN_METHODS:
            raise ValueError(f"name is {name!r}, more than a figure for each unit: read it by profile.{name}()")
        number = one_of(name, c.MEASURES, "name")
        return self._values(library.ablate_profile_measure, layer, (), number)

    @property
    def rows(self) -> int:
        """How many rows were counted, merged ones included."""
        return self[self.layers[0], 0].rows if self.layers else 0

    def on_one_level(self, layers: Sequence[LayerKey]) -> npt.NDArray[np.bool_]:
        """Which units of the layers differ from row to row and are on one level all the same, bool [units].

        Entropy and information are 0 of such units. None are if neither was measured.
        """
        if not {"entropy", "information"}.intersection(self.measures):
            return np.zeros(sum(self._layers[layer].units for layer in layers), bool)
        entropies = np.concatenate([self.measure("entropy", layer) for layer in layers])
        variances = np.concatenate([self.measure("variance", layer) for layer in layers])
        return np.asarray((entropies == 0) & (variances > 0))

    def class_means(self, layer: LayerKey) -> Matrix:
        """The mean activation of each unit over the rows of each class, float64 [units, classes]."""
        return self._values(library.ablate_profile_class_means, layer, (self._class_count,))

    def attributions(self, layer: LayerKey) -> Matrix:
        """What each unit of the last hidden layer adds to the score of each class, float64 [units, classes]."""
        return self._values(library.ablate_profile_attributions, layer, (self._class_count,))

    def gram(self, layer: LayerKey) -> Matrix:
        """The mean product of the activations of each two units, not centred, float64 [units, units]."""
        return self._values(library.ablate_profile_gram, layer, (self._layers[layer].units,))

    def class_rows(self) -> Counts:
        """How many rows each class has, int64 [classes]."""
        out = np.empty(self._class_count, np.int64)
        check(library.ablate_profile_class_rows(self._handle, pointer(out), out.size))
        return out

    def histogram(self, layer: LayerKey, unit: int) -> tuple[Counts, int, int]:
        """How many activations of a unit are in each bin, int64 [bins], and how many are below and above all bins."""
        out, below, above = np.empty(self._bins, np.int64), c_int64(), c_int64()
        place = self._unit((layer, unit))
        check(
            library.ablate_profile_histogram(
                self._handle, *place, pointer(out), out.size, byref(below), byref(above)
            )
        )  # fmt: skip
        return out, below.value, above.value

    def top_rows(self, layer: LayerKey, unit: int) -> tuple[Counts, Floats]:
        """The numbers of the rows with the largest activations of a unit, largest first, and these activations."""
        numbers, values = np.empty(self._top_row_limit, np.int64), np.empty(self._top_row_limit, np.float32)
        place, count = self._unit((layer, unit)), c_size_t()
        read = library.ablate_profile_top_rows
        check(read(self._handle, *place, pointer(numbers), pointer(values), numbers.size, byref(count)))
        return numbers[: count.value], values[: count.value]

    def plot(self, layer: LayerKey | None = None, ax: Axes | None = None, *, sort: bool = False) -> Axes:
        """Draws the mean activations of a layer's units by class, with the unit that dominates each, by matplotlib.

        Parameters
        ----------
        layer : int, str or Layer, optional
            By default the last that was profiled. The profile has the measure class_means.
        ax : matplotlib axes, optional
        sort : bool
            Units in the order of the classes that they answer to most, and not of their numbers.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> ax = libablate.profile(model, np.eye(2), [0, 1], measures="class_means").plot()
        >>> ax.images[0].get_array().tolist(), ax.lines[0].get_xdata().tolist()
        ([[1.0, 0.0], [0.0, 1.0]], [0, 1])
        """
        from .plots import matrices

        return matrices.plot_class_means(self, self.layers[-1] if layer is None else layer, ax, sort)

    def to_pandas(self) -> pandas.DataFrame:
        """A data frame with a row for each unit: layer, unit, and the figures that are known."""
        return data_frame(self._columns())

    def to_dict(self) -> dict[str, Any]:
        """In plain Python types: a list with a dictionary for each unit; NaN is None."""
        found = {name: values.tolist() for name, values in self._columns().items()}
        return document({"units": [dict(zip(found, values)) for values in zip(*found.values())]})

    def _columns(self) -> dict[str, npt.NDArray[Any]]:
        found = self._places()
        for name in c.MEASURES:
            with suppress(InvalidArgumentError):
                found[name] = self._all(name)
        return found

    def _places(self) -> dict[str, npt.NDArray[Any]]:
        sizes = [self._layers[layer].units for layer in self.layers]
        units = np.concatenate([np.arange(size) for size in sizes])
        return {"layer": np.repeat(np.array(self.layers, np.int64), sizes), "unit": units}

    def _all(self, name: str) -> Matrix:
        return np.concatenate([self.measure(name, layer) for layer in self.layers])

    def _values(self, function: Any, layer: LayerKey, more: tuple[int, ...], *first: int) -> Matrix:
        described = self._layers[layer]
        out = np.empty((described.units, *more), np.float64)
        check(function(self._handle, *first, described.number, pointer(out), out.size))
        return out

    def _unit(self, key: tuple[LayerKey, int]) -> tuple[int, int]:
        return _selection.place(key, self._layers)

    @property
    def _class_count(self) -> int:
        return 0 if self.model.classes is None else len(self.model.classes)

    def __repr__(self) -> str:
        if self.closed:
            return "Profile, closed"
        if not self.rows:
            return self._headline
        columns = self._columns()
        header, count = printed(columns), len(columns["unit"])
        rows = [[columns[name][place].item() for name in header] for place in range(min(count, PRINTED_UNITS))]
        note = [f"... {count - PRINTED_UNITS} more: to_pandas()"] if count > PRINTED_UNITS else []
        return "\n".join([self._headline, *_tables.lines(header, rows), *note])

    @property
    def _headline(self) -> str:
        units = sum(self._layers[layer].units for layer in self.layers)
        more = f": {', '.join(self.measures)}" if self.measures else ""
        return f"Profile of {counted(units, 'unit')} over {counted(self.rows, 'row')}{more}"


def one_level_in_words(alone: npt.NDArray[np.bool_], apart: int = 0, how: str = "") -> str:
    """How many units are on one level, and of how many of them something else would tell rows apart."""
    count = int(alone.sum())
    said = f"{count} of {counted(len(alone), 'unit')} {'is' if count == 1 else 'are'} on one level in all rows, so "
    said += f"{'its' if count == 1 else 'their'} entropy and information are 0"
    if not apart:
        return said
    which = "their rows" if apart == count else f"the rows of {apart} of them"
    return f"{said}: {how} tells {which} apart"


def printed(columns: dict[str, npt.NDArray[Any]]) -> list[str]:
    """Which columns of a profile people look at first: those of figures that are known of some unit."""
    known = [name for name in PRINTED_FIGURES if name in columns and not np.isnan(columns[name]).all()]
    return ["layer", "unit", *known]
