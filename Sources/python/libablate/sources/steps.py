"""What a model is made of when it comes from raw weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dense:
    """A dense layer: activation(weights x + bias).

    Parameters
    ----------
    weights : array, [units, inputs], or [inputs, units] for layout "in_out"
    bias : array, [units], optional
    activation : str
        identity, relu, leaky_relu, elu, selu, tanh, sigmoid, softplus, gelu, gelu_tanh, silu, hard_sigmoid, hard_swish
        or clip.
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
