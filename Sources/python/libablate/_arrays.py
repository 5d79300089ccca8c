"""Arrays in and out: what is float32 and contiguous is passed as it lies in memory, all else is converted once."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

# Values that are handed over at a time: a memory map of bytes is never in memory as a whole, and whoever interrupts a
# sweep loses no more than one block.
BLOCK = 1 << 24

KINDS: dict[np.dtype[Any], Any] = {
    np.dtype(np.float32): ctypes.c_float,
    np.dtype(np.float64): ctypes.c_double,
    np.dtype(np.int32): ctypes.c_int32,
    np.dtype(np.int64): ctypes.c_int64,
    np.dtype(np.uint8): ctypes.c_uint8,
    np.dtype(np.uintp): ctypes.c_size_t,
}


def pointer(array: npt.NDArray[Any] | None) -> Any:
    """A ctypes pointer to the elements of a contiguous array; None for None."""
    if array is None:
        return None
    return array.ctypes.data_as(ctypes.POINTER(KINDS[array.dtype]))


def numbers(values: Any, what: str) -> npt.NDArray[Any]:
    """`values` as an array of real numbers, still of its own type."""
    if hasattr(values, "toarray"):
        raise TypeError(f"{what} is a sparse {type(values).__name__}: pass {what}.toarray()")
    array = np.asarray(values)
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float32)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{what} holds something that is no number: {error}") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} has to hold real numbers, not {array.dtype}")
    return array


def floats(values: Any, what: str) -> Floats:
    """`values` as float32, C-contiguous: the very array if it is that already."""
    return np.ascontiguousarray(numbers(values, what), dtype=np.float32)


def doubles(values: Any, what: str) -> Matrix:
    """`values` as float64, C-contiguous: the very array if it is that already."""
    return np.ascontiguousarray(numbers(values, what), dtype=np.float64)


def rows(x: Any, width: int, what: str = "X") -> npt.NDArray[Any]:
    """x as an array [rows, width] of its own type; further axes, such as an image's, are flattened."""
    array = numbers(x, what)
    if array.ndim < 2 or math.prod(array.shape[1:]) != width:
        hint = f"; a single row is {what}.reshape(1, -1)" if array.shape == (width,) else ""
        raise ValueError(f"the model takes rows of {width} values; {what} has the shape {array.shape}{hint}")
    return array.reshape(len(array), width)


def blocks(x: npt.NDArray[Any]) -> Iterator[tuple[int, Floats]]:
    """The rows of x as float32, block by block, each with the number of its first row; views if x is float32 itself."""
    step = max(1, BLOCK // max(1, x.shape[1]))
    for begin in range(0, max(1, len(x)), step):
        yield begin, np.ascontiguousarray(x[begin : begin + step], dtype=np.float32)
