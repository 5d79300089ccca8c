"""Enumerators by the names that callers give them."""

from __future__ import annotations


def one_of(name: str, table: dict[str, int], what: str) -> int:
    """The number of an enumerator by its name."""
    if name not in table:
        raise ValueError(f"there is no {what} {name!r}; there are {', '.join(table)}")
    return table[name]
