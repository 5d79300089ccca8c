"""Rows and labels of a command, from files."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _labels
from .._arrays import Floats, expect_finite, expect_rows, numbers
from .._wording import counted
from ..files.arrays import array_names, format_of, read_array
from ..files.csv import CSVTable
from ..model import Model
from .arguments import Usage, given
from .first_lines import agreed, tell

# Values in a batch.
BATCH = 1 << 22
X_NAMES, Y_NAMES = ("X", "x", "rows", "images"), ("y", "Y", "labels")


@dataclass(frozen=True)
class Rows:
    """Labelled rows, scaled a batch at a time; a mapped file is never in memory as a whole."""

    data: npt.NDArray[Any]
    labels: Any
    scale: tuple[float, float]

    def __len__(self) -> int:
        return len(self.data)

    @property
    def x(self) -> Floats:
        """All rows, scaled, float32 [rows, values]."""
        return scaled(self.data, self.scale)

    def batches(self) -> Iterator[tuple[Floats, Any]]:
        """The same in batches, with their labels, or None in place of them."""
        step = max(1, BATCH // max(1, self.data.shape[1]))
        for begin in range(0, len(self.data), step):
            end = begin + step
            yield scaled(self.data[begin:end], self.scale), None if self.labels is None else self.labels[begin:end]


def scaled(data: npt.NDArray[Any], scale: tuple[float, float]) -> Floats:
    """Rows as the network wants them, in float32: 1/255 divides, as training on x / 255 did."""
    factor, divisor = (np.float32(part) for part in scale)
    values: Floats = np.asarray(data, np.float32)
    if factor != 1:
        values = values * factor
    return np.ascontiguousarray(values / divisor if divisor != 1 else values)


def read_rows(options: argparse.Namespace, model: Model, *, need_labels: bool = True) -> Rows:
    """The rows and labels that a command was given, after looking whether they fit each other and the model."""
    if need_labels:
        expect_labels(options)
    data, found, table = read_data(options)
    with given():
        data = numbers(data, options.rows)
    if options.labels is not None:
        labels, of_labels = read_labels(options.labels, model)
        data, found = agreed(data, table, labels, of_labels)
        if of_labels is not None and len(found) != len(data) and (blank := of_labels.blank_line()) is not None:
            raise ValueError(f"{of_labels.path}, line {blank} is empty: {_labels.labels_for(len(data))}")
    else:
        tell(table, table is not None and table.is_numbered and table.names is not None)
    try:
        expect_rows(data, model, options.rows)
    except ValueError as error:
        raise ValueError(f"{error}{'' if table is None else table.index_told}") from None
    if not len(data):
        raise ValueError(f"{options.rows} has no rows")
    data = data.reshape(len(data), model.input_width)
    expect_finite(data, options.rows)
    if not brings_scaler(model):
        tell_of_scale(data, options.scale)
    if found is None:
        return Rows(data, None, options.scale)
    inside = "y" if options.label_column is None else f"column {options.label_column}"
    where = options.labels or f"{inside} of {options.rows}"
    return Rows(data, checked(found, model, len(data), where), options.scale)


def expect_labels(options: argparse.Namespace) -> None:
    """Raises a Usage, before any rows are read, unless a file, a column or an array beside the rows has labels."""
    if options.labels is not None or options.label_column is not None:
        return
    path, name = split_name(options.rows)
    if name is not None or format_of(path) != "npz":
        raise Usage("no labels: name their file after the rows, or a column of a CSV file by --label-column")
    known = array_names(path)
    if not any(each in known for each in Y_NAMES):
        raise Usage(
            f"no labels: {path} has no array called {' or '.join(Y_NAMES)}, but {', '.join(known) or 'none'}; name a "
            "file of labels after the rows, or one of these arrays, FILE.npz:NAME"
        )


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


def read_labels(text: str, model: Model) -> tuple[npt.NDArray[Any], CSVTable | None]:
    """Labels from any file, and the CSV file that it is; of an NPZ file with several arrays the one called y."""
    path, name = split_name(text)
    kind = format_of(path)
    if kind == "csv" and name is None:
        table = CSVTable(path)
        if model.classes is None:
            return table.numbers(), table
        if table.width != 1:
            raise ValueError(f"{path} has {table.width} columns: labels are in one{table.index_told}")
        return table.labels(0), table
    if name is None and kind == "npz":
        known = array_names(path)
        name = next((each for each in Y_NAMES if each in known), None)
    return read_array(path, name), None


def split_name(text: str) -> tuple[Path, str | None]:
    """A path, and behind a colon the name of an array in it."""
    path, colon, name = text.rpartition(":")
    return (Path(path), name) if colon and path.endswith(".npz") and not Path(text).exists() else (Path(text), None)


def checked(labels: npt.NDArray[Any], model: Model, count: int, what: str) -> npt.NDArray[Any]:
    """The labels as the model names them, or the targets of a regression; each row's is looked at."""
    if len(labels) != count:
        there_are = "there is 1 row" if count == 1 else f"there are {count} rows"
        raise ValueError(f"{there_are}, and {counted(len(labels), 'label')} in {what}")
    with given():
        if model.classes is None:
            if model.head == "regression":
                return _labels.targets(labels, count, model.output_width, what)
            return labels
        return model.classes[_labels.indices(labels, model.classes, count, what)]


def brings_scaler(model: Model) -> bool:
    """Whether the model scales rows in front of its first weights, as pipelines with a scaler do."""
    before = itertools.takewhile(lambda step: step.layer is None, model.steps)
    return any(step.kind == "affine" for step in before)


def tell_of_scale(data: npt.NDArray[Any], scale: tuple[float, float]) -> None:
    """Forgotten scales make figures that look right and are wrong."""
    if scale == (1.0, 1.0) and (most := largest_whole(data)) > 1:
        print(
            f"ablate: note: the rows are whole numbers up to {most}, and no --scale is given; a network that was "
            f"trained on 0 to 1 needs --scale 1/{most}",
            file=sys.stderr,
        )


def largest_whole(data: npt.NDArray[Any]) -> int:
    """The largest of values that are all whole, as pixels are: of floats only if none is negative. Otherwise 0."""
    if data.dtype.kind == "f":
        step = max(1, BATCH // max(1, data.shape[1]))
        for begin in range(0, len(data), step):
            part = data[begin : begin + step]
            if (part < 0).any() or (part != np.floor(part)).any():
                return 0
    return int(data.max()) if data.size else 0
