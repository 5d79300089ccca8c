"""Types of arguments: what a text stands for, or an error that says what would."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

from .._numbers import MOST
from ..replacement import Replacement


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


def each_of(one: Callable[[str], Any]) -> Callable[[str], tuple[Any, ...]]:
    """A type of argument: one value for all channels, or as many with commas as there are channels."""
    return lambda text: tuple(one(part) for part in text.split(","))


def real_number(least: float = -math.inf) -> Callable[[str], float]:
    """A type of argument: a finite number, `least` or more."""

    def number(text: str) -> float:
        value = number_or_nan(text)
        if not (math.isfinite(value) and value >= least):
            more = f" of {least:g} or more" if least > -math.inf else ""
            raise argparse.ArgumentTypeError(f"{text} is no number{more}")
        return value

    return number


def fraction(text: str) -> float:
    """A type of argument: a number above 0 and below 1."""
    if not 0 < (value := number_or_nan(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number between 0 and 1")
    return value


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
