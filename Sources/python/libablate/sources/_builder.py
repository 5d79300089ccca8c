"""A model in the making, step by step."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from ctypes import byref
from typing import Any

import numpy as np

from .. import _declarations as c
from .._arrays import floats, pointer
from .._brief import brief
from .._enumerators import one_of
from .._handles import Handle, make
from .._labels import given, texts
from .._library import library
from .._numbers import whole
from ..errors import check
from ..model import Model
from ._joins import Product, Sum
from ._window import Window
from .steps import Affine, Convolution, Dense, Pooling


class ShapeError(ValueError):
    """The weights of a step do not read what the step before gives."""


class Builder(Handle):
    """A model in the making."""

    _free_name = "ablate_builder_free"

    def __init__(self, input_shape: Sequence[int]) -> None:
        shape = (ctypes.c_size_t * len(input_shape))(*input_shape)
        self._own(make(library.ablate_builder_create, shape, len(input_shape)))
        # Of the point that the next step reads: channels, height, width.
        self.shape = (math.prod(input_shape), 1, 1)
        if len(input_shape) in (2, 3):
            self.shape = (input_shape[0], 1 if len(input_shape) == 2 else input_shape[1], input_shape[-1])
        # The input, and what each step of the caller's gives: the library's number of the point, and the shape there.
        self.points = [(0, self.shape)]
        # What the next step reads, by the library's number; NONE for the last point.
        self.source = c.NONE

    @property
    def width(self) -> int:
        """Values per row there."""
        return math.prod(self.shape)

    def add_dense(self, dense: Dense) -> None:
        """Adds a dense layer."""
        self.repeat_source()
        layout = one_of(dense.layout, c.LAYOUTS, "layout")
        weights = floats(dense.weights, "weights")
        name = self.called(dense)
        turned = dense.layout == "in_out"
        if weights.ndim != 2 or weights.shape[0 if turned else 1] != self.width or not weights.size:
            wanted = f"({self.width}, units)" if turned else f"(units, {self.width})"
            fits = weights.ndim == 2 and weights.shape[1 if turned else 0] == self.width
            hint = other_layout(turned) if fits else ""
            raise ShapeError(f"weights of {name} have the shape {weights.shape}, and not {wanted}{hint}")
        units = weights.shape[1 if turned else 0]
        struct = c.Dense(
            name=encoded(dense.name),
            units=units,
            layout=layout,
            weights=pointer(weights),
            **activation(dense),
        )
        if dense.bias is not None and np.size(dense.bias) == self.width != units:
            raise ShapeError(
                f"weights of {name} have the shape {weights.shape}, which is {units} units, and bias is of {self.width}"
                f"{other_layout(turned)}"
            )
        bias = vector(dense.bias, units, f"bias of {name}")
        struct.bias = pointer(bias)
        check(library.ablate_builder_add_dense(self._handle, byref(struct)))
        self.shape = (units, 1, 1)

    def add_convolution(self, step: Convolution) -> None:
        """Adds a convolution."""
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
            source=self.source,
            **activation(step),
            **window.fields(),
        )
        bias = vector(step.bias, units, f"bias of {name}")
        struct.bias = pointer(bias)
        check(library.ablate_builder_add_convolution(self._handle, byref(struct)))
        self.shape = (units, *window.positions(self.shape[1:]))

    def add_pooling(self, step: Pooling) -> None:
        """Adds a pooling."""
        kind = one_of(step.kind, c.POOLINGS, "kind")
        window = Window(
            step.kernel, step.kernel if step.strides is None else step.strides, step.dilations, step.padding
        )
        struct = c.Pooling(
            name=encoded(step.name),
            source=self.source,
            kind=kind,
            rounds_up=step.rounds_up,
            **window.fields(),
        )
        check(library.ablate_builder_add_pooling(self._handle, byref(struct)))
        is_global = step.kind.startswith("global")
        positions = (1, 1) if is_global else window.positions(self.shape[1:], step.rounds_up)
        self.shape = (self.shape[0], *positions)

    def add_affine(self, affine: Affine) -> None:
        """Adds a scaler or a normalisation."""
        self.repeat_source()
        width = self.shape[0] if affine.per_channel else self.width
        of = self.called(affine)
        parts = [vector(getattr(affine, part), width, f"{part} of {of}") for part in ("center", "scale", "shift")]
        name = encoded(affine.name)
        add = library.ablate_builder_add_channel_affine if affine.per_channel else library.ablate_builder_add_affine
        check(add(self._handle, name, *map(pointer, parts)))

    def add_sum(self, step: Sum) -> None:
        """Adds a sum of two points."""
        (first, self.shape), (second, _) = self.points[step.first], self.points[step.second]
        kind = one_of(step.activation, c.ACTIVATIONS, "activation")
        check(library.ablate_builder_add_sum(self._handle, encoded(step.name), first, second, kind))

    def add_product(self, step: Product) -> None:
        """Adds a product of two points."""
        (first, self.shape), (second, _) = self.points[step.first], self.points[step.second]
        check(library.ablate_builder_add_product(self._handle, encoded(step.name), first, second))

    def add(self, step: Any, source: int | None = None) -> None:
        """Adds a step of any kind that reads the last one, or another point."""
        if source is not None and source != len(self.points) - 1:
            self.source, self.shape = self.points[source]
        if isinstance(step, Convolution):
            self.add_convolution(step)
        elif isinstance(step, Pooling):
            self.add_pooling(step)
        elif isinstance(step, Affine):
            self.add_affine(step)
        elif isinstance(step, Sum):
            self.add_sum(step)
        elif isinstance(step, Product):
            self.add_product(step)
        else:
            self.add_dense(step)
        self.source = c.NONE
        self.points.append((library.ablate_builder_last_point(self._handle), self.shape))

    def repeat_source(self) -> None:
        """Brings the point to be read to the end, by maxima of single values: some steps always read the last one."""
        if self.source != c.NONE:
            self.add_pooling(Pooling("maximum"))

    def called(self, step: Dense | Convolution | Affine) -> str:
        """How errors call the step that is being added."""
        return f"step {step.name!r}" if step.name else f"steps[{len(self.points) - 1}]"

    def build(self, head: str | None, classes: Any, threads: int) -> Model:
        """The model."""
        if head is not None:
            check(library.ablate_builder_set_head(self._handle, one_of(head, c.HEADS, "head")))
        labels = None
        if classes is not None:
            labels = given(classes)
            check(library.ablate_builder_set_class_labels(self._handle, texts(labels), len(labels)))
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


def other_layout(turned: bool) -> str:
    """What to add to an error about a dense layer that would fit the other way round."""
    axes, layout = ("[units, inputs]", "out_in") if turned else ("[inputs, units]", "in_out")
    return f": weights that are {axes} take Dense(weights, bias, activation, layout={layout!r})"


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
