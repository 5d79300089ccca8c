"""Arguments that several commands have: the model, its classes, replacements, threads."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import load
from .._labels import listed
from .._numbers import MOST_THREADS
from ..model import Model
from ..replacement import Replacement
from . import argument_types

# A layer's number, as one names it.
NUMBER = re.compile(r"-?[0-9]+")


class Usage(ValueError):
    """Wrong usage, of which arguments alone do not tell before files are read."""


def add_top(parser: argparse.ArgumentParser, what: str) -> None:
    """How much of a table is printed; `what` says of N."""
    parser.add_argument(
        "--top", type=argument_types.whole_number(0), default=20, metavar="N", help=f"print {what}; default 20, 0 all"
    )


def fill(options: argparse.Namespace, defaults: dict[str, Any], are_taken: bool, takers: str) -> str | None:
    """Fills in options that are not given; why, if one is that is for others than these: for whom, and for whom not."""
    for name, default in defaults.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
        elif not are_taken:
            return f"--{name} is for {takers}"
    return None


def add_model(parser: argparse.ArgumentParser) -> None:
    """The model, what its classes are called, and threads."""
    parser.add_argument("model", metavar="MODEL", help="ONNX file")
    parser.add_argument(
        "--classes",
        type=argument_types.path_text,
        metavar="FILE",
        help="a text file with a line for each class, in the order of the scores, in place of MODEL's labels; "
        "LABELS are then these names, or the numbers of their lines from 0",
    )
    parser.add_argument(
        "--threads",
        type=argument_types.whole_number(0, MOST_THREADS),
        default=0,
        metavar="N",
        help="0 (default): one per processor",
    )


def add_ablation(parser: argparse.ArgumentParser, *, lasting: bool = False) -> None:
    """What takes an ablated unit's place, for a run or, if `lasting`, for good."""
    more = "mean or constant=V; mean draws" if lasting else "mean, constant=V or resample=SEED; mean and resample draw"
    parser.add_argument(
        "--replacement",
        type=argument_types.lasting_replacement if lasting else argument_types.replacement,
        default=Replacement(),
        metavar="R",
        help=f"what takes a unit's place: zero (default), dead, {more} from ROWS",
    )


def loaded(options: argparse.Namespace) -> Model:
    """The model, with the class labels that are given."""
    classes = None if options.classes is None else class_labels(Path(options.classes))
    return load(options.model, classes=classes, threads=options.threads)


def class_labels(path: Path) -> npt.NDArray[Any]:
    """The lines of a file, whole numbers if all are such of 64 bits."""
    try:
        found = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8") from error
    if "" in found:
        raise ValueError(f"{path}, line {found.index('') + 1} is empty: a line names a class")
    if all(NUMBER.fullmatch(line) and -(2**63) <= int(line) < 2**63 for line in found):
        return np.array([int(line) for line in found], np.int64)
    return np.array(found)


def add_class(parser: argparse.ArgumentParser, what: str, **more: Any) -> None:
    """A class by its label."""
    parser.add_argument("--class", dest="class_", metavar="LABEL", help=what, **more)


def class_label(text: str, classes: npt.NDArray[Any]) -> Any:
    """The label that a text names."""
    for label in classes.tolist():
        if str(label) == text:
            return label
    raise ValueError(f"--class is {text!r}; {listed(classes)}")


@contextmanager
def given() -> Iterator[None]:
    """What a user names that is not there, or gives that is of another kind, is a ValueError here.

    Elsewhere a LookupError or a TypeError is a fault of this program.
    """
    try:
        yield
    except (LookupError, TypeError) as error:
        raise ValueError(*error.args) from error


def progress() -> bool:
    """Progress is for people who look at a terminal."""
    return sys.stderr.isatty()
