"""Batches of rows with their labels, and what looks like them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np


def batches(X: Any) -> Iterator[tuple[Any, Any, str]]:
    """(X, y) batches from an iterable of them, each with what errors put behind the names of its parts."""
    if hasattr(X, "__array__") or not isinstance(X, Iterable):
        expect_no_dataset(X, "X")
        raise TypeError("rows take labels: pass y, or an iterable of (X, y) batches")
    expect_no_pair(X, "X")
    for number, batch in enumerate(X):
        try:
            part, labels = batch
        except (TypeError, ValueError):
            said = "without y, X is an iterable of (X, y) batches"
            raise TypeError(f"{said}; batch {number} is no such pair") from None
        yield part, labels, f" of batch {number}"


def are_batches(X: Any, width: int) -> bool:
    """Whether X, without labels, is an iterable of (X, y) batches and not rows of `width` values.

    A list is known by its first element: two arrays in a list or tuple are a batch, unless they make up a row, of two
    parts of one shape. So of a network of one input, whose rows have no two parts, every such pair is a batch.
    """
    if hasattr(X, "__array__") or not isinstance(X, Iterable):
        return False
    if not isinstance(X, (list, tuple)) or not X:
        return True
    try:
        part, labels = X[0]
        is_pair = isinstance(X[0], (list, tuple)) and np.ndim(part) > 0
        return is_pair and (np.shape(part) != np.shape(labels) or 2 * np.size(part) != width)
    except (TypeError, ValueError):
        return False


def expect_one_array(x: Any, width: int, what: str) -> None:
    """Raises a TypeError if x is an (X, y) pair, or arrays that have several rows of `width` values each."""
    expect_no_pair(x, what)
    expect_no_dataset(x, what)
    if is_other_container(x) and not hasattr(x, "__getitem__"):
        raise TypeError(
            f"{what} is a {type(x).__name__}, and an array is asked for: np.concatenate([x for x, y in X]) joins "
            "batches; sweep, profile and their like take (X, y) batches in place of both X and y"
        )
    shape = shape_of(x[0]) if isinstance(x, (list, tuple)) and x else ()
    if len(shape) > 1 and math.prod(shape[1:]) == width != math.prod(shape):
        raise TypeError(
            f"{what} is a list of {len(x)} arrays of rows: pass np.concatenate({what}) with the labels of all, or "
            "(X, y) batches in place of X and y, such as zip(X, y)"
        )


def expect_no_pair(x: Any, what: str) -> None:
    """Raises a TypeError if x is rows and their labels in one."""
    if isinstance(x, (list, tuple)) and len(x) == 2:
        shape, labels = shape_of(x[0]), shape_of(x[1])
        if len(shape) > 1 and labels in ((shape[0],), (shape[0], 1)) and labels != shape:
            raise TypeError(f"{what} is an (X, y) pair: pass X and y as two arguments, or [(X, y)] for batches")


def expect_no_dataset(x: Any, what: str) -> None:
    """Raises a TypeError if x is a data set of (row, label) pairs, of which nobody loads all to find out."""
    if not is_other_container(x) or not hasattr(x, "__getitem__") or not hasattr(x, "__len__") or not len(x):
        return
    try:
        first = x[0]
    except (LookupError, TypeError):
        return
    if isinstance(first, (list, tuple)) and len(first) == 2 and len(shape_of(first[0])) > 0:
        raise TypeError(
            f"{what} is a {type(x).__name__} of (row, label) pairs: pass arrays of all rows and of all labels, or an "
            "iterable of (X, y) batches where these are taken, such as a DataLoader of it"
        )


def is_other_container(x: Any) -> bool:
    """Whether x can be gone through, or asked for its items, and is neither a list nor what NumPy knows as an array."""
    is_known = isinstance(x, (list, tuple, str, Mapping)) or hasattr(x, "__array__") or hasattr(x, "toarray")
    return not is_known and (isinstance(x, Iterable) or hasattr(x, "__getitem__"))


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array or of nested lists; () of what has none."""
    try:
        return np.shape(x)
    except ValueError:
        return ()
