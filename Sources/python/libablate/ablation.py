"""A model with units or synapses ablated."""

from __future__ import annotations

from ctypes import byref, c_size_t, c_void_p
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _selection
from ._arrays import pointer
from ._handles import Handle, make
from ._library import library
from ._runs import Runs, expect_model
from ._selection import Synapses, Units
from .errors import check
from .replacement import Replacing, replacement_of, set_replacement, set_unit_replacement

if TYPE_CHECKING:
    from .layers import LayerKey
    from .model import Model


class Ablation(Handle, Runs):
    """A model with units or synapses ablated; made by :meth:`Model.ablate`, where its parameters are described.

    It never changes after it was made, so that threads may share it as they share the model.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), None)])
    >>> model.ablate([(0, 1)], synapses=[(1, 0, 0)])
    Ablation of 1 unit and 1 synapse
    """

    _free_name = "ablate_mask_free"

    def __init__(
        self,
        model: Model,
        units: Units = (),
        *,
        synapses: Synapses = (),
        replacement: Replacing = "zero",
        reference: Any = None,
    ) -> None:
        expect_model(model)
        self.model = model
        layers = model.layers
        self._own(make(library.ablate_mask_create, model._handle))
        set_replacement(self._handle, replacement, model, reference)
        self._replacement = replacement_of(replacement)
        self._units = _selection.by_layer(units, layers)
        self._synapses = _selection.synapses(synapses, layers)
        for layer, chosen, own in self._units:
            check(library.ablate_mask_set_units(self._handle, layer.number, pointer(chosen), len(chosen), 1))
            for unit, replacing in own.items():
                set_unit_replacement(self._handle, layer.number, int(unit), replacing, model, reference)
        for number, unit, source in self._synapses:
            check(library.ablate_mask_set_synapse(self._handle, number, unit, source, 1))

    def units(self, layer: LayerKey) -> npt.NDArray[np.intp]:
        """The numbers of the units of a layer that are ablated, ascending."""
        described = self.model.layers[layer]
        out = np.empty(described.units, np.uint8)
        check(library.ablate_mask_get_layer(self._handle, described.number, pointer(out), out.size))
        return np.flatnonzero(out)

    @property
    def unit_count(self) -> int:
        """How many units are ablated."""
        return self._counts()[0]

    @property
    def synapse_count(self) -> int:
        """How many synapses are ablated."""
        return self._counts()[1]

    def _counts(self) -> tuple[int, int]:
        units, synapses = c_size_t(), c_size_t()
        check(library.ablate_mask_count(self._handle, byref(units), byref(synapses)))
        return units.value, synapses.value

    def _travelling(self) -> dict[str, Any]:
        """What makes the same ablation of the same model in another process: arguments of :meth:`Model.ablate`."""
        if self.closed:
            raise ValueError("this Ablation is closed")
        units = {layer.number: own or chosen.tolist() for layer, chosen, own in self._units}
        for replacement in (self._replacement, *(r for _, _, own in self._units for r in own.values())):
            if replacement_of(replacement).needs_reference:
                raise ValueError("masks whose replacements draw from reference rows stay in their process")
        return {"units": units, "synapses": self._synapses, "replacement": self._replacement}

    @property
    def _runner(self) -> Model:
        return self.model

    @property
    def _mask(self) -> c_void_p:
        return self._handle

    def __repr__(self) -> str:
        if self.closed:
            return "Ablation, closed"
        units, synapses = self._counts()
        parts = [] if synapses and not units else [f"{units} unit{'s' if units != 1 else ''}"]
        if synapses:
            parts.append(f"{synapses} synapse{'s' if synapses != 1 else ''}")
        return f"Ablation of {' and '.join(parts)}"
