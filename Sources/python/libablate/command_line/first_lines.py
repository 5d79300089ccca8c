"""Lines of CSV files that may be the numbers of columns, as data frames without names write them, or a row."""

from __future__ import annotations

import sys
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from ..files.csv import CSVTable

Array = npt.NDArray[Any]


def readings(values: Array, table: CSVTable | None) -> list[tuple[int, bool]]:
    """The ways to read a file, the likelier in front: how many rows more than `values`, and whether a line is names."""
    if table is None or not table.is_numbered:
        return [(0, False)]
    if table.names is None:
        return [(0, False), (-1, True)]
    is_row = all(name.isdecimal() for name in table.names) and values.shape[1:] == (table.width,)
    return [(0, True), (1, False)] if is_row else [(0, True)]


def with_rows(values: Array, more: int) -> Array:
    """Values without their first row for -1, and for 1 with a row that counts the columns in front."""
    return np.concatenate([[np.arange(values.shape[1])], values]) if more > 0 else values[-more:]


def agreed(rows: Array, of_rows: CSVTable | None, labels: Array, of_labels: CSVTable | None) -> tuple[Array, Array]:
    """Rows and labels, read so that there are as many of both; tells which lines are left out."""
    ways = list(product(readings(rows, of_rows), readings(labels, of_labels)))
    x, y = next((way for way in ways if len(rows) + way[0][0] == len(labels) + way[1][0]), ways[0])
    tell(of_rows, x[1])
    tell(of_labels, y[1])
    return with_rows(rows, x[0]), with_rows(labels, y[0])


def tell(table: CSVTable | None, is_left_out: bool) -> None:
    """A note on a line that is left out."""
    if table is not None and is_left_out:
        print(f"ablate: note: {table.taken_for_names()}", file=sys.stderr)
