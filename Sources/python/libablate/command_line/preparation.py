"""What rows of a file go through before the model gets them: the order of their axes, means and scales."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Floats
from .._wording import counted
from ..image_rows import has_channels_last
from . import argument_types

AS_IT_IS = (0.0,)
BY_ONE = ((1.0, 1.0),)
# Of float32, without what is rounded by the way.
SMALLEST, LARGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)


def mean(text: str) -> float:
    """What is subtracted; "255*0.485" is what torchvision has as 0.485."""
    first, _, second = text.partition("*")
    value = argument_types.number_or_nan(first) * argument_types.number_or_nan(second or "1")
    if not abs(value) <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text} is neither a number nor a product such as 255*0.485")
    return value


def scale(text: str) -> tuple[float, float]:
    """What rows are multiplied with and divided by; "1/255" divides."""
    above, _, below = text.partition("/")
    factor, divisor = argument_types.number_or_nan(above), argument_types.number_or_nan(below or "1")
    if not all(SMALLEST <= abs(part) <= LARGEST for part in (factor, divisor)):
        raise argparse.ArgumentTypeError(f"{text} is neither a number other than 0 nor a fraction such as 1/255")
    return factor, divisor


@dataclass(frozen=True)
class Preparation:
    """(value - mean) * scale of each channel, after the channels of pictures have been put where the model has them."""

    mean: tuple[float, ...]
    scale: tuple[tuple[float, float], ...]
    channels_last: bool

    @classmethod
    def of(cls, options: argparse.Namespace) -> Preparation:
        """What the options say."""
        return cls(options.mean, options.scale, options.channels_last)

    @property
    def changes_values(self) -> bool:
        """Whether there is more to do than to order them."""
        return self.mean != AS_IT_IS or self.scale != BY_ONE

    def given(self) -> dict[str, bool]:
        """The options that are given, by their names."""
        return {
            "--mean": self.mean != AS_IT_IS,
            "--scale": self.scale != BY_ONE,
            "--channels-last": self.channels_last,
        }

    def expect_fits(self, shape: tuple[int, ...]) -> None:
        """Raises a ValueError unless there are as many means and scales as channels in rows of this shape."""
        channels = shape[channel_axis(shape)] if len(shape) > 1 else 1
        for name, values in (("mean", self.mean), ("scale", self.scale)):
            if len(values) not in (1, channels):
                raise ValueError(
                    f"--{name} has {counted(len(values), 'number')}, and the model takes rows of "
                    f"{counted(channels, 'channel')}: give one, or one for each"
                )

    def expect_order(self, data: npt.NDArray[Any], shape: tuple[int, ...], what: str) -> None:
        """Raises a ValueError if channels are to be put first, and rows have none behind or the model none in front."""
        if self.channels_last and (
            len(shape) != 3 or channel_axis(shape) != 0 or data.shape[1:] != (*shape[1:], shape[0])
        ):
            raise ValueError(
                "--channels-last is for pictures [rows, height, width, channels] and a model that takes channels "
                f"first: this one takes rows of shape {shape}, and {what} has the shape {data.shape}"
            )

    def applied(self, data: npt.NDArray[Any], shape: tuple[int, ...]) -> Floats:
        """Rows, [rows, values], as the network wants them, in float32: 1/255 divides, as training on x / 255 did."""
        values: Floats = np.asarray(data, np.float32)
        if any(self.given().values()):
            along = [1] * len(shape)
            along[channel_axis(shape)] = -1
            factors, divisors = (np.array(parts, np.float32).reshape(along) for parts in zip(*self.scale))
            if self.channels_last:
                values = np.moveaxis(values.reshape(len(values), *shape[1:], shape[0]), -1, 1)
            values = values.reshape(len(values), *shape)
            if self.mean != AS_IT_IS:
                values = values - np.array(self.mean, np.float32).reshape(along)
            if (factors != 1).any():
                values = values * factors
            if (divisors != 1).any():
                values = values / divisors
        return np.ascontiguousarray(values.reshape(len(values), math.prod(shape)))


def channel_axis(shape: tuple[int, ...]) -> int:
    """Which axis of a model's rows the channels are."""
    return -1 if has_channels_last(shape) else 0


def add_arguments(group: Any) -> None:
    """--mean, --scale and --channels-last."""
    group.add_argument(
        "--mean",
        type=argument_types.each_of(mean),
        default=AS_IT_IS,
        metavar="M[,M,...]",
        help="subtract it, or one for each channel; 255*0.485 multiplies",
    )
    group.add_argument(
        "--scale",
        type=argument_types.each_of(scale),
        default=BY_ONE,
        metavar="F[,F,...]",
        help="then multiply, by one for each channel if there are several; 1/255 divides",
    )
    group.add_argument(
        "--channels-last",
        action="store_true",
        help="ROWS are pictures [rows, height, width, channels], and the model takes channels first",
    )
