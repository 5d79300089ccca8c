"""Arguments that several commands have: the model, rows and labels, layers, replacements, threads."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import load
from .._labels import listed
from .._numbers import MOST, MOST_THREADS
from ..layers import Layers
from ..model import Model
from ..replacement import Replacement

# A layer's number, as one names it.
NUMBER = re.compile(r"-?[0-9]+")


class Usage(ValueError):
    """Wrong usage, of which arguments alone do not tell before files are read."""


def whole_number(least: int, most: int = MOST) -> Callable[[str], int]:
    """A type of argument: a whole number from `least` to `most`."""

    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            to = "or more" if most == MOST else f"to {most}"
            raise argparse.ArgumentTypeError(f"{text} is no whole number of {least} {to}")
        return int(text)

    return number


def number_or_nan(text: str) -> float:
    """What a text says; NaN, which no option takes, if that is no number."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def whole_numbers(text: str) -> tuple[int, ...]:
    """A type of argument: whole numbers with commas."""
    return tuple(whole_number(0)(part) for part in text.split(","))


def real_number(least: float = -math.inf) -> Callable[[str], float]:
    """A type of argument: a finite number, `least` or more."""

    def number(text: str) -> float:
        value = number_or_nan(text)
        if not (math.isfinite(value) and value >= least):
            more = f" of {least:g} or more" if least > -math.inf else ""
            raise argparse.ArgumentTypeError(f"{text} is no number{more}")
        return value

    return number


def add_top(parser: argparse.ArgumentParser, what: str) -> None:
    """How much of a table is printed; `what` says of N."""
    parser.add_argument("--top", type=whole_number(0), default=20, metavar="N", help=f"print {what}; default 20, 0 all")


def fraction(text: str) -> float:
    """A type of argument: a number above 0 and below 1."""
    if not 0 < (value := number_or_nan(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number between 0 and 1")
    return value


def fill(options: argparse.Namespace, defaults: dict[str, Any], are_taken: bool, takers: str) -> str | None:
    """Fills in options that are not given; why, if one is that is for others than these: for whom, and for whom not."""
    for name, default in defaults.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
        elif not are_taken:
            return f"--{name} is for {takers}"
    return None


def path_text(text: str) -> str:
    """A type of argument: the name of a file or folder, which "", that of an unset variable, is not."""
    if not text:
        raise argparse.ArgumentTypeError("an empty text is no name of a file or folder")
    return text


def layers(text: str) -> Any:
    """A type of argument: hidden, all, or layers by number or name, with commas."""
    return text if text in ("hidden", "all") else expect_once(text, text.split(","))


def expect_once(text: str, found: list[Any]) -> list[Any]:
    """What a text lists; an error unless it has something between its commas, and that once."""
    if "" in found or len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"{text} has {'nothing' if '' in found else 'one twice'} between its commas")
    return found


def replacement(text: str) -> Replacement:
    """A type of argument: zero, dead, mean, constant=V or resample=SEED."""
    kind, equals, value = text.partition("=")
    try:
        if kind in ("zero", "dead", "mean") and not equals:
            return Replacement(kind)
        if kind == "constant" and equals:
            return Replacement(kind, constant=float(value))
        if kind == "resample":
            return Replacement(kind, seed=int(value or 0))
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text} is none of zero, dead, mean, constant=V, resample=SEED")


def lasting_replacement(text: str) -> Replacement:
    """A type of argument: a replacement that is one value for all rows."""
    if text.partition("=")[0] == "resample":
        raise argparse.ArgumentTypeError(f"{text} is none of zero, dead, mean, constant=V: it differs from row to row")
    return replacement(text)


def names(known: Any) -> Callable[[str], list[str]]:
    """A type of argument: some of the known names, with commas."""

    def chosen(text: str) -> list[str]:
        found = expect_once(text, text.split(","))
        for name in found:
            if name not in known:
                raise argparse.ArgumentTypeError(f"there is no {name!r}; there are {', '.join(known)}")
        return found

    return chosen


def add_model(parser: argparse.ArgumentParser) -> None:
    """The model, what its classes are called, and threads."""
    parser.add_argument("model", metavar="MODEL", help="ONNX file")
    parser.add_argument(
        "--classes",
        type=path_text,
        metavar="FILE",
        help="a text file with a line for each class, in the order of the scores, in place of MODEL's labels; "
        "LABELS are then these names, or the numbers of their lines from 0",
    )
    parser.add_argument(
        "--threads", type=whole_number(0, MOST_THREADS), default=0, metavar="N", help="0 (default): one per processor"
    )


def add_ablation(parser: argparse.ArgumentParser, *, lasting: bool = False) -> None:
    """What takes an ablated unit's place, for a run or, if `lasting`, for good."""
    more = "mean or constant=V; mean draws" if lasting else "mean, constant=V or resample=SEED; mean and resample draw"
    parser.add_argument(
        "--replacement",
        type=lasting_replacement if lasting else replacement,
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


def add_layers(parser: argparse.ArgumentParser, what: str, default: str = "hidden (default), all") -> None:
    """Layers."""
    parser.add_argument(
        "--layers",
        type=layers,
        metavar="L",
        help=f"{what}: {default}, or numbers or names, such as 0,1; negative ones count from the last, --layers=-3,-2",
    )


def chosen_layers(options: argparse.Namespace, model: Any, default: str = "hidden") -> Any:
    """The layers of --layers, for the library."""
    chosen = options.layers or default
    if isinstance(chosen, list):
        return [layer_number(text, model.layers, "--layers") for text in chosen]
    found = [layer.number for layer in (model.layers.hidden if chosen == "hidden" else model.layers)]
    named = [layer.number for layer in model.layers if layer.name == chosen]
    if options.layers is not None and named and named != found:
        raise ValueError(f"--layers has {chosen}, which is the name of layer {named[0]}, too: take numbers")
    return found


def layer_number(text: str, layers: Layers, option: str) -> int:
    """The number of a layer from its name or its number; what is the name of one and the number of another is refused.

    Exporters may name layers by numbers that are not theirs: PyTorch counts what has no weights, too.
    """
    with given():
        if NUMBER.fullmatch(text) is None:
            return layers.number(text)
        number, count = int(text), len(layers)
        named = next((layer.number for layer in layers if layer.name == text), None)
        if named is None or number in (named, named - count):
            return layers.number(number)
        if -count <= number < count:
            raise ValueError(
                f"{option} has {text}, which is the name of layer {named} and the number of another: take "
                f"{named - count} for the first or {layers.number(number) - count} for the second, as numbers below 0 "
                "count from the last"
            )
        return named


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
