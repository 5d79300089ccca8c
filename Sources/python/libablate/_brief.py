"""Values in errors: short, and in one line."""

from __future__ import annotations

from typing import Any

# Characters of a value; of an array that takes more its shape says what it is.
MOST = 100


def brief(value: Any) -> str:
    """What a caller gave, for an error: as Python writes it, or the shape of an array or the start of what is longer.

    Examples
    --------
    >>> import numpy as np
    >>> brief([1.5, 2]), brief(np.zeros((400, 64)))
    ('[1.5, 2]', 'float64 values of shape (400, 64)')
    """
    shape, kind = getattr(value, "shape", None), getattr(value, "dtype", None)
    # Before it is written out: an array may be large, and lie on a disk.
    if isinstance(shape, tuple) and kind is not None and len(shape) > 0 and getattr(value, "size", 0) > MOST:
        return f"{kind} values of shape {shape}"
    text = " ".join(repr(value).split())
    if len(text) <= MOST:
        return text
    return f"{text[: MOST - 4]} ..."
