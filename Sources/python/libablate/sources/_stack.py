"""Layers of a framework, one after the other, becoming steps of a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..model import Model
from .weights import Affine, Dense, from_weights


class Stack:
    """Collects steps: what a framework has as several layers (dense, normalisation, activation) becomes one."""

    def __init__(self) -> None:
        self.steps: list[Dense | Affine] = []
        # The last step is dense and nothing came behind it: an activation function or a normalisation can join it.
        self.is_open = False
        self.head: str | None = None
        self.ends_in_sigmoid = False

    def dense(self, weights: Any, bias: Any, name: str, layout: str) -> None:
        """A dense layer, its activation function yet to come."""
        self._expect_no_head(name)
        weights = np.asarray(weights, np.float64)
        bias = np.zeros(weights.shape[0 if layout == "out_in" else 1]) if bias is None else np.asarray(bias, np.float64)
        self.steps.append(Dense(weights, bias, name=self._unused(name), layout=layout))
        self.is_open = True

    def activation(self, kind: str, name: str, alpha: float | None = None, beta: float | None = None) -> None:
        """An activation function."""
        self._expect_no_head(name)
        if kind == "identity":
            return
        last = self.steps[-1] if self.steps else None
        if not self.is_open or not isinstance(last, Dense):
            raise UnsupportedError(f"{name}: an activation function that follows no dense layer is beyond this version")
        self.steps[-1] = Dense(last.weights, last.bias, kind, alpha, beta, last.name, last.layout)
        self.is_open = False

    def affine(self, center: Any, scale: Any, shift: Any, name: str) -> None:
        """A normalisation: y = (x - center) * scale + shift. Behind a dense layer it becomes part of its weights."""
        self._expect_no_head(name)
        center, scale, shift = (np.asarray(part, np.float64) for part in (center, scale, shift))
        last = self.steps[-1] if self.steps else None
        if self.is_open and isinstance(last, Dense):
            weights = last.weights * (scale if last.layout == "in_out" else scale[:, np.newaxis])
            bias = (last.bias - center) * scale + shift
            self.steps[-1] = Dense(weights, bias, name=last.name, layout=last.layout)
        else:
            self.steps.append(Affine(center, scale, shift, self._unused(name)))
            self.is_open = False

    def output(self, head: str) -> None:
        """A softmax or the like at the end."""
        self._expect_no_head(head)
        self.head = head

    def build(self, head: str | None, classes: Any, input_shape: Any, threads: int) -> Model:
        """The model; `head` goes before what the layers say."""
        if not self.steps:
            raise UnsupportedError("there is no dense layer in it")
        steps: list[Any] = list(self.steps)
        last = steps[-1]
        found = head or self.head
        if isinstance(last, Dense) and last.activation == "sigmoid" and head in (None, "binary", "multilabel"):
            units = len(last.bias)
            found = head or ("binary" if units == 1 else "multilabel")
            steps[-1] = Dense(last.weights, last.bias, name=last.name, layout=last.layout)
            self.ends_in_sigmoid = True
        return from_weights(steps, input_shape=input_shape, head=found, classes=classes, threads=threads)

    def _expect_no_head(self, name: str) -> None:
        if self.head is not None:
            raise UnsupportedError(f"{name} behind a {self.head}: that is only known at the end")

    def _unused(self, name: str) -> str | None:
        return name if all(step.name != name for step in self.steps) else None
