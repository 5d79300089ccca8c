"""Flips and p-values: the tests that judgements are made of."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from . import _declarations as c
from ._arrays import Matrix, doubles, pointer
from ._enumerators import one_of
from ._library import library
from ._numbers import real, whole
from .errors import check


@dataclass(frozen=True)
class FlipTest:
    """What flips say, see :func:`flip_test`."""

    p_value: float
    mid_p_value: float
    p_value_of_loss: float
    p_value_of_gain: float
    smallest_p_value: float
    effect: float
    variance: float
    lower: float
    upper: float


def flip_test(lost: int, gained: int, rows: int, *, confidence: float = 0.95) -> FlipTest:
    """McNemar's exact test: are `lost` and `gained` of `rows` rows more than as many coins would give?

    Parameters
    ----------
    lost, gained : int
        Rows whose prediction became wrong, and right.
    rows : int
    confidence : float
        Of the interval `lower` to `upper` of the effect (Tango's score interval), between 0 and 1.

    Returns
    -------
    FlipTest
        p_value (two-sided), mid_p_value, p_value_of_loss and p_value_of_gain (one-sided), smallest_p_value that so many
        flips could have, effect = (gained - lost) / rows, its variance and interval.

    Examples
    --------
    >>> import libablate
    >>> libablate.flip_test(lost=10, gained=0, rows=500).p_value
    0.001953125
    """
    out = c.FlipTest()
    counts = [
        whole(name, value, 0, (1 << 63) - 1) for name, value in (("lost", lost), ("gained", gained), ("rows", rows))
    ]
    check(library.ablate_flips_test(*counts, real("confidence", confidence), byref(out)))
    return FlipTest(**{field.name: getattr(out, field.name) for field in fields(FlipTest)})


def adjust_p_values(p_values: Any, adjustment: str = "holm") -> Matrix:
    """Adjusts the p-values of many tests for their number.

    Parameters
    ----------
    p_values : array, [tests]
        0 to 1, or NaN for no test.
    adjustment : {"holm", "benjamini_hochberg", "benjamini_yekutieli"}

    Returns
    -------
    float64 array, [tests]

    Examples
    --------
    >>> import libablate
    >>> libablate.adjust_p_values([0.25, 0.125]).tolist()
    [0.25, 0.25]
    """
    values = doubles(p_values, "p_values")
    if values.ndim != 1:
        raise ValueError(f"p_values is a list, not of shape {values.shape}")
    out = np.empty_like(values)
    kind = one_of(adjustment, c.ADJUSTMENTS, "adjustment")
    check(library.ablate_adjust_p_values(kind, pointer(values), values.size, pointer(out)))
    return out
