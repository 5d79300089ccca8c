"""Edges at the quantiles of activations, which put about as many rows on each level."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from . import _declarations as c
from ._arrays import Floats, pointer, some_rows
from ._enumerators import one_of
from ._library import library
from ._numbers import thread_count, whole
from ._profile_readings import ProfileReadings
from ._runs import expect_model
from .errors import check
from .layers import LayerKey
from .model import Model

MOST_BITS = 8


def quantile_edges(
    model: Model, X: Any, layer: LayerKey, *, bits: int = 1, positions: str = "mean", threads: int | None = None
) -> Floats:
    """Edges that put about as many rows on each of 2**bits levels, float32 [units, 2**bits - 1].

    `positions` is what counts as the activation of a channel, as for :class:`Profile`.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.quantile_edges(model, [[1, 5], [2, 6], [3, 7], [4, 8]], 0).tolist()
    [[2.0], [6.0]]
    """
    expect_model(model)
    bits = whole("bits", bits, 1, MOST_BITS)
    described, x = model.layers[layer], some_rows(X, model)
    summary = one_of(positions, c.POSITIONS, "positions")
    out = np.empty((described.units, 2**bits - 1), np.float32)
    count = thread_count(threads, model.threads)
    arguments: tuple[Any, ...] = (described.number, pointer(x), len(x), summary, bits, count, pointer(out), out.size)
    check(library.ablate_quantile_edges(model._handle, *arguments))
    return out


def told_apart(found: ProfileReadings, X: Any, layers: Iterable[int], bits: int = 1, positions: str = "mean") -> int:
    """How many of the units that are on one level edges at the quantiles of the same rows would put on several.

    That is not all: of a unit that is most of the time as high as it gets, the quantiles are that value.
    """
    apart = 0
    for layer in layers:
        alone = found.on_one_level([layer])
        if alone.any():
            lowest = quantile_edges(found.model, X, layer, bits=bits, positions=positions)[:, 0]
            apart += int((alone & (found.measure("maximum", layer) > lowest)).sum())
    return apart
