"""Tables as text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy.typing as npt


def rows_of(columns: Mapping[str, npt.NDArray[Any]]) -> list[list[Any]]:
    """The rows of columns, in plain Python types."""
    return [list(row) for row in zip(*(column.tolist() for column in columns.values()))]


def few(count: int, most: int = 11) -> list[int]:
    """Some of so many places, with the first and the last, evenly spread."""
    if count <= most:
        return list(range(count))
    return [place * (count - 1) // (most - 1) for place in range(most)]


def no_column(name: str, columns: Iterable[str]) -> KeyError:
    """The error for a column that is not there, with those that are."""
    return KeyError(f"there is no column {name!r}; there are {', '.join(columns)}")


def lines(header: Sequence[str], rows: Sequence[Sequence[Any]], signed: Collection[str] = ()) -> list[str]:
    """A table as text; figures of the signed columns, which are differences, with a sign."""
    texts = [header, *([cell(value, name in signed) for name, value in zip(header, row)] for row in rows)]
    widths = [max(len(text[place]) for text in texts) for place in range(len(header))]
    return ["  ".join(text.rjust(width) for text, width in zip(row, widths)) for row in texts]


def cell(value: Any, is_signed: bool) -> str:
    """One cell."""
    if isinstance(value, float):
        return f"{value:+.4f}" if is_signed else f"{value:.4g}"
    return str(value)
