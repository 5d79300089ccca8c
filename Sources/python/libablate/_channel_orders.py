"""In which order a class's channels go, and after how many of them to look."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._arrays import Counts

# What a reader tells apart on the way from all channels to none.
LOOKS = 15


def from_outside(weights: Any) -> Counts:
    """Channels in the order in which a window of weights that closes around their median leaves them out.

    Of the weights that are left the smallest and the largest go in turn, the smallest first.

    Examples
    --------
    >>> from_outside([5, 1, 4, 2, 3]).tolist()
    [1, 0, 3, 2, 4]
    """
    ascending = np.argsort(np.asarray(weights), kind="stable")
    order = np.empty_like(ascending)
    order[0::2] = ascending[: (len(order) + 1) // 2]
    order[1::2] = ascending[::-1][: len(order) // 2]
    return order


def looked_at(count: int, looks: int = LOOKS) -> list[int]:
    """Numbers of channels that are gone, from none to all `count`, closer together at the start.

    Examples
    --------
    >>> looked_at(24, 8)
    [0, 1, 2, 3, 5, 8, 14, 24]
    """
    return [0, *np.unique(np.rint(np.geomspace(1, count, min(count, looks - 1)))).astype(int).tolist()]
