"""What a model consists of: layers, whose units can be ablated, and steps, some of which are layers."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from ctypes import byref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union, overload

import numpy as np

from . import _declarations as c
from ._arrays import Floats, pointer
from ._brief import brief
from ._library import library
from ._numbers import is_truth
from .errors import check

if TYPE_CHECKING:
    from .model import Model

# A layer is named by its number, its name, or itself.
LayerKey = Union[int, str, "Layer"]
NAMES = {number: name for name, number in c.ACTIVATIONS.items()}


@dataclass(frozen=True)
class Layer:
    """A layer: units that are ablated together with their activation function.

    Attributes
    ----------
    number : int
        Layers are numbered from 0 in the order they run.
    name : str
        From the model file: of PyTorch the module's, of Keras the layer's, as weights or the node in the graph tell it
        ("fc1.weight", "/layer1/conv1/Conv", "model/dense_1/MatMul"), or else what its weights are called; "" if it has
        none.
    kind : {"dense", "convolution"}
        The units of a convolution are its output channels.
    units, inputs : int
        How many there are; every unit has a weight for each input, of a convolution a kernel for each input channel.
    height, width : int
        The positions at which every unit has a value: 1 and 1 in a dense layer.
    kernel : (int, int)
        Height and width of a kernel: (1, 1) in a dense layer.
    groups : int
        Units and input channels fall into as many parts, each of which reads its own.
    activation : str
        The name of the activation function, with its parameters in `alpha` and `beta`.
    parameter_count : int
        Weights and biases.
    is_output : bool
        Whether it is the output layer, whose values are the scores. If another step gives them, such as a pooling, no
        layer is.

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights([(np.eye(2), np.zeros(2), "relu"), (np.ones((2, 2)), None)])
    >>> model.layers[0].units, model.layers[0].activation, model.layers[-1].weights.shape
    (2, 'relu', (2, 2))
    """

    number: int
    name: str
    kind: str
    units: int
    inputs: int
    activation: str
    alpha: float
    beta: float
    parameter_count: int
    is_output: bool
    height: int
    width: int
    kernel: tuple[int, int]
    groups: int
    _model: Model = field(repr=False, compare=False)

    @property
    def is_convolution(self) -> bool:
        """Whether its units are channels of an image."""
        return self.kind == "convolution"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a row of its values: (units,), or (units, height, width)."""
        return (self.units, self.height, self.width) if self.is_convolution else (self.units,)

    @property
    def weights(self) -> Floats:
        """A copy of the weights, float32 [units, inputs], or [units, inputs, kernel height, kernel width].

        Those that are subnormal in the file or array, below 1.18e-38 in magnitude, are 0 here as in runs.
        """
        out = np.empty((self.units, self.inputs, *(self.kernel if self.is_convolution else ())), np.float32)
        check(library.ablate_model_parameters(self._model._handle, self.number, pointer(out), out.size, None, 0))
        return out

    @property
    def bias(self) -> Floats:
        """A copy of the biases, float32 [units]."""
        out = np.empty(self.units, np.float32)
        check(library.ablate_model_parameters(self._model._handle, self.number, None, 0, pointer(out), out.size))
        return out


@dataclass(frozen=True)
class Step:
    """A step of the computation; `layer` is its layer number, or None for a step without units of its own."""

    name: str
    kind: str
    width: int
    parameter_count: int
    layer: int | None


def across(height: int, width: int) -> str:
    """Two lengths as tables show them."""
    return f"{height} x {width}"


class Layers(Sequence[Layer]):
    """The layers of a model by number or by name; all that takes a layer takes one of these, too.

    A string is a name: of a network of PyTorch "2" is the layer that is called so there, whatever its number.
    """

    def __init__(self, layers: Sequence[Layer], parts: Mapping[str, str]) -> None:
        self._layers = tuple(layers)
        # What a framework has as a layer of its own, such as an activation function, and which of these it is part of.
        self._parts = parts

    def __len__(self) -> int:
        return len(self._layers)

    @overload
    def __getitem__(self, key: LayerKey) -> Layer: ...

    @overload
    def __getitem__(self, key: slice) -> Sequence[Layer]: ...

    def __getitem__(self, key: Any) -> Any:
        return self._layers[key] if isinstance(key, slice) else self._layers[self.number(key)]

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """All layers but the output layer, if there is one: what sweeps, profiles and orders are of by default.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.ones((2, 2)), None)])
        >>> [layer.number for layer in model.layers.hidden]
        [0]
        """
        return tuple(layer for layer in self._layers if not layer.is_output)

    def number(self, key: LayerKey) -> int:
        """The number of a layer, from its name, its number or itself; negative numbers count from the last."""
        if isinstance(key, Layer):
            if not any(layer._model is key._model for layer in self._layers):
                raise ValueError(f"layer {key.number} is of another model: name one of this model's")
            return key.number
        if isinstance(key, str):
            for layer in self._layers:
                if key and layer.name == key:
                    return layer.number
            raise KeyError(f"no layer is called {key!r}{self._told(key)}")
        try:
            number = operator.index(key)
        except TypeError:
            number = None
        if number is None or is_truth(key):
            raise TypeError(f"a layer is named by a number or a string, or is one of model.layers, not {brief(key)}")
        if not -len(self) <= number < len(self):
            raise IndexError(f"there is no layer {number}: the model has {len(self)}")
        return number % len(self)

    def _told(self, name: str) -> str:
        """What an error tells of the name of something else, and what names there are."""
        names = ", ".join(repr(layer.name) for layer in self._layers if layer.name)
        known = f"; there are {names}" if names else f"; none has a name, and they go by number, 0 to {len(self) - 1}"
        if name in self._parts:
            return f", which goes with the layer in front of it, {self._parts[name]!r}{known}"
        steps = self._layers[0]._model.steps if name and self._layers else ()
        kinds = [step.kind for step in steps if step.name == name]
        return f", which is a step without units ({kinds[0]}){known}" if kinds else known

    def __repr__(self) -> str:
        has_images = any(layer.is_convolution for layer in self._layers)
        lines = [f"layer  units  inputs  {'positions  kernel  ' if has_images else ''}activation  name"]
        for layer in self._layers:
            note = "  (output)" if layer.is_output else ""
            text = f"{layer.number:5} {layer.units:6} {layer.inputs:7}  "
            if has_images:
                positions = across(layer.height, layer.width) if layer.is_convolution else ""
                kernel = across(*layer.kernel) if layer.is_convolution else ""
                text += f"{positions:>9}  {kernel:>6}  "
            lines.append(f"{text}{layer.activation:10}  {layer.name}".rstrip() + note)
        return "\n".join(lines)


def read_layers(model: Model, count: int) -> Layers:
    """All layers of a model."""
    layers = []
    for number in range(count):
        info = c.LayerInfo()
        check(library.ablate_model_layer(model._handle, number, byref(info)))
        layers.append(
            Layer(
                number=number,
                name=info.name.decode(),
                kind=info.kind.decode(),
                units=info.units,
                inputs=info.inputs,
                activation=NAMES[info.activation],
                alpha=info.alpha,
                beta=info.beta,
                parameter_count=info.parameter_count,
                is_output=bool(info.is_output),
                height=info.height,
                width=info.width,
                kernel=(info.kernel_height, info.kernel_width),
                groups=info.groups,
                _model=model,
            )
        )
    return Layers(layers, model._parts)


def read_steps(model: Model, count: int) -> tuple[Step, ...]:
    """All steps of a model."""
    steps = []
    for number in range(count):
        info = c.StepInfo()
        check(library.ablate_model_step(model._handle, number, byref(info)))
        layer = info.layer if info.can_ablate else None
        steps.append(Step(info.name.decode(), info.kind.decode(), info.width, info.parameter_count, layer))
    return tuple(steps)
