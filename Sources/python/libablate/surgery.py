"""Making ablations permanent: smaller models."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any

import numpy as np

from . import _declarations as c
from . import _selection
from ._arrays import pointer, some_rows
from ._enumerators import one_of
from ._handles import make
from ._library import library
from ._numbers import thread_count, truth
from ._progress import Progress, Watch
from ._runs import expect_model
from ._selection import Units
from .errors import CancelledError, InvalidArgumentError, check
from .model import Model
from .orders import Order
from .replacement import Replacing, lasting


def unit_groups(model: Model) -> list[Order]:
    """The units that can be removed, as groups of (layer, unit) pairs that can only be removed together.

    A residual sum or product ties channel c of one branch to channel c of the other, a depthwise convolution each
    channel that it reads to its own units for it, a grouped one the channels at the same place of each group. Units
    that are tied to the input or to the scores are in no group.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0, 0.5])])
    >>> libablate.unit_groups(model)
    [[(0, 0)], [(0, 1)]]
    """
    expect_model(model)
    groups: dict[int, Order] = {}
    for layer in model.layers:
        numbers = np.empty(layer.units, np.uintp)
        check(library.ablate_model_unit_groups(model._handle, layer.number, pointer(numbers), layer.units))
        for unit, group in enumerate(numbers.tolist()):
            if group != c.NONE:
                groups.setdefault(group, []).append((layer.number, unit))
    return list(groups.values())


def with_tied(model: Model, units: Order) -> Order:
    """Units, and behind them those that are tied to them."""
    named = set(units)
    tied = [pair for group in unit_groups(model) if named & set(group) for pair in group if pair not in named]
    return [*units, *tied]


def prune(
    model: Model,
    units: Units,
    *,
    compensation: str = "replacement",
    replacement: Replacing | None = None,
    reference: Any = None,
    X: Any = None,
    ridge: float = 0.0,
    tied: bool = False,
    threads: int | None = None,
    progress: Progress = True,
) -> Model:
    """Makes a smaller model without some hidden units or channels, made up for in the next layer.

    Parameters
    ----------
    model : Model
    units : mapping or list of pairs
        As for :meth:`Model.ablate`; at least one, and not all of a layer. Units that are tied (:func:`unit_groups`) go
        together.
    compensation : {"replacement", "correlated", "least_squares"}
        What makes up for the removed units: each holds its replacement for ever; the best correlated unit that stays
        stands in for it; all that stay stand in together. The latter two are for units of dense layers that no
        convolution or pooling follows.
    replacement : {"zero", "dead", "mean"}, float (a constant) or Replacement
        For compensation "replacement" alone; zero by default. Channels that the next convolution pads with zeros can
        only hold 0.
    reference : Reference or array, optional
        For mean, of compensation "replacement" alone; by default X.
    X : array, [rows, ...], optional
        For mean, and for the other compensations: rows of which the activations' moments are computed with the intact
        model.
    ridge : float
        For least_squares: each unit's variance counts 1 + ridge times.
    tied : bool
        Whether units that are tied to those named go with them; otherwise, leaving one out is an error.
    threads, progress
        As for :func:`sweep`.

    Returns
    -------
    Model
        With the head and the class labels of `model`; the units that stay keep their order.

    Raises
    ------
    UnsupportedError
        These units cannot be made up for in this way.
    ValueError
        A layer would lose all of its units, or units are of the output layer, tied to it, or to others not named.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), [0, 0.5])])
    >>> smaller = libablate.prune(model, {0: 1})
    >>> smaller, smaller.scores([[3, 4]]).tolist()
    (Model of 2 inputs, 1 unit in 1 hidden layer, 2 classes (logits), [[3.0, 0.5]])
    """
    expect_model(model)
    chosen = _selection.pairs(units, model.layers)
    if truth("tied", tied):
        chosen = with_tied(model, chosen)
    kind = one_of(compensation, c.COMPENSATIONS, "compensation")
    if ridge and compensation != "least_squares":
        raise ValueError("ridge is for compensation by least_squares")
    for name, given in (("replacement", replacement), ("reference", reference)):
        if given is not None and compensation != "replacement":
            raise ValueError(
                f"{name} is for the compensation 'replacement', and this is {compensation!r}: pass one of both"
            )
    options = c.SurgeryOptions(compensation=kind, threads=thread_count(threads, model.threads))
    watch = Watch(progress, "moments", "rows")
    options.progress = watch.callback
    kept, total = None, 0
    if compensation == "replacement":
        held = lasting("zero" if replacement is None else replacement, "a removed unit has the same value in every row")
        default = some_rows(X, model) if X is not None and held.needs_reference else None
        struct, kept = held.described(model, reference, default)
        options.replacement = ctypes.pointer(struct)
    else:
        if X is None:
            raise ValueError(f"{compensation} takes its factors from rows: pass X")
        x = some_rows(X, model)
        options.x, options.rows, options.ridge, total = pointer(x), len(x), ridge, len(x)
    places = (c.Unit * len(chosen))(*(c.Unit(*pair) for pair in chosen))
    arguments = (model._handle, places, len(places), byref(options))
    try:
        with watch.work(total), watch.part(total):
            handle = make(library.ablate_model_prune, *arguments)
    except CancelledError:
        watch.raise_kept()
        raise
    except InvalidArgumentError as error:
        if "only be removed together" not in str(error):
            raise
        raise InvalidArgumentError(f"{error}; tied=True removes all of them") from None
    watch.raise_kept()
    del kept
    smaller = Model(handle, classes=model.classes, threads=model.threads)
    smaller.feature_names = model.feature_names
    return smaller
