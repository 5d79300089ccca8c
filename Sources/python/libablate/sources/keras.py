"""Networks of Keras. Keras itself is not imported: layers are known by their names and attributes."""

from __future__ import annotations

import os
from collections import Counter
from math import prod
from typing import Any

import numpy as np

from .._brief import brief
from ..errors import UnsupportedError
from ..model import Model
from ._beyond import is_beyond
from ._keras_activations import ACTIVATION_LAYERS, activate, activate_by_layer
from ._keras_calls import EXPORT, Call, calls_of, is_from_keras, is_model
from ._keras_values import Value, array, refuse
from ._keras_windows import CONVOLUTIONS, PADDINGS, POOLINGS, WINDOWS, convolve, pad, pool
from ._stack import Stack

NORMALISATIONS = ("Normalization", "BatchNormalization", "Rescaling")
# Outside of training.
NOTHING_TO_DO = (
    "Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianNoise",
    "GaussianDropout", "ActivityRegularization", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
    "RandomContrast", "RandomBrightness",
)  # fmt: skip


def from_keras(model: Any, *, head: str | None = None, classes: Any = None, threads: int = 0) -> Model:
    """Makes a model from a network of Keras 3, as it is outside of training.

    Parameters
    ----------
    model : keras.Sequential or functional keras.Model
        Of one input and one output: Dense, Conv1D, Conv2D, DepthwiseConv and SeparableConv, MaxPooling,
        AveragePooling, GlobalMaxPooling and GlobalAveragePooling, ZeroPadding of one or two dimensions, Add, Multiply,
        Normalization, BatchNormalization, Rescaling, Flatten, Reshape, Dropout and its kin, Activation, ReLU,
        LeakyReLU, ELU and Softmax, and models of these. Images have their channels last, a Reshape makes an image of
        several positions only at the start, of one channel, and activation functions follow a layer with weights or a
        sum. A layer that is run twice is two layers here, the second without a name; a SeparableConv is two as well,
        the first with "/depthwise" behind its name.
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
        Its figures are float32, whatever the type of the weights. With a layer that reads images, its rows, and the
        activations of its layers, are [channels, height, width] as everywhere here, of sequences [channels, width]:
        pass `np.moveaxis(x, -1, 1)`, unless x has one channel. Flat rows are read in that order, too, with a warning if
        they are the first. Otherwise rows are as in Keras. An AveragePooling takes
        the mean of what is inside the image, as Keras does on TensorFlow and JAX; on PyTorch Keras 3.15 counts the
        border twice where padding "same" is uneven.

    Raises
    ------
    UnsupportedError
        A layer is unknown, or set up in a way that is; the text names it. :func:`load` knows more, such as
        Concatenate, and reads what `model.export(file, format="onnx")` writes; rows are as in Keras then.
    ValueError
        The model is not built.
    """
    if not hasattr(model, "layers"):
        hint = ": keras.models.load_model loads one" if isinstance(model, (str, os.PathLike)) else ""
        raise TypeError(f"model is a keras.Model, not {brief(model)}{hint}")
    if not is_model(model):
        raise UnsupportedError(f"{type(model).__name__} is neither a Sequential nor a functional model{EXPORT}")
    shape = getattr(model, "input_shape", None)
    if shape is None:
        raise ValueError(f"model {model.name!r} is not built: begin it with a keras.Input, or call it on some rows")
    calls = calls_of(model)
    shape = tuple(shape[1:])
    if any(length is None for length in shape):
        raise UnsupportedError(f"the shape of a row is not known: {shape}")
    stack = Stack()
    try:
        start, shape = read_input(calls, shape)
        translation = Translation(stack, calls, start)
        for call in calls:
            translation.add(call)
        translation.expect_scores()
    except UnsupportedError as error:
        # Behind a softmax, or of such a layer, load knows no more.
        is_hopeless = stack.head is not None or any(is_beyond(call.layer) for call in calls)
        raise UnsupportedError(f"{error}{'' if is_hopeless else EXPORT}") from None
    built = stack.build(head, classes, shape, threads)
    built._order_to_tell = start.is_reordered
    return built


def read_input(calls: list[Call], shape: tuple[int, ...]) -> tuple[Value, tuple[int, ...]]:
    """The input, and the shape that the model declares for it."""
    flat = Value(0, shape, (1, 1, prod(shape)))
    if not any(type(call.layer).__name__ in WINDOWS for call in calls):
        return flat, shape
    own = shape
    # A Reshape in front of all that changes shapes tells that of the image.
    passed_over = (*NOTHING_TO_DO, *NORMALISATIONS)
    first = next(call.layer for call in calls if type(call.layer).__name__ not in passed_over)
    if type(first).__name__ == "Reshape":
        own = reshaped(first, shape)
    if len(own) not in (2, 3):
        return flat, shape
    grid = (1, *own) if len(own) == 2 else own
    value = Value(0, shape, (grid[0], grid[1], grid[2]))
    if own != shape and value.is_reordered:
        raise refuse(first, f"makes an image of several channels, {own}, of rows of shape {shape}")
    return value, (own[-1], *own[:-1])


def reshaped(layer: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """What a Reshape makes of a shape."""
    wanted = [int(length) for length in layer.target_shape]
    return np.empty(shape, bool).reshape(wanted).shape


class Translation:
    """Layers of Keras becoming steps."""

    def __init__(self, stack: Stack, calls: list[Call], start: Value) -> None:
        self.stack = stack
        self.values = [start]
        self.readers = Counter(value for call in calls for value in call.reads)
        self.only_reader = {value: call for call in calls for value in call.reads if self.readers[value] == 1}

    def add(self, call: Call) -> None:
        """Adds what a layer does."""
        layer, kind = call.layer, type(call.layer).__name__
        if not is_from_keras(type(layer)):
            raise refuse(layer, f"is not Keras' own, but of {type(layer).__module__}")
        if getattr(layer, "quantization_mode", None) or getattr(layer, "lora_enabled", False):
            raise refuse(layer, "is quantised, or adapted by LoRA, which is beyond this version")
        sources = [self.values[value] for value in call.reads]
        if kind in ("Add", "Multiply"):
            found = self.join(layer, sources)
        elif len(sources) != 1:
            raise self.unknown(layer)
        else:
            found = self.behind(layer, kind, sources[0])
        if self.readers[len(self.values)] > 1:
            # Others read it, too.
            self.stack.close()
        self.values.append(found)

    def behind(self, layer: Any, kind: str, value: Value) -> Value:
        """What a layer that reads one value makes of it."""
        stack = self.stack
        if kind == "Dense":
            return self.dense(layer, value)
        if kind in CONVOLUTIONS:
            value = convolve(stack, layer, value)
            activate(stack, layer, value)
        elif kind in POOLINGS:
            value = pool(stack, layer, value)
        elif kind in PADDINGS:
            reader = self.only_reader.get(len(self.values))
            is_for_convolution = reader is not None and type(reader.layer).__name__ in CONVOLUTIONS
            value = pad(stack, layer, value, is_for_convolution=is_for_convolution)
        elif kind in ACTIVATION_LAYERS:
            stack.read(value.point)
            activate_by_layer(stack, layer, value)
            stack.note(layer.name)
        elif kind in NORMALISATIONS:
            value = self.normalise(layer, kind, value)
            stack.note(layer.name)
        elif kind == "Flatten":
            if layer.data_format != "channels_last" and len(value.shape) > 1:
                raise refuse(layer, f"has {layer.data_format}: only channels_last is known")
            value = Value(value.point, (prod(value.shape),), value.grid)
        elif kind == "Reshape":
            value = Value(value.point, reshaped(layer, value.shape), value.grid)
        elif kind not in NOTHING_TO_DO:
            raise self.unknown(layer)
        return value

    def dense(self, layer: Any, value: Value) -> Value:
        """A Dense over whole rows."""
        kernel = array(layer.kernel)
        if len(kernel) != prod(value.shape):
            raise refuse(
                layer, f"reads the last axis of {value.shape}: only whole rows, as behind a Flatten, are known"
            )
        self.stack.read(value.point)
        bias = None if layer.bias is None else array(layer.bias)
        self.stack.dense(value.as_in_model(kernel), bias, layer.name, "in_out")
        units = kernel.shape[1]
        value = Value(self.stack.source, (*value.shape[:-1], units), (1, 1, units))
        activate(self.stack, layer, value)
        return value

    def normalise(self, layer: Any, kind: str, value: Value) -> Value:
        """A normalisation with what it learnt."""
        positions, channels = value.positions, value.grid[2]
        # With an axis for the rows.
        whole = (1, *value.shape)
        parts = [np.broadcast_to(part, whole).reshape(positions, channels) for part in affine(layer, kind, whole)]
        self.stack.read(value.point)
        if all((part == part[0]).all() for part in parts):
            center, scale, shift = (part[0] for part in parts)
            self.stack.affine(center, scale, shift, layer.name, per_channel=positions > 1)
        else:
            # Not the same at all positions, so no part of a convolution.
            self.stack.close()
            center, scale, shift = (value.as_in_model(part.ravel()) for part in parts)
            self.stack.affine(center, scale, shift, layer.name)
        return Value(self.stack.source, value.shape, value.grid)

    def join(self, layer: Any, values: list[Value]) -> Value:
        """The sum or the product of some values."""
        is_sum = type(layer).__name__ == "Add"
        add = self.stack.sum if is_sum else self.stack.product
        # Those with a value for each channel come behind the image.
        found, *others = sorted(values, key=lambda value: (-value.positions, -len(value.shape)))
        if not others:
            raise refuse(layer, "joins one value with a constant, which is beyond this version")
        for other in others:
            is_alike = (other.shape, other.grid) == (found.shape, found.grid)
            # A layer puts axes of length 1 in front of what has fewer; an operation of keras.ops does not.
            is_aligned = len(other.shape) == len(found.shape) or hasattr(layer, "get_weights")
            is_of_channels = other.grid == (1, 1, found.grid[2])
            if not is_alike and (is_sum or not is_of_channels or not is_aligned):
                shapes = " and ".join(str(value.shape) for value in values)
                raise refuse(layer, f"joins values of the shapes {shapes}, which is beyond this version")
            add(found.point, other.point, layer.name)
            found = Value(self.stack.source, found.shape, found.grid)
        return found

    def unknown(self, layer: Any) -> UnsupportedError:
        """The error for a layer that is not known."""
        return refuse(layer, "is beyond this version")

    def expect_scores(self) -> None:
        """Refuses a model that gives an image."""
        last = self.values[-1]
        if last.is_reordered:
            said = f"the model ends in an image of shape {last.grid}"
            raise UnsupportedError(f"{said}: only one score for each class is known")


def affine(layer: Any, kind: str, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Center, scale and shift of a normalisation, as they go with values of a shape."""
    if kind == "Rescaling":
        return np.zeros(1), np.asarray(layer.scale, np.float64), np.asarray(layer.offset, np.float64)
    if kind == "Normalization":
        if layer.invert:
            raise refuse(layer, "is inverted, which is beyond this version")
        # Keras takes a standard deviation below its epsilon for that.
        deviation = np.maximum(np.sqrt(array(layer.variance)), 1e-7)
        return array(layer.mean), 1 / deviation, np.zeros(1)
    mean, scale = array(layer.moving_mean), 1 / np.sqrt(array(layer.moving_variance) + layer.epsilon)
    if layer.gamma is not None:
        scale = scale * array(layer.gamma)
    shift = np.zeros_like(scale) if layer.beta is None else array(layer.beta)
    along = [1] * len(shape)
    along[layer.axis] = -1
    return mean.reshape(along), scale.reshape(along), shift.reshape(along)
