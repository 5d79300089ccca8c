"""Models from raw weights."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from ctypes import byref
from dataclasses import dataclass
from typing import Any

from .. import _declarations as c
from .._arrays import floats, pointer
from .._handles import Handle, make
from .._labels import given
from .._library import library
from ..errors import check
from ..model import Model


@dataclass(frozen=True)
class Dense:
    """A dense layer: activation(weights x + bias).

    Parameters
    ----------
    weights : array, [units, inputs], or [inputs, units] for layout "in_out"
    bias : array, [units], optional
    activation : str
        identity, relu, leaky_relu, elu, selu, tanh, sigmoid, softplus, gelu, gelu_tanh, hard_sigmoid or hard_swish.
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
class Affine:
    """y = (x - center) * scale + shift, elementwise: a scaler in front, or a normalisation between layers.

    Each of the three is an array [width], or None for center 0, scale 1, shift 0.
    """

    center: Any = None
    scale: Any = None
    shift: Any = None
    name: str | None = None


class Builder(Handle):
    """A model in the making."""

    _free_name = "ablate_builder_free"

    def __init__(self, input_shape: Sequence[int]) -> None:
        shape = (ctypes.c_size_t * len(input_shape))(*input_shape)
        self._own(make(library.ablate_builder_create, shape, len(input_shape)))
        self.width = 1
        for length in input_shape:
            self.width *= length

    def add_dense(self, dense: Dense) -> None:
        """Adds a dense layer behind the last step."""
        if dense.activation not in c.ACTIVATIONS:
            raise ValueError(f"there is no activation {dense.activation!r}; there are {', '.join(c.ACTIVATIONS)}")
        if dense.layout not in c.LAYOUTS:
            raise ValueError(f"there is no layout {dense.layout!r}; there are {', '.join(c.LAYOUTS)}")
        if dense.beta is not None and dense.alpha is None:
            raise ValueError("beta comes with alpha: give both")
        weights = floats(dense.weights, "weights")
        name = f"layer {dense.name!r}" if dense.name else "a layer"
        turned = dense.layout == "in_out"
        if weights.ndim != 2 or weights.shape[0 if turned else 1] != self.width:
            wanted = f"({self.width}, units)" if turned else f"(units, {self.width})"
            raise ValueError(f"weights of {name} have the shape {weights.shape}, and not {wanted}")
        units = weights.shape[1 if turned else 0]
        struct = c.Dense(
            name=None if dense.name is None else dense.name.encode(),
            units=units,
            layout=c.LAYOUTS[dense.layout],
            weights=pointer(weights),
            activation=c.ACTIVATIONS[dense.activation],
            alpha=dense.alpha or 0.0,
            beta=dense.beta or 0.0,
            parameter_count=(dense.alpha is not None) + (dense.beta is not None),
        )
        bias = vector(dense.bias, units, f"bias of {name}")
        struct.bias = pointer(bias)
        check(library.ablate_builder_add_dense(self._handle, byref(struct)))
        self.width = units

    def add_affine(self, affine: Affine) -> None:
        """Adds a step that is no layer behind the last one."""
        parts = [vector(getattr(affine, part), self.width, part) for part in ("center", "scale", "shift")]
        name = None if affine.name is None else affine.name.encode()
        check(library.ablate_builder_add_affine(self._handle, name, *map(pointer, parts)))

    def build(self, head: str | None, classes: Any, threads: int) -> Model:
        """The model."""
        if head is not None:
            if head not in c.HEADS:
                raise ValueError(f"there is no head {head!r}; there are {', '.join(c.HEADS)}")
            check(library.ablate_builder_set_head(self._handle, c.HEADS[head]))
        labels = None
        if classes is not None:
            labels = given(classes)
            texts = (ctypes.c_char_p * len(labels))(*(str(label).encode() for label in labels.tolist()))
            check(library.ablate_builder_set_class_labels(self._handle, texts, len(labels)))
        return Model(make(library.ablate_builder_build, self._handle), classes=labels, threads=threads)


def vector(values: Any, width: int, what: str) -> Any:
    """`values` as float32 [width]; None as it is."""
    if values is None:
        return None
    array = floats(values, what)
    if array.shape != (width,):
        raise ValueError(f"{what} has the shape {array.shape}, and not {(width,)}")
    return array


def from_weights(
    steps: Iterable[Dense | Affine | tuple[Any, ...]],
    *,
    input_shape: Sequence[int] | None = None,
    head: str | None = None,
    classes: Any = None,
    threads: int = 0,
) -> Model:
    """Makes a model from weights.

    Parameters
    ----------
    steps : list of Dense, Affine or tuples
        In the order they run; the last is dense. A tuple is short for Dense: (weights, bias) or (weights, bias,
        activation), with weights [units, inputs] and bias None for zeros.
    input_shape : tuple of int, optional
        The shape of a row; by default as many values as the first step takes.
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
    """
    described = [step if isinstance(step, (Dense, Affine)) else Dense(*step) for step in steps]
    if not described:
        raise ValueError("a model has at least one step")
    with Builder((first_width(described[0]),) if input_shape is None else tuple(input_shape)) as builder:
        for step in described:
            if isinstance(step, Dense):
                builder.add_dense(step)
            else:
                builder.add_affine(step)
        return builder.build(head, classes, threads)


def first_width(step: Dense | Affine) -> int:
    """How many values the first step takes."""
    if isinstance(step, Dense):
        shape = floats(step.weights, "weights").shape
        if len(shape) != 2:
            raise ValueError(f"weights have two axes; these have the shape {shape}")
        return int(shape[0 if step.layout == "in_out" else 1])
    for values in (step.center, step.scale, step.shift):
        if values is not None:
            return floats(values, "an affine step").size
    raise ValueError("the first step says nothing of its width: pass input_shape")
