"""Activation functions of Keras, within layers and as layers."""

from __future__ import annotations

from math import prod
from typing import Any

from .._brief import brief
from ._keras_calls import is_from_keras
from ._keras_values import Value, called, refuse
from ._stack import Stack

# Functions by name, with parameters where Keras and ONNX differ.
ACTIVATIONS: dict[str, tuple[str, float | None, float | None]] = {
    "linear": ("identity", None, None),
    "relu": ("relu", None, None),
    "relu6": ("clip", 0.0, 6.0),
    "hard_tanh": ("clip", -1.0, 1.0),
    "tanh": ("tanh", None, None),
    "sigmoid": ("sigmoid", None, None),
    "softplus": ("softplus", None, None),
    "elu": ("elu", None, None),
    "selu": ("selu", None, None),
    "gelu": ("gelu", None, None),
    "silu": ("silu", None, None),
    "hard_sigmoid": ("hard_sigmoid", 1 / 6, 0.5),
    "hard_swish": ("hard_swish", None, None),
    "hard_silu": ("hard_swish", None, None),
    "leaky_relu": ("leaky_relu", 0.2, None),
}
HEADS = {"softmax": "softmax", "log_softmax": "log_softmax"}
ACTIVATION_LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")


def activate(stack: Stack, layer: Any, value: Value) -> None:
    """Adds the activation function of a layer that gives a value."""
    function = layer.activation
    if type(function).__name__ in ACTIVATION_LAYERS and is_from_keras(type(function)):
        activate_by_layer(stack, function, value)
        return
    known_as = getattr(function, "__name__", brief(function))
    # Anybody can write one of the same name, also in Keras: keras.ops.gelu is another.
    if not is_from_keras(function) or "activations" not in function.__module__:
        known_as = f"{getattr(function, '__module__', '')}.{known_as}"
    if known_as in HEADS:
        end(stack, layer, value, HEADS[known_as], -1)
    elif known_as in ACTIVATIONS:
        kind, alpha, beta = ACTIVATIONS[known_as]
        stack.activation(kind, called(layer), alpha, beta)
    else:
        raise refuse(layer, f"has the activation function {known_as!r}, which is beyond this version")


def activate_by_layer(stack: Stack, layer: Any, value: Value) -> None:
    """Adds a layer that is an activation function."""
    kind, name = type(layer).__name__, called(layer)
    if kind == "Softmax":
        end(stack, layer, value, "softmax", layer.axis)
    elif kind == "ELU":
        stack.activation("elu", name, float(layer.alpha))
    elif kind == "LeakyReLU":
        stack.activation("leaky_relu", name, float(layer.negative_slope))
    elif kind == "Activation":
        activate(stack, layer, value)
    else:
        slope, limit = float(layer.negative_slope or 0), layer.max_value
        if layer.threshold or (slope and limit is not None):
            raise refuse(layer, "has a threshold, or both a slope and a limit, which is beyond this version")
        if limit is not None:
            stack.activation("clip", name, 0.0, float(limit))
        else:
            stack.activation("leaky_relu" if slope else "relu", name, slope or None)


def end(stack: Stack, layer: Any, value: Value, head: str, axis: Any) -> None:
    """Adds a softmax over the last axis of rows that have no other."""
    if prod(value.shape[:-1]) != 1 or axis not in (-1, len(value.shape)):
        raise refuse(layer, f"has a softmax over axis {axis} of {value.shape}: only one score for each class is known")
    stack.output(head)
