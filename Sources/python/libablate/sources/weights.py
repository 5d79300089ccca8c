"""Models from raw weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._arrays import floats
from .._brief import brief
from .._numbers import whole
from ..model import Model
from ._builder import Builder
from .steps import Affine, Convolution, Dense, Pooling


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
