"""Windows of convolutions and poolings."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._brief import brief
from .._numbers import whole


class Window:
    """A window over an image, as the structs of the library have it."""

    def __init__(self, kernel: Any, strides: Any, dilations: Any, padding: Any) -> None:
        self.kernel, self.strides = both("kernel", kernel), both("strides", strides)
        self.dilations = both("dilations", dilations)
        if np.ndim(padding) == 1 and len(padding) == 4:
            self.pads = tuple(whole("padding", side, 0) for side in padding)
        else:
            self.pads = 2 * both("padding", padding, 0, "one number, (vertical, horizontal) or one for each side")

    def fields(self) -> dict[str, int]:
        """What goes into a struct."""
        found: dict[str, int] = {}
        for what, lengths in (("kernel", self.kernel), ("stride", self.strides), ("dilation", self.dilations)):
            found |= {f"{what}_height": lengths[0], f"{what}_width": lengths[1]}
        return found | dict(zip(("pad_top", "pad_left", "pad_bottom", "pad_right"), self.pads))

    def positions(self, size: Any, rounds_up: bool = False) -> tuple[int, int]:
        """The height and width of what it makes of an image."""
        found = []
        for axis in (0, 1):
            before, stride = self.pads[axis], self.strides[axis]
            free = size[axis] + before + self.pads[axis + 2] - (self.kernel[axis] - 1) * self.dilations[axis] - 1
            count = free // stride + 1
            if rounds_up:
                # A last window that reaches beyond the padding counts if it starts in front of it.
                count = -(-free // stride) + 1
                count -= (count - 1) * stride >= size[axis] + before
            found.append(count)
        return found[0], found[1]


def both(name: str, value: Any, least: int = 1, wanted: str = "one number or (height, width)") -> tuple[int, int]:
    """Height and width from one number for both, or from two."""
    lengths = (value, value) if np.ndim(value) == 0 else tuple(value)
    if len(lengths) != 2:
        raise ValueError(f"{name} is {wanted}, not {brief(value)}")
    height, width = (whole(name, length, least) for length in lengths)
    return height, width
