"""Networks of Keras. Keras itself is not imported: layers are known by their names and attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._brief import brief
from ..errors import UnsupportedError
from ..model import Model
from ._builder import ShapeError
from ._stack import Stack

# Functions by name, with parameters where Keras and ONNX differ.
ACTIVATIONS: dict[str, tuple[str, float | None, float | None]] = {
    "linear": ("identity", None, None),
    "relu": ("relu", None, None),
    "tanh": ("tanh", None, None),
    "sigmoid": ("sigmoid", None, None),
    "softplus": ("softplus", None, None),
    "elu": ("elu", None, None),
    "selu": ("selu", None, None),
    "gelu": ("gelu", None, None),
    "hard_sigmoid": ("hard_sigmoid", 1 / 6, 0.5),
    "hard_swish": ("hard_swish", None, None),
    "hard_silu": ("hard_swish", None, None),
    "leaky_relu": ("leaky_relu", 0.2, None),
}
HEADS = {"softmax": "softmax", "log_softmax": "log_softmax"}
NOTHING_TO_DO = ("InputLayer", "Flatten", "Dropout", "AlphaDropout", "GaussianNoise", "GaussianDropout")


def from_keras(model: Any, *, head: str | None = None, classes: Any = None, threads: int = 0) -> Model:
    """Makes a model from a dense network of Keras 3.

    Parameters
    ----------
    model : keras.Sequential
        Or a functional model whose layers follow one another: Dense, Normalization, BatchNormalization, Rescaling,
        Flatten, Dropout, Activation, ReLU, LeakyReLU, ELU and Softmax, and models of these.
    head : str, optional
        What the scores mean, see :func:`from_weights`. By default softmax if the model ends so, binary or multilabel if
        it ends in a sigmoid, regression for one output, else logits.
    classes : array, optional
        Class labels in the order of the scores.
    threads : int
        How many threads runs use; 0 for one per processor.

    Returns
    -------
    Model

    Raises
    ------
    UnsupportedError
        A layer is unknown, or layers do not follow one another.
    """
    if not hasattr(model, "layers") or not hasattr(model, "input_shape"):
        raise TypeError(f"model is a keras.Model, not {brief(model)}")
    stack = Stack()
    shape = tuple(model.input_shape[1:])
    if any(length is None for length in shape):
        raise UnsupportedError(f"the shape of a row is not known: {shape}")
    add(stack, model, int(np.prod(shape)))
    try:
        return stack.build(head, classes, shape, threads)
    except ShapeError as error:
        raise UnsupportedError(f"a layer does not read whole rows, as behind a Flatten ({error})") from error


def add(stack: Stack, layer: Any, width: int) -> int:
    """Adds one layer, or those of a model; how many values a row has behind it."""
    kind, name = type(layer).__name__, layer.name
    if hasattr(layer, "layers"):
        for number, inner in enumerate(layer.layers):
            expect_chain(layer, inner, number)
            width = add(stack, inner, width)
    elif kind == "Dense":
        weights = [np.asarray(array) for array in layer.get_weights()]
        stack.dense(weights[0], weights[1] if len(weights) > 1 else None, name, "in_out")
        width = weights[0].shape[1]
        activate(stack, layer.activation, name)
    elif kind == "Activation":
        activate(stack, layer.activation, name)
    elif kind == "Softmax":
        stack.output("softmax")
    elif kind == "ReLU":
        if layer.max_value is not None or layer.threshold:
            raise UnsupportedError(f"{name}: ReLU with a limit or a threshold is beyond this version")
        slope = float(layer.negative_slope or 0)
        stack.activation("leaky_relu" if slope else "relu", name, slope or None)
    elif kind == "LeakyReLU":
        stack.activation("leaky_relu", name, float(layer.negative_slope))
    elif kind == "ELU":
        stack.activation("elu", name, float(layer.alpha))
    elif kind in ("Normalization", "BatchNormalization", "Rescaling"):
        stack.affine(*affine(layer, kind, width), name)
    elif kind not in NOTHING_TO_DO:
        raise UnsupportedError(f"{name} is a {kind}, which is beyond this version")
    return width


def activate(stack: Stack, function: Any, name: str) -> None:
    """Adds an activation function by the name it has in Keras."""
    called = getattr(function, "__name__", str(function))
    if called in HEADS:
        stack.output(HEADS[called])
    elif called in ACTIVATIONS:
        kind, alpha, beta = ACTIVATIONS[called]
        stack.activation(kind, name, alpha, beta)
    else:
        raise UnsupportedError(f"{name}: the activation {called!r} is beyond this version")


def affine(layer: Any, kind: str, width: int) -> tuple[Any, Any, Any]:
    """Center, scale and shift of a normalisation, one for each value of a row."""
    if kind == "Rescaling":
        return np.zeros(width), spread(layer.scale, width), spread(layer.offset, width)
    if kind == "Normalization":
        if layer.invert:
            raise UnsupportedError(f"{layer.name}: an inverted Normalization is beyond this version")
        # Keras takes a standard deviation below its epsilon for that.
        deviation = np.maximum(np.sqrt(spread(layer.variance, width)), 1e-7)
        return spread(layer.mean, width), 1 / deviation, np.zeros(width)
    scale = 1 / np.sqrt(spread(layer.moving_variance, width) + layer.epsilon)
    if layer.gamma is not None:
        scale = scale * spread(layer.gamma, width)
    shift = np.zeros(width) if layer.beta is None else spread(layer.beta, width)
    return spread(layer.moving_mean, width), scale, shift


def spread(values: Any, width: int) -> Any:
    """Statistics of the last axis as one for each value of a row."""
    array = np.asarray(values, np.float64).ravel()
    return np.tile(array, width // array.size)


def expect_chain(model: Any, layer: Any, number: int) -> None:
    """Refuses layers that do not simply follow one another."""
    if type(model).__name__ == "Sequential" or number == 0:
        return
    nodes = getattr(layer, "_inbound_nodes", [])
    before = model.layers[number - 1]
    sources = [tensor._keras_history.operation for node in nodes for tensor in getattr(node, "input_tensors", [])]
    if len(sources) != 1 or sources[0] is not before:
        raise UnsupportedError(f"{layer.name} does not simply follow {before.name}")
