"""Convolutions and poolings of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ._keras_values import Value, array, refuse
from ._stack import Stack
from ._window import Window

CONVOLUTIONS = {f"{kind}Conv{axes}D": axes for kind in ("", "Depthwise", "Separable") for axes in (1, 2)}
POOLINGS = {
    f"{kind}Pooling{axes}D": axes for kind in ("Max", "Average", "GlobalMax", "GlobalAverage") for axes in (1, 2)
}
PADDINGS = {f"ZeroPadding{axes}D": axes for axes in (1, 2)}
WINDOWS = {**CONVOLUTIONS, **POOLINGS, **PADDINGS}


def expect_image(layer: Any, value: Value) -> None:
    """Refuses a value that is not the image that a layer reads: sequences have height 1."""
    if layer.data_format != "channels_last":
        raise refuse(layer, f"has {layer.data_format}: only channels_last is known")
    grid = (1, *value.shape) if len(value.shape) == 2 else value.shape
    if grid != value.grid:
        raise refuse(layer, f"reads an image of shape {value.shape} that a Reshape makes of one of shape {value.grid}")


def convolve(stack: Stack, layer: Any, value: Value) -> Value:
    """Conv1D or Conv2D, of each channel alone too; of a separable one the two convolutions it is made of."""
    kind, name = type(layer).__name__, layer.name
    axes = CONVOLUTIONS[kind]
    expect_image(layer, value)
    bias = None if layer.bias is None else array(layer.bias)
    if kind.startswith("Conv"):
        return window(stack, layer, value, planar(array(layer.kernel), axes), bias, name, groups=layer.groups)
    kernel = array(layer.kernel if kind.startswith("Depthwise") else layer.depthwise_kernel)
    # [..., channels, units of each] as the units of as many groups.
    channels = kernel.shape[-2]
    kernel = planar(kernel.reshape(*kernel.shape[:-2], 1, -1), axes)
    if kind.startswith("Depthwise"):
        return window(stack, layer, value, kernel, bias, name, groups=channels)
    value = window(stack, layer, value, kernel, None, f"{name}/depthwise", groups=channels)
    pointwise = planar(array(layer.pointwise_kernel), axes)
    stack.convolution(pointwise, bias, name)
    return value.behind(stack, len(pointwise))


def planar(kernel: Any, axes: int) -> Any:
    """A kernel [(height,) width, channels, units] as [units, channels, height, width]."""
    return np.transpose(kernel if axes == 2 else kernel[np.newaxis], (3, 2, 0, 1))


def window(
    stack: Stack, layer: Any, value: Value, kernel: Any, bias: Any, name: str, *, groups: int
) -> Value:  # fmt: skip
    """Adds a convolution over the padded image."""
    axes = CONVOLUTIONS[type(layer).__name__]
    strides, dilations = plane(layer.strides, axes), plane(layer.dilation_rate, axes)
    own = sides(layer.padding, value.grid[:2], kernel.shape[2:], strides, dilations)
    pads = tuple(a + b for a, b in zip(own, value.pads))
    stack.read(value.point)
    stack.convolution(kernel, bias, name, strides=strides, padding=pads, dilations=dilations, groups=groups)
    found = Window(kernel.shape[2:], strides, dilations, own).positions(value.grid)
    return value.behind(stack, len(kernel), found)


def pool(stack: Stack, layer: Any, value: Value) -> Value:
    """MaxPooling and AveragePooling, of windows or of all positions."""
    kind, name = type(layer).__name__, layer.name
    axes = POOLINGS[kind]
    expect_image(layer, value)
    channels = value.grid[2]
    stack.read(value.point)
    if kind.startswith("Global"):
        stack.pooling("global_maximum" if "Max" in kind else "global_average", name)
        shape = (*(1,) * axes, channels) if layer.keepdims else (channels,)
        return Value(stack.source, shape, (1, 1, channels))
    kernel, strides = plane(layer.pool_size, axes), plane(layer.strides, axes)
    pads = sides(layer.padding, value.grid[:2], kernel, strides, (1, 1))
    # Keras takes the mean of what is inside the image.
    stack.pooling(
        "maximum" if kind.startswith("Max") else "average", name, kernel=kernel, strides=strides, padding=pads
    )
    return value.behind(stack, channels, Window(kernel, strides, 1, pads).positions(value.grid))


def pad(stack: Stack, layer: Any, value: Value, *, is_for_convolution: bool) -> Value:
    """ZeroPadding: that of the convolution behind it, or a step of its own, windows of single values and zeros."""
    expect_image(layer, value)
    height, width, channels = value.grid
    axes = PADDINGS[type(layer).__name__]
    (top, bottom), (left, right) = layer.padding if axes == 2 else ((0, 0), layer.padding)
    pads = (top, left, bottom, right)
    point = value.point
    if not is_for_convolution:
        stack.read(point)
        stack.pooling("average_counting_padding", layer.name, padding=pads)
        point, pads = stack.source, (0, 0, 0, 0)
    grid = (height + top + bottom, width + left + right, channels)
    return Value(point, grid[2 - axes :], grid, pads)


def sides(padding: str, size: Any, kernel: Any, strides: Any, dilations: Any) -> tuple[int, int, int, int]:
    """What Keras puts around an image: (top, left, bottom, right)."""
    before, behind = [], []
    for axis in (0, 1):
        reach = (kernel[axis] - 1) * dilations[axis] + 1
        total = 0
        if padding == "same":
            total = max((-(-size[axis] // strides[axis]) - 1) * strides[axis] + reach - size[axis], 0)
        elif padding == "causal":
            total = reach - 1
        elif padding != "valid":
            raise UnsupportedError(f"padding {padding!r} is beyond this version")
        before.append(total if padding == "causal" else total // 2)
        behind.append(total - before[-1])
    return before[0], before[1], behind[0], behind[1]


def plane(lengths: Any, axes: int) -> tuple[int, int]:
    """The same for height and width: sequences have height 1."""
    height, width = (1, *np.broadcast_to(lengths, axes).tolist())[-2:]
    return height, width
