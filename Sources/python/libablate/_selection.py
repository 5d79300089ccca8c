"""Units and synapses as callers name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from ._arrays import expect_unmasked
from ._brief import brief
from ._numbers import is_truth
from .layers import Layer, LayerKey, Layers
from .replacement import Replacing
from .results import Result

# {layer: units}, a (layer, unit) pair or many, or results of units; or a data frame with columns of that name.
Units = Union[Mapping[Any, Any], tuple[LayerKey, int], Iterable[Union[tuple[LayerKey, int], Result]]]
Synapses = Union[tuple[LayerKey, int, int], Iterable[tuple[LayerKey, int, int]]]


def index(value: Any, count: int, what: str) -> int:
    """`value` as a number from 0 to count - 1; negative ones count from the last."""
    number: int | None = None
    if hasattr(value, "__index__") and not is_truth(value):
        with suppress(TypeError):
            number = value.__index__()
    if number is None:
        article = "an" if what.startswith("input") else "a"
        raise TypeError(f"{article} {what} is named by its number, not {brief(value)}")
    if not -count <= number < count:
        kind, space, place = what.partition(" ")
        raise IndexError(f"there is no {kind} {number}{space}{place}: there are {count}")
    return number % count


def units_of(layer: Layer, chosen: Any) -> npt.NDArray[np.uintp]:
    """The units of a layer that a number, a list, a slice, a mask of booleans or "all" names; each once."""
    where = f"unit of layer {layer.number}"
    expect_unmasked(chosen, f"the list of units of layer {layer.number}")
    if isinstance(chosen, str):
        if chosen != "all":
            raise ValueError(f'the units of layer {layer.number} are numbers, a slice or "all", not {brief(chosen)}')
        chosen = slice(None)
    if isinstance(chosen, slice):
        return np.arange(layer.units, dtype=np.uintp)[chosen]
    if hasattr(chosen, "__index__") and np.ndim(chosen) == 0:
        return np.array([index(chosen, layer.units, where)], np.uintp)
    if not isinstance(chosen, Iterable):
        raise TypeError(f'the units of layer {layer.number} are numbers, a slice or "all", not {brief(chosen)}')
    if not isinstance(chosen, np.ndarray):
        chosen = list(chosen)
    array = np.asarray(chosen)
    if array.dtype == np.bool_:
        if array.shape != (layer.units,):
            raise ValueError(f"layer {layer.number} has {layer.units} units; the mask has the shape {array.shape}")
        return np.flatnonzero(array).astype(np.uintp)
    # As they were given: among numbers, NumPy has 1 and 0 for True and False.
    given = np.asarray(chosen, object).ravel()
    found = np.array([index(unit, layer.units, where) for unit in given], np.uintp)
    if len(found) == layer.units > 2 and found.max() <= 1:
        raise ValueError(f"the units of layer {layer.number} are a mask of 0 and 1, not numbers: pass it as booleans")
    return found


def by_layer(units: Units, layers: Layers) -> list[tuple[Layer, npt.NDArray[np.uintp], dict[int, Replacing]]]:
    """For each layer that `units` names: its units, and the replacements that some have of their own."""
    if isinstance(units, Mapping):
        found = []
        for key, chosen in units.items():
            layer = layers[key]
            own: dict[int, Replacing] = dict(chosen) if isinstance(chosen, Mapping) else {}
            found.append((layer, units_of(layer, list(own) if isinstance(chosen, Mapping) else chosen), own))
        return found
    listed: dict[int, list[int]] = {}
    for number, unit in pairs(units, layers):
        listed.setdefault(number, []).append(unit)
    return [(layers[number], np.array(chosen, np.uintp), {}) for number, chosen in listed.items()]


def pairs(units: Units, layers: Layers, what: str = "units") -> list[tuple[int, int]]:
    """(layer, unit) pairs of numbers, in the order given."""
    if isinstance(units, Mapping):
        return [(layer.number, int(unit)) for layer, chosen, _ in by_layer(units, layers) for unit in chosen]
    if names_layer(units) or not isinstance(units, Iterable):
        hint = f"; all units of a layer are {{{short(units)}: 'all'}}" if names_layer(units) else ""
        raise TypeError(f"{what} is {{layer: units}} or a list of (layer, unit) pairs, not {brief(units)}{hint}")
    expect_unmasked(units, what)
    found = []
    for number, pair in enumerate(listed(as_list(units, 2), what)):
        found.append(place(pair, layers, f"{what}[{number}]"))
    return found


def as_list(chosen: Any, length: int) -> Iterable[Any]:
    """One pair or triple alone, a tuple whose first is a layer, as a list of one; what is a list already as it is."""
    if isinstance(chosen, tuple) and len(chosen) == length and names_layer(chosen[0]):
        return [chosen]
    found: Iterable[Any] = chosen
    return found


def names_layer(value: Any) -> bool:
    """Whether it is what a layer may be named by."""
    return isinstance(value, (str, Layer)) or (hasattr(value, "__index__") and np.ndim(value) == 0)


def short(layer: Any) -> str:
    """A layer as a caller writes it."""
    return repr(layer.number if isinstance(layer, Layer) else layer)


def listed(units: Iterable[Any], what: str = "units") -> list[Any]:
    """What a list of units holds, with results of units, and rows of a data frame of them, as pairs."""
    columns = getattr(units, "columns", ())
    if "layer" in columns and "unit" in columns:
        frame: Any = units
        if "input" in columns or "second_unit" in columns:
            raise TypeError(f"{what} is a data frame of something else than units: pass its columns layer and unit")
        return list(zip(frame["layer"], frame["unit"]))
    return [pair_of(unit, f"{what}[{number}]") for number, unit in enumerate(units)]


def pair_of(unit: Any, what: str) -> Any:
    """The result of a unit as a pair; anything else as it is."""
    if not isinstance(unit, Result):
        return unit
    if unit.unit is None or unit.input is not None or unit.second_unit is not None:
        raise TypeError(f"{what} is the result of something else than a unit: {brief(unit)}")
    return unit.layer, unit.unit


def place(pair: Any, layers: Layers, what: str = "the key") -> tuple[int, int]:
    """The numbers of a layer and of a unit of it that a (layer, unit) pair names."""
    try:
        key, unit = pair
    except (TypeError, ValueError):
        raise TypeError(f"{what} is no (layer, unit) pair: {brief(pair)}") from None
    layer = layers[key]
    return layer.number, index(unit, layer.units, f"unit of layer {layer.number}")


def synapses(chosen: Synapses, layers: Layers) -> list[tuple[int, int, int]]:
    """(layer, unit, input) triples of numbers, in the order given."""
    if isinstance(chosen, Mapping) or not isinstance(chosen, Iterable):
        raise TypeError(f"synapses is a list of (layer, unit, input) triples, not {brief(chosen)}")
    found = []
    for number, triple in enumerate(as_list(chosen, 3)):
        try:
            key, unit, source = triple
        except (TypeError, ValueError):
            raise TypeError(f"synapses[{number}] is no (layer, unit, input) triple: {brief(triple)}") from None
        layer = layers[key]
        unit = index(unit, layer.units, f"unit of layer {layer.number}")
        found.append((layer.number, unit, index(source, layer.inputs, f"input of layer {layer.number}")))
    return found


def layer_numbers(chosen: Any, layers: Layers) -> list[int]:
    """Layer numbers from one layer or a list of them, each a number, a name or the layer itself."""
    if names_layer(chosen):
        chosen = [chosen]
    if not isinstance(chosen, Iterable):
        raise TypeError(f"layers is a number, a name, one of model.layers or a list of them, not {brief(chosen)}")
    return [layers.number(key) for key in chosen]
