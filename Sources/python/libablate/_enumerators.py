"""Enumerators by the names that callers give them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ._brief import brief


def one_of(name: Any, table: dict[str, int], what: str) -> int:
    """The number of an enumerator by its name."""
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"{what} is {brief(name)}; there are {', '.join(table)}")
    return table[name]


def some_of(names: Any, table: Collection[str], what: str) -> tuple[str, ...]:
    """Names that an argument may have, from one or a list of them; each once."""
    if not isinstance(names, str) and not isinstance(names, Iterable):
        raise TypeError(f"{what} is a name or a list of names, not {brief(names)}")
    found = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    for name in found:
        if name not in table:
            raise ValueError(f"{what} has {brief(name)}; there are {', '.join(table)}")
    return found
