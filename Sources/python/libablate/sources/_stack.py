"""Layers of a framework, in the order they run, becoming steps of a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..model import Model
from ._builder import Builder, ShapeError
from ._joins import Product, Sum
from .steps import Affine, Convolution, Dense, Pooling
from .weights import lengths


class Stack:
    """Collects steps: what a framework has as several layers (dense, normalisation, activation) becomes one."""

    def __init__(self) -> None:
        self.steps: list[Dense | Convolution | Pooling | Affine | Sum | Product] = []
        # The point that each of them reads.
        self.sources: list[int] = []
        # The point that what comes next reads.
        self.source = 0
        # The last step is a layer or a sum that nothing else reads so far: an activation function can join it, and a
        # layer a normalisation.
        self.is_open = False
        # What is part of a layer, by its name in the framework.
        self.parts: dict[str, str] = {}
        self.head: str | None = None
        self.ends_in_sigmoid = False

    def read(self, point: int) -> None:
        """Has what comes next read another point than the last: 0 is the input, then each step has one."""
        if point != self.source:
            self.source = point
            self.is_open = False

    def close(self) -> None:
        """Keeps the last step as it is: nothing joins it any more."""
        self.is_open = False

    def dense(self, weights: Any, bias: Any, name: str, layout: str) -> None:
        """A dense layer, its activation function yet to come."""
        self._expect_no_head(name)
        weights = np.asarray(weights, np.float64)
        bias = np.zeros(weights.shape[0 if layout == "out_in" else 1]) if bias is None else np.asarray(bias, np.float64)
        self._append(Dense(weights, bias, name=self._unused(name), layout=layout), is_open=True)

    def convolution(self, weights: Any, bias: Any, name: str, **window: Any) -> None:
        """A convolution, weights [units, channels / groups, height, width], its activation function yet to come."""
        self._expect_no_head(name)
        weights = np.asarray(weights, np.float64)
        bias = np.zeros(len(weights)) if bias is None else np.asarray(bias, np.float64)
        self._append(Convolution(weights, bias, name=self._unused(name), **window), is_open=True)

    def pooling(self, kind: str, name: str, **window: Any) -> None:
        """A pooling."""
        self._expect_no_head(name)
        self._append(Pooling(kind, name=self._unused(name), **window))

    def sum(self, first: int, second: int, name: str) -> None:
        """The sum of two points."""
        self._expect_no_head(name)
        self._append(Sum(first, second, name=self._unused(name)), is_open=True)

    def product(self, first: int, second: int, name: str) -> None:
        """The product of two points, or of an image and one value for each of its channels."""
        self._expect_no_head(name)
        self._append(Product(first, second, self._unused(name)))

    def activation(self, kind: str, name: str, alpha: float | None = None, beta: float | None = None) -> None:
        """An activation function."""
        self._expect_no_head(name)
        if kind == "identity":
            return
        last = self.steps[-1] if self.steps else None
        if self.is_open and isinstance(last, Sum):
            if alpha is not None:
                raise UnsupportedError(f"{name}: a function with parameters behind a sum is beyond this version")
            self.steps[-1] = replace(last, activation=kind)
        elif self.is_open and isinstance(last, (Dense, Convolution)):
            self.steps[-1] = replace(last, activation=kind, alpha=alpha, beta=beta)
        else:
            raise UnsupportedError(
                f"{name}: an activation function that follows no layer of its own is beyond this version"
            )
        self.is_open = False

    def affine(self, center: Any, scale: Any, shift: Any, name: str, *, per_channel: bool = False) -> None:
        """A normalisation: y = (x - center) * scale + shift. Behind a layer it becomes part of its weights."""
        self._expect_no_head(name)
        center, scale, shift = (np.asarray(part, np.float64) for part in (center, scale, shift))
        last = self.steps[-1] if self.steps else None
        if self.is_open and isinstance(last, (Dense, Convolution)):
            if scale.size not in (1, last.bias.size):
                raise ShapeError(f"{name} has {scale.size} values, and {last.bias.size} units in front of it")
            is_turned = isinstance(last, Dense) and last.layout == "in_out"
            by_unit = scale if is_turned else scale.reshape(-1, *(1,) * (last.weights.ndim - 1))
            self.steps[-1] = replace(last, weights=last.weights * by_unit, bias=(last.bias - center) * scale + shift)
        else:
            self._append(Affine(center, scale, shift, self._unused(name), per_channel))

    def note(self, name: str) -> None:
        """Keeps of what was just added that it became part of a layer, if it did."""
        last = self.steps[-1] if self.steps else None
        if isinstance(last, (Dense, Convolution)) and last.name is not None and self._unused(name):
            self.parts[name] = last.name

    def output(self, head: str) -> None:
        """A softmax or the like at the end."""
        self._expect_no_head(head)
        self.head = head

    def build(self, head: str | None, classes: Any, input_shape: Any, threads: int) -> Model:
        """The model; `head` goes before what the layers say."""
        if not self.steps:
            raise UnsupportedError("there is no layer in it")
        steps: list[Any] = list(self.steps)
        last = steps[-1]
        found = head or self.head
        if isinstance(last, Affine):
            name = last.name or "the last step"
            raise UnsupportedError(f"{name} is a normalisation at the end, behind no layer that it could be part of")
        if isinstance(last, Dense) and last.activation == "sigmoid" and head in (None, "binary", "multilabel"):
            units = len(last.bias)
            found = head or ("binary" if units == 1 else "multilabel")
            steps[-1] = replace(last, activation="identity", alpha=None, beta=None)
            self.ends_in_sigmoid = True
        with Builder(lengths(input_shape)) as builder:
            for step, source in zip(steps, self.sources):
                builder.add(step, source)
            model = builder.build(found, classes, threads)
        model._parts = self.parts
        return model

    def _append(self, step: Any, *, is_open: bool = False) -> None:
        self.steps.append(step)
        self.sources.append(self.source)
        self.source = len(self.steps)
        self.is_open = is_open

    def _expect_no_head(self, name: str) -> None:
        if self.head is not None:
            raise UnsupportedError(f"{name} behind a {self.head}: that is only known at the end")

    def _unused(self, name: str) -> str | None:
        return name if all(step.name != name for step in self.steps) else None
