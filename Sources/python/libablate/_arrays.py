"""Arrays in and out: what is float32 and contiguous is passed as it lies in memory, all else is converted once."""

from __future__ import annotations

import ctypes
import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._batches import expect_one_array
from ._columns import expect_columns
from ._wording import counted

if TYPE_CHECKING:
    from .model import Model

Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

# The most values that are handed over at a time: a memory map of bytes is never in memory as a whole.
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
    expect_unmasked(values, what)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what} is no array: {error}") from error
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float32)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{what} holds something that is no number: {error}") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{what} has to hold real numbers, not {array.dtype}")
    return array


def expect_unmasked(values: Any, what: str) -> None:
    """Raises a ValueError for an array with a mask on some values, also in a list of rows: what is under it is not
    meant to be read.
    """
    if has_mask(values):
        raise ValueError(f"{what} has masked values: fill them or leave them out")


def has_mask(values: Any) -> bool:
    """Whether an array, or one of those in a list, has masked values."""
    if isinstance(values, (list, tuple)):
        # Lists of plain numbers, which may be long, hold no arrays.
        return bool(values) and not isinstance(values[0], (int, float, str, np.generic)) and any(map(has_mask, values))
    return bool(np.ma.is_masked(values))


def floats(values: Any, what: str) -> Floats:
    """`values` as float32, C-contiguous: the very array if it is that already."""
    return np.ascontiguousarray(numbers(values, what), dtype=np.float32)


def doubles(values: Any, what: str) -> Matrix:
    """`values` as float64, C-contiguous: the very array if it is that already."""
    return np.ascontiguousarray(numbers(values, what), dtype=np.float64)


def rows(x: Any, model: Model, what: str = "X") -> npt.NDArray[Any]:
    """x as an array [rows, values] of its own type, of rows as the model takes them."""
    expect_one_array(x, model.input_width, what)
    expect_columns(x, model.feature_names, what)
    array = numbers(x, what)
    expect_rows(array, model, what)
    tell_of_order(array, model, what)
    return array.reshape(len(array), model.input_width)


def tell_of_order(array: npt.NDArray[Any], model: Model, what: str) -> None:
    """Warns if the first rows of a model that has the axes of images in another order than its framework are flat.

    Once: after that, and after rows whose axes told, a caller knows; and what was looked at here is flat from then on.
    """
    if model._order_to_tell:
        model._order_to_tell = False
        if array.ndim == 2:
            shape = ", ".join(map(str, model.input_shape))
            warnings.warn(
                f"{what} has flat rows, and this model takes the channels of an image first, Keras last: pass them as "
                f"np.moveaxis(images, -1, 1), or {what}.reshape(-1, {shape}) if the rows have that order",
                stacklevel=4,
            )


def some_rows(x: Any, model: Model, what: str = "X") -> Floats:
    """The same as float32, C-contiguous, finite, of which there has to be one at least."""
    found = finite_rows(x, model, what)
    expect_some(len(found), what)
    return floats(found, what)


def finite_rows(x: Any, model: Model, what: str = "X") -> npt.NDArray[Any]:
    """x as `rows` has it, all of them finite: what is counted and averaged over rows means nothing of others."""
    found = rows(x, model, what)
    expect_finite(found, what)
    return found


def expect_some(count: int, what: str) -> None:
    """Raises a ValueError for no rows."""
    if not count:
        raise ValueError(f"{what} has no rows: at least one is needed")


def expect_fed(count: int) -> None:
    """Raises a ValueError for no rows of X, which may have been batches."""
    if not count:
        raise ValueError("X has no rows: at least one is needed, and an iterator of batches gives them only once")


def expect_finite(x: npt.NDArray[Any], what: str) -> None:
    """Raises a ValueError that names the first of the rows x, [rows, values], that is not finite as float32."""
    if x.dtype.kind != "f":
        return
    step = rows_at_a_time(x)
    for begin in range(0, len(x), step):
        part = x[begin : begin + step]
        with np.errstate(over="ignore"):
            finite = np.isfinite(part.astype(np.float32, copy=False))
        if not finite.all():
            row, value = (int(place[0]) for place in np.nonzero(~finite))
            raise ValueError(
                f"{what} has {part[row, value]} in row {begin + row}, value {value}: it has to be a finite float32"
            )


def expect_rows(array: npt.NDArray[Any], model: Model, what: str) -> None:
    """Raises a ValueError unless rows are flat, or their axes are in the model's order; axes of length 1 do not matter.

    A model of flat rows takes any axes.
    """
    width, wanted, own = model.input_width, model.input_shape, array.shape[1:]
    if array.ndim < 2 or math.prod(own) != width:
        hint = ""
        if array.ndim and array.size == width:
            hint = "; a single row takes an axis of rows in front: X[None], or [X] of a list"
        if array.ndim == 1 and width == 1:
            hint = "; reshape(-1, 1) makes each value a row"
        if array.ndim > 2 and array.shape[-1] == width:
            hint = f": it is a network of the last axis, for which reshape(-1, {width}) makes each position a row"
        shape = f"of shape {wanted}, {counted(width, 'value')}" if len(wanted) > 1 else f"of {counted(width, 'value')}"
        raise ValueError(f"the model takes rows {shape}; {what} has the shape {array.shape}{hint}")
    if 1 in (len(own), len(wanted)) or longer(own) == longer(wanted):
        return
    advice = f"reshape it to ({array.shape[0]}, {width}) if its values are in the model's order"
    if sorted(own) == sorted(wanted):
        order: list[int] = []
        for length in wanted:
            order.append(next(axis for axis in range(len(own)) if own[axis] == length and axis not in order))
        advice = f"transpose each row by {tuple(order)}"
        if order == [2, 0, 1]:
            advice += ", as np.moveaxis(X, -1, 1) does with all"
    raise ValueError(f"the model takes rows of shape {wanted}; {what} has rows of shape {own}: {advice}")


def longer(shape: tuple[int, ...]) -> list[int]:
    """The lengths other than 1."""
    return [length for length in shape if length != 1]


def rows_at_a_time(x: npt.NDArray[Any]) -> int:
    """The most rows of a block."""
    width: int = x.shape[1]
    return max(1, BLOCK // max(1, width))


def blocks(x: npt.NDArray[Any]) -> Iterator[tuple[int, Floats]]:
    """The rows of x as float32, block by block, each with the number of its first row; views if x is float32 itself."""
    step = rows_at_a_time(x)
    for begin in range(0, max(1, len(x)), step):
        yield begin, block(x, begin, step)


def block(x: npt.NDArray[Any], begin: int, count: int) -> Floats:
    """Some rows of x as float32; a view if x is float32 itself."""
    return np.ascontiguousarray(x[begin : begin + count], dtype=np.float32)
