"""Labels of rows, from files, as the model names them."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _labels
from .._wording import counted
from ..files.arrays import array_names, format_of, read_array
from ..files.csv import CSVTable
from ..model import Model
from .arguments import Usage, given
from .named_arrays import Y_NAMES, split_name


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


def named(labels: npt.NDArray[Any], model: Model) -> npt.NDArray[Any]:
    """Labels that are the numbers of classes with names, as those names; others as they are."""
    if model.classes is None or model.classes.dtype.kind != "U" or labels.dtype.kind not in "biu" or not labels.size:
        return labels
    count = len(model.classes)
    if labels.min() < 0 or labels.max() >= count:
        row = int(np.nonzero((labels < 0) | (labels >= count))[0][0])
        raise ValueError(f"label {labels[row]} of row {row} is no number of a class: --classes has {count} lines")
    return model.classes[labels.astype(np.intp)]
