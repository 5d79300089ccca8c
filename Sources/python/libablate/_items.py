"""What names the items of each kind of sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _declarations as c
from ._brief import brief
from ._selection import index, place
from .layers import Layers
from .results import sweep_name

# The arguments of a sweep that say what is ablated; those of other kinds are not taken.
NAMED_BY = {
    "units": ("layers",),
    "synapses": ("layers", "order"),
    "inputs": (),
    "pairs": ("layers",),
    "cumulative": ("order",),
    "masks": ("masks",),
    "outgoing_synapses": ("order",),
}


def expect_items(
    kind: str, layers: Sequence[int] | None, order: Sequence[tuple[int, int]] | None, masks: Sequence[Any]
) -> None:
    """Raises a ValueError unless items of the kind are named: layers, an order of units, or masks."""
    given = {"layers": layers is not None, "order": order is not None, "masks": len(masks) > 0}
    taken, what = NAMED_BY[kind], sweep_name(kind)
    for name in given:
        if given[name] and name not in taken:
            raise ValueError(f"a {what} takes no {name}" + (f", but {' or '.join(taken)}" if taken else ""))
    if given["layers"] and given["order"]:
        raise ValueError("layers and order exclude each other: pass one of both")
    if taken == ("order",) and not given["order"]:
        raise ValueError(f"a {what} takes its units as order=, a list of (layer, unit)")
    if order is not None and not order:
        raise ValueError("the list of units is empty")
    if kind == "masks" and not masks:
        raise ValueError(f"a {what} takes at least one ablation, made by model.ablate")
    if kind == "pairs" and (layers is None or len(layers) not in (1, 2)):
        raise ValueError(f"pairs are of one layer or across two: layers names {len(layers or ())}")
    if kind == "pairs" and layers is not None and len(set(layers)) < len(layers):
        raise ValueError(f"layers names layer {layers[0]} twice: layers={layers[0]} are the pairs within it")


def namings(kind: str, layers: Layers, key: tuple[Any, ...]) -> list[dict[str, int | None]]:
    """The columns and values of an item that a tuple names: of a pair two ways, as either unit may be first."""
    if kind in ("cumulative", "masks", "inputs"):
        raise KeyError(f"the items of a {sweep_name(kind)} are known by position, not by {brief(key)}")
    if kind == "pairs" and len(key) == 2 and all(isinstance(part, tuple) and len(part) == 2 for part in key):
        first, second = (place(part, layers) for part in key)
        names = ("layer", "unit", "second_layer", "second_unit")
        return [dict(zip(names, (*one, *other))) for one, other in ((first, second), (second, first))]
    taken = ["layer", "unit", "input"] if "synapses" in kind else ["layer", "unit"]
    if len(key) != len(taken) or isinstance(key[0], tuple):
        words = f"[{', '.join(taken)}]"
        if kind == "pairs":
            example = f", here [({key[0]!r}, {key[1]!r}), ({key[2]!r}, {key[3]!r})]" if len(key) == 4 else ""
            words = f"[(layer, unit), (layer, unit)]{example}, or a single unit by {words}"
        raise KeyError(f"an item of a {sweep_name(kind)} is named by {words}, not by {brief(key)}")
    layer, unit = place(key[:2], layers)
    if len(key) == 3:
        inputs = layers[layer].inputs
        return [{"layer": layer, "unit": unit, "input": index(key[2], inputs, f"input of layer {layer}")}]
    return [{"layer": layer, "unit": unit, "second_unit": None}]


def position_of(kind: str, layers: Layers, key: tuple[Any, ...], column: Callable[[str], npt.NDArray[np.uintp]]) -> int:
    """The position of the item that a tuple names; `column` has the numbers of all items, NONE where none applies."""
    ways = namings(kind, layers, key)
    for named in ways:
        matches = [column(name) == np.uintp(c.NONE if value is None else value) for name, value in named.items()]
        found = np.flatnonzero(np.logical_and.reduce(matches))
        if len(found):
            return int(found[0])
    said = ", ".join(f"{name} {value}" for name, value in ways[0].items() if value is not None)
    raise KeyError(f"no item of this {sweep_name(kind)} is {said}")
