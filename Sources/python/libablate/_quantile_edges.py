"""Edges at the quantiles of activations, which put about as many rows on each level."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from . import _declarations as c
from . import _selection
from ._arrays import Floats, pointer, some_rows
from ._enumerators import one_of
from ._library import library
from ._numbers import thread_count, whole
from ._profile_readings import ProfileReadings
from ._runs import expect_model
from ._wording import counted
from .errors import check
from .model import Model

MOST_BITS = 8


def quantile_edges(
    model: Model, X: Any, layers: Any = None, *, bits: int = 1, positions: str = "mean", threads: int | None = None
) -> Floats:
    """Edges that put about as many rows on each of 2**bits levels, float32 [units, 2**bits - 1].

    Of all units of the layers one after the other, all hidden layers by default, as :class:`Profile` with the same
    `layers` takes them. `positions` is what counts as the activation of a channel, as it does there.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.quantile_edges(model, [[1, 5], [2, 6], [3, 7], [4, 8]], 0).tolist()
    [[2.0], [6.0]]
    """
    expect_model(model)
    bits = whole("bits", bits, 1, MOST_BITS)
    known, x = model.layers, some_rows(X, model)
    hidden = [layer.number for layer in known.hidden]
    summary = one_of(positions, c.POSITIONS, "positions")
    count = thread_count(threads, model.threads)
    found = [np.empty((0, 2**bits - 1), np.float32)]
    for number in hidden if layers is None else _selection.layer_numbers(layers, known):
        out = np.empty((known[number].units, 2**bits - 1), np.float32)
        arguments: tuple[Any, ...] = (number, pointer(x), len(x), summary, bits, count, pointer(out), out.size)
        check(library.ablate_quantile_edges(model._handle, *arguments))
        found.append(out)
    return np.concatenate(found)


def bits_of(edges: Floats, units: int) -> int:
    """The bits of levels with these edges, those of so many units one after the other."""
    own, rest = divmod(edges.size, max(1, units))
    bits = (own + 1).bit_length() - 1
    if rest or own + 1 != 2**bits or not 1 <= bits <= MOST_BITS or (edges.ndim > 1 and edges.shape[0] != units):
        raise ValueError(
            f"quantiser_options['edges'] has the shape {edges.shape}: the layers have {counted(units, 'unit')}, which "
            f"take ({units}, 2**bits - 1), such as quantile_edges finds with the same layers"
        )
    return bits


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
