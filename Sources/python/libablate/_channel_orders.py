"""In which order a class's channels go, and after how many of them to look."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from . import _declarations as c
from ._arrays import Counts, pointer
from ._brief import brief
from ._selection import index

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


def set_order(options: c.CamOptions, order: Any, window: Any, count: int) -> Any:
    """Says in `options` which channels go; returns what has to live as long as it is used."""
    if window is not None:
        if isinstance(order, str) and order in ("highest_weight", "outside_window"):
            order = "outside_window"
        else:
            raise ValueError(f"window is for the order 'outside_window', not {brief(order)}")
        try:
            options.low, options.high = window
        except (TypeError, ValueError):
            raise ValueError(f"window is (low, high), two weights, not {brief(window)}") from None
    elif isinstance(order, str) and order == "outside_window":
        raise ValueError("the order outside_window takes a window of weights")
    if isinstance(order, str):
        if order not in c.CAM_ORDERS or order == "given":
            raise ValueError(f"order is {brief(order)}; there are {', '.join(list(c.CAM_ORDERS)[:-1])}")
        options.order = c.CAM_ORDERS[order]
        return None
    if not isinstance(order, Iterable):
        raise TypeError(f"order is a name or a list of channels, not {brief(order)}")
    listed = np.array([index(channel, count, "channel") for channel in order], np.uintp)
    options.order, options.channels, options.channel_count = c.CAM_ORDERS["given"], pointer(listed), len(listed)
    return listed
