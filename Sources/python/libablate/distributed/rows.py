"""Where rows come from: arrays and batches that travel, files and functions that workers read, Dask arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
import numpy.typing as npt

from .. import _labels
from .._arrays import expect_rows, rows
from .._batches import batches
from ..model import Model

# Rows that are worth a task.
FEWEST = 64
TASKS_PER_THREAD = 4
# Values of the rows of a task, which are in the scheduler's memory for a while.
LARGEST = 1 << 22


@dataclass(frozen=True)
class Stored:
    """Rows of an NPY file that client and workers see: all, or those from `begin` to `end`."""

    path: str
    begin: int = 0
    end: int | None = None

    @staticmethod
    def of(values: Any) -> Any:
        """A file for the path of one; others as they are."""
        # Workers may be in another folder.
        return Stored(str(Path(values).resolve())) if isinstance(values, (str, os.PathLike)) else values

    def all(self) -> npt.NDArray[Any]:
        """The rows as a memory map."""
        values: npt.NDArray[Any] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return values[self.begin : self.end]


@dataclass(frozen=True)
class Loader:
    """A caller's function that gives rows `begin` to `end` and their labels."""

    function: Callable[[int, int], tuple[Any, Any]]
    begin: int
    end: int

    def load(self) -> tuple[Any, Any]:
        """The rows and labels, as many as they should be."""
        try:
            X, y = self.function(self.begin, self.end)
        except (TypeError, ValueError) as error:
            raise ValueError(f"the function that loads rows: {error}") from error
        if len(X) != self.end - self.begin:
            raise ValueError(f"rows {self.begin} to {self.end} were asked for, and {len(X)} rows were loaded")
        return X, y


def read(X: Any) -> Any:
    """Rows of a file as an array; others as they are."""
    return X.all() if isinstance(X, Stored) else X


@dataclass
class Part:
    """Rows of one task, or of one for each share: the number of the first, how many, and how they get to a worker.

    `place` gives what a task takes as X and y for a client: values, or futures of them. `travels` tells whether X is an
    array that goes from here to a worker.
    """

    begin: int
    rows: int
    place: Callable[[Any], tuple[Any, Any]]
    travels: bool = False


@dataclass
class Rows:
    """All rows: how many, if that is known, their parts, and what to make a reference of, if that can be had."""

    count: int | None
    parts: Iterator[Part]
    reference: Any = None


def rows_of(model: Model, X: Any, y: Any, count: int | None, per_task: int | None, threads: int) -> Rows:
    """What a caller passes as rows, checked as far as this process sees them."""
    if count is not None and not callable(X):
        raise TypeError("rows is how many a function loads; X is no function")
    if hasattr(X, "__dask_graph__"):
        return of_dask(model, X, y, per_task)
    if callable(X) and not hasattr(X, "__array__"):
        if y is not None or count is None:
            raise TypeError("a function X(begin, end) gives rows and labels: pass rows=, how many there are, and no y")
        step = step_of(count, model.input_width, per_task, threads)
        return Rows(count, (Part(b, e - b, at(Loader(X, b, e), None)) for b, e in cuts(count, step)))
    if y is None:
        return Rows(None, of_batches(model, X, per_task))
    file, answers = Stored.of(X), read(Stored.of(y))
    if isinstance(file, Stored):
        found = rows(file.all(), model)
        answers = checked(model, answers, len(found))
        step = step_of(len(found), model.input_width, per_task, threads)
        parts = (Part(b, e - b, at(Stored(file.path, b, e), answers[b:e])) for b, e in cuts(len(found), step))
        return Rows(len(found), parts, file)
    found = rows(X, model)
    answers = checked(model, answers, len(found))
    step = step_of(len(found), model.input_width, per_task, threads)
    parts = (Part(b, e - b, sent(found[b:e], answers[b:e]), True) for b, e in cuts(len(found), step))
    return Rows(len(found), parts, found)


def step_of(count: int, width: int, per_task: int | None, threads: int) -> int:
    """Rows of a task."""
    if count < 1:
        raise ValueError("X has no rows")
    wanted = -(-count // (TASKS_PER_THREAD * max(1, threads)))
    return per_task or max(1, min(max(wanted, FEWEST), LARGEST // max(1, width)))


def cuts(count: int, step: int) -> Iterator[tuple[int, int]]:
    """The rows in steps: begin and end of each."""
    for begin in range(0, count, step):
        yield begin, min(begin + step, count)


def checked(model: Model, y: Any, count: int) -> npt.NDArray[Any]:
    """The labels or targets as an array with a row for each of `count`, refused here rather than on a worker."""
    if model.classes is None:
        return _labels.targets(y, count, model.output_width)
    return model.classes[_labels.indices(y, model.classes, count)]


def at(X: Any, y: Any) -> Callable[[Any], tuple[Any, Any]]:
    """Rows that workers find by themselves."""
    return lambda client: (X, y)


def sent(X: npt.NDArray[Any], y: npt.NDArray[Any]) -> Callable[[Any], tuple[Any, Any]]:
    """Rows that travel; read from a memory map only when they do."""
    return lambda client: (np.array(X), np.array(y))


def of_batches(model: Model, X: Any, per_task: int | None) -> Iterator[Part]:
    begin = 0
    for values, labels, of in batches(X):
        found = rows(values, model, f"X{of}")
        answers = checked(model, labels, len(found))
        for first, end in cuts(len(found), per_task or max(1, len(found))):
            yield Part(begin + first, end - first, sent(found[first:end], answers[first:end]), True)
        begin += len(found)


def of_dask(model: Model, X: Any, y: Any, per_task: int | None) -> Rows:
    """A Dask array: its chunks of rows are the parts, unless told otherwise."""
    if not hasattr(X, "chunks"):
        raise TypeError(f"of Dask's collections arrays are taken, not a {type(X).__name__}: pass its .to_dask_array()")
    if any(length != length for length in X.shape):
        raise ValueError("X has chunks of unknown length: call X.compute_chunk_sizes() first")
    expect_rows(X, model, "X")
    if y is None:
        raise TypeError("rows take labels: pass y")
    count = X.shape[0]
    if count < 1:
        raise ValueError("X has no rows")
    X = X.rechunk({0: per_task or X.chunks[0], **dict.fromkeys(range(1, X.ndim), -1)})
    blocks = X.to_delayed().ravel().tolist()
    if hasattr(y, "__dask_graph__"):
        if y.shape[:1] != (count,):
            raise ValueError(f"{_labels.labels_for(count)}; y has the shape {y.shape}")
        y = y.rechunk({0: X.chunks[0], **dict.fromkeys(range(1, y.ndim), -1)})
        labels = y.to_delayed().ravel().tolist()
    else:
        y = checked(model, y, count)
        labels = None

    def parts() -> Iterator[Part]:
        begin = 0
        for number, length in enumerate(X.chunks[0]):
            answers = y[begin : begin + length] if labels is None else labels[number]
            if length:
                yield Part(begin, length, computed(blocks[number], answers, labels is not None))
            begin += length

    return Rows(count, parts())


def computed(block: Any, answers: Any, are_delayed: bool) -> Callable[[Any], tuple[Any, Any]]:
    """A chunk that the cluster computes."""
    return lambda client: (client.compute(block), client.compute(answers) if are_delayed else answers)
