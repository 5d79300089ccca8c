"""Models from raw weights."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterable, Sequence
from ctypes import byref
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _declarations as c
from .._arrays import floats, pointer
from .._brief import brief
from .._enumerators import one_of
from .._handles import Handle, make
from .._labels import given
from .._library import library
from .._numbers import whole
from ..errors import check
from ..model import Model
from ._window import Window


@dataclass(frozen=True)
class Dense:
    """A dense layer: activation(weights x + bias).

    Parameters
    ----------
    weights : array, [units, inputs], or [inputs, units] for layout "in_out"
    bias : array, [units], optional
    activation : str
        identity, relu, leaky_relu, elu, selu, tanh, sigmoid, softplus, gelu, gelu_tanh, hard_sigmoid, hard_swish or
        clip.
    alpha, beta : float, optional
        Parameters of the activation function, in place of its defaults.
    name : str, optional
    layout : {"out_in", "in_out"}
    """

    weights: Any
    bias: Any = None
    activation: str = "identity"
    alpha: float | None = None
    beta: float | None = None
    name: str | None = None
    layout: str = "out_in"


@dataclass(frozen=True)
class Convolution:
    """A convolution: activation(weights x + bias) at each position of a window over an image. Units are its channels.

    Parameters
    ----------
    weights : array, [units, channels / groups, height, width], or [units, channels / groups, width] of sequences
    bias : array, [units], optional
    activation, alpha, beta, name
        As for :class:`Dense`.
    strides, dilations : int or (int, int)
        Along height and width.
    padding : int, (int, int) or (top, left, bottom, right)
        Zeros around the image.
    groups : int
        Units and channels fall into as many parts, each of which reads its own.
    """

    weights: Any
    bias: Any = None
    activation: str = "identity"
    alpha: float | None = None
    beta: float | None = None
    name: str | None = None
    strides: Any = 1
    padding: Any = 0
    dilations: Any = 1
    groups: int = 1


@dataclass(frozen=True)
class Pooling:
    """What pooling makes of each channel in a window, or of all positions.

    Parameters
    ----------
    kind : str
        maximum, average (of the values inside the image), average_counting_padding (ONNX's count_include_pad),
        global_maximum or global_average.
    kernel : int or (int, int)
        The window; the global kinds have none.
    strides : int or (int, int), optional
        As the kernel by default.
    padding, dilations
        As for :class:`Convolution`.
    rounds_up : bool
        A last window that reaches beyond the padding counts, too (ceil_mode).
    name : str, optional
    """

    kind: str
    kernel: Any = 1
    strides: Any = None
    padding: Any = 0
    dilations: Any = 1
    rounds_up: bool = False
    name: str | None = None


@dataclass(frozen=True)
class Affine:
    """y = (x - center) * scale + shift, elementwise: a scaler in front, or a normalisation between layers.

    Each of the three is an array [width], of an image [channels, height, width] or (with `per_channel`) [channels]; or
    None for center 0, scale 1, shift 0.
    """

    center: Any = None
    scale: Any = None
    shift: Any = None
    name: str | None = None
    per_channel: bool = False


class ShapeError(ValueError):
    """The weights of a step do not read what the step before gives."""


class Builder(Handle):
    """A model in the making."""

    _free_name = "ablate_builder_free"

    def __init__(self, input_shape: Sequence[int]) -> None:
        # Steps of the caller's so far.
        self.count = 0
        shape = (ctypes.c_size_t * len(input_shape))(*input_shape)
        self._own(make(library.ablate_builder_create, shape, len(input_shape)))
        # Channels, height, width.
        self.shape = (math.prod(input_shape), 1, 1)
        if len(input_shape) in (2, 3):
            self.shape = (input_shape[0], 1 if len(input_shape) == 2 else input_shape[1], input_shape[-1])

    @property
    def width(self) -> int:
        """Values per row after the last step."""
        return math.prod(self.shape)

    def add_dense(self, dense: Dense) -> None:
        """Adds a dense layer behind the last step."""
        layout = one_of(dense.layout, c.LAYOUTS, "layout")
        weights = floats(dense.weights, "weights")
        name = self.called(dense)
        turned = dense.layout == "in_out"
        if weights.ndim != 2 or weights.shape[0 if turned else 1] != self.width or not weights.size:
            wanted = f"({self.width}, units)" if turned else f"(units, {self.width})"
            raise ShapeError(f"weights of {name} have the shape {weights.shape}, and not {wanted}")
        units = weights.shape[1 if turned else 0]
        struct = c.Dense(
            name=encoded(dense.name),
            units=units,
            layout=layout,
            weights=pointer(weights),
            **activation(dense),
        )
        bias = vector(dense.bias, units, f"bias of {name}")
        struct.bias = pointer(bias)
        check(library.ablate_builder_add_dense(self._handle, byref(struct)))
        self.shape = (units, 1, 1)

    def add_convolution(self, step: Convolution) -> None:
        """Adds a convolution behind the last step."""
        weights = floats(step.weights, "weights")
        name, groups = self.called(step), whole("groups", step.groups, 1)
        if weights.ndim == 3:
            weights = weights[:, :, np.newaxis]
        channels = self.shape[0]
        if weights.ndim != 4 or weights.shape[1] * groups != channels:
            of = f"({channels} channels / {groups} groups)"
            raise ShapeError(f"weights of {name} have the shape {weights.shape}, and not (units, {of}, height, width)")
        units, _, *kernel = weights.shape
        window = Window(kernel, step.strides, step.dilations, step.padding)
        struct = c.Convolution(
            name=encoded(step.name),
            units=units,
            weights=pointer(weights),
            groups=groups,
            source=c.NONE,
            **activation(step),
            **window.fields(),
        )
        bias = vector(step.bias, units, f"bias of {name}")
        struct.bias = pointer(bias)
        check(library.ablate_builder_add_convolution(self._handle, byref(struct)))
        self.shape = (units, *window.positions(self.shape[1:]))

    def add_pooling(self, step: Pooling) -> None:
        """Adds a pooling behind the last step."""
        kind = one_of(step.kind, c.POOLINGS, "kind")
        window = Window(
            step.kernel, step.kernel if step.strides is None else step.strides, step.dilations, step.padding
        )
        struct = c.Pooling(
            name=encoded(step.name),
            source=c.NONE,
            kind=kind,
            rounds_up=step.rounds_up,
            **window.fields(),
        )
        check(library.ablate_builder_add_pooling(self._handle, byref(struct)))
        is_global = step.kind.startswith("global")
        positions = (1, 1) if is_global else window.positions(self.shape[1:], step.rounds_up)
        self.shape = (self.shape[0], *positions)

    def add_affine(self, affine: Affine) -> None:
        """Adds a step that is no layer behind the last one."""
        width = self.shape[0] if affine.per_channel else self.width
        of = self.called(affine)
        parts = [vector(getattr(affine, part), width, f"{part} of {of}") for part in ("center", "scale", "shift")]
        name = encoded(affine.name)
        add = library.ablate_builder_add_channel_affine if affine.per_channel else library.ablate_builder_add_affine
        check(add(self._handle, name, *map(pointer, parts)))

    def add(self, step: Any) -> None:
        """Adds a step of any kind behind the last one."""
        if isinstance(step, Convolution):
            self.add_convolution(step)
        elif isinstance(step, Pooling):
            self.add_pooling(step)
        elif isinstance(step, Affine):
            self.add_affine(step)
        else:
            self.add_dense(step)
        self.count += 1

    def called(self, step: Dense | Convolution | Affine) -> str:
        """How errors call the step that is being added."""
        return f"step {step.name!r}" if step.name else f"steps[{self.count}]"

    def build(self, head: str | None, classes: Any, threads: int) -> Model:
        """The model."""
        if head is not None:
            check(library.ablate_builder_set_head(self._handle, one_of(head, c.HEADS, "head")))
        labels = None
        if classes is not None:
            labels = given(classes)
            texts = (ctypes.c_char_p * len(labels))(*(str(label).encode() for label in labels.tolist()))
            check(library.ablate_builder_set_class_labels(self._handle, texts, len(labels)))
        return Model(make(library.ablate_builder_build, self._handle), classes=labels, threads=threads)


def encoded(name: Any) -> bytes | None:
    """A step's name for the library."""
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name is a string, not {brief(name)}")
    return None if name is None else name.encode()


def activation(step: Dense | Convolution) -> dict[str, Any]:
    """What a struct says of an activation function."""
    number = one_of(step.activation, c.ACTIVATIONS, "activation")
    if step.beta is not None and step.alpha is None:
        raise ValueError("beta comes with alpha: give both")
    return {
        "activation": number,
        "alpha": 0.0 if step.alpha is None else step.alpha,
        "beta": 0.0 if step.beta is None else step.beta,
        "parameter_count": (step.alpha is not None) + (step.beta is not None),
    }


def vector(values: Any, width: int, what: str) -> Any:
    """`values` as float32 [width]; None as it is."""
    if values is None:
        return None
    array = floats(values, what)
    if array.size == width and array.ndim > 1:
        array = array.reshape(width)
    if array.shape != (width,):
        raise ValueError(f"{what} has the shape {array.shape}, and not {(width,)}")
    return array


def from_weights(
    steps: Iterable[Dense | Convolution | Pooling | Affine | tuple[Any, ...]],
    *,
    input_shape: Sequence[int] | None = None,
    head: str | None = None,
    classes: Any = None,
    threads: int = 0,
) -> Model:
    """Makes a model from weights.

    Parameters
    ----------
    steps : list of Dense, Convolution, Pooling, Affine or tuples
        In the order they run; the last is no affine step. A tuple is short for Dense: (weights, bias) or (weights,
        bias, activation), with weights [units, inputs] and bias None for zeros. Behind an image, a dense layer reads
        its values as [channels, height, width].
    input_shape : tuple of int, optional
        The shape of a row, of images (channels, height, width), of sequences (channels, width); by default as many
        values as the first step takes.
    head : str, optional
        What the scores mean: logits (the default for two or more), softmax, log_softmax, binary, multilabel or
        regression (the default for one).
    classes : array, optional
        Class labels, numbers or strings, in the order of the scores.
    threads : int
        How many threads runs use; 0 for one per processor.

    Returns
    -------
    Model

    Examples
    --------
    >>> import libablate, numpy as np
    >>> model = libablate.from_weights(
    ...     [libablate.Affine(scale=[0.5, 0.5]), (np.eye(2), None, "relu"), (np.ones((1, 2)), [1.0])]
    ... )
    >>> model.predict([[2, 4]])
    array([4.], dtype=float32)
    >>> model = libablate.from_weights(
    ...     [libablate.Convolution(np.ones((1, 1, 2, 2))), libablate.Pooling("global_maximum")], input_shape=(1, 3, 3)
    ... )
    >>> model.predict(np.arange(9).reshape(1, 1, 3, 3))
    array([24.], dtype=float32)
    """
    kinds = (Dense, Convolution, Pooling, Affine)
    if not isinstance(steps, Iterable):
        raise TypeError(f"steps is a list of steps, not {brief(steps)}")
    described = [step if isinstance(step, kinds) else short(step, place) for place, step in enumerate(steps)]
    if not described:
        raise ValueError("a model has at least one step")
    with Builder((first_width(described[0]),) if input_shape is None else lengths(input_shape)) as builder:
        for step in described:
            builder.add(step)
        return builder.build(head, classes, threads)


def short(step: Any, place: int) -> Dense:
    """A dense layer from a tuple."""
    if not isinstance(step, (tuple, list)) or not 1 <= len(step) <= 3:
        known = "Dense, Convolution, Pooling, Affine, (weights, bias) or (weights, bias, activation)"
        raise TypeError(f"steps[{place}] is {type(step).__name__}: a step is {known}")
    return Dense(*step)


def lengths(shape: Any) -> tuple[int, ...]:
    """The shape of a row."""
    if not isinstance(shape, Iterable):
        raise TypeError(f"input_shape is a tuple of whole numbers, not {brief(shape)}")
    found = tuple(whole("input_shape", length, 1) for length in shape)
    if not 1 <= len(found) <= 8:
        raise ValueError(f"input_shape has {len(found)} axes: 1 to 8 are possible")
    return found


def first_width(step: Dense | Convolution | Pooling | Affine) -> int:
    """How many values the first step takes."""
    if isinstance(step, (Convolution, Pooling)) or (isinstance(step, Affine) and step.per_channel):
        raise ValueError("the first step reads images: pass input_shape, (channels, height, width)")
    if isinstance(step, Dense):
        shape = floats(step.weights, "weights").shape
        if len(shape) != 2:
            raise ValueError(f"weights have two axes; these have the shape {shape}")
        return int(shape[0 if step.layout == "in_out" else 1])
    for values in (step.center, step.scale, step.shift):
        if values is not None:
            return floats(values, "an affine step").size
    raise ValueError("the first step says nothing of its width: pass input_shape")
