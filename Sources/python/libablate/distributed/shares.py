"""The items of a sweep, shared out among tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Callable, TypeVar

from .. import _selection
from .._selection import Units
from ..ablation import Ablation
from ..model import Model

Item = TypeVar("Item")


@dataclass(frozen=True)
class Share:
    """Items of a sweep that lie one after the other, as a sweep of these alone.

    Attributes
    ----------
    kind : str
        "masks" for parts of a layer, whose units are single masks then.
    layers, order
        As of `Sweep`, in numbers.
    masks : tuple of dict
        What `Model.ablate` takes; without a replacement, that of the sweep.
    """

    kind: str
    layers: tuple[int, ...] | None = None
    order: tuple[tuple[int, int], ...] | None = None
    masks: tuple[dict[str, Any], ...] = ()


def whole(model: Model, kind: str, layers: Any, order: Units | None, masks: Sequence[Ablation]) -> Share:
    """All items as one share."""
    return Share(
        kind,
        None if layers is None else tuple(_selection.layer_numbers(layers, model.layers)),
        None if order is None else tuple(_selection.pairs(order, model.layers)),
        tuple(mask._travelling() for mask in masks),
    )


def shares(model: Model, every: Share, items: int) -> list[Share]:
    """The items in the same order, about `items` or fewer to a share.

    Raises
    ------
    ValueError
        The items of this kind cannot be shared out.
    """
    layers = model.layers
    if every.kind == "units":
        hidden = tuple(layer.number for layer in layers.hidden)
        chosen = hidden if every.layers is None else every.layers
        found = []
        for layer in chosen:
            if layers[layer].units <= items:
                found.append(Share("units", layers=(layer,)))
                continue
            masks = [{"units": [(layer, unit)]} for unit in range(layers[layer].units)]
            found += [Share("masks", masks=part) for part in grouped(masks, items, lambda mask: 1)]
        return found
    if every.kind == "masks":
        return [Share("masks", masks=part) for part in grouped(every.masks, items, lambda mask: 1)]
    if every.kind == "synapses":
        chosen = tuple(range(len(layers))) if every.layers is None else every.layers
        units = every.order or [(layer, unit) for layer in chosen for unit in range(layers[layer].units)]
        return [Share("synapses", order=part) for part in grouped(units, items, lambda unit: layers[unit[0]].inputs)]
    if every.kind == "outgoing_synapses" and every.order is not None:
        # The weights that leave a unit are those of a layer behind it: about as many as that has units.
        parts = grouped(every.order, items, lambda unit: layers[unit[0] + 1].units)
        return [Share("outgoing_synapses", order=part) for part in parts]
    raise ValueError(f"the items of a sweep of {every.kind} cannot be shared out: leave items_per_task out")


def grouped(values: Sequence[Item], limit: int, weight: Callable[[Item], int]) -> Iterator[tuple[Item, ...]]:
    """The values in order, in groups that weigh no more than the limit if they are of more than one."""
    group: list[Item] = []
    total = 0
    for value in values:
        if group and total + weight(value) > limit:
            yield tuple(group)
            group, total = [], 0
        group.append(value)
        total += weight(value)
    if group:
        yield tuple(group)
