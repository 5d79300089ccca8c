"""Enumerators by the names that callers give them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from ._brief import brief

Value = TypeVar("Value")


def one_of(name: Any, table: Mapping[str, Value], what: str) -> Value:
    """What a name stands for, mostly the number of an enumerator."""
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"{what} is {brief(name)}; there are {', '.join(table)}")
    return table[name]


def some_of(
    names: Any, table: Collection[str], what: str, found_in: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Names that an argument may have, from one or a list of them; each once. Others are `found_in` some of these."""
    if not isinstance(names, str) and not isinstance(names, Iterable):
        raise TypeError(f"{what} is a name or a list of names, not {brief(names)}")
    found = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    for name in found:
        if name not in table:
            other = found_in.get(name) if found_in and isinstance(name, str) else None
            hint = f", which comes with {other}" if other else ""
            raise ValueError(f"{what} has {brief(name)}{hint}; there are {', '.join(table)}")
    return found
