"""Orders in which units can go, from scores or at random."""

from __future__ import annotations

import ctypes
import warnings
from ctypes import byref, c_char_p, c_double, c_size_t
from typing import Any

from . import _declarations as c
from . import _numbers, _selection
from ._arrays import Matrix, doubles, pointer
from ._enumerators import one_of
from ._library import library
from ._profile import Profile
from ._runs import expect_model
from ._selection import Units
from .errors import check
from .layers import LayerKey
from .model import Model

Order = list[tuple[int, int]]
# The measure of a profile that each norm is; a profile needs no rows for these.
NORMS = {"l1": "incoming_l1", "l2": "incoming_l2", "outgoing_l2": "outgoing_l2"}


def units(model: Model, layers: Any = None) -> Order:
    """(layer, unit) of every unit of the layers, of all hidden ones without a list.

    Parameters
    ----------
    model : Model
    layers : int, str, Layer or list of them, optional

    Examples
    --------
    >>> import libablate, numpy as np
    >>> libablate.units(libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)]))
    [(0, 0), (0, 1)]
    """
    expect_model(model)
    numbers = None if layers is None else _selection.layer_numbers(layers, model.layers)
    count = c_size_t()
    if numbers is None:
        chosen: Any = (None, 0)
    else:
        chosen = ((c_size_t * len(numbers))(*numbers), len(numbers))
    check(library.ablate_model_units(model._handle, *chosen, None, 0, byref(count)))
    out = (c.Unit * count.value)()
    check(library.ablate_model_units(model._handle, *chosen, out, len(out), byref(count)))
    return as_pairs(out)


def weight_norms(model: Model, layer: LayerKey, norm: str = "l1") -> Matrix:
    """A norm of the weights of each unit, float64 [units].

    Parameters
    ----------
    model : Model
    layer : int, str or Layer
    norm : {"l1", "l2", "outgoing_l2"}
        Of the weights into a unit; "outgoing_l2" is the L2 norm of those that leave it, NaN in the output layer, which
        none leave.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.array([[3.0, -4.0]]), None), (np.array([[2.0]]), None)])
    >>> libablate.weight_norms(model, 0, "l2").tolist(), libablate.weight_norms(model, 0, "outgoing_l2").tolist()
    ([5.0], [2.0])
    """
    expect_model(model)
    described = model.layers[layer]
    measure = one_of(norm, NORMS, "norm")
    return Profile(model, layers=described.number).measure(measure, described.number)


def order_by_scores(model: Model, units: Units, scores: Any, *, high_first: bool = False) -> Order:
    """Orders units by their scores; equal ones by layer and unit, and those whose score is NaN last.

    Parameters
    ----------
    model : Model
    units : list of (layer, unit)
    scores : array, [units]
    high_first : bool
        The highest score in front, not the lowest.

    Returns
    -------
    list of (layer, unit)

    Warns
    -----
    UserWarning
        There are units of several layers, whose scores are not known to be comparable.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> libablate.order_by_scores(model, [(0, 0), (0, 1)], [0.5, 0.25])
    [(0, 1), (0, 0)]
    """
    order, warning = ranked(model, units, scores, high_first)
    if warning is not None:
        warnings.warn(warning, stacklevel=2)
    return order


def ranked(model: Model, units: Units, scores: Any, high_first: bool) -> tuple[Order, str | None]:
    """Units ordered by their scores, and what to warn of unless the scores are effects, which are all in one unit."""
    order = as_units(model, units)
    values = doubles(scores, "scores")
    if values.shape != (len(order),):
        raise ValueError(f"{len(order)} units take that many scores; these have the shape {values.shape}")
    warning = c_char_p()
    direction = c.DIRECTIONS["high_first" if _numbers.truth("high_first", high_first) else "low_first"]
    order_by = library.ablate_order_by_scores
    check(order_by(model._handle, order, pointer(values), len(order), direction, order, byref(warning)))
    return as_pairs(order), warning.value.decode() if warning.value else None


def order_at_random(model: Model, units: Units, seed: int) -> Order:
    """Orders units at random: the same set and the same seed give the same order on every machine.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
    >>> sorted(libablate.order_at_random(model, {0: "all"}, seed=1))
    [(0, 0), (0, 1)]
    """
    number = _numbers.seed(seed)
    order = as_units(model, units)
    check(library.ablate_order_at_random(model._handle, order, len(order), number, order))
    return as_pairs(order)


def rank_correlation(x: Any, y: Any, kind: str = "spearman") -> float:
    """How well two measures agree on an order, -1 to 1: "spearman", or "kendall" for tau-b; NaN if they cannot tell.

    Examples
    --------
    >>> import libablate
    >>> libablate.rank_correlation([1, 2, 3], [10, 30, 20])
    0.5
    """
    first, second = doubles(x, "x"), doubles(y, "y")
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"x and y are two lists of one length, not of shapes {first.shape} and {second.shape}")
    out, number = c_double(), one_of(kind, c.CORRELATIONS, "kind")
    check(library.ablate_rank_correlation(number, pointer(first), pointer(second), len(first), byref(out)))
    return out.value


def as_units(model: Model, units: Units) -> ctypes.Array[c.Unit]:
    """Units as the library takes them."""
    expect_model(model)
    found = _selection.pairs(units, model.layers)
    if not found:
        raise ValueError("units is empty: name one at least")
    return (c.Unit * len(found))(*(c.Unit(*pair) for pair in found))


def as_pairs(units: ctypes.Array[c.Unit]) -> Order:
    """Units as Python has them."""
    return [(place.layer, place.unit) for place in units]
