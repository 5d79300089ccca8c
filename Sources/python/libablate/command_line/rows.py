"""Rows and labels of a command, from files."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _labels
from .._arrays import Floats, expect_finite, expect_rows, numbers
from ..files.arrays import array_names, format_of, read_array
from ..files.csv import CSVTable
from ..model import Model
from . import preparation
from .arguments import Usage, given
from .first_lines import agreed, tell
from .labels import checked, expect_labels, named, read_labels
from .named_arrays import X_NAMES, Y_NAMES, split_name
from .preparation import Preparation

# Values in a batch.
BATCH = 1 << 22


def add_rows(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Rows and labels, and how they are read."""
    more: dict[str, Any] = {"nargs": "?"} if optional else {}
    parser.add_argument(
        "rows",
        metavar="ROWS",
        help="rows of input: NPY, NPZ, IDX (also gzipped) or CSV; FILE.npz:NAME picks an array",
        **more,
    )
    parser.add_argument(
        "labels",
        metavar="LABELS",
        nargs="?",
        help="their labels, in the same formats; not needed if an NPZ file holds X and y, or with --label-column",
    )
    group = parser.add_argument_group("rows")
    preparation.add_arguments(group)
    group.add_argument(
        "--label-column",
        metavar="C",
        help="the column of a CSV file of rows that holds the labels: its name, or its number from 0; -1 is the last",
    )


@dataclass(frozen=True)
class Rows:
    """Labelled rows, prepared a batch at a time; a mapped file is never in memory as a whole."""

    data: npt.NDArray[Any]
    labels: Any
    preparation: Preparation
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.data)

    @property
    def x(self) -> Floats:
        """All rows, prepared, float32 [rows, values]."""
        return self.preparation.applied(self.data, self.shape)

    def at(self, row: int) -> Floats:
        """One row, prepared, with the axes that the model has."""
        return self.preparation.applied(self.data[row : row + 1], self.shape).reshape(self.shape)

    def batches(self) -> Iterator[tuple[Floats, Any]]:
        """The same in batches, with their labels, or None in place of them."""
        step = max(1, BATCH // math.prod(self.shape))
        for begin in range(0, len(self.data), step):
            part = slice(begin, begin + step)
            x = self.preparation.applied(self.data[part], self.shape)
            yield x, None if self.labels is None else self.labels[part]


def read_rows(options: argparse.Namespace, model: Model, *, need_labels: bool = True) -> Rows:
    """The rows and labels that a command was given, after looking whether they fit each other and the model."""
    if need_labels:
        expect_labels(options)
    data, found, table = read_data(options)
    with given():
        data = expect_rows_in(numbers(data, options.rows), options.rows)
    if options.labels is not None:
        labels, of_labels = read_labels(options.labels, model)
        labels = expect_rows_in(labels, options.labels)
        data, found = agreed(data, table, labels, of_labels)
        if of_labels is not None and len(found) != len(data) and (blank := of_labels.blank_line()) is not None:
            raise ValueError(f"{of_labels.path}, line {blank} is empty: {_labels.labels_for(len(data))}")
    else:
        tell(table, table is not None and table.is_numbered and table.names is not None)
    prepared = Preparation.of(options)
    prepared.expect_fits(model.input_shape)
    prepared.expect_order(data, model.input_shape, options.rows)
    try:
        expect_rows(np.moveaxis(data, -1, 1) if prepared.channels_last else data, model, options.rows)
    except ValueError as error:
        raise ValueError(f"{error}{'' if table is None else table.index_told}") from None
    if not len(data):
        raise ValueError(f"{options.rows} has no rows")
    data = data.reshape(len(data), model.input_width)
    expect_finite(data, options.rows)
    if not brings_scaler(model) and not prepared.changes_values:
        tell_of_scale(data)
    if found is not None:
        inside = "y" if options.label_column is None else f"column {options.label_column}"
        where = options.labels or f"{inside} of {options.rows}"
        if options.classes is not None:
            found = named(found, model)
        found = checked(found, model, len(data), where)
    return Rows(data, found, prepared, model.input_shape)


def expect_rows_in(values: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """The values; a ValueError if they are one number and no array of rows."""
    if not np.ndim(values):
        raise ValueError(f"{where} holds one value, and no array of rows")
    return values


def read_data(options: argparse.Namespace) -> tuple[Any, Any, CSVTable | None]:
    """The rows, and the labels if they are in the same file, and the CSV file that it is."""
    path, name = split_name(options.rows)
    kind = format_of(path)
    if options.label_column is not None and (kind != "csv" or options.labels is not None):
        other = "LABELS are given, too" if kind == "csv" else f"{path} is none"
        raise Usage(f"--label-column is of a CSV file of rows; {other}")
    if options.label_column is not None:
        table = CSVTable(path)
        column = table.column(options.label_column)
        return table.numbers(leave_out=column), table.labels(column), table
    if kind == "csv" and name is None:
        table = CSVTable(path)
        return table.numbers(), None, table
    if kind == "npz" and name is None:
        known = array_names(path)
        x = next((each for each in X_NAMES if each in known), None)
        y = next((each for each in Y_NAMES if each in known), None)
        labels = read_array(path, y) if y is not None and options.labels is None else None
        return read_array(path, x), labels, None
    return read_array(path, name), None, None


def brings_scaler(model: Model) -> bool:
    """Whether the model scales rows in front of its first weights, as pipelines with a scaler do."""
    before = itertools.takewhile(lambda step: step.layer is None, model.steps)
    return any(step.kind == "affine" for step in before)


def tell_of_scale(data: npt.NDArray[Any]) -> None:
    """Forgotten scales make figures that look right and are wrong."""
    if (most := largest_whole(data)) > 1:
        print(
            f"ablate: note: the rows are whole numbers up to {most}, and no --scale is given; a network that was "
            f"trained on 0 to 1 needs --scale 1/{most}, one that was trained on normalised values --mean and --scale",
            file=sys.stderr,
        )


def largest_whole(data: npt.NDArray[Any]) -> int:
    """The largest of values that are all whole, as pixels are: of floats only if none is negative. Otherwise 0."""
    if data.dtype.kind == "f":
        step = max(1, BATCH // max(1, math.prod(data.shape[1:])))
        for begin in range(0, len(data), step):
            part = data[begin : begin + step]
            if (part < 0).any() or (part != np.floor(part)).any():
                return 0
    return int(data.max()) if data.size else 0
