"""What sweeps with other plans differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .results import INDICES

if TYPE_CHECKING:
    from ._sweep import Sweep


def apart(first: Sweep, second: Sweep) -> str:
    """What to add to the error for two sweeps that cannot be merged, as far as Python can tell."""
    if first.closed or second.closed:
        return ""
    mine, theirs = plan(first), plan(second)
    names = [name for name, value in mine.items() if value != theirs[name]]
    if names:
        return f"; these differ in {' and '.join(names)}"
    return "; these are of the same kind and the same items: their models' weights, references or masks differ"


def plan(sweep: Sweep) -> dict[str, Any]:
    """What was asked of a sweep, as far as Python knows: of models and references the library has more."""
    replacement = sweep.replacement
    return {
        "kind": sweep.kind,
        "metrics": set(sweep.metrics),
        "changed_row_limit": sweep._changed_row_limit,
        "replacement": (replacement.kind, replacement.constant, replacement.seed),
        "items": [sweep.table[name].tolist() for name in INDICES],
    }
