"""What names the items of each kind of sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
