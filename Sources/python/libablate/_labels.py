"""Class labels as the model names them, and the class numbers that the library counts with."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arrays import Floats, expect_unmasked, numbers
from ._brief import brief
from ._numbers import is_truth
from ._wording import counted

Labels = npt.NDArray[Any]


def from_texts(texts: Sequence[str | None]) -> Labels:
    """The labels of a model file: whole numbers if all of them are written so, their own numbers without names."""
    if any(text is None for text in texts):
        return np.arange(len(texts))
    known = [text or "" for text in texts]
    try:
        whole = [int(text) for text in known]
    except ValueError:
        return np.array(known)
    return np.array(whole) if [str(number) for number in whole] == known else np.array(known)


def column(y: Any, rows: int, what: str = "y") -> npt.NDArray[Any]:
    """y as an array of one label per row."""
    if y is None:
        raise ValueError(f"{what} is None: {labels_for(rows)}")
    expect_unmasked(y, what)
    try:
        array = np.asarray(y)
    except ValueError:
        raise ValueError(f"{what} is a list of lists of several lengths: {labels_for(rows)}") from None
    if array.shape == (rows, 1):
        array = array[:, 0]
    if array.shape != (rows,):
        hint = ""
        if array.ndim == 2 and len(array) == rows:
            hint = ": one for each row; one-hot rows become labels with model.classes[y.argmax(axis=1)]"
        raise ValueError(f"{labels_for(rows)}; {what} has the shape {array.shape}{hint}")
    return array


def labels_for(rows: int) -> str:
    """How many labels so many rows take, for an error."""
    return "1 row takes one label" if rows == 1 else f"{rows} rows take that many labels"


def indices(y: Any, classes: Labels, rows: int, what: str = "y") -> npt.NDArray[np.int32]:
    """The class numbers of the labels y, [rows].

    Numbers are compared as numbers and texts as texts; numbers that are written as texts fit either.
    """
    labels = column(y, rows, what)
    if labels.dtype.kind == "O":
        texts = any(isinstance(label, (str, bytes)) for label in labels)
        missing = [is_missing(label) for label in labels]
        if any(missing):
            raise ValueError(f"{what} has no label in row {missing.index(True)}")
        try:
            labels = labels.astype(str) if texts else labels.astype(type(labels[0]) if rows else float)
        except OverflowError:
            raise ValueError(f"{what} has a number that no label has: {listed(classes)}") from None
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError(f"{what} is NaN in row {int(np.flatnonzero(np.isnan(labels))[0])}")
    if labels.dtype.kind not in "biufUS":
        raise TypeError(f"{what} has to hold class labels, not {labels.dtype}")
    if labels.dtype.kind == "b" and classes.dtype.kind in "iuf" and len(classes) > 2:
        raise TypeError(f"{what} is True or False in each row, which are no labels: {listed(classes)}")
    named = classes
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    if labels.dtype.kind == "U" and named.dtype.kind != "U":
        named = named.astype(str)
    elif labels.dtype.kind != "U" and named.dtype.kind == "U":
        raise unknown(labels, np.zeros(rows, bool), classes, what) if rows else ValueError(f"{what} is empty")
    order = np.argsort(named, kind="stable")
    found = order[np.minimum(np.searchsorted(named, labels, sorter=order), len(named) - 1)]
    right = named[found] == labels
    if not right.all():
        raise unknown(labels, right, classes, what)
    return np.ascontiguousarray(found, np.int32)


def is_missing(label: Any) -> bool:
    """Whether it is None, NaN, or what pandas has for no value, which is not even known to be equal to itself."""
    same = label == label
    return label is None or not is_truth(same) or not same


def index(label: Any, classes: Labels, what: str) -> int:
    """The class number of one label."""
    if np.ndim(label) != 0:
        raise ValueError(f"{what} is one label, not {brief(label)}")
    try:
        return int(indices([label], classes, 1, what)[0])
    except ValueError:
        raise ValueError(f"{what} is {brief(label)}; {listed(classes)}") from None


def listed(classes: Labels) -> str:
    """The classes of a model for an error."""
    return f"the model's classes are {written(classes)}"


def written(classes: Labels) -> str:
    """Class labels with commas, of many the first."""
    return ", ".join(repr(label) for label in classes[:20].tolist()) + (", ..." if len(classes) > 20 else "")


def unknown(labels: Labels, right: npt.NDArray[np.bool_], classes: Labels, what: str) -> ValueError:
    """The error for the first label that is no class of the model."""
    row = int(np.flatnonzero(~right)[0])
    hint = "; class numbers become labels with model.classes[y]" if classes.dtype.kind == "U" else ""
    return ValueError(f"{what} has {labels[row].item()!r} in row {row}; {listed(classes)}{hint}")


def targets(y: Any, rows: int, width: int, what: str = "y") -> Floats:
    """The values a regression should give, [rows, width], finite."""
    array = numbers(y, what)
    if array.ndim == 1 and width == 1:
        array = array.reshape(-1, 1)
    if array.shape != (rows, width):
        raise ValueError(
            f"{counted(rows, 'row')} of this regression {'takes' if rows == 1 else 'take'} targets of shape "
            f"{(rows, width)}; {what} has {array.shape}"
        )
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        raise ValueError(f"{what} is not finite in row {int(np.flatnonzero(~finite)[0])}")
    return np.ascontiguousarray(array, np.float32)


def given(classes: Any, count: int | None = None) -> Labels:
    """Class labels as a caller gives them: all numbers or all strings, no two alike."""
    expect_unmasked(classes, "classes")
    labels = np.asarray(classes)
    if labels.dtype.kind == "O":
        if not all(isinstance(label, str) for label in labels.ravel()):
            raise TypeError("classes is a list of all numbers or all strings")
        labels = labels.astype(str)
    if labels.dtype.kind not in "biufU" or labels.ndim != 1:
        raise TypeError(f"classes is a list of numbers or strings, not {labels.dtype} of shape {labels.shape}")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError("classes has a NaN, which is no label")
    if labels.dtype.kind == "U":
        for place, label in enumerate(labels.tolist()):
            if any("\ud800" <= letter <= "\udfff" for letter in label):
                raise ValueError(f"classes[{place}] is {label!r}, which is no text: half a pair of surrogates")
            if "\0" in label:
                raise ValueError(f"classes[{place}] is {label!r}: files end a label at a NUL")
    if count is not None and len(labels) != count:
        raise ValueError(f"classes has the length {len(labels)}; the model has {count} classes")
    known, counts = np.unique(labels, return_counts=True)
    if counts.size and counts.max() > 1:
        raise ValueError(f"classes has the label {known[counts.argmax()].item()!r} more than once")
    return labels


def texts(labels: Labels) -> ctypes.Array[ctypes.c_char_p]:
    """Labels as the library takes them."""
    return (ctypes.c_char_p * len(labels))(*(str(label).encode() for label in labels.tolist()))
