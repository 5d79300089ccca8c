"""What takes the place of an ablated unit's activation."""

from __future__ import annotations

import ctypes
from ctypes import byref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _declarations as c
from ._arrays import Floats, pointer, some_rows
from ._brief import brief
from ._enumerators import one_of
from ._handles import Handle, make
from ._library import library
from ._numbers import finite, seed, thread_count, truth
from ._runs import expect_model
from .errors import UnsupportedError, check

if TYPE_CHECKING:
    from .layers import LayerKey
    from .model import Model


class Reference(Handle):
    """Rows that mean and resample replacements draw from; made by :meth:`Model.reference`.

    Immutable: any number of threads may use one. Masks and sweeps made with it keep what they need of it.

    Parameters
    ----------
    model : Model
    X : array, [rows, ...]
        At least one row.
    keep_rows : bool
        Keep every row's activations, which resample needs: rows * units * positions * 4 bytes over all layers; of a
        convolution positions are height * width.
    threads : int
        0 for one per processor.
    """

    _free_name = "ablate_reference_free"

    def __init__(self, model: Model, X: Any, *, keep_rows: bool = False, threads: int = 0) -> None:
        expect_model(model)
        x, count = some_rows(X, model), thread_count(threads)
        create = library.ablate_reference_create
        self._own(make(create, model._handle, pointer(x), len(x), truth("keep_rows", keep_rows), count))
        self._model, self._keeps_rows = model, bool(keep_rows)

    def means(self, layer: LayerKey) -> Floats:
        """The mean activations of a layer, float32 [units].

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), None)])
        >>> model.reference([[1, -2], [3, 4]]).means(0)
        array([2., 2.], dtype=float32)
        """
        described = self._model.layers[layer]
        out = np.empty(described.units, np.float32)
        check(library.ablate_reference_means(self._handle, described.number, pointer(out), out.size))
        return out


@dataclass(frozen=True)
class Replacement:
    """What takes the place of an ablated unit's activation.

    Wherever a replacement is asked for, its kind alone will do ("zero"), or for a constant the number itself (0.5).

    Parameters
    ----------
    kind : {"zero", "dead", "mean", "constant", "resample"}
        zero: 0 after the activation function. dead: the unit's incoming weights and bias count as 0, those of a
        normalisation that is part of the layer among them. mean: its mean over the reference rows, of a channel over
        all positions, too. constant: a given value. resample: row i of the run, or of all that a sweep is fed, takes
        the unit's values in row p(i mod n) of the n reference rows, with p a permutation drawn from `seed`, the same
        for all units. A permutation can leave rows where they are, one on average: where the reference is the rows
        themselves, these keep their values.
    constant : float, optional
        For "constant", which has no default: a finite float32.
    seed : int
        For "resample", 0 to 2**64 - 1.
    reference : Reference or array, optional
        For "mean" and "resample": a reference, or the rows to make one of.

    Examples
    --------
    >>> import libablate
    >>> libablate.Replacement("constant", constant=0.5)
    Replacement(kind='constant', constant=0.5, seed=0, reference=None)
    """

    kind: str = "zero"
    constant: float | None = None
    seed: int = 0
    reference: Any = None

    def __post_init__(self) -> None:
        one_of(self.kind, c.REPLACEMENTS, "replacement")
        if self.kind != "constant":
            if self.constant is not None:
                raise ValueError(f"constant is for the replacement 'constant', not {self.kind!r}")
        elif self.constant is None:
            raise ValueError(
                "the replacement 'constant' takes a value: pass the number itself, such as replacement=0.5, or "
                "Replacement('constant', constant=0.5)"
            )
        else:
            finite("constant", self.constant)
        seed(self.seed)

    @property
    def needs_reference(self) -> bool:
        """Whether it draws from reference rows."""
        return self.kind in ("mean", "resample")

    def drawn_from(self, given: Any) -> Any:
        """What it draws from: its own reference, or the one that is given beside it, but not both."""
        if self.reference is not None and given is not None:
            raise ValueError("reference is given, and the replacement has one of its own: leave one of them out")
        return given if self.reference is None else self.reference

    def described(self, model: Model, given: Any = None, default: Any = None) -> tuple[c.Replacement, Reference | None]:
        """The struct for the library, and the reference it points to, which has to live until it is handed over."""
        reference = self.drawn_from(given)
        reference = default if reference is None else reference
        if not self.needs_reference:
            return c.Replacement(kind=c.REPLACEMENTS[self.kind], constant=self.constant or 0.0), None
        if reference is None:
            raise ValueError(f"replacement {self.kind!r} draws from reference rows: pass reference=X or a Reference")
        if not isinstance(reference, Reference):
            drawn = some_rows(reference, model, "reference")
            reference = Reference(model, drawn, keep_rows=self.kind == "resample")
        if self.kind == "resample" and not reference._keeps_rows:
            raise ValueError("replacement 'resample' draws from the rows of a reference: make it with keep_rows=True")
        struct = c.Replacement(kind=c.REPLACEMENTS[self.kind], seed=self.seed, reference=reference._handle)
        return struct, reference


Replacing = Union[str, float, Replacement]


def lasting(value: Replacing, reason: str) -> Replacement:
    """A replacement that is the same in every row; another is refused for this reason, before it asks for rows."""
    found = replacement_of(value)
    if found.kind == "resample":
        raise UnsupportedError(f"replacement is 'resample', and {reason}")
    return found


def replacement_of(value: Replacing) -> Replacement:
    """A replacement from its kind, from a number, or as it is."""
    if isinstance(value, Replacement):
        return value
    if isinstance(value, str):
        return Replacement(value)
    try:
        constant = finite("replacement", value)
    except TypeError:
        raise TypeError(f"replacement is a kind, a number or a Replacement, not {brief(value)}") from None
    return Replacement("constant", constant=constant)


def set_replacement(mask: Any, replacement: Replacing, model: Model, reference: Any) -> None:
    """Gives a mask its replacement."""
    struct, kept = replacement_of(replacement).described(model, reference)
    check(library.ablate_mask_set_replacement(mask, byref(struct)))
    del kept


def set_unit_replacement(
    mask: Any, layer: int, unit: int, replacement: Replacing, model: Model, reference: Any
) -> None:
    """Gives one unit of a mask a replacement of its own."""
    struct, kept = replacement_of(replacement).described(model, reference)
    check(library.ablate_mask_set_unit_replacement(mask, layer, unit, ctypes.byref(struct)))
    del kept
