"""Numbers as callers give them: refused by the name of the argument."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import numpy.typing as npt

from ._arrays import expect_unmasked
from ._brief import brief

MOST_THREADS = 256
# What 64 bits hold, as seeds and counts do.
MOST = (1 << 64) - 1
LARGEST = float(np.finfo(np.float32).max)


def whole(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """A whole number from `least` to `most`; True and False are none."""
    try:
        if is_truth(value):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a whole number, not {brief(value)}") from None
    if (least is not None and number < least) or (most is not None and number > most):
        to = "or more" if most is None else f"to {written(most)}"
        raise ValueError(f"{name} is {written(least or 0)} {to}, not {value}")
    return number


def is_truth(value: Any) -> bool:
    """Whether a value is True or False, which Python takes for 1 and 0."""
    return isinstance(value, (bool, np.bool_))


def truth(name: str, value: Any) -> bool:
    """True or False; a text such as "no" is neither."""
    if not is_truth(value):
        raise TypeError(f"{name} is True or False, not {brief(value)}")
    return bool(value)


def real(name: str, value: Any) -> float:
    """A number; True and False are none."""
    try:
        if not isinstance(value, (str, bytes)) and not is_truth(value):
            return float(value)
    except (TypeError, ValueError):
        pass
    except OverflowError:
        raise ValueError(f"{name} is beyond what a float can hold") from None
    raise TypeError(f"{name} is a number, not {brief(value)}")


def finite(name: str, value: Any) -> float:
    """A number that float32 can hold, and neither NaN nor infinite."""
    number = real(name, value)
    if not abs(number) <= LARGEST:
        raise ValueError(f"{name} is a finite float32, not {brief(value)}")
    return number


def thread_count(value: Any, default: Any = None) -> int:
    """How many threads, 0 for one per processor; those of the model, by default, may have been changed."""
    return whole("threads", default if value is None else value, 0, MOST_THREADS)


def seed(value: Any) -> int:
    """What random numbers start from."""
    return whole("seed", value, 0, MOST)


def places(name: str, values: Any) -> npt.NDArray[np.uintp]:
    """A list of numbers of 0 or more, of which there is one at least."""
    expect_unmasked(values, name)
    try:
        found = values if hasattr(values, "__array__") else list(values)
        array = np.asarray(found)
    except (TypeError, ValueError):
        array = found = np.empty((0, 0))
    if array.ndim == 1 and not array.size:
        raise ValueError(f"{name} is empty: name one number at least")
    # Among numbers NumPy has 1 and 0 for them.
    has_truths = isinstance(found, list) and any(map(is_truth, found))
    if array.ndim != 1 or array.dtype.kind not in "iu" or has_truths or (array < 0).any():
        raise ValueError(f"{name} is a list of whole numbers of 0 or more, not {brief(values)}")
    return array.astype(np.uintp)


def written(number: int) -> str:
    """A limit as people write it: long ones as powers of two."""
    if number >= (1 << 31) - 1:
        return f"2**{number.bit_length()} - 1" if number & (number + 1) == 0 else str(number)
    return f"-2**{(-number).bit_length() - 1}" if number <= -(1 << 31) else str(number)
